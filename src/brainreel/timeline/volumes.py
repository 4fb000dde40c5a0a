"""A volume layer over time."""

from dataclasses import dataclass
from typing import Any

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Fault, Path
from brainreel.scene.layers import ColorTransfer, Light, OpacityTransfer, VolumeLayer
from brainreel.scene.values import Percentile, Quantity
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.cutting import MovingCut, is_empty, length_in, moving_cut
from brainreel.timeline.frame import (
    ColorPoint,
    DataReference,
    OpacityPoint,
    Shading,
    TransferFunction,
    VolumeLook,
)
from brainreel.timeline.lights import ShadingCurve, shading_curve
from brainreel.timeline.setting import Setting, as_is, number
from brainreel.timeline.statistics import ascending, volume_distribution

GRADIENT = Shading(ambient=0.1, diffuse=0.7, specular=0.2, specular_power=10.0)
"""What VTK shades volumes with."""


@dataclass(frozen=True)
class MovingVolume:
    """A volume layer, every number a curve."""

    name: str
    asset: str
    colors: Curve[tuple[tuple[float, ...], ...]]
    opacities: Curve[tuple[tuple[float, ...], ...]]
    unit_distance: Curve[float]
    shading: ShadingCurve | None
    cut: MovingCut
    alpha: Curve[float]
    visible: Curve[bool]

    def at(self, t_s: float) -> VolumeLook | None:
        """How it looks at `t_s`; None while nothing of it is seen."""
        alpha = self.alpha.at(t_s)
        keep = self.cut.keep(t_s)
        if not self.visible.at(t_s) or alpha <= 0 or is_empty(keep):
            return None
        shading = self.shading.at(t_s) if self.shading else None
        return VolumeLook(self.name, DataReference(self.asset), self._transfer(t_s), shading, keep, alpha)

    def _transfer(self, t_s: float) -> TransferFunction:
        colors = tuple(ColorPoint(x, (red, green, blue)) for x, red, green, blue in self.colors.at(t_s))
        opacities = tuple(OpacityPoint(*point) for point in self.opacities.at(t_s))
        return TransferFunction(colors, opacities, self.unit_distance.at(t_s))


def moving_volume(setting: Setting, name: str, layer: VolumeLayer) -> MovingVolume:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.volume"
    facts = setting.facts_of(asset, (*path, "volume"))[asset]
    if not isinstance(facts, VolumeFacts):
        raise setting.error(f"is a {facts.kind}, not a volume", (*path, "volume"))
    return MovingVolume(
        name,
        asset,
        _points(setting, layer.color, automatic.volume_colors, facts, (*path, "color")),
        _points(setting, layer.opacity, automatic.volume_opacities, facts, (*path, "opacity")),
        setting.curve(layer.unit_distance, (*path, "unit_distance"), lambda value: _unit(setting, value, facts)),
        shading_curve(setting, layer.shading, GRADIENT, (*path, "shading")) if _is_shaded(layer.shading) else None,
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


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
