"""Bands of rows become packed bricks, and while they are hot the bands of all coarser levels."""

import threading
from collections.abc import Callable, Sequence
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


class Cascade:
    """The levels from `first` to `last` of one plane, for the bricks of layers `deep` of level `first`.

    Level `first` of a later pass is there already: only what follows from it is written.
    """

    def __init__(
        self,
        packing: Packing,
        plane: tuple[int, ...],
        levels: range,
        layers: range,
        pool: Pool,
        writers: Executor,
        *,
        again: bool,
    ) -> None:
        self._packing, self._plane, self._pool, self._writers = packing, plane, pool, writers
        self._levels, self._again = levels, again
        self._layers = {level: self._find_layers(level, layers) for level in levels}
        self._slots = threading.BoundedSemaphore(WAITING)
        self._next: dict[int, NDArray] = {}
        self._fine: dict[int, NDArray[np.uint32]] = {}
        self._threads = threading.local()

    def feed(self, band: int, rows: NDArray, fine: NDArray[np.uint32] | None, cancelled: Cancelled) -> Made:
        """Make what follows from the `rows` (z, y, x) of row of bricks `band` of the first level; bands ascend.

        `fine`: of a level that is there already, as it was described.
        """
        made = Made()
        self._take(self._levels[0], band, rows, fine, made, cancelled)
        return made

    def layers_of(self, level: int) -> range:
        """The layers of bricks of `level` that are made."""
        return self._layers[level]

    def refill(self, bands: int, fine_of: Callable[[int, int], NDArray[np.uint32]]) -> None:
        """Be as after `bands` bands, from what is in the store; `fine_of(level, band)` gives their `fine`."""
        for level in self._levels[:-1]:
            ratio = self._ratio(level)
            if ratio[1] > 1 and bands % 2:
                layout = self._packing.layout
                rows = read_band(
                    self._packing.folder,
                    layout,
                    self._packing.codec,
                    level,
                    self._plane,
                    bands - 1,
                    self._layers[level],
                )
                self._reduce_band(level, bands - 1, rows)
                self._add_fine(level, bands - 1, fine_of(level, bands - 1))
            bands //= ratio[1]

    def _take(
        self,
        level: int,
        band: int,
        rows: NDArray,
        fine: NDArray[np.uint32] | None,
        made: Made,
        cancelled: Cancelled,
    ) -> None:
        layout = self._packing.layout
        layers = self._layers[level]
        wide = layout.levels[level].grid[2]
        described = Descriptions.empty(len(layers), wide, layout.dtype)
        coarse = self._begin_next(level, band) if level < self._levels[-1] else None
        keep = not (self._again and level == self._levels[0])
        for shard, z, x in layout.shards(level, layers, band):
            stop_if(cancelled)
            frames: list[bytes | None] = [None] * (len(z) * len(x))
            checksums = [0] * len(frames)
            pack = (rows, level, band, z, x, described, coarse, frames if keep else None, checksums)
            self._pool.run(self._pack, len(frames), *pack, cancelled=cancelled)
            if keep and any(frames):
                self._write(level, shard, (len(z), len(x)), frames, checksums, made)
        described.fine[...] = described.counts if fine is None else fine
        if keep:
            made.descriptions[level, band] = described
        if level == self._levels[-1]:
            return
        self._add_fine(level, band, described.fine)
        ratio = self._ratio(level)[1]
        if (band + 1) % ratio == 0 or band + 1 == layout.levels[level].grid[1]:
            done = self._next.pop(level + 1)
            self._take(level + 1, band // ratio, done, self._fine.pop(level + 1), made, cancelled)

    def _write(
        self,
        level: int,
        shard: Triple,
        held: tuple[int, int],
        frames: list[bytes | None],
        checksums: list[int],
        made: Made,
    ) -> None:
        """Have the shard written, its index of the full grid."""
        deep, _, wide = self._packing.layout.shard(level)
        full: list[bytes | None] = [None] * (deep * wide)
        sums = [0] * len(full)
        for place, (frame, one) in enumerate(zip(frames, checksums, strict=True)):
            z, x = divmod(place, held[1])
            full[z * wide + x], sums[z * wide + x] = frame, one
        path = self._packing.layout.path(level, self._plane, shard)
        made.files.append(path)
        self._slots.acquire()
        made.written.append(self._writers.submit(self._write_file, self._packing.folder / path, full, sums))

    def _write_file(self, path: Path, frames: Sequence[bytes | None], checksums: Sequence[int]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_shard(path, frames, checksums)
        finally:
            self._slots.release()

    def _pack(
        self,
        begin: int,
        end: int,
        rows: NDArray,
        level: int,
        band: int,
        z: range,
        x: range,
        described: Descriptions,
        coarse: NDArray | None,
        frames: list[bytes | None] | None,
        checksums: list[int],
    ) -> None:
        """Bricks `begin` .. `end` - 1 of a shard with layers `z` and columns `x`."""
        mine = self._mine()
        first = self._layers[level].start
        for place in range(begin, end):
            layer, column = z[place // len(x)], x[place % len(x)]
            cut_brick(rows, (layer - first) * SIZE, column * SIZE, mine.brick)
            there = mine.describer.describe(mine.flat, described, layer - first, column)
            if coarse is not None:
                self._reduce(level, band, mine, (layer - first, column), coarse)
            if there and frames is not None:
                frame = self._packing.codec.encode(mine.flat)
                frames[place], checksums[place] = frame, checksum(frame)
                described.checksums[layer - first, column] = checksums[place]

    def _reduce(self, level: int, band: int, mine: "_Scratch", at: tuple[int, int], coarse: NDArray) -> None:
        """The brick at (z, x) into the next level's band."""
        factors = self._ratio(level)
        shape = tuple(SIZE // factor for factor in factors)
        small = mine.coarse[: int(np.prod(shape))]
        mine.reduce(mine.flat, factors, small)
        z, y, x = at[0] * shape[0], band % factors[1] * shape[1], at[1] * shape[2]
        target = coarse[z : z + shape[0], y : y + shape[1], x : x + shape[2]]
        deep, high, wide = target.shape
        target[...] = small.reshape(shape)[:deep, :high, :wide]

    def _reduce_band(self, level: int, band: int, rows: NDArray) -> None:
        """All of a stored band into the next level's."""
        coarse = self._begin_next(level, band)
        layers, wide = self._layers[level], self._packing.layout.levels[level].grid[2]
        mine = self._mine()
        for z, x in np.ndindex(len(layers), wide):
            cut_brick(rows, z * SIZE, x * SIZE, mine.brick)
            self._reduce(level, band, mine, (z, x), coarse)

    def _begin_next(self, level: int, band: int) -> NDArray:
        """The band of the next level that a band of `level` is part of."""
        if level + 1 not in self._next:
            layers = self._layers[level + 1]
            depth, height, width = self._packing.layout.levels[level + 1].shape
            depth = min(layers.stop * SIZE, depth) - layers.start * SIZE
            first = band // self._ratio(level)[1] * SIZE
            self._next[level + 1] = np.empty((depth, min(SIZE, height - first), width), self._packing.layout.dtype)
        return self._next[level + 1]

    def _add_fine(self, level: int, band: int, fine: NDArray[np.uint32]) -> None:
        """Add histograms of level 0 to those of the bricks above."""
        z, _, x = self._ratio(level)
        layers, wide = self._layers[level + 1], self._packing.layout.levels[level + 1].grid[2]
        total = self._fine.setdefault(level + 1, np.zeros((len(layers), wide, fine.shape[-1]), np.uint32))
        padded = np.zeros((len(layers) * z, wide * x, fine.shape[-1]), np.uint32)
        padded[: fine.shape[0], : fine.shape[1]] = fine
        total += padded.reshape(len(layers), z, wide, x, -1).sum((1, 3), dtype=np.uint32)

    def _ratio(self, level: int) -> Triple:
        """How many voxels (z, y, x) of `level` one of the next stands for."""
        fine, coarse = (self._packing.layout.levels[k].factors for k in (level, level + 1))
        z, y, x = (b // a for a, b in zip(fine, coarse, strict=True))
        return z, y, x

    def _find_layers(self, level: int, layers: range) -> range:
        """The layers of bricks of `level` that belong to `layers` of the first."""
        levels = self._packing.layout.levels
        ratio = levels[level].factors[0] // levels[self._levels[0]].factors[0]
        return range(layers.start // ratio, -(-layers.stop // ratio))

    def _mine(self) -> "_Scratch":
        if not hasattr(self._threads, "scratch"):
            self._threads.scratch = _Scratch.of(self._packing)
        return self._threads.scratch


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


def cut_brick(rows: NDArray, z: int, x: int, brick: NDArray) -> None:
    """Copy the brick (SIZE,) * 3 that begins at (z, 0, x) of a band; beyond its ends the nearest voxel is repeated."""
    part = rows[z : z + SIZE, :SIZE, x : x + SIZE]
    deep, high, wide = part.shape
    brick[:deep, :high, :wide] = part
    if wide < SIZE:
        brick[:deep, :high, wide:] = brick[:deep, :high, wide - 1 : wide]
    if high < SIZE:
        brick[:deep, high:] = brick[:deep, high - 1 : high]
    if deep < SIZE:
        brick[deep:] = brick[deep - 1 : deep]
