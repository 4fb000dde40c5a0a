"""Bands of rows become packed bricks, and while they are hot the bands of all coarser levels."""

import math
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.pool import Pool
from brainreel.store.codecs import Codec, checksum, known_by
from brainreel.store.describing import Binning, Describer, Descriptions
from brainreel.store.layout import Layout
from brainreel.store.levels import SIZE, Triple
from brainreel.store.reading import read_band
from brainreel.store.reducing import Reduce, Reduction
from brainreel.store.row_of_bricks import GROUP, RowOfBricks
from brainreel.store.shards import ShardWriter
from brainreel.work import Cancelled, aligned

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
        self._spare: dict[int, NDArray] = {}
        self._threads = threading.local()

    def feed(self, band: int, rows: NDArray, cancelled: Cancelled) -> Made:
        """Make what follows from the `rows` (z, y, x) of row of bricks `band` of the first level; bands ascend."""
        made = Made()
        self._take(RowOfBricks(self._slab.levels[0], band, rows), made, cancelled)
        return made

    def refill(self, bands: int) -> None:
        """Be as after `bands` bands, from what is in the store."""
        folder, codec, plane = self._packing.folder, self._packing.codec, self._slab.plane
        for level in self._slab.levels[:-1]:
            ratio = self._ratio(level)
            if bands % ratio[1]:
                last = bands - 1
                rows = read_band(folder, self._layout, codec, level, plane, last, self._layers[level])
                self._reduce_band(RowOfBricks(level, last, rows))
            bands //= ratio[1]

    def _take(self, band: RowOfBricks, made: Made, cancelled: Cancelled) -> None:
        """Make a band, and those of coarser levels that it completes."""
        level, layers = band.level, self._layers[band.level]
        described = Descriptions.empty(len(layers), self._layout.levels[level].grid[2], self._layout.dtype)
        is_last, is_kept = level == self._slab.levels[-1], not (self._slab.is_later and level == self._slab.levels[0])
        coarse = None if is_last else self._begin_next(band)
        shards = [
            _Shard(self._layout.path(level, self._slab.plane, name), z, x, described, coarse, is_kept)
            for name, z, x in self._layout.shards(level, layers, band.number)
        ]
        groups = [(shard, z, x) for shard in shards for z, x in shard.groups()]

        def pack(begin: int, end: int) -> None:
            for group in groups[begin:end]:
                self._pack(band, *group)

        self._pool.run(pack, len(groups), cancelled=cancelled)
        for shard in shards:
            if shard.written is not None:
                made.files.append(shard.path)
                made.written.append(shard.written)
        if is_kept:
            made.descriptions[level, band.number] = described
        if is_last:
            return
        ratio = self._ratio(level)[1]
        if (band.number + 1) % ratio == 0 or band.number + 1 == self._layout.levels[level].grid[1]:
            rows = self._next.pop(level + 1)
            self._take(
                RowOfBricks(level + 1, band.number // ratio, self._within(level + 1, band.number // ratio, rows)),
                made,
                cancelled,
            )
            self._spare[level + 1] = rows

    def _pack(self, band: RowOfBricks, shard: "_Shard", z: int, x: range) -> None:
        """The bricks `x` of layer `z` of a shard."""
        mine, layer = self._mine(), z - self._layers[band.level].start
        bricks = band.cut(layer, x, mine.bricks)
        is_there = mine.describer.describe(bricks, shard.described, layer, x.start)
        if shard.coarse is not None:
            self._reduce(band, bricks, is_there, (layer, x.start), shard.coarse)
        if shard.is_kept:
            for k in np.flatnonzero(is_there):
                frame = self._packing.codec.encode(bricks[k])
                found = checksum(frame)
                shard.frames[z, x[k]] = frame, found
                shard.described.checksums[layer, x[k]] = known_by(found)
        if shard.has_all(len(x)):
            self._write(band.level, shard)

    def _write(self, level: int, shard: "_Shard") -> None:
        """Have a shard written, its index of the full grid; nothing where it is empty."""
        deep, _, wide = self._layout.shard(level)
        frames: list[bytes | None] = [None] * (deep * wide)
        sums = [0] * len(frames)
        for (z, x), (frame, found) in shard.frames.items():
            place = (z - shard.z.start) * wide + x - shard.x.start
            frames[place], sums[place] = frame, found
        shard.frames.clear()
        if any(frames):
            self._slots.acquire()
            shard.written = self._writers.submit(self._write_file, self._packing.folder / shard.path, frames, sums)

    def _write_file(self, path: Path, frames: Sequence[bytes | None], checksums: Sequence[int]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not hasattr(self._threads, "writer"):
                self._threads.writer = ShardWriter()
            self._threads.writer.write(path, frames, checksums)
        finally:
            self._slots.release()

    def _reduce(
        self, band: RowOfBricks, bricks: NDArray, is_there: NDArray[np.bool_], at: tuple[int, int], coarse: NDArray
    ) -> None:
        """Bricks side by side, from (z, x) on, into the next level's band."""
        factors = self._ratio(band.level)
        deep, high, wide = (SIZE // factor for factor in factors)
        place = at[0] * deep, band.number % factors[1] * high, at[1] * wide
        self._mine().reduce(bricks, is_there, factors, coarse, place)

    def _reduce_band(self, band: RowOfBricks) -> None:
        """All of a stored band into the next level's."""
        coarse = self._begin_next(band)
        layers, wide = self._layers[band.level], self._layout.levels[band.level].grid[2]
        for z, x in np.ndindex(len(layers), wide):
            bricks = band.cut(z, range(x, x + 1), self._mine().bricks)
            self._reduce(band, bricks, np.array([True]), (z, x), coarse)

    def _begin_next(self, band: RowOfBricks) -> NDArray:
        """The band of the next level that a band is part of: whole bricks (z, y, x), whatever the level has of them."""
        level = band.level + 1
        if level not in self._next:
            shape = len(self._layers[level]) * SIZE, SIZE, self._layout.levels[level].grid[2] * SIZE
            spare = self._spare.pop(level, None)
            self._next[level] = self._made(shape) if spare is None else spare
        return self._next[level]

    def _made(self, shape: Triple) -> NDArray:
        """An array in large pages of memory: bricks go through it in strides."""
        kind = self._layout.dtype
        return aligned(math.prod(shape) * kind.itemsize)[: math.prod(shape) * kind.itemsize].view(kind).reshape(shape)

    def _within(self, level: int, number: int, rows: NDArray) -> NDArray:
        """What the level has of a band of whole bricks."""
        depth, height, width = self._layout.levels[level].shape
        layers = self._layers[level]
        return rows[: min(layers.stop * SIZE, depth) - layers.start * SIZE, : height - number * SIZE, :width]

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


class _Shard:
    """The bricks of layers `z` and columns `x`: what they become, in a file at `path`, and where else they go."""

    def __init__(
        self, path: Path, z: range, x: range, described: Descriptions, coarse: NDArray | None, is_kept: bool
    ) -> None:
        self.path, self.z, self.x, self.described, self.coarse, self.is_kept = path, z, x, described, coarse, is_kept
        self.frames: dict[tuple[int, int], tuple[bytes, int]] = {}  # what threads do to it is of one step
        self.written: Future[None] | None = None
        self._lock, self._left = threading.Lock(), len(z) * len(x)

    def groups(self) -> Iterator[tuple[int, range]]:
        """A layer and some columns, side by side, until all bricks have come."""
        for z in self.z:
            for begin in range(self.x.start, self.x.stop, GROUP):
                yield z, range(begin, min(begin + GROUP, self.x.stop))

    def has_all(self, count: int) -> bool:
        """Whether with `count` bricks more all are made."""
        with self._lock:
            self._left -= count
            return not self._left


@dataclass(frozen=True)
class _Scratch:
    """What one thread needs."""

    bricks: NDArray
    describer: Describer
    reduce: Reduce

    @classmethod
    def of(cls, packing: Packing) -> "_Scratch":
        dtype = packing.layout.dtype
        describer = Describer(dtype, packing.binning)
        return cls(np.empty((GROUP, SIZE**3), dtype), describer, packing.reduction.for_type(dtype))
