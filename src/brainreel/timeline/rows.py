"""Data time to rows: which moments of a series are shown at a time, with what weights."""

import math
from dataclasses import dataclass

from brainreel.data.times import TimeAxis

TOLERANCE = 1e-9
"""Of a step: how far before a moment it counts as reached."""
SLACK = 1e-2
"""Of a step: how far outside the first and last moment data still are, for clocks are written with few digits."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Rows of a series with their weights, `place` (in moments after the first), and the time (or item) shown."""

    rows: tuple[int, ...]
    weights: tuple[float, ...]
    shown: float
    place: float = 0.0


def position(axis: TimeAxis, value: float, items: bool) -> float:
    """How many moments `value` (a time, or an item) lies after the first."""
    return value if items or axis.unit == "items" else axis.place(value)


def last_position(axis: TimeAxis, interpolate: str) -> float:
    """The last position with data: held data last a step longer than their last moment."""
    return axis.count - 1 + (interpolate == "hold") + SLACK


def is_inside(axis: TimeAxis, place: float, interpolate: str) -> bool:
    """Whether there are data at a position."""
    return -SLACK <= place <= last_position(axis, interpolate)


def moment_at(axis: TimeAxis, place: float, interpolate: str, items: bool) -> Moment:
    """The rows at a position, the first or last moment's outside: the last moment reached, or those around it.

    `cubic` goes through the moments, with two on either side.
    """
    items = items or axis.unit == "items"
    row = min(max(math.floor(place + TOLERANCE), 0), axis.count - 1)
    part = min(max(place - row, 0.0), 1.0) if row < axis.count - 1 else 0.0
    if part >= 1 - TOLERANCE:
        row, part = row + 1, 0.0
    if interpolate == "hold" or part <= TOLERANCE:
        return Moment((row,), (1.0,), _shown(axis, row, items), row)
    shown = _shown(axis, row + part, items)
    if interpolate == "linear":
        return Moment((row, row + 1), (1.0 - part, part), shown, row + part)
    return Moment(*_cubic(axis, row, part, items), shown, row + part)


def _shown(axis: TimeAxis, place: float, items: bool) -> float:
    return float(place) if items else axis.at(place)


def _cubic(axis: TimeAxis, row: int, part: float, items: bool) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Rows and weights of the cubic from `row` to the next, whose slopes are those of parabolas through three moments.

    On even axes that is Catmull and Rom's spline (1974), on others its form for uneven knots (Barry and Goldman 1988).
    At either end, where there is no third moment, the slope is that of the straight line. Straight lines stay straight.
    """
    left = 1 - part
    weights = {row: (1 + 2 * part) * left**2, row + 1: part**2 * (3 - 2 * part)}
    step = _shown(axis, row + 1, items) - _shown(axis, row, items)
    for at, share in ((row, part * left**2), (row + 1, -(part**2) * left)):  # cubic Hermite's of the slopes
        for other, weight in _slope(axis, row, at, items):
            weights[other] = weights.get(other, 0.0) + share * step * weight
    rows = sorted(weights)
    return tuple(rows), tuple(weights[other] for other in rows)


def _slope(axis: TimeAxis, row: int, at: int, items: bool) -> list[tuple[int, float]]:
    """Weights of moments in the slope at moment `at`, an end of the interval that begins at `row`."""
    before, after = at - 1, at + 1
    if before < 0 or after >= axis.count:
        step = _shown(axis, row + 1, items) - _shown(axis, row, items)
        return [(row, -1 / step), (row + 1, 1 / step)]
    left = _shown(axis, at, items) - _shown(axis, before, items)
    right = _shown(axis, after, items) - _shown(axis, at, items)
    both = left + right
    return [
        (before, -right / left / both),
        (at, right / left / both - left / right / both),
        (after, left / right / both),
    ]
