"""What a store looks like on disk: its levels, its shards, and where each lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainreel.store.levels import SIZE, Level, Triple

SHARD_DEPTH, SHARD_WIDTH = 4, 32
"""Bricks along z and x in a shard; along y there is one, for a band of rows makes whole shards."""


@dataclass(frozen=True)
class Layout:
    """A pyramid of `levels` for each of the `leading` (moments, channels): () for a volume alone.

    `depths`: how many bricks along z a shard of each level has, at most SHARD_DEPTH.
    """

    levels: tuple[Level, ...]
    depths: tuple[int, ...]
    dtype: np.dtype
    leading: tuple[int, ...] = ()

    def shard(self, level: int) -> Triple:
        """Bricks (z, y, x) in a shard of a level."""
        return self.depths[level], 1, min(self.levels[level].grid[2], SHARD_WIDTH)

    def shards(self, level: int, z: range, y: int) -> Iterator[tuple[Triple, range, range]]:
        """The shards (z, y, x) of row of bricks `y` and layers `z`, with the bricks along z and x that each has."""
        deep, _, wide = self.shard(level)
        _, _, across = self.levels[level].grid
        for first_z in range(z.start, z.stop, deep):
            for first_x in range(0, across, wide):
                bricks = range(first_z, min(first_z + deep, z.stop)), range(first_x, min(first_x + wide, across))
                yield (first_z // deep, y, first_x // wide), *bricks

    def path(self, level: int, plane: tuple[int, ...], shard: Triple) -> Path:
        """Where a shard of one of the `leading` planes lies, from the store's folder on."""
        return Path(str(level), "c", *map(str, (*plane, *shard)))

    def planes(self) -> list[tuple[int, ...]]:
        """The indices of all moments and channels."""
        return list(np.ndindex(*self.leading))

    @property
    def brick_bytes(self) -> int:
        """A brick's voxels, unpacked."""
        return SIZE**3 * self.dtype.itemsize
