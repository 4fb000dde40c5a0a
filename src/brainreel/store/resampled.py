"""Volumes on one grid: the grid that several are drawn on, and each of them on it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume
from brainreel.kernels import blending
from brainreel.kernels.pool import Pool
from brainreel.space import apply_affine, axis_lengths

CORNERS = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), -1)
ROUNDING = 1e-6
"""Of a voxel: more than finding a place may err."""

WHOLE = tuple(np.dtype(kind) for kind in (np.uint8, np.int8, np.uint16, np.int16))


@dataclass(frozen=True)
class Grid:
    """Voxels along (z, y, x), and where in the world they are."""

    shape: tuple[int, int, int]
    world_from_voxel: NDArray[np.float64]

    @classmethod
    def of(cls, volume: Volume) -> "Grid":
        """The grid that a volume has."""
        return cls(volume.shape, np.asarray(volume.world_from_voxel, float))

    def is_same(self, other: "Grid") -> bool:
        """Whether voxels of both lie at the same places, to a thousandth of a voxel."""
        if self.shape != other.shape:
            return False
        last = np.array(self.shape[::-1]) - 1.0
        corners = [apply_affine(grid.world_from_voxel, CORNERS * last) for grid in (self, other)]
        return bool(np.abs(corners[0] - corners[1]).max() <= 1e-3 * min(axis_lengths(self.world_from_voxel)))


def common_grid(volumes: Sequence[Volume]) -> Grid:
    """The grid of the finest of `volumes`, extended to hold all of them; it does not depend on their order."""
    grids = [Grid.of(volume) for volume in volumes]
    if all(grid.is_same(grids[0]) for grid in grids[1:]):
        return grids[0]
    named = zip(grids, volumes, strict=True)  # by name first, so that of what moves it is always the same one
    finest, _ = min(named, key=lambda one: (_edge(one[0]), one[1].name, repr(one[0])))
    inverse = np.linalg.inv(finest.world_from_voxel)
    corners = np.concatenate(
        [apply_affine(inverse @ grid.world_from_voxel, CORNERS * (np.array(grid.shape[::-1]) - 1.0)) for grid in grids]
    )
    lower, upper = np.floor(corners.min(0) + 1e-6), np.ceil(corners.max(0) - 1e-6)
    moved = finest.world_from_voxel.copy()
    moved[:3, 3] = apply_affine(moved, lower)
    x, y, z = (int(n) for n in upper - lower + 1)
    return Grid((z, y, x), moved)


def _edge(grid: Grid) -> float:
    """The shortest of a voxel, alike for voxels that were only turned."""
    return float(f"{min(axis_lengths(grid.world_from_voxel)):.9g}")


def source_from(grid: Grid, source: Volume) -> NDArray[np.float64]:
    """Voxels of `source` from those of `grid`, (3, 4), to 9 digits: the same wherever both are moved together."""
    return np.round((np.linalg.inv(source.world_from_voxel) @ grid.world_from_voxel)[:3], 9) + 0.0  # no -0.0


class ResampledVolume:
    """`source` on another grid: values linear between its voxels, labels those of the nearest.

    Beyond the source's outermost voxels those are held. `source_from_grid` (3, 4): voxels of the one from the other's.
    """

    def __init__(self, source: Volume, grid: Grid, pool: Pool, nearest: bool) -> None:
        self._source = source
        self._pool = pool
        self._nearest = nearest
        self.name, self.unit = source.name, source.unit
        self.dtype = source.dtype if nearest or source.dtype in WHOLE else np.dtype(np.float32)
        self.shape, self.world_from_voxel = grid.shape, grid.world_from_voxel
        self.source_from_grid = source_from(grid, source)

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; of the source only what lies around it is read."""
        first = np.array([part.start for part in region[::-1]], float)
        shape = tuple(part.stop - part.start for part in region)
        matrix = self.source_from_grid.copy()
        matrix[:, 3] = matrix[:, :3] @ first + matrix[:, 3]
        corners = (CORNERS * (np.array(shape[::-1]) - 1.0)) @ matrix[:, :3].T + matrix[:, 3]
        last = np.array(self._source.shape[::-1]) - 1
        lower = np.clip(np.floor(corners.min(0) - ROUNDING), 0, last).astype(int)
        upper = np.clip(np.ceil(corners.max(0) + ROUNDING) + 1, 0, last).astype(int)
        x, y, z = (slice(int(a), int(b) + 1) for a, b in zip(lower, upper, strict=True))
        voxels = self._source.read((z, y, x))
        if self._nearest:
            return _nearest(voxels, lower, self.source_from_grid, first, shape)
        out = np.empty(shape, self.dtype)
        arguments = voxels.astype(self.dtype, copy=False), lower, self.source_from_grid, first.astype(int), out
        self._pool.run(blending.resample, shape[0], *arguments)
        return out

    def fingerprint(self) -> str:
        """The source's with what is sampled where."""
        return resampled_fingerprint(self._source.fingerprint(), self._source, Grid(self.shape, self.world_from_voxel))


def on_grid(
    moments: tuple[tuple[Volume, str, float], ...], grid: Grid, pool: Pool, labels: bool
) -> tuple[tuple[Volume, str, float], ...]:
    """Volumes with their fingerprints and weights as they are on `grid`."""
    return tuple(
        (volume, fingerprint, weight)
        if Grid.of(volume).is_same(grid)
        else (ResampledVolume(volume, grid, pool, labels), resampled_fingerprint(fingerprint, volume, grid), weight)
        for volume, fingerprint, weight in moments
    )


def resampled_fingerprint(fingerprint: str, volume: Volume, grid: Grid) -> str:
    """What names `volume`, whose voxels `fingerprint` names, on `grid`."""
    edges = [f"{edge:.9g}" for edge in axis_lengths(grid.world_from_voxel)]
    told = repr((fingerprint, grid.shape, edges, source_from(grid, volume).tolist()))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _nearest(
    voxels: NDArray,
    lower: NDArray[np.int64],
    matrix: NDArray[np.float64],
    first: NDArray[np.float64],
    shape: tuple[int, ...],
) -> NDArray:
    """The nearest voxel at each place of a region, some rows at a time; arguments as `blending.resample` has them."""
    out = np.empty(shape, voxels.dtype)
    y, x = (np.arange(n) + begin for n, begin in zip(shape[1:], first[1::-1], strict=True))
    last = np.array(voxels.shape[::-1]) - 1
    for z in range(shape[0]):
        at = [
            np.clip(
                np.rint(row[0] * x + row[1] * y[:, None] + (row[2] * (z + first[2]) + row[3])) - low, 0, end
            ).astype(np.intp)
            for row, low, end in zip(matrix, lower, last, strict=True)
        ]
        out[z] = voxels[at[2], at[1], at[0]]
    return out
