"""VTK's XML surfaces (.vtp): arrays as text, base64 or raw, within the XML or appended to it, compressed or not."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import Named
from brainreel.formats.gate import require_file
from brainreel.formats.header_text import one_number
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.polydata import PolyData, joined_polydata, mesh_of_polydata
from brainreel.formats.polygons import NO_CELLS, Cells, checked_cells
from brainreel.formats.surfaces import SurfaceMesh
from brainreel.formats.vtk_xml import VtkXml, array_values, read_vtk_xml

_DIRECTIONS = ("Vectors", "Normals")
_LPS = b"LPS"
_MOST_COMPONENTS = 1 << 16
_LONGEST_UNIT = 40


@dataclass(frozen=True)
class _File:
    path: Path
    xml: VtkXml

    def number(self, element: Element, key: str, otherwise: str = "0") -> int:
        """An attribute that counts something."""
        number = one_number(self.path, key, element.get(key, otherwise))
        if number < 0:
            raise FormatError(f"{self.path}: {key} is {number}; it is damaged")
        return number

    def values(self, array: Element, count: int) -> NDArray:
        """`count` values of one number, or of NumberOfComponents."""
        components = self.number(array, "NumberOfComponents", "1")
        if components > _MOST_COMPONENTS:
            raise FormatError(f"{self.path}: {components:,} components are no array of values; it is damaged")
        values = array_values(self.path, self.xml, array, count * components)
        return values if components == 1 else values.reshape(count, components)


def open_vtp(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The polygons and strips in `path` as triangles, all pieces together, with all arrays of numbers."""
    require_file(path)
    file = _File(path, read_vtk_xml(path))
    root = file.xml.root
    found = root.find("PolyData")
    if root.tag != "VTKFile" or found is None:
        raise FormatError(f"{path}: a VTK file of type {root.get('type', 'none')!r}; in a .vtp PolyData is read")
    pieces = [_piece(file, piece) for piece in found.findall("Piece")]
    pieces = [piece for piece in pieces if len(piece.points)]
    if not pieces:
        raise FormatError(f"{path}: has no points; a surface has triangles")
    return mesh_of_polydata(path, joined_polydata(path, pieces, _is_lps(file, found)), options)


def _piece(file: _File, piece: Element) -> PolyData:
    count = file.number(piece, "NumberOfPoints")
    holder = piece.find("Points/DataArray")
    if count and holder is None:
        raise FormatError(f"{file.path}: {count:,} points are stated and none are there; it is damaged")
    points = np.empty((0, 3), np.float32) if holder is None else file.values(holder, count)
    if points.ndim != 2 or points.shape[1] != 3:
        raise FormatError(f"{file.path}: points of shape {points.shape}; a surface has (vertex, 3)")
    vertices, lines = (file.number(piece, f"NumberOf{kind}") for kind in ("Verts", "Lines"))
    polygons, strips = (_cells(file, piece, kind) for kind in ("Polys", "Strips"))
    cells = vertices + lines + len(polygons) + len(strips)
    arrays, cell_arrays = _arrays(file, piece.find("PointData"), count), _arrays(file, piece.find("CellData"), cells)
    return PolyData(points, vertices, lines, polygons, strips, arrays, cell_arrays)


def _cells(file: _File, piece: Element, kind: str) -> Cells:
    count = file.number(piece, f"NumberOf{kind}")
    if not count:
        return NO_CELLS
    arrays = {array.get("Name"): array for array in piece.findall(f"{kind}/DataArray")}
    if "offsets" not in arrays or "connectivity" not in arrays:
        raise FormatError(f"{file.path}: {count:,} {kind} are stated without offsets or connectivity; it is damaged")
    ends = file.values(arrays["offsets"], count)
    corners = file.values(arrays["connectivity"], max(int(ends[-1]), 0))
    return checked_cells(file.path, np.concatenate([ends[:1] * 0, ends]), corners)


def _arrays(file: _File, holder: Element | None, count: int) -> list[Named]:
    """Arrays of numbers; those of strings are passed over."""
    if holder is None:
        return []
    directions = {holder.get(kind) for kind in _DIRECTIONS}
    named = ((array.get("Name", ""), array) for array in holder.findall("DataArray"))
    return [Named(name, file.values(array, count), name in directions, _unit(array)) for name, array in named]


def _unit(array: Element) -> str:
    """The unit that an array's UNITS_LABEL states."""
    stated = [key for key in array.findall("InformationKey") if key.get("name") == "UNITS_LABEL"]
    return " ".join((stated[0].text or "").split())[:_LONGEST_UNIT] if stated else ""


def _is_lps(file: _File, data: Element) -> bool:
    """Whether the field SPACE says so, as 3D Slicer writes it; a file that says nothing is taken to be in RAS."""
    spaces = [array for array in data.findall("FieldData/Array") if array.get("Name") == "SPACE"]
    return bool(spaces) and array_values(file.path, file.xml, spaces[0], len(_LPS)).tobytes() == _LPS
