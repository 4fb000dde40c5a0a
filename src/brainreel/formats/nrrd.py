"""NRRD, attached (.nrrd) and detached (.nhdr), with Slicer's segmentations and sequences and PLUS's ultrasound."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import Blocks, HeldBlocks, file_blocks
from brainreel.formats.gate import foreign_errors
from brainreel.formats.grid_opening import open_grid, require_voxels
from brainreel.formats.grids import Axis, Grid, Role, Segment
from brainreel.formats.header_text import SECONDS, floats, join, joined, one_number, text_values
from brainreel.formats.nrrd_header import NrrdHeader, read_nrrd_header
from brainreel.formats.nrrd_place import place_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions

_CODECS = {"raw": None, "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"}
_TEXTS = ("txt", "text", "ascii", "hex")
_COLORS = ("rgb-color", "rgba-color", "3-color", "4-color")
_SEGMENT = re.compile(r"Segment(\d{1,6})_Name")
_MOST_SEGMENTS = 1 << 12
_LINE_CHUNK = 1 << 16


def open_nrrd(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """What is in `path`: a volume, several channels (a `list` axis), several moments, or the parts of a colour image.

    Overlapping segments are one channel of 0 and 1 each. Raises FormatError before any voxel is read where the header
    is wrong, or claims more than the file holds.
    """
    header = read_nrrd_header(path)
    sizes = header.sizes
    require_voxels(path, sizes)
    dtype = _dtype_of(header, options)
    axes = _axes_of(header, sizes, dtype, options)
    files = header.data_files(most=math.prod(sizes))
    world_from_voxel, unit = place_of(header, [axis.role == "space" for axis in axes])
    grid = Grid(
        path=path,
        files=(path, *files),
        axes=axes,
        dtype=dtype,
        world_from_voxel=world_from_voxel,
        unit=unit,
        times=_times_of(header, axes),
        is_complex=any(kind == "complex" for kind in _kinds(header, len(sizes))),
        segments=_segments_of(header, axes),
    )
    return open_grid(grid, _Data(header, grid).blocks(files), options)


def _dtype_of(header: NrrdHeader, options: ReadOptions) -> np.dtype:
    """With the file's byte order, which one byte, text and nothing else need not state."""
    code = header.number_type
    order = header.fields.get("endian", options.byte_order or "").lower()
    if code[1] == "1" or header.fields.get("encoding", "").lower() in _TEXTS[:3]:
        return np.dtype(code)
    if order not in ("little", "big"):
        raise FormatError(f"{header.path}: endian {order!r} is neither little nor big; give it with --byte-order")
    return np.dtype(code).newbyteorder(order)  # pyright: ignore[reportArgumentType]  (one of two words)


def _kinds(header: NrrdHeader, count: int) -> list[str]:
    """The kind of each axis, in lower case; of an axis without one `domain`, or `list` where it has no direction."""
    kinds = header.words("kinds") or ["???"] * count
    directions = header.vectors("space directions")
    if len(kinds) != count or (directions is not None and len(directions) != count):
        raise FormatError(f"{header.path}: kinds or space directions are not of {count} axes; the header is damaged")
    spacings = floats(header.path, "spacings", header.fields.get("spacings", "1 " * count), count)
    result = []
    for number, kind in enumerate(kinds):
        placed = directions[number] is not None if directions else not math.isnan(spacings[number])
        known = kind.lower() not in ("???", "none", "")
        result.append(kind.lower() if known else ("domain" if placed else "list"))
    return result


def _axes_of(header: NrrdHeader, sizes: Sequence[int], dtype: np.dtype, options: ReadOptions) -> tuple[Axis, ...]:
    kinds = _kinds(header, len(sizes))
    roles: list[Role] = [
        _role_of(header, number, kind, size, dtype, options)
        for number, (kind, size) in enumerate(zip(kinds, sizes, strict=True))
    ]
    space = [number for number, role in enumerate(roles) if role == "space"]
    if len(space) == 4:
        roles[space[3]] = "time"
    if len(space) == 2 and "channel" in roles[space[1] + 1 :]:
        roles[roles.index("channel", space[1])] = "space"  # slices in a list: tracked ultrasound
    axes = [Axis(size, role) for size, role in zip(sizes, roles, strict=True)]
    missing = 3 - sum(axis.role == "space" for axis in axes)
    if missing < 0 or missing > 2:
        raise FormatError(
            f"{header.path}: {3 - missing} of its axes ({', '.join(kinds)}) are of space; 1 to 3 are read"
        )
    return (*axes, *[Axis(1, "space")] * missing)


def _role_of(header: NrrdHeader, number: int, kind: str, size: int, dtype: np.dtype, options: ReadOptions) -> Role:
    if kind in ("domain", "space"):
        return "space"
    if kind == "time" or f"axis {number} index values" in header.keys or header.path.name.endswith(".seq.nrrd"):
        return "time" if kind in ("time", "list") else "component"
    if kind == "list":
        return "channel"
    is_color = kind in _COLORS or (kind.endswith("vector") and dtype == np.uint8 and size in (3, 4))
    return "color" if is_color and options.component is None else "component"


