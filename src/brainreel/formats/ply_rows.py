"""Rows of a PLY file's elements: numbers, and lists of them whose length stands before them in every row."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError

Order = Literal["<", ">", ""]
_TEXT = np.dtype(np.float64)
_LONGEST_ROW = 1 << 20
_CODES = {"i": {1: "b", 2: "h", 4: "i", 8: "q"}, "u": {1: "B", 2: "H", 4: "I", 8: "Q"}, "f": {4: "f", 8: "d"}}
"""The letters of `struct`, whose sizes are the same everywhere."""


@dataclass(frozen=True)
class Property:
    """A number of each row, or a list of them behind its length."""

    name: str
    dtype: np.dtype
    count_dtype: np.dtype | None = None

    def stored(self, order: Order) -> tuple[np.dtype, np.dtype | None]:
        """How items and lengths lie in the buffer: of text everything is a double."""
        if not order:
            return _TEXT, self.count_dtype and _TEXT
        return self.dtype.newbyteorder(order), self.count_dtype and self.count_dtype.newbyteorder(order)


@dataclass(frozen=True)
class Element:
    """`count` rows of `properties`."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """Lists: row k has `values[offsets[k]:offsets[k + 1]]`."""

    offsets: NDArray[np.int64] = field(repr=False)
    values: NDArray = field(repr=False)

    def as_array(self) -> NDArray | None:
        """(rows, k) where every list has k items, else None."""
        sizes = np.diff(self.offsets)
        if not len(sizes) or not sizes[0] or (sizes != sizes[0]).any():
            return None
        return self.values.reshape(len(sizes), -1)


Table = dict[str, NDArray | Listed]


def read_rows(path: Path, buffer: bytes, at: int, element: Element, order: Order) -> tuple[Table, int]:
    """The columns of `element`, whose rows begin at byte `at`, in native byte order, and the byte behind them.

    `order` is "<", ">", or "" where `buffer` holds a double for every number of a text. Raises FormatError where the
    rows go beyond the buffer.
    """
    properties = element.properties
    if len({one.name for one in properties}) != len(properties):
        raise FormatError(f"{path}: two properties of element {element.name[:40]} have one name; it is damaged")
    if not properties or not element.count:
        return {one.name: _empty(one) for one in properties}, at
    row = _row(buffer, at, properties, order)
    if row is not None and at + element.count * row.itemsize <= len(buffer):
        rows = np.frombuffer(buffer, row, element.count, at)
        if all((rows[name] == rows[name][0]).all() for name in rows.dtype.names or () if name.startswith("#")):
            return {one.name: _column(path, rows, one) for one in properties}, at + rows.nbytes
    if not any(one.count_dtype for one in properties):
        raise FormatError(
            f"{path}: {element.count:,} rows of {element.name[:40]} go beyond the end of the file; it is cut off: copy "
            "it again"
        )
    return _scanned(path, buffer, at, element, order)


def _empty(one: Property) -> NDArray | Listed:
    nothing = np.empty(0, one.dtype)
    return Listed(np.zeros(1, np.int64), nothing) if one.count_dtype else nothing


def _row(buffer: bytes, at: int, properties: list[Property], order: Order) -> np.dtype | None:
    """The layout of a row whose lists are as long as those of the row at `at`; lengths are called # and the name."""
    fields: list[tuple[str, np.dtype] | tuple[str, np.dtype, tuple[int]]] = []
    for one in properties:
        item, length = one.stored(order)
        if length is None:
            fields.append((one.name, item))
            at += item.itemsize
            continue
        if at + length.itemsize > len(buffer):
            return None
        count = np.frombuffer(buffer, length, 1, at)[0]
        if not 0 <= count <= _LONGEST_ROW or count != int(count):
            return None
        fields += [(f"#{one.name}", length), (one.name, item, (int(count),))]
        at += length.itemsize + int(count) * item.itemsize
    return np.dtype(fields)


def _column(path: Path, rows: NDArray, one: Property) -> NDArray | Listed:
    values = _converted(path, rows[one.name], one)
    if one.count_dtype is None:
        return values
    return Listed(np.arange(len(rows) + 1, dtype=np.int64) * values.shape[1], values.ravel())


def _converted(path: Path, values: NDArray, one: Property) -> NDArray:
    """Values of the property's type; FormatError for a number of a text that it cannot hold."""
    if one.dtype.kind in "iu" and values.dtype.kind == "f" and values.size:
        limits = np.iinfo(one.dtype)
        if not (values.min() >= limits.min and values.max() <= limits.max):
            raise FormatError(f"{path}: {one.name[:40]} has {values.min()} to {values.max()}, no values of {one.dtype}")
    with np.errstate(over="ignore"):  # what is too large for a float is infinite
        return values.astype(one.dtype)


def _scanned(path: Path, buffer: bytes, at: int, element: Element, order: Order) -> tuple[Table, int]:
    """Rows with lists of different lengths: where everything lies is found row by row, and gathered at once."""
    properties = element.properties
    width = 2 * len(properties)
    marks = np.fromiter(_marks(path, buffer, at, element, order), np.int64)
    marks = marks.reshape(element.count, width)
    table: Table = {}
    for number, one in enumerate(properties):
        starts, counts = marks[:, 2 * number], marks[:, 2 * number + 1]
        item, length = one.stored(order)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
        places = np.repeat(starts, counts) + within * item.itemsize
        values = _converted(path, _gathered(buffer, places, item), one)
        table[one.name] = values if length is None else Listed(offsets, values)
    last = properties[-1].stored(order)[0].itemsize
    return table, int(marks[-1, -2] + marks[-1, -1] * last)


def _marks(path: Path, buffer: bytes, at: int, element: Element, order: Order) -> Iterator[int]:
    """For every row and property the byte where its items begin, and their number."""
    code = order or "="
    steps = [one.stored(order) for one in element.properties]
    readers = [
        (item.itemsize, length and struct.Struct(code + _CODES[length.kind][length.itemsize])) for item, length in steps
    ]
    for row in range(element.count):
        for size, length in readers:
            count = 1
            if length is not None:
                if at + length.size > len(buffer):
                    raise _beyond(path, element, row)
                (count,) = length.unpack_from(buffer, at)
                at += length.size
            if not 0 <= count <= (len(buffer) - at) // size:
                raise _beyond(path, element, row)
            yield at
            yield int(count)
            at += int(count) * size


def _beyond(path: Path, element: Element, row: int) -> FormatError:
    return FormatError(
        f"{path}: row {row:,} of {element.count:,} of element {element.name[:40]} goes beyond the end of the file; it "
        "is cut off, or damaged: copy it again"
    )


def _gathered(buffer: bytes, places: NDArray[np.int64], dtype: np.dtype) -> NDArray:
    content = np.frombuffer(buffer, np.uint8)
    return content[places[:, None] + np.arange(dtype.itemsize)].view(dtype).ravel()
