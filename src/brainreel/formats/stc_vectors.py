"""Vectors over time at vertices, as MNE's vector source estimates have them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import TimeAxis
from brainreel.errors import BrainreelError
from brainreel.formats.boxes import StoredArray
from brainreel.formats.fingerprints import fingerprint_of_series


@dataclass(frozen=True)
class ColumnVectors:
    """The rows `first` to `last` of an array (vertex, 3, moment), one hemisphere; `row` gives the vectors' lengths."""

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
        """Vectors at each moment."""
        return self.last - self.first

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) lengths at moment `index`."""
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            return np.linalg.norm(self._vectors(index).astype(np.float64), axis=1).astype(np.float32)

    def vectors(self, index: int) -> NDArray[np.float32]:
        """(width, 3) vectors at moment `index`."""
        with np.errstate(over="ignore"):
            return np.array(self._vectors(index), np.float32, order="C", subok=False)

    def _vectors(self, index: int) -> NDArray:
        """As they are stored."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        values = self.values.read((slice(self.first, self.last), slice(0, 3), slice(index, index + 1)))[:, :, 0]
        return values if self.order is None else values[self.order]

    def fingerprint(self) -> str:
        """A hex digest of the file, the hemisphere and the times."""
        times = [self.times.first_s, self.times.step_s, self.times.unit]
        return fingerprint_of_series(self.path, hemi=self.hemi, times=times, vectors=True)
