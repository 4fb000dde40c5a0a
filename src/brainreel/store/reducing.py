"""How voxels become those of the next coarser level."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import UsageError
from brainreel.kernels import packing
from brainreel.store.levels import SIZE, Triple

_SMALL = 4
"""Bytes of whole numbers, of which eight may be summed exactly in 64 bits."""

Reduce = Callable[[NDArray, Triple, NDArray], None]
"""Writes, of a flat brick and the factors (z, y, x) by which it has too many voxels, the flat coarser one."""


@dataclass(frozen=True)
class Reduction:
    """A way to reduce, as `--reduce` names it: mean, max, mode, nearest, or angle:180 (or any other period)."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in ("mean", "max", "mode", "nearest") and not self.period:
            raise UsageError(
                f"--reduce {self.name}: levels are made by mean, max, mode (labels), nearest, or angle:180 for "
                "directions that repeat after 180"
            )

    @property
    def period(self) -> float:
        """After which angles repeat; 0 where voxels are no angles."""
        word, _, number = self.name.partition(":")
        try:
            period = float(number)
        except ValueError:
            return 0.0
        return period if word == "angle" and 0 < period < math.inf else 0.0

    def for_type(self, dtype: np.dtype) -> Reduce:
        """For voxels of `dtype`; a function with scratch of its own, for one thread at a time."""
        if self.name == "max":
            return packing.greatest
        if self.name == "nearest":
            return packing.first
        if self.name == "mode":
            group = np.empty(8, dtype)
            return lambda brick, factors, coarse: packing.most_frequent(brick, factors, group, coarse)
        whole = dtype.kind in "iu"
        if self.period:
            period = self.period
            return lambda brick, factors, coarse: packing.mean_angle(brick, factors, period, whole, coarse)
        if whole and dtype.itemsize <= _SMALL:
            sums = np.empty(SIZE, np.int32 if dtype.itemsize < _SMALL else np.int64)
            return lambda brick, factors, coarse: packing.mean_whole(brick, factors, sums, coarse)
        totals, counts = np.empty((2, SIZE))
        return lambda brick, factors, coarse: packing.mean_real(brick, factors, whole, totals, counts, coarse)
