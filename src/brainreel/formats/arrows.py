"""Vectors as a surface over time: an arrow each, of the proportions of VTK's vtkArrowSource."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshSeries, Series, SeriesOfVectors, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.array_series import ArraySeries, StandingArray, array_series
from brainreel.formats.balls import PointValues
from brainreel.formats.fingerprints import fingerprint

TIP_LENGTH, TIP_RADIUS, SHAFT_RADIUS = 0.35, 0.1, 0.03
"""Of an arrow of length 1 (vtkArrowSource)."""
MOST_ARROWS = 100_000
_VERTICES = 400_000
"""Of all arrows together, about: few are round, many are drawn as fast."""
_LEAST_SIDES, _MOST_SIDES = 6, 12
"""vtkArrowSource has 6; light goes smoothly round them."""


def arrow(sides: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Vertices (6 sides, 3) of an arrow along x from 0 to 1, and its triangles.

    Its four faces, end, shaft, bottom and side of the tip, share no vertices, so that their edges are sharp.
    """
    turns = 2 * np.pi * (np.arange(sides) + np.array([[0.0], [0.5]])) / sides  # the apex lies between two corners
    (across, up), (across_between, up_between) = ((np.cos(turn), np.sin(turn)) for turn in turns)

    def ring(x: float, radius: float, y: NDArray = across, z: NDArray = up) -> NDArray:
        return np.stack([np.full(sides, x), radius * y, radius * z], 1)

    neck = 1 - TIP_LENGTH
    end, before, after = ring(0, SHAFT_RADIUS), ring(0, SHAFT_RADIUS), ring(neck, SHAFT_RADIUS)
    bottom, rim, apex = ring(neck, TIP_RADIUS), ring(neck, TIP_RADIUS), ring(1, 0, across_between, up_between)
    this = np.arange(sides)
    following = (this + 1) % sides
    fan = np.stack([np.zeros(sides - 2, int), this[2:], this[1:-1]], 1)  # seen from behind
    faces = [
        fan,
        np.stack([this + sides, following + sides, this + 2 * sides], 1),
        np.stack([following + sides, following + 2 * sides, this + 2 * sides], 1),
        fan + 3 * sides,
        np.stack([this + 4 * sides, following + 4 * sides, this + 5 * sides], 1),
    ]
    points = np.concatenate([end, before, after, bottom, rim, apex])
    return points.astype(np.float32), np.concatenate(faces).astype(np.int32)


