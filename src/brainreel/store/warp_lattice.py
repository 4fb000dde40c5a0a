"""Where some voxels of a grid come from that a warp moved: with that the searches for the others begin, or end."""

import math
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.data import Volume
from brainreel.space import PartUndone, apply_affine, axis_lengths

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Triple = tuple[int, ...]

ENOUGH_VOXELS = 1e-3
"""A place that is found misses by less than this."""
PLAIN_VOXELS = 2e-3
"""The way back is taken to be linear in a cell where at CHECKED it is that near to what it is there."""
CHECKED = ((0.5, 0.5, 0.5), (0.25, 0.75, 0.5), (0.75, 0.5, 0.25), (0.5, 0.25, 0.75))
STRIDE = 4
"""Voxels from one place to the next."""


_PLACES = tuple((z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1))


class Lattice:
    """Every STRIDE voxels of a grid, around a region of it that begins at `first`: where in `source` these come from.

    The places lie in the grid, not in the region: what is found does not depend on which part of the grid is made.
    """

    def __init__(self, source: Volume, back: PartUndone, world_from_voxel: Array, first: Triple, shape: Triple) -> None:
        self.enough = ENOUGH_VOXELS * min(axis_lengths(world_from_voxel))
        """In the world, what places may miss by."""
        self.first = np.array([at // STRIDE - 1 for at in first])
        self._counts = np.array([(at + n - 1) // STRIDE + 2 for at, n in zip(first, shape, strict=True)]) - self.first
        self._back, self._source, self._world_from_voxel = back, source, world_from_voxel
        targets = apply_affine(world_from_voxel, indices(self.first, self._counts) * STRIDE)
        found = back.find(targets, self.enough)
        self._ways = (found.places - back.begin(targets)).T.reshape(3, *self._counts)
        self._sources = self._in_source(found.sources).reshape(3, *self._counts)
        self.near = _may_meet(self._sources, source.shape)
        """(z, y, x): of the cells between those places, whether any of the source may come there."""
        self._are_found = (np.linalg.norm(found.misses, axis=1) <= self.enough).reshape(self._counts)

    def measure(self) -> None:
        """Find out in which cells the way back is linear, for `kinds` and `between`."""
        self._plain = np.zeros(self.near.shape, bool)
        if not self._back.is_direct:
            hands = np.linalg.det((np.linalg.inv(self._source.world_from_voxel) @ self._world_from_voxel)[:3, :3])
            cells = np.argwhere(self.near & _every(self._are_found) & _keeps_hands(self._sources, hands))
            self._plain[tuple(cells.T)] = self._is_plain(cells)

    def guess(self, targets: Array) -> Array:
        """About where the places of `targets` (n, 3) in the world are."""
        voxels = apply_affine(np.linalg.inv(self._world_from_voxel), targets)
        return self._back.begin(targets) + self._linear(self._ways, voxels).T

    def kinds(self, voxels: Array) -> tuple[Flags, Flags]:
        """Of `voxels` (n, 3), x first: whether any of the source may come there, and whether `between` holds there."""
        z, y, x = (voxels[:, ::-1] // STRIDE - self.first).astype(np.intp).T
        return self.near[z, y, x], self._plain[z, y, x]

    def between(self, voxels: Array) -> Array:
        """(3, n), z first: where in the source `voxels` come from if the way back is linear between the places."""
        return self._linear(self._sources, voxels)

    def _linear(self, values: Array, voxels: Array) -> Array:
        from scipy import ndimage

        nodes = (voxels[:, ::-1] / STRIDE - self.first).T
        found = [ndimage.map_coordinates(one, nodes, order=1, mode="nearest", prefilter=False) for one in values]
        return np.stack(found)

    def _is_plain(self, cells: NDArray[np.intp]) -> Flags:
        plain = np.ones(len(cells), bool)
        for part in CHECKED:
            left = np.flatnonzero(plain)
            voxels = np.asarray((cells[left] + self.first + part)[:, ::-1] * STRIDE, float)
            found = self._back.find(apply_affine(self._world_from_voxel, voxels), self.enough, self.guess)
            off = np.abs(self._in_source(found.sources) - self.between(voxels)).max(0)
            plain[left] = (off <= PLAIN_VOXELS) & (np.linalg.norm(found.misses, axis=1) <= self.enough)
        return plain

    def _in_source(self, points: Array) -> Array:
        """`points` (n, 3) of the world in voxels of the source, (3, n), z first."""
        return apply_affine(np.linalg.inv(self._source.world_from_voxel), points).T[::-1]


def indices(first: ArrayLike, shape: ArrayLike) -> Array:
    """Voxels (n, 3), x first, of a region (z, y, x)."""
    counts = np.asarray(shape)
    z, y, x = np.indices(tuple(counts), float).reshape(3, math.prod(counts)) + np.reshape(first, (3, 1))
    return np.stack([x, y, z], -1)


def _may_meet(sources: Array, shape: tuple[int, ...]) -> Flags:
    """Of the cells between `sources` (3, z, y, x), in voxels, whether they may meet a volume of `shape`.

    Within a cell sources are taken to stray by a quarter of its size, and a voxel, from between its corners.
    """
    corners = _corners(sources)
    low, high = reduce(np.minimum, corners), reduce(np.maximum, corners)
    stray = (high - low) / 4 + 1
    last = np.array(shape)[:, None, None, None] - 1
    return np.asarray(((low - stray <= last + 0.5) & (high + stray >= -0.5)).all(0))


def _every(flags: Flags) -> Flags:
    """Of cells, whether all their corners are so."""
    return reduce(np.logical_and, _corners(flags[None]))[0]


def _keeps_hands(sources: Array, hands: float) -> Flags:
    """Of cells, whether at each corner the three edges become as right-handed as the sign of `hands` says."""
    corners = dict(zip(_PLACES, _corners(sources), strict=True))
    kept = np.ones(np.array(sources.shape[1:]) - 1, bool)
    for (z, y, x), here in corners.items():
        edges = [corners[1 - z, y, x] - here, corners[z, 1 - y, x] - here, corners[z, y, 1 - x] - here]
        turned = hands * (-1) ** (z + y + x)
        kept &= np.linalg.det(np.moveaxis(np.stack(edges), (0, 1), (-2, -1))) * turned > 0
    return kept


def _corners(values: NDArray) -> list[NDArray]:
    """Those of all cells between `values` (k, z, y, x), corner after corner."""
    ends = (slice(None, -1), slice(1, None))
    return [values[(slice(None), *(ends[k] for k in corner))] for corner in _PLACES]
