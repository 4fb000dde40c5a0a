"""A volume layer over time."""

from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Path
from brainreel.scene.layers import Light, VolumeLayer
from brainreel.scene.values import Quantity
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve
from brainreel.timeline.cutting import MovingCut, is_empty, length_in, moving_cut
from brainreel.timeline.lights import ShadingCurve, shading_curve
from brainreel.timeline.looks import (
    ColorVolumeLook,
    DataReference,
    OwnColors,
    Shading,
    SliceLook,
    SlicePaint,
    VolumeLook,
)
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.setting import Setting, as_is, number
from brainreel.timeline.transfers import MovingTransfer, moving_transfer

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
    transfer: MovingTransfer
    drawing: "Drawing"
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
        transfer = self.transfer.at(t_s)
        if self.channels:
            return ColorVolumeLook(self.name, (data[0], data[1], data[2]), transfer, shading, keep, alpha)
        how = self.drawing
        return VolumeLook(
            self.name, data[0], transfer, shading, keep, alpha, how.mode, how.nearest, how.mix, how.preintegrated
        )

    def faces(self, t_s: float) -> tuple[SliceLook, ...]:
        """What covers its cut faces: the data in their colours, opaque wherever they are seen at all."""
        look = self.at(t_s)
        if look is None:
            return ()
        if isinstance(look, ColorVolumeLook):
            clear = [point.x for point in takewhile(lambda point: point.opacity == 0, look.transfer.opacities)]
            return self.cut.faces(t_s, self.name, SlicePaint(look.data, OwnColors(*clear[-1:]), look.alpha))
        solid = tuple(replace(point, opacity=float(point.opacity > 0)) for point in look.transfer.opacities)
        transfer = replace(look.transfer, opacities=solid, gradient_opacities=())
        return self.cut.faces(t_s, self.name, SlicePaint(look.data, transfer, look.alpha, look.nearest))


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the values along a ray become a colour; the words are those of `VolumeLook`."""

    mode: str
    nearest: bool
    mix: str
    preintegrated: bool


def moving_volume(setting: Setting, name: str, layer: VolumeLayer) -> MovingVolume:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.volume"
    facts, channels = volume_or_colors(setting, asset, (*path, "volume"))
    unit_distance = setting.curve(
        layer.unit_distance, (*path, "unit_distance"), lambda value: _unit(setting, value, facts)
    )
    return MovingVolume(
        name,
        asset,
        channels,
        moving_moment(setting, layer.volume, facts.times, (*path, "volume")),
        moving_transfer(setting, layer, facts, unit_distance, path),
        _drawing(setting, layer, channels, path),
        shading_curve(setting, layer.shading, GRADIENT, (*path, "shading")) if _is_shaded(layer.shading) else None,
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


def _drawing(setting: Setting, layer: VolumeLayer, channels: tuple[str, ...], path: Path) -> Drawing:
    """Raises SceneError for what a volume that holds its own colours cannot do."""
    usual = VolumeLayer.model_fields
    for key in ("color", "mode", "interpolate", "mix", "classification", "gradient_opacity") if channels else ():
        if getattr(layer, key) != usual[key].default:
            raise setting.error("the volume holds its own colours, which are composited; leave it out", (*path, key))
    return Drawing(layer.mode, layer.interpolate == "nearest", layer.mix, layer.classification == "preintegrated")


def volume_or_colors(setting: Setting, asset: str, path: Path) -> tuple[VolumeFacts, tuple[str, ...]]:
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
