"""Values or vectors at the vertices of a hemisphere, a moment in each column, as MNE's HDF5 files have them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import TimeAxis
from brainreel.errors import BrainreelError
from brainreel.formats.boxes import StoredArray
from brainreel.formats.fingerprints import fingerprint_of_series


@dataclass(frozen=True)
class ColumnSeries:
    """The rows `first` to `last` of an array (vertex, moment) or (vertex, 3, moment): one hemisphere's `vertices`."""

    path: Path
    hemi: str
    times: TimeAxis
    values: StoredArray = field(repr=False)
    first: int
    last: int
    vertices: NDArray[np.int32] = field(repr=False)
    order: NDArray[np.intp] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """That of the file."""
        return self.path.name

    @property
    def width(self) -> int:
        """Values at each moment."""
        return self.last - self.first

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`, of vectors their lengths."""
        return self._moment(column, index)

    def fingerprint(self) -> str:
        """A hex digest of the file, the hemisphere and the times."""
        times = [self.times.first_s, self.times.step_s, self.times.unit]
        return fingerprint_of_series(self.path, hemi=self.hemi, times=times)

    def _moment(self, read: Callable[[StoredArray, int, int, int], NDArray], index: int) -> NDArray[np.float32]:
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            found = np.array(read(self.values, self.first, self.last, index), np.float32, order="C", subok=False)
        return found if self.order is None else found[self.order]


class ColumnVectors(ColumnSeries):
    """Vectors, whose lengths the values are."""

    def vectors(self, index: int) -> NDArray[np.float32]:
        """(width, 3) vectors at moment `index`."""
        return self._moment(_stored, index)


def column(values: StoredArray, first: int, last: int, index: int) -> NDArray:
    """(last - first,) the values of moment `index`, as they are stored; of vectors their lengths."""
    found = _stored(values, first, last, index)
    if found.ndim == 1:
        return found
    with np.errstate(over="ignore"):
        return np.linalg.norm(found.astype(np.float64), axis=1)


def _stored(values: StoredArray, first: int, last: int, index: int) -> NDArray:
    """(last - first,) values or (last - first, 3) vectors."""
    directions = (slice(0, 3),) * (len(values.shape) - 2)
    return values.read((slice(first, last), *directions, slice(index, index + 1)))[..., 0]
