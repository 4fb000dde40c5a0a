"""Labels on vertices: FreeSurfer's annotations (`lh.aparc.annot`) and labels (`lh.V1.label`).

An annotation is big-endian: int32 n, n times (int32 vertex, int32 value), int32 1, then a table of colours; a value is
R + 256 G + 65536 B of its row. Read here and not through nibabel, which gives values that the table lacks the next
row's name.
"""

import colorsys
import hashlib
import logging
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import LabelEntry, LabelTable
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.streams import unpacked

log = logging.getLogger("brainreel")
NO_PARCEL = -1
"""The label of vertices that belong to no parcel; a table may not have it."""
_BEYOND_ANY_SURFACE = 1 << 27
_LABEL_COLOR = (0.85, 0.2, 0.15)


@dataclass(frozen=True)
class VertexLabels:
    """A label for each of `vertices`; None: for every vertex, in order. `maps`: all that the file has, by name."""

    path: Path
    name: str
    labels: NDArray[np.int32] = field(repr=False)
    table: LabelTable = field(repr=False)
    hemi: str | None
    vertices: NDArray[np.int32] | None = field(default=None, repr=False)
    maps: tuple[str, ...] = ()
    chosen: int = 0

    def fingerprint(self) -> str:
        """A hex digest of the file, and of which of its parcellations this is."""
        return fingerprint([self.path], table=self.table.fingerprint(), hemi=self.hemi, map=self.chosen)


def label_table(name: str, entries: Sequence[LabelEntry]) -> LabelTable:
    """The table of `entries`, of which the first counts where a label is in it twice."""
    first = {entry.label: entry for entry in reversed(entries)}
    ordered = tuple(first[label] for label in sorted(first))
    return LabelTable(name, ordered, hashlib.blake2b(repr(ordered).encode(), digest_size=20).hexdigest())


def warn_of_unknown(path: Path, labels: NDArray, table: LabelTable) -> None:
    """Say which of `labels` the table does not have, and on how many vertices."""
    unknown, counts = np.unique(labels[~np.isin(labels, [entry.label for entry in table.entries])], return_counts=True)
    _warn(path, list(map(str, unknown)), counts, len(labels))


def _warn(path: Path, unknown: list[str], counts: NDArray, vertex_count: int) -> None:
    if not unknown:
        return
    shown = ", ".join(f"{name} ({count:,})" for name, count in list(zip(unknown, counts, strict=True))[:4])
    log.warning(
        "%s: %s of %s vertices have a label that its table does not have, and are drawn as of no parcel: %s%s",
        path, f"{counts.sum():,}", f"{vertex_count:,}", shown, " ..." if len(unknown) > 4 else "",
    )  # fmt: skip


def distinct_color(place: int) -> tuple[float, float, float]:
    """For labels without a colour: hues a golden section apart."""
    red, green, blue = colorsys.hsv_to_rgb((0.02 + 0.6180339887498949 * place) % 1.0, 0.6, 0.9)
    return red, green, blue


def open_annotation(path: Path, options: ReadOptions = NO_OPTIONS) -> VertexLabels:
    """The annotation in `path`; a label is its row's number in the table, 0 the first.

    Vertices of value 0 are of no parcel where no row is black; those of a value that no row has are counted in a
    warning. Raises FormatError where the file is cut off, has no table, or is none.
    """
    content = unpacked(path)
    count = _int(path, content, 0)
    if not 0 < count < _BEYOND_ANY_SURFACE or 4 + 8 * count + 4 > len(content):
        raise FormatError(
            f"{path}: the header states {count:,} vertices, so over {4 + 8 * max(count, 0):,} bytes, but there are "
            f"{len(content):,}; it is no annotation, or cut off: copy it again"
        )
    pairs = np.frombuffer(content, ">i4", 2 * count, 4).reshape(count, 2).astype(np.int64)
    if _int(path, content, 4 + 8 * count) != 1:
        raise FormatError(f"{path}: has no table of names and colours; write it with mris_label2annot or mri_annot")
    entries, values = _table(path, content, 8 + 8 * count)
    vertices, order = _ascending(path, pairs[:, 0])
    labels = _labels(path, pairs[:, 1], entries, values)
    hemi = options.hemi or hemisphere_of(path.name)
    return VertexLabels(path, path.name, labels[order], label_table(path.name, entries), hemi, vertices)


