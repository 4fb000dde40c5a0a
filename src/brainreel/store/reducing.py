"""How voxels become those of the next coarser level."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import UsageError
from brainreel.kernels import halving
from brainreel.store.levels import SIZE, Triple

_SMALL = 4
"""Bytes of whole numbers, of which eight may be summed exactly in 64 bits."""

_PAIRED = 2
"""Bytes of whole numbers, of which two and more are summed at once."""

_SIGNS = {1: np.int32(-0x7F7F7F80), 2: np.int32(-0x7FFF8000)}
"""The sign bits of voxels of so many bytes in four."""

Reduce = Callable[[NDArray, NDArray[np.bool_], Triple, NDArray, Triple], None]
"""Writes, of bricks side by side (bricks, voxels), of which some may hold more than zeros, and of the factors (z, y, x)
by which they have too many voxels, the coarser ones into a C-contiguous array (z, y, x), from a place (z, y, x) on."""


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
        if self.name == "mean" and dtype.kind in "iu" and dtype.itemsize <= _PAIRED:
            return self._pairs(dtype)
        return self._any(dtype)

    def _any(self, dtype: np.dtype) -> Reduce:
        reduce, small = self._flat(dtype), np.empty(SIZE**3, dtype)

        def into(bricks: NDArray, is_there: NDArray[np.bool_], factors: Triple, coarse: NDArray, at: Triple) -> None:
            shape = tuple(SIZE // factor for factor in factors)
            made = small[: math.prod(shape)]
            for k, brick in enumerate(bricks):
                place = at[0], at[1], at[2] + k * shape[2]
                z, y, x = (slice(start, start + count) for start, count in zip(place, shape, strict=True))
                if is_there[k]:
                    reduce(brick, factors, made)
                    coarse[z, y, x] = made.reshape(shape)
                else:
                    coarse[z, y, x] = 0

        return into

    def _pairs(self, dtype: np.dtype) -> Reduce:
        others = self._any(dtype)
        sign = 0 if dtype.kind == "u" else _SIGNS[dtype.itemsize]

        def into(bricks: NDArray, is_there: NDArray[np.bool_], factors: Triple, coarse: NDArray, at: Triple) -> None:
            if factors[2] == 1:
                others(bricks, is_there, factors, coarse, at)
                return
            start = sum(k * step for k, step in zip(at, coarse.strides, strict=True))
            written, pitches = coarse.reshape(-1).view(np.uint8), coarse.strides[:2]
            halving.mean_pairs(bricks.view(np.uint8), dtype.itemsize, factors, sign, written, start, pitches)

        return into

    def _flat(self, dtype: np.dtype) -> Callable[[NDArray, Triple, NDArray], None]:
        """What writes a flat coarser brick."""
        if self.name == "max":
            return halving.greatest
        if self.name == "nearest":
            return halving.first
        if self.name == "mode":
            group = np.empty(8, dtype)
            return lambda brick, factors, coarse: halving.most_frequent(brick, factors, group, coarse)
        whole = dtype.kind in "iu"
        if self.period:
            period = self.period
            return lambda brick, factors, coarse: halving.mean_angle(brick, factors, period, whole, coarse)
        if whole and dtype.itemsize <= _SMALL:
            sums = np.empty(SIZE, np.int32 if dtype.itemsize < _SMALL else np.int64)
            return lambda brick, factors, coarse: halving.mean_whole(brick, factors, sums, coarse)
        totals, counts = np.empty((2, SIZE))
        return lambda brick, factors, coarse: halving.mean_real(brick, factors, whole, totals, counts, coarse)
