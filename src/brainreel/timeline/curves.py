"""Curves: a leaf of the scene over movie time, in plain numbers."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar

from brainreel.scene.faults import Fault
from brainreel.scene.times import Moments
from brainreel.scene.tracks import Ease, Track

Value = TypeVar("Value")

EASES: dict[str, Callable[[float], float]] = {
    "linear": lambda s: s,
    "in": lambda s: s * s,
    "out": lambda s: s * (2 - s),
    "in-out": lambda s: s * s * (3 - 2 * s),
    "hold": lambda s: 0.0,
}
"""Part of the interval's change, from part of its time; `in` starts and `out` ends at rest."""


@dataclass(frozen=True, slots=True)
class Curve(Generic[Value]):
    """`values[i]` at `times_s[i]` (movie seconds), eased by `eases[i]` until the next, held outside."""

    times_s: tuple[float, ...]
    values: tuple[Value, ...]
    eases: tuple[str, ...] = ()

    def at(self, t_s: float) -> Value:
        """The value at `t_s`."""
        index = bisect_right(self.times_s, t_s) - 1
        if index < 0:
            return self.values[0]
        if index >= len(self.times_s) - 1:
            return self.values[-1]
        begin, end = self.times_s[index], self.times_s[index + 1]
        part = EASES[self.eases[index]]((t_s - begin) / (end - begin))
        return self.values[index] if part == 0 else _mixed(self.values[index], self.values[index + 1], part)


def constant(value: Value) -> Curve[Value]:
    """A curve that is `value` all the time."""
    return Curve((0.0,), (value,))


def curve_of(leaf: Any, moments: Moments, convert: Callable[[Any], Any], smooth: bool = True) -> Curve[Any]:
    """The curve of a leaf, its values turned into plain ones by `convert`.

    Numbers and lists of them of equal length are linear unless the track's ease says otherwise or `smooth` is false;
    all else holds. Raises Fault, its path inside the track.
    """
    if not isinstance(leaf, Track):
        return constant(convert(leaf))
    times = tuple(moments.seconds(time) for time in leaf.times)
    values = []
    for time, value in leaf.items():
        try:
            values.append(convert(value))
        except Fault as fault:
            raise fault.under(str(time)) from None
    defaults = ["linear" if smooth and _mixable(*pair) else "hold" for pair in pairwise(values)]
    return Curve(tuple(map(float, times)), tuple(values), _eases(leaf.ease, times, defaults, moments))


def _eases(ease: Ease | None, times: tuple, defaults: list[str], moments: Moments) -> tuple[str, ...]:
    """A word for each interval."""
    if ease is None:
        return tuple(defaults)
    if ease.times is None:
        words = [ease.words[0]] * len(defaults)
    else:
        stated = {moments.seconds(time): word for time, word in zip(ease.times, ease.words, strict=True)}
        words = [stated.get(time, default) for time, default in zip(times, defaults, strict=False)]
    for word, default in zip(words, defaults, strict=True):
        if default == "hold" and word != "hold":
            raise Fault("values of different lengths have nothing between them, they can only hold", ("ease",), word)
    return tuple(words)


def _mixable(before: Any, after: Any) -> bool:
    """Whether there is something between two values: numbers, or lists of numbers of one shape."""
    if isinstance(before, tuple) and isinstance(after, tuple):
        return len(before) == len(after) and all(map(_mixable, before, after))
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))


def _mixed(before: Any, after: Any, part: float) -> Any:
    if isinstance(before, tuple):
        return tuple(_mixed(one, other, part) for one, other in zip(before, after, strict=True))
    return before + (after - before) * part