def _table(path: Path, content: bytes, at: int) -> tuple[list[LabelEntry], NDArray[np.int64]]:
    """The rows of either version, and the value that each has in the file."""
    first = _int(path, content, at)
    if first > 0:
        _, at = _text(path, content, at + 4)
        count, numbered = first, False
    elif first == -2:
        _, at = _text(path, content, at + 8)
        count, numbered, at = _int(path, content, at), True, at + 4
    else:
        raise FormatError(f"{path}: its table of colours is of version {-first:,}; versions 1 and 2 are read")
    if not 0 <= count <= len(content) // 20:
        raise FormatError(f"{path}: its table states {count:,} rows, more than the file has room for; it is damaged")
    entries, values = [], []
    for row in range(count):
        label, at = (_int(path, content, at), at + 4) if numbered else (row, at)
        name, at = _text(path, content, at)
        red, green, blue, transparency = (_int(path, content, at + 4 * k) for k in range(4))
        at += 16
        if not all(0 <= part <= 255 for part in (red, green, blue, transparency)) or label < 0:
            raise FormatError(f"{path}: row {row} of its table is {name!r} {red, green, blue, transparency}; damaged")
        color = red / 255, green / 255, blue / 255
        entries.append(LabelEntry(label, name, color, 1 - transparency / 255))
        values.append(red | green << 8 | blue << 16)
    return entries, np.array(values, np.int64)


def _labels(
    path: Path, values: NDArray[np.int64], entries: list[LabelEntry], known: NDArray[np.int64]
) -> NDArray[np.int32]:
    """The label of each of `values`, `NO_PARCEL` where no row of the table has it."""
    labels = np.full(len(values), NO_PARCEL, np.int32)
    for entry, value in zip(reversed(entries), known[::-1], strict=True):
        labels[values == value] = entry.label
    unknown, counts = np.unique(values[(labels == NO_PARCEL) & (values != 0)], return_counts=True)
    _warn(path, [f"{value & 0xFFFFFFFF:#08x}" for value in unknown.tolist()], counts, len(values))
    return labels


def open_label(path: Path, options: ReadOptions = NO_OPTIONS) -> VertexLabels | RowSeries:
    """The vertices of one label, an ASCII file of `vertex x y z value`, or the values where the options ask for them.

    Raises FormatError where it is damaged.
    """
    rows = _label_rows(path)
    vertices, order = _ascending(path, rows[:, 0].astype(np.int64), all_of_them=False)
    hemi = options.hemi or hemisphere_of(path.name)
    if options.per_vertex:
        values = rows[order, 4].astype(np.float32)[None]
        return RowSeries(path, path.name, time_axis(path, 1, options), hemi, values, vertices)
    name = path.name.removesuffix(".gz").removesuffix(".label").removeprefix("lh.").removeprefix("rh.")
    table = label_table(path.name, [LabelEntry(1, name, _LABEL_COLOR)])
    return VertexLabels(path, path.name, np.ones(len(rows), np.int32), table, hemi, vertices)


def _label_rows(path: Path) -> NDArray[np.float64]:
    """(n, 5): vertex, x, y, z and value of each line."""
    lines = unpacked(path).split(b"\n")
    body = [line for line in lines if line.strip() and not line.startswith(b"#")]
    try:
        count = int(body[0])
        rows = np.array([line.split() for line in body[1:]], np.float64).reshape(-1, 5)
    except (ValueError, IndexError, OverflowError) as error:
        raise FormatError(f"{path}: this is no label: its lines are `vertex x y z value` behind their count") from error
    if count != len(rows) or not count:
        raise FormatError(f"{path}: states {count:,} vertices and names {len(rows):,}; it is cut off: copy it again")
    numbers = rows[:, 0]
    if not (np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all() and abs(numbers).max() < 2**31):
        raise FormatError(f"{path}: its vertex numbers are no whole numbers; it is damaged")
    return rows


def _ascending(
    path: Path, numbers: NDArray[np.int64], all_of_them: bool = True
) -> tuple[NDArray[np.int32] | None, NDArray[np.intp]]:
    """`numbers` in order, None where they are 0, 1, 2... and the file is to have all vertices; and what sorts them."""
    order = np.argsort(numbers, kind="stable")
    ascending = numbers[order]
    if ascending[0] < 0 or ascending[-1] >= _BEYOND_ANY_SURFACE:
        raise FormatError(
            f"{path}: names vertex {ascending[0] if ascending[0] < 0 else ascending[-1]:,}; it is damaged"
        )
    twice = np.flatnonzero(np.diff(ascending) == 0)
    if twice.size:
        raise FormatError(f"{path}: vertex {ascending[twice[0]]:,} is in it twice; it is damaged")
    if all_of_them and ascending[-1] == len(ascending) - 1:
        return None, order
    return ascending.astype(np.int32), order


def _int(path: Path, content: bytes, at: int) -> int:
    if at + 4 > len(content):
        raise FormatError(f"{path}: is cut off at byte {len(content):,}; copy it again")
    return struct.unpack_from(">i", content, at)[0]


def _text(path: Path, content: bytes, at: int) -> tuple[str, int]:
    """A text behind its length, up to its first zero; and where it ends."""
    length = _int(path, content, at)
    if not 0 <= length <= len(content) - at - 4:
        raise FormatError(f"{path}: a name of {length:,} bytes at byte {at:,} is more than the file has; it is damaged")
    return content[at + 4 : at + 4 + length].split(b"\0")[0].decode("utf-8", "replace"), at + 4 + length
