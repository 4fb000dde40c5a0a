"""Slices over time: where the plane is, and what is painted on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brainreel.data.facts import VolumeFacts
from brainreel.scene.colormaps import map_is_diverging, map_name
from brainreel.scene.faults import Fault, Path
from brainreel.scene.labels import LabelPaint
from brainreel.scene.slices import SliceLayer
from brainreel.scene.sources import VolumeSource
from brainreel.scene.transfers import ColorMap
from brainreel.scene.values import Percentile
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.cutting import MovingCut, is_empty, moving_cut
from brainreel.timeline.looks import Color, ColorRange, OwnColors, SliceLook, SlicePaint, Vector
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.planes import MovingPlane, moving_plane
from brainreel.timeline.segmentations import MovingColors, moving_colors, segmentation_facts
from brainreel.timeline.setting import Setting, as_is, number, rgb, screen_part
from brainreel.timeline.statistics import ascending, volume_distribution
from brainreel.timeline.volumes import volume_or_colors

BASE_MAP, PAINT_MAP = "gray", "hot"
BASE_RANGE = 0.005, 0.998
"""Shares of the voxels between which anatomy goes from black to white."""
PAINT_RANGE = 0.95, 0.999
JUST_ABOVE = 1e-3
"""Part of a range that what is as dark as the background may lie above it."""


@dataclass(frozen=True)
class MovingSlicePaint:
    """A volume on a slice: values in a range of a colour map, labels in colours of their own, or `channels` (asset keys
    of red, green and blue) as they are."""

    asset: str
    time: MovingMoment
    colors: "MovingRange | MovingColors | OwnColors"
    alpha: Curve[float]
    nearest: bool
    boundaries: bool = False
    channels: tuple[str, ...] = ()

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the data it shows."""
        return self.channels or (self.asset,)

    def at(self, t_s: float) -> SlicePaint | None:
        """The paint at `t_s`; None while nothing of it is seen."""
        alpha = self.alpha.at(t_s)
        data = [data for asset in self.assets if (data := self.time.reference(asset, t_s)) is not None]
        if not data or alpha <= 0:
            return None
        if isinstance(self.colors, OwnColors):
            return SlicePaint((data[0], data[1], data[2]), self.colors, alpha, self.nearest)
        return SlicePaint(data[0], self.colors.at(t_s), alpha, self.nearest, self.boundaries)


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
    """A slice layer, every number a curve."""

    name: str
    plane: MovingPlane
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
        return tuple(asset for paint in self.paints for asset in paint.assets)

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
        origin, normal = self.plane.at(t_s)
        return SliceLook(
            self.name,
            _vector(origin),
            _vector(normal),
            paints,
            keep,
            self.outline.at(t_s) if self.outline else None,
            self.outline_width.at(t_s) if self.outline else 0.0,
            self.crosshair.at(t_s) if self.crosshair else None,
            alpha,
        )


def _vector(values: np.ndarray) -> Vector:
    return float(values[0]) + 0.0, float(values[1]) + 0.0, float(values[2]) + 0.0


def moving_slice(setting: Setting, name: str, layer: SliceLayer) -> MovingSlice:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.slice"
    facts, _ = volume_or_colors(setting, asset, (*path, "slice"))
    base = _value_paint(setting, asset, layer.slice, layer, BASE_MAP, BASE_RANGE, (path, "slice"))
    if layer.crosshair is not None and layer.outline == "none":
        raise setting.error("has the colour of the outline; write outline: white", (*path, "crosshair"))
    outline = None if layer.outline == "none" else setting.curve(layer.outline, (*path, "outline"), rgb)
    return MovingSlice(
        name,
        moving_plane(setting, name, layer, facts),
        (base, *(_paint(setting, name, index, paint) for index, paint in enumerate(layer.paint))),
        outline,
        setting.curve(layer.outline_width, (*path, "outline_width"), screen_part),
        None if layer.crosshair is None else setting.curve(layer.crosshair, (*path, "crosshair"), as_is),
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


def _paint(setting: Setting, layer: str, index: int, paint: Any) -> MovingSlicePaint:
    path: Path = ("layers", layer, "paint", index)
    asset = f"{layer}.paint.{index}"
    if isinstance(paint, LabelPaint):
        facts = segmentation_facts(setting, f"{asset}.labels", (*path, "labels"))
        time = moving_moment(setting, paint.labels, facts.times, (*path, "labels"))
        colors = moving_colors(setting, f"{asset}.labels", paint, facts, path)
        alpha = setting.curve(paint.alpha, (*path, "alpha"), number)
        return MovingSlicePaint(f"{asset}.labels", time, colors, alpha, True, paint.boundaries)
    return _value_paint(setting, asset, paint.scalars, paint, PAINT_MAP, PAINT_RANGE, (path, "scalars"))


def _above_background(facts: VolumeFacts, high: float) -> tuple[float, float]:
    """From just above the background to `high`, or where that is background too, to the highest value."""
    high = high if high > facts.background else max(facts.quantiles[-1], facts.background)
    return facts.background + JUST_ABOVE * (high - facts.background), high


def _value_paint(
    setting: Setting,
    asset: str,
    source: VolumeSource,
    layer: Any,
    usual_map: str,
    usual_range: tuple[float, float],
    place: tuple[Path, str],
) -> MovingSlicePaint:
    """Values of `asset` through the colours of `layer`; the anatomy itself is opaque, only what lies over it is hidden
    below its range."""
    path, key = place
    facts, channels = volume_or_colors(setting, asset, (*path, key))
    color: ColorMap = layer.color
    if usual_map == PAINT_MAP and not channels and automatic.goes_both_ways(volume_distribution(facts)):
        usual_map = automatic.DIVERGING_MAP
    name = usual_map if color.map == "auto" else color.map
    hidden = usual_map != BASE_MAP if color.below is None else color.below == "hide"
    values = volume_distribution(facts, magnitude=map_is_diverging(name))
    time = moving_moment(setting, source, facts.times, (*path, key))
    alpha = constant(1.0) if usual_map == BASE_MAP else setting.curve(layer.alpha, (*path, "alpha"), number)
    nearest = layer.interpolate == "nearest"
    if channels:
        if color.map != "auto" or color.range != "auto":
            raise setting.error("the volume holds its own colours; leave map and range out", (*path, "color"))
        own = OwnColors(facts.background) if hidden else OwnColors()
        return MovingSlicePaint(asset, time, own, alpha, nearest, channels=channels)

    def levels(stated: Any) -> tuple[float, ...]:
        if stated == "auto":
            usual = [values.value_below(share) for share in usual_range]
            return ascending(_above_background(facts, usual[1]) if hidden and usual_map == BASE_MAP else usual)
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
    return MovingSlicePaint(asset, time, colors, alpha, nearest)
