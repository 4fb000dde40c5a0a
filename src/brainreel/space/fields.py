"""Displacement fields: how far a warp moves points of the world, on a grid, by B-splines, by thin plates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.space.affine import apply_affine

Array = NDArray[np.float64]
Reach = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The least and the largest displacement along x, y, z."""

_AT_ONCE = 1 << 16
"""Points whose neighbourhoods are gathered together, so that memory stays small."""


class Field(Protocol):
    """How far each point of the world goes; smooth inside its domain, nothing outside."""

    def displacement(self, points: Array) -> Array:
        """(n, 3) for `points` (n, 3), in world units."""
        ...

    def reach(self) -> Reach:
        """Bounds of all displacements."""
        ...


@dataclass(frozen=True, eq=False)
class GridField:
    """`vectors` (z, y, x, 3) at voxel centres, linear between them, held for half a voxel beyond, then none, as ITK."""

    vectors: NDArray[np.floating]
    world_from_voxel: Array

    def displacement(self, points: Array) -> Array:
        """(n, 3)."""
        voxel_from_world = np.linalg.inv(self.world_from_voxel)
        return _in_pieces(points, lambda piece: self._at(apply_affine(voxel_from_world, piece)))

    def reach(self) -> Reach:
        """Bounds of the vectors and of none."""
        return _bounds(self.vectors.reshape(-1, 3))

    def _at(self, voxels: Array) -> Array:
        counts = np.array(self.vectors.shape[2::-1])
        inside = np.logical_and(voxels >= -0.5, voxels <= counts - 0.5).all(1, keepdims=True)
        places = np.clip(voxels, 0, counts - 1)
        first = np.minimum(places.astype(np.intp), np.maximum(counts - 2, 0))
        parts = places - first
        result = np.zeros(voxels.shape)
        for corner in product((0, 1), repeat=3):
            x, y, z = np.minimum(first + corner, counts - 1).T
            weights = np.where(corner, parts, 1 - parts).prod(1)
            result += weights[:, None] * self.vectors[z, y, x]
        return np.where(inside, result, 0.0)


@dataclass(frozen=True, eq=False)
class SplineField:
    """Cubic B-splines with `coefficients` (z, y, x, 3) at the knots; none where a point has not four knots an axis."""

    coefficients: NDArray[np.floating]
    world_from_knot: Array

    def displacement(self, points: Array) -> Array:
        """(n, 3)."""
        knot_from_world = np.linalg.inv(self.world_from_knot)
        return _in_pieces(points, lambda piece: self._at(apply_affine(knot_from_world, piece)))

    def reach(self) -> Reach:
        """Bounds of the coefficients and of none: a spline stays among those around it."""
        return _bounds(self.coefficients.reshape(-1, 3))

    def _at(self, knots: Array) -> Array:
        counts = np.array(self.coefficients.shape[2::-1])
        inside = np.logical_and(knots >= 1, knots <= counts - 2).all(1, keepdims=True)
        first = np.clip(np.floor(knots).astype(np.intp) - 1, 0, counts - 4)
        weights = _cubic_weights(knots - first - 1)
        result = np.zeros(knots.shape)
        for place in product(range(4), repeat=3):
            x, y, z = (first + place).T
            weight = weights[place[0]][:, 0] * weights[place[1]][:, 1] * weights[place[2]][:, 2]
            result += weight[:, None] * self.coefficients[z, y, x]
        return np.where(inside, result, 0.0)


@dataclass(frozen=True, eq=False)
class ThinPlateField:
    """The thin-plate spline whose displacement at `sources` (k, 3) is `targets` - `sources`.

    `power`: of the distance in its kernel, 1 for the plate in space, 3 for the volume spline. Bookstein 1989; Davis
    and others, IEEE Transactions on Medical Imaging 16 (1997).
    """

    sources: Array
    targets: Array
    power: int = 1

    def displacement(self, points: Array) -> Array:
        """(n, 3)."""
        return _in_pieces(points, self._at)

    def reach(self) -> Reach:
        """Bounds over the box of its landmarks, an eighth larger, at 9 places an axis; far away it has none."""
        lower, upper = self.sources.min(0), self.sources.max(0)
        more = (upper - lower) / 16
        axes = np.linspace(lower - more, upper + more, 9).T
        return _bounds(self.displacement(np.stack(np.meshgrid(*axes), -1).reshape(-1, 3)))

    def _at(self, points: Array) -> Array:
        weights, affine = self._solution
        return self._kernel(points) @ weights + points @ affine[:3] + affine[3]

    def _kernel(self, points: Array) -> Array:
        return np.linalg.norm(points[:, None] - self.sources, axis=-1) ** self.power

    @cached_property
    def _solution(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Weights (k, 3) of the kernels and the affine part (4, 3)."""
        count = len(self.sources)
        plane = np.c_[self.sources, np.ones(count)]
        system = np.block([[self._kernel(self.sources), plane], [plane.T, np.zeros((4, 4))]])
        wanted = np.concatenate([self.targets - self.sources, np.zeros((4, 3))])
        found = np.linalg.lstsq(system, wanted, rcond=None)[0]
        return found[:count], found[count:]


def _cubic_weights(parts: Array) -> tuple[NDArray[np.floating], ...]:
    """Of the four knots around places that lie `parts` (0..1) behind the second."""
    rest = 1 - parts
    return (
        rest**3 / 6,
        (3 * parts**3 - 6 * parts**2 + 4) / 6,
        (3 * rest**3 - 6 * rest**2 + 4) / 6,
        parts**3 / 6,
    )


def _in_pieces(points: Array, evaluate: Callable[[Array], Array]) -> Array:
    result = np.empty(points.shape)
    for begin in range(0, len(points), _AT_ONCE):
        result[begin : begin + _AT_ONCE] = evaluate(points[begin : begin + _AT_ONCE])
    return result


def _bounds(vectors: NDArray[np.floating]) -> Reach:
    low, high = np.minimum(vectors.min(0), 0), np.maximum(vectors.max(0), 0)
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))
