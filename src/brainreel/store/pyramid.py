"""A volume as a pyramid of bricks in memory, cut in one pass over the source."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import blending, bricks, downsample
from brainreel.kernels.pool import Pool
from brainreel.space import axis_lengths
from brainreel.store.labels import NumberedLabels
from brainreel.store.levels import SIZE, Level, Triple, children, numbers_of, plan_levels
from brainreel.store.placed import PlacedVolume
from brainreel.store.reduced import ReducedVolume
from brainreel.work import Cancelled, never, stop_if

BINS = 256
ROWS_PER_READ = 32


@dataclass(frozen=True)
class Pyramid:
    """All bricks of a volume: brick n is `pool[n * side**3:][:side**3]`, side = SIZE + 2 halo, value = stored + offset.

    `lowest`, `highest` (bricks, cells): stored values by cell; `extent`: the least and the largest of all; `counts` and
    `fine_counts` (bricks, BINS): histograms between the two of a brick and of level 0 where it stands for it.
    `labels` (n,): where values are numbers of labels, the labels by their numbers; the histograms mean nothing then.
    """

    levels: tuple[Level, ...]
    halo: int
    offset: float
    pool: NDArray
    lowest: NDArray
    highest: NDArray
    extent: tuple[float, float]
    counts: NDArray[np.uint32]
    fine_counts: NDArray[np.uint32]
    labels: NDArray[np.int64] | None = None

    @property
    def byte_count(self) -> int:
        """Memory that it holds."""
        return sum(a.nbytes for a in (self.pool, self.lowest, self.highest, self.counts, self.fine_counts))


def stored_type(dtype: np.dtype) -> tuple[np.dtype, float]:
    """The element of bricks for voxels of `dtype`, and what is added to a stored value to get the voxel's."""
    if dtype in (np.dtype(np.uint8), np.dtype(np.uint16)):
        return dtype, 0.0
    if dtype == np.dtype(bool):
        return np.dtype(np.uint8), 0.0
    if dtype == np.dtype(np.int8):
        return np.dtype(np.uint8), -128.0
    if dtype == np.dtype(np.int16):
        return np.dtype(np.uint16), -32768.0
    return np.dtype(np.float32), 0.0


def bytes_needed(shape: Triple, spacing: tuple[float, float, float], dtype: np.dtype, halo: int) -> int:
    """Memory of the pyramid of a volume; labels' `dtype` is that of their numbers."""
    last = plan_levels(shape, spacing)[-1]
    count, item = last.first + last.count, stored_type(dtype)[0].itemsize
    return count * (((SIZE + 2 * halo) ** 3 + 2 * bricks.CELLS**3) * item + 8 * BINS) + bricks.PADDING * item


def building_bytes(shape: Triple, spacing: tuple[float, float, float], dtype: np.dtype, halo: int) -> int:
    """About what building the pyramid of a reduced volume takes beside it: rows of all levels, and those just made."""
    planes = [
        min(level.shape[0], SIZE + 2 * halo + ROWS_PER_READ) * math.prod(level.shape[1:])
        for level in plan_levels(shape, spacing)
    ]
    return (sum(planes) + 2 * ROWS_PER_READ * math.prod(shape[1:])) * stored_type(dtype)[0].itemsize


def build_pyramid(volume: Volume, halo: int, pool: Pool, cancelled: Cancelled = never, labels: bool = False) -> Pyramid:
    """Read `volume` once, in ascending z, and cut it into bricks with `halo` voxels around.

    Voxels of coarser levels are means, or, of `labels`, what most voxels have. Raises Interrupted soon after
    `cancelled` says so, FormatError for more labels than fit.
    """
    numbered = NumberedLabels(volume) if labels else None
    levels = plan_levels(volume.shape, axis_lengths(volume.world_from_voxel))
    dtype, offset = stored_type((numbered or volume).dtype)
    count = levels[-1].first + levels[-1].count
    voxels = np.zeros(count * (SIZE + 2 * halo) ** 3 + bricks.PADDING, dtype)
    cutters = [_Cutter(level, halo, voxels, pool, labels) for level in levels]
    for rows in _read(volume, numbered, pool, cancelled):
        stop_if(cancelled)
        _feed(cutters, rows)
    _finish(cutters, dtype)
    return _measured(levels, halo, offset, voxels, pool, numbered.labels if numbered else None, cancelled)


