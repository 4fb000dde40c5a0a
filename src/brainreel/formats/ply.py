"""Polygon files (.ply), text or binary of either byte order."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, content_of, mesh_of, states_lps
from brainreel.formats.gate import foreign_errors
from brainreel.formats.header_text import one_number
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.ply_rows import Element, Listed, Order, Property, read_rows
from brainreel.formats.polygons import Cells, triangles_of
from brainreel.formats.surfaces import SurfaceMesh

_LONGEST_HEADER = 1 << 20
_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
_ORDERS: dict[str, Order] = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_PLACE = ("x", "y", "z")
_CORNERS = ("vertex_indices", "vertex_index")


@dataclass
class _Header:
    path: Path
    order: Order | None = None
    elements: list[Element] = field(default_factory=list)

    def take(self, words: list[str]) -> None:
        """One line of the header."""
        match words:
            case [] | ["comment" | "obj_info" | "ply", *_]:
                pass
            case ["format", coding, *_] if coding in _ORDERS:
                self.order = _ORDERS[coding]
            case ["element", name, count]:
                self.elements.append(Element(name, max(one_number(self.path, f"element {name[:40]}", count), 0)))
            case ["property", "list", count, kind, name] if self.elements and {count, kind} <= set(_TYPES):
                item = Property(name, np.dtype(_TYPES[kind]), np.dtype(_TYPES[count]))
                self.elements[-1].properties.append(item)
            case ["property", kind, name] if self.elements and kind in _TYPES:
                self.elements[-1].properties.append(Property(name, np.dtype(_TYPES[kind])))
            case _:
                raise FormatError(f"{self.path}: its header says {' '.join(words)[:60]!r}; it is damaged")


def open_ply(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The faces of `path` as triangles; every other property of vertices and of faces is an array of its own name."""
    content = content_of(path)
    head, mark, _ = content[:_LONGEST_HEADER].partition(b"end_header")
    if not head.startswith(b"ply") or not mark:
        raise FormatError(f"{path}: this is no PLY file: it does not begin with ply and a header that ends")
    header = _Header(path)
    for line in head.decode("latin-1").splitlines():
        header.take(line.split())
    if header.order is None:
        raise FormatError(f"{path}: its header states no format; ascii and both binary ones are read")
    begin = content.find(b"\n", len(head)) + 1 or len(content)
    tables = _tables(path, content, begin, header)
    is_lps = states_lps(head)
    return mesh_of(path, _surface(path, tables, is_lps), options)


def _tables(path: Path, content: bytes, begin: int, header: _Header) -> dict[str, dict[str, NDArray | Listed]]:
    """The rows of every element up to the faces, by property."""
    buffer, at = content, begin
    if not header.order:
        with foreign_errors(path, ValueError, problem="its numbers cannot be read"):
            buffer, at = np.fromstring(content[begin:], np.float64, sep=" ").tobytes(), 0
    tables: dict[str, dict[str, NDArray | Listed]] = {}
    for element in header.elements:
        tables[element.name], at = read_rows(path, buffer, at, element, header.order or "")
        if {"vertex", "face"} <= set(tables):
            break
    return tables


def _surface(path: Path, tables: dict[str, dict[str, NDArray | Listed]], is_lps: bool) -> FileSurface:
    vertex, face = tables.get("vertex", {}), tables.get("face", {})
    place = [vertex.get(name) for name in _PLACE]
    corners = next((face[name] for name in _CORNERS if name in face), None)
    if not isinstance(corners, Listed) or not all(isinstance(axis, np.ndarray) for axis in place):
        raise FormatError(f"{path}: has no vertex x, y, z or no face vertex_indices; a surface has both")
    points = np.stack([np.asarray(axis) for axis in place], 1)
    faces, of_face = triangles_of(path, Cells(corners.offsets, corners.values), points)
    arrays = _arrays(vertex, _PLACE, is_lps)
    face_arrays = [Named(one.name, one.values[of_face]) for one in _arrays(face, _CORNERS, is_lps)]
    return FileSurface(points, faces, arrays, face_arrays, is_lps)


def _arrays(table: dict[str, NDArray | Listed], leave: tuple[str, ...], is_lps: bool) -> list[Named]:
    """Properties by name; lists where all are as long. In LPS the normals' x and y are turned."""
    found = []
    for name, column in table.items():
        values = column.as_array() if isinstance(column, Listed) else column
        if name not in leave and values is not None:
            found.append(Named(name, -values if is_lps and name in ("nx", "ny") else values))
    return found
