"""Times of the movie: `8s`, `100f`, `50%`, `onset+200ms`, `end-1s`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from brainreel.scene.faults import Fault, nearest

NAME_PATTERN = "[a-z][a-z0-9_]*"
TIME_PATTERN = rf"(?:({NAME_PATTERN})([+-]))?(\d+\.?\d*|\.\d+) ?(ms|s|min|f|%)"
_TIME = re.compile(TIME_PATTERN)
_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "min": Fraction(60)}
ENDS = ("start", "end")
"""The marks that every movie has; in a camera segment they are the segment's."""


@dataclass(frozen=True, slots=True)
class Time:
    """`number` (signed) of `unit` (ms, s, min, f or %) after `mark`, or after the start where that is None."""

    mark: str | None
    number: Fraction
    unit: str
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text

    @property
    def fixed_s(self) -> Fraction | None:
        """Seconds from the start, where neither a mark, the frame rate nor the length matters."""
        return self.number * _SECONDS[self.unit] if self.mark is None and self.unit in _SECONDS else None

    def fixed_after(self, marks: Mapping[str, "Time"]) -> Fraction | None:
        """The same where the marks may matter that are themselves fixed; marks in a circle are not."""
        if self.mark is None or self.unit not in _SECONDS:
            return self.fixed_s
        others = {name: time for name, time in marks.items() if name != self.mark}
        begin_s = Fraction(0) if self.mark == "start" else None
        if self.mark in marks:
            begin_s = marks[self.mark].fixed_after(others)
        return None if begin_s is None else begin_s + self.number * _SECONDS[self.unit]


def is_time(key: object) -> bool:
    """Whether `key` has the form of a time, whatever its mark is."""
    return isinstance(key, Time) or (isinstance(key, str) and _TIME.fullmatch(key) is not None)


def read_time(value: Any) -> Time:
    """The time that `value` writes; raises Fault where it writes none."""
    if isinstance(value, Time):
        return value
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match:
        mark, sign, number, unit = match.groups()
        return Time(mark, Fraction(number) * (-1 if sign == "-" else 1), unit, str(value))
    raise Fault(f"is no time; {_time_remedy(value)}", value=value)


def read_duration(value: Any) -> Time:
    """A time without a mark, longer than nothing."""
    time = read_time(value)
    if time.mark is not None:
        raise Fault("expects a duration such as 8s, without a mark", value=value)
    if time.number <= 0:
        raise Fault("expects a duration longer than 0s", value=value)
    return time


def _time_remedy(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"a bare number is never one: write {value}s or {value}f"
    if isinstance(value, str):
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return f"a bare number is never one: write {value}s or {value}f"
        if re.fullmatch(NAME_PATTERN, value):
            return f"for the mark itself write {value}+0s"
        if value.startswith("-"):
            return "a movie begins at 0s; to count from its end write end" + value
    return "write 8s, 500ms, 100f, 50%, onset+200ms or end-1s"


@dataclass(frozen=True)
class Moments:
    """Turns times into seconds of the movie. `%` is of `length_s`, counted from `start_s`; marks are movie seconds."""

    length_s: Fraction
    fps: Fraction
    marks_s: Mapping[str, Fraction] = field(default_factory=dict)
    start_s: Fraction = Fraction(0)

    @classmethod
    def of(cls, length_s: Fraction, fps: Fraction, marks: Mapping[str, Time]) -> "Moments":
        """With `marks` that may count from each other; raises Fault (path: the mark) at unknown names and cycles."""
        known: dict[str, Fraction] = {}
        for name in marks:
            _settle(name, marks, cls(length_s, fps, known), known, ())
        return cls(length_s, fps, known)

    def within(self, start_s: Fraction, length_s: Fraction) -> "Moments":
        """The same for a part of the movie: its times, `%`, `start` and `end` are the part's, marks the movie's."""
        return Moments(length_s, self.fps, self.marks_s, start_s)

    def span_s(self, time: Time) -> Fraction:
        """The number and unit alone, in seconds."""
        if time.unit == "f":
            return time.number / self.fps
        if time.unit == "%":
            return time.number * self.length_s / 100
        return time.number * _SECONDS[time.unit]

    def seconds(self, time: Time) -> Fraction:
        """Seconds from the movie's start. Raises Fault where the mark is unknown."""
        if time.mark is None or time.mark == "start":
            return self.start_s + self.span_s(time)
        if time.mark == "end":
            return self.start_s + self.length_s + self.span_s(time)
        if time.mark not in self.marks_s:
            raise Fault(f"there is no mark {time.mark}; {nearest(time.mark, (*self.marks_s, *ENDS))}", value=time.text)
        return self.marks_s[time.mark] + self.span_s(time)


def _settle(name: str, marks: Mapping[str, Time], moments: Moments, known: dict[str, Fraction], path: tuple) -> None:
    """Put `name`, and first what it counts from, into `known`."""
    if name in known:
        return
    if name in path:
        raise Fault("marks count from each other in a circle: " + " -> ".join((*path, name)), (name,))
    mark = marks[name].mark
    if mark is not None and mark in marks:
        _settle(mark, marks, moments, known, (*path, name))
    try:
        known[name] = moments.seconds(marks[name])
    except Fault as fault:
        raise fault.under(name) from None
