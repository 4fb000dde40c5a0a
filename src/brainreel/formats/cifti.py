"""CIFTI-2 and -1: maps (dscalar), time series (dtseries) and labels (dlabel) of both hemispheres in one NIfTI-2 file.

The moments of one vertex lie together, so a moment is a stride through all of the file: a few of them are read at
once, and the file is mapped, never held.
"""

import logging
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from brainreel.data import Parts, TimeAxis
from brainreel.data.safe_xml import parse_xml
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.cifti_1 import as_cifti_2, is_cifti_1
from brainreel.formats.cifti_axes import Axes, Structure, read_axes
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.maps import chosen_map
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.parcellations import VertexLabels, warn_of_unknown
from brainreel.formats.rows import time_axis

log = logging.getLogger("brainreel")
CIFTI_INTENTS = range(3000, 3100)
_XML = 32  # the code of CIFTI's header extension
_HEADER_BYTES = 540
_BLOCK_BYTES = 32 << 20
_MOST_MOMENTS = 64


@dataclass(frozen=True)
class _Stored:
    """What the header says of the matrix, (columns, rows) in the file, and its XML, in CIFTI-2's words."""

    dtype: np.dtype
    shape: tuple[int, int]
    offset: int
    scaling: tuple[float, float] | None
    xml: ElementTree.Element