def _times_of(header: NrrdHeader, axes: tuple[Axis, ...]) -> TimeAxis | None:
    """Where a unit of time is stated: by the axis's spacing, or by Slicer's index values."""
    number = next((k for k, axis in enumerate(axes) if axis.role == "time"), None)
    units = header.words("units")
    if number is None or not units or number >= len(units) or units[number] not in SECONDS:
        return None
    count, second = axes[number].size, SECONDS[units[number]]
    stated = header.keys.get(f"axis {number} index values")
    if stated and count > 1:
        values = floats(header.path, "index values", stated, count)
        steps = np.diff(values)
        if not np.isfinite(values).all() or steps.min() <= 0:
            raise FormatError(f"{header.path}: the times of its moments do not increase; state them with times")
        uneven = () if np.allclose(steps, steps.mean(), rtol=1e-3) else tuple(float(t) * second for t in values)
        return TimeAxis(values[0] * second, float(steps.mean()) * second, count, uneven=uneven)
    step = floats(header.path, "spacings", header.fields.get("spacings", "nan"))[number:]
    if step and 0 < step[0] < math.inf:
        return TimeAxis(0.0, step[0] * second, count)
    return None


def _segments_of(header: NrrdHeader, axes: tuple[Axis, ...]) -> tuple[Segment, ...]:
    """Slicer's segments where they lie in several layers, so that they may overlap."""
    layers = next((axis.size for axis in axes if axis.role == "channel"), 1)
    numbers = sorted(int(match[1]) for key in header.keys if (match := _SEGMENT.fullmatch(key)))
    if layers == 1 or not numbers:
        return ()
    if len(numbers) > _MOST_SEGMENTS:
        raise FormatError(f"{header.path}: {len(numbers)} segments; at most {_MOST_SEGMENTS} are read")
    return tuple(_segment(header, number, layers) for number in numbers)


def _segment(header: NrrdHeader, number: int, layers: int) -> Segment:
    def key(name: str, default: str) -> str:
        return header.keys.get(f"Segment{number}_{name}", default)

    layer = one_number(header.path, f"Segment{number}_Layer", key("Layer", "0"))
    label = one_number(header.path, f"Segment{number}_LabelValue", key("LabelValue", "1"))
    if not 0 <= layer < layers:
        raise FormatError(f"{header.path}: Segment{number} lies in layer {layer} of {layers}; the header is damaged")
    color = key("Color", "")
    red, green, blue = floats(header.path, f"Segment{number}_Color", color, 3) if color else (1.0, 1.0, 1.0)
    return Segment(key("Name", str(number)), layer, label, (red, green, blue) if color else None)


@dataclass(frozen=True)
class _Data:
    """Where the values of a grid are, by its header."""

    header: NrrdHeader
    grid: Grid

    def blocks(self, files: Sequence[Path]) -> Blocks:
        sizes, inner = self.grid.sizes, self.grid.space[2]
        if not files:
            return self._in_file(self.grid.path, self.header.end, sizes, inner)
        each = join(self.grid.path, files, math.prod(sizes[inner:]))
        return joined([self._in_file(file, 0, (*sizes[:inner], each), inner) for file in files])

    def _in_file(self, file: Path, start: int, sizes: tuple[int, ...], inner: int) -> Blocks:
        encoding = self.header.required("encoding").lower()
        if encoding not in _CODECS and encoding not in _TEXTS:
            raise FormatError(f"{self.grid.path}: encoding {encoding!r} is not read; save it as gzip or raw")
        start = self._behind_lines(file, start)
        skip = one_number(self.grid.path, "byte skip", self.header.fields.get("byte skip", "0"))
        if skip < -1 or (skip == -1 and encoding != "raw"):
            raise FormatError(f"{self.grid.path}: byte skip {skip} has no meaning with encoding {encoding}")
        if skip == -1:
            with foreign_errors(file):
                start = file.stat().st_size - math.prod(sizes) * self.grid.dtype.itemsize
            if start < 0:
                raise FormatError(f"{file}: is smaller than the voxels its header claims; copy it again")
            skip = 0
        if encoding in _TEXTS:
            return self._text(file, start + skip, sizes, inner, encoding)
        return file_blocks(file, self.grid.dtype, sizes, inner, _CODECS[encoding], start, skip)

    def _behind_lines(self, file: Path, start: int) -> int:
        """The byte behind as many lines as the header says to skip."""
        left = one_number(self.grid.path, "line skip", self.header.fields.get("line skip", "0"))
        if left < 0:
            raise FormatError(f"{self.grid.path}: line skip {left} has no meaning")
        with foreign_errors(file), file.open("rb") as handle:
            while left:
                handle.seek(start)
                chunk = handle.read(_LINE_CHUNK)
                if not chunk:
                    raise FormatError(f"{file}: ends {left} lines before the voxels; copy it again")
                ends = [match.end() for match in re.finditer(rb"\n", chunk)][:left]
                left -= len(ends)
                start += len(chunk) if left else ends[-1]
        return start

    def _text(self, file: Path, start: int, sizes: tuple[int, ...], inner: int, encoding: str) -> HeldBlocks:
        with foreign_errors(file), file.open("rb") as handle:
            handle.seek(start)
            text = handle.read()
        if encoding != "hex":
            return text_values(file, text, self.grid.dtype, sizes, inner)
        with foreign_errors(file, ValueError, problem="its voxels are no hexadecimal digits"):
            content = bytes.fromhex(text.decode("ascii", "replace"))
        count = math.prod(sizes)
        if len(content) < count * self.grid.dtype.itemsize:
            raise FormatError(f"{file}: {len(content):,} bytes of voxels are too few; copy it again")
        values: NDArray = np.frombuffer(content, self.grid.dtype, count)
        return HeldBlocks(values.reshape(-1, math.prod(sizes[:inner])))
