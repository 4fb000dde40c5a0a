"""Clocks: data time over movie time, as a track, at a rate, or behind another clock."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

from pydantic import model_validator

from brainreel.scene.faults import Fault, nearest
from brainreel.scene.leaves import FILE, NUMBER, TEXT, Leaf, fixed, quantity, track_schema, word
from brainreel.scene.model import Model, Reads
from brainreel.scene.times import Time
from brainreel.scene.tracks import Track, is_track
from brainreel.scene.values import Quantity, Substituted, read_number
from brainreel.space import TIMES_S

DATA_TIME = quantity("time", "items", example="-100ms")
ITEMS = ("items", "item")
PER_SECOND = "items/s"
"""The unit of a rate that counts items; other rates have none."""
SLOWEST = 1e-9
"""The least rate; the greatest is 1 over it."""
LONGEST = 100
"""Clocks that follow each other in a row."""
_ITEMS_RATE = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)) ?items?/s")
_PART = re.compile(r"([+-]?\d+) ?/ ?(\d+)")


def _read_rate(value: Any) -> Quantity:
    if isinstance(value, Quantity):
        value = value.text if value.unit else value.number
    if isinstance(value, str) and (match := _ITEMS_RATE.fullmatch(value)):
        rate = Quantity(float(match[1]), PER_SECOND, str(value))
    elif isinstance(value, str) and (match := _PART.fullmatch(value)) and int(match[2]):
        rate = Quantity(int(match[1]) / int(match[2]), "", str(value))
    elif isinstance(value, str) and not isinstance(value, Substituted):
        raise Fault("expects data time per time of the movie, such as 0.1 or 1/50, or 4 items/s", value=value)
    else:
        rate = Quantity(float(read_number(value)), "", f"{value}")
    if not SLOWEST <= abs(rate.number) <= 1 / SLOWEST and rate.number != 0:
        raise Fault(f"a rate, forward or backwards, lies in {SLOWEST:g}..{1 / SLOWEST:g}", value=value)
    if rate.number == 0:
        raise Fault("at this rate the clock stands still; write a track of one time, such as {0s: 0ms}", value=value)
    return rate


RATE = Leaf(_read_rate, {"anyOf": [NUMBER, TEXT]}, "0.1", fixed=True)
END = fixed(DATA_TIME)


class RunningClock(Model):
    """A clock that passes `rate` of data time in each time of the movie, or so many items a second; below 0 backwards.

    It begins at `start` and at `end` it stops (`once`), begins again (`loop`) or turns (`ping-pong`). Not stated they
    are the ends of the data that it drives; of several, of the time that all have.
    """

    rate: Annotated[Quantity, RATE]
    start: Annotated[Quantity | None, END] = None
    end: Annotated[Quantity | None, END] = None
    repeat: Annotated[str, fixed(word("once", "loop", "ping-pong", what="repeat"))] = "once"

    @model_validator(mode="after")
    def _goes_somewhere(self) -> "RunningClock":
        for key, time in (("start", self.start), ("end", self.end)):
            if time is not None and (time.unit in ITEMS) != self.counts_items:
                remedy = "write the rate as 4 items/s" if time.unit in ITEMS else "write items, such as 3 items"
                raise Fault(f"does not go with the rate {self.rate}; {remedy}", (key,), time)
        span = self.span
        if span is not None and span * self.rate.number <= 0:
            remedy = "a rate below 0 runs backwards" if span < 0 else "state an end on the clock's way"
            raise Fault(f"is not on the way from {self.start} at the rate {self.rate}; {remedy}", ("end",), self.end)
        return self

    @property
    def counts_items(self) -> bool:
        """Whether it shows items, not times."""
        return self.rate.unit == PER_SECOND

    @property
    def span(self) -> float | None:
        """From `start` to `end`, in seconds or items; None where one is not stated."""
        if self.start is None or self.end is None:
            return None
        return plain_time(self.end) - plain_time(self.start)

    @property
    def round_s(self) -> Fraction | None:
        """Seconds of the movie until it stops, begins again, or is back; None where that depends on the data."""
        if self.span is None:
            return None
        there = Fraction(str(self.span)) / Fraction(str(self.rate.number))
        return there * 2 if self.repeat == "ping-pong" else there


class FollowingClock(Model):
    """What the clock `follow` shows, less `delay`, a data time: `20ms` shows what it showed 20 ms of data before."""

    follow: Annotated[str, FILE]
    delay: Annotated[Quantity | Track, DATA_TIME]


def plain_time(time: Quantity) -> float:
    """Seconds, or items."""
    return time.number if time.unit in ITEMS else time.number * TIMES_S[time.unit]


def _read_clock(value: Any) -> Track | RunningClock | FollowingClock:
    if isinstance(value, RunningClock | FollowingClock):
        return value
    if isinstance(value, Mapping) and value and not is_track(value):
        if "follow" in value:
            return FollowingClock.model_validate(value)
        if set(value) & set(RunningClock.model_fields):
            return RunningClock.model_validate(value)
        example = "a track {0s: -100ms, 8s: 400ms}, {rate: 0.1} or {follow: meg, delay: 20ms}"
        strange = next(iter(value))
        hint = nearest(str(strange), (*RunningClock.model_fields, *FollowingClock.model_fields))
        raise Fault(f"is no key of a clock, which is {example}; {hint}", (str(strange),))
    track = DATA_TIME(value)
    if not isinstance(track, Track):
        raise Fault(f"a clock is a track of data times; write {{0s: {track}}}", value=value)
    if len({quantity.unit in ITEMS for quantity in track.values}) > 1:
        raise Fault("a clock shows times or items, not both")
    return track


class _ReadsClock(Reads):
    """A track, or one of the models, whose JSON schemas pydantic makes."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return super().__get_pydantic_core_schema__(RunningClock | FollowingClock, handler)


