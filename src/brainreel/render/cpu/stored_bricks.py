"""Bricks of stored volumes for pictures: slots within a budget, filled in passes that fit into them."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView
from brainreel.render.cpu.media import Moments, Part
from brainreel.store.describing import BINS
from brainreel.store.pyramid import Pyramid
from brainreel.store.resident import Mixture, ResidentBricks
from brainreel.store.stored import StoredVolume
from brainreel.work import Cancelled

log = logging.getLogger("brainreel")

READ_AT_ONCE = 512
"""Bricks read before what was read is drawn: what that hides, or exceeds, is then not read."""

FEWEST_SLOTS = 16
NOTES_KEPT = 8

Note = TypeVar("Note")


@dataclass
class Held:
    """Bricks in memory, and what looks made of them, which goes when they go."""

    resident: ResidentBricks
    among: int
    _notes: OrderedDict[tuple, object] = field(default_factory=OrderedDict)

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

    def __init__(self, pool: Pool, budget_bytes: int, share: float) -> None:
        """Keep at most `budget_bytes` of bricks, which are `share` of what the user gave."""
        self._pool, self._budget_bytes, self._share = pool, budget_bytes, share
        self._held: OrderedDict[tuple, Held] = OrderedDict()

    @property
    def reads(self) -> int:
        """How many bricks were read from the disk for the volumes that are drawn now."""
        return sum(held.resident.reads.bricks for held in self._held.values())

    def close(self) -> None:
        """Let go of all bricks, and tell the log how often they were read."""
        while self._held:
            _, held = self._held.popitem()
            name, reads = held.resident.first.store.folder.name, held.resident.reads
            log.info("%s: %d bricks were read, %d of them again", name, reads.bricks, reads.again)

    def of(self, parts: Sequence[Part], halo: int, beside_bytes: int, among: int) -> Held:
        """The slots for the channels of all `parts`, which may take one part of the budget in `among`.

        `beside_bytes` are kept of each slot by who draws them. Raises MemoryBudgetError where too few slots are left.
        """
        mixtures = tuple(mixture for part in parts for mixture in mixtures_of(part))
        key = (halo, among, beside_bytes, tuple(pair for part in parts for pair in part.fingerprints))
        if key not in self._held:
            while len(self._held) >= among or any(old.among != among for old in self._held.values()):
                self._held.popitem(last=False)  # its memory is needed
            each = ResidentBricks.slot_bytes(mixtures, halo) + beside_bytes
            count = len(mixtures[0][0][0].present)
            slots = min(count, self._budget_bytes // among // each)
            if slots < min(count, FEWEST_SLOTS):
                needed = -(-each * FEWEST_SLOTS * among // 10**6)
                raise MemoryBudgetError(
                    f"{parts[0].volume.name}: the budget leaves room for {slots} bricks, {FEWEST_SLOTS} are needed; "
                    f"give --budget {-int(-needed // self._share)}MB"
                )
            self._held[key] = Held(ResidentBricks(mixtures, halo, slots, self._pool), among)
        self._held.move_to_end(key)
        return self._held[key]


def passes(
    resident: ResidentBricks,
    in_view: BricksInView,
    is_open: Callable[[slice], NDArray[np.bool_]],
    cancelled: Cancelled,
) -> Iterator[tuple[BricksInView, NDArray[np.int64]]]:
    """All bricks of a picture in its order, as many at once as fit, with their slots.

    `is_open` says of some of them, when it is their turn, which are needed at all: the others are not read.
    """
    resident.expect(in_view.numbers)
    count, begin = len(in_view.numbers), 0
    while begin < count:
        most = in_view.numbers[begin : begin + resident.slots]
        to_read = np.cumsum(resident.missing(most))
        end = begin + int(np.searchsorted(to_read, READ_AT_ONCE, side="right"))
        rows = np.arange(begin, end)[is_open(slice(begin, end))]
        if len(rows):
            batch = taken(in_view, rows)
            yield batch, resident.require(batch.numbers, cancelled)
        resident.used(in_view.numbers[begin:end], count + begin)
        begin = end


def taken(found: BricksInView, rows: NDArray) -> BricksInView:
    """Some of the bricks `found`."""
    return BricksInView(found.levels[rows], found.places[rows], found.numbers[rows], found.packets[rows])


def in_store(moments: Moments) -> bool:
    """Whether volumes lie in stores, at full resolution."""
    return all(isinstance(volume, StoredVolume) for volume, _, _ in moments)


def is_stored(part: Part) -> bool:
    """Whether all that `part` draws lies in stores."""
    return all(in_store(moments) for moments in part.moments)


def mixtures_of(part: Part) -> list[Mixture]:
    """The volumes of each channel of a part that `is_stored`."""
    return [
        tuple((volume.pyramid, weight) for volume, _, weight in moments if isinstance(volume, StoredVolume))
        for moments in part.moments
    ]


def pyramid_of(resident: ResidentBricks, volume: int) -> Pyramid:
    """One channel as a pyramid whose bricks are numbered by their slots."""
    stored = resident.volumes[volume][0][0]
    low, high = (list(pair) for pair in zip(*(p.extent for p, _ in resident.volumes[volume]), strict=True))
    extent = (min(low), max(high))
    empty = np.zeros((0, BINS), np.uint32)
    labels = None
    if stored.kind.kind == "u" and not stored.offset:
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
