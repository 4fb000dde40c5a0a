"""Volumes as bricks of a grid that is not theirs, each made of a few voxels of theirs when it is needed."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume
from brainreel.kernels.pool import Pool
from brainreel.store.levels import SIZE, Level, coarse_affine, place_of
from brainreel.store.pyramid import Pyramid, stored_type
from brainreel.store.resampled import Grid, ResampledVolume
from brainreel.store.stored import StoredPyramid

BRICKS_KEPT = 128
"""Unpacked bricks of a store that are kept, because several of the other grid's need some of each."""

ROOM = 2
"""Voxels around a brick of the grid that may be drawn with it."""

_ALONE = Pool(1)


class Voxels(Protocol):
    """What bricks are sampled from: the voxels of a volume's levels, as bricks hold them."""

    levels: tuple[Level, ...]

    def brick(self, number: int) -> NDArray:
        """The voxels that a brick owns (SIZE, SIZE, SIZE)."""
        ...


class HeldVoxels:
    """Those of a pyramid in memory."""

    def __init__(self, pyramid: Pyramid) -> None:
        self.pyramid, self.levels = pyramid, pyramid.levels
        self.extent, self.offset, self.labels = pyramid.extent, pyramid.offset, pyramid.labels
        self.kept_bytes = 0

    def brick(self, number: int) -> NDArray:
        """See Voxels."""
        halo, edge = self.pyramid.halo, SIZE + 2 * self.pyramid.halo
        whole = self.pyramid.pool[number * edge**3 :][: edge**3].reshape(edge, edge, edge)
        own = slice(halo, halo + SIZE)
        return whole[own, own, own]


class StoredVoxels:
    """Those of a store, of which a few bricks are kept."""

    def __init__(self, pyramid: StoredPyramid) -> None:
        self.pyramid, self.levels = pyramid, pyramid.levels
        self.extent, self.offset, self.labels = pyramid.extent, pyramid.offset, None
        self.kept_bytes = BRICKS_KEPT * SIZE**3 * pyramid.kind.itemsize
        self._kept: OrderedDict[int, NDArray] = OrderedDict()
        self._lock = threading.Lock()

    def brick(self, number: int) -> NDArray:
        """See Voxels. Raises FormatError where it is damaged."""
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
        voxels = self._as_bricks_hold(self.pyramid.read(number)).reshape(SIZE, SIZE, SIZE)
        with self._lock:
            self._kept[number] = voxels
            while len(self._kept) > BRICKS_KEPT:
                self._kept.popitem(last=False)
        return voxels

    def _as_bricks_hold(self, voxels: NDArray) -> NDArray:
        kind, offset = self.pyramid.kind, self.pyramid.offset
        if offset:
            return (voxels.astype(np.int32) - int(offset)).astype(kind)
        if kind.kind != "f":
            return voxels.astype(kind, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):
            real = voxels.astype(np.float32)
        return np.where(np.isfinite(real), real, np.float32(np.nan))


