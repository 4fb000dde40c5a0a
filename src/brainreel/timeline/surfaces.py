"""A surface layer over time, with its paint."""

from dataclasses import dataclass

from brainreel.data.facts import MeshFacts
from brainreel.scene.faults import Path, nearest
from brainreel.scene.layers import AnyPaint, Light, SurfaceLayer
from brainreel.scene.parcels import ParcelPaint as ParcelModel
from brainreel.timeline.curves import Curve
from brainreel.timeline.cycles import MovingCycle, moving_values
from brainreel.timeline.geometries import MovingGeometry, moving_geometry
from brainreel.timeline.lights import ShadingCurve, shading_curve
from brainreel.timeline.looks import Color, NamesLook, Paint, ParcelPaint, Shading, SurfaceLook
from brainreel.timeline.moments import MovingMoment
from brainreel.timeline.paints import MovingPaint
from brainreel.timeline.parcels import MovingParcels, moving_parcels
from brainreel.timeline.setting import Setting, as_is, number, rgb

MATTE = Shading(ambient=0.25, diffuse=0.75, specular=0.0, specular_power=20.0)
UNLIT = Shading(ambient=1.0, diffuse=0.0)
PART_ORDER = ("left", "right", "whole")


@dataclass(frozen=True)
class MovingSurface:
    """A surface layer of one or more parts (asset keys)."""

    name: str
    geometry: MovingGeometry
    color: Curve[Color]
    shading: ShadingCurve
    paints: tuple[MovingPaint | MovingCycle | MovingParcels, ...]
    underlay: str | None
    alpha: Curve[float]
    occlusion: Curve[float]
    visible: Curve[bool]
    names: NamesLook | None = None

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the data it shows."""
        return (*self.geometry.parts, *(asset for paint in self.paints for asset in paint.assets if asset))

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return (*self.geometry.moments, *(moment for paint in self.paints for moment in paint.moments))

    def at(self, t_s: float) -> SurfaceLook | None:
        """How it looks at `t_s`; None while it is hidden."""
        parts = self.geometry.at(t_s)
        alpha = self.alpha.at(t_s)
        if parts is None or not self.visible.at(t_s) or alpha <= 0:
            return None
        paints: tuple[Paint | ParcelPaint, ...] = tuple(look for paint in self.paints for look in paint.looks(t_s))
        lit = self.color.at(t_s), self.shading.at(t_s)
        rest = self.underlay, alpha, self.occlusion.at(t_s), self.names
        return SurfaceLook(self.name, parts, *lit, paints, *rest)


def in_part_order(keys: list[str]) -> list[str]:
    """Asset keys, left before right before whole."""
    return sorted(keys, key=lambda key: (PART_ORDER.index(key.split(".")[-1]), key))


def moving_surface(setting: Setting, name: str, layer: SurfaceLayer) -> MovingSurface:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    facts = setting.facts_of(f"{name}.surface", (*path, "surface"))
    meshes = {key: mesh for key, mesh in facts.items() if isinstance(mesh, MeshFacts)}
    if len(meshes) != len(facts):
        raise setting.error("is no surface", (*path, "surface"))
    parts = in_part_order(list(meshes))
    usual = UNLIT if layer.shading == "none" else MATTE
    stated = layer.shading if isinstance(layer.shading, Light) else "matte"
    return MovingSurface(
        name,
        moving_geometry(setting, layer.surface, tuple(parts), meshes, (*path, "surface")),
        setting.curve(layer.color, (*path, "color"), rgb),
        shading_curve(setting, stated, usual, (*path, "shading")),
        tuple(painted(setting, name, index, paint, parts) for index, paint in enumerate(layer.paint)),
        _underlay(setting, layer, meshes, path),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.occlusion, (*path, "occlusion"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


def painted(
    setting: Setting, layer: str, index: int, paint: AnyPaint, parts: list[str]
) -> MovingPaint | MovingCycle | MovingParcels:
    """Paint `index` of the layer on its `parts` (asset keys)."""
    if isinstance(paint, ParcelModel):
        return moving_parcels(setting, layer, index, paint, parts)
    return moving_values(setting, layer, index, paint, parts)


def _underlay(setting: Setting, layer: SurfaceLayer, meshes: dict[str, MeshFacts], path: Path) -> str | None:
    """The name of the array, which every part must have."""
    if layer.underlay is None:
        return None
    array = layer.underlay.array
    for mesh in meshes.values():
        if array not in mesh.arrays:
            message = f"{mesh.name} has no array {array}; {nearest(array, mesh.arrays)}"
            raise setting.error(message, (*path, "underlay", "array"))
    return array
