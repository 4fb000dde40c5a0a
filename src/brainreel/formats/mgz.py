"""FreeSurfer's volumes, .mgz and .mgh: big-endian, a header of 284 bytes, the frames, then a footer with the TR."""

import logging
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, Series, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import file_blocks
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.grid_opening import open_grid, require_voxels
from brainreel.formats.grids import Axis, Grid
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.overlays import is_overlay, overlay
from brainreel.formats.streams import PackedStream

log = logging.getLogger("brainreel")
_HEADER_BYTES = 284
_FIELDS = struct.Struct(
    ">7ih15f"
)  # version, x, y, z, frames, type, degrees of freedom; is placed, spacing, axes, centre
_TYPES = {0: ">u1", 1: ">i4", 2: ">i8", 3: ">f4", 4: ">i2", 10: ">u2"}
_DEFAULT_PLACE = (1.0, 1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
"""Of files that state none: 1 mm, axes left, inferior and anterior, centred."""


@dataclass(frozen=True)
class _Header:
    sizes: tuple[int, int, int]
    frames: int
    dtype: np.dtype
    is_placed: bool
    place: tuple[float, ...]


def open_mgz(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels | Series:
    """The volume in `path`, or a series where it has several frames: their times are the footer's TR, else items.

    Frames of n x 1 x 1, or any where the options say so, are values of vertices.

    Raises FormatError before any voxel is read where the header is wrong, or claims more than the file holds.
    """
    codec = "gzip" if require_file(path).startswith(GZIP_MAGIC) else None
    header = _read_header(path, codec)
    per_vertex = options.per_vertex or is_overlay(header.sizes)
    axes = (*(Axis(size, "space") for size in header.sizes), Axis(header.frames, "time"))
    place = np.eye(4) if per_vertex else _place_of(header.sizes, header.place if header.is_placed else _DEFAULT_PLACE)
    if not header.is_placed and not per_vertex:
        log.warning("%s: states no place in the world; left and right may be wrong", path)
    sizes = tuple(axis.size for axis in axes)
    blocks = file_blocks(path, header.dtype, sizes, 2, codec, skipped=_HEADER_BYTES)
    unit = "none" if per_vertex else "mm"
    grid = Grid(path, (path,), axes, header.dtype, place, unit, times=_times_of(path, codec, header))
    opened = open_grid(grid, blocks, options)
    return overlay(path, opened, options) if per_vertex else opened


def sniff_mgz(path: Path) -> str:
    """ "volume", or "array" for values of vertices, by the header."""
    codec = "gzip" if require_file(path).startswith(GZIP_MAGIC) else None
    return "array" if is_overlay(_read_header(path, codec).sizes) else "volume"


def _read_header(path: Path, codec: str | None) -> _Header:
    content = _bytes_at(path, codec, 0, _FIELDS.size)
    if len(content) < _FIELDS.size or content[:4] != b"\0\0\0\1":
        raise FormatError(f"{path}: this is no FreeSurfer volume: it does not begin with version 1")
    _, x, y, z, frames, kind, _, placed, *place = _FIELDS.unpack(content)
    require_voxels(path, (x, y, z, frames))
    if kind not in _TYPES:
        raise FormatError(f"{path}: voxels of type {kind} (bitmap, tensor, or newer) are not read; use mri_convert")
    return _Header((x, y, z), frames, np.dtype(_TYPES[kind]), placed > 0, tuple(place))


def _place_of(sizes: tuple[int, int, int], place: tuple[float, ...]) -> NDArray[np.float64]:
    """`world_from_voxel` from spacing, directions of the axes, and the world's place of the middle voxel, n // 2."""
    affine = np.eye(4)
    with np.errstate(all="ignore"):  # what is not finite is refused later
        affine[:3, :3] = linear = np.array(place[3:12], float).reshape(3, 3).T * place[:3]
        affine[:3, 3] = place[12:] - linear @ (np.array(sizes) / 2)
    return affine + 0.0


def _times_of(path: Path, codec: str | None, header: _Header) -> TimeAxis | None:
    """By the TR in ms, the first number behind the last frame."""
    if header.frames == 1:
        return None
    end = _HEADER_BYTES + math.prod(header.sizes) * header.frames * header.dtype.itemsize
    footer = _bytes_at(path, codec, end, 4)
    repetition_ms = struct.unpack(">f", footer)[0] if len(footer) == 4 else 0.0
    if not 0 < repetition_ms < math.inf:
        return None
    return TimeAxis(0.0, repetition_ms / 1000, header.frames)


def _bytes_at(path: Path, codec: str | None, offset: int, count: int) -> bytes:
    """At most `count` bytes of what the file holds or has packed, from `offset` on."""
    buffer = bytearray(count)
    if codec:
        stream = PackedStream(path)
        stream.skip(offset)
        return bytes(buffer[: stream.read_into(buffer)])
    with foreign_errors(path), path.open("rb") as file:
        file.seek(offset)
        return file.read(count)
