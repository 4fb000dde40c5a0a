"""NumPy's .npy as values over time: (moment, vertex), memory-mapped, or (vertex,) for one moment."""

import math
import tokenize
from pathlib import Path

import numpy as np

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis

_FOREIGN = (ValueError, EOFError, OverflowError, SyntaxError, tokenize.TokenError)
"""What NumPy raises on damaged files: their header is a Python literal."""
_LARGEST_HEADER = 1 << 16


def open_npy(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The series in `path`; its times are the options'. Raises FormatError for other shapes and for no real numbers."""
    head = require_file(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable .npy array"):
        if head.startswith(b"\x93NUMPY"):
            _require_whole(path, head)
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.ndarray):
        array.close()
        raise FormatError(f"{path}: an archive of arrays; save the one to draw with np.save")
    if array.dtype.kind not in "iufb" or array.ndim not in (1, 2) or not array.size:
        raise FormatError(
            f"{path}: an array of shape {array.shape} and dtype {array.dtype}; a series is real numbers (moment, value)"
        )
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    hemi = options.hemi or hemisphere_of(path.name)
    return RowSeries(path, path.name, time_axis(path, len(rows), options), hemi, rows)


def _require_whole(path: Path, head: bytes) -> None:
    """Raise FormatError, with the number of whole moments, where the file ends before the values that it states."""
    length = int.from_bytes(head[8:12], "little") if head[6:8] != b"\x01\x00" else 0
    if length > _LARGEST_HEADER:  # NumPy would make room for it first
        raise ValueError(f"its header claims {length:,} bytes")
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_by_column, dtype = read(file)
        held = path.stat().st_size - file.tell()
    stated = math.prod(shape) * dtype.itemsize
    if held < stated and not dtype.hasobject:
        row = math.prod(shape[1:]) * dtype.itemsize
        whole = (
            f", {held // row:,} whole moments of {shape[0]:,}" if len(shape) == 2 and row and not is_by_column else ""
        )
        raise FormatError(
            f"{path}: {' x '.join(f'{n:,}' for n in shape)} values are {stated:,} bytes, but the file holds "
            f"{held:,} of them{whole}; it is cut off: copy it again"
        )