@dataclass(frozen=True)
class _LevelVolume:
    """A level of `voxels` as a Volume."""

    name: str
    unit: str
    dtype: np.dtype
    shape: tuple[int, int, int]
    world_from_voxel: NDArray[np.float64]
    voxels: Voxels
    level: Level

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        first, last = (
            [edge(part) // SIZE for part in region] for edge in (lambda part: part.start, lambda part: part.stop - 1)
        )
        found = np.empty([part.stop - part.start for part in region], self.dtype)
        for place in product(*(range(a, b + 1) for a, b in zip(first, last, strict=True))):
            number = self.level.first + int(np.ravel_multi_index(place, self.level.grid))
            source, target = [], []
            for part, k in zip(region, place, strict=True):
                low, high = max(part.start, k * SIZE), min(part.stop, k * SIZE + SIZE)
                source.append(slice(low - k * SIZE, high - k * SIZE))
                target.append(slice(low - part.start, high - part.start))
            found[tuple(target)] = self.voxels.brick(number)[tuple(source)]
        return found

    def fingerprint(self) -> str:
        """Its name: it is read at once."""
        return self.name


class ResampledBricks:
    """The bricks of `levels` of `grid`, sampled from a volume on another one, level for level of a like voxel.

    Values are linear between voxels, of `labels` the nearest; beyond the outermost voxels those are held. `kind`,
    `offset`, `extent`: as StoredPyramid has them. `source_level`: by level of the grid, the volume's that it is of.
    """

    def __init__(
        self,
        volume: Volume,
        voxels: HeldVoxels | StoredVoxels,
        grid: Grid,
        levels: tuple[Level, ...],
        nearest: bool,
    ) -> None:
        self.levels, self.voxels = levels, voxels
        self.offset, self.extent, self.labels = voxels.offset, voxels.extent, voxels.labels
        self.present = np.ones(levels[-1].first + levels[-1].count, bool)
        stored = stored_type(volume.dtype)[0] if voxels.labels is None else voxels.brick(0).dtype
        dtype = np.dtype(bool) if volume.dtype == bool and not nearest else stored
        self._affines = [coarse_affine(grid.world_from_voxel, level.factors) for level in levels]
        self.source_level = [_like(voxels.levels, volume.world_from_voxel, affine) for affine in self._affines]
        self._sampled = [
            ResampledVolume(
                _LevelVolume(
                    volume.name,
                    volume.unit,
                    dtype,
                    voxels.levels[index].shape,
                    coarse_affine(volume.world_from_voxel, voxels.levels[index].factors),
                    voxels,
                    voxels.levels[index],
                ),
                Grid(level.shape, affine),
                _ALONE,
                nearest,
            )
            for level, affine, index in zip(levels, self._affines, self.source_level, strict=True)
        ]
        self.kind = stored_type(self._sampled[0].dtype)[0]

    def brick(self, number: int, halo: int) -> NDArray:
        """A brick with its halo ((SIZE + 2 halo)**3,), what is outermost in the grid repeated. Raises FormatError."""
        index, place = place_of(self.levels, number)
        region, beyond = [], []
        for at, count in zip(place, self.levels[index].shape, strict=True):
            begin, end = at * SIZE - halo, at * SIZE + SIZE + halo
            region.append(slice(max(begin, 0), min(end, count)))
            beyond.append((max(0, -begin), max(0, end - count)))
        z, y, x = region
        inner = self._sampled[index].read((z, y, x)).astype(self.kind, copy=False)
        return np.pad(inner, beyond, "edge").ravel()

    def stored_bricks(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which bricks of the volume some of the grid's are sampled from."""
        found = []
        for index, level in enumerate(self.levels):
            mine = numbers[(numbers >= level.first) & (numbers < level.first + level.count)] - level.first
            own = self.voxels.levels[self.source_level[index]]
            low, high, is_inside = self._boxes(index, level.places()[mine])
            first_and_last = ((ends[is_inside] // SIZE).astype(int) for ends in (low, high))
            for first, last in zip(*first_and_last, strict=True):
                ranges = [np.arange(a, b + 1) for a, b in zip(first[::-1], last[::-1], strict=True)]
                places = np.meshgrid(*ranges, indexing="ij")
                found.append(np.ravel_multi_index(tuple(places), own.grid).ravel() + own.first)
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def meeting(self, index: int, marked: NDArray[np.bool_], edge: int) -> NDArray[np.bool_]:
        """Which bricks of a level meet any of `marked` (z, y, x): cells of the volume's level, of `edge` voxels."""
        low, high, is_inside = self._boxes(index, self.levels[index].places())
        sums = np.zeros(np.array(marked.shape) + 1, np.int64)
        sums[1:, 1:, 1:] = marked.cumsum(0).cumsum(1).cumsum(2)
        ends = np.array(marked.shape[::-1]) - 1
        first, beyond = np.minimum((low + 0.5) // edge, ends).astype(int), np.minimum((high + 0.5) // edge, ends) + 1
        corners = first, beyond.astype(int)
        count = np.zeros(len(low), np.int64)
        for which in product((0, 1), repeat=3):
            x, y, z = (corners[k][:, axis] for axis, k in enumerate(which))
            count += (-1) ** (3 - sum(which)) * sums[z, y, x]
        return is_inside & (count > 0)

    def _boxes(
        self, index: int, places: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """In voxels (x, y, z) of the volume's level from where to where bricks at `places` (n, 3) are sampled.

        With what is next to that; and which of them come near the volume.
        """
        sampled = self._sampled[index]
        matrix = sampled.source_from_grid
        ends = np.array(self.levels[index].shape[::-1]) - 1
        begin, end = np.maximum(places * SIZE - ROOM, 0), np.minimum(places * SIZE + SIZE + ROOM, ends)
        middle = (begin + end) / 2 @ matrix[:, :3].T + matrix[:, 3]
        reach = (end - begin) / 2 @ np.abs(matrix[:, :3]).T + 1
        last = np.array(self.voxels.levels[self.source_level[index]].shape[::-1]) - 1
        is_inside = np.asarray(((middle + reach >= 0) & (middle - reach <= last)).all(-1))
        return np.clip(middle - reach, 0, last), np.clip(middle + reach, 0, last), is_inside


def _like(levels: tuple[Level, ...], world_from_voxel: NDArray[np.float64], affine: NDArray[np.float64]) -> int:
    """The coarsest of a volume's levels whose voxels are no longer than those of another grid, else the finest."""
    edges = np.linalg.norm(np.linalg.inv(world_from_voxel)[:3, :3] @ affine[:3, :3], axis=1)
    for index in range(len(levels) - 1, 0, -1):
        factors = np.array(levels[index].factors[::-1])
        if (np.where(factors > 1, factors, 0) <= edges * 1.001).all():
            return index
    return 0
