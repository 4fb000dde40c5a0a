"""A row of bricks of a level, in memory as a band of rows of voxels."""

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import cutting
from brainreel.store.levels import SIZE

GROUP = 8
"""Bricks side by side that are cut together: memory is read in runs of so many rows of theirs."""


class RowOfBricks:
    """Row of bricks `number` of a level: the voxels `rows` (z, y, x) of some of its layers."""

    def __init__(self, level: int, number: int, rows: NDArray) -> None:
        self.level, self.number = level, number
        item = rows.itemsize
        if rows.strides[2] != item or min(rows.strides) < 0:
            rows = np.ascontiguousarray(rows)
        self._shape, self._pitches, self._dtype = rows.shape, rows.strides[:2], rows.dtype
        span = sum((n - 1) * step for n, step in zip(rows.shape, rows.strides, strict=True)) + item
        self._bytes = np.lib.stride_tricks.as_strided(rows.view(np.uint8), (span,), (1,))

    def cut(self, z: int, x: range, bricks: NDArray) -> NDArray:
        """The bricks at layer `z` and columns `x`, (bricks, voxels), in `bricks`, which has room for GROUP.

        Beyond the band's ends the nearest voxel is repeated.
        """
        item = self._dtype.itemsize
        extent = self._shape[0] - z * SIZE, self._shape[1], self._shape[2] - x.start * SIZE
        start = z * SIZE * self._pitches[0] + x.start * SIZE * item
        mine = bricks[: len(x)]
        cut = mine if self._dtype == mine.dtype else np.empty(mine.shape, self._dtype)
        cutting.cut(self._bytes, start, self._pitches, extent, item, len(x), cut.reshape(-1).view(np.uint8))
        if cut is not mine:  # of the other byte order, or of a type that stores do not have
            mine[:] = cut
        return mine
