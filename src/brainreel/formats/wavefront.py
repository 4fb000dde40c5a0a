"""Wavefront files (.obj): vertices, with colours or not, and faces; materials and textures are passed over."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, content_of, mesh_of, states_lps
from brainreel.formats.gate import foreign_errors
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.polygons import Cells, triangles_of
from brainreel.formats.surfaces import SurfaceMesh

_BEHIND_SLASH = re.compile(rb"/\S*")
_MNI = re.compile(rb"P(\s+[-+.\d]+){6}")
_WIDTHS = {3: None, 4: None, 6: slice(3, 6), 7: slice(4, 7)}
"""Where the colours are of vertices with as many numbers: x y z, perhaps w, perhaps r g b."""


def open_obj(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The faces of `path` as triangles, of all its objects and groups together; vertices' colours are `colors`."""
    content = content_of(path)
    if _MNI.match(content):
        raise FormatError(f"{path}: an MNI object, no Wavefront one; convert it, as with FreeSurfer's mris_convert")
    lines = [line.strip() for line in content.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").split(b"\n")]
    is_vertex = [line.startswith((b"v ", b"v\t")) for line in lines]
    vertices = [line[2:] for line, is_one in zip(lines, is_vertex, strict=True) if is_one]
    places = [number for number, line in enumerate(lines) if line.startswith((b"f ", b"f\t"))]
    if not vertices or not places:
        raise FormatError(f"{path}: {len(vertices):,} vertices and {len(places):,} faces are no surface")
    rows = _rows(path, vertices)
    points, colors = rows[:, :3].astype(np.float32), _WIDTHS[rows.shape[1]]
    cells = _faces(path, [lines[place][2:] for place in places], np.cumsum(is_vertex)[places], len(points))
    faces, _ = triangles_of(path, cells, points)
    arrays = [] if colors is None else [Named("colors", rows[:, colors].astype(np.float32))]
    return mesh_of(path, FileSurface(points, faces, arrays, (), _is_lps(content)), options)


def _is_lps(content: bytes) -> bool:
    """By the comments before the first vertex."""
    return states_lps(content[: content.find(b"\nv")])


def _rows(path: Path, lines: list[bytes]) -> NDArray[np.float64]:
    """(vertex, number)."""
    width = len(lines[0].split())
    with foreign_errors(path, ValueError, problem="its vertices cannot be read"):
        values = np.fromstring(b" ".join(lines), np.float64, sep=" ")
    if width not in _WIDTHS or len(values) != width * len(lines):
        raise FormatError(
            f"{path}: {len(lines):,} vertices of {width} numbers each do not make up {len(values):,} numbers; damaged"
        )
    return values.reshape(-1, width)


def _faces(path: Path, lines: list[bytes], seen: NDArray[np.integer], vertex_count: int) -> Cells:
    """The polygons; numbers begin at 1, or count back from the `seen` vertices before the line."""
    sizes = np.fromiter((len(line.split()) for line in lines), np.int64, len(lines))
    if sizes.min() < 3:
        raise FormatError(f"{path}: a face has {sizes.min()} corners; it is cut off, or damaged: copy it again")
    with foreign_errors(path, ValueError, OverflowError, problem="its faces cannot be read"):
        numbers = np.fromstring(_BEHIND_SLASH.sub(b"", b" ".join(lines)), np.int64, sep=" ")
    if len(numbers) != sizes.sum():
        raise FormatError(f"{path}: its faces hold what is no number; the file is damaged")
    corners = np.where(numbers < 0, numbers + np.repeat(seen, sizes), numbers - 1)
    wrong = np.flatnonzero((numbers == 0) | (corners < 0) | (corners >= vertex_count))
    if len(wrong):
        raise FormatError(
            f"{path}: a face names vertex {numbers[wrong[0]]}, but there are {vertex_count:,} from 1 on; it is damaged"
        )
    return Cells(np.concatenate([[0], np.cumsum(sizes)]), corners)
