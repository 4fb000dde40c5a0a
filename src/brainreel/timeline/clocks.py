"""Clocks: movie time to data time, data time to rows."""

import math
from dataclasses import dataclass

from brainreel.data.protocols import TimeAxis
from brainreel.scene.tracks import Track
from brainreel.space import TIMES_S
from brainreel.timeline.curves import Curve
from brainreel.timeline.setting import Setting

TOLERANCE = 1e-9
"""Of a step: how far before a moment it counts as reached."""
SLACK = 1e-2
"""Of a step: how far outside the first and last moment data still are, for clocks are written with few digits."""


@dataclass(frozen=True, slots=True)
class DataClock:
    """Data time over movie time: seconds, or items where `unit` is items. Labels are written in `unit`."""

    curve: Curve[float]
    unit: str

    @property
    def counts_items(self) -> bool:
        """Whether it shows items, not times."""
        return self.unit == "items"

    def at(self, t_s: float) -> float:
        """Data seconds, or items."""
        return self.curve.at(t_s)

    def written(self, value: float) -> float:
        """`value` (seconds or items) in the unit of labels."""
        return value if self.counts_items else value / TIMES_S[self.unit]


def data_clock(setting: Setting, name: str) -> DataClock:
    """The clock `name` of the scene."""
    track: Track = setting.scene.clocks[name]
    unit = track.values[0].unit
    counts_items = unit in {"items", "item"}

    def convert(quantity: object) -> float:
        return quantity.number if counts_items else quantity.number * TIMES_S[quantity.unit]  # type: ignore[attr-defined]

    return DataClock(setting.curve(track, ("clocks", name), convert), "items" if counts_items else unit)


@dataclass(frozen=True, slots=True)
class Moment:
    """Rows of a series with their weights, and the time (or item) that these data belong to."""

    rows: tuple[int, ...]
    weights: tuple[float, ...]
    shown: float


def position(axis: TimeAxis, value: float, items: bool) -> float:
    """How many steps `value` (a time, or an item) lies after the first moment."""
    if items or axis.unit == "items":
        return value
    return (value - axis.first_s) / (axis.step_s or 1.0)


def last_position(axis: TimeAxis, interpolate: str) -> float:
    """The last position with data: held data last a step longer than their last moment."""
    return axis.count - 1 + (1.0 if interpolate == "hold" else SLACK)


def is_inside(axis: TimeAxis, place: float, interpolate: str) -> bool:
    """Whether there are data at a position."""
    return -SLACK <= place <= last_position(axis, interpolate)


def moment_at(axis: TimeAxis, place: float, interpolate: str, items: bool) -> Moment:
    """The rows at a position, the first or last moment's outside: the last moment reached, or the two around it."""
    row = min(max(math.floor(place + TOLERANCE), 0), axis.count - 1)
    part = min(max(place - row, 0.0), 1.0) if row < axis.count - 1 else 0.0
    if interpolate == "hold" or part <= TOLERANCE:
        return Moment((row,), (1.0,), _shown(axis, row, items))
    if part >= 1 - TOLERANCE:
        return Moment((row + 1,), (1.0,), _shown(axis, row + 1, items))
    return Moment((row, row + 1), (1.0 - part, part), _shown(axis, row + part, items))


def _shown(axis: TimeAxis, place: float, items: bool) -> float:
    return float(place) if items or axis.unit == "items" else axis.first_s + place * axis.step_s
