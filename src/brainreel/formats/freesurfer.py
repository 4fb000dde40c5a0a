"""FreeSurfer's surfaces (`lh.pial`): triangles, quadrangles of both kinds, and ASCII.

Big-endian: triangles begin with FF FF FE, a text up to an empty line, int32 n and m, float32 points, int32 faces.
Quadrangles begin with FF FF FD (float32 points) or FF FF FF (int16 hundredths of a mm), then 3-byte n, m, points and
4 3-byte vertices each; values per vertex of today begin with FF FF FF too and are told apart by their length.

Read here and not through nibabel, which allocates what a damaged header claims and overlooks the useRealRAS tag.
"""

import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.freesurfer_values import is_morph, looks_like_quadrangles, open_morph, read_morph
from brainreel.formats.gate import foreign_errors
from brainreel.formats.hemispheres import hemisphere_of, morph_files
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries
from brainreel.formats.streams import unpacked
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh

_TRIANGLES, _QUADS, _OLD_QUADS = b"\xff\xff\xfe", b"\xff\xff\xfd", b"\xff\xff\xff"
_ASCII = b"#!ascii"
_CRAS = re.compile(rb"\ncras\s*=\s*(\S+)\s+(\S+)\s+(\S+)")
_USE_REAL_RAS = (2).to_bytes(4, "big") + (1).to_bytes(4, "big")
_Surface = tuple[NDArray, NDArray]


def open_surface(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The surface in `path`, moved from FreeSurfer's surface coordinates (tkRAS) by c_ras into the scanner's.

    Files without volume geometry stay where they are; quadrangles are split as nibabel does. Raises FormatError where
    the file is damaged or none of these.
    """
    content = unpacked(path)
    if content.startswith(_TRIANGLES):
        points, faces = _triangles(path, content)
    elif content.startswith(_QUADS) or (content.startswith(_OLD_QUADS) and not is_morph(content)):
        points, faces = _quadrangles(path, content)
    elif content.startswith(_ASCII):
        points, faces = _ascii(path, content)
    else:
        raise FormatError(f"{path}: no FreeSurfer surface; convert it with mris_convert")
    arrays = MorphArrays(morph_files(path), len(points), read_morph)
    return surface_mesh(path, points, faces, options.hemi or hemisphere_of(path.name), arrays)


def open_values(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh | RowSeries:
    """The values per vertex in `path`, which begin as surfaces of the last century do, or such a surface."""
    return open_surface(path, options) if sniff_morph(path) == "mesh" else open_morph(path, options)


def sniff_morph(path: Path) -> str:
    """ "mesh" or "array", by the length that each kind has."""
    content = unpacked(path)
    return "mesh" if looks_like_quadrangles(content[:9], len(content)) else "array"


def count_vertices(content: bytes) -> int | None:
    """How many vertices the surface that begins with `content` states; None where it does not say."""
    if content.startswith(_TRIANGLES):
        start = content.find(b"\n\n") + 2
        return int.from_bytes(content[start : start + 4], "big") if start > 1 else None
    if content.startswith((_QUADS, _OLD_QUADS)):
        return int.from_bytes(content[3:6], "big")
    stated = re.match(rb"#!ascii[^\n]*\n\s*(\d{1,9})\s", content)
    return int(stated[1]) if stated else None


def scanner_from_surface(path: Path) -> NDArray[np.float32]:
    """c_ras (3,) in mm: what is added to FreeSurfer's surface coordinates (tkRAS) of the triangles in `path`."""
    content = unpacked(path)
    n, m = count_vertices(content) or 0, 0
    start = content.find(b"\n\n") + 2
    if content.startswith(_TRIANGLES) and start + 8 <= len(content):
        m = int.from_bytes(content[start + 4 : start + 8], "big")
    return _scanner_from_surface(path, content[start + 8 + 12 * (n + m) :])


def _triangles(path: Path, content: bytes) -> _Surface:
    start = content.find(b"\n\n") + 2
    n, m = struct.unpack_from(">2i", content, start) if 1 < start <= len(content) - 8 else (0, 0)
    if n < 1 or m < 1:
        raise FormatError(f"{path}: the surface's header is damaged; copy it again")
    end = start + 8 + 12 * (n + m)
    _require_bytes(path, content, n, m, end)
    points = np.frombuffer(content, ">f4", 3 * n, start + 8).reshape(n, 3)
    faces = np.frombuffer(content, ">i4", 3 * m, start + 8 + 12 * n).reshape(m, 3)
    return points + _scanner_from_surface(path, content[end:]), faces


def _quadrangles(path: Path, content: bytes) -> _Surface:
    """Each quadrangle as two triangles, cut along the diagonal that nibabel and FreeSurfer take."""
    n, m = int.from_bytes(content[3:6], "big"), int.from_bytes(content[6:9], "big")
    dtype, unit = (">f4", 1.0) if content.startswith(_QUADS) else (">i2", 100.0)
    begin = 9 + 3 * n * np.dtype(dtype).itemsize
    if min(n, m) < 1:
        raise FormatError(f"{path}: the surface's header is damaged; copy it again")
    _require_bytes(path, content, n, m, begin + 12 * m)
    with np.errstate(invalid="ignore"):  # what is no number is refused with its vertex
        points = np.frombuffer(content, dtype, 3 * n, 9).reshape(n, 3) / unit
    bytes_of = np.frombuffer(content, np.uint8, 12 * m, begin).reshape(m, 4, 3).astype(np.int32)
    a, b, c, d = (bytes_of @ np.array([1 << 16, 1 << 8, 1], np.int32)).T
    is_even = (a % 2 == 0)[:, None]
    first = np.where(is_even, np.stack([a, b, d], -1), np.stack([a, b, c], -1))
    second = np.where(is_even, np.stack([c, d, b], -1), np.stack([a, c, d], -1))
    return points, np.stack([first, second], 1).reshape(-1, 3)


def _ascii(path: Path, content: bytes) -> _Surface:
    """Lines of a comment, `n m`, n times `x y z flag`, m times `a b c flag`."""
    lines = content.split(b"\n")[1:]
    with foreign_errors(path, ValueError, IndexError, OverflowError, problem="this is no ASCII surface"):
        n, m = (int(word) for word in lines[0].split())
        if n < 1 or m < 1 or n + m >= len(lines):
            raise FormatError(f"{path}: states {n:,} vertices and {m:,} faces in {len(lines):,} lines; it is cut off")
        points = np.array([line.split()[:3] for line in lines[1 : n + 1]], np.float64)
        faces = np.array([line.split()[:3] for line in lines[n + 1 : n + m + 1]], np.int64)
    return points, faces


def _require_bytes(path: Path, content: bytes, n: int, m: int, end: int) -> None:
    if end > len(content):
        raise FormatError(
            f"{path}: {n:,} vertices and {m:,} faces need {end:,} bytes, but the file holds "
            f"{len(content):,}; copy it again"
        )


def _scanner_from_surface(path: Path, footer: bytes) -> NDArray[np.float32]:
    """c_ras (3,) in mm from what follows the faces, 0 where it is invalid, absent, or already applied."""
    stated = _CRAS.search(footer)
    if footer.startswith(_USE_REAL_RAS) or re.search(rb"valid\s*=\s*0", footer) or not stated:
        return np.zeros(3, np.float32)
    with foreign_errors(path, ValueError, problem="its c_ras is no point"):
        return np.array([float(value) for value in stated.groups()], np.float32)
