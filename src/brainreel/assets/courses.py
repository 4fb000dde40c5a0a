"""How fast a proposed movie runs through its time courses, and through which part of them."""

from dataclasses import dataclass
from typing import Any

from brainreel.errors import UsageError
from brainreel.scene import Fault, Scene, dump, loads
from brainreel.scene.clocks import DATA_TIME, plain_time
from brainreel.scene.plain import plain
from brainreel.scene.tracks import Track
from brainreel.scene.values import Quantity

NEAR = 1e-3
"""Of the data's time: how far outside an end still means the end, for it is written with few digits."""


@dataclass(frozen=True)
class Course:
    """How many times slower than in life, from which data time and until which; None: as proposed."""

    slow: float | None = None
    begin: str | None = None
    end: str | None = None


def run_as(scene: Scene, course: Course) -> Scene:
    """The proposed `scene`, its clocks of times run as `course` says.

    At a stated pace the movie is as long as that takes. Raises UsageError where it has no such clock, or data reach
    less far.
    """
    if course == Course():
        return scene
    mapping: dict[str, Any] = plain(scene)
    clocks = {name: clock for name, clock in scene.clocks.items() if isinstance(clock, Track)}
    timed = {name: clock.values for name, clock in clocks.items() if clock.values[0].unit not in ("items", "item")}
    if not timed:
        option = "--slow" if course.slow is not None else "--from" if course.begin is not None else "--to"
        raise UsageError(
            f"{option}: none of the data have moments with times; state them with --times, or leave it out"
        )
    lengths_s = []
    for name, values in timed.items():
        reach = values[0], values[-1]
        begin, end = (_inside(*one, reach) for one in (("--from", course.begin), ("--to", course.end)))
        begin, end = begin or reach[0], end or reach[1]
        span_s = plain_time(end) - plain_time(begin)
        if span_s <= 0:
            raise UsageError(f"--from {begin} --to {end}: the second comes after the first; state another")
        mapping["clocks"][name] = {"0s": begin.text, "100%": end.text}
        if course.slow is not None:
            mapping["clocks"][name] = {"rate": 1 / course.slow, "start": begin.text, "end": end.text}
            lengths_s.append(span_s * course.slow)
    if lengths_s:
        mapping["movie"]["length"] = f"{max(lengths_s):.12g}s"
    return loads(dump(Scene(**mapping)))


def _inside(option: str, text: str | None, reach: tuple[Quantity, Quantity]) -> Quantity | None:
    """The data time that `text` writes, or the end of `reach` that it all but is."""
    if text is None:
        return None
    try:
        time = DATA_TIME.read(text)
    except Fault as fault:
        raise UsageError(f"{option} {text}: {fault.message}") from None
    (first, last), value = map(plain_time, reach), plain_time(time)
    slack = NEAR * (last - first)
    if time.unit in ("items", "item") or not first - slack <= value <= last + slack:
        raise UsageError(f"{option} {text}: the data reach from {reach[0]} to {reach[1]}; state a time between them")
    return reach[0] if value < first else reach[1] if value > last else time
