"""Forward reading of gzip files, a bounded piece at a time."""

import zlib
from pathlib import Path

from brainreel.errors import FormatError
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors

_CHUNK_BYTES = 1 << 20
_GZIP_WINDOW = 31  # zlib's way of saying: a gzip header, then the largest window
_LARGEST_RATIO = 1032  # the most that deflate can shrink


class GzipStream:
    """The bytes inside a gzip file, forward only; concatenated members are one stream, anything after them is ignored.

    The file is open only while a chunk of it is read.
    """

    def __init__(self, path: Path):
        self._path = path
        self._offset = 0
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        self._input = b""
        self._ended = False

    def read_into(self, target: bytearray) -> int:
        """Fill `target`; the number of bytes, smaller only at the end. Raises FormatError where the file is damaged."""
        view = memoryview(target)
        filled = 0
        while filled < len(view) and (piece := self._piece(len(view) - filled)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def skip(self, count: int) -> int:
        """Pass over `count` bytes; the number of bytes passed, smaller only at the end."""
        passed = 0
        while passed < count and (piece := self._piece(min(count - passed, _CHUNK_BYTES))):
            passed += len(piece)
        return passed

    def verify_end(self) -> None:
        """Raise FormatError where the checksum behind the last byte does not fit."""
        self._piece(1)

    def _piece(self, limit: int) -> bytes:
        """Between 1 and `limit` bytes more; none at the end."""
        while not self._ended:
            if self._inflate.eof:
                self._begin_next_member()
                continue
            self._input = self._input or self._read_chunk()
            at_end = not self._input
            with foreign_errors(self._path, zlib.error, problem="the gzip data are damaged; copy it again"):
                piece = self._inflate.decompress(self._input, limit)
            self._input = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                return piece
            if at_end and not self._inflate.eof:
                raise FormatError(f"{self._path}: the gzip file is cut off in the middle; copy it again")
        return b""

    def _begin_next_member(self) -> None:
        if len(self._input) < len(GZIP_MAGIC):
            self._input += self._read_chunk()
        if self._input.startswith(GZIP_MAGIC):
            self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        else:
            self._ended = True

    def _read_chunk(self) -> bytes:
        with foreign_errors(self._path), self._path.open("rb", buffering=0) as file:
            file.seek(self._offset)
            chunk = file.read(_CHUNK_BYTES)
        self._offset += len(chunk)
        return chunk


def inflated_bytes(path: Path, wanted: int) -> int:
    """How many bytes lie in the gzip file, or `wanted` where it has at least those; holds none of them.

    The size that gzip keeps in its last four bytes is believed where it equals `wanted`. Otherwise the file may be cut
    off or have several members, so it is read through. Raises FormatError where it is damaged.
    """
    with foreign_errors(path), path.open("rb") as file:
        most = file.seek(0, 2) * _LARGEST_RATIO
        file.seek(-min(4, most), 2)
        stated = int.from_bytes(file.read(4), "little")
    if wanted > most:
        return most
    if stated == wanted % 2**32:
        return wanted
    stream = GzipStream(path)
    held = stream.skip(wanted)
    stream.verify_end()
    return held


def gunzip(path: Path) -> bytes:
    """All bytes inside the gzip file."""
    stream, pieces = GzipStream(path), bytearray()
    while piece := stream._piece(_CHUNK_BYTES):
        pieces += piece
    return bytes(pieces)
