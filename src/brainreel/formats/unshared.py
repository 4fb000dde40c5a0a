"""Surfaces whose triangles share no vertex, so that each can have a colour of its own, and what else is on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, LabelTable, Mesh, MeshSeries, Parcellation, Series, TimeAxis
from brainreel.formats.array_series import ArraySeries, is_of_faces
from brainreel.formats.fingerprints import fingerprint
from brainreel.space.spreading import Spread, spread


@dataclass(frozen=True, eq=False)
class UnsharedMesh:
    """The surface `shared` with three vertices of its own for each triangle: vertex k is corner k % 3 of k // 3."""

    shared: Mesh

    @property
    def name(self) -> str:
        """That of the surface."""
        return self.shared.name

    @property
    def points(self) -> NDArray[np.float32]:
        """(3 m, 3) in RAS millimetres."""
        return self.shared.points[self.shared.faces.ravel()]

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers."""
        return np.arange(self.shared.faces.size, dtype=np.int32).reshape(-1, 3)

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.shared.hemi

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        """Those of the surface's vertices, at the corners."""
        return _AtCorners(self.shared)

    def fingerprint(self) -> str:
        """A hex digest of the surface, and of this being its triangles apart."""
        return fingerprint([], unshared=self.shared.fingerprint())


class _AtCorners(Mapping[str, NDArray]):
    """The arrays of a surface's vertices at the corners of its triangles, taken when asked for."""

    def __init__(self, mesh: Mesh) -> None:
        self._arrays, self._corners = mesh.arrays, mesh.faces.ravel()

    def __getitem__(self, name: str) -> NDArray:
        return self._arrays[name][self._corners]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


@dataclass(frozen=True, eq=False)
class UnsharedMeshSeries:
    """The surface over time `shared`, each moment with three vertices of its own for each triangle."""

    shared: MeshSeries

    @property
    def name(self) -> str:
        """That of the surface."""
        return self.shared.name

    @property
    def times(self) -> TimeAxis:
        """Those of the surface."""
        return self.shared.times

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.shared.hemi

    def mesh(self, index: int) -> UnsharedMesh:
        """The surface at moment `index`."""
        return UnsharedMesh(self.shared.mesh(index))

    def fingerprint(self) -> str:
        """A hex digest of the surface, and of this being its triangles apart."""
        return fingerprint([], unshared=self.shared.fingerprint())


@dataclass(frozen=True, eq=False)
class UnsharedValues:
    """Values `shared` on vertices of `surface`, at the corners of its triangles; sparse ones are spread by `steps`."""

    shared: Series
    surface: Mesh
    steps: int | None = None

    @property
    def name(self) -> str:
        """That of the values."""
        return self.shared.name

    @property
    def times(self) -> TimeAxis:
        """Those of the values."""
        return self.shared.times

    @property
    def width(self) -> int:
        """Corners of all triangles."""
        return self.surface.faces.size

    @property
    def vertices(self) -> None:
        """There is one value for every corner."""
        return

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.shared.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`."""
        row = self.shared.row(index)
        return (row if self._spread is None else self._spread(row))[self.surface.faces.ravel()]

    def fingerprint(self) -> str:
        """A hex digest of the values, the surface and how they are spread."""
        mesh, values = self.surface.fingerprint(), self.shared.fingerprint()
        return fingerprint([], unshared=values, mesh=mesh, steps=self.steps)

    @cached_property
    def _spread(self) -> Spread | None:
        vertices = self.shared.vertices
        if vertices is None:
            return None
        return spread(vertices, self.surface.faces, len(self.surface.points), self.steps)


@dataclass(frozen=True)
class UnsharedArray(ArraySeries):
    """An array of the vertices of a surface over time, `shared`, at the corners of its triangles, which may change."""

    @property
    def shared(self) -> ArraySeries:
        """The array on the vertices."""
        moments = self.moments.shared if isinstance(self.moments, UnsharedMeshSeries) else self.moments
        return ArraySeries(moments, self.array, self.stands)


@dataclass(frozen=True, eq=False)
class UnsharedLabels:
    """Labels `shared` of vertices of `surface`, at the corners of its triangles."""

    shared: Parcellation
    surface: Mesh

    @property
    def name(self) -> str:
        """That of the labels."""
        return self.shared.name

    @property
    def labels(self) -> NDArray[np.int32]:
        """Those of all corners that have one."""
        return self._placed[1]

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        """The corners that have one, where not all have."""
        return self._placed[0]

    @property
    def table(self) -> LabelTable:
        """What each label is called, and its colour."""
        return self.shared.table

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.shared.hemi

    def fingerprint(self) -> str:
        """A hex digest of the labels and the surface."""
        return fingerprint([], unshared=self.shared.fingerprint(), mesh=self.surface.fingerprint())

    @cached_property
    def _placed(self) -> tuple[NDArray[np.int32] | None, NDArray[np.int32]]:
        corners = self.surface.faces.ravel()
        if self.shared.vertices is None:
            return None, self.shared.labels[corners]
        places = np.full(len(self.surface.points), -1)
        places[self.shared.vertices] = np.arange(len(self.shared.vertices))
        place = places[corners]
        having = np.flatnonzero(place >= 0).astype(np.int32)
        return having, self.shared.labels[place[having]]


_Unshared = UnsharedMesh | UnsharedMeshSeries | UnsharedValues | UnsharedArray | UnsharedLabels


def unshared_surface(surface: Mesh | MeshSeries) -> UnsharedMesh | UnsharedMeshSeries:
    """`surface`, its triangles apart."""
    return UnsharedMesh(surface) if isinstance(surface, Mesh) else UnsharedMeshSeries(surface)


def at_corners(item: Series | Parcellation, surface: Mesh | MeshSeries, steps: int | None) -> Series | Parcellation:
    """`item`, which is on `surface`, as it is on its triangles apart; sparse values are spread by `steps`."""
    if is_of_faces(item):
        return item
    if isinstance(item, ArraySeries) and not isinstance(surface, Mesh):
        return UnsharedArray(UnsharedMeshSeries(item.moments), item.array, item.stands)
    mesh = surface if isinstance(surface, Mesh) else surface.mesh(0)
    return UnsharedValues(item, mesh, steps) if isinstance(item, Series) else UnsharedLabels(item, mesh)


def shared(item: Data) -> Data:
    """`item`, or what it was where triangles shared vertices."""
    return item.shared if isinstance(item, _Unshared) else item
