"""VTK's XML images (.vti): arrays as text, base64 or raw, within the XML or appended to it, compressed or not."""

import math
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError
from brainreel.formats.blocks import Blocks, file_blocks
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.grid_opening import open_grid, require_voxels, role_of_values
from brainreel.formats.grids import Axis, Grid
from brainreel.formats.header_text import floats, numbers_in_text, one_number, text_values, whole_numbers
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.vtk_bytes import ByteBlocks, Bytes, CodedBytes, packed_bytes, plain_bytes
from brainreel.formats.vtk_place import place_of_points

_ARRAY = re.compile(rb"<(?:Data)?Array\b[^>]*>")
_APPENDED = re.compile(rb"<AppendedData\b[^>]*>\s*_")
_CODES = {"Int": "i", "UInt": "u", "Float": "f"}
_TYPE = re.compile(r"(U?Int|Float)(8|16|32|64)")
_LARGEST_XML = 1 << 26


@dataclass(frozen=True)
class VtkXml:
    """The XML without the content of its arrays, and where in the file that content and the appended data lie."""

    root: Element
    arrays: tuple[tuple[int, int], ...]
    appended: tuple[int, int]


def open_vti(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The active scalars of the points of `path`, else their first array, else that of the cells; lengths are mm.

    Raises FormatError before any voxel is read where the header is wrong, or claims more than the file holds.
    """
    require_file(path)
    text = read_vtk_xml(path)
    image = text.root.find("ImageData")
    if text.root.tag != "VTKFile" or image is None:
        raise FormatError(f"{path}: a VTK file of type {text.root.get('type', 'none')!r}; of these ImageData is read")
    pieces = image.findall("Piece")
    if len(pieces) != 1:
        raise FormatError(f"{path}: an image in {len(pieces)} pieces; save it as one")
    array, of_cells = _chosen(path, pieces[0])
    stated = pieces[0].get("Extent") or image.get("WholeExtent", "")
    extent = whole_numbers(path, "Extent", stated, 6)
    points = tuple(last - first + 1 for first, last in zip(extent[::2], extent[1::2], strict=True))
    count = one_number(path, "NumberOfComponents", array.get("NumberOfComponents", "1"))
    require_voxels(path, (count, *points))
    sizes = tuple(max(n - 1, 1) for n in points) if of_cells else points
    place = place_of_points(
        floats(path, "Origin", image.get("Origin", "0 0 0"), 3),
        floats(path, "Spacing", image.get("Spacing", "1 1 1"), 3),
        floats(path, "Direction", image.get("Direction", "1 0 0 0 1 0 0 0 1"), 9),
        extent[::2],
        of_cells,
    )
    dtype = _dtype(path, array.get("type", ""), _order(text.root))
    values = (Axis(count, role_of_values(dtype, count, options)),) * (count > 1)
    names = tuple(name for k in range(min(count, 64)) if (name := array.get(f"ComponentName{k}")))
    axes = (*values, *(Axis(size, "space") for size in sizes))
    grid = Grid(path, (path,), axes, dtype, place, channel_names=names)
    return open_grid(grid, _blocks(path, text, array, grid), options)


def read_vtk_xml(path: Path) -> VtkXml:
    """The XML of `path`; its arrays stay in the file.

    Found by the tags of arrays, whose content may be as long as the file; the rest is small.
    """
    with foreign_errors(path, ValueError), path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with content:
        size = len(content)
        behind = _APPENDED.search(content)
        end = behind.start() if behind else size
        kept, arrays, at = [], [], 0
        for match in _ARRAY.finditer(content, 0, end):
            close = match.end() if match.group().endswith(b"/>") else content.find(b"<", match.end(), end)
            if close < 0:
                raise FormatError(f"{path}: an array does not end; the file is cut off: copy it again")
            kept.append(content[at : match.end()])
            arrays.append((match.end(), close))
            at = close
        if end - at > _LARGEST_XML:
            raise FormatError(f"{path}: {end - at:,} bytes of XML without an array; it is no image, or damaged")
        kept.append(content[at:end])
        if behind:
            kept.append(behind.group()[:-1] + b"</AppendedData></VTKFile>")
    return VtkXml(parse_xml(b"".join(kept), path), tuple(arrays), (behind.end() if behind else size, size))


def _chosen(path: Path, piece: Element) -> tuple[Element, bool]:
    """The array to draw, and whether it is of cells."""
    for tag, of_cells in (("PointData", False), ("CellData", True)):
        data = piece.find(tag)
        arrays = [] if data is None else data.findall("DataArray")
        if data is not None and arrays:
            active = data.get("Scalars")
            return next((array for array in arrays if array.get("Name") == active), arrays[0]), of_cells
    raise FormatError(f"{path}: its points and cells have no array of numbers; there is nothing to draw")


def _dtype(path: Path, stated: str, order: str) -> np.dtype:
    match = _TYPE.fullmatch(stated)
    if not match or (match[1] == "Float" and match[2] in ("8", "16")):
        raise FormatError(f"{path}: values of type {stated[:40]!r} are not read; convert them to Float32")
    if order not in ("LittleEndian", "BigEndian"):
        raise FormatError(f"{path}: byte_order {order[:40]!r} is neither LittleEndian nor BigEndian")
    return np.dtype(f"{_CODES[match[1]]}{int(match[2]) // 8}").newbyteorder("<" if order == "LittleEndian" else ">")


def _blocks(path: Path, text: VtkXml, array: Element, grid: Grid) -> Blocks:
    sizes, inner = grid.sizes, grid.space[2]
    source = _source(path, text, array)
    if source is None:
        return text_values(path, _ascii(path, text, array), grid.dtype, sizes, inner)
    size, count = math.prod(sizes[:inner]), math.prod(sizes[inner:])
    wanted = size * count * grid.dtype.itemsize
    coded = _bytes(text.root, source, wanted)
    if text.root.get("compressor") or source.is_base64:
        return ByteBlocks(coded, grid.dtype, size, count)
    return file_blocks(path, grid.dtype, sizes, inner, None, source.start + _header_type(text.root).itemsize)


def array_values(path: Path, text: VtkXml, array: Element, count: int) -> NDArray:
    """`count` values of a DataArray, of bits and strings bytes, in this machine's byte order.

    Raises FormatError where it has fewer.
    """
    kind = array.get("type", "")
    dtype = np.dtype(np.uint8) if kind in ("Bit", "String") else _dtype(path, kind, _order(text.root))
    if not count:
        return np.empty(0, dtype.newbyteorder("="))
    source = _source(path, text, array)
    if source is None:
        return numbers_in_text(path, _ascii(path, text, array), dtype, count)[0]
    wanted = -(-count // 8) if kind == "Bit" else count * dtype.itemsize
    values = np.frombuffer(_bytes(text.root, source, wanted).read(0, wanted), dtype)
    return np.unpackbits(values, count=count) if kind == "Bit" else values.astype(dtype.newbyteorder("="), copy=False)


def _source(path: Path, text: VtkXml, array: Element) -> CodedBytes | None:
    """Where the bytes of an array lie; None where it is written as text."""
    how = array.get("format", "ascii").lower()
    if how == "ascii":
        return None
    if how != "appended":
        return CodedBytes(path, *_content(path, text, array), True)
    appended = text.root.find("AppendedData")
    coding = "" if appended is None else appended.get("encoding", "base64").lower()
    if coding not in ("raw", "base64"):
        raise FormatError(f"{path}: appended data in encoding {coding[:40]!r}; raw and base64 are read")
    offset = one_number(path, "offset", array.get("offset", "0"))
    start, end = text.appended
    if not 0 <= offset < end - start:
        raise FormatError(f"{path}: an array at byte {offset} of {end - start:,} appended; it is damaged")
    return CodedBytes(path, start + offset, end, coding == "base64")


def _ascii(path: Path, text: VtkXml, array: Element) -> bytes:
    start, end = _content(path, text, array)
    with foreign_errors(path), path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def _bytes(root: Element, source: CodedBytes, wanted: int) -> Bytes:
    compressor = root.get("compressor")
    if compressor:
        return packed_bytes(source, _header_type(root), compressor, wanted)
    return plain_bytes(source, _header_type(root), wanted)


def _header_type(root: Element) -> np.dtype:
    wide = np.dtype("u8" if root.get("header_type") == "UInt64" else "u4")
    return wide.newbyteorder(">" if root.get("byte_order") == "BigEndian" else "<")


def _order(root: Element) -> str:
    return root.get("byte_order", "LittleEndian")


def _content(path: Path, text: VtkXml, array: Element) -> tuple[int, int]:
    """Where the array's content lies, without the white space around it."""
    elements = [element for element in text.root.iter() if element.tag in ("DataArray", "Array")]
    if len(elements) != len(text.arrays):
        raise FormatError(f"{path}: its arrays cannot be told apart; the file is damaged")
    start, end = text.arrays[elements.index(array)]
    with foreign_errors(path), path.open("rb") as file:
        file.seek(start)
        before = file.read(min(1 << 12, end - start))
        file.seek(max(start, end - (1 << 12)))
        after = file.read(end - max(start, end - (1 << 12)))
    return start + len(before) - len(before.lstrip()), end - (len(after) - len(after.rstrip()))
