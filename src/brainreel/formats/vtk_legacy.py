"""Legacy VTK files (.vtk) with a dataset STRUCTURED_POINTS: text or big-endian binary."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import HeldBlocks, file_blocks
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.grid_opening import open_grid, require_voxels, role_of_values
from brainreel.formats.grids import Axis, Grid
from brainreel.formats.header_text import floats, one_number, text_values, whole_numbers
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.vtk_place import place_of_points

_LONGEST_LINE = 1 << 16
_MOST_LINES = 1 << 16
LEGACY_TYPES = {
    "char": "i1", "signed_char": "i1", "unsigned_char": "u1", "short": "i2", "unsigned_short": "u2", "int": "i4",
    "unsigned_int": "u4", "long": "i8", "unsigned_long": "u8", "vtktypeint64": "i8", "vtktypeuint64": "u8",
    "vtkidtype": "i4", "float": "f4", "double": "f8",
}  # fmt: skip
"""NumPy's names of the types of values, by the format's own in lower case."""

_COMPONENTS = {"VECTORS": 3, "NORMALS": 3, "TENSORS": 9, "TENSORS6": 6}


@dataclass
class _Header:
    """What the lines before the first array of points (or cells) say; the file is read up to there."""

    path: Path
    file: BinaryIO = field(repr=False)
    is_text: bool = False
    sizes: list[int] = field(default_factory=list)
    origin: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    spacing: list[float] = field(default_factory=lambda: [1.0, 1.0, 1.0])
    of_cells: bool | None = None
    dtype: np.dtype | None = None
    components: int = 1
    are_fractions: bool = False

    def line(self) -> list[str]:
        """The words of the next line that has any; none at the end."""
        for _ in range(_MOST_LINES):
            line = self.file.readline(_LONGEST_LINE)
            if words := line.decode("latin-1").split():
                return words
            if not line:
                break
        return []

    def read(self) -> None:
        """Read up to the first value of the first array."""
        if not self.file.readline(256).startswith(b"# vtk DataFile"):
            raise FormatError(f"{self.path}: this is no legacy VTK file: it does not begin with # vtk DataFile")
        self.file.readline(_LONGEST_LINE)
        coding = " ".join(self.line()).upper()
        if coding not in ("ASCII", "BINARY"):
            raise FormatError(f"{self.path}: its third line says {coding[:40]!r}, neither ASCII nor BINARY")
        self.is_text = coding == "ASCII"
        for _ in range(_MOST_LINES):
            words = self.line()
            if not words:
                break
            self._take(words[0].upper(), words[1:])
            if self.dtype is not None:
                return
        raise FormatError(f"{self.path}: ends before the values of a point; it holds no volume, or is cut off")

    def _take(self, word: str, rest: list[str]) -> None:
        """One line of the header."""
        text = " ".join(rest)
        if word == "DATASET":
            if text.upper() != "STRUCTURED_POINTS":
                raise FormatError(
                    f"{self.path}: a dataset of {text[:40]}; of legacy VTK files those of STRUCTURED_POINTS are read"
                )
        elif word == "DIMENSIONS":
            self.sizes = whole_numbers(self.path, word, text, 3)
        elif word == "ORIGIN":
            self.origin = floats(self.path, word, text, 3)
        elif word in ("SPACING", "ASPECT_RATIO"):
            self.spacing = floats(self.path, word, text, 3)
        elif word in ("POINT_DATA", "CELL_DATA"):
            self.of_cells = word == "CELL_DATA"
        elif word == "METADATA":
            while self.file.readline(_LONGEST_LINE).strip():
                pass
        elif word == "FIELD":
            self._field(rest)
        else:
            self._array(word, rest)

    def _array(self, word: str, rest: list[str]) -> None:
        if self.of_cells is None or len(rest) < 2:
            raise FormatError(f"{self.path}: {word[:40]!r} is not expected where it stands; the file is damaged")
        if word == "SCALARS":
            self._is(rest[1], one_number(self.path, word, rest[2]) if len(rest) > 2 else 1)
            here = self.file.tell()
            if self.file.readline(256).split()[:1] != [b"LOOKUP_TABLE"]:
                self.file.seek(here)
        elif word == "COLOR_SCALARS":
            self.are_fractions = self.is_text
            self._is("unsigned_char", one_number(self.path, word, rest[1]))
        elif word in _COMPONENTS:
            self._is(rest[1], _COMPONENTS[word])
        else:
            raise FormatError(f"{self.path}: its first array is {word[:40]}; save one of SCALARS or VECTORS first")

    def _field(self, rest: list[str]) -> None:
        """Arrays by name: the first of the points' is drawn, those of the dataset itself are passed over."""
        count = one_number(self.path, "FIELD", rest[1] if len(rest) > 1 else "")
        for _ in range(min(count, _MOST_LINES)):
            words = self.line()
            while words[:1] == ["METADATA"]:
                self._take("METADATA", [])
                words = self.line()
            if len(words) != 4:
                raise FormatError(f"{self.path}: an array of a FIELD says {' '.join(words)[:60]!r}; it is damaged")
            if self.of_cells is not None:
                self._is(words[3], one_number(self.path, "FIELD", words[1]))
                return
            self._pass_over(words)

    def _pass_over(self, words: list[str]) -> None:
        tuples, width = (one_number(self.path, "FIELD", word) for word in (words[2], words[1]))
        count = tuples * width
        if count < 0:
            raise FormatError(f"{self.path}: an array of a FIELD has {count} values; it is damaged")
        if not self.is_text and words[3].lower() != "string":
            self.file.seek(count * self._type(words[3]).itemsize, 1)
            return
        while count > 0 and (line := self.line()):
            count -= 1 if words[3].lower() == "string" else len(line)

    def _is(self, type_name: str, components: int) -> None:
        self.dtype, self.components = self._type(type_name), components

    def _type(self, name: str) -> np.dtype:
        if name.lower() not in LEGACY_TYPES:
            raise FormatError(f"{self.path}: values of type {name[:40]} are not read; convert them to float")
        return np.dtype(LEGACY_TYPES[name.lower()]).newbyteorder(">")


