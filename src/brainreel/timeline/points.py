"""Points over time: a surface of balls that grow and shrink, or of arrows."""

from brainreel.data.facts import MeshFacts
from brainreel.scene.faults import Path
from brainreel.scene.layers import Light
from brainreel.scene.points import PointsLayer, Sizes, size_mm
from brainreel.scene.values import Quantity
from brainreel.timeline.clocks import DataClock
from brainreel.timeline.geometries import MovingGeometry
from brainreel.timeline.lights import shading_curve
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.point_names import names_look
from brainreel.timeline.setting import Setting, as_is, number, rgb
from brainreel.timeline.surfaces import MATTE, UNLIT, MovingSurface, in_part_order, painted


def moving_points(setting: Setting, name: str, layer: PointsLayer) -> MovingSurface:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    facts = setting.facts_of(f"{name}.surface", (*path, "points"))
    meshes = {key: mesh for key, mesh in facts.items() if isinstance(mesh, MeshFacts)}
    if len(meshes) != len(facts):
        raise setting.error("are no points", (*path, "points"))
    parts = in_part_order(list(meshes))
    stated = layer.shading if isinstance(layer.shading, Light) else "matte"
    return MovingSurface(
        name,
        _geometry(setting, layer, meshes, path),
        setting.curve(layer.color, (*path, "color"), rgb),
        shading_curve(setting, stated, UNLIT if layer.shading == "none" else MATTE, (*path, "shading")),
        tuple(painted(setting, name, index, paint, parts) for index, paint in enumerate(layer.paint)),
        None,
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.occlusion, (*path, "occlusion"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
        names_look(setting, layer.names, next(iter(meshes.values())), (*path, "names")),
    )


def _geometry(setting: Setting, layer: PointsLayer, meshes: dict[str, MeshFacts], path: Path) -> MovingGeometry:
    """Arrows; balls of one size, of sizes by values, or those between the least, item 0, and the largest, item 1."""
    if layer.arrows is not None:
        return _arrows(setting, layer, meshes, path)
    sizes = layer.source.sizes_mm
    axis = next(iter(meshes.values())).times
    if isinstance(layer.size, Sizes):
        time = moving_moment(setting, layer.size.scalars, axis, (*path, "size", "scalars"))
        return MovingGeometry(tuple(meshes), time)
    if axis is None or len(sizes) == 1:
        return MovingGeometry(tuple(meshes))
    least, largest = sizes

    def share(size: Quantity) -> float:
        return (size_mm(size) - least) / (largest - least)

    between = DataClock(setting.curve(layer.size, (*path, "size"), share), "items")
    where = setting.scene.place((*path, "size"))
    return MovingGeometry(tuple(meshes), MovingMoment(axis, between, None, "linear", "hold", where))


def _arrows(setting: Setting, layer: PointsLayer, meshes: dict[str, MeshFacts], path: Path) -> MovingGeometry:
    """Arrows at the moments of their vectors."""
    within = (*path, "arrows", "vectors")
    axes = {mesh.times for mesh in meshes.values()}
    if len(axes) > 1:
        counts = "; ".join(f"{mesh.name}: {mesh.times.count if mesh.times else 1}" for mesh in meshes.values())
        raise setting.error(f"the hemispheres have different moments ({counts}); name files of one run", within)
    time = moving_moment(setting, layer.vectors, axes.pop(), within)
    return MovingGeometry(tuple(in_part_order(list(meshes))), time)
