"""Displacement fields: how far a warp moves points of the world, on a grid, by B-splines, by thin plates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.space.affine import apply_affine

Array = NDArray[np.float64]
Reach = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The least and the largest displacement along x, y, z."""

_AT_ONCE = 1 << 16
"""Points whose displacements are found together, so that memory stays small."""
_DISTANCES_AT_ONCE = 1 << 22


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
        return self._reach

    def _at(self, voxels: Array) -> Array:
        inside = np.logical_and(voxels >= -0.5, voxels <= np.array(self.vectors.shape[2::-1]) - 0.5).all(1)
        return _interpolated(self._planes, voxels, inside, 1)

    @cached_property
    def _planes(self) -> NDArray[np.floating]:
        return _by_component(self.vectors)

    @cached_property
    def _reach(self) -> Reach:
        return _bounds(self.vectors.reshape(-1, 3))


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
        return self._reach

    def _at(self, knots: Array) -> Array:
        inside = np.logical_and(knots >= 1, knots <= np.array(self.coefficients.shape[2::-1]) - 2).all(1)
        return _interpolated(self._planes, knots, inside, 3)

    @cached_property
    def _planes(self) -> NDArray[np.floating]:
        return _by_component(self.coefficients)

    @cached_property
    def _reach(self) -> Reach:
        return _bounds(self.coefficients.reshape(-1, 3))


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
        return _in_pieces(points, self._at, max(1, _DISTANCES_AT_ONCE // len(self.sources)))

    def reach(self) -> Reach:
        """Bounds over the box of its landmarks, an eighth larger; far away it has none."""
        lower, upper = self.sources.min(0), self.sources.max(0)
        more = (upper - lower) / 16
        return self.reach_in(lower - more, upper + more)

    def reach_in(self, lower: Array, upper: Array) -> Reach:
        """Bounds over the box from `lower` to `upper` (3,), as 9 places an axis say."""
        axes = np.linspace(lower, upper, 9).T
        return _bounds(self.displacement(np.stack(np.meshgrid(*axes), -1).reshape(-1, 3)))

    def _at(self, points: Array) -> Array:
        weights, affine = self._solution
        return self._kernel(points) @ weights + points @ affine[:3] + affine[3]

    def _kernel(self, points: Array) -> NDArray[np.floating]:
        from scipy.spatial.distance import cdist

        return cdist(points, self.sources) ** self.power

    @cached_property
    def _solution(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Weights (k, 3) of the kernels and the affine part (4, 3)."""
        count = len(self.sources)
        plane = np.c_[self.sources, np.ones(count)]
        system = np.block([[self._kernel(self.sources), plane], [plane.T, np.zeros((4, 4))]])
        wanted = np.concatenate([self.targets - self.sources, np.zeros((4, 3))])
        found = np.linalg.lstsq(system, wanted, rcond=None)[0]
        return found[:count], found[count:]


def _by_component(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """(3, z, y, x), so that reading one component touches as little memory as can be."""
    return np.ascontiguousarray(np.moveaxis(vectors, -1, 0), vectors.dtype.newbyteorder("="))


def _interpolated(planes: NDArray[np.floating], places: Array, inside: ArrayLike, order: int) -> Array:
    """(n, 3) between `planes`, by B-splines of an `order`; none where a place (x, y, z) is not `inside`."""
    from scipy import ndimage

    inside, result = np.asarray(inside, bool), np.zeros(places.shape)
    held = places[inside].T[::-1]
    for k, plane in enumerate(planes):
        result[inside, k] = ndimage.map_coordinates(
            plane, held, np.float64, order=order, mode="nearest", prefilter=False
        )
    return result


def _in_pieces(points: Array, evaluate: Callable[[Array], Array], at_once: int = _AT_ONCE) -> Array:
    result = np.empty(points.shape)
    for begin in range(0, len(points), at_once):
        result[begin : begin + at_once] = evaluate(points[begin : begin + at_once])
    return result


def _bounds(vectors: NDArray[np.floating]) -> Reach:
    low, high = np.minimum(vectors.min(0), 0), np.maximum(vectors.max(0), 0)
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))
