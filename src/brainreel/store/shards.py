"""Shards of Zarr 3: many packed chunks in one file, behind them where each lies.

The index is (offset, bytes) in uint64 for every chunk of the shard's full grid in C order, both 2**64 - 1 where there
is none, and a CRC32C of its own. Each chunk's bytes end with the CRC32C of what is before. Source: Zarr's
"sharding_indexed" codec, version 1.0.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.store.codecs import CHECKSUM_BYTES, checksum
from brainreel.work import DirectFile, aligned, write_direct

MISSING = 2**64 - 1
_ENTRY_BYTES = 16


def shard_bytes(frames: Sequence[bytes | None]) -> int:
    """The size of the file that a ShardWriter makes of `frames`."""
    return sum(len(frame) + CHECKSUM_BYTES for frame in frames if frame) + index_bytes(len(frames))


def index_bytes(count: int) -> int:
    """The size of the index of a shard of `count` chunks."""
    return count * _ENTRY_BYTES + CHECKSUM_BYTES


class ShardWriter:
    """Writes shards one after the other, on one thread, out of the same memory."""

    def __init__(self) -> None:
        self._buffer = aligned(1)

    def write(self, path: Path, frames: Sequence[bytes | None], checksums: Sequence[int]) -> None:
        """Write the packed chunks `frames`, in C order of the shard's full grid, None where there is none."""
        size = shard_bytes(frames)
        if len(self._buffer) < size:
            self._buffer = aligned(size)
        index = np.full((len(frames), 2), MISSING, "<u8")
        end = 0
        for place, frame in enumerate(frames):
            if frame is not None:
                index[place] = end, len(frame) + CHECKSUM_BYTES
                self._put(end, frame)
                self._put(end + len(frame), checksums[place].to_bytes(CHECKSUM_BYTES, "little"))
                end += len(frame) + CHECKSUM_BYTES
        tail = index.tobytes()
        tail += checksum(tail).to_bytes(CHECKSUM_BYTES, "little")
        self._put(end, tail)
        write_direct(path, self._buffer, size)

    def _put(self, at: int, data: bytes) -> None:
        self._buffer[at : at + len(data)] = np.frombuffer(data, np.uint8)


def read_index(file: DirectFile, count: int) -> NDArray[np.uint64]:
    """Where each of the `count` chunks of a shard lies, (count, 2): offset and bytes, checksum included.

    Raises FormatError where the index is damaged or names bytes that the file does not have.
    """
    size, _ = file.state()
    wanted = index_bytes(count)
    if size < wanted:
        raise FormatError(f"{file.path}: {size} bytes are too few for a shard; it is cut off, convert the source again")
    tail = file.read_into(aligned(wanted + 8192), size - wanted, wanted).tobytes()
    if checksum(tail[:-CHECKSUM_BYTES]) != int.from_bytes(tail[-CHECKSUM_BYTES:], "little"):
        raise FormatError(f"{file.path}: the index of its chunks is damaged; convert the source again")
    index = np.frombuffer(tail, "<u8", 2 * count).reshape(count, 2)
    offset, length = index[index[:, 0] != MISSING].T
    room = size - wanted
    if ((length < 5) | (length > room) | (offset > room - np.minimum(length, room))).any():  # no sum: it may wrap
        raise FormatError(f"{file.path}: its index names bytes that it does not have; convert the source again")
    return index


def checked(path: Path, place: int, packed: bytes) -> bytes:
    """The chunk without its checksum. Raises FormatError where that does not fit."""
    frame = packed[:-CHECKSUM_BYTES]
    if checksum(frame) != int.from_bytes(packed[-CHECKSUM_BYTES:], "little"):
        raise FormatError(f"{path}: chunk {place} is damaged, its checksum does not fit; convert the source again")
    return frame
