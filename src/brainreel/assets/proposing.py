"""A scene for data alone: roles by what the files are; a turntable, or a time course."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brainreel.assets.cortical import HEMISPHERES, Subject, turning_views, views_of
from brainreel.assets.named_data import open_parts, options_of_data
from brainreel.assets.opening import PHANTOM
from brainreel.assets.proposed_clocks import name_of, run_through
from brainreel.assets.proposed_paints import add_parcels, add_time_courses, series_source, told_of
from brainreel.assets.proposed_volumes import add_volume, reach, slice_source, warn_of_cubes
from brainreel.assets.roles import Roles, roles_of
from brainreel.assets.slicing import add_slices
from brainreel.data import Mesh, MeshSeries
from brainreel.errors import UsageError
from brainreel.scene import Scene

TIME_COURSE_S = 10
"""Length of a movie of a time course."""


TABLES = (".csv", ".tsv")
SEEN_THROUGH = 0.35
"""Alpha of surfaces that points are in."""
_UNFOLDED = "infl|sphere|flat"
"""In names of surfaces whose shape no longer shows the folds."""


def propose(
    data: Sequence[str], reading: Mapping[str, Any], mode: str = "auto", subject: Subject | None = None
) -> Scene:
    """A scene of `data` (paths or phantoms); `reading` holds the keys of a source that the files do not state.

    `mode` rotation: a volume turns once; a surface turns once while its series, if there is one, runs from its first
    moment to its last. views: hemispheres are seen from outside and from inside while that runs. sweep: a slice goes
    through a volume. fade: a slice goes over from one volume to another. auto: views of a series on hemispheres, else
    rotation. Several volumes are slices: the first, the others painted over it. Series without a surface are those of
    `subject`. Raises UsageError where the data make no picture and FormatError where a file cannot be read.
    """
    roles = roles_of(data, reading, options_of_data(reading))
    sides = _sides(roles.series, reading)
    if subject is not None:
        _add_surfaces(roles, subject, sides or _sides(roles.parcels, reading))
    if mode == "auto":
        mode = "views" if sides and not roles.volumes and len(roles.surfaces) == 1 else "rotation"
    _check(roles, mode, reading, sides)
    taken: set[str] = set()
    mapping: dict[str, Any] = {"brainreel": 1, "movie": {"length": f"{TIME_COURSE_S}s"}}
    layers: dict[str, Any] = {}
    mapping["layers"] = layers
    warn_of_cubes(roles.volumes)
    if mode in ("sweep", "fade") or len(roles.volumes) > 1 or any(volume.is_flat for volume in roles.volumes):
        named = [
            (name_of(role.path, "slice", taken), role, slice_source(role, reading, mapping, taken))
            for role in roles.volumes
        ]
        add_slices(mapping, named, mode, reach(roles.volumes[0].path, reading) if mode == "sweep" else (0, 100))
    else:
        for role in roles.volumes:
            add_volume(mapping, role, reading, taken)
    points = [paths for paths in roles.surfaces if paths[0].lower().endswith(TABLES)]
    for paths in (paths for paths in roles.surfaces if paths not in points):
        name = "cortex" if "cortex" not in taken else name_of(paths[0], "surface", taken)
        taken.add(name)
        source: dict[str, Any] = {"file": paths[0]} if len(paths) == 1 else {"files": paths}
        source |= _moments_of(paths, mapping, taken)
        layers[name] = {"surface": source, **_underlay(paths[0]), **({"alpha": SEEN_THROUGH} if points else {})}
    for path in (path for paths in points for path in paths):
        layers[name_of(path, "points", taken)] = {"points": path}
    if roles.series:
        add_time_courses(mapping, layers, roles, reading, taken)
    if roles.parcels:
        add_parcels(layers, roles)
    if mode == "views":
        mapping["views"] = views_of(next(iter(layers)), sides)
        return Scene(**mapping)
    orbit = {"around": "all", **_view(roles), "elevation": "15deg", "turn": "360deg"}
    if len(layers) == 1 and roles.surfaces and _lie_in_one_another(roles.surfaces[0], reading):
        mapping["views"] = turning_views(next(iter(layers)), orbit)
        return Scene(**mapping)
    mapping.setdefault("camera", [{"orbit": orbit}])
    return Scene(**mapping)


def _check(roles: Roles, mode: str, reading: Mapping[str, Any], sides: Sequence[str]) -> None:
    """Raise UsageError where the data make no picture of this mode, or have no use for what is said of them."""
    if "times" in reading and not roles.series and all(role.axis is None for role in roles.volumes):
        raise UsageError("--times: none of the data have more than one moment; leave it out")
    painted = [*roles.series, *roles.parcels]
    if painted and not roles.surfaces:
        phantom = painted[0].startswith(PHANTOM)
        surface = "phantom:cortex" if phantom else "lh.pial, or --subject fsaverage --subjects-dir FOLDER"
        raise UsageError(
            f"{painted[0]}: values on the vertices of a surface; name the surface too, such as "
            f"brainreel movie {Path(painted[0]).name} {surface}"
        )
    if mode == "views" and not (sides and len(roles.surfaces) == 1 and not roles.volumes):
        raise UsageError("--mode views shows values on the hemispheres of one cortex; name such values and surfaces")
    if mode in ("sweep", "fade") and not roles.volumes:
        raise UsageError(f"--mode {mode} goes through the slices of a volume; name one")
    if mode == "fade" and len(roles.volumes) != 2:
        raise UsageError("--mode fade goes from one volume to another; name two")


def _sides(painted: Sequence[str], reading: Mapping[str, Any]) -> list[str]:
    """The hemispheres, left and right, that the first of `painted` has values or labels on."""
    if not painted:
        return []
    found = open_parts(painted[0], told_of(series_source(painted[0], reading)))
    return [side for side in ("left", "right") if side in found]


def _add_surfaces(roles: Roles, subject: Subject, sides: Sequence[str]) -> None:
    """Give values and labels the surfaces of `subject`. Raises UsageError where nothing is to be put on them."""
    if roles.surfaces:
        raise UsageError(f"--subject {subject.name}: {roles.surfaces[0][0]} is a surface already; leave one out")
    if not sides:
        raise UsageError(f"--subject {subject.name}: none of the data are values on its hemispheres; leave it out")
    roles.surfaces.append(subject.surfaces(sides))
    roles.registered = subject.registered(sides)


def _moments_of(paths: list[str], mapping: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """The same of a surface over time, in a list of files; nothing of one that keeps its shape."""
    if not paths[0].lower().endswith((".pvd", ".series")):
        return {}
    item = next(iter(open_parts(paths[0], {}).values()))
    return run_through(item.times, mapping, taken) if isinstance(item, MeshSeries) else {}


def _lie_in_one_another(paths: Sequence[str], reading: Mapping[str, Any]) -> bool:
    """Whether these are both hemispheres in a shape that has its middle in the world's origin."""
    if not re.search(_UNFOLDED, Path(paths[0]).name):
        return False
    return {side for path in paths for side in open_parts(path, reading)} >= set(HEMISPHERES)


def _underlay(path: str) -> dict[str, Any]:
    """Folds in a darker tone where the shape no longer shows them, as MNE and PySurfer do on inflated surfaces."""
    if not re.search(_UNFOLDED, Path(path).name):
        return {}
    mesh = next(iter(open_parts(path, {}).values()))
    found = [name for name in ("curv", "sulc") if isinstance(mesh, Mesh) and name in mesh.arrays]
    return {"underlay": {"array": found[0]}} if found else {}


def _view(roles: Roles) -> dict[str, str]:
    """Where an orbit begins: at the side of a hemisphere, at the face of a head, at the first slice of a stack.

    Stacks and raw data state no anatomy; they begin as an image viewer shows a slice, x to the right and y down.
    """
    if roles.surfaces:
        return {"start": "left", "up": "superior"}
    if roles.volumes[0].states_anatomy:
        return {"start": "anterior", "up": "superior"}
    return {"start": "inferior", "up": "posterior"}
