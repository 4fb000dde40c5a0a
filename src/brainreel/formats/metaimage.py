"""MetaImage, attached (.mha) and detached (.mhd), as ITK reads it."""

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import Blocks, file_blocks
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.grid_opening import open_grid, require_voxels, role_of_values
from brainreel.formats.grids import Axis, Grid
from brainreel.formats.header_text import (
    beside,
    floats,
    join,
    joined,
    numbered_files,
    one_number,
    read_head,
    text_values,
    whole_numbers,
)
from brainreel.formats.options import NO_OPTIONS, ReadOptions

log = logging.getLogger("brainreel")
_END = re.compile(rb"(?<![^\n])ElementDataFile[ \t]*=[^\n]*(\n|$)", re.IGNORECASE)
_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_ROLES = ("space", "space", "space", "time")
_SYNONYMS = {
    "elementbyteordermsb": "binarydatabyteordermsb",
    "position": "offset",
    "origin": "offset",
    "rotation": "transformmatrix",
    "orientation": "transformmatrix",
}
_LPS = "RAI"  # MetaImage names the sides that axes come from: ITK's world goes right to left, and so on


@dataclass(frozen=True)
class _Header:
    """`fields` by their lower-case names; `names` are the lines behind a LIST; `end` is the byte behind the header."""

    path: Path
    fields: dict[str, str]
    names: tuple[str, ...]
    end: int

    def required(self, name: str) -> str:
        """A field without which there is nothing to read."""
        if name.lower() not in self.fields:
            raise FormatError(f"{self.path}: its header has no {name}; it is no MetaImage, or damaged")
        return self.fields[name.lower()]

    def flag(self, name: str) -> bool:
        """Whether the field says True."""
        return self.fields.get(name.lower(), "").lower() in ("true", "1", "t", "y", "yes")

    def number(self, name: str, default: int) -> int:
        """A whole number, or the default where there is none."""
        return one_number(self.path, name, self.fields.get(name.lower(), str(default)))


