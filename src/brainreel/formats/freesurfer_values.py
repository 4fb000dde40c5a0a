"""FreeSurfer's values per vertex (`lh.sulc`, `lh.thickness`), big-endian, of both kinds.

Today's: FF FF FF, int32 n, int32 faces, int32 1, float32 values. Of the last century: 3-byte n, 3-byte faces, int16
hundredths.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.streams import unpacked

_MORPH = b"\xff\xff\xff"
_MOST_OLD = 1 << 22
"""Vertices of the largest surface whose values are taken for those of the last century."""


def open_morph(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The values in `path` as a series of one moment."""
    rows = read_morph(path).reshape(1, -1)
    return RowSeries(path, path.name, time_axis(path, 1, options), options.hemi or hemisphere_of(path.name), rows)


def read_morph(path: Path) -> NDArray[np.float32]:
    """The values per vertex (n,) in `path`, whether FreeSurfer wrote them or GIFTI."""
    if path.name.endswith((".gii", ".gii.gz")):
        from brainreel.formats.gifti import read_scalars

        return read_scalars(path)
    content = unpacked(path)
    if is_old_morph(content[:6], len(content)):
        return (np.frombuffer(content, ">i2", offset=6) / 100).astype(np.float32)
    if not is_morph(content):
        raise FormatError(
            f"{path}: {int.from_bytes(content[3:7], 'big'):,} values of 4 bytes behind 15 do not make up its "
            f"{len(content):,} bytes; it is cut off, or of a kind that is not read"
        )
    return np.frombuffer(content, ">f4", offset=15).astype(np.float32)


def is_morph(content: bytes) -> bool:
    """Whether `content` is all of a file of today's values: the first bytes are those of an old surface too."""
    count, per_vertex = int.from_bytes(content[3:7], "big"), int.from_bytes(content[11:15], "big")
    return content.startswith(_MORPH) and per_vertex == 1 and count > 0 and len(content) == 15 + 4 * count


def is_old_morph(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `head` is one of the last century's values."""
    count, faces = int.from_bytes(head[:3], "big"), int.from_bytes(head[3:6], "big")
    return 3 < count < _MOST_OLD and 0 < faces <= 2 * count and size == 6 + 2 * count


def looks_like_quadrangles(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `head`, the bytes of today's values, is an old surface."""
    vertices, quads = int.from_bytes(head[3:6], "big"), int.from_bytes(head[6:9], "big")
    values = int.from_bytes(head[3:7], "big")
    return size != 15 + 4 * values and vertices > 0 and quads > 0 and size >= 9 + 6 * vertices + 12 * quads
