"""The ways from the vertices of one subject's hemisphere to those of another's: registered spheres, and morph maps."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.data import Mesh, Parcellation, Series
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.morph_maps import MorphMap, spelled
from brainreel.space.spheres import Points, nearest_vertices, on_unit_sphere, sphere_map

log = logging.getLogger("brainreel")
_NO_FACES = np.empty((0, 3), np.int32)


@dataclass(frozen=True, eq=False)
class Way:
    """From the `count` vertices of `begin`, between which `faces` are, to those of `end`.

    `weights` gives the matrix (end, begin), `nearest` the one vertex of `begin` for each of `end`. `sources`: the
    vertices that the matrix is of, and `targets` those it leads to, where that is not all. `ends_on`: what `end` is.
    """

    begin: str
    end: str
    ends_on: str
    hemi: str | None
    count: int
    faces: NDArray = field(repr=False)
    weights: Callable[[], sparse.csr_array] = field(repr=False)
    nearest: Callable[[], NDArray[np.intp]] = field(repr=False)
    content: str = field(repr=False)
    sources: NDArray[np.int32] | None = field(default=None, repr=False)
    targets: NDArray[np.int32] | None = field(default=None, repr=False)


def way_of_spheres(begin: Mesh, end: Mesh) -> Way:
    """By the nearest points of registered spheres. Raises FormatError where a surface is none."""
    return Way(
        begin.name,
        end.name,
        "the second sphere under registered: is that of this surface",
        end.hemi,
        len(begin.points),
        begin.faces,
        lambda: sphere_map(_unit(begin), begin.faces, _unit(end)),
        lambda: nearest_vertices(_unit(begin), _unit(end)),
        fingerprint([], begin=begin.fingerprint(), end=end.fingerprint()),
    )


def way_of_map(maps: Sequence[MorphMap], side: str, item: Series | Parcellation, meshes: Sequence[Mesh]) -> Way:
    """By the map among `maps` that begins where `item` is; `meshes`: a surface of its subject, if one is named.

    Raises FormatError where there is no such map, or more than one, and where `item` would have to be spread over a
    surface that is not named.
    """
    mesh = meshes[0] if meshes else None
    own = [one for one in maps if one.hemi == side]
    file = maps[0].path
    if not own:
        there = " and ".join(dict.fromkeys(one.hemi for one in maps))
        raise FormatError(
            f"{item.name}: is of the {side} hemisphere, {file} has maps of the {there} one; name both "
            "hemispheres' files with -lh and -rh"
        )
    fitting = _beginning_at(own, item, mesh)
    if len(fitting) != 1:
        raise FormatError(
            f"{item.name}: {file} has maps {spelled(own)}; "
            + (
                "more than one could begin at these values, so name a surface of their subject too, registered: "
                f"[sub-01/surf/lh.sphere.reg, {file.name}]"
                if fitting
                else f"none begins at {'these values' if mesh is None else mesh.name}; name the map of their subject"
            )
        )
    found = fitting[0]
    if item.vertices is not None and mesh is None and found.sources is None:
        raise FormatError(
            f"{item.name}: has values on some vertices, which spread over the surface that they are on before they are "
            f"carried; name it too, registered: [sub-01/surf/lh.sphere.reg, {file.name}]"
        )
    if found.sources is not None and isinstance(item, Parcellation):
        raise FormatError(f"{item.name}: labels are not mixed by a source morph; name a morph map or two spheres")
    log.info("%s: carried %s by %s", item.name, found, file)
    to, begin = found.sizes
    if found.sources is not None and found.targets is not None:
        begin, to = int(found.sources[-1]) + 1, int(found.targets[-1]) + 1
    content = fingerprint([file], begin=found.begin, end=found.end, hemi=side, mesh=mesh and mesh.fingerprint())
    return Way(
        found.begin if mesh is None else mesh.name,
        found.end,
        f"{file.name} leads to {found.end}, which has {to:,} vertices; name the one to this subject",
        side,
        begin,
        _NO_FACES if mesh is None else mesh.faces,
        lambda: found.weights,
        lambda: _heaviest(found.weights),
        content,
        found.sources,
        found.targets,
    )


def _beginning_at(maps: Sequence[MorphMap], item: Series | Parcellation, mesh: Mesh | None) -> list[MorphMap]:
    """Those that begin at the subject whose surface `mesh` is, by its folder and size, else those `item` fits."""
    if maps[0].sources is not None:
        own = np.arange(len(maps[0].sources)) if item.vertices is None else item.vertices
        return [one for one in maps if one.sources is not None and np.array_equal(one.sources, own)]
    if mesh is None:
        count = item.width if isinstance(item, Series) else len(item.labels)
        return list(maps) if item.vertices is not None else [one for one in maps if one.sizes[1] == count]
    path = getattr(mesh, "path", None)
    subject = path.absolute().parent.parent.name if isinstance(path, Path) else None
    named = [one for one in maps if one.begin == subject] or maps
    return [one for one in named if one.sizes[1] == len(mesh.points)]


def _heaviest(weights: sparse.csr_array) -> NDArray[np.intp]:
    """(rows,) the column with the largest weight; the first one where a row has none."""
    return np.asarray(weights.argmax(axis=1)).ravel().astype(np.intp)


def _unit(sphere: Mesh) -> Points:
    try:
        return on_unit_sphere(sphere.points)
    except ValueError as error:
        raise FormatError(f"{sphere.name}: is no sphere, {error}; registered: names lh.sphere.reg of both") from None
