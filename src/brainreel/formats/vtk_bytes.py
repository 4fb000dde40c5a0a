"""The bytes of VTK's XML arrays: plain or base64, compressed in pieces or not, read where they are asked for."""

import base64
import lzma
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors

_COMPRESSORS = {"vtkZLibDataCompressor", "vtkLZMADataCompressor", "vtkLZ4DataCompressor"}
_LZ4_RATIO = 255  # the most that it can shrink
_FOREIGN = (zlib.error, lzma.LZMAError, RuntimeError)
"""What decompressors raise; imagecodecs' errors are RuntimeErrors."""


class Bytes(Protocol):
    """Bytes that can be read from anywhere."""

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start` on. Raises FormatError where there are fewer."""
        ...


@dataclass(frozen=True)
class CodedBytes:
    """What lies between `start` and `end` of a file, as it is or in base64."""

    path: Path
    start: int
    end: int
    is_base64: bool

    @property
    def count(self) -> int:
        """The most bytes that this can be."""
        return (self.end - self.start) * 3 // 4 if self.is_base64 else self.end - self.start

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start` on."""
        if start + count > self.count:
            raise FormatError(
                f"{self.path}: bytes {start:,} to {start + count:,} of an array are wanted, but at most "
                f"{self.count:,} are there; it is cut off or its header is wrong: copy it again"
            )
        if not self.is_base64:
            return self._from_file(start, count)
        first, last = start // 3, -(-(start + count) // 3)
        text = self._from_file(4 * first, 4 * (last - first))
        with foreign_errors(self.path, ValueError, problem="an array's base64 is damaged"):
            decoded = base64.b64decode(text, validate=True)[start - 3 * first :][:count]
        return self._checked(decoded, count)

    def behind(self, count: int) -> "CodedBytes":
        """What follows `count` bytes that were coded by themselves."""
        coded = 4 * -(-count // 3) if self.is_base64 else count
        return CodedBytes(self.path, self.start + coded, self.end, self.is_base64)

    def _from_file(self, start: int, count: int) -> bytes:
        with foreign_errors(self.path), self.path.open("rb", buffering=0) as file:
            file.seek(self.start + start)
            return self._checked(file.read(count), count)

    def _checked(self, content: bytes, count: int) -> bytes:
        if len(content) < count:
            raise FormatError(f"{self.path}: an array ends {count - len(content):,} bytes too early; copy it again")
        return content


@dataclass(frozen=True)
class PackedBytes:
    """An array compressed in pieces of `piece_bytes`, the last of which may be shorter; `starts` are where each begins.

    The piece that was unpacked last is kept.
    """

    source: CodedBytes
    compressor: str
    starts: tuple[int, ...] = field(repr=False)
    piece_bytes: int
    total_bytes: int
    _last: dict[int, bytes] = field(default_factory=dict, repr=False, compare=False)

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start` on."""
        result = bytearray()
        for number in range(start // self.piece_bytes, -(-(start + count) // self.piece_bytes)):
            first = number * self.piece_bytes
            result += self._piece(number)[max(0, start - first) : max(0, start + count - first)]
        return bytes(result)

    def _piece(self, number: int) -> bytes:
        kept = self._last.get(number)
        if kept is not None:
            return kept
        packed = self.source.read(self.starts[number], self.starts[number + 1] - self.starts[number])
        wanted = min(self.piece_bytes, self.total_bytes - number * self.piece_bytes)
        with foreign_errors(self.source.path, *_FOREIGN, problem="an array's compression is damaged"):
            piece = _unpacked(self.compressor, packed, wanted)
        if len(piece) != wanted:
            raise FormatError(f"{self.source.path}: a compressed piece has {len(piece):,} bytes for {wanted:,}")
        self._last.clear()
        self._last[number] = piece
        return piece


def _unpacked(compressor: str, packed: bytes, wanted: int) -> bytes:
    """At most `wanted` bytes."""
    if compressor == "vtkZLibDataCompressor":
        return zlib.decompressobj().decompress(packed, wanted)
    if compressor == "vtkLZMADataCompressor":
        return lzma.LZMADecompressor(memlimit=1 << 28).decompress(packed, wanted)
    from imagecodecs import lz4_decode

    return bytes(lz4_decode(packed, header=False, out=min(wanted, _LZ4_RATIO * len(packed))))


@dataclass(frozen=True)
class ByteBlocks:
    """Blocks of an array whose bytes `source` gives."""

    source: Bytes
    dtype: np.dtype
    size: int
    count: int

    def read(self, start: int, stop: int) -> Iterator[NDArray]:
        """Blocks `start` to `stop`."""
        each = self.size * self.dtype.itemsize
        for number in range(start, stop):
            yield np.frombuffer(self.source.read(number * each, each), self.dtype)

    def fork(self) -> "ByteBlocks":
        """Itself: it has no position."""
        return self


def plain_bytes(source: CodedBytes, header_type: np.dtype, wanted: int) -> Bytes:
    """The array behind its length. Raises FormatError where it is shorter than `wanted`."""
    stated = int(np.frombuffer(source.read(0, header_type.itemsize), header_type)[0])
    if stated < wanted:
        raise FormatError(f"{source.path}: an array of {stated:,} bytes where {wanted:,} are wanted; it is damaged")
    source.read(header_type.itemsize + wanted - 1, 1)
    return _Behind(source, header_type.itemsize)


@dataclass(frozen=True)
class _Behind:
    """A source without its first bytes."""

    source: CodedBytes
    skipped: int

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start` on."""
        return self.source.read(self.skipped + start, count)


def packed_bytes(source: CodedBytes, header_type: np.dtype, compressor: str, wanted: int) -> PackedBytes:
    """The array behind its table of pieces. Raises FormatError where it is shorter than `wanted`, or damaged."""
    if compressor not in _COMPRESSORS:
        raise FormatError(f"{source.path}: compressed by {compressor[:60]}, which is not read; save it with ZLib")
    width = header_type.itemsize
    pieces, piece_bytes, rest = map(int, np.frombuffer(source.read(0, 3 * width), header_type))
    if (3 + pieces) * width > source.count:
        raise FormatError(f"{source.path}: an array in {pieces:,} pieces is more than the file holds; it is damaged")
    table = source.read(0, (3 + pieces) * width)
    lengths = np.frombuffer(table, header_type)[3:].tolist()
    starts = (0, *accumulate(lengths))
    data = source.behind(len(table))
    total = pieces * piece_bytes - (piece_bytes - rest if rest else 0)
    if total < wanted or not piece_bytes or rest > piece_bytes:
        raise FormatError(f"{source.path}: an array of {total:,} bytes where {wanted:,} are wanted; it is damaged")
    needed = bisect_right(range(0, wanted, piece_bytes), wanted)
    if starts[needed] > data.count:
        raise FormatError(
            f"{source.path}: {starts[needed]:,} compressed bytes are stated, the file holds {data.count:,}; it is cut "
            "off: copy it again"
        )
    return PackedBytes(data, compressor, starts, piece_bytes, total)
