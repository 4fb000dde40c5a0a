"""The shape of a surface layer over time: a surface that stands, moments of one that moves, a morph between several."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from brainreel.data.facts import MeshFacts
from brainreel.scene.faults import Path
from brainreel.scene.sources import SurfaceSource
from brainreel.timeline.clocks import DataClock
from brainreel.timeline.looks import DataReference
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.setting import Setting, number

log = logging.getLogger("brainreel")


@dataclass(frozen=True)
class MovingGeometry:
    """The parts (asset keys) of a surface; `time` says which moments of them are seen, None where they stand."""

    parts: tuple[str, ...]
    time: MovingMoment | None = None

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """Its moments, where it has some."""
        return () if self.time is None else (self.time,)

    def at(self, t_s: float) -> tuple[DataReference, ...] | None:
        """The parts at `t_s`; None where the clock is outside the data and they are hidden there."""
        if self.time is None:
            return tuple(map(DataReference, self.parts))
        moment = self.time.at(t_s)
        return None if moment is None else tuple(DataReference(p, moment.rows, moment.weights) for p in self.parts)


def moving_geometry(
    setting: Setting, source: SurfaceSource, parts: tuple[str, ...], meshes: Mapping[str, MeshFacts], path: Path
) -> MovingGeometry:
    """The geometry of `parts`, which the source at `path` names and whose facts are `meshes`."""
    axes = {meshes[part].times for part in parts}
    if len(axes) > 1:
        counts = "; ".join(f"{mesh.name}: {mesh.times.count if mesh.times else 1}" for mesh in meshes.values())
        raise setting.error(f"its parts have different moments ({counts}); name files of one run", path)
    axis = axes.pop()
    if axis is None:
        if source.clock is not None:
            message = "the surface keeps its shape; leave clock: out here, values on it have one of their own"
            raise setting.error(message, (*path, "clock"))
        return MovingGeometry(parts)
    where = setting.scene.place((*path, "morph"))
    if source.morph is not None:
        morph = DataClock(setting.curve(source.morph, (*path, "morph"), number), "items")
        return MovingGeometry(parts, MovingMoment(axis, morph, None, "linear", "hold", where))
    time = moving_moment(setting, _held_where_nothing_lies_between(setting, source, meshes, path), axis, path)
    return MovingGeometry(parts, time)


def _held_where_nothing_lies_between(
    setting: Setting, source: SurfaceSource, meshes: Mapping[str, MeshFacts], path: Path
) -> SurfaceSource:
    """`source`, but held where moments differ in their triangles; whoever asked for something else is told."""
    if source.interpolate == "hold" or all(mesh.same_faces for mesh in meshes.values()):
        return source
    log.warning(
        "%s: the triangles change from moment to moment, so nothing lies between them; each moment is held",
        setting.scene.place((*path, "interpolate")),
    )
    return source.model_copy(update={"interpolate": "hold"})
