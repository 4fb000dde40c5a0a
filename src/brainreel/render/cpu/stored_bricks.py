"""Bricks of stored volumes for pictures: slots within a budget, filled in passes that fit into them."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import MemoryBudgetError
from brainreel.kernels import bricks
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView, Chosen, in_order
from brainreel.render.cpu.media import Moments, Part
from brainreel.render.cpu.stored_sources import Sources, kept_bytes
from brainreel.render.view import View
from brainreel.store.cache import Key, PyramidCache
from brainreel.store.describing import BINS
from brainreel.store.levels import Level
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled_bricks import ResampledBricks
from brainreel.store.resident import ResidentBricks, Skipping
from brainreel.store.stored import StoredVolume
from brainreel.work import Cancelled

READ_AT_ONCE = 512
"""Bricks read before what was read is drawn: what that hides, or exceeds, is then not read."""

FEWEST_SLOTS = 16
NOTES_KEPT = 8
WHOLE = (0, 0, 0, bricks.CELLS, bricks.CELLS, bricks.CELLS, bricks.MIXED)

NOTHING = np.zeros(0, np.int64)

Note = TypeVar("Note")


@dataclass(frozen=True)
class Need:
    """Bricks `numbers` that a picture needs in that order, or all `at_once`, in the slots under a key.

    `turns`: see `passes`.
    """

    key: tuple
    resident: ResidentBricks
    numbers: NDArray[np.int64]
    turns: NDArray | None = None
    at_once: bool = False

    def take(self) -> None:
        """Have the bricks in memory as drawing would, one stretch after the other."""
        if self.at_once:
            self.resident.expect(self.numbers)
            self.resident.require(self.numbers)
            self.resident.used(self.numbers)
            return
        for part in stretches(self.resident, self.numbers, self.turns):
            self.resident.require(self.numbers[part])


@dataclass
class Held:
    """Bricks in memory, and what looks made of them, which goes when they go.

    `pyramids`: those that bricks are sampled from, by their keys; `kept_bytes`: memory that sources take beside.
    """

    key: tuple
    resident: ResidentBricks
    among: int
    slot_bytes: int
    kept_bytes: int
    pyramids: tuple[tuple[Key, Pyramid], ...]
    _notes: OrderedDict[tuple, object] = field(default_factory=OrderedDict)

    @property
    def byte_count(self) -> int:
        """Memory of the slots that have been filled."""
        return int((self.resident.number_in >= 0).sum()) * self.slot_bytes

    def note(self, key: tuple, make: Callable[[], Note]) -> Note:
        """What `make` gave for `key`, one of few that are kept."""
        if key not in self._notes:
            self._notes[key] = make()
            while len(self._notes) > NOTES_KEPT:
                self._notes.popitem(last=False)
        self._notes.move_to_end(key)
        return self._notes[key]  # pyright: ignore[reportReturnType]  (a key has notes of one kind)


class StoredBricks:
    """The slots of all stored volumes that are drawn, within a budget that they share."""

    def __init__(
        self,
        pool: Pool,
        budget_bytes: int,
        share: float,
        pyramids: PyramidCache,
        skipping: Skipping | None = None,
    ) -> None:
        """Keep at most `budget_bytes` of bricks with `pyramids`, which are `share` of what the user gave."""
        self._pool, self._budget_bytes, self._share = pool, budget_bytes, share
        self.pyramids = pyramids
        pyramids.leave = self._leave
        self._skipping = skipping
        self._held: OrderedDict[tuple, Held] = OrderedDict()
        self._ray_bytes = 0
        self.coming: Mapping[tuple, NDArray[np.int64]] = {}

    @property
    def byte_count(self) -> int:
        """Memory of the slots that have been filled."""
        return sum(held.byte_count for held in self._held.values())

    def holds(self, key: tuple) -> bool:
        """Whether there are slots under `key`."""
        return key in self._held

    def close(self) -> None:
        """Let go of all bricks."""
        self._held.clear()

    def _leave(self, needed_bytes: int) -> int:
        """Let go of all bricks where less than `needed_bytes` of the budget are left; what they may take after that."""
        taken = sum(held.resident.slots * held.slot_bytes for held in self._held.values())
        if taken + needed_bytes <= self._budget_bytes:
            return taken
        self.close()
        return 0

    def of(
        self, parts: Sequence[Part], sources: Sources, halo: int, beside_bytes: int, among: int, ray_bytes: int
    ) -> Held:
        """The slots for the channels of all `parts`, which may take one part in `among` of what rays leave of the
        budget.

        `beside_bytes` are kept of each slot by who draws them, `ray_bytes` of the rays of a picture. Raises
        MemoryBudgetError where too few slots are left.
        """
        key = (halo, among, beside_bytes, *sources.places(), tuple(part.content for part in parts))
        self._drop_stale()
        self._make_room_for_rays(ray_bytes)
        if key not in self._held:
            mixtures = sources.mixtures()
            while len(self._held) >= among or any(old.among != among for old in self._held.values()):
                self._held.popitem(last=False)  # its memory is needed
            each = ResidentBricks.slot_bytes(mixtures, halo) + beside_bytes
            count = len(mixtures[0][0][0].present)
            own = kept_bytes(mixtures)
            taken = self.pyramids.shrink(self._budget_bytes * 3 // 4, sources.keys) + own
            self._drop_stale()
            taken += sum(held.kept_bytes for held in self._held.values()) + self._ray_bytes
            slots = min(count, (self._budget_bytes - taken) // among // each)
            if slots < min(count, FEWEST_SLOTS):
                needed = -(-(each * FEWEST_SLOTS * among + taken) // 10**6)
                raise MemoryBudgetError(
                    f"{parts[0].volume.name}: the budget leaves room for {max(0, slots)} bricks, {FEWEST_SLOTS} are "
                    f"needed; give --budget {-int(-needed // self._share)}MB"
                )
            resident = ResidentBricks(mixtures, halo, slots, self._pool, self._skipping)
            pyramids = tuple(zip(sources.keys, sources.pyramids, strict=True))
            self._held[key] = Held(key, resident, among, each, own, pyramids)
        self._held.move_to_end(key)
        self._held[key].resident.coming = self.coming.get(key, NOTHING)
        return self._held[key]

    def _make_room_for_rays(self, ray_bytes: int) -> None:
        """Let go of all bricks where more rays than ever do not fit beside their slots; these get half at least."""
        kept = min(ray_bytes, self._budget_bytes // 2)
        if kept > self._ray_bytes:
            self._ray_bytes = kept
            self._leave(kept + sum(held.kept_bytes for held in self._held.values()))

    def _drop_stale(self) -> None:
        """Let go of what is sampled from pyramids that are held no more: it alone would keep them in memory."""
        for key, held in list(self._held.items()):
            if not all(self.pyramids.has(*pair) for pair in held.pyramids):
                del self._held[key]


def passes(
    resident: ResidentBricks,
    in_view: BricksInView,
    is_open: Callable[[slice], NDArray[np.bool_]],
    cancelled: Cancelled,
    turns: NDArray | None = None,
) -> Iterator[tuple[BricksInView, NDArray[np.int64]]]:
    """All bricks of a picture in its order, as many at once as fit, with their slots.

    `is_open` says of some of them, when it is their turn, which are needed at all: the others are not read. Bricks
    that differ in `turns` (n,), which ascend, do not come together.
    """
    for part in stretches(resident, in_view.numbers, turns):
        rows = np.arange(part.start, part.stop)[is_open(part)]
        batch = taken(in_view, rows)
        slots = resident.require(batch.numbers, cancelled)
        if part.stop == len(in_view.numbers):  # while these are drawn the disk is free
            resident.announce(resident.coming)
        if len(rows):
            yield batch, slots


def stretches(resident: ResidentBricks, numbers: NDArray[np.int64], turns: NDArray | None = None) -> Iterator[slice]:
    """Which of a picture's bricks, in their order, come together; after that they count as used."""
    resident.expect(numbers)
    begin = 0
    while begin < len(numbers):
        last = len(numbers) if turns is None else int(np.searchsorted(turns, turns[begin], side="right"))
        to_read = np.cumsum(resident.missing(numbers[begin : min(begin + resident.slots, last)]))
        end = begin + int(np.searchsorted(to_read, READ_AT_ONCE, side="right"))
        yield slice(begin, end)
        resident.used(numbers[begin:end])
        begin = end