def blend_pyramids(first: Pyramid, second: Pyramid, weights: tuple[float, float], pool: Pool) -> Pyramid:
    """The pyramid of `weights[0]` times one volume and `weights[1]` times another, of one shape and kind of voxel.

    Whole numbers are rounded; weights add up to 1.
    """
    voxels = np.empty_like(first.pool)
    pool.run(blending.blend, -(-len(voxels) // blending.CHUNK), first.pool, second.pool, weights, voxels)
    return _measured(first.levels, first.halo, first.offset, voxels, pool, None, never)


def _measured(
    levels: tuple[Level, ...],
    halo: int,
    offset: float,
    voxels: NDArray,
    pool: Pool,
    labels: NDArray[np.int64] | None,
    cancelled: Cancelled,
) -> Pyramid:
    """The pyramid of these bricks, with what there is to know of each."""
    count = levels[-1].first + levels[-1].count
    lowest = np.empty((count, bricks.CELLS**3), voxels.dtype)
    highest = np.empty_like(lowest)
    extremes = _extremes(voxels.dtype)
    pool.run(bricks.find_ranges, count, voxels, halo, extremes, lowest, highest, cancelled=cancelled)
    low, high = float(lowest.min()), float(highest.max())
    extent = (low, high) if low <= high else (0.0, 0.0)
    counts = np.zeros((count, BINS), np.uint32)
    per_value = BINS / (extent[1] - extent[0]) if extent[1] > extent[0] else 0.0
    pool.run(bricks.count_values, count, voxels, halo, _owned(levels), extent[0], per_value, counts)
    fine_counts = _sum_fine(levels, counts)
    return Pyramid(levels, halo, offset, voxels, lowest, highest, extent, counts, fine_counts, labels)


class _Cutter:
    """Takes a level's rows in ascending z and cuts each layer of bricks once its last row is there."""

    def __init__(self, level: Level, halo: int, voxels: NDArray, pool: Pool, labels: bool) -> None:
        self.level, self.pool, self.labels = level, pool, labels
        self._halo, self._voxels = halo, voxels
        self._rows = np.empty((min(level.shape[0], SIZE + 2 * halo), *level.shape[1:]), voxels.dtype)
        self._first_row = self._held = 0
        self._layer = 0
        self.odd: NDArray | None = None

    def take(self, rows: NDArray) -> None:
        depth = self.level.shape[0]
        while len(rows):
            count = min(len(rows), len(self._rows) - self._held)
            self._rows[self._held : self._held + count] = rows[:count]
            self._held, rows = self._held + count, rows[count:]
            while self._layer < self.level.grid[0]:
                beyond = (self._layer + 1) * SIZE
                if self._first_row + self._held < min(beyond + self._halo, depth):
                    break
                self._cut(depth)
                self._layer += 1
                self._drop(min(beyond - self._halo, depth) - self._first_row)

    def _drop(self, count: int) -> None:
        """Let go of the first rows."""
        kept = self._rows[count : self._held].copy()
        self._rows[: len(kept)] = kept
        self._first_row, self._held = self._first_row + count, len(kept)

    def _cut(self, depth: int) -> None:
        places = self.level.places()
        mine = places[places[:, 2] == self._layer]
        numbers = numbers_of(self.level, mine)
        arguments = (self._rows[: self._held], self._first_row, depth, mine * SIZE, self._halo, numbers, self._voxels)
        self.pool.run(bricks.cut_bricks, len(mine), *arguments)


def _feed(cutters: list[_Cutter], rows: NDArray) -> None:
    """Give `rows` to the first of `cutters`, and what they halve to to the next."""
    cutters[0].take(rows)
    if len(cutters) == 1:
        return
    before, after = cutters[0], cutters[1]
    if before.odd is not None:
        rows = np.concatenate([before.odd, rows])
    ratio = after.level.factors[0] // before.level.factors[0]
    whole = len(rows) // ratio * ratio
    before.odd = rows[whole:].copy() if whole < len(rows) else None
    if whole:
        _feed(cutters[1:], _halved(before, after, rows[:whole]))


def _finish(cutters: list[_Cutter], dtype: np.dtype) -> None:
    """Pass on the last row of levels with an odd number of them."""
    for place, (before, after) in enumerate(pairwise(cutters)):
        if before.odd is not None:
            rows, before.odd = before.odd, None
            _feed(cutters[place + 1 :], _halved(before, after, rows))


def _halved(before: _Cutter, after: _Cutter, rows: NDArray) -> NDArray:
    z, y, x = (int(a // b) for a, b in zip(after.level.factors, before.level.factors, strict=True))
    coarse = np.empty((-(-len(rows) // z), *after.level.shape[1:]), rows.dtype)
    halve = downsample.halve_labels if before.labels else downsample.halve
    before.pool.run(halve, len(coarse), rows, (z, y, x), coarse)
    return coarse


def _read(volume: Volume, numbered: NumberedLabels | None, pool: Pool, cancelled: Cancelled) -> Iterator[NDArray]:
    """The volume's rows as bricks store them, some at a time; what is not finite becomes NaN."""
    dtype, offset = stored_type((numbered or volume).dtype)
    volume = volume.source if isinstance(volume, PlacedVolume) else volume
    depth, height, width = volume.shape
    for z in range(0, depth, ROWS_PER_READ):
        region = slice(z, min(z + ROWS_PER_READ, depth)), slice(0, height), slice(0, width)
        rows = volume.reduce(region, pool, cancelled) if isinstance(volume, ReducedVolume) else volume.read(region)
        if numbered:
            rows = numbered.number(rows)
        if offset:
            yield (rows.astype(np.int32) - int(offset)).astype(dtype)
        elif dtype == np.float32:
            with np.errstate(over="ignore", invalid="ignore"):
                rows = rows.astype(np.float32)
            yield np.where(np.isfinite(rows), rows, np.float32(np.nan))
        else:
            yield np.ascontiguousarray(rows, dtype)


def _extremes(dtype: np.dtype) -> NDArray:
    return np.array([-np.inf, np.inf] if dtype.kind == "f" else [0, np.iinfo(dtype).max], dtype)


def _owned(levels: tuple[Level, ...]) -> NDArray[np.int64]:
    """How many voxels (x, y, z) of each brick lie in the volume."""
    return np.concatenate([np.minimum(level.shape[::-1] - level.places() * SIZE, SIZE) for level in levels])


def _sum_fine(levels: tuple[Level, ...], counts: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """For each brick the histogram of level 0 where it stands for it."""
    fine = counts.copy()
    for index in range(1, len(levels)):
        level = levels[index]
        places = level.places()
        found, owner = children(levels, index, places)
        fine[level.first : level.first + level.count] = 0
        np.add.at(fine, level.first + owner, fine[numbers_of(levels[index - 1], found)])
    return fine
