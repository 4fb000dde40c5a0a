"""Polygons and strips as triangles, and where each triangle came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError


@dataclass(frozen=True)
class Cells:
    """Cell k has the vertices `corners[offsets[k]:offsets[k + 1]]`."""

    offsets: NDArray[np.int64] = field(repr=False)
    corners: NDArray = field(repr=False)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Vertices of each cell."""
        return np.diff(self.offsets)


_MOST_TRIED = 32
NO_CELLS = Cells(np.zeros(1, np.int64), np.empty(0, np.int64))


def checked_cells(path: Path, offsets: NDArray, corners: NDArray) -> Cells:
    """The cells of a file. Raises FormatError where `offsets` do not ascend from 0 to the number of corners."""
    with np.errstate(over="ignore"):
        starts = offsets.astype(np.int64)
    if not len(starts) or starts[0] != 0 or starts[-1] != len(corners) or (starts[1:] < starts[:-1]).any():
        raise FormatError(f"{path}: its {len(starts):,} offsets of cells do not fit {len(corners):,} corners; damaged")
    return Cells(starts, corners)


def counted_cells(path: Path, values: NDArray, count: int) -> Cells:
    """`count` cells from `values`, in which each cell's number of vertices stands before them.

    Raises FormatError where they do not make up all values.
    """
    each = int(values[0]) + 1 if count and len(values) else 1
    if each > 0 and count * each == len(values) and (values[::each] == each - 1).all():
        corners = values.reshape(count, each)[:, 1:].ravel()
        return Cells(np.arange(count + 1, dtype=np.int64) * (each - 1), corners)
    starts = np.fromiter(_starts(path, values.tolist(), count), np.int64)
    is_corner = np.ones(len(values), bool)
    is_corner[starts] = False
    offsets = np.append(starts, len(values)) - np.arange(count + 1)
    return Cells(offsets, values[is_corner])


def _starts(path: Path, values: list[int], count: int) -> Iterator[int]:
    """Where each cell begins."""
    at = 0
    for number in range(count):
        if at >= len(values) or not 0 <= values[at] < len(values) - at:
            raise FormatError(f"{path}: cell {number} of {count:,} goes beyond the {len(values):,} numbers ; damaged")
        yield at
        at += values[at] + 1
    if at != len(values):
        raise FormatError(f"{path}: {count:,} cells take {at:,} of {len(values):,} numbers; the file is damaged")


def triangles_of(path: Path, cells: Cells, points: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Polygons as triangles (m, 3), and the polygon (m,) of each. Raises FormatError for a vertex beyond `points`."""
    corners = cells.corners
    if len(corners) and not 0 <= int(corners.min()) <= int(corners.max()) < len(points):
        outside = int(corners[(corners < 0) | (corners >= len(points))][0])
        raise FormatError(f"{path}: a face names vertex {outside}, but there are {len(points):,} vertices; damaged")
    return fans(cells, points)


def joined_cells(pieces: Sequence[Cells], first_vertices: NDArray[np.integer]) -> Cells:
    """The cells of all pieces; those of piece k name vertices from `first_vertices[k]` on."""
    sizes = np.concatenate([piece.sizes for piece in pieces])
    moved = [piece.corners + int(first) for piece, first in zip(pieces, first_vertices, strict=False)]
    return Cells(np.concatenate([[0], np.cumsum(sizes)]), np.concatenate(moved))


def fans(cells: Cells, points: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Triangles (m, 3) that share a vertex of their polygon, and the polygon (m,) of each.

    The vertex is the first one from which no triangle is turned over; the first of all where none of 32 is such a one.
    """
    sizes = cells.sizes
    if (sizes == 3).all():
        return cells.corners.reshape(-1, 3), np.arange(len(cells))
    apex = np.zeros(len(cells), np.int64)
    faces, polygon = _fan(cells, np.arange(len(cells)), apex)
    folded = np.flatnonzero(_are_folded(faces, polygon, points, len(cells)) & (sizes > 3))
    if not len(folded):
        return faces, polygon
    for place in range(1, min(int(sizes[folded].max()), _MOST_TRIED)):
        tried = folded[sizes[folded] > place]
        found, number = _fan(cells, tried, np.full(len(tried), place))
        good = tried[~_are_folded(found, number, points, len(tried))]
        apex[good] = place
        folded = np.setdiff1d(folded, good, assume_unique=True)
    return _fan(cells, np.arange(len(cells)), apex)


def _fan(cells: Cells, chosen: NDArray[np.int64], apex: NDArray[np.int64]) -> tuple[NDArray, NDArray[np.int64]]:
    """Fans of the `chosen` cells around their corners `apex`, and the place in `chosen` of each triangle's cell."""
    sizes, starts = cells.sizes[chosen], cells.offsets[chosen]
    number, within = _numbered(sizes)
    turned = [(apex[number] + step) % sizes[number] for step in (0, within + 1, within + 2)]
    return np.stack([cells.corners[starts[number] + place] for place in turned], 1), number


def _are_folded(faces: NDArray, number: NDArray[np.int64], points: NDArray, count: int) -> NDArray[np.bool_]:
    """(count,) whether one of a polygon's triangles faces away from where all of them face together."""
    a, b, c = (points[faces[:, k]].astype(float) for k in range(3))
    with np.errstate(invalid="ignore", over="ignore"):  # places that are not finite are refused later
        normals = np.cross(b - a, c - a)
        together = np.stack([np.bincount(number, normals[:, k], count) for k in range(3)], 1)
        away = np.einsum("ij,ij->i", normals, together[number]) < 0
    return np.bincount(number, away, count) > 0


def strip_triangles(cells: Cells) -> tuple[NDArray, NDArray[np.int64]]:
    """Triangles (m, 3) of strips, every other one turned so that all face one way, and the strip (m,) of each."""
    strip, within = _numbered(cells.sizes)
    first = cells.offsets[strip] + within
    odd = within % 2
    corners = cells.corners
    return np.stack([corners[first + odd], corners[first + 1 - odd], corners[first + 2]], 1), strip


def _numbered(sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every triangle its cell, and its number within it: two fewer than the cell has vertices."""
    counts = np.maximum(sizes - 2, 0)
    cell = np.repeat(np.arange(len(sizes)), counts)
    return cell, np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
