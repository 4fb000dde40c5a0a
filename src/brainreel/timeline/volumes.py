"""A volume layer over time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Fault, Path
from brainreel.scene.layers import ColorTransfer, Light, OpacityTransfer, VolumeLayer
from brainreel.scene.values import Percentile, Quantity
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.cutting import MovingCut, is_empty, length_in, moving_cut
from brainreel.timeline.frame import (
    ColorPoint,
    ColorVolumeLook,
    DataReference,
    OpacityPoint,
    Shading,
    TransferFunction,
    VolumeLook,
)
from brainreel.timeline.lights import ShadingCurve, shading_curve
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.setting import Setting, as_is, number
from brainreel.timeline.statistics import ascending, volume_distribution

GRADIENT = Shading(ambient=0.1, diffuse=0.7, specular=0.2, specular_power=10.0)
"""What VTK shades volumes with."""
COLOR_CHANNELS, LUMINANCE = ("red", "green", "blue"), (0.2126, 0.7152, 0.0722)
"""Keys of the parts of a volume that holds its own colours, and what each adds to its luminance (BT.709)."""


@dataclass(frozen=True)
class MovingVolume:
    """A volume layer, every number a curve. `channels` are the red, green and blue of a colour volume (asset keys)."""

    name: str
    asset: str
    channels: tuple[str, ...]
    time: MovingMoment
    colors: Curve[tuple[tuple[float, ...], ...]]
    opacities: Curve[tuple[tuple[float, ...], ...]]
    unit_distance: Curve[float]
    shading: ShadingCurve | None
    cut: MovingCut
    alpha: Curve[float]
    visible: Curve[bool]

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the data it shows."""
        return self.channels or (self.asset,)

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return (self.time,)

    def at(self, t_s: float) -> VolumeLook | ColorVolumeLook | None:
        """How it looks at `t_s`; None while nothing of it is seen."""
        alpha, keep = self.alpha.at(t_s), self.cut.keep(t_s)
        moment = self.time.at(t_s)
        if not self.visible.at(t_s) or alpha <= 0 or is_empty(keep) or moment is None:
            return None
        shading = self.shading.at(t_s) if self.shading else None
        data = [DataReference(asset, moment.rows, moment.weights) for asset in self.assets]
        if self.channels:
            return ColorVolumeLook(self.name, (data[0], data[1], data[2]), self._transfer(t_s), shading, keep, alpha)
        return VolumeLook(self.name, data[0], self._transfer(t_s), shading, keep, alpha)

    def _transfer(self, t_s: float) -> TransferFunction:
        colors = tuple(ColorPoint(x, (red, green, blue)) for x, red, green, blue in self.colors.at(t_s))
        opacities = tuple(OpacityPoint(*point) for point in self.opacities.at(t_s))
        return TransferFunction(colors, opacities, self.unit_distance.at(t_s))


def moving_volume(setting: Setting, name: str, layer: VolumeLayer) -> MovingVolume:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.volume"
    facts, channels = _facts(setting, asset, (*path, "volume"))
    return MovingVolume(
        name,
        asset,
        channels,
        moving_moment(setting, layer.volume, facts.times, (*path, "volume")),
        _points(setting, layer.color, automatic.volume_colors, facts, (*path, "color")),
        _points(setting, layer.opacity, automatic.volume_opacities, facts, (*path, "opacity")),
        setting.curve(layer.unit_distance, (*path, "unit_distance"), lambda value: _unit(setting, value, facts)),
        shading_curve(setting, layer.shading, GRADIENT, (*path, "shading")) if _is_shaded(layer.shading) else None,
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


def _facts(setting: Setting, asset: str, path: Path) -> tuple[VolumeFacts, tuple[str, ...]]:
    """What is known of a volume; of one that holds its own colours, of its luminance, and the keys of the colours."""
    found = setting.facts_of(asset, path)
    colors = tuple(f"{asset}.{color}" for color in COLOR_CHANNELS)
    parts = [facts for key in colors if isinstance(facts := found.get(key), VolumeFacts)]
    if len(parts) == len(colors):
        quantiles = np.average([facts.quantiles for facts in parts], 0, LUMINANCE)
        background = float(np.average([facts.background for facts in parts], 0, LUMINANCE))
        return replace(parts[1], quantiles=tuple(map(float, quantiles)), background=background), colors
    facts = found.get(asset)
    if not isinstance(facts, VolumeFacts):
        raise setting.error(f"is a {next(iter(found.values())).kind}, not a volume", path)
    return facts, ()


def _is_shaded(shading: Light | str) -> bool:
    return shading != "none"


def _unit(setting: Setting, value: Quantity | str, facts: VolumeFacts) -> float:
    return (
        automatic.unit_distance(facts) if isinstance(value, str) else length_in(setting, value, facts, "a bare number")
    )


def _points(setting: Setting, stated: Any, automatic_points: Any, facts: VolumeFacts, path: Path) -> Curve[Any]:
    """Points of a transfer function, percentiles of their x replaced by data values."""
    if not isinstance(stated, ColorTransfer | OpacityTransfer):
        return constant(automatic_points(facts))
    values = volume_distribution(facts)

    def convert(points: tuple[tuple[Any, ...], ...]) -> tuple[tuple[float, ...], ...]:
        levels = [values.value_below(x.percent / 100) if isinstance(x, Percentile) else float(x) for x, *_ in points]
        try:
            ordered = ascending(levels)
        except ValueError as error:
            raise Fault(f"x increases from point to point, {error}") from None
        return tuple((x, *map(float, point[1:])) for x, point in zip(ordered, points, strict=True))

    return setting.curve(stated.points, (*path, "points"), convert)
