"""Where the values of a file come from: an array in equal blocks (planes of voxels), mapped, unpacked or held."""

import math
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors
from brainreel.formats.streams import Marks, PackedStream, unpacked_bytes
from brainreel.formats.voxels import map_array, spelled

_KEPT_BLOCKS = 4  # neighbours read again for interpolation and gradients


class Blocks(Protocol):
    """An array whose values lie one after the other, in `count` blocks of `size` values each."""

    @property
    def count(self) -> int:
        """How many blocks there are."""
        ...

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`, each flat (size,), in the file's byte order, not to be written to."""
        ...

    def fork(self) -> "Blocks":
        """The same, with a position of its own: whoever reads forward is not thrown back by another."""
        ...


@dataclass(frozen=True)
class MappedBlocks:
    """Blocks of an uncompressed file, memory-mapped anew each time: a file that shrank is noticed, not crashed on."""

    path: Path
    dtype: np.dtype
    size: int
    count: int
    offset: int = 0

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`."""
        return iter(map_array(self.path, self.dtype, (self.count, self.size), self.offset)[start:stop])

    def fork(self) -> "MappedBlocks":
        """Itself: it has no position."""
        return self


@dataclass(frozen=True)
class HeldBlocks:
    """Blocks of an array in memory (count, size)."""

    array: NDArray

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return len(self.array)

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`."""
        return iter(self.array[start:stop])

    def fork(self) -> "HeldBlocks":
        """Itself: it has no position."""
        return self


class PackedBlocks:
    """Blocks of a packed file, unpacked forward; the last few are kept, so that slabs may overlap by those.

    `offset` is where the packed data begin in the file, `skipped` the bytes of what is packed before block 0.
    """

    def __init__(
        self, path: Path, dtype: np.dtype, size: int, count: int, codec: str, offset: int = 0, skipped: int = 0
    ):
        self._path, self._dtype, self._size, self._skipped = path, dtype, size, skipped
        self.count = count
        self._marks = Marks(path, offset, codec, skipped + count * size * dtype.itemsize)
        self._lock = threading.Lock()
        self._kept: deque[NDArray] = deque(maxlen=_KEPT_BLOCKS)
        self._next = 0
        self._stream: PackedStream | None = None

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`."""
        with self._lock:
            if self._stream is None or not self._next - len(self._kept) <= start <= self._next:
                self._go_to(start)
            for number in range(start, stop):
                while self._next <= number:
                    self._unpack()
                yield self._kept[number - self._next]
            if self._stream is not None and self._next == stop:
                self._marks.leave(self._byte_of(stop), self._stream)

    def fork(self) -> "PackedBlocks":
        """The same blocks and marks, with a stream of its own."""
        other = PackedBlocks.__new__(PackedBlocks)
        other.__dict__.update(self.__dict__)
        other._lock, other._kept, other._stream = threading.Lock(), deque(maxlen=_KEPT_BLOCKS), None
        return other

    def _go_to(self, number: int) -> None:
        self._kept.clear()
        self._next = number
        self._stream = self._marks.at(self._byte_of(number))

    def _byte_of(self, number: int) -> int:
        return self._skipped + number * self._size * self._dtype.itemsize

    def _unpack(self) -> None:
        assert self._stream is not None
        buffer = bytearray(self._size * self._dtype.itemsize)
        if self._stream.read_into(buffer) < len(buffer):
            raise FormatError(f"{self._path}: the file has become shorter since it was opened; start again")
        self._kept.append(np.frombuffer(buffer, self._dtype))
        self._next += 1
        if self._next == self.count:
            self._stream.verify_end()


@dataclass(frozen=True)
class JoinedBlocks:
    """The blocks of `parts`, of which each has as many, one after the other."""

    parts: tuple[Blocks, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return len(self.parts) * self.parts[0].count

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`."""
        each = self.parts[0].count
        for number in range(start // each, -(-stop // each)):
            yield from self.parts[number].read(max(0, start - number * each), min(each, stop - number * each))

    def fork(self) -> "JoinedBlocks":
        """Forks of all parts."""
        return JoinedBlocks(tuple(part.fork() for part in self.parts))


def file_blocks(
    path: Path,
    dtype: np.dtype,
    sizes: tuple[int, ...],
    inner: int,
    codec: str | None = None,
    offset: int = 0,
    skipped: int = 0,
) -> Blocks:
    """Blocks of an array of `sizes`, fastest first, whose first `inner` axes are a block; it lies in `path`.

    From `offset` on the file is packed with `codec` or plain, and `skipped` bytes come before the array. Raises
    FormatError where the file holds less, before anything of that size is allocated.
    """
    size, count = math.prod(sizes[:inner]), math.prod(sizes[inner:])
    wanted = count * size * dtype.itemsize
    if codec:
        held = unpacked_bytes(path, skipped + wanted, offset, codec) - skipped
    else:
        with foreign_errors(path):
            held = path.stat().st_size - offset - skipped
    if held < wanted:
        raise FormatError(
            f"{path}: the header claims {spelled(sizes, dtype)} bytes of voxels, but the file "
            f"{'cannot hold more than' if codec else 'holds'} {max(held, 0):,}; it is cut off or its header is wrong: "
            "copy it again"
        )
    if codec:
        return PackedBlocks(path, dtype, size, count, codec, offset, skipped)
    return MappedBlocks(path, dtype, size, count, offset + skipped)
