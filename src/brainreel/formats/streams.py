"""Forward reading of packed files (gzip, zlib, bzip2), a bounded piece at a time."""

import bz2
import threading
import zlib
from collections import deque
from pathlib import Path
from typing import Any

from brainreel.errors import FormatError
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file

_CHUNK_BYTES = 1 << 16  # a mark keeps one of them
_PIECE_BYTES = 1 << 20
_MOST_MARKS = 128
_KEPT_ENDS = 4
_LEAST_SPAN_BYTES = 1 << 22
_LARGEST_RATIO = 1032  # the most that deflate can shrink
_MOST_AT_ONCE = 1 << 32
_SLACK_BYTES = 1 << 16  # what some formats write behind their voxels


class _Bunzip:
    """bz2's decompressor with the attributes of zlib's."""

    def __init__(self) -> None:
        self._inner = bz2.BZ2Decompressor()
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self.unconsumed_tail

    def decompress(self, data: bytes, limit: int) -> bytes:
        wanted = self._inner.needs_input
        self.unconsumed_tail = b"" if wanted else data
        return self._inner.decompress(data if wanted else b"", limit)


_WINDOWS = {"gzip": 31, "zlib": 47}  # zlib's way of saying: the largest window behind a gzip header, or behind either
_MEMBER_MAGIC = {"gzip": GZIP_MAGIC, "bzip2": b"BZh"}


def _decompressor(codec: str) -> Any:
    return _Bunzip() if codec == "bzip2" else zlib.decompressobj(_WINDOWS[codec])


class PackedStream:
    """The bytes packed in a file from `offset` on, forward only.

    `codec` is gzip, zlib (of which a gzip header is as good) or bzip2. Concatenated members are one stream, anything
    after them is ignored. The file is open only while a chunk of it is read.
    """

    def __init__(self, path: Path, offset: int = 0, codec: str = "gzip"):
        self._path, self._codec = path, codec
        self._offset = offset
        self._inflate = _decompressor(codec)
        self._input = b""
        self._ended = False

    @property
    def can_copy(self) -> bool:
        """Whether `copy` gives a stream."""
        return self._codec != "bzip2"

    def copy(self) -> "PackedStream | None":
        """A stream that goes on from here by itself; None for bzip2, whose state cannot be copied."""
        if not self.can_copy:
            return None
        result = PackedStream.__new__(PackedStream)
        result._path, result._codec, result._ended = self._path, self._codec, self._ended
        result._offset, result._input = self._offset - len(self._input), b""
        result._inflate = self._inflate.copy()
        return result

    def read_into(self, target: bytearray) -> int:
        """Fill `target`; the number of bytes, smaller only at the end. Raises FormatError where the file is damaged."""
        view = memoryview(target)
        filled = 0
        while filled < len(view) and (piece := self.piece(min(len(view) - filled, _PIECE_BYTES))):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def skip(self, count: int) -> int:
        """Pass over `count` bytes; the number of bytes passed, smaller only at the end."""
        passed = 0
        while passed < count and (piece := self.piece(min(count - passed, _PIECE_BYTES))):
            passed += len(piece)
        return passed

    def verify_end(self) -> None:
        """Raise FormatError where the checksum behind the last byte does not fit."""
        self.piece(1)

    def piece(self, limit: int) -> bytes:
        """Between 1 and `limit` bytes more; none at the end."""
        while not self._ended:
            if self._inflate.eof:
                self._begin_next_member()
                continue
            self._input = self._input or self._read_chunk()
            at_end = not self._input
            with foreign_errors(
                self._path, zlib.error, ValueError, problem=f"the {self._codec} data are damaged; copy it again"
            ):
                piece = self._inflate.decompress(self._input, limit)
            self._input = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                return piece
            if at_end and not self._inflate.eof:
                raise FormatError(f"{self._path}: the {self._codec} data are cut off in the middle; copy it again")
        return b""

    def _begin_next_member(self) -> None:
        magic = _MEMBER_MAGIC.get(self._codec)
        if magic and len(self._input) < len(magic):
            self._input += self._read_chunk()
        if magic and self._input.startswith(magic):
            self._inflate = _decompressor(self._codec)
        else:
            self._ended = True

    def _read_chunk(self) -> bytes:
        with foreign_errors(self._path), self._path.open("rb", buffering=0) as file:
            file.seek(self._offset)
            chunk = file.read(_CHUNK_BYTES)
        self._offset += len(chunk)
        return chunk


class Marks:
    """Streams at places of a packed file that were passed once, so that going back does not start over.

    At most 128 are kept, about 100 KB each. Threads may share one.
    """

    def __init__(self, path: Path, offset: int, codec: str, total_bytes: int):
        self._start = path, offset, codec
        self._span = max(total_bytes // _MOST_MARKS, _LEAST_SPAN_BYTES)
        self._marks: dict[int, PackedStream] = {0: PackedStream(path, offset, codec)}
        self._left: deque[tuple[int, PackedStream]] = deque(maxlen=_KEPT_ENDS)
        self._lock = threading.Lock()

    def at(self, position: int) -> PackedStream:
        """A new stream whose next byte is the one at `position` of what is packed, or the end if that comes before."""
        with self._lock:
            places = [(number * self._span, mark) for number, mark in self._marks.items()]
            at, mark = max((place for place in (*places, *self._left) if place[0] <= position), key=lambda one: one[0])
            stream = mark.copy() or PackedStream(*self._start)
        at = at if stream.can_copy else 0
        while at < position:
            step = min(self._span - at % self._span, position - at)
            if stream.skip(step) < step:
                break
            at += step
            if at % self._span == 0 and at // self._span not in self._marks and (copy := stream.copy()):
                with self._lock:
                    self._marks[at // self._span] = copy
        return stream

    def leave(self, position: int, stream: PackedStream) -> None:
        """Remember that `stream` was left at `position`: the next volume of a series begins there."""
        if copy := stream.copy():
            with self._lock:
                self._left.append((position, copy))


def unpacked_bytes(path: Path, wanted: int, offset: int = 0, codec: str = "gzip") -> int:
    """How many bytes are packed in the file from `offset` on, or `wanted` where there are at least those; holds none.

    The size that gzip keeps in its last four bytes is believed where it is `wanted` or little more. Otherwise the file
    may be cut off or have several members, so it is read through. Raises FormatError where it is damaged.
    """
    with foreign_errors(path), path.open("rb") as file:
        held = file.seek(0, 2) - offset
        most = max(held, 0) * _LARGEST_RATIO
        file.seek(-min(4, held + offset), 2)
        stated = int.from_bytes(file.read(4), "little")
    if codec != "bzip2" and wanted > most:
        return most
    if codec == "gzip" and (stated - wanted) % 2**32 <= _SLACK_BYTES:
        return wanted
    stream = PackedStream(path, offset, codec)
    passed = stream.skip(wanted)
    stream.verify_end()
    return passed


def unpacked(path: Path) -> bytes:
    """All bytes of the file, those inside it where it is gzip. Raises FormatError beyond 4 GB."""
    if not require_file(path).startswith(GZIP_MAGIC):
        with foreign_errors(path):
            return path.read_bytes()
    stream, pieces = PackedStream(path), bytearray()
    while piece := stream.piece(_PIECE_BYTES):
        pieces += piece
        if len(pieces) > _MOST_AT_ONCE:
            raise FormatError(f"{path}: holds over 4 GB, more than any file of its kind; it is damaged or an attack")
    return bytes(pieces)
