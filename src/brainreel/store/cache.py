"""The pyramids that are in memory, the least recently used going first where they would outgrow a budget."""

import math
from collections import OrderedDict

from brainreel.data import Volume
from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.space import axis_lengths
from brainreel.store.pyramid import Pyramid, build_pyramid, bytes_needed
from brainreel.work import Cancelled, never


class PyramidCache:
    """Pyramids by the content they were built from, within `budget_bytes`."""

    def __init__(self, pool: Pool, budget_bytes: int, share: float = 1.0) -> None:
        """`share` is what part of the user's budget `budget_bytes` is, for the message where it is too small."""
        self._pool = pool
        self._budget_bytes = budget_bytes
        self._share = share
        self._held: OrderedDict[tuple[str, int], Pyramid] = OrderedDict()

    def get(self, volume: Volume, fingerprint: str, halo: int, cancelled: Cancelled = never) -> Pyramid:
        """The pyramid of `volume`, whose content `fingerprint` names, with `halo` voxels around each brick.

        Raises MemoryBudgetError where it alone is larger than the budget.
        """
        key = (fingerprint, halo)
        if key not in self._held:
            self._make_room(volume, halo)
            self._held[key] = build_pyramid(volume, halo, self._pool, cancelled)
        self._held.move_to_end(key)
        return self._held[key]

    def _make_room(self, volume: Volume, halo: int) -> None:
        needed = bytes_needed(volume.shape, axis_lengths(volume.world_from_voxel), volume.dtype, halo)
        if needed > self._budget_bytes:
            raise MemoryBudgetError(
                f"{volume.name}: needs {_megabytes(needed)} MB of bricks, the budget leaves "
                f"{self._budget_bytes // 10**6} MB; give --budget {_megabytes(needed / self._share)}MB"
            )
        while self._held and sum(p.byte_count for p in self._held.values()) + needed > self._budget_bytes:
            self._held.popitem(last=False)


def _megabytes(count: float) -> int:
    """Whole megabytes that hold `count` bytes."""
    return math.ceil(count / 1e6)
