"""Values over time as rows of a (moment, value) array, mapped or in memory: what every format of series gives back."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.fingerprints import fingerprint_of_series
from brainreel.formats.gate import foreign_errors
from brainreel.formats.options import ReadOptions


@dataclass(frozen=True)
class RowSeries:
    """Row k of `rows` is moment k of `times`. `order` picks the values so that `vertices` ascend; None: as they are.

    `maps`: the names of the rows, where the file states them.
    """

    path: Path
    name: str
    times: TimeAxis
    hemi: str | None
    rows: NDArray = field(repr=False)
    vertices: NDArray[np.int32] | None = field(default=None, repr=False)
    order: NDArray[np.intp] | None = field(default=None, repr=False)
    maps: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Values in a row."""
        return self.rows.shape[1]

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`; an index outside the moments is a bug of the caller."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        if isinstance(self.rows, np.memmap):
            self._require_whole(self.rows)
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            values = np.array(self.rows[index], np.float32, order="C", subok=False)
        return values if self.order is None else values[self.order]

    def _require_whole(self, mapped: np.memmap) -> None:
        """A mapped file that has become shorter would end the process without a word."""
        with foreign_errors(self.path):
            if self.path.stat().st_size < mapped.offset + mapped.nbytes:
                raise FormatError(f"{self.path}: the file has become shorter since it was opened; start again")

    def fingerprint(self) -> str:
        """A hex digest of the file, which holds values and vertex numbers, and of the times."""
        times = self.times
        return fingerprint_of_series(self.path, times=[times.first_s, times.step_s, times.unit, *times.uneven])


def ascending(path: Path, vertices: NDArray) -> tuple[NDArray[np.int32], NDArray[np.intp] | None]:
    """`vertices` in ascending order, and what puts their values into it; None where they are in order.

    Raises FormatError where one occurs twice or is none.
    """
    order = None if (np.diff(vertices) > 0).all() else np.argsort(vertices, kind="stable")
    sorted_ones = vertices if order is None else vertices[order]
    if len(sorted_ones) and not 0 <= sorted_ones[0] <= sorted_ones[-1] < 2**31:
        odd = sorted_ones[0] if sorted_ones[0] < 0 else sorted_ones[-1]
        raise FormatError(f"{path}: vertex number {odd:,} is beyond any surface; the file is damaged")
    if (np.diff(sorted_ones) == 0).any():
        twice = int(sorted_ones[:-1][np.diff(sorted_ones) == 0][0])
        raise FormatError(f"{path}: vertex {twice} has two values a moment; a source estimate has each vertex once")
    return sorted_ones.astype(np.int32), order


def time_axis(path: Path, count: int, options: ReadOptions) -> TimeAxis:
    """The moments of a file that states none: the options', or one item. Raises FormatError where they are needed."""
    if isinstance(options.times, tuple):
        return TimeAxis(*options.times, count)
    if options.times is None and count != 1:
        raise FormatError(
            f"{path}: {count} rows without times; state them as `times: {{first: 0s, step: 10ms}}`, or `times: "
            "none` for items 0, 1, 2..."
        )
    return TimeAxis(0.0, 1.0, count, "items")