Clock = Annotated[Track | RunningClock | FollowingClock, _ReadsClock(_read_clock, track_schema({"type": "string"}))]


def counts_items(clocks: Mapping[str, Any], name: str) -> bool:
    """Whether the clock shows items, not times."""
    clock = clocks[name]
    if isinstance(clock, FollowingClock):
        return counts_items(clocks, clock.follow)
    return clock.counts_items if isinstance(clock, RunningClock) else clock.values[0].unit in ITEMS


def check_following(clocks: Mapping[str, Any]) -> None:
    """Raise Fault where a clock follows one that is not there, or itself, or is delayed by another kind of time."""
    for name, clock in clocks.items():
        if not isinstance(clock, FollowingClock):
            continue
        way = [name]
        while isinstance(clocks[way[-1]], FollowingClock):
            follow = clocks[way[-1]].follow
            if follow not in clocks:
                known = [other for other in clocks if other != way[-1]]
                raise Fault(f"there is no such clock; {nearest(follow, known)}", (way[-1], "follow"), follow)
            if follow in way:
                raise Fault(f"clocks follow each other in a circle: {' -> '.join((*way, follow))}", (name, "follow"))
            way.append(follow)
            if len(way) > LONGEST:
                raise Fault(f"follows through more than {LONGEST} clocks; follow an earlier one", (name, "follow"))
        delays = clock.delay.values if isinstance(clock.delay, Track) else (clock.delay,)
        for delay in delays:
            if (delay.unit in ITEMS) != counts_items(clocks, name):
                shows = "items, write 3 items" if counts_items(clocks, name) else "times, write 20ms"
                raise Fault(f"{clock.follow} shows {shows}", (name, "delay"), delay)


def fixed_end_s(clock: Any, marks: Mapping[str, Time]) -> Fraction | None:
    """Seconds of the movie until the clock has shown everything once, where that is known without the data."""
    if isinstance(clock, RunningClock):
        return clock.round_s
    return clock.times[-1].fixed_after(marks) if isinstance(clock, Track) else None
