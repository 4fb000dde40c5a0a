"""Slices through volumes of stores: only the bricks that they meet are read."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import brick_corners, screen_boxes
from brainreel.render.cpu.stored_bricks import NOTHING, Need
from brainreel.render.view import View
from brainreel.store.levels import SIZE, Level, children, numbers_of
from brainreel.store.pyramid import Pyramid
from brainreel.store.resident import ResidentBricks, Skipping
from brainreel.store.stored import StoredVolume
from brainreel.timeline.looks import Vector
from brainreel.work import Cancelled

HALO = 1
ROOM = 2
"""Voxels around a brick within which a slice needs it: interpolation reaches one, rounding less."""


@dataclass(frozen=True)
class Slotted:
    """Bricks as slices read them: brick n lies in slot `slots[n]` of the pool, below 0 where it is not there."""

    levels: tuple[Level, ...]
    halo: int
    offset: float
    pool: NDArray
    slots: NDArray[np.int32]

    @classmethod
    def of(cls, pyramid: Pyramid) -> "Slotted":
        """All bricks of a pyramid, each in its place."""
        count = pyramid.levels[-1].first + pyramid.levels[-1].count
        return cls(pyramid.levels, pyramid.halo, pyramid.offset, pyramid.pool, np.arange(count, dtype=np.int32))


@dataclass(frozen=True)
class Met:
    """A slice, through `origin` and across `normal`, through a level of a stored volume, as `view` sees it."""

    volume: StoredVolume
    fingerprint: str
    level: int
    origin: Vector
    normal: Vector
    view: View

    def numbers(self) -> NDArray[np.int64]:
        """The bricks that are seen where the slice meets them."""
        levels, world = self.volume.pyramid.levels, self.volume.world_from_voxel
        places = levels[-1].places()
        box = np.array([-ROOM, -ROOM, -ROOM, SIZE + ROOM, SIZE + ROOM, SIZE + ROOM])
        for index in range(len(levels) - 1, self.level - 1, -1):
            corners = brick_corners(world, levels[index], places, box)
            heights = (corners - np.array(self.origin)) @ np.array(self.normal)
            packets = screen_boxes(self.view, corners)[0]
            seen = (packets[:, 0] <= packets[:, 1]) & (packets[:, 2] <= packets[:, 3])
            places = places[(heights.min(1) <= 0) & (heights.max(1) >= 0) & seen]
            if index > self.level:
                places = children(levels, index, places)[0]
        return numbers_of(levels[self.level], places)


class StoredSlices:
    """Bricks of stored volumes that slices meet, within a budget."""

    def __init__(self, pool: Pool, budget_bytes: int, skipping: Skipping | None = None) -> None:
        self._pool, self._budget_bytes, self._skipping = pool, budget_bytes, skipping
        self.coming: Mapping[tuple, NDArray[np.int64]] = {}
        self._residents: OrderedDict[tuple[str, int], ResidentBricks] = OrderedDict()

    @property
    def byte_count(self) -> int:
        """Memory of the slots that have been filled."""
        return sum(
            int((resident.number_in >= 0).sum()) * ResidentBricks.slot_bytes(resident.volumes, HALO)
            for resident in self._residents.values()
        )

    def holds(self, key: tuple) -> bool:
        """Whether there are slots under `key`."""
        return key in self._residents

    def close(self) -> None:
        """Let go of all bricks."""
        self._residents.clear()

    def needs(self, met: Sequence[Met]) -> Iterator[Need]:
        """The bricks that all slices of a picture meet, by volume. Raises MemoryBudgetError where they do not fit."""
        fingerprints = list(dict.fromkeys(one.fingerprint for one in met))
        for fingerprint in fingerprints:
            mine = [one for one in met if one.fingerprint == fingerprint]
            key = fingerprint, len(fingerprints)
            resident = self._resident(mine[0].volume, *key)
            resident.coming = self.coming.get(key, NOTHING)
            numbers = np.unique(np.concatenate([one.numbers() for one in mine]))
            if len(numbers) > resident.slots:
                each = ResidentBricks.slot_bytes(resident.volumes, HALO)
                raise MemoryBudgetError(
                    f"{mine[0].volume.name}: its slices meet {len(numbers)} bricks, the budget leaves room for "
                    f"{resident.slots}; give a budget that is {-(-len(numbers) // max(resident.slots, 1))} times as "
                    f"large ({len(numbers) * each / 1e6:.0f} MB for these alone)"
                )
            yield Need(key, resident, numbers, at_once=True)

    def bricks(self, met: Sequence[Met], cancelled: Cancelled) -> dict[str, Slotted]:
        """The bricks that all slices of a picture meet, by the fingerprints of their volumes.

        Raises MemoryBudgetError where they outgrow the budget, FormatError where a store is damaged.
        """
        found = {}
        for need in self.needs(met):
            resident = need.resident
            resident.expect(need.numbers)
            resident.require(need.numbers, cancelled)
            resident.used(need.numbers)
            resident.announce(resident.coming)
            found[need.key[0]] = Slotted(
                resident.levels, HALO, resident.first.offset, resident.pools[0], resident.slot_of
            )
        return found

    def _resident(self, volume: StoredVolume, fingerprint: str, among: int) -> ResidentBricks:
        """Slots for one volume, of `among` that are drawn together."""
        key = (fingerprint, among)
        if key not in self._residents:
            while len(self._residents) >= among or any(shared != among for _, shared in self._residents):
                self._residents.popitem(last=False)
            mixtures = (((volume.pyramid, 1.0),),)
            slots = self._budget_bytes // among // ResidentBricks.slot_bytes(mixtures, HALO)
            count = len(volume.pyramid.present)
            self._residents[key] = ResidentBricks(mixtures, HALO, max(1, min(count, slots)), self._pool, self._skipping)
        self._residents.move_to_end(key)
        return self._residents[key]
