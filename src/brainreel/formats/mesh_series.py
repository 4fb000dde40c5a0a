"""Surfaces over time: one or several files a moment, or a few shapes of one surface."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.data import Mesh, MeshSeries, Series, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.array_series import ArraysOverTime
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.gate import require_exists
from brainreel.formats.joined_mesh import joined
from brainreel.formats.options import ReadOptions

MOST_LOOKED_AT = 32
"""Moments of a surface over time that are looked at before it is drawn; of more, so many evenly spaced ones."""
MOST_DIGESTED = 2048
"""Files whose contents make up a fingerprint; of more, those of the moments that are looked at."""
_KEPT = 4
_EVEN = 1e-6
"""Of a step: moments that are nearer than that to even ones are even, for files write times with few digits."""


@dataclass(frozen=True)
class Listed(Sequence[tuple[Path, ...]]):
    """The files of each moment: moment k has those of `names` from `first[k]` on up to the next moment's."""

    folder: Path
    names: Sequence[str] = field(repr=False)
    first: NDArray[np.int64] = field(repr=False)

    def __getitem__(self, index: Any) -> Any:
        """The files of moment `index`."""
        end = int(self.first[index + 1]) if index + 1 < len(self.first) else len(self.names)
        return tuple(self.folder / name for name in self.names[int(self.first[index]) : end])

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class FileMeshSeries:
    """A surface over time: moment k is in `files[k]`, whose surfaces are taken together where there are several.

    Opening it reads no file; a moment is read when it is asked for, the last few are kept.
    """

    path: Path
    times: TimeAxis
    files: Listed = field(repr=False)
    read: Callable[[Path], Mesh] = field(repr=False)
    hemi: str | None = None
    _recent: OrderedDict[int, Mesh] = field(default_factory=OrderedDict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """What lists the moments, or the first of numbered files."""
        return self.path.name

    def mesh(self, index: int) -> Mesh:
        """The surface at moment `index`. Raises FormatError where a file of it cannot be read."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        found = self._recent.pop(index, None) or self._read(index)
        self._recent[index] = found
        while len(self._recent) > _KEPT:
            self._recent.popitem(last=False)
        return found

    @property
    def over_time(self) -> Mapping[str, Series]:
        """Its arrays as series."""
        return ArraysOverTime(self)

    def _read(self, index: int) -> Mesh:
        files = self.files[index]
        try:
            return joined([self.read(file) for file in files])
        except FormatError as error:
            raise FormatError(f"{self.path}, moment {index}: {error}") from error

    def fingerprint(self) -> str:
        """A hex digest of the names, the times and the contents; of very many files, of those that are looked at."""
        few = self.times.count <= MOST_DIGESTED
        chosen = range(self.times.count) if few else looked_at(self.times.count)
        contents = [file for index in chosen for file in self.files[index]]
        times = [self.times.first_s, self.times.step_s, self.times.count, self.times.unit, *self.times.uneven]
        names = hashlib.blake2b("\n".join(self.files.names).encode(errors="replace")).hexdigest()
        return fingerprint(contents, times=times, names=names)


@dataclass(frozen=True)
class ShapeSeries:
    """A few surfaces of the same vertices, as moments without times: shapes that one morphs into another."""

    shapes: tuple[Mesh, ...]

    @property
    def name(self) -> str:
        """The names of the shapes."""
        return ", ".join(shape.name for shape in self.shapes)

    @property
    def times(self) -> TimeAxis:
        """Items 0, 1, 2..."""
        return TimeAxis(0.0, 1.0, len(self.shapes), "items")

    @property
    def hemi(self) -> str | None:
        """That of the first."""
        return self.shapes[0].hemi

    def mesh(self, index: int) -> Mesh:
        """Shape `index`."""
        return self.shapes[index]

    def fingerprint(self) -> str:
        """A hex digest of the shapes."""
        return fingerprint([], shapes=[shape.fingerprint() for shape in self.shapes])


def shape_series(shapes: Sequence[Mesh]) -> ShapeSeries:
    """The morph between `shapes`. Raises FormatError where they do not have the same vertices and triangles."""
    first, *others = shapes
    for other in others:
        same_way, other_way = (np.array_equal(first.faces, faces) for faces in (other.faces, other.faces[:, ::-1]))
        if len(other.points) != len(first.points) or not (same_way or other_way):
            raise FormatError(
                f"{other.name}: has {len(other.points):,} vertices and {len(other.faces):,} triangles, {first.name} "
                f"has {len(first.points):,} and {len(first.faces):,}, not the same ones; a morph goes between shapes "
                "of one surface, such as lh.white, lh.pial, lh.inflated and lh.sphere of one subject"
            )
    return ShapeSeries((first, *(_wound_as(first, other) for other in others)))


def _wound_as(first: Mesh, other: Mesh) -> Mesh:
    """`other` with the triangles of `first`: what is flat does not say which of its sides is outside."""
    return other if np.array_equal(first.faces, other.faces) else _Wound(other, first.faces)


@dataclass(frozen=True)
class _Wound:
    """A mesh whose triangles are walked the other way round."""

    inner: Mesh
    faces: NDArray[np.int32]

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def points(self) -> NDArray[np.float32]:
        return self.inner.points

    @property
    def hemi(self) -> str | None:
        return self.inner.hemi

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        return self.inner.arrays

    def fingerprint(self) -> str:
        return f"{self.inner.fingerprint()} turned"


def looked_at(count: int) -> list[int]:
    """The moments that are looked at before anything is drawn, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_LOOKED_AT)).round().astype(int)).tolist()


def meshes_looked_at(series: MeshSeries) -> Iterator[Mesh]:
    """The surfaces of those moments."""
    return (series.mesh(index) for index in looked_at(series.times.count))


def axis_of(times_s: ArrayLike) -> TimeAxis:
    """Moments that ascend, as even ones where they are."""
    times = np.asarray(times_s, float)
    count, first = len(times), float(times[0])
    step = (float(times[-1]) - first) / (count - 1) if count > 1 else 1.0
    is_even = bool(np.abs(times - (first + step * np.arange(count))).max() <= _EVEN * step)
    return TimeAxis(first, step, count, uneven=() if is_even else tuple(times.tolist()))


def stated_axis(count: int, options: ReadOptions) -> TimeAxis | None:
    """The moments that the options state, None where they do not."""
    if options.times == "none":
        return TimeAxis(0.0, 1.0, count, "items")
    return None if options.times is None else TimeAxis(*options.times, count)


def numbered_files(paths: Sequence[str], read: Callable[[Path], Mesh], options: ReadOptions) -> FileMeshSeries:
    """Files in their order as moments: those that the options state, else items."""
    axis = stated_axis(len(paths), options) or TimeAxis(0.0, 1.0, len(paths), "items")
    require_exists(Path(paths[0]))
    folder = os.path.commonpath({os.path.dirname(path) for path in paths})  # noqa: PTH120  (a million Paths take long)
    names = [path[len(folder) :].lstrip(os.sep) for path in paths]
    listed = Listed(Path(folder), names, np.arange(len(paths)))
    return FileMeshSeries(Path(paths[0]), axis, listed, read, options.hemi)
