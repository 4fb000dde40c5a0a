"""Bricks of stored volumes that are in memory: slots of equal size, filled from the disk, emptied by their next use."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import assembling, bricks
from brainreel.kernels.pool import Pool
from brainreel.store.levels import SIZE, Level, Triple
from brainreel.store.stored import StoredPyramid
from brainreel.work import Cancelled, never, stop_if

READERS = 8
"""Bricks read at once: a disk needs several requests to be busy."""

NEVER = np.inf
_SIDES = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), -1) - 1
_CELLS = bricks.CELLS**3

Mixture = tuple[tuple[StoredPyramid, float], ...]
"""A volume, or two moments of one that are blended, with weights that add up to 1."""


Skipping = Callable[[StoredPyramid, int], None]
"""What is told of each brick that would be read, where nothing is read."""

ANNOUNCED = 2048
"""Bricks at most that the system is told of before they are needed: 200 MB and less where they are packed."""


class ResidentBricks:
    """Bricks with halo of several volumes of one geometry, brick n of all of them in one slot.

    `pools`: a volume each, as `Pyramid.pool`, the brick in slot s at `s * side**3`. `lowest`, `highest` (slots,
    CELLS**3), a volume each, as `bricks.find_ranges` has them. `coming`: what the next pictures need, in that order.
    """

    def __init__(
        self, volumes: Sequence[Mixture], halo: int, slots: int, pool: Pool, skipping: Skipping | None = None
    ) -> None:
        """With `skipping` slots are filled in name only, and take no memory."""
        self.volumes, self.halo, self.slots = tuple(volumes), halo, slots
        self.coming = np.zeros(0, np.int64)
        self._pool, self._skipping = pool, skipping
        self.first = self.volumes[0][0][0]
        self.levels: tuple[Level, ...] = self.first.levels
        self.edge = SIZE + 2 * halo
        kind = self.first.kind
        room = 0 if skipping else slots
        self.pools = [np.empty(room * self.edge**3 + bricks.PADDING, kind) for _ in self.volumes]
        self.lowest = [np.empty((room, _CELLS), kind) for _ in self.volumes]
        self.highest = [np.empty((room, _CELLS), kind) for _ in self.volumes]
        count = self.levels[-1].first + self.levels[-1].count
        self.slot_of = np.full(count, -1, np.int32)
        self.number_in = np.full(slots, -1, np.int64)
        self._next_use = np.full(slots, NEVER)
        self._use_after = np.full(count, NEVER, np.float32)
        ends = (np.inf, -np.inf) if kind.kind == "f" else (np.iinfo(kind).max, 0)
        self._extremes = np.array(ends[::-1], kind)

    @staticmethod
    def slot_bytes(volumes: Sequence[Mixture], halo: int) -> int:
        """Memory that a slot takes."""
        item = volumes[0][0][0].kind.itemsize
        return len(volumes) * ((SIZE + 2 * halo) ** 3 * item + 2 * _CELLS * item)

    def expect(self, numbers: NDArray[np.int64]) -> None:
        """Say in what order a picture needs bricks; after it come `coming`, or the same again. Others go first."""
        after = self.coming if len(self.coming) else numbers
        self._use_after[:] = NEVER
        self._use_after[after[::-1]] = np.arange(len(numbers) + len(after) - 1, len(numbers) - 1, -1)
        held = self.number_in >= 0
        self._next_use[:] = NEVER
        self._next_use[held] = self._use_after[self.number_in[held]]
        slots = self.slot_of[numbers]
        held = slots >= 0
        self._next_use[slots[held]] = np.flatnonzero(held)

    def used(self, numbers: NDArray[np.int64]) -> None:
        """Say that the picture is done with bricks."""
        slots = self.slot_of[numbers]
        held = slots >= 0
        self._next_use[slots[held]] = self._use_after[numbers[held]]

    def announce(self, numbers: NDArray[np.int64]) -> None:
        """Have the system fetch what memory lacks of bricks that are needed next, up to a bound."""
        absent = numbers[self.missing(numbers)][:ANNOUNCED]
        if not len(absent):
            return
        needed = np.unique(self._parts(np.unique(absent))[0])
        needed = needed[self.missing(needed)]
        for mixture in self.volumes:
            for pyramid, _ in mixture:
                pyramid.announce(needed[pyramid.present[needed]])

    def missing(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the bricks are not in memory."""
        return self.slot_of[numbers] < 0

    def require(self, numbers: NDArray[np.int64], cancelled: Cancelled = never) -> NDArray[np.int64]:
        """Have bricks in memory, at most as many as there are slots; the slots that they are in.

        Raises FormatError where the store is damaged, Interrupted once `cancelled` says so.
        """
        absent = numbers[self.missing(numbers)]
        if len(absent):
            self._load(absent, self._make_room(numbers, len(absent)), cancelled)
        return self.slot_of[numbers].astype(np.int64)

    def _make_room(self, kept: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Empty `count` slots, none of `kept`, those needed latest first."""
        priority = self._next_use.copy()
        priority[self.number_in < 0] = np.inf
        held = self.slot_of[kept]
        priority[held[held >= 0]] = -1.0
        chosen = np.argsort(-priority, kind="stable")[:count]
        numbers = self.number_in[chosen]
        self.slot_of[numbers[numbers >= 0]] = -1
        self.number_in[chosen] = -1
        return chosen

    def _load(self, numbers: NDArray[np.int64], slots: NDArray[np.int64], cancelled: Cancelled) -> None:
        """Fill `slots` with bricks: every stored brick that any of them needs is read once, or taken from memory."""
        needed, owners, sides = self._parts(numbers)
        order = np.argsort(needed, kind="stable")
        needed, owners, sides = needed[order], slots[owners[order]], sides[order]
        begins = np.flatnonzero(np.diff(needed, prepend=-1))
        ends = np.append(begins[1:], len(needed))
        jobs = list(zip(needed[begins].tolist(), begins.tolist(), ends.tolist(), strict=True))

        def paste(job: tuple[int, int, int]) -> None:
            stop_if(cancelled)
            number, begin, end = job
            for volume, mixture in enumerate(self.volumes):
                stored, is_raw = self._stored(volume, mixture, number)
                self._paste(volume, stored, owners[begin:end], sides[begin:end], is_raw=is_raw)

        if self._skipping:
            self._skip(needed[begins], self._skipping)
        else:
            with ThreadPoolExecutor(READERS) as readers:
                list(readers.map(paste, jobs))
            self._finish(numbers, slots)
        self.slot_of[numbers] = slots
        self.number_in[slots] = numbers
        self._next_use[slots] = 0

    def _skip(self, numbers: NDArray[np.int64], skipping: Skipping) -> None:
        """Tell what would be read."""
        for mixture in self.volumes:
            for pyramid, _ in mixture:
                for number in numbers[self.missing(numbers) & pyramid.present[numbers]].tolist():
                    skipping(pyramid, number)

    def _parts(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Which stored bricks are parts of which of `numbers`, and from which side: three arrays as long."""
        found = []
        for level in self.levels:
            mine = np.flatnonzero((numbers >= level.first) & (numbers < level.first + level.count))
            if not len(mine):
                continue
            places = np.stack(np.unravel_index(numbers[mine] - level.first, level.grid), -1)
            around = places[:, None] + _SIDES
            inside = ((around >= 0) & (around < level.grid)).all(-1)
            owners, sides = np.nonzero(inside)
            there = np.ravel_multi_index(tuple(around[inside].T), level.grid) + level.first
            found.append((there, mine[owners], sides))
        needed, owners, sides = (np.concatenate(part) for part in zip(*found, strict=True))
        return needed, owners, sides

    def _stored(self, volume: int, mixture: Mixture, number: int) -> tuple[NDArray, bool]:
        """A brick's own voxels: from memory as pools have them, or from the disk, and then True."""
        slot = self.slot_of[number]
        if slot >= 0:
            own = np.empty(SIZE**3, self.first.kind)
            assembling.copy_out(slot, self.halo, self.pools[volume], own)
            return own, False
        if len(mixture) == 1:
            return mixture[0][0].read(number), True
        blended = sum((pyramid.read(number) * np.float32(weight) for pyramid, weight in mixture), np.float32(0))
        voxels = np.asarray(blended, np.float32)
        return (np.rint(voxels) if self.first.dtype.kind in "iu" else voxels).astype(self.first.dtype), True

    def _paste(
        self, volume: int, stored: NDArray, slots: NDArray[np.int64], sides: NDArray[np.int64], *, is_raw: bool
    ) -> None:
        minus = int(self.first.offset) if is_raw else 0
        assembling.paste(0, len(slots), stored, slots, sides, self.halo, minus, self.pools[volume])

    def _finish(self, numbers: NDArray[np.int64], slots: NDArray[np.int64]) -> None:
        """Repeat what is outermost in the volume, and find the ranges of all cells."""
        at_ends = [self._at_ends(int(number)) for number in numbers]

        def finish(begin: int, end: int) -> None:
            for k in range(begin, end):
                slot, (begins, ends) = int(slots[k]), at_ends[k]
                for voxels, lowest, highest in zip(self.pools, self.lowest, self.highest, strict=True):
                    if any(begins) or any(ends):
                        assembling.extend(slot, begins, ends, self.halo, voxels)
                    bricks.find_ranges(slot, slot + 1, voxels, self.halo, self._extremes, lowest, highest)

        self._pool.run(finish, len(numbers), chunk=8)

    def _at_ends(self, number: int) -> tuple[tuple[bool, bool, bool], tuple[bool, bool, bool]]:
        level, place = self.first.place(number)
        grid: Triple = self.levels[level].grid
        z, y, x = (at == 0 for at in place)
        far_z, far_y, far_x = (at == n - 1 for at, n in zip(place, grid, strict=True))
        return (z, y, x), (far_z, far_y, far_x)
