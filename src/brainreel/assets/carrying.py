"""Values and labels of one subject on the surface of another: carried over by registered spheres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.data import Data, LabelTable, Mesh, Parcellation, Series, TimeAxis, WithMaps
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.scene import PaintedSource, ScalarSource
from brainreel.space.spheres import Points, nearest_vertices, on_unit_sphere, sphere_map
from brainreel.space.spreading import Spread, spread

_SMALLEST_SHARE = 1e-6


def carried(parts: Mapping[str, Data], source: PaintedSource, spheres: Sequence[Mapping[str, Data]]) -> dict[str, Data]:
    """`parts` of `source` on the vertices of the second of two `spheres`, whose first is that of the values.

    Values are spread over the first sphere's mesh, and then each vertex of the second has those of the nearest point of
    it, as MNE's morph maps; a label is that of the nearest vertex. Raises FormatError where they do not fit.
    """
    steps = source.smooth if isinstance(source, ScalarSource) else None
    found: dict[str, Data] = {}
    for side, item in parts.items():
        begin, end = (_sphere(side, item, one, source) for one in spheres)
        if isinstance(item, Series):
            found[side] = _carried_series(item, begin, end, steps)
        elif isinstance(item, Parcellation):
            found[side] = _carried_labels(item, begin, end)
        else:
            raise FormatError(f"{source.origin}: {item.name} has no values on vertices that registered: could carry")
    return found


def _sphere(side: str, item: Data, spheres: Mapping[str, Data], source: PaintedSource) -> Mesh:
    """The sphere of `side`, or the only one where nothing states a side."""
    sphere = spheres.get(side)
    if sphere is None and len(spheres) == 1 and ("whole" in spheres or side == "whole"):
        (sphere,) = spheres.values()
    if not isinstance(sphere, Mesh):
        there = " and ".join(f"{part} ({one.name})" for part, one in spheres.items())
        raise FormatError(f"{source.origin}: {item.name} is {side}, the registered sphere is {there}; name its own")
    return sphere


def _unit(sphere: Mesh) -> Points:
    try:
        return on_unit_sphere(sphere.points)
    except ValueError as error:
        raise FormatError(f"{sphere.name}: is no sphere, {error}; registered: names lh.sphere.reg of both") from None


def _require_on(item: Series | Parcellation, count: int, sphere: Mesh) -> None:
    """Raise FormatError where `item`, with `count` values, is not of the surface of `sphere`."""
    has = len(sphere.points)
    remedy = "the first under registered: is the sphere of the subject that it was computed on"
    if item.vertices is None:
        if count != has:
            raise FormatError(f"{item.name}: has {count:,} values, but {sphere.name} has {has:,} vertices; {remedy}")
    elif len(item.vertices) and int(item.vertices.max()) >= has:
        highest = int(item.vertices.max())
        raise FormatError(
            f"{item.name}: has a value for vertex {highest:,}, but {sphere.name} has {has:,} vertices; {remedy}"
        )


def _carried_series(series: Series, begin: Mesh, end: Mesh, steps: int | None) -> Series:
    _require_on(series, series.width, begin)
    over = sphere_map(_unit(begin), begin.faces, _unit(end))
    way = Spread(sparse.csr_array(over, dtype=np.float32), np.empty(0, np.int32))
    if series.vertices is not None:
        there = spread(series.vertices, begin.faces, len(begin.points), steps)
        bare = np.zeros(len(begin.points))
        bare[there.unreached] = 1
        unreached = np.flatnonzero(over @ bare > _SMALLEST_SHARE).astype(np.int32)
        way = Spread(sparse.csr_array(over @ there.matrix, dtype=np.float32), unreached)
    content = fingerprint([], of=series.fingerprint(), begin=begin.fingerprint(), end=end.fingerprint(), steps=steps)
    return _CarriedSeries(series, end, way, content)


def _carried_labels(parcels: Parcellation, begin: Mesh, end: Mesh) -> Parcellation:
    _require_on(parcels, len(parcels.labels), begin)
    nearest = nearest_vertices(_unit(begin), _unit(end))
    places = np.arange(len(begin.points))  # where in `labels` that of a vertex is; -1 for none
    if parcels.vertices is not None:
        places = np.full(len(begin.points), -1)
        places[parcels.vertices] = np.arange(len(parcels.vertices))
    place = places[nearest]
    vertices = np.flatnonzero(place >= 0).astype(np.int32)
    content = fingerprint([], of=parcels.fingerprint(), begin=begin.fingerprint(), end=end.fingerprint())
    return _CarriedLabels(parcels, end, parcels.labels[place[vertices]], vertices, content)


@dataclass(frozen=True, eq=False)
class Carried:
    """What is `inner`, on the vertices of the sphere `end`."""

    inner: Series | Parcellation
    end: Mesh

    @property
    def name(self) -> str:
        """That of `inner`, and whereto it was carried."""
        return f"{self.inner.name} carried to {self.end.name}"

    @property
    def path(self) -> Path | None:
        """Where `inner` lies, if it is a file."""
        return getattr(self.inner, "path", None)

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.inner.hemi or self.end.hemi

    @property
    def maps(self) -> tuple[str, ...]:
        """Names of moments, or of parcellations in the file, as `inner` has them."""
        return self.inner.maps if isinstance(self.inner, WithMaps) else ()


@dataclass(frozen=True, eq=False)
class _CarriedSeries(Carried):
    inner: Series
    way: Spread
    content: str

    @property
    def times(self) -> TimeAxis:
        return self.inner.times

    @property
    def width(self) -> int:
        return len(self.end.points)

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        return None

    def row(self, index: int) -> NDArray[np.float32]:
        return self.way(self.inner.row(index))

    def fingerprint(self) -> str:
        return self.content


@dataclass(frozen=True, eq=False)
class _CarriedLabels(Carried):
    inner: Parcellation
    labels: NDArray[np.int32]
    vertices: NDArray[np.int32]
    content: str

    @property
    def table(self) -> LabelTable:
        return self.inner.table

    def fingerprint(self) -> str:
        return self.content
