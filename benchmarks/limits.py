"""What no conversion can be faster than: its codec alone on the very bricks, and the disk moving the same bytes."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagecodecs
import numpy as np
import zarr
from numpy.typing import NDArray

from benchmarks.timing import timed
from brainreel.work import DirectFile, aligned, write_direct

SIZE = 64
_HELD_BYTES = 4 << 30
_BLOCK = 32 << 20
_READERS, _WRITERS = 4, 2

Seconds = tuple[float, float]
"""Of the wall's clock, and of all threads."""


class CodecAlone:
    """Zstandard at level 1 on the bricks of all levels of a store, in memory; of too many, on every nth."""

    def __init__(self, store: Path) -> None:
        paths = [path for path in sorted(store.iterdir()) if path.name.isdigit()]
        levels = [(path, zarr.open_array(path, mode="r")) for path in paths]
        places = [(level, place) for path, level in levels for place in _stored(path, level)]
        self.count = len(places)
        self.step = -(-self.count * SIZE**3 // _HELD_BYTES)
        self.bricks = [_brick(level, place) for level, place in places[:: self.step]]

    def seconds(self, threads: int) -> Seconds:
        """For all of the store's bricks."""
        wall, cpu = timed(self._encode, threads)
        return wall * self.count / len(self.bricks), cpu * self.count / len(self.bricks)

    def _encode(self, threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(_encode, [self.bricks[k::threads] for k in range(threads)]))


def _encode(bricks: list[NDArray]) -> None:
    for brick in bricks:
        imagecodecs.zstd_encode(brick.data, 1)  # pyright: ignore[reportArgumentType]  (any buffer does)


def _stored(path: Path, level: zarr.Array) -> Iterator[tuple[int, ...]]:
    """The places of the bricks that a level's shards have, by their own index."""
    assert level.shards is not None
    inside = [n // SIZE for n in level.shards]
    count = int(np.prod(inside))
    for shard in np.ndindex(*(-(-n // s) for n, s in zip(level.shape, level.shards, strict=True))):
        where = path.joinpath("c", *map(str, shard))
        if where.exists():
            index = np.frombuffer(where.read_bytes()[-16 * count - 4 : -4], "<u8").reshape(count, 2)
            for place in np.flatnonzero(index[:, 1] != 2**64 - 1):
                within = np.unravel_index(place, inside)
                yield tuple(int(s * n + k) for s, n, k in zip(shard, inside, within, strict=True))


def _brick(level: zarr.Array, place: tuple[int, ...]) -> NDArray:
    """As it was packed: beyond the ends of the level the nearest voxel is repeated."""
    found = np.asarray(level[tuple(slice(k * SIZE, (k + 1) * SIZE) for k in place)])
    return np.ascontiguousarray(np.pad(found, [(0, SIZE - n) for n in found.shape], "edge"))


def reading_seconds(folder: Path) -> Seconds:
    """Of reading all files of `folder` past the system's cache, several at once."""
    return timed(_read_all, folder)


def moving_seconds(folder: Path, written_bytes: int, scratch: Path) -> Seconds:
    """Of reading the files of `folder` and writing as many bytes to `scratch` at once, past the system's cache."""
    scratch.mkdir()
    buffer = aligned(_BLOCK)
    buffer[:] = np.random.default_rng(0).integers(0, 256, len(buffer), np.uint8)
    blocks = [min(_BLOCK, written_bytes - start) for start in range(0, written_bytes, _BLOCK)]

    def move(folder: Path) -> None:
        with ThreadPoolExecutor(_WRITERS) as writers:
            made = [writers.submit(write_direct, scratch / str(k), buffer, n) for k, n in enumerate(blocks)]
            _read_all(folder)
            for one in made:
                one.result()

    try:
        return timed(move, folder)
    finally:
        shutil.rmtree(scratch)


def _read_all(folder: Path) -> None:
    with ThreadPoolExecutor(_READERS) as readers:
        list(readers.map(_read, sorted(folder.iterdir())))


def _read(path: Path) -> None:
    buffer, held = aligned(_BLOCK + 8192), path.stat().st_size
    with DirectFile(path) as file:
        for start in range(0, held, _BLOCK):
            file.read_into(buffer, start, min(_BLOCK, held - start))
