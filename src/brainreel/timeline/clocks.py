"""Clocks: movie time to data time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from brainreel.data.times import TimeAxis
from brainreel.scene.clocks import FollowingClock, RunningClock, plain_time
from brainreel.scene.faults import Path
from brainreel.scene.sources import TimedSource
from brainreel.scene.tracks import Track
from brainreel.scene.values import Quantity
from brainreel.space import TIMES_S
from brainreel.timeline.curves import Curve
from brainreel.timeline.setting import Setting

SLOW_S = 0.05
"""Moments that are this far apart are written in seconds."""
SEAM = 1e-9
"""Of a round: how far before its end it counts as over, for the movie's times are rounded."""


class DataTime(Protocol):
    """Data seconds, or items, over the movie."""

    def at(self, t_s: float, /) -> float:
        """What is shown at `t_s` of the movie."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """Data time that passes `rate` a second from `first` to `last`, where it stops, begins again or turns.

    `repeat`: once, loop or ping-pong; `last` None: it never ends.
    """

    first: float
    last: float | None
    rate: float
    repeat: str

    def at(self, t_s: float) -> float:
        """Data seconds, or items; at a seam exactly those at the end where it goes on."""
        if self.last is None:
            return self.first + self.rate * t_s
        span = self.last - self.first
        if span == 0:
            return self.first
        rounds = self.rate * t_s / span
        if abs(rounds - round(rounds)) < SEAM:
            rounds = round(rounds)
        if self.repeat == "ping-pong":
            rounds = 1 - abs(rounds % 2 - 1)
        elif self.repeat == "loop":
            rounds %= 1
        return self.last if rounds >= 1 else self.first + rounds * span


@dataclass(frozen=True, slots=True)
class Following:
    """What another clock shows, less a delay."""

    leader: DataTime
    delay: Curve[float]

    def at(self, t_s: float) -> float:
        """Data seconds, or items."""
        return self.leader.at(t_s) - self.delay.at(t_s)


@dataclass(frozen=True, slots=True)
class DataClock:
    """Data time over movie time: seconds, or items where `unit` is items. Labels are written in `unit`."""

    time: DataTime
    unit: str

    @property
    def counts_items(self) -> bool:
        """Whether it shows items, not times."""
        return self.unit == "items"

    def at(self, t_s: float) -> float:
        """Data seconds, or items."""
        return self.time.at(t_s)

    def written(self, value: float) -> float:
        """`value` (seconds or items) in the unit of labels."""
        return value if self.counts_items else value / TIMES_S[self.unit]


def data_clock(setting: Setting, name: str) -> DataClock:
    """The clock `name` of the scene."""
    clock = setting.scene.clocks[name]
    path: Path = ("clocks", name)
    if isinstance(clock, Track):
        return DataClock(setting.curve(clock, path, plain_time), _unit(clock.values[0]))
    if isinstance(clock, FollowingClock):
        leader = data_clock(setting, clock.follow)
        delay = setting.curve(clock.delay, (*path, "delay"), plain_time)
        return DataClock(Following(leader.time, delay), leader.unit)
    return _running(setting, name, clock)


def _unit(time: Quantity) -> str:
    return "items" if time.unit == "item" else time.unit


def _running(setting: Setting, name: str, clock: RunningClock) -> DataClock:
    driven = list(_driven(setting, name))
    spans = [_span(axis, held, clock.counts_items) for axis, held in driven]
    low, high = (max(first for first, _ in spans), min(last for _, last in spans)) if spans else (None, None)
    ends = (low, high) if clock.rate.number > 0 else (high, low)
    first = plain_time(clock.start) if clock.start else ends[0]
    last = plain_time(clock.end) if clock.end else ends[1]
    if first is None or (last is None and clock.repeat != "once"):
        message = "no data over time have this clock, so it has no ends of its own; state start: and end:"
        raise setting.error(message, ("clocks", name))
    if last is not None and (last - first) * clock.rate.number < 0:
        raise setting.error(_wrong_way(clock, first, last), ("clocks", name))
    written = next((_unit(time) for time in (clock.start, clock.end) if time), "")
    slow = bool(driven) and max(axis.step_s for axis, _ in driven) >= SLOW_S
    unit = "items" if clock.counts_items else written or ("s" if slow else "ms")
    return DataClock(Running(first, last, clock.rate.number, clock.repeat), unit)


def _wrong_way(clock: RunningClock, first: float, last: float) -> str:
    begin, end = (f"{time:g} items" if clock.counts_items else f"{1000 * time:g} ms" for time in (first, last))
    return (
        f"would run from {begin} to {end}, which is not its way at the rate {clock.rate}; state a start and an end "
        "within the data, or the rate with the other sign"
    )


def _driven(setting: Setting, name: str) -> Iterator[tuple[TimeAxis, bool]]:
    """Axes of the data that have the clock, and whether they are held."""
    for key, source in setting.scene.sources().items():
        if isinstance(source, TimedSource) and source.clock == name:
            for asset, facts in setting.facts.assets.items():
                axis = getattr(facts, "times", None)
                if axis is not None and (asset == key or asset.startswith(f"{key}.")):
                    yield axis, source.interpolate == "hold"


def _span(axis: TimeAxis, held: bool, items: bool) -> tuple[float, float]:
    """The first and last data time of `axis`, in seconds or items: what is held is seen a step longer."""
    last = axis.count - 1 + held
    return (0.0, float(last)) if items or axis.unit == "items" else (axis.at(0), axis.at(last))
