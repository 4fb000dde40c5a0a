"""Values per vertex in files made for voxels: FreeSurfer writes them as volumes of n x 1 x 1, or folded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import ReadOptions

_ICO7_FOLDED = (27307, 1, 6)  # how FreeSurfer fits fsaverage's 163842 vertices into NIfTI-1


def is_overlay(sizes: tuple[int, ...]) -> bool:
    """Whether a grid of `sizes` (x, y, z, ...) holds values of vertices by its shape alone."""
    return sizes[:3] == _ICO7_FOLDED or (len(sizes) >= 3 and sizes[0] > 1 and sizes[1] == sizes[2] == 1)


def overlay(path: Path, grid: Volume | VolumeSeries | Channels, options: ReadOptions) -> "VertexGrid":
    """The voxels of `grid` as values per vertex, x fastest. Raises FormatError where a voxel holds several."""
    if isinstance(grid, Channels):
        raise FormatError(f"{path}: holds {len(grid.channels)} numbers a voxel; values per vertex are one number each")
    return VertexGrid(path, grid, options.hemi or hemisphere_of(path.name))


@dataclass(frozen=True)
class VertexGrid:
    """The voxels of `grid`, one a vertex; each of its moments is a row."""

    path: Path
    grid: Volume | VolumeSeries
    hemi: str | None
    vertices: NDArray[np.int32] | None = None

    @property
    def name(self) -> str:
        """The file's."""
        return self.grid.name

    @property
    def times(self) -> TimeAxis:
        """Those of the grid, or one item."""
        return self.grid.times if isinstance(self.grid, VolumeSeries) else TimeAxis(0.0, 1.0, 1, "items")

    @property
    def width(self) -> int:
        """Voxels of the grid."""
        z, y, x = self._moment(0).shape
        return z * y * x

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`; an index outside the moments is a bug of the caller."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        moment = self._moment(index)
        z, y, x = moment.shape
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            return moment.read((slice(0, z), slice(0, y), slice(0, x))).astype(np.float32).reshape(-1)

    def fingerprint(self) -> str:
        """The grid's: of all its values and moments."""
        return self.grid.fingerprint()

    def _moment(self, index: int) -> Volume:
        return self.grid.moment(index) if isinstance(self.grid, VolumeSeries) else self.grid
