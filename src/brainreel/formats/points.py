"""Points in the world with names and values, such as electrodes: tables in text with columns x, y and z."""

import csv
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh
from brainreel.errors import FormatError
from brainreel.formats.balls import Balls
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries
from brainreel.formats.text_rows import open_text
from brainreel.space import LENGTHS_MM

log = logging.getLogger("brainreel")
MOST_POINTS = 200_000
FARTHEST_MM = 1e7
_HEADER_BYTES = 1 << 16
_AXES = ("x", "y", "z")
_MISSING = ("", "n/a", "na", "nan")
_UNIT_KEYS = tuple(f"{kind}CoordinateUnits" for kind in ("iEEG", "EEG", "MEG", "NIRS"))


def sniff_text(path: Path) -> str:
    """ "mesh" of a table of points, "array" of one of values."""
    return "mesh" if set(_AXES) <= {name.lower() for name in _header(path)} else "array"


def open_table(path: Path, options: ReadOptions = NO_OPTIONS) -> Mesh | RowSeries:
    """The points in `path` as balls, or the series of one without columns x, y and z."""
    return open_points(path) if sniff_text(path) == "mesh" else open_text(path, options)


def open_points(path: Path, unit: str | None = None) -> Balls:
    """A ball at each row of the table `path` that has a place; its numbers are in `unit`, mm, cm or m.

    Names are those of the column `name`, else of the first if it holds words. Where the unit is not stated a BIDS
    `coordsystem.json` beside it says so; else it is millimetres, and metres where no number is above 1. Raises
    FormatError where there is no place, a cell is no number, or there are too many rows.
    """
    require_file(path)
    with foreign_errors(path, UnicodeDecodeError, csv.Error, problem="this is no readable table"):
        lines = path.read_text("utf-8-sig").splitlines() or [""]
        rows_of_cells = [row for row in csv.reader(lines, delimiter=_separator(path, lines[0])) if any(row)]
    names, *cells = rows_of_cells or [[]]
    if len(cells) > MOST_POINTS:
        raise FormatError(f"{path}: has {len(cells):,} points, at most {MOST_POINTS:,} are drawn; leave some out")
    names = [name.strip() for name in names]
    known = {name.lower(): index for index, name in enumerate(names)}
    if missing := [axis for axis in _AXES if axis not in known]:
        there = ", ".join(names)
        raise FormatError(
            f"{path}: has no column {', '.join(missing)}; its columns are {there}; points have x, y and z in a header"
        )
    places = np.array([_column(path, cells, known[axis], axis) for axis in _AXES]).T.reshape(-1, 3)
    rows = np.flatnonzero(np.isfinite(places).all(axis=1))
    if not len(rows):
        raise FormatError(f"{path}: none of its {len(cells):,} rows has numbers for x, y and z; name one with places")
    if len(rows) < len(cells):
        log.warning(
            "%s: %d of %d points have no place (n/a) and are not drawn", path, len(cells) - len(rows), len(cells)
        )
    mm = LENGTHS_MM[unit or _unit_beside(path) or _likely_unit(path, places[rows])]
    if (farthest := mm * float(np.abs(places[rows]).max())) > FARTHEST_MM:
        raise FormatError(f"{path}: has a point {farthest:.3g} mm away, farther than any; mend its row, or the unit")
    columns = {name: _numbers(cells, index) for name, index in known.items() if name not in (*_AXES, "name")}
    in_first = names[0].lower() not in _AXES and columns.get(names[0].lower(), True) is None
    labels = known.get("name", 0 if in_first else len(names))
    called = [_cell(cells[row], labels) for row in rows]
    return Balls(
        path,
        (mm * places[rows]).astype(np.float32),
        tuple(called),
        rows,
        len(cells),
        {names[known[name]]: column[rows] for name, column in columns.items() if column is not None},
        mm=mm,
    )


def _header(path: Path) -> list[str]:
    require_file(path)
    with foreign_errors(path), path.open("rb") as file:
        line = file.readline(_HEADER_BYTES).decode("utf-8-sig", "replace")
    return [name.strip().strip('"') for name in line.strip().split(_separator(path, line))]


def _separator(path: Path, header: str) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ";" if ";" in header else ","


def _cell(row: Sequence[str], index: int) -> str:
    return row[index].strip() if index < len(row) else ""


def _column(path: Path, cells: Sequence[Sequence[str]], index: int, axis: str) -> list[float]:
    """The numbers of one column, n/a as NaN."""
    found = []
    for number, row in enumerate(cells, 1):
        text = _cell(row, index)
        try:
            found.append(math.nan if text.lower() in _MISSING else float(text))
        except ValueError:
            problem = f"row {number} has {text[:20]!r} for {axis}; write a number, or n/a where a point has no place"
            raise FormatError(f"{path}: {problem}") from None
    return found


def _numbers(cells: Sequence[Sequence[str]], index: int) -> NDArray[np.float32] | None:
    """The numbers of one column, n/a as NaN; None where it holds words, or nothing."""
    texts = [_cell(row, index) for row in cells]
    try:
        values = [math.nan if text.lower() in _MISSING else float(text) for text in texts]
    except ValueError:
        return None
    with np.errstate(over="ignore"):  # what no float32 can hold is infinite
        return None if all(map(math.isnan, values)) else np.array(values, np.float32)


def _unit_beside(path: Path) -> str | None:
    """The unit that the BIDS `coordsystem.json` of an `electrodes.tsv` states; None where there is none."""
    file = path.with_name(path.name.replace("_electrodes.", "_coordsystem.")).with_suffix(".json")
    if "_electrodes." not in path.name or not file.exists():
        return None
    require_file(file)
    with foreign_errors(file, ValueError, RecursionError, problem="this is no JSON; mend it, or write unit: mm"):
        stated = json.loads(file.read_text("utf-8-sig"))
    found = [stated[key] for key in _UNIT_KEYS if key in stated] if isinstance(stated, dict) else []
    if not found or found[0] == "n/a":
        return None
    if found[0] not in ("m", "cm", "mm"):
        raise FormatError(f"{file}: the coordinates are in {found[0]}, points are drawn in mm, cm or m; write unit: mm")
    return found[0]


def _likely_unit(path: Path, places: NDArray[np.float64]) -> str:
    if float(np.abs(places).max()) > 1:
        return "mm"
    log.warning("%s: no coordinate is above 1, so they are taken for metres; write unit: mm where they are not", path)
    return "m"