def whole_in_order(levels: tuple[Level, ...], affine: NDArray[np.float64], view: View, chosen: Chosen) -> BricksInView:
    """As `in_order`, for bricks all of which may show something."""
    return in_order(levels, affine, view, chosen, np.tile(np.array(WHOLE, np.uint8), (len(chosen.levels), 1)))


def no_errors(levels: tuple[Level, ...]) -> Callable[[int], NDArray[np.float64]]:
    """For `choose_bricks`, where only the size of voxels decides."""
    return lambda index: np.zeros(levels[index].count)


def taken(found: BricksInView, rows: NDArray | slice) -> BricksInView:
    """Some of the bricks `found`."""
    return BricksInView(*(getattr(found, field.name)[rows] for field in fields(found)))


def in_store(moments: Moments) -> bool:
    """Whether all of the volumes lie in stores."""
    return all(isinstance(volume, StoredVolume) for volume, _, _ in moments)


def is_stored(part: Part) -> bool:
    """Whether all that `part` draws lies in stores."""
    return all(in_store(moments) for moments in part.moments)


def is_streamed(parts: Sequence[Part]) -> bool:
    """Whether some of `parts`, which are drawn on one grid, lie in stores: then no pyramid on that grid is made."""
    return any(
        isinstance(volume, StoredVolume) for part in parts for moments in part.moments for volume, _, _ in moments
    )


def pyramid_of(resident: ResidentBricks, volume: int) -> Pyramid:
    """One channel as a pyramid whose bricks are numbered by their slots."""
    stored = resident.volumes[volume][0][0]
    low, high = (list(pair) for pair in zip(*(p.extent for p, _ in resident.volumes[volume]), strict=True))
    extent = (min(low), max(high))
    empty = np.zeros((0, BINS), np.uint32)
    labels = stored.labels if isinstance(stored, ResampledBricks) else None
    if labels is None and stored.kind.kind == "u" and not stored.offset:
        labels = np.arange(int(extent[1]) + 1)
    return Pyramid(
        resident.levels,
        resident.halo,
        stored.offset,
        resident.pools[volume],
        resident.lowest[volume],
        resident.highest[volume],
        extent,
        empty,
        empty,
        labels,
    )
