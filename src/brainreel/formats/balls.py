"""Points as a surface: a ball each, values on them, and sizes by values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, Series, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.mesh_series import ShapeSeries
from brainreel.space.geodesic import divisions_for, geodesic_sphere

SIZE_MM = 4.0
"""Diameter of the ball that shows a point."""
_VERTICES = 400_000
"""Of all balls together, about: few are round, many are drawn as fast."""
_FINEST, _COARSEST = 642, 42


class Glyphs(Protocol):
    """What is drawn at points, all alike: their vertices follow each other, as many for each."""

    @property
    def name(self) -> str:
        """That of the file of points."""
        ...

    def rows_at(self, index: int, /) -> NDArray[np.intp]:
        """(k,) the points at which there is one at moment `index`."""
        ...

    @property
    def count(self) -> int:
        """How many points the file has."""
        ...

    @property
    def vertex_count(self) -> int:
        """Of all together."""
        ...

    def on_vertices(self, values: NDArray) -> NDArray:
        """The value of each (k, ...) on all its vertices."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of where they are."""
        ...


@dataclass(frozen=True, eq=False)
class Balls:
    """A surface of one ball of `size_mm` a point, whose vertices follow each other, as many for each.

    `centers` (k, 3) are millimetres, `rows` (k,) the rows of the file that have a place, of `count` rows in all.
    `columns` are its columns of numbers, (k,) each.
    """

    path: Path
    centers: NDArray[np.float32] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    rows: NDArray[np.intp] = field(repr=False)
    count: int
    columns: Mapping[str, NDArray[np.float32]] = field(repr=False)
    size_mm: float = SIZE_MM
    mm: float = 1.0

    @property
    def name(self) -> str:
        """That of the file."""
        return self.path.name

    @property
    def hemi(self) -> None:
        """Points belong to no hemisphere."""
        return

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) vertices of all balls in millimetres."""
        return self._surface[0]

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers."""
        return self._surface[1]

    def rows_at(self, _: int, /) -> NDArray[np.intp]:
        """The same rows at all moments."""
        return self.rows

    @property
    def vertex_count(self) -> int:
        """Of all balls."""
        return len(self.centers) * len(self._ball[0])

    @cached_property
    def _surface(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        sphere, faces = self._ball
        first = len(sphere) * np.arange(len(self.centers), dtype=np.int32)
        return self.of_size(self.size_mm), (first[:, None, None] + faces).reshape(-1, 3)

    def of_size(self, size_mm: float | NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) vertices of balls of one diameter, or of one at each vertex (n,)."""
        sphere, _ = self._ball
        radii = np.broadcast_to(np.float32(0.5) * size_mm, len(self.centers) * len(sphere))
        balls = radii.reshape(len(self.centers), -1, 1) * sphere.astype(np.float32)
        return (self.centers[:, None] + balls).reshape(-1, 3).astype(np.float32)

    @cached_property
    def _ball(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        each = min(max(_VERTICES // len(self.centers), _COARSEST), _FINEST)
        return geodesic_sphere(divisions_for(each))

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """The columns, a value a vertex."""
        return {name: self.on_vertices(values) for name, values in self.columns.items()}

    def on_vertices(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) the value of each point (k,) on all vertices of its ball."""
        return np.repeat(values, len(self._ball[0]))

    def fingerprint(self) -> str:
        """A hex digest of the file, the unit of its numbers and the size."""
        return fingerprint([self.path], points=self.size_mm, unit=self.mm)


def balls_of(item: object) -> Balls | None:
    """The balls that a surface, or one over time, is made of; None where it is another."""
    if isinstance(item, ShapeSeries):
        item = item.shapes[0]
    return item.balls if isinstance(item, BallsByValues) else item if isinstance(item, Balls) else None


@dataclass(frozen=True)
class PointValues:
    """A series of a value a row of a file of points as one on the vertices of their `glyphs`; no number where it has
    none for a point."""

    inner: Series
    glyphs: Glyphs

    def __post_init__(self) -> None:
        width, count = self.inner.width, self.glyphs.count
        if self.inner.vertices is None and width != count:
            raise FormatError(
                f"{self.inner.name}: has {width:,} values a moment, but {self.glyphs.name} has {count:,} points; write "
                "one a point, in the order of its rows (n/a rows count too)"
            )
        if self.inner.vertices is not None and width and int(self.inner.vertices.max()) >= count:
            raise FormatError(
                f"{self.inner.name}: has a value for point {int(self.inner.vertices.max()):,}, but {self.glyphs.name} "
                f"has {count:,} points, numbered from 0; name the file of the points they were measured at"
            )

    @property
    def name(self) -> str:
        """That of the values."""
        return self.inner.name

    @property
    def times(self) -> TimeAxis:
        """Those of the values."""
        return self.inner.times

    @property
    def width(self) -> int:
        """The vertices of all."""
        return self.glyphs.vertex_count

    @property
    def vertices(self) -> None:
        """There is one value for every vertex."""
        return

    @property
    def hemi(self) -> None:
        """Points belong to no hemisphere."""
        return

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`."""
        values = self.inner.row(index)
        if self.inner.vertices is not None:
            every = np.full(self.glyphs.count, np.nan, np.float32)
            every[self.inner.vertices] = values
            values = every
        return self.glyphs.on_vertices(values[self.glyphs.rows_at(index)])

    def fingerprint(self) -> str:
        """A hex digest of the values and of where they are."""
        return fingerprint([], values=self.inner.fingerprint(), points=self.glyphs.fingerprint())


@dataclass(frozen=True)
class BallsByValues:
    """Balls over time whose sizes go by `values` on their vertices: those of `range` have the two `sizes_mm`.

    Sizes are held beyond. A range from 0 or above counts for absolute values. What is no number has no size.
    """

    balls: Balls
    values: Series
    range: tuple[float, ...]
    sizes_mm: tuple[float, ...]

    @property
    def name(self) -> str:
        """That of the file of points."""
        return self.balls.name

    @property
    def times(self) -> TimeAxis:
        """Those of the values."""
        return self.values.times

    @property
    def hemi(self) -> None:
        """Points belong to no hemisphere."""
        return

    def mesh(self, index: int) -> Mesh:
        """The balls at moment `index`."""
        values = self.values.row(index)
        low, high = self.range
        sizes = np.interp(np.abs(values) if low >= 0 else values, (low, high), self.sizes_mm)
        points = self.balls.of_size(np.where(np.isnan(values), 0, sizes).astype(np.float32))
        return _SizedBalls(self.balls, points, f"{self.fingerprint()}{index:08x}")

    def fingerprint(self) -> str:
        """A hex digest of points, values and how these become sizes."""
        return fingerprint([], values=self.values.fingerprint(), range=self.range, sizes=self.sizes_mm)


@dataclass(frozen=True, eq=False)
class _SizedBalls:
    """The balls with other vertices."""

    balls: Balls
    points: NDArray[np.float32]
    content: str

    @property
    def name(self) -> str:
        return self.balls.name

    @property
    def hemi(self) -> None:
        return

    @property
    def faces(self) -> NDArray[np.int32]:
        return self.balls.faces

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        return self.balls.arrays

    def fingerprint(self) -> str:
        return self.content
