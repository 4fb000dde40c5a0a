"""Values and labels of one subject on the surface of another: carried over by registered spheres or a morph map."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.assets.ways import Way, way_of_map, way_of_spheres
from brainreel.data import Data, LabelTable, Mesh, Parcellation, Series, TimeAxis, WithMaps
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.morph_maps import read_morph_maps
from brainreel.scene import PaintedSource, ScalarSource
from brainreel.space.spreading import Spread, spread

_SMALLEST_SHARE = 1e-6


def carried(
    parts: Mapping[str, Data], source: PaintedSource, open_surface: Callable[[str], Mapping[str, Data]]
) -> dict[str, Data]:
    """`parts` of `source` on the vertices of the surface that `registered` leads to; `open_surface` opens a sphere.

    Values are spread over the first surface's mesh, and then each vertex of the second has those of the nearest point
    of the first sphere, as MNE's morph maps; a label is that of the nearest vertex. Raises FormatError where they do
    not fit.
    """
    surfaces = [open_surface(name) for name in source.spheres]
    maps = read_morph_maps(Path(source.morph_map)) if source.morph_map else []
    steps = source.smooth if isinstance(source, ScalarSource) else None
    found: dict[str, Data] = {}
    for side, item in parts.items():
        if not isinstance(item, Series | Parcellation):
            raise FormatError(f"{source.origin}: {item.name} has no values on vertices that registered: could carry")
        meshes = [_surface(side, item, one, source) for one in surfaces]
        way = way_of_map(maps, side, item, meshes) if maps else way_of_spheres(*meshes)
        _require_on(item, way)
        found[side] = _carried_series(item, way, steps) if isinstance(item, Series) else _carried_labels(item, way)
    return found


def _surface(side: str, item: Data, surfaces: Mapping[str, Data], source: PaintedSource) -> Mesh:
    """The surface of `side`, or the only one where nothing states a side."""
    sphere = surfaces.get(side)
    if sphere is None and len(surfaces) == 1 and ("whole" in surfaces or side == "whole"):
        (sphere,) = surfaces.values()
    if not isinstance(sphere, Mesh):
        there = " and ".join(f"{part} ({one.name})" for part, one in surfaces.items())
        raise FormatError(f"{source.origin}: {item.name} is {side}, the registered sphere is {there}; name its own")
    return sphere


def _require_on(item: Series | Parcellation, way: Way) -> None:
    """Raise FormatError where `item` is not of the surface where `way` begins."""
    remedy = "the first under registered: is the sphere of the subject that it was computed on"
    if item.vertices is None:
        count = item.width if isinstance(item, Series) else len(item.labels)
        if count != way.count:
            raise FormatError(
                f"{item.name}: has {count:,} values, but {way.begin} has {way.count:,} vertices; {remedy}"
            )
    elif len(item.vertices) and int(item.vertices.max()) >= way.count:
        highest = int(item.vertices.max())
        raise FormatError(
            f"{item.name}: has a value for vertex {highest:,}, but {way.begin} has {way.count:,} vertices; {remedy}"
        )


def _carried_series(series: Series, way: Way, steps: int | None) -> Series:
    over = way.weights()
    on_all = Spread(sparse.csr_array(over, dtype=np.float32), np.empty(0, np.int32))
    if way.sources is not None:  # which the weights are of, and has been spread already
        on_all = Spread(over, np.empty(0, np.int32))
    elif series.vertices is not None:
        there = spread(series.vertices, way.faces, way.count, steps)
        bare = np.zeros(way.count)
        bare[there.unreached] = 1
        unreached = np.flatnonzero(over @ bare > _SMALLEST_SHARE).astype(np.int32)
        on_all = Spread(sparse.csr_array(over @ there.matrix, dtype=np.float32), unreached)
    content = fingerprint([], of=series.fingerprint(), way=way.content, steps=steps)
    return _CarriedSeries(series, way, on_all, len(over.indptr) - 1, content)


def _carried_labels(parcels: Parcellation, way: Way) -> Parcellation:
    nearest = way.nearest()
    places = np.arange(way.count)  # where in `labels` that of a vertex is; -1 for none
    if parcels.vertices is not None:
        places = np.full(way.count, -1)
        places[parcels.vertices] = np.arange(len(parcels.vertices))
    place = places[nearest]
    vertices = np.flatnonzero(place >= 0).astype(np.int32)
    content = fingerprint([], of=parcels.fingerprint(), way=way.content)
    return _CarriedLabels(parcels, way, parcels.labels[place[vertices]], vertices, content)


@dataclass(frozen=True, eq=False)
class Carried:
    """What is `inner`, where `way` ends."""

    inner: Series | Parcellation
    way: Way = field(repr=False)

    @property
    def name(self) -> str:
        """That of `inner`, and whereto it was carried."""
        return f"{self.inner.name} carried to {self.way.end}"

    @property
    def path(self) -> Path | None:
        """Where `inner` lies, if it is a file."""
        return getattr(self.inner, "path", None)

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.inner.hemi or self.way.hemi

    @property
    def maps(self) -> tuple[str, ...]:
        """Names of moments, or of parcellations in the file, as `inner` has them."""
        return self.inner.maps if isinstance(self.inner, WithMaps) else ()


@dataclass(frozen=True, eq=False)
class _CarriedSeries(Carried):
    inner: Series
    on_all: Spread
    width: int
    content: str

    @property
    def times(self) -> TimeAxis:
        return self.inner.times

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        return self.way.targets

    def row(self, index: int) -> NDArray[np.float32]:
        return self.on_all(self.inner.row(index))

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
