"""Slices over time: where the plane is, and what is painted on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainreel.data.facts import VolumeFacts
from brainreel.scene.colormaps import map_is_diverging, map_name
from brainreel.scene.faults import Fault, Path
from brainreel.scene.labels import LabelPaint
from brainreel.scene.slices import PLANES, SliceLayer
from brainreel.scene.sources import VolumeSource
from brainreel.scene.transfers import ColorMap
from brainreel.scene.values import Percentile, Quantity
from brainreel.space import Box
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.cutting import MovingCut, is_empty, length_in, moving_cut
from brainreel.timeline.frame import Color, ColorRange, SliceLook, SlicePaint, Vector
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.segmentations import MovingColors, moving_colors, segmentation_facts
from brainreel.timeline.setting import Setting, as_is, number, rgb, screen_part
from brainreel.timeline.statistics import ascending, volume_distribution

BASE_MAP, PAINT_MAP = "gray", "hot"
BASE_RANGE = 0.005, 0.998
"""Shares of the voxels between which anatomy goes from black to white."""
PAINT_RANGE = 0.95, 0.999


@dataclass(frozen=True)
class MovingSlicePaint:
    """A volume on a slice: values in a range of a colour map, or labels in colours of their own."""

    asset: str
    time: MovingMoment
    colors: "MovingRange | MovingColors"
    alpha: Curve[float]
    nearest: bool
    boundaries: bool = False

    def at(self, t_s: float) -> SlicePaint | None:
        """The paint at `t_s`; None while nothing of it is seen."""
        data, alpha = self.time.reference(self.asset, t_s), self.alpha.at(t_s)
        if data is None or alpha <= 0:
            return None
        return SlicePaint(data, self.colors.at(t_s), alpha, self.nearest, self.boundaries)


@dataclass(frozen=True)
class MovingRange:
    """A colour map over values."""

    map: str
    diverging: bool
    below_hidden: bool
    range: Curve[tuple[float, ...]]

    def at(self, t_s: float) -> ColorRange:
        """The colours at `t_s`."""
        levels = self.range.at(t_s)
        return ColorRange(self.map, levels, self.below_hidden, self.diverging and levels[0] >= 0)


@dataclass(frozen=True)
class MovingSlice:
    """A slice layer, every number a curve. `place` is how far the plane lies along the normal: in 0..1 of the extent of
    `bounds` where `is_part`, else in world units from the world's origin."""

    name: str
    bounds: Box
    normal: Curve[Vector]
    place: Curve[float]
    is_part: bool
    paints: tuple[MovingSlicePaint, ...]
    outline: Curve[Color] | None
    outline_width: Curve[float]
    crosshair: Curve[Vector] | None
    cut: MovingCut
    alpha: Curve[float]
    visible: Curve[bool]

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the data it shows."""
        return tuple(paint.asset for paint in self.paints)

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return tuple(paint.time for paint in self.paints)

    def at(self, t_s: float) -> SliceLook | None:
        """How it looks at `t_s`; None while nothing of it is seen."""
        alpha, keep = self.alpha.at(t_s), self.cut.keep(t_s)
        paints = tuple(look for paint in self.paints if (look := paint.at(t_s)) is not None)
        if not self.visible.at(t_s) or alpha <= 0 or is_empty(keep) or not paints:
            return None
        normal = np.array(self.normal.at(t_s), float)
        normal /= np.linalg.norm(normal)
        return SliceLook(
            self.name,
            _vector(self._origin(normal, self.place.at(t_s))),
            _vector(normal),
            paints,
            keep,
            self.outline.at(t_s) if self.outline else None,
            self.outline_width.at(t_s) if self.outline else 0.0,
            self.crosshair.at(t_s) if self.crosshair else None,
            alpha,
        )

    def reach(self, t_s: float) -> tuple[float, float]:
        """The first and the last place at which the plane at `t_s` meets the volume."""
        normal = np.array(self.normal.at(t_s), float)
        along, half = self._extent(normal / np.linalg.norm(normal))
        return (0.0, 1.0) if self.is_part else (along - half, along + half)

    def never_meets(self) -> bool:
        """Whether the plane stays on one side of the volume, at every time that a track states and so between them."""
        times_s = {*self.normal.times_s, *self.place.times_s}
        beyond = [(self.place.at(t_s), *self.reach(t_s)) for t_s in times_s]
        return all(place < first for place, first, _ in beyond) or all(place > last for place, _, last in beyond)

    def _extent(self, normal: np.ndarray) -> tuple[float, float]:
        """Where the middle of the volume lies along the unit `normal`, and how far it reaches on both sides."""
        lower, upper = np.array(self.bounds.lower), np.array(self.bounds.upper)
        return float(normal @ (lower + upper)) / 2, float(np.abs(normal) @ (upper - lower)) / 2

    def _origin(self, normal: np.ndarray, place: float) -> np.ndarray:
        """The point of the plane that is nearest to the middle of the volume."""
        along, half = self._extent(normal)
        return np.array(self.bounds.center) + ((2 * place - 1) * half if self.is_part else place - along) * normal


def _vector(values: np.ndarray) -> Vector:
    return float(values[0]) + 0.0, float(values[1]) + 0.0, float(values[2]) + 0.0


def moving_slice(setting: Setting, name: str, layer: SliceLayer) -> MovingSlice:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.slice"
    facts = _volume(setting, asset, (*path, "slice"))
    base = _value_paint(setting, asset, facts, layer.slice, layer, BASE_MAP, BASE_RANGE, (path, "slice"))
    if layer.crosshair is not None and layer.outline == "none":
        raise setting.error("has the colour of the outline; write outline: white", (*path, "crosshair"))
    outline = None if layer.outline == "none" else setting.curve(layer.outline, (*path, "outline"), rgb)
    is_part = _is_part(setting, layer.at, (*path, "at"))
    made = MovingSlice(
        name,
        facts.bounds,
        setting.curve(layer.plane, (*path, "plane"), _normal),
        setting.curve(layer.at, (*path, "at"), lambda value: _place(setting, value, facts)),
        is_part,
        (base, *(_paint(setting, name, index, paint) for index, paint in enumerate(layer.paint))),
        outline,
        setting.curve(layer.outline_width, (*path, "outline_width"), screen_part),
        None if layer.crosshair is None else setting.curve(layer.crosshair, (*path, "crosshair"), as_is),
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )
    if made.never_meets():
        first, last = made.reach(0.0)
        places = "0% to 100%" if is_part else f"{first:.4g} to {last:.4g} (in movie.unit)"
        raise setting.error(f"the plane passes the volume by, which it meets at {places}", (*path, "at"))
    return made


def _volume(setting: Setting, asset: str, path: Path) -> VolumeFacts:
    facts = setting.facts_of(asset, path).get(asset)
    if not isinstance(facts, VolumeFacts):
        raise setting.error("is no volume of one value a voxel", path)
    return facts


def _normal(value: Any) -> Vector:
    x, y, z = PLANES[value] if isinstance(value, str) else value
    return float(x), float(y), float(z)


def _is_part(setting: Setting, leaf: Any, path: Path) -> bool:
    """Whether a position is in % of the extent; all values of a track are, or none."""
    kinds = {quantity.unit == "%" for quantity in getattr(leaf, "values", (leaf,))}
    if len(kinds) > 1:
        raise setting.error("goes from % to a position in the world; write both in one of the two", path)
    return kinds.pop()


def _place(setting: Setting, value: Quantity, facts: VolumeFacts) -> float:
    return value.number / 100 if value.unit == "%" else length_in(setting, value, facts, "% or a bare number")


def _paint(setting: Setting, layer: str, index: int, paint: Any) -> MovingSlicePaint:
    path: Path = ("layers", layer, "paint", index)
    asset = f"{layer}.paint.{index}"
    if isinstance(paint, LabelPaint):
        facts = segmentation_facts(setting, f"{asset}.labels", (*path, "labels"))
        time = moving_moment(setting, paint.labels, facts.times, (*path, "labels"))
        colors = moving_colors(setting, f"{asset}.labels", paint, facts, path)
        alpha = setting.curve(paint.alpha, (*path, "alpha"), number)
        return MovingSlicePaint(f"{asset}.labels", time, colors, alpha, True, paint.boundaries)
    facts = _volume(setting, asset, (*path, "scalars"))
    return _value_paint(setting, asset, facts, paint.scalars, paint, PAINT_MAP, PAINT_RANGE, (path, "scalars"))


def _value_paint(
    setting: Setting,
    asset: str,
    facts: VolumeFacts,
    source: VolumeSource,
    layer: Any,
    usual_map: str,
    usual_range: tuple[float, float],
    place: tuple[Path, str],
) -> MovingSlicePaint:
    """Values of `asset` through the colours of `layer`; the anatomy itself is opaque, only what lies over it is hidden
    below its range."""
    path, key = place
    color: ColorMap = layer.color
    name = usual_map if color.map == "auto" else color.map
    hidden = usual_map == PAINT_MAP if color.below is None else color.below == "hide"
    values = volume_distribution(facts)

    def levels(stated: Any) -> tuple[float, ...]:
        if stated == "auto":
            return ascending([values.value_below(share) for share in usual_range])
        numbers = [values.value_below(x.percent / 100) if isinstance(x, Percentile) else float(x) for x in stated]
        try:
            return ascending(numbers)
        except ValueError as error:
            raise Fault(f"the values of a range increase, in these data {error}") from None

    colors = MovingRange(
        map_name(name),
        map_is_diverging(name),
        hidden,
        setting.curve(color.range, (*path, "color", "range"), levels),
    )
    time = moving_moment(setting, source, facts.times, (*path, key))
    base_alpha = constant(1.0) if usual_map == BASE_MAP else setting.curve(layer.alpha, (*path, "alpha"), number)
    return MovingSlicePaint(asset, time, colors, base_alpha, layer.interpolate == "nearest")
