"""Bands of rows become packed bricks, and while they are hot the bands of all coarser levels."""

import math
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.pool import Pool
from brainreel.store.codecs import Codec, checksum
from brainreel.store.describing import Binning, Describer, Descriptions
from brainreel.store.layout import Layout
from brainreel.store.levels import SIZE, Triple
from brainreel.store.reading import read_band
from brainreel.store.reducing import Reduce, Reduction
from brainreel.store.shards import write_shard
from brainreel.work import Cancelled, stop_if

WAITING = 4
"""Shards that may wait for the disk."""


@dataclass(frozen=True)
class Packing:
    """How bricks become files under `folder`."""

    folder: Path
    layout: Layout
    codec: Codec
    reduction: Reduction
    binning: Binning


@dataclass
class Made:
    """What came of a band: descriptions by (level, band), and the files, which are on the disk once `written` are."""

    descriptions: dict[tuple[int, int], Descriptions] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    written: list[Future[None]] = field(default_factory=list)

    def wait(self) -> None:
        """Return when all files are on the disk; raises what writing them raised."""
        for future in self.written:
            future.result()


@dataclass(frozen=True)
class Slab:
    """What one pass makes at a time: of one plane the `levels`, from `layers` of bricks of the first of them.

    The first level of a later pass is in the store already: only what follows from it is made.
    """

    plane: tuple[int, ...]
    levels: range
    layers: range

    @property
    def is_later(self) -> bool:
        """Whether it is of a later pass."""
        return self.levels[0] > 0