@dataclass(frozen=True, eq=False)
class ArrowSeries:
    """Arrows along `values` (a Series of vectors) from the vertices `rows` of `base`, over the moments of the values.

    `picked` are the places of these vertices among the values. An arrow is its vector times `scale_mm` long, none where
    that is shorter than `least` or no number. Where the base moves it does so at the same moments; where it then has
    another number of points, every `every`-th of them has an arrow.
    """

    base: Mesh | MeshSeries
    values: Series
    rows: NDArray[np.intp] = field(repr=False)
    picked: NDArray[np.intp] = field(repr=False)
    scale_mm: float
    least: float = 0.0
    every: int = 1

    @property
    def name(self) -> str:
        """That of the vectors."""
        return self.values.name

    @property
    def times(self) -> TimeAxis:
        """Those of the vectors."""
        return self.values.times

    @property
    def hemi(self) -> str | None:
        """That of the points."""
        return self.base.hemi

    @property
    def count(self) -> int:
        """How many points there are, with an arrow or without."""
        return len(self._points_at(0).points)

    @property
    def vertex_count(self) -> int:
        """Of all arrows."""
        return len(self.rows) * len(self._shape[0])

    @cached_property
    def _shape(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        sides = _VERTICES // (6 * max(len(self.rows), 1))
        return arrow(min(max(sides, _LEAST_SIDES), _MOST_SIDES))

    @property
    def outline(self) -> "ArrowSeries":
        """The same arrows as six points each, which reach as far, without triangles."""
        return _Outline(self.base, self.values, self.rows, self.picked, self.scale_mm, self.least, self.every)

    @cached_property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers, at all moments that have as many points as the first."""
        return self.faces_of(len(self.rows))

    def faces_of(self, count: int) -> NDArray[np.int32]:
        """(m, 3) vertex numbers of so many arrows."""
        points, faces = self._shape
        first = len(points) * np.arange(count, dtype=np.int32)
        return (first[:, None, None] + faces).reshape(-1, 3)

    def rows_at(self, index: int, /) -> NDArray[np.intp]:
        """(k,) the points that have an arrow at moment `index`."""
        if isinstance(self.base, Mesh) or (count := len(self._points_at(index).points)) == self.count:
            return self.rows
        return np.arange(0, count, self.every)

    def on_vertices(self, values: NDArray) -> NDArray:
        """The value of each arrow (k, ...) on all its vertices."""
        return np.repeat(values, len(self._shape[0]), axis=0)

    def mesh(self, index: int) -> Mesh:
        """The arrows at moment `index`."""
        return self.between(((index, 1.0),))

    def between(self, moments: tuple[tuple[int, float], ...]) -> Mesh:
        """The arrows along the weighted mean of the vectors at several `moments` (index, weight).

        Raises FormatError where these have different points.
        """
        self._require_same_points(moments)
        places = _mean(lambda index: self._points_at(index).points[self.rows_at(index)], moments)
        vectors = _mean(self._vectors, moments)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        drawn = (lengths >= self.least) & np.isfinite(lengths) & (lengths > 0)
        along = np.where(drawn[:, None], vectors, 0)
        axes = self.scale_mm * np.stack([along, *_across(along, np.where(drawn, lengths, 1))], 1)
        vertices = places[:, None] + self._shape[0].astype(np.float64) @ axes
        first = self._points_at(moments[0][0])
        return _Arrows(
            self, moments[0][0], first, vertices.reshape(-1, 3).astype(np.float32), f"{self.fingerprint()}{moments}"
        )

    def _require_same_points(self, moments: tuple[tuple[int, float], ...]) -> None:
        counts = [len(self._points_at(index).points) for index, _ in moments]
        if len(set(counts)) > 1:
            raise FormatError(
                f"{self.base.name}: has {counts[0]:,} points at moment {moments[0][0]}, {counts[1]:,} at moment "
                f"{moments[1][0]}, so nothing lies between them; write interpolate: hold"
            )

    def _vectors(self, index: int) -> NDArray[np.float32]:
        rows = self.rows_at(index)
        return vectors_of(self.values, index)[self.picked if rows is self.rows else rows]

    def _points_at(self, index: int) -> Mesh:
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        if isinstance(self.base, Mesh):
            return self.base
        return self.base.mesh(index)

    @property
    def over_time(self) -> Mapping[str, Series]:
        """The arrays of the points as series."""
        return _OverTime(self)

    def fingerprint(self) -> str:
        """A hex digest of points, vectors and how these become arrows."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        chosen = [len(self.rows), self.every, *map(int, self.rows[:1])]
        parts = {"points": self.base.fingerprint(), "vectors": self.values.fingerprint(), "rows": chosen}
        return fingerprint([], **parts, scale=self.scale_mm, least=self.least)


class _Outline(ArrowSeries):
    """Start, end and the rim of the tip of arrows."""

    @cached_property
    def _shape(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        neck, radius = 1 - TIP_LENGTH, TIP_RADIUS
        rim = [(neck, radius, 0), (neck, -radius, 0), (neck, 0, radius), (neck, 0, -radius)]
        return np.array([(0, 0, 0), (1, 0, 0), *rim], np.float32), np.empty((0, 3), np.int32)


def vectors_of(series: Series, index: int) -> NDArray[np.float32]:
    """(width, 3) the vectors at moment `index`, of which the values of `series` are the lengths.

    Raises FormatError where the values are no vectors in space.
    """
    if isinstance(series, SeriesOfVectors):
        return series.vectors(index)
    values: NDArray = np.empty(0)
    if isinstance(series, ArraySeries | StandingArray):
        series.row(index)  # raises where there is no such moment, or none that fits
        mesh = series.moments.mesh(index) if isinstance(series, ArraySeries) else series.surface
        values = mesh.arrays.get(series.array, values)
    if values.ndim != 2 or values.shape[1] != 3:
        count = values.shape[1] if values.ndim == 2 else 1
        raise FormatError(
            f"{series.name}: holds {count} number{'s' * (count > 1)} a point, a vector has 3; paint what is no vector"
        )
    with np.errstate(over="ignore"):  # what no float32 can hold is infinite
        return np.array(values, np.float32)


def _mean(read: Callable[[int], NDArray[np.float32]], moments: tuple[tuple[int, float], ...]) -> NDArray[np.float64]:
    """What `read` gives at the moments, weighted; what stands still stays where it is to the bit."""
    first = read(moments[0][0]).astype(np.float64)
    total = first.copy()
    for index, weight in moments[1:]:
        total += weight * (read(index) - first)
    return total


def _across(along: NDArray[np.float64], lengths: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    """Two vectors, as long and upright on `along` (n, 3) and on each other (Duff et al. 2017)."""
    x, y, z = (along / lengths[:, None]).T
    sign = np.where(z < 0, -1.0, 1.0)
    a = -1 / (sign + z)
    b = x * y * a
    size = np.where(along.any(1), lengths, 0)[:, None]
    one = np.stack([1 + sign * x * x * a, sign * b, -sign * x], 1)
    return size * one, size * np.stack([b, sign + y * y * a, -y], 1)


@dataclass(frozen=True, eq=False)
class _Arrows:
    """The arrows of a moment, with the arrays of their points then."""

    series: ArrowSeries
    moment: int
    points_then: Mesh
    points: NDArray[np.float32]
    content: str

    @property
    def name(self) -> str:
        return self.series.name

    @property
    def hemi(self) -> str | None:
        return self.series.hemi

    @property
    def faces(self) -> NDArray[np.int32]:
        rows = self.series.rows_at(self.moment)
        return self.series.faces if rows is self.series.rows else self.series.faces_of(len(rows))

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        return _OnArrows(self.series, self.series.rows_at(self.moment), self.points_then.arrays)

    def fingerprint(self) -> str:
        return self.content


@dataclass(frozen=True)
class _OnArrows(Mapping[str, NDArray]):
    """Arrays of points on the vertices of their arrows."""

    series: ArrowSeries
    rows: NDArray[np.intp]
    arrays: Mapping[str, NDArray]

    def __getitem__(self, name: str) -> NDArray:
        return self.series.on_vertices(self.arrays[name][self.rows])

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass(frozen=True)
class _OverTime(Mapping[str, Series]):
    """Arrays of points on the vertices of their arrows, as series."""

    series: ArrowSeries

    def __getitem__(self, name: str) -> Series:
        return PointValues(array_series(self.series.base, name), self.series)

    def __iter__(self) -> Iterator[str]:
        return iter(self.series.mesh(0).arrays)

    def __len__(self) -> int:
        return len(self.series.mesh(0).arrays)
