"""What values a stored brick can have, before it is read."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from brainreel.store.describing import BINS
from brainreel.store.levels import Level
from brainreel.store.resident import Mixture
from brainreel.store.stored import StoredPyramid

ROUNDING = 1e-2
"""Of a bin: more than finding the bin of a value may err."""

BLENDED = 1e-6
"""By what part blending two values may exceed both."""


def largest_values(mixture: Mixture, sign: int) -> NDArray[np.float32]:
    """By number of each brick what `sign` times no stored value exceeds that interpolation can give in it.

    -inf where there is nothing but NaN.
    """
    every = np.max([_largest(pyramid, sign) for pyramid, _ in mixture if isinstance(pyramid, StoredPyramid)], 0)
    if len(mixture) > 1:
        every = every + np.abs(every) * np.float32(BLENDED)
    return every


def _largest(pyramid: StoredPyramid, sign: int) -> NDArray[np.float32]:
    """The least of two bounds: the end of the last bin that is occupied, and the extremes of all bricks around."""
    around = [
        _largest_around(pyramid.store.described("extremes", index, pyramid.plane), level, sign)
        for index, level in enumerate(pyramid.levels)
    ]
    bound = np.minimum(np.concatenate(around) - sign * pyramid.offset, _end_of_bins(pyramid, sign))
    rounded = bound.astype(np.float32)
    return np.where(rounded < bound, np.nextafter(rounded, np.float32(np.inf)), rounded)


def _largest_around(extremes: NDArray, level: Level, sign: int) -> NDArray[np.float64]:
    """`sign` times the largest or least voxel of each brick and of those around it."""
    has_any = extremes[:, 0] <= extremes[:, 1]
    own = np.where(has_any, sign * extremes[:, 1 if sign > 0 else 0].astype(float), -np.inf).reshape(level.grid)
    padded = np.pad(own, 1, constant_values=-np.inf)
    z, y, x = level.grid
    shifted = (padded[i : i + z, j : j + y, k : k + x] for i, j, k in product(range(3), repeat=3))
    return np.maximum.reduce(list(shifted)).ravel()


def _end_of_bins(pyramid: StoredPyramid, sign: int) -> NDArray[np.float64]:
    """`sign` times where the outermost occupied bin of each brick ends; inf for the last one, which is open."""
    occupied = np.unpackbits(pyramid.occupied, -1, bitorder="little")
    occupied = occupied[:, ::-1] if sign > 0 else occupied
    outermost = occupied.argmax(-1)  # from the end where the largest values are
    first, last = pyramid.bins
    width = (last - first) / BINS
    if pyramid.dtype.itemsize == 1:  # a bin for each value
        ends = last - 1 - outermost if sign > 0 else -(first + outermost)
    else:
        ends = sign * (last if sign > 0 else first) - (outermost - ROUNDING) * width
    return np.where(outermost == 0, np.inf, ends)
