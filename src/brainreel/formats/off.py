"""Object File Format (.off): vertices and polygons as text, with normals and colours or not."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, content_of, mesh_of, states_lps
from brainreel.formats.gate import foreign_errors
from brainreel.formats.header_text import whole_numbers
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.polygons import counted_cells, triangles_of
from brainreel.formats.surfaces import SurfaceMesh

_COMMENT = re.compile(rb"#[^\n]*")
_KEYWORD = re.compile(r"(ST)?(C)?(N)?(4)?(n)?OFF")
_COLORS = (3, 4)
_LARGEST = 2**53  # beyond it doubles are no whole numbers


def open_off(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The polygons of `path` as triangles; `normals`, `colors` and `texture` of vertices, `colors` of faces."""
    content = content_of(path)
    lines = [line for line in _COMMENT.sub(b"", content).splitlines() if line.strip()]
    first = lines[0].decode("latin-1").split() if lines else []
    stated = _KEYWORD.fullmatch(first[0]) if first else None
    if stated and (stated[4] or stated[5] or "BINARY" in first):
        raise FormatError(f"{path}: {' '.join(first)[:40]} is not read; save it as OFF in text with three coordinates")
    counts = " ".join(first[1:] if stated else first)
    lines = lines[1:]
    if not counts and lines:
        counts, lines = lines[0].decode("latin-1"), lines[1:]
    n, m = whole_numbers(path, "the numbers of vertices and faces", " ".join(counts.split()[:2]), 2)
    if min(n, m) < 1 or n + m > len(lines):
        raise FormatError(f"{path}: {n:,} vertices and {m:,} faces in {len(lines):,} lines; it is cut off, or damaged")
    points, arrays = _vertices(path, lines[:n], stated)
    faces, face_arrays = _faces(path, lines[n : n + m], points)
    return mesh_of(path, FileSurface(points, faces, arrays, face_arrays, states_lps(content)), options)


def _vertices(path: Path, lines: list[bytes], stated: re.Match[str] | None) -> tuple[NDArray[np.float32], list[Named]]:
    rows = _numbers(path, lines, np.full(len(lines), len(lines[0].split()))).reshape(len(lines), -1)
    texture, colors, normals = (bool(stated and stated[k]) for k in (1, 2, 3))
    left = rows.shape[1] - 3 - 3 * normals - 2 * texture
    if left not in (_COLORS if colors else (0,)):
        raise FormatError(f"{path}: {rows.shape[1]} numbers a vertex do not fit {stated[0] if stated else 'OFF'}")
    with np.errstate(over="ignore"):  # what is too large is infinite, and refused as a place
        values, at = rows.astype(np.float32), 3
    arrays = []
    for name, width in (("normals", 3 * normals), ("colors", left), ("texture", 2 * texture)):
        if width:
            arrays.append(Named(name, values[:, at : at + width], name == "normals"))
            at += width
    return values[:, :3], arrays


def _faces(path: Path, lines: list[bytes], points: NDArray) -> tuple[NDArray, list[Named]]:
    """Triangles, and the colours of faces where every line has as many numbers behind its corners."""
    widths = np.fromiter((len(line.split()) for line in lines), np.int64, len(lines))
    numbers = _numbers(path, lines, widths)
    starts = np.cumsum(widths) - widths
    sizes = numbers[starts]
    extra = widths - sizes - 1
    if (sizes != np.floor(sizes)).any() or (sizes < 0).any() or (extra < 0).any():
        raise FormatError(f"{path}: a face has fewer corners than it states; the file is damaged")
    if np.abs(numbers).max() > _LARGEST:
        raise FormatError(f"{path}: a face has {np.abs(numbers).max():g} in it; the file is damaged")
    behind = np.arange(len(numbers)) - np.repeat(starts, widths)
    is_cell = behind <= np.repeat(sizes, widths)
    cells = counted_cells(path, numbers[is_cell].astype(np.int64), len(lines))
    faces, of_face = triangles_of(path, cells, points)
    if extra[0] not in _COLORS or (extra != extra[0]).any():
        return faces, []
    colors = numbers[~is_cell].reshape(len(lines), -1).astype(np.float32)
    return faces, [Named("colors", colors[of_face])]


def _numbers(path: Path, lines: list[bytes], widths: NDArray[np.integer]) -> NDArray[np.float64]:
    with foreign_errors(path, ValueError, problem="its numbers cannot be read"):
        numbers = np.fromstring(b" ".join(lines), np.float64, sep=" ")
    if len(numbers) != widths.sum() or not np.isfinite(numbers).all():
        raise FormatError(f"{path}: its lines hold what is no number, or unequally many; the file is damaged")
    return numbers
