"""Legacy VTK files (.vtk) with a dataset POLYDATA, of versions 1.0 to 5.1."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import Named, content_of, states_lps
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.polydata import PolyData, mesh_of_polydata
from brainreel.formats.polygons import NO_CELLS, Cells, checked_cells, counted_cells
from brainreel.formats.surfaces import SurfaceMesh
from brainreel.formats.vtk_text import VtkText, decoded

_CELLS = ("VERTICES", "LINES", "POLYGONS", "TRIANGLE_STRIPS")
_COMPONENTS = {"VECTORS": 3, "NORMALS": 3, "TENSORS": 9, "TENSORS6": 6, "GLOBAL_IDS": 1, "EDGE_FLAGS": 1}
_DIRECTIONS = ("VECTORS", "NORMALS")


@dataclass
class _Parts:
    """What was met in the file so far."""

    points: NDArray | None = field(default=None, repr=False)
    cells: dict[str, Cells] = field(default_factory=dict, repr=False)
    arrays: dict[str, list[Named]] = field(default_factory=lambda: {"POINT_DATA": [], "CELL_DATA": []})
    of: str = ""
    count: int = 0


def open_polydata(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The polygons and strips in `path` as triangles, with all arrays of numbers of its points and cells."""
    file = VtkText(path, content_of(path))
    file.begin()
    parts = _Parts()
    while words := file.line():
        _take(file, parts, words[0].upper(), words[1:])
    if parts.points is None:
        raise FormatError(f"{path}: its POLYDATA has no POINTS; it is cut off, or damaged")
    vertices, lines, polygons, strips = (parts.cells.get(kind, NO_CELLS) for kind in _CELLS)
    of_points, of_cells = parts.arrays.values()
    data = PolyData(
        parts.points, len(vertices), len(lines), polygons, strips, of_points, of_cells, states_lps(file.title)
    )
    return mesh_of_polydata(path, data, options)


def _take(file: VtkText, parts: _Parts, word: str, rest: list[str]) -> None:
    """One section of the file, from its first line to its last value."""
    if word == "DATASET":
        if (stated := " ".join(rest).upper()) != "POLYDATA":
            raise FormatError(f"{file.path}: a dataset of {stated[:40]} where POLYDATA is read")
    elif word == "POINTS":
        count, kind = _words(file, word, rest, 2)
        parts.points = file.numbers(3 * file.count(count), kind).reshape(-1, 3)
        file.metadata()
    elif word in _CELLS:
        parts.cells[word] = _cells(file, word, rest)
    elif word in parts.arrays:
        parts.of, parts.count = word, file.count(_words(file, word, rest, 1)[0])
    elif word == "FIELD":
        found = [file.named_array() for _ in range(file.count(_words(file, word, rest, 2)[1]))]
        if parts.of:
            parts.arrays[parts.of] += [array for array in found if array is not None]
    elif parts.of:
        _attribute(file, parts, word, rest)
    else:
        raise FormatError(f"{file.path}: {word[:40]!r} is not expected where it stands; the file is damaged")


def _words(file: VtkText, word: str, rest: list[str], count: int) -> list[str]:
    if len(rest) < count:
        raise FormatError(f"{file.path}: behind {word} {count} words are wanted, {' '.join(rest)[:40]!r} is there")
    return rest[:count]


def _cells(file: VtkText, word: str, rest: list[str]) -> Cells:
    """Cells one after the other behind their sizes; since version 5 offsets and corners apart."""
    first, second = (file.count(number) for number in _words(file, word, rest, 2))
    if file.major >= 5:
        offsets, corners = (_part(file, name, count) for name, count in (("OFFSETS", first), ("CONNECTIVITY", second)))
        if not len(offsets):
            return NO_CELLS
        _require_big_endian(file, offsets, [len(corners)])
        return checked_cells(file.path, offsets, corners)
    values = file.numbers(second, "int")
    _require_big_endian(file, values, range(len(values)))
    return counted_cells(file.path, values, first)


def _part(file: VtkText, name: str, count: int) -> NDArray:
    words = file.line()
    if len(words) != 2 or words[0].upper() != name:
        raise FormatError(f"{file.path}: {name} of cells are wanted where {' '.join(words)[:40]!r} stands; damaged")
    return file.numbers(count, words[1])


def _require_big_endian(file: VtkText, values: NDArray, possible: "range | list[int]") -> None:
    """Raise FormatError where the first size (the last offset) is none, but would be the other way round."""
    if file.is_text or not len(values):
        return
    number = values[0] if isinstance(possible, range) else values[-1]
    if int(number) not in possible and int(number.byteswap()) in possible and int(number.byteswap()) > 0:
        raise FormatError(
            f"{file.path}: its binary values are little-endian, legacy VTK files are big-endian; write it with VTK "
            "itself, or as text, or as .vtp"
        )


def _attribute(file: VtkText, parts: _Parts, word: str, rest: list[str]) -> None:
    """An array by its keyword."""
    if word == "LOOKUP_TABLE":
        size = file.count(_words(file, word, rest, 2)[1])
        file.numbers(4 * size, "float" if file.is_text else "unsigned_char")
        return
    if word == "PEDIGREE_IDS" and len(rest) > 1 and rest[1].lower() == "string":
        file.pass_strings(parts.count)
        return
    name, values = _values(file, word, rest, parts.count)
    parts.arrays[parts.of].append(Named(decoded(name), values, word in _DIRECTIONS, file.metadata()))


def _values(file: VtkText, word: str, rest: list[str], count: int) -> tuple[str, NDArray]:
    name = _words(file, word, rest, 2)[0]
    if word == "SCALARS":
        components = file.count(rest[2]) if len(rest) > 2 else 1
        if [each.upper() for each in file.ahead()[:1]] == ["LOOKUP_TABLE"]:
            file.line()
        values = file.numbers(count * components, rest[1])
    elif word == "COLOR_SCALARS":
        components = file.count(rest[1])
        values = file.numbers(count * components, "float" if file.is_text else "unsigned_char")
        if file.is_text:
            values = np.clip(np.nan_to_num(values.astype(float)) * 255 + 0.5, 0, 255).astype(np.uint8)
    elif word == "TEXTURE_COORDINATES":
        components = file.count(rest[1])
        values = file.numbers(count * components, _words(file, word, rest, 3)[2])
    elif word in _COMPONENTS or word == "PEDIGREE_IDS":
        components = _COMPONENTS.get(word, 1)
        values = file.numbers(count * components, rest[1])
    else:
        raise FormatError(f"{file.path}: {word[:40]!r} is not expected where it stands; the file is damaged")
    return name, values.reshape(count, components) if components != 1 else values
