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
    faces, cell = fans(cells)
    return unfolded(faces, cell, cells.sizes, points), cell


def joined_cells(pieces: Sequence[Cells], first_vertices: NDArray[np.integer]) -> Cells:
    """The cells of all pieces; those of piece k name vertices from `first_vertices[k]` on."""
    sizes = np.concatenate([piece.sizes for piece in pieces])
    moved = [piece.corners + int(first) for piece, first in zip(pieces, first_vertices, strict=False)]
    return Cells(np.concatenate([[0], np.cumsum(sizes)]), np.concatenate(moved))


def fans(cells: Cells) -> tuple[NDArray, NDArray[np.int64]]:
    """Triangles (m, 3) that all begin at their polygon's first vertex, and the polygon (m,) of each.

    Polygons with one inward corner or none are covered once, or as `unfolded` mends it; others may be covered twice.
    """
    if (cells.sizes == 3).all():
        return cells.corners.reshape(-1, 3), np.arange(len(cells))
    polygon, within = _numbered(cells)
    first = cells.offsets[polygon]
    corners = cells.corners
    return np.stack([corners[first], corners[first + within + 1], corners[first + within + 2]], 1), polygon


def strip_triangles(cells: Cells) -> tuple[NDArray, NDArray[np.int64]]:
    """Triangles (m, 3) of strips, every other one turned so that all face one way, and the strip (m,) of each."""
    strip, within = _numbered(cells)
    first = cells.offsets[strip] + within
    odd = within % 2
    corners = cells.corners
    return np.stack([corners[first + odd], corners[first + 1 - odd], corners[first + 2]], 1), strip


def _numbered(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every triangle its cell, and its number within it: two fewer than the cell has vertices."""
    counts = np.maximum(cells.sizes - 2, 0)
    cell = np.repeat(np.arange(len(cells)), counts)
    return cell, np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)


def unfolded(faces: NDArray, cell: NDArray[np.int64], sizes: NDArray[np.int64], points: NDArray) -> NDArray:
    """`faces` of `fans`, where of quadrangles with an inward corner the diagonal that lies within is taken.

    The two triangles of such a quadrangle face opposite ways along the wrong diagonal.
    """
    first = np.flatnonzero(sizes[cell] == 4)[::2]
    if not len(first):
        return faces
    a, b, c, d = (points[corner].astype(float) for corner in (*faces[first].T, faces[first + 1, 2]))
    folded = first[(_agreement(a, b, c, d) < 0) & (_agreement(b, c, d, a) > 0)]
    result = faces.copy()
    result[folded] = np.stack([faces[folded, 0], faces[folded, 1], faces[folded + 1, 2]], 1)
    result[folded + 1] = np.stack([faces[folded, 1], faces[folded, 2], faces[folded + 1, 2]], 1)
    return result


def _agreement(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> NDArray[np.float64]:
    """Above 0 where the triangles abc and acd face the same way."""
    with np.errstate(invalid="ignore", over="ignore"):  # places that are not finite are refused later
        return np.einsum("ij,ij->i", np.cross(b - a, c - a), np.cross(c - a, d - a))
