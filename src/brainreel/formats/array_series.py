"""The arrays of a surface over time as series, one moment read at a time."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshSeries, MeshWithSeries, Series, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.fingerprints import fingerprint


@dataclass(frozen=True)
class ArraysOverTime(Mapping[str, Series]):
    """The arrays of a surface over time, each as a series of the same name. `stands`: the surface keeps its shape."""

    moments: MeshSeries
    stands: bool = False

    def __getitem__(self, name: str) -> Series:
        """Raises KeyError where the first moment has no array `name`."""
        self.moments.mesh(0).arrays[name]
        return ArraySeries(self.moments, name, self.stands)

    def __iter__(self) -> Iterator[str]:
        return iter(self.moments.mesh(0).arrays)

    def __len__(self) -> int:
        return len(self.moments.mesh(0).arrays)


@dataclass(frozen=True)
class ArraySeries:
    """The array `array` of each moment of a surface over time; of vectors the lengths.

    `stands`: so does the surface.
    """

    moments: MeshSeries
    array: str
    stands: bool = False

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
        """The vertices of the first moment."""
        return len(self.moments.mesh(0).points)

    @property
    def vertices(self) -> None:
        """There is one value for every vertex."""
        return

    @property
    def hemi(self) -> str | None:
        """That of the surface."""
        return self.moments.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`, or as many as its surface has vertices where those change.

        Raises FormatError where it has no such array, or has moved and should stand.
        """
        mesh, first = self.moments.mesh(index), self.moments.mesh(0)
        if self.array not in mesh.arrays:
            raise FormatError(f"{mesh.name}: has no array {self.array}, which moment 0 has; write it with every moment")
        if self.stands and not np.array_equal(mesh.points, first.points):
            raise FormatError(
                f"{mesh.name}: moment {index} of {self.moments.name} has its vertices elsewhere than moment 0, so the "
                "surface moves; give it the clock too, surface: {file: ..., clock: ...}"
            )
        return _one_a_vertex(mesh.arrays[self.array])

    def fingerprint(self) -> str:
        """A hex digest of the moments and the array's name."""
        return fingerprint([], moments=self.moments.fingerprint(), array=self.array)


@dataclass(frozen=True)
class StandingArray:
    """The array `array` of a surface, as the only moment; of vectors the lengths."""

    surface: Mesh
    array: str

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
        """The vertices."""
        return len(self.surface.points)

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
        return _one_a_vertex(self.surface.arrays[self.array])

    def fingerprint(self) -> str:
        """A hex digest of the surface and the array's name."""
        return fingerprint([], mesh=self.surface.fingerprint(), array=self.array)


def array_series(surface: Mesh | MeshSeries, array: str) -> Series:
    """The array of that name of `surface`: over time where its files have several moments of it, else one moment.

    Raises FormatError, naming the arrays that are there, where it has none of the name.
    """
    mesh = surface if isinstance(surface, Mesh) else surface.mesh(0)
    if array not in mesh.arrays:
        near = difflib.get_close_matches(array, mesh.arrays, n=1)
        known = f"did you mean {near[0]}? It has" if near else "it has"
        raise FormatError(f"{surface.name}: has no array {array}; {known} {', '.join(mesh.arrays) or 'none'}")
    return surface.over_time[array] if isinstance(surface, MeshWithSeries) else StandingArray(mesh, array)


def _one_a_vertex(values: NDArray) -> NDArray[np.float32]:
    """(n,) the values, or the lengths of vectors (n, k)."""
    if values.ndim == 2:
        values = np.linalg.norm(values.astype(np.float64), axis=1)
    with np.errstate(over="ignore"):  # what no float32 can hold is infinite
        return np.array(values, np.float32)
