"""NumPy's .npy as values over time: (moment, vertex), memory-mapped, or (vertex,) for one moment."""

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


def open_npy(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The series in `path`; its times are the options'. Raises FormatError for other shapes and for no real numbers."""
    require_file(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable .npy array"):
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