def open_vtk(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The first array of the points of `path`, of the cells where there is none; lengths are taken for millimetres.

    Raises FormatError before any voxel is read where the header is wrong, or claims more than the file holds.
    """
    require_file(path)
    with foreign_errors(path), path.open("rb") as file:
        header = _Header(path, file)
        header.read()
        start = file.tell()
    dtype = header.dtype
    assert dtype is not None
    if not header.sizes:
        raise FormatError(f"{path}: states no DIMENSIONS before its values; it is damaged")
    sizes = tuple(max(n - 1, 1) for n in header.sizes) if header.of_cells else tuple(header.sizes)
    require_voxels(path, (header.components, *header.sizes))
    values = (Axis(header.components, role_of_values(dtype, header.components, options)),) * (header.components > 1)
    place = place_of_points(header.origin, header.spacing, [1, 0, 0, 0, 1, 0, 0, 0, 1], of_cells=bool(header.of_cells))
    axes = (*values, *(Axis(size, "space") for size in sizes))
    grid = Grid(path, (path,), axes, dtype.newbyteorder("=") if header.is_text else dtype, place)
    if not header.is_text:
        return open_grid(grid, file_blocks(path, dtype, grid.sizes, grid.space[2], None, start), options)
    return open_grid(grid, _text_blocks(header, start, grid), options)


def _text_blocks(header: _Header, start: int, grid: Grid) -> HeldBlocks:
    """The numbers behind the header; colours are written as fractions of 255 there."""
    with foreign_errors(header.path), header.path.open("rb") as file:
        file.seek(start)
        text = file.read()
    stored = np.dtype(np.float64) if header.are_fractions else grid.dtype
    blocks = text_values(header.path, text, stored, grid.sizes, grid.space[2])
    if not header.are_fractions:
        return blocks
    bytes_of_colors = np.clip(np.nan_to_num(blocks.array) * 255 + 0.5, 0, 255)
    return HeldBlocks(bytes_of_colors.astype(np.uint8))