def open_metaimage(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """What is in `path`: a volume, several moments, channels, or the channels of a colour image.

    Its world is ITK's, left-posterior-superior, brought to RAS; AnatomicalOrientation is passed over where it differs
    (with a warning), as ITK and Slicer do. Raises FormatError before any voxel is read where the header is wrong, or
    claims more than the file holds.
    """
    header = _read_header(path)
    dimension = header.number("NDims", 3)
    sizes = tuple(whole_numbers(path, "DimSize", header.required("DimSize"), dimension))
    require_voxels(path, sizes)
    if not 2 <= dimension <= 4:
        raise FormatError(f"{path}: NDims is {dimension}; images of 2 to 4 dimensions are read")
    dtype = _dtype_of(header)
    count = header.number("ElementNumberOfChannels", 1)
    require_voxels(path, (count, *sizes))
    values = (Axis(count, role_of_values(dtype, count, options)),) if count > 1 else ()
    axes = tuple(Axis(size, role) for size, role in zip((*sizes, 1)[: max(3, dimension)], _ROLES, strict=False))
    files = _files_of(header, most=math.prod(sizes))
    world_from_voxel, unit = _place_of(header, dimension)
    grid = Grid(
        path, (path, *[file for file in files if file != path]), (*values, *axes), dtype, world_from_voxel, unit
    )
    return open_grid(grid, _blocks_of(header, grid, files), options)


def _read_header(path: Path) -> _Header:
    head = require_file(path)
    if not re.search(rb"^\s*(ObjectType|NDims|Comment|ObjectSubType|TransformType|ID|BinaryData)\b", head, re.M):
        raise FormatError(f"{path}: this is no MetaImage: its first lines name no ObjectType or NDims")
    _, end = read_head(path, _END)
    with foreign_errors(path), path.open("rb") as file:
        text = file.read(end).decode("utf-8", "replace")
    fields = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not line.strip():
            continue
        if not equals:
            raise FormatError(f"{path}: line {number} of the header, {line[:60]!r}, is no field; it is damaged")
        name = name.strip().lower()
        fields[_SYNONYMS.get(name, name)] = value.strip()
    header = _Header(path, fields, (), end)
    if not re.match(r"LIST\b", header.required("ElementDataFile")):
        return header
    rest, _ = read_head(path, re.compile(rb"(?!)"))
    names = rest[end:].decode("utf-8", "replace").splitlines()
    return _Header(path, fields, tuple(name for name in names if name.strip()), end)


def _dtype_of(header: _Header) -> np.dtype:
    stated = header.required("ElementType").upper().removesuffix("_ARRAY")
    if stated not in _TYPES:
        raise FormatError(f"{header.path}: ElementType {stated[:40]} is not read; convert it to MET_FLOAT")
    return np.dtype(_TYPES[stated]).newbyteorder("big" if header.flag("BinaryDataByteOrderMSB") else "little")


def _files_of(header: _Header, most: int) -> list[Path]:
    """The files that hold the voxels, the header's own where they lie behind it."""
    stated = header.required("ElementDataFile")
    if stated.upper() == "LOCAL":
        return [header.path]
    if re.match(r"LIST\b", stated):
        if not 0 < len(header.names) <= most:
            raise FormatError(f"{header.path}: lists {len(header.names)} files for {most} planes")
        return [beside(header.path, name) for name in header.names]
    if "%" in stated:
        pattern, *bounds = stated.split()
        numbers = whole_numbers(header.path, "ElementDataFile", " ".join(bounds))
        first, last, step = [*numbers, *(1, most, 1)[len(numbers) :]][:3]
        return numbered_files(header.path, pattern, first, last, step, most)
    return [beside(header.path, stated)]


def _blocks_of(header: _Header, grid: Grid, files: list[Path]) -> Blocks:
    sizes, inner = grid.sizes, grid.space[2]
    each = join(grid.path, files, math.prod(sizes[inner:]))
    return joined([_in_file(header, grid, file, (*sizes[:inner], each), inner) for file in files])


def _in_file(header: _Header, grid: Grid, file: Path, sizes: tuple[int, ...], inner: int) -> Blocks:
    skip = header.number("HeaderSize", 0)
    local = file == header.path
    if skip < -1 or (skip and local):
        raise FormatError(f"{header.path}: HeaderSize {skip} has no meaning here; it is damaged")
    start = header.end if local else max(skip, 0)
    if skip == -1:
        with foreign_errors(file):
            start = file.stat().st_size - math.prod(sizes) * grid.dtype.itemsize
        if start < 0:
            raise FormatError(f"{file}: is smaller than the voxels its header claims; copy it again")
    if header.fields.get("binarydata", "true").lower() in ("false", "0", "f", "n", "no"):
        with foreign_errors(file), file.open("rb") as handle:
            handle.seek(start)
            return text_values(file, handle.read(), grid.dtype, sizes, inner)
    codec = "zlib" if header.flag("CompressedData") else None
    return file_blocks(file, grid.dtype, sizes, inner, codec, start)


def _place_of(header: _Header, dimension: int) -> tuple[NDArray[np.float64], str]:
    """`world_from_voxel` in RAS, and the unit: "none" where neither a spacing nor a size of elements is stated."""
    path, fields = header.path, header.fields
    spacing_text = fields.get("elementspacing") or fields.get("elementsize")
    spacing = floats(path, "ElementSpacing", spacing_text or "1 " * dimension, dimension)
    offset = floats(path, "Offset", fields.get("offset", "0 " * dimension), dimension)
    matrix = np.array(
        floats(path, "TransformMatrix", fields.get("transformmatrix", _identity(dimension)), dimension**2)
    ).reshape(dimension, dimension)
    space = min(3, dimension)
    affine = np.eye(4)
    affine[:space, :space] = matrix[:space, :space].T * spacing[:space]  # row k of the file is the direction of axis k
    affine[:space, 3] = offset[:space]
    orientation = fields.get("anatomicalorientation", _LPS).upper()
    if np.allclose(matrix, np.eye(dimension)) and orientation not in (_LPS, "???", ""):
        log.warning(
            "%s: AnatomicalOrientation %s contradicts its TransformMatrix; the matrix counts", path, orientation[:20]
        )
    affine[:2] *= -1
    return affine + 0.0, "mm" if spacing_text else "none"


def _identity(dimension: int) -> str:
    return " ".join(str(int(value)) for value in np.eye(dimension).ravel())
