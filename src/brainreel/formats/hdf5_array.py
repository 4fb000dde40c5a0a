"""An HDF5 dataset read without HDF5: chunks from where they lie, their filters undone here."""

import bz2
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.blosc_frames import unpacked_bytes
from brainreel.formats.boxes import Box, KeptBoxes, MappedArray, StoredArray
from brainreel.formats.gate import foreign_errors
from brainreel.formats.hdf5_layout import Layout
from brainreel.formats.voxels import spelled

_LARGEST_CHUNK = 1 << 30
_SLACK_BYTES = 64  # checksums and headers that a filter adds
_NAMES = {4: "szip", 5: "nbit", 6: "scale-offset"}
Values = tuple[int, ...]


def _inflate(data: bytes, most: int, _: Values) -> bytes:
    return zlib.decompressobj().decompress(data, most)


def _unshuffle(data: bytes, _: int, values: Values) -> bytes:
    size = values[0]
    whole = len(data) // size * size
    return np.frombuffer(data, np.uint8, whole).reshape(size, -1).T.tobytes() + data[whole:]


def _check(data: bytes, _most: int, _values: Values) -> bytes:
    stated = int.from_bytes(data[-4:], "little")
    if imagecodecs.h5checksum_fletcher32(data[:-4]) != stated:
        raise ValueError("its checksum does not fit")
    return data[:-4]


def _unblosc(data: bytes, most: int, _: Values) -> bytes:
    if unpacked_bytes(data) > most:
        raise ValueError("a block that claims more than its chunk holds")
    return bytes(imagecodecs.blosc_decode(data))


_FILTERS: dict[int, Callable[[bytes, int, Values], bytes]] = {
    1: _inflate,
    2: _unshuffle,
    3: _check,
    307: lambda data, most, _: bz2.BZ2Decompressor().decompress(data, most),
    32000: lambda data, most, _: bytes(imagecodecs.lzf_decode(data, out=most)),
    32001: _unblosc,
    32015: lambda data, most, _: bytes(imagecodecs.zstd_decode(data, out=most)),
}
"""How the filters of HDF5's registry are undone: deflate, shuffle, Fletcher-32, bzip2, LZF, Blosc, Zstandard."""


class _Constant:
    """An array of which nothing was written: all fill value."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, fill: NDArray) -> None:
        self.shape, self.dtype, self._fill = shape, dtype, fill

    def read(self, box: Box) -> NDArray:
        return np.full([part.stop - part.start for part in box], self._fill, self.dtype)


class _Chunks:
    """An array in chunks of a file; those that were never written hold the fill value."""

    def __init__(self, path: Path, layout: Layout, chunks: tuple[int, ...], table: NDArray[np.int64]) -> None:
        self.shape, self.dtype = layout.shape, layout.dtype
        self._path, self._layout, self._chunks = path, layout, chunks
        axes = len(chunks)
        self._where = {tuple(row[:axes]): tuple(row[axes:]) for row in (table // [*chunks, 1, 1, 1]).tolist()}

    def read(self, box: Box) -> NDArray:
        result = np.full([part.stop - part.start for part in box], self._layout.fill, self.dtype)
        first = [part.start // chunk for part, chunk in zip(box, self._chunks, strict=True)]
        count = [-(-part.stop // c) - part.start // c for part, c in zip(box, self._chunks, strict=True)]
        with foreign_errors(self._path), self._path.open("rb") as file:
            for place in np.ndindex(*count):
                key = tuple(a + b for a, b in zip(first, place, strict=True))
                if key not in self._where:
                    continue
                mask, offset, size = self._where[key]
                file.seek(offset)
                self._copy(self._decoded(file.read(size), mask, key), key, box, result)
        return result

    def _copy(self, chunk: NDArray, key: tuple[int, ...], box: Box, result: NDArray) -> None:
        """That part of `chunk` which lies in `box`."""
        source, target = [], []
        for index, edge, part in zip(key, self._chunks, box, strict=True):
            low, high = max(index * edge, part.start), min((index + 1) * edge, part.stop)
            source.append(slice(low - index * edge, high - index * edge))
            target.append(slice(low - part.start, high - part.start))
        result[tuple(target)] = chunk[tuple(source)]

    def _decoded(self, data: bytes, mask: int, key: tuple[int, ...]) -> NDArray:
        count = math.prod(self._chunks)
        most = count * self.dtype.itemsize + _SLACK_BYTES
        filters = [one for k, one in enumerate(self._layout.filters) if not mask >> k & 1]
        try:
            for code, values, _ in reversed(filters):
                data = _FILTERS[code](data, most, values)
            return np.frombuffer(data, self.dtype, count).reshape(self._chunks)
        except Exception as error:  # every codec is another library with its own errors
            raise FormatError(f"{self._path}: chunk {key} cannot be decoded: {error}; copy the file again") from error


def array_of(path: Path, name: str, layout: Layout) -> StoredArray:
    """The dataset `name` of `path`. Raises FormatError where it does not lie in the file or a filter is not known."""
    held, shape, dtype = path.stat().st_size, layout.shape, layout.dtype
    wanted = math.prod(shape) * dtype.itemsize
    if layout.values is not None:
        return KeptBoxes(_InMemory(np.frombuffer(layout.values, dtype).reshape(shape)), shape)
    if layout.table is None or layout.chunks is None:
        if layout.offset is None:
            return _Constant(shape, dtype, layout.fill)
        if not 0 <= layout.offset <= held - wanted:
            raise FormatError(
                f"{path}: {name} claims {spelled(shape, dtype)} bytes from byte {layout.offset:,}, but the file holds "
                f"{held:,}; it is cut off, copy it again"
            )
        return MappedArray(path, shape, dtype, layout.offset)
    _require_chunks(path, name, layout, layout.chunks, layout.table, held)
    return KeptBoxes(_Chunks(path, layout, layout.chunks, layout.table), layout.chunks)


class _InMemory:
    """An array so small that HDF5 keeps it in the header."""

    def __init__(self, values: NDArray) -> None:
        self.shape, self.dtype, self._values = values.shape, values.dtype, values

    def read(self, box: Box) -> NDArray:
        return self._values[box]


def _require_chunks(
    path: Path, name: str, layout: Layout, chunks: tuple[int, ...], table: NDArray[np.int64], held: int
) -> None:
    for code, values, title in layout.filters:
        if code not in _FILTERS or (code == 2 and (not values or not 0 < values[0] <= 64)):
            raise FormatError(
                f"{path}: {name} is packed with the filter {title or _NAMES.get(code, code)!r}, which is not read; "
                "rewrite it with `h5repack -f GZIP=4 old.h5 new.h5`"
            )
    if min(chunks) < 1 or math.prod(chunks) * layout.dtype.itemsize > _LARGEST_CHUNK:
        raise FormatError(f"{path}: {name} has chunks of {spelled(chunks, layout.dtype)} bytes, which are too large")
    offsets, sizes = table[:, -2], table[:, -1]
    if len(table) and (offsets.min() < 0 or sizes.min() < 0 or (offsets > held - sizes).any()):
        raise FormatError(f"{path}: chunks of {name} lie beyond its {held:,} bytes; it is cut off, copy it again")
