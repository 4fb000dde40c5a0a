"""MNE's volume source estimates on the grid of their source space: a volume over time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.source_spaces import GridSpace, read_grid
from brainreel.formats.voxels import region_shape

VOLUME_ESTIMATES = ("-vl.stc", "-vol.stc", "-vl.w", "-vol.w")
"""Endings of files that are of volumes."""
NAMED_BY = (
    "name the source space that it was computed with, in a scene volume: {file: meg-vl.stc, space: meg-vol-src.fif}, "
    "on a command line --space meg-vol-src.fif"
)
"""What to do with a volume source estimate whose source space is not named."""


@dataclass(frozen=True, eq=False)
class EstimateMoment:
    """The values of one moment in their voxels; others have none, NaN."""

    series: "EstimateSeries" = field(repr=False)
    index: int

    @property
    def name(self) -> str:
        """That of the series."""
        return self.series.name

    @property
    def path(self) -> Path:
        """The file that messages name."""
        return self.series.path

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        return self.series.space.shape

    @property
    def dtype(self) -> np.dtype:
        """The file's."""
        return self.series.dtype

    @property
    def unit(self) -> str:
        """ "mm"."""
        return "mm"

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4), RAS."""
        return self.series.space.world_from_voxel

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        region_shape(region, self.shape)
        whole = np.full(self.shape, np.nan, self.dtype)
        whole.reshape(-1)[self.series.voxels] = self.series.row(self.index)
        return np.ascontiguousarray(whole[region])

    def fingerprint(self) -> str:
        """A hex digest of the series and the moment."""
        return fingerprint([], series=self.series.fingerprint(), moment=self.index)


@dataclass(frozen=True, eq=False)
class EstimateSeries:
    """A volume over time: `row` gives the values (n,) of a moment, which belong to the flat numbers `voxels` (n,)."""

    path: Path
    times: TimeAxis
    dtype: np.dtype
    space: GridSpace = field(repr=False)
    voxels: NDArray[np.int64] = field(repr=False)
    row: Callable[[int], NDArray] = field(repr=False)
    content: str = field(repr=False)

    @property
    def name(self) -> str:
        """That of the file."""
        return self.path.name

    def moment(self, index: int) -> EstimateMoment:
        """The volume at moment `index`; an index outside the moments is a bug of the caller."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        return EstimateMoment(self, index)

    def fingerprint(self) -> str:
        """A hex digest of the estimate and its source space."""
        return self.content


def on_grid(
    path: Path,
    space: Path,
    vertices: Sequence[NDArray],
    times: TimeAxis,
    dtype: np.dtype,
    row: Callable[[int], NDArray],
    content: str,
) -> EstimateSeries:
    """The estimate of `path`, whose `row` has values of `vertices`, region after region, on the grid of `space`.

    `content` is a fingerprint of the estimate. Raises FormatError where it was computed with another source space.
    """
    grid = read_grid(space)
    regions = grid.used if len(grid.used) == len(vertices) else (np.unique(np.concatenate(grid.used)),)
    if len(regions) != len(vertices):
        raise FormatError(
            f"{path}: has values of {len(vertices)} regions, but {space} has {len(regions)}; name the source space "
            "that it was computed with"
        )
    for own, used in zip(vertices, regions, strict=True):
        strange = own[~np.isin(own, used)]
        if len(strange):
            raise FormatError(
                f"{path}: has a value for source {int(strange[0]):,}, which is not in use in {space} ({len(used):,} "
                f"are, the estimate has {len(own):,}); name the source space that it was computed with, that of the "
                "forward solution"
            )
    voxels = np.concatenate([np.asarray(part, np.int64) for part in vertices])
    content = fingerprint([space], estimate=content)
    return EstimateSeries(path, times, np.dtype(dtype).newbyteorder("="), grid, voxels, row, content)
