"""Bricks of a store, read back."""

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.store.codecs import Codec
from brainreel.store.layout import Layout
from brainreel.store.levels import SIZE, Triple
from brainreel.store.shards import MISSING, checked, read_index
from brainreel.work import DirectFile, aligned

_PAGES = 8192
_KEPT = 8


def read_shard(path: Path, layout: Layout, codec: Codec, level: int) -> dict[int, NDArray]:
    """The bricks of a shard, flat, by their places in its full grid; none where there is no file.

    Raises FormatError where the shard is damaged.
    """
    bricks: dict[int, NDArray] = {}
    if not path.exists():
        return bricks
    count = int(np.prod(layout.shard(level)))
    with DirectFile(path) as file:
        index = read_index(file, count)
        for place, (offset, length) in enumerate(index.tolist()):
            if offset != MISSING:
                bricks[place] = _brick(file, place, offset, length, layout, codec)
    return bricks


class Bricks:
    """Bricks of a plane of a store whose files stay as they are; indices and the last bricks are read once."""

    def __init__(self, folder: Path, layout: Layout, codec: Codec, plane: tuple[int, ...]) -> None:
        self._folder, self._layout, self._codec, self._plane = folder, layout, codec, plane
        self._indices: dict[Path, NDArray[np.uint64]] = {}
        self.read = lru_cache(_KEPT)(self._read)

    def _read(self, level: int, place: Triple) -> NDArray:
        """The voxels of the brick at `place` (z, y, x) of `level`, flat; zeros where there is no file of it."""
        deep, _, wide = self._layout.shard(level)
        z, y, x = place
        path = self._folder / self._layout.path(level, self._plane, (z // deep, y, x // wide))
        number = z % deep * wide + x % wide
        if path.exists():
            with DirectFile(path) as file:
                if path not in self._indices:
                    self._indices[path] = read_index(file, deep * wide)
                offset, length = self._indices[path][number].tolist()
                if offset != MISSING:
                    return _brick(file, number, offset, length, self._layout, self._codec)
        return np.zeros(SIZE**3, self._layout.dtype)


def _brick(file: DirectFile, place: int, offset: int, length: int, layout: Layout, codec: Codec) -> NDArray:
    """The voxels of the packed brick that lies there."""
    packed = file.read_into(aligned(length + _PAGES), offset, length).tobytes()
    return unpack(file.path, place, checked(file.path, place, packed), layout, codec)


def unpack(path: Path, place: int, frame: bytes, layout: Layout, codec: Codec) -> NDArray:
    """A brick's voxels, flat. Raises FormatError where the frame is not one."""
    brick = np.empty(SIZE**3, layout.dtype)
    try:
        codec.decode(frame, brick)
    except Exception as error:  # every codec is another library with its own errors
        raise FormatError(f"{path}: chunk {place} cannot be unpacked: {error}; convert the source again") from error
    return brick


def announce(spans: Iterable[tuple[Path, int, tuple[int, int] | None]]) -> None:
    """Have the system fetch packed bricks, as `Store.span` finds them, into its cache, and do not wait for them."""
    files: dict[Path, list[tuple[int, int]]] = {}
    for path, _, span in spans:
        if span is not None:
            files.setdefault(path, []).append(span)
    for path, mine in files.items():
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError:  # reading it will say so
            continue
        try:
            for offset, length in sorted(mine):
                os.posix_fadvise(handle, offset, length, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(handle)


def read_band(
    folder: Path, layout: Layout, codec: Codec, level: int, plane: tuple[int, ...], band: int, layers: range
) -> NDArray:
    """The rows (z, y, x) of row of bricks `band` of a level, of the layers of bricks `layers`."""
    depth, height, width = layout.levels[level].shape
    shape = (min(layers.stop * SIZE, depth) - layers.start * SIZE, min(SIZE, height - band * SIZE), width)
    rows = np.zeros(shape, layout.dtype)
    for shard, z, x in layout.shards(level, layers, band):
        found = read_shard(folder / layout.path(level, plane, shard), layout, codec, level)
        for place, brick in found.items():
            layer, column = _place(place, layout.shard(level))
            if layer < len(z) and column < len(x):
                at = (z[layer] - layers.start) * SIZE, x[column] * SIZE
                part = rows[at[0] : at[0] + SIZE, :, at[1] : at[1] + SIZE]
                deep, high, wide = part.shape
                part[...] = brick.reshape(SIZE, SIZE, SIZE)[:deep, :high, :wide]
    return rows


def _place(place: int, shard: Triple) -> tuple[int, int]:
    return divmod(place, shard[2])
