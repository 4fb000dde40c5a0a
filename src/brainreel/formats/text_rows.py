"""Values over time in text, `.csv` and `.tsv`: a row a moment, a column a vertex, perhaps with a header and times."""

import csv
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.mesh_series import axis_of, stated_axis
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, ascending, time_axis

_TIME = re.compile(r"(?:time|t)(?:[ _]?[\[(]?(ms|s|sec|seconds)[\])]?)?", re.IGNORECASE)
_VERTEX = re.compile(r"(?:vertex|vtx|v)?[ _]?(\d{1,9})", re.IGNORECASE)


def open_text(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The table in `path`, separated by tabs (.tsv), semicolons or commas.

    A first column `time` or `t` holds the times, in seconds unless it says ms (`time_ms`, `t (ms)`); columns named by
    numbers (12, v12) belong to those vertices. Times are else the options'. Raises FormatError for what is no number.
    """
    require_file(path)
    with foreign_errors(path, UnicodeDecodeError, problem="this is no text"):
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    separator = "\t" if path.suffix.lower() == ".tsv" else ";" if lines and ";" in lines[0] else ","
    names = _names(path, lines, separator)
    values = _numbers(path, lines[1 if names else 0 :], separator)
    if names and len(names) != values.shape[1]:
        raise FormatError(f"{path}: its header has {len(names)} columns, its rows have {values.shape[1]}")
    times, values, names = _split_times(path, values, names)
    vertices, order = _vertices(path, names)
    axis = stated_axis(len(values), options) or times or time_axis(path, len(values), options)
    with np.errstate(over="ignore"):  # what no float32 can hold is infinite
        rows = values.astype(np.float32)
    return RowSeries(path, path.name, axis, options.hemi or hemisphere_of(path.name), rows, vertices, order)


def _names(path: Path, lines: list[str], separator: str) -> list[str]:
    """The header; none where the first row is all numbers."""
    with foreign_errors(path, csv.Error, problem="this is no readable table"):
        cells = [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=separator), [])]
    return [] if all(map(_is_number, cells)) else cells


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path: Path, lines: list[str], separator: str) -> NDArray[np.float64]:
    if not lines:
        raise FormatError(f"{path}: has no row of numbers; a series has a row a moment")
    with foreign_errors(path, ValueError, problem="a table of numbers is wanted"):
        return np.loadtxt(lines, np.float64, comments=None, delimiter=separator, quotechar='"', ndmin=2)


def _split_times(
    path: Path, values: NDArray[np.float64], names: list[str]
) -> tuple[TimeAxis | None, NDArray[np.float64], list[str]]:
    """The moments where the first column says so, and the columns of values with their names."""
    stated = _TIME.fullmatch(names[0]) if names else None
    if stated is None:
        return None, values, names
    times = values[:, 0] * (1e-3 if (stated[1] or "").lower() == "ms" else 1.0)
    if values.shape[1] < 2:
        raise FormatError(f"{path}: has times and no values")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        row = int(np.argmin(np.diff(times, prepend=-math.inf) > 0))
        raise FormatError(f"{path}: the times of a series increase, row {row + 1} has {values[row, 0]:g}")
    return axis_of(times.tolist()), values[:, 1:], names[1:]


def _vertices(path: Path, names: list[str]) -> tuple[NDArray[np.int32] | None, NDArray[np.intp] | None]:
    """The vertex numbers that all `names` state, and the order that sorts them; None where columns are just counted."""
    matches = [_VERTEX.fullmatch(name) for name in names]
    if not names or not all(matches):
        return None, None
    return ascending(path, np.array([int(match[1]) for match in matches if match]))
