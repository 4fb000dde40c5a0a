"""Pages of TIFF in many strips or tiles: of a region only those are decoded that it touches."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.boxes import Box
from brainreel.formats.gate import foreign_errors

CODEC_REMEDY = "is not decoded here; save the stack uncompressed, or with LZW or ZIP"
LARGEST_RATIO = 1 << 17
"""No codec shrinks more: Zstandard's longest run is 128 KiB in a few bytes."""


@dataclass(frozen=True)
class Segments:
    """The strips or tiles of a page of `shape` along `axes` ("yx", "yxc" or "cyx"), each of them `chunk` elements.

    `table` (c, y, x, 2) is the byte at which each begins and how many it has; where either is 0, all is `empty`.
    `state` is the size and the time of change of the file when the table was read.
    """

    path: Path
    shape: tuple[int, ...]
    axes: str
    dtype: np.dtype
    chunk: tuple[int, ...]
    table: NDArray[np.int64] = field(repr=False)
    empty: float
    decode: Callable[..., Any] = field(repr=False)
    jpeg_tables: bytes | None = field(repr=False)
    state: tuple[int, int]

    def __getitem__(self, box: Box) -> NDArray:
        """The elements of `box`. Raises FormatError where a segment is damaged or the file has changed."""
        result = np.empty([part.stop - part.start for part in box], self.dtype)
        parts, chunks = dict(zip(self.axes, box, strict=True)), dict(zip(self.axes, self.chunk, strict=True))
        planes = parts["c"] if self.axes == "cyx" else slice(0, 1)
        targets = result if self.axes == "cyx" else result[None]
        down, across = (range(parts[a].start // chunks[a], -(-parts[a].stop // chunks[a])) for a in "yx")
        with foreign_errors(self.path), self.path.open("rb") as file:
            self._require_same()
            for c, y, x in itertools.product(range(planes.start, planes.stop), down, across):
                segment = self._decoded(file, (c, y, x))
                self._place(segment, (y * chunks["y"], x * chunks["x"]), parts, targets[c - planes.start])
        return result

    def _decoded(self, file: BinaryIO, place: tuple[int, int, int]) -> NDArray | None:
        """The segment (y, x[, c]) at `place` in the table, None where it is all empty."""
        offset, count = self.table[place].tolist()
        if not offset or not count:
            return None
        file.seek(offset)
        data = file.read(count)
        index = int(np.ravel_multi_index(place, self.table.shape[:3]))
        try:
            segment = self.decode(data, index, jpegtables=self.jpeg_tables)[0][0]
            return segment if self.axes == "yxc" else segment[:, :, 0]
        except ImportError as error:
            raise FormatError(f"{self.path}: its compression {CODEC_REMEDY}") from error
        except Exception as error:  # every codec is another library with its own errors
            raise FormatError(f"{self.path}: piece {index} cannot be decoded: {error}; copy it again") from error

    def _place(self, segment: NDArray | None, at: tuple[int, int], parts: dict[str, slice], target: NDArray) -> None:
        """Copy what of the segment that begins at `at` lies in the box `parts` to where it belongs in `target`."""
        sizes, chunks = dict(zip(self.axes, self.shape, strict=True)), dict(zip(self.axes, self.chunk, strict=True))
        inside, wanted = [], []
        for axis, begin in zip("yx", at, strict=True):
            part = parts[axis]
            start, stop = max(part.start, begin), min(part.stop, begin + chunks[axis], sizes[axis])
            inside.append(slice(start - part.start, stop - part.start))
            wanted.append(slice(start - begin, stop - begin))
        channels = (parts["c"],) if self.axes == "yxc" else ()
        part = target[tuple(inside)]
        if segment is None:
            part[...] = self.empty
            return
        found = segment[(*wanted, *channels)]
        if found.shape != part.shape:
            raise FormatError(f"{self.path}: a piece of {segment.shape} has fewer pixels than stated; copy it again")
        part[...] = found

    def _require_same(self) -> None:
        if _state(self.path) != self.state:
            raise FormatError(f"{self.path}: the file has changed since it was opened; start again")


def segments_of(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame, axes: str) -> Segments | None:
    """The segments of a coded page, None where it is decoded whole: of one segment, or of a scheme of its own.

    Raises FormatError where they cannot make up the page, and what tifffile raises on damaged tags.
    """
    first = page.keyframe
    if first is None or first.is_contiguous or first.jpegheader is not None:
        return None
    if first.imagedepth != 1 or first.tiledepth > 1 or min(first.shape) < 2 or first.dtype is None:
        return None
    height, width = (first.shape[axes.index(axis)] for axis in "yx")
    rows, columns = (first.tilelength, first.tilewidth) if first.is_tiled else (first.rowsperstrip, width)
    grid = (first.shape[0] if axes == "cyx" else 1, -(-height // rows), -(-width // columns))
    count = math.prod(grid)
    if grid[1:] == (1, 1):
        return None
    offsets, counts = page.dataoffsets[:count], page.databytecounts[:count]
    if min(len(offsets), len(counts)) < count:
        raise FormatError(
            f"{path}: of its {count} pieces only {min(len(offsets), len(counts))} are listed; copy it again"
        )
    state = _state(path)
    channels = first.shape[2] if axes == "yxc" else 1
    if rows * columns * channels * first.dtype.itemsize > state[0] * LARGEST_RATIO:
        raise FormatError(
            f"{path}: pieces of {rows} x {columns} pixels cannot lie in {state[0]:,} bytes; copy it again"
        )
    sizes = {"y": rows, "x": columns, "c": channels}
    return Segments(
        path,
        first.shape,
        axes,
        first.dtype.newbyteorder("="),
        tuple(sizes[axis] for axis in axes),
        np.stack([np.array(offsets, np.int64), np.array(counts, np.int64)], -1).reshape(*grid, 2),
        first.nodata,
        first.decode,
        page.jpegtables,
        state,
    )


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
