"""The arrays of a surface over time as series, one moment read at a time."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshSeries, MeshWithFaceArrays, MeshWithSeries, Series, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.fingerprints import fingerprint


@dataclass(frozen=True)
class ArraysOverTime(Mapping[str, Series]):
    """The arrays of a surface over time, each as a series of the same name. `stands`: the surface keeps its shape.

    `of_faces`: those of its triangles, else those of its vertices.
    """

    moments: MeshSeries
    stands: bool = False
    of_faces: bool = False

    def __getitem__(self, name: str) -> Series:
        """Raises KeyError where the first moment has no array `name`."""
        self._first[name]
        return ArraySeries(self.moments, name, self.stands, self.of_faces)

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    @property
    def _first(self) -> Mapping[str, NDArray]:
        return arrays_on(self.moments.mesh(0), self.of_faces)


@dataclass(frozen=True)
class ArraySeries:
    """The array `array` of each moment of a surface over time; of vectors the lengths.

    `stands`: so does the surface. `of_faces`: it is of triangles, and there is a value for each of their corners.
    """

    moments: MeshSeries
    array: str
    stands: bool = False
    of_faces: bool = False

    @property
    def name(self) -> str:
        """Of the file and the array."""
        return f"{self.moments.name}: {self.array}"

    @property
    def times(self) -> TimeAxis:
        """Those of the surface."""
        return self.moments.times

    @property
    def width(self) -> int:
        """The vertices, or the corners of the triangles, of the first moment."""
        return _width(self.moments.mesh(0), self.of_faces)

    @property
    def vertices(self) -> None:
        """There is one value for every vertex."""
        return

    @property
    def hemi(self) -> str | None:
        """That of the surface."""
        return self.moments.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`, or as many as its surface has vertices or corners where those change.

        Raises FormatError where it has no such array, or has moved and should stand.
        """
        mesh, first = self.moments.mesh(index), self.moments.mesh(0)
        arrays = arrays_on(mesh, self.of_faces)
        if self.array not in arrays:
            raise FormatError(f"{mesh.name}: has no array {self.array}, which moment 0 has; write it with every moment")
        if self.stands and not np.array_equal(mesh.points, first.points):
            raise FormatError(
                f"{mesh.name}: moment {index} of {self.moments.name} has its vertices elsewhere than moment 0, so the "
                "surface moves; give it the clock too, surface: {file: ..., clock: ...}"
            )
        return _numbers(arrays[self.array], self.of_faces)

    def fingerprint(self) -> str:
        """A hex digest of the moments and the array's name."""
        return fingerprint([], moments=self.moments.fingerprint(), array=self.array, of_faces=self.of_faces)


@dataclass(frozen=True)
class StandingArray:
    """The array `array` of a surface, as the only moment; of vectors the lengths.

    `of_faces`: it is of triangles, and there is a value for each of their corners.
    """

    surface: Mesh
    array: str
    of_faces: bool = False

    @property
    def name(self) -> str:
        """Of the surface and the array."""
        return f"{self.surface.name}: {self.array}"

    @property
    def times(self) -> TimeAxis:
        """One item."""
        return TimeAxis(0.0, 1.0, 1, "items")

    @property
    def width(self) -> int:
        """The vertices, or the corners of the triangles."""
        return _width(self.surface, self.of_faces)

    @property
    def vertices(self) -> None:
        """There is one value for every vertex."""
        return

    @property
    def hemi(self) -> str | None:
        """That of the surface."""
        return self.surface.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values."""
        if index:
            raise BrainreelError(f"{self.name} has 1 moment, there is no moment {index}")
        return _numbers(arrays_on(self.surface, self.of_faces)[self.array], self.of_faces)

    def fingerprint(self) -> str:
        """A hex digest of the surface and the array's name."""
        return fingerprint([], mesh=self.surface.fingerprint(), array=self.array, of_faces=self.of_faces)


def array_series(surface: Mesh | MeshSeries, array: str, on: str | None = None) -> Series:
    """The array of that name of `surface`: over time where its files have several moments of it, else one moment.

    `on`: vertices or triangles; where nothing is said, that of vertices comes first. Raises FormatError, naming the
    arrays that are there, where it has none of the name.
    """
    mesh = surface if isinstance(surface, Mesh) else surface.mesh(0)
    of_faces = on == "triangles" or (on is None and array not in mesh.arrays and array in arrays_on(mesh, True))
    if array not in arrays_on(mesh, of_faces):
        raise FormatError(f"{surface.name}: {_none_of_that_name(mesh, array, on)}")
    if not isinstance(surface, MeshWithSeries):
        return StandingArray(mesh, array, of_faces)
    several = surface.over_time
    return (replace(several, of_faces=True) if of_faces and isinstance(several, ArraysOverTime) else several)[array]


def arrays_on(mesh: Mesh, of_faces: bool) -> Mapping[str, NDArray]:
    """The arrays of the triangles of `mesh`, or those of its vertices."""
    if of_faces:
        return mesh.face_arrays if isinstance(mesh, MeshWithFaceArrays) else {}
    return mesh.arrays


def is_of_faces(series: object) -> bool:
    """Whether `series` is an array of triangles."""
    return isinstance(series, ArraySeries | StandingArray) and series.of_faces


def array_names(mesh: Mesh) -> tuple[str, ...]:
    """Of all that can be painted of `mesh`: arrays of vertices, then those of triangles."""
    return tuple(dict.fromkeys((*mesh.arrays, *arrays_on(mesh, True))))


def _none_of_that_name(mesh: Mesh, array: str, on: str | None) -> str:
    names = array_names(mesh) if on is None else tuple(arrays_on(mesh, on == "triangles"))
    near = difflib.get_close_matches(array, names, n=1)
    known = f"did you mean {near[0]}? It has" if near else "it has"
    return f"has no array {array}{f' on {on}' if on else ''}; {known} {', '.join(names) or 'none'}"


def _width(mesh: Mesh, of_faces: bool) -> int:
    return 3 * len(mesh.faces) if of_faces else len(mesh.points)


def _numbers(values: NDArray, of_faces: bool) -> NDArray[np.float32]:
    """The values (n,), or the lengths of vectors (n, k); those of triangles once for each corner (3 n,)."""
    if values.ndim == 2:
        values = np.linalg.norm(values.astype(np.float64), axis=1)
    with np.errstate(over="ignore"):  # what no float32 can hold is infinite
        return np.repeat(np.array(values, np.float32), 3) if of_faces else np.array(values, np.float32)