class Cascade:
    """Makes a slab, band by band."""

    def __init__(self, packing: Packing, slab: Slab, pool: Pool, writers: Executor) -> None:
        self._packing, self._slab, self._pool, self._writers = packing, slab, pool, writers
        self._layout = packing.layout
        self._layers = {level: self._find_layers(level) for level in slab.levels}
        self._slots = threading.BoundedSemaphore(WAITING)
        self._next: dict[int, NDArray] = {}
        self._threads = threading.local()

    def feed(self, band: int, rows: NDArray, cancelled: Cancelled) -> Made:
        """Make what follows from the `rows` (z, y, x) of row of bricks `band` of the first level; bands ascend."""
        made = Made()
        self._take(_Band(self._slab.levels[0], band, rows), made, cancelled)
        return made

    def refill(self, bands: int) -> None:
        """Be as after `bands` bands, from what is in the store."""
        folder, codec, plane = self._packing.folder, self._packing.codec, self._slab.plane
        for level in self._slab.levels[:-1]:
            ratio = self._ratio(level)
            if bands % ratio[1]:
                last = bands - 1
                rows = read_band(folder, self._layout, codec, level, plane, last, self._layers[level])
                self._reduce_band(_Band(level, last, rows))
            bands //= ratio[1]

    def _take(self, band: "_Band", made: Made, cancelled: Cancelled) -> None:
        """Make a band, and those of coarser levels that it completes."""
        level, layers = band.level, self._layers[band.level]
        described = Descriptions.empty(len(layers), self._layout.levels[level].grid[2], self._layout.dtype)
        is_last, is_kept = level == self._slab.levels[-1], not (self._slab.is_later and level == self._slab.levels[0])
        coarse = None if is_last else self._begin_next(band)
        for name, z, x in self._layout.shards(level, layers, band.number):
            stop_if(cancelled)
            shard = _Shard(z, x, described, coarse, is_kept)
            self._pool.run(self._pack, len(z) * len(x), band, shard, cancelled=cancelled)
            if any(shard.frames):
                self._write(self._layout.path(level, self._slab.plane, name), level, shard, made)
        if is_kept:
            made.descriptions[level, band.number] = described
        if is_last:
            return
        ratio = self._ratio(level)[1]
        if (band.number + 1) % ratio == 0 or band.number + 1 == self._layout.levels[level].grid[1]:
            following = _Band(level + 1, band.number // ratio, self._next.pop(level + 1))
            self._take(following, made, cancelled)

    def _write(self, path: Path, level: int, shard: "_Shard", made: Made) -> None:
        """Have the shard written, its index of the full grid."""
        deep, _, wide = self._layout.shard(level)
        frames: list[bytes | None] = [None] * (deep * wide)
        sums = [0] * len(frames)
        for place, frame in enumerate(shard.frames):
            z, x = divmod(place, len(shard.x))
            frames[z * wide + x], sums[z * wide + x] = frame, shard.checksums[place]
        made.files.append(path)
        self._slots.acquire()
        made.written.append(self._writers.submit(self._write_file, self._packing.folder / path, frames, sums))

    def _write_file(self, path: Path, frames: Sequence[bytes | None], checksums: Sequence[int]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_shard(path, frames, checksums)
        finally:
            self._slots.release()

    def _pack(self, begin: int, end: int, band: "_Band", shard: "_Shard") -> None:
        """Bricks `begin` .. `end` - 1 of a shard."""
        mine, first = self._mine(), self._layers[band.level].start
        for place in range(begin, end):
            z, x = shard.z[place // len(shard.x)] - first, shard.x[place % len(shard.x)]
            cut_brick(band.rows, z * SIZE, x * SIZE, mine.brick)
            is_there = mine.describer.describe(mine.flat, shard.described, z, x)
            if shard.coarse is not None:
                self._reduce(band, (z, x), shard.coarse, is_empty=not is_there)
            if is_there and shard.is_kept:
                frame = self._packing.codec.encode(mine.flat)
                shard.frames[place], shard.checksums[place] = frame, checksum(frame)
                shard.described.checksums[z, x] = shard.checksums[place]

    def _reduce(self, band: "_Band", at: tuple[int, int], coarse: NDArray, *, is_empty: bool = False) -> None:
        """This thread's brick, which is at (z, x), into the next level's band."""
        mine, factors = self._mine(), self._ratio(band.level)
        shape = tuple(SIZE // factor for factor in factors)
        z, y, x = at[0] * shape[0], band.number % factors[1] * shape[1], at[1] * shape[2]
        target = coarse[z : z + shape[0], y : y + shape[1], x : x + shape[2]]
        if is_empty:
            target[...] = 0
            return
        small = mine.coarse[: math.prod(shape)]
        mine.reduce(mine.flat, factors, small)
        deep, high, wide = target.shape
        target[...] = small.reshape(shape)[:deep, :high, :wide]

    def _reduce_band(self, band: "_Band") -> None:
        """All of a stored band into the next level's."""
        coarse = self._begin_next(band)
        layers, wide = self._layers[band.level], self._layout.levels[band.level].grid[2]
        for z, x in np.ndindex(len(layers), wide):
            cut_brick(band.rows, z * SIZE, x * SIZE, self._mine().brick)
            self._reduce(band, (z, x), coarse)

    def _begin_next(self, band: "_Band") -> NDArray:
        """The band of the next level that a band is part of."""
        level = band.level + 1
        if level not in self._next:
            layers = self._layers[level]
            depth, height, width = self._layout.levels[level].shape
            depth = min(layers.stop * SIZE, depth) - layers.start * SIZE
            first = band.number // self._ratio(band.level)[1] * SIZE
            self._next[level] = np.empty((depth, min(SIZE, height - first), width), self._layout.dtype)
        return self._next[level]

    def _ratio(self, level: int) -> Triple:
        """How many voxels (z, y, x) of `level` one of the next stands for."""
        fine, coarse = (self._layout.levels[k].factors for k in (level, level + 1))
        z, y, x = (b // a for a, b in zip(fine, coarse, strict=True))
        return z, y, x

    def _find_layers(self, level: int) -> range:
        """The layers of bricks of `level` that belong to the slab."""
        levels, layers = self._layout.levels, self._slab.layers
        ratio = levels[level].factors[0] // levels[self._slab.levels[0]].factors[0]
        return range(layers.start // ratio, -(-layers.stop // ratio))

    def _mine(self) -> "_Scratch":
        if not hasattr(self._threads, "scratch"):
            self._threads.scratch = _Scratch.of(self._packing)
        return self._threads.scratch


@dataclass(frozen=True)
class _Band:
    """Row of bricks `number` of a level: its voxels (z, y, x), of the slab's layers."""

    level: int
    number: int
    rows: NDArray


class _Shard:
    """The bricks of layers `z` and columns `x`: what they become, in C order, and where else they go."""

    def __init__(self, z: range, x: range, described: Descriptions, coarse: NDArray | None, is_kept: bool) -> None:
        self.z, self.x, self.described, self.coarse, self.is_kept = z, x, described, coarse, is_kept
        self.frames: list[bytes | None] = [None] * (len(z) * len(x))
        self.checksums = [0] * len(self.frames)


@dataclass(frozen=True)
class _Scratch:
    """What one thread needs."""

    flat: NDArray
    brick: NDArray
    coarse: NDArray
    describer: Describer
    reduce: Reduce

    @classmethod
    def of(cls, packing: Packing) -> "_Scratch":
        dtype = packing.layout.dtype
        flat = np.empty(SIZE**3, dtype)
        describer = Describer(dtype, packing.binning)
        return cls(
            flat, flat.reshape(SIZE, SIZE, SIZE), np.empty_like(flat), describer, packing.reduction.for_type(dtype)
        )


def cut_brick(rows: NDArray, z: int, x: int, brick: NDArray) -> Triple:
    """Copy the brick (SIZE,) * 3 that begins at (z, 0, x) of a band; how many voxels along z, y, x the band has of it.

    Beyond its ends the nearest voxel is repeated.
    """
    part = rows[z : z + SIZE, :SIZE, x : x + SIZE]
    deep, high, wide = part.shape
    brick[:deep, :high, :wide] = part
    if wide < SIZE:
        brick[:deep, :high, wide:] = brick[:deep, :high, wide - 1 : wide]
    if high < SIZE:
        brick[:deep, high:] = brick[:deep, high - 1 : high]
    if deep < SIZE:
        brick[deep:] = brick[deep - 1 : deep]
    return deep, high, wide
