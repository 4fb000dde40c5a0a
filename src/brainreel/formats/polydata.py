"""VTK's PolyData as a surface, whichever of its formats it was in."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, mesh_of
from brainreel.formats.options import ReadOptions
from brainreel.formats.polygons import NO_CELLS, Cells, joined_cells, strip_triangles, triangles_of
from brainreel.formats.surfaces import SurfaceMesh


@dataclass(frozen=True)
class PolyData:
    """Points (n, 3), cells, and values of both; those of cells are in the order vertices, lines, polygons, strips."""

    points: NDArray = field(repr=False)
    vertex_count: int = 0
    line_count: int = 0
    polygons: Cells = NO_CELLS
    strips: Cells = NO_CELLS
    arrays: Sequence[Named] = ()
    cell_arrays: Sequence[Named] = ()
    is_lps: bool = False

    @property
    def cell_count(self) -> int:
        """All cells, drawn or not."""
        return self.vertex_count + self.line_count + len(self.polygons) + len(self.strips)


_CLOUD = "a surface has triangles; vectors at points are drawn by points: FILE and arrows: {vectors: {array: NAME}}"


def mesh_of_polydata(path: Path, data: PolyData, options: ReadOptions) -> SurfaceMesh:
    """Polygons and strips as triangles, each with the values of its cell; vertices and lines are passed over.

    Raises FormatError where there is neither polygon nor strip and no cloud is wanted, or an array has another length
    than what it is of.
    """
    _require_lengths(path, data)
    before = data.vertex_count + data.line_count
    faces, cell = triangles_of(path, data.polygons, data.points)
    if len(data.strips):
        of_strips, strip = strip_triangles(data.strips)
        faces = np.concatenate([faces, of_strips])
        cell = np.concatenate([cell, strip + len(data.polygons)])
    if not len(faces) and not (options.cloud and len(data.points)):
        raise FormatError(f"{path}: {_not_drawn(data)}")
    is_whole = not before and len(cell) == data.cell_count
    face_arrays = [
        array if is_whole else replace(array, values=array.values[cell + before]) for array in data.cell_arrays
    ]
    return mesh_of(path, FileSurface(data.points, faces, data.arrays, face_arrays, data.is_lps), options)


def joined_polydata(path: Path, pieces: Sequence[PolyData], is_lps: bool) -> PolyData:
    """Pieces of one surface as one. Raises FormatError where they have other arrays."""
    if len(pieces) == 1:
        return replace(pieces[0], is_lps=is_lps)
    first = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    if len({(_names(piece.arrays), _names(piece.cell_arrays)) for piece in pieces}) != 1:
        raise FormatError(f"{path}: its {len(pieces)} pieces have different arrays; save it as one piece")
    kinds = [np.cumsum([0, p.vertex_count, p.line_count, len(p.polygons), len(p.strips)]) for p in pieces]
    return PolyData(
        np.concatenate([piece.points for piece in pieces]),
        sum(piece.vertex_count for piece in pieces),
        sum(piece.line_count for piece in pieces),
        joined_cells([piece.polygons for piece in pieces], first),
        joined_cells([piece.strips for piece in pieces], first),
        _joined(path, [(piece.arrays, [slice(None)]) for piece in pieces]),
        _joined(
            path,
            [
                (piece.cell_arrays, [slice(a, b) for a, b in pairwise(ends)])
                for piece, ends in zip(pieces, kinds, strict=True)
            ],
        ),
        is_lps,
    )


def _names(arrays: Sequence[Named]) -> tuple[str, ...]:
    return tuple(array.name for array in arrays)


def _joined(path: Path, pieces: list[tuple[Sequence[Named], list[slice]]]) -> list[Named]:
    """Arrays of all pieces, one stretch of all after the other."""
    joined = []
    for number, array in enumerate(pieces[0][0]):
        parts = [arrays[number].values[stretches[k]] for k in range(len(pieces[0][1])) for arrays, stretches in pieces]
        if len({part.shape[1:] for part in parts}) != 1:
            raise FormatError(f"{path}: array {array.name} has other components in each piece; it is damaged")
        joined.append(replace(array, values=np.concatenate(parts)))
    return joined


def _require_lengths(path: Path, data: PolyData) -> None:
    both = [(array, len(data.points), "points") for array in data.arrays]
    both += [(array, data.cell_count, "cells") for array in data.cell_arrays]
    for array, count, what in both:
        if len(array.values) != count:
            raise FormatError(
                f"{path}: array {array.name} has {len(array.values):,} values for {count:,} {what}; it is damaged"
            )


def _not_drawn(data: PolyData) -> str:
    """Why there is nothing to draw."""
    if data.line_count:
        return f"{data.line_count:,} lines and no polygons; this version draws surfaces, no bundles of streamlines"
    if data.vertex_count:
        return f"{data.vertex_count:,} single vertices and no polygons; {_CLOUD}"
    return f"{len(data.points):,} points and no polygons; {_CLOUD}"
