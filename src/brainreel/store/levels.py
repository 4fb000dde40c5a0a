"""The levels of a pyramid, and how their bricks are counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import bricks

SIZE = bricks.SIZE

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution: `factors` voxels of level 0 a voxel; `first` is the number of its first brick. All (z, y, x)."""

    factors: Triple
    shape: Triple
    first: int

    @property
    def grid(self) -> Triple:
        """Bricks along each axis; brick (z, y, x) has number `first` + its place in C order."""
        z, y, x = (-(-n // SIZE) for n in self.shape)
        return z, y, x

    @property
    def count(self) -> int:
        """How many bricks there are."""
        return int(np.prod(self.grid))

    def places(self) -> NDArray[np.int64]:
        """Where each brick lies in the grid, (count, 3) as (x, y, z)."""
        return np.stack(np.unravel_index(np.arange(self.count), self.grid)[::-1], -1)


def plan_levels(shape: Triple, spacing: Triple | tuple[float, float, float]) -> tuple[Level, ...]:
    """The levels of a volume of `shape` (z, y, x) with voxels `spacing` (x, y, z), the last of at most one brick.

    Only axes finer than 2/3 of the coarsest are halved until the voxels are nearly cubes, then all.
    """
    factors, levels, first = np.ones(3, int), [], 0
    while True:
        now = -(-np.array(shape) // factors)
        levels.append(Level(_triple(factors), _triple(now), first))
        if (now <= SIZE).all():
            return tuple(levels)
        first += levels[-1].count
        edges = np.where(now > 1, np.array(spacing[::-1]) * factors, 0)
        finer = (now > 1) & (edges < edges.max() * 2 / 3)
        factors = factors * np.where(finer if finer.any() else now > 1, 2, 1)


def children(levels: tuple[Level, ...], index: int, places: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """Bricks of level `index` - 1 within those at `places` (n, 3) of level `index`: their places and whose they are."""
    coarse, fine = levels[index], levels[index - 1]
    ratio = (np.array(coarse.factors) // np.array(fine.factors))[::-1]
    steps = np.stack(np.unravel_index(np.arange(ratio.prod()), ratio[::-1])[::-1], -1)
    found = (places[:, None] * ratio + steps).reshape(-1, 3)
    inside = (found < fine.grid[::-1]).all(1)
    return found[inside], np.repeat(np.arange(len(places)), len(steps))[inside]


def numbers_of(level: Level, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of the bricks at `places` (n, 3) of `level`."""
    return level.first + places @ np.array([1, level.grid[2], level.grid[2] * level.grid[1]])


def _triple(values: NDArray[np.int64]) -> Triple:
    z, y, x = (int(n) for n in values)
    return z, y, x


def levels_of(shape: tuple[int, ...], factors: tuple[Triple, ...]) -> tuple[Level, ...]:
    """Levels of a volume of `shape` whose `factors` are known."""
    levels, first = [], 0
    for each in factors:
        levels.append(Level(each, _triple(-(-np.array(shape) // np.array(each))), first))
        first += levels[-1].count
    return tuple(levels)


def coarse_affine(world_from_voxel: NDArray[np.float64], factors: Triple) -> NDArray[np.float64]:
    """World from the voxels of a level of `factors`, each in the middle of those of level 0 that it stands for."""
    result = np.diag([*map(float, factors[::-1]), 1.0])
    result[:3, 3] = (np.array(factors[::-1]) - 1) / 2
    return world_from_voxel @ result


def place_of(levels: tuple[Level, ...], number: int) -> tuple[int, Triple]:
    """The level of brick `number`, and where in its grid it is (z, y, x)."""
    index = next(k for k in range(len(levels) - 1, -1, -1) if levels[k].first <= number)
    z, y, x = np.unravel_index(number - levels[index].first, levels[index].grid)
    return index, (int(z), int(y), int(x))
