"""What is kept of each brick beside its voxels, so that a transfer function can be changed without reading any."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import describing

BINS = describing.BINS
MASK_BYTES = BINS // 8


@dataclass(frozen=True)
class Binning:
    """Bin k holds values from `first + k / per_value` on; the outermost two also what lies beyond them."""

    first: float
    per_value: float

    @classmethod
    def of(cls, dtype: np.dtype, low: float, high: float) -> "Binning":
        """Bins between `low` and `high`; of types of one byte a bin for every value."""
        if dtype.itemsize == 1:
            return cls(float(np.iinfo(dtype).min), 1.0)
        if high > low:
            return cls(low, BINS / (high - low))
        return cls(low, 1.0)  # nothing is known of what was not looked at


@dataclass(frozen=True)
class Descriptions:
    """Of a row of bricks (z, x): arrays whose first two axes are those.

    `extremes` (.., 2): least and greatest voxel, the greater first where there is none but NaN. `checksums`: CRC32C of
    the packed bricks, see `codecs.known_by`, 0 of those that hold the fill value alone. `faces` (.., 6, 2) and
    `occupied` (.., MASK_BYTES), bits little first: see `kernels.describing`.
    """

    extremes: NDArray
    checksums: NDArray[np.uint32]
    faces: NDArray[np.uint8]
    occupied: NDArray[np.uint8]

    @classmethod
    def empty(cls, deep: int, wide: int, dtype: np.dtype) -> "Descriptions":
        """Of bricks that nothing is known of yet."""
        shape = (deep, wide)
        return cls(
            np.zeros((*shape, 2), dtype),
            np.zeros(shape, np.uint32),
            np.zeros((*shape, 6, 2), np.uint8),
            np.zeros((*shape, MASK_BYTES), np.uint8),
        )

    def arrays(self) -> dict[str, NDArray]:
        """The arrays by their names."""
        return dict(vars(self))


class Describer:
    """Fills in Descriptions, on one thread."""

    def __init__(self, dtype: np.dtype, binning: Binning) -> None:
        self._binning = binning
        info = (
            np.array([np.inf, -np.inf]) if dtype.kind == "f" else np.array([np.iinfo(dtype).max, np.iinfo(dtype).min])
        )
        self._extremes = info.astype(dtype)
        self._ranges = np.empty((2, describing.RANGES), dtype)

    def describe(self, bricks: NDArray, into: Descriptions, z: int, x: int) -> NDArray[np.bool_]:
        """Describe `bricks` (bricks, voxels) as those at (z, x) and behind it; which hold more than zeros, the fill."""
        extremes, faces, masks = (a[z, x : x + len(bricks)] for a in (into.extremes, into.faces, into.occupied))
        extremes[:] = self._extremes
        describing.describe(bricks, self._binning.first, self._binning.per_value, self._ranges, extremes, faces, masks)
        is_there = np.asarray(extremes.any(1))
        if bricks.dtype.kind == "f" and not is_there.all():
            is_there |= np.isnan(bricks).any(1)
        return is_there