class _Matrix:
    """The matrix of a file, read a few of its rows at once; threads may share it."""

    def __init__(self, path: Path, stored: _Stored) -> None:
        rows, columns = stored.shape
        self.path, self.width, self._scaling = path, columns, stored.scaling
        self._bytes_needed = stored.offset + rows * columns * stored.dtype.itemsize
        self._mapped = np.memmap(path, stored.dtype, "r", stored.offset, (columns, rows))
        self._together = max(1, min(_MOST_MOMENTS, _BLOCK_BYTES // (columns * stored.dtype.itemsize)))
        self._block: tuple[int, NDArray] = -1, np.empty(0)
        self._lock = threading.Lock()

    def row(self, index: int) -> NDArray:
        """(columns,) of row `index`, in the file's type or scaled; not the caller's to change."""
        number, within = divmod(index, self._together)
        with self._lock:
            if self._block[0] != number:
                with foreign_errors(self.path):
                    if self.path.stat().st_size < self._bytes_needed:
                        raise FormatError(f"{self.path}: the file has become shorter since it was opened; start again")
                start = number * self._together
                self._block = number, np.ascontiguousarray(self._mapped[:, start : start + self._together].T)
            values = self._block[1][within]
        return values if self._scaling is None else values * self._scaling[0] + self._scaling[1]


@dataclass(frozen=True)
class CiftiSeries:
    """The rows of a matrix on the vertices of one hemisphere; those that the file leaves out have no number."""

    name: str
    times: TimeAxis
    hemi: str | None
    maps: tuple[str, ...]
    matrix: _Matrix = field(repr=False)
    structure: Structure = field(repr=False)
    vertices: NDArray[np.int32] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.matrix.path

    @property
    def width(self) -> int:
        """Vertices of the surface."""
        return self.structure.vertex_count

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`; an index outside the moments is a bug of the caller."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        values = np.full(self.width, np.nan, np.float32)
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            values[self.structure.vertices] = self.matrix.row(index)[self.structure.columns]
        return values

    def fingerprint(self) -> str:
        """A hex digest of the file, of which hemisphere this is, and of the times."""
        times = self.times
        return fingerprint(
            [self.matrix.path], side=self.structure.side, times=[times.first_s, times.step_s, times.count, times.unit]
        )


def open_cifti(path: Path, options: ReadOptions = NO_OPTIONS) -> Parts:
    """The hemispheres in `path`, each a series or a parcellation. What it has in voxels is named in a warning.

    Raises FormatError where the file is damaged, cut off, of a version that nobody wrote, or a matrix of connectivity.
    """
    stored = _read_header(path)
    axes = read_axes(path, stored.xml, stored.shape)
    matrix = _Matrix(path, stored)
    if axes.others:
        shown = ", ".join(axes.others[:24]) + (" ..." if len(axes.others) > 24 else "")
        log.warning("%s: surfaces show what it has of the cortex, not %s", path, shown)
    if axes.kind == "labels":
        return Parts(path.name, {one.side: _labels(path, axes, one, matrix, options) for one in axes.structures})
    times = axes.times if options.times is None else None
    if times is None:
        by_name = options.times is None and axes.kind == "scalars"
        times = TimeAxis(0.0, 1.0, stored.shape[0], "items") if by_name else time_axis(path, stored.shape[0], options)
    maps = axes.names if all(axes.names) and axes.kind == "scalars" else ()
    return Parts(
        path.name,
        {one.side: CiftiSeries(path.name, times, _hemi(one), maps, matrix, one) for one in axes.structures},
    )


def sniff_cifti(path: Path) -> str:
    """ "labels", "series" or "array", by what the rows are."""
    stored = _read_header(path)
    return {"labels": "labels", "series": "series"}.get(read_axes(path, stored.xml, stored.shape).kind, "array")


def _labels(path: Path, axes: Axes, structure: Structure, matrix: _Matrix, options: ReadOptions) -> VertexLabels:
    """One map of labels; vertices that the file leaves out have one that no table has."""
    chosen = chosen_map(path, axes.names, options.array)
    values = matrix.row(chosen)[structure.columns]
    if not np.isfinite(values).all() or (values != np.rint(values)).any() or (abs(values) >= 2**31 - 1).any():
        raise FormatError(f"{path}: labels are whole numbers, these are not; the file is damaged")
    table = axes.tables[chosen]
    warn_of_unknown(path, values, table)
    nothing = min([0, *(entry.label for entry in table.entries), int(values.min(initial=0))]) - 1
    labels = np.full(structure.vertex_count, max(nothing, -(2**31)), np.int32)
    labels[structure.vertices] = values.astype(np.int32)
    return VertexLabels(path, path.name, labels, table, _hemi(structure), maps=axes.names, chosen=chosen)


def _hemi(structure: Structure) -> str | None:
    return None if structure.side == "whole" else structure.side


def _read_header(path: Path) -> _Stored:
    """The header and the XML behind it. Raises FormatError where it is wrong or claims more than the file holds."""
    require_file(path)
    with foreign_errors(path), path.open("rb") as file:
        block = file.read(_HEADER_BYTES)
        size = file.seek(0, 2)
    if len(block) < _HEADER_BYTES or block[:4] not in (b"\x1c\x02\0\0", b"\0\0\x02\x1c"):
        raise FormatError(f"{path}: this is no CIFTI file: it does not begin as NIfTI-2 does, unpacked")
    header = Nifti2Header(block, check=False)
    with foreign_errors(path, HeaderDataError, KeyError, ValueError, problem="the header is wrong"):
        dtype = header.get_data_dtype()
        slope, intercept = header.get_slope_inter()
    dims, offset = [int(n) for n in header["dim"]], int(header["vox_offset"])
    if dims[0] == 5:  # CIFTI-1 of one moment
        dims[6] = 1
    rows, columns = dims[5:7]
    if (
        dims[0] not in (5, 6, 7)
        or dims[1:5] != [1, 1, 1, 1]
        or min(rows, columns) < 1
        or (dims[0] == 7 and dims[7] != 1)
    ):
        raise FormatError(f"{path}: a matrix of {' x '.join(map(str, dims[1:]))}; one of rows by columns is read")
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FormatError(f"{path}: a matrix of {dtype}; real numbers of up to 64 bits are read")
    needed = offset + rows * columns * dtype.itemsize
    if offset < _HEADER_BYTES or needed > size:
        raise FormatError(
            f"{path}: {rows:,} x {columns:,} values from byte {offset:,} on need {needed:,} bytes, but the file holds "
            f"{size:,}; it is cut off: copy it again"
        )
    scaled = None if slope is None or intercept is None or (slope, intercept) == (1, 0) else (slope, intercept)
    xml = parse_xml(_xml(path, header.endianness, offset), path)
    shape = rows, columns
    if is_cifti_1(path, xml):
        shape = columns, rows
        as_cifti_2(path, xml, shape)
    return _Stored(dtype, shape, offset, scaled, xml)


def _xml(path: Path, endianness: str, end: int) -> bytes:
    """CIFTI's header extension, which lies between the header and byte `end`."""
    at = _HEADER_BYTES + 4
    with foreign_errors(path), path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            length, code = struct.unpack(f"{endianness}2i", file.read(8))
            if code == _XML and 8 < length <= end - at:
                return file.read(length - 8).rstrip(b"\0")
            if length < 8:
                break
            at += length
    raise FormatError(f"{path}: lacks the XML that says what its values belong to; the file is damaged")
