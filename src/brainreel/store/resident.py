"""Bricks of stored volumes that are in memory: slots of equal size, filled from the disk, emptied by their next use."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import assembling, bricks
from brainreel.kernels.pool import Pool
from brainreel.store.levels import SIZE, Level, Triple, place_of
from brainreel.store.resampled_bricks import ResampledBricks, StoredVoxels
from brainreel.store.stored import StoredPyramid
from brainreel.work import Cancelled, never, stop_if

READERS = 8
"""Bricks read at once: a disk needs several requests to be busy."""

NEVER = np.inf
_SIDES = np.stack(np.unravel_index(np.arange(27), (3, 3, 3)), -1) - 1
_CELLS = bricks.CELLS**3

Mixture = tuple[tuple[StoredPyramid, float], ...] | tuple[tuple[ResampledBricks, float], ...]
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
        kinds = [mixture[0][0].kind for mixture in self.volumes]
        room = 0 if skipping else slots
        self.pools = [np.empty(room * self.edge**3 + bricks.PADDING, kind) for kind in kinds]
        self.lowest = [np.empty((room, _CELLS), kind) for kind in kinds]
        self.highest = [np.empty((room, _CELLS), kind) for kind in kinds]
        count = self.levels[-1].first + self.levels[-1].count
        self.slot_of = np.full(count, -1, np.int32)
        self.number_in = np.full(slots, -1, np.int64)
        self._next_use = np.full(slots, NEVER)
        self._use_after = np.full(count, NEVER, np.float32)
        self._extremes = [
            np.array((-np.inf, np.inf) if kind.kind == "f" else (0, np.iinfo(kind).max), kind) for kind in kinds
        ]

    @staticmethod
    def slot_bytes(volumes: Sequence[Mixture], halo: int) -> int:
        """Memory that a slot takes."""
        items = sum(mixture[0][0].kind.itemsize for mixture in volumes)
        return items * ((SIZE + 2 * halo) ** 3 + 2 * _CELLS)

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
        for pyramid, needed in self._files_of(np.unique(absent), np.unique(self._parts(np.unique(absent))[0])):
            pyramid.announce(needed)

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
                if not _is_resampled(mixture):
                    stored, is_raw = self._stored(volume, mixture, number)
                    self._paste(volume, stored, owners[begin:end], sides[begin:end], is_raw=is_raw)

        def sample(job: tuple[int, int]) -> None:
            stop_if(cancelled)
            for volume, mixture in enumerate(self.volumes):
                if _is_resampled(mixture):
                    self._sample(volume, mixture, *job)

        if self._skipping:
            for pyramid, skipped in self._files_of(numbers, needed[begins]):
                for number in skipped.tolist():
                    self._skipping(pyramid, number)
        else:
            with ThreadPoolExecutor(READERS) as readers:
                if not all(_is_resampled(mixture) for mixture in self.volumes):
                    list(readers.map(paste, jobs))
                if any(_is_resampled(mixture) for mixture in self.volumes):
                    list(readers.map(sample, zip(numbers.tolist(), slots.tolist(), strict=True)))
            self._finish(numbers, slots)
        self.slot_of[numbers] = slots
        self.number_in[slots] = numbers
        self._next_use[slots] = 0

    def _files_of(
        self, numbers: NDArray[np.int64], parts: NDArray[np.int64]
    ) -> Iterator[tuple[StoredPyramid, NDArray[np.int64]]]:
        """What is read of each store where `numbers`, of which `parts` are parts, come into memory."""
        parts = parts[self.missing(parts)]
        for mixture in self.volumes:
            for one, _ in mixture:
                if isinstance(one, StoredPyramid):
                    yield one, parts[one.present[parts]]
                elif isinstance(one.voxels, StoredVoxels):
                    sampled = one.stored_bricks(numbers)
                    yield one.voxels.pyramid, sampled[one.voxels.pyramid.present[sampled]]

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
            own = np.empty(SIZE**3, self.pools[volume].dtype)
            assembling.copy_out(slot, self.halo, self.pools[volume], own)
            return own, False
        read = [(pyramid.read(number), weight) for pyramid, weight in mixture if isinstance(pyramid, StoredPyramid)]
        return _blended(read), True

    def _sample(self, volume: int, mixture: Mixture, number: int, slot: int) -> None:
        """Fill a slot with a brick that is sampled from volumes on other grids, halo and all."""
        sampled = [
            (one.brick(number, self.halo), weight) for one, weight in mixture if isinstance(one, ResampledBricks)
        ]
        self.pools[volume][slot * self.edge**3 :][: self.edge**3] = _blended(sampled)

    def _paste(
        self, volume: int, stored: NDArray, slots: NDArray[np.int64], sides: NDArray[np.int64], *, is_raw: bool
    ) -> None:
        minus = int(self.volumes[volume][0][0].offset) if is_raw else 0
        assembling.paste(0, len(slots), stored, slots, sides, self.halo, minus, self.pools[volume])

    def _finish(self, numbers: NDArray[np.int64], slots: NDArray[np.int64]) -> None:
        """Repeat what is outermost in the volume, and find the ranges of all cells."""
        at_ends = [self._at_ends(int(number)) for number in numbers]

        def finish(begin: int, end: int) -> None:
            for k in range(begin, end):
                slot, (begins, ends) = int(slots[k]), at_ends[k]
                ranges = zip(self.pools, self._extremes, self.lowest, self.highest, strict=True)
                for voxels, extremes, lowest, highest in ranges:
                    if any(begins) or any(ends):
                        assembling.extend(slot, begins, ends, self.halo, voxels)
                    bricks.find_ranges(slot, slot + 1, voxels, self.halo, extremes, lowest, highest)

        self._pool.run(finish, len(numbers), chunk=8)

    def _at_ends(self, number: int) -> tuple[tuple[bool, bool, bool], tuple[bool, bool, bool]]:
        level, place = place_of(self.levels, number)
        grid: Triple = self.levels[level].grid
        z, y, x = (at == 0 for at in place)
        far_z, far_y, far_x = (at == n - 1 for at, n in zip(place, grid, strict=True))
        return (z, y, x), (far_z, far_y, far_x)


def _is_resampled(mixture: Mixture) -> bool:
    return isinstance(mixture[0][0], ResampledBricks)


def _blended(weighted: Sequence[tuple[NDArray, float]]) -> NDArray:
    """One brick, or the blend of two; whole numbers are rounded."""
    first = weighted[0][0]
    if len(weighted) == 1:
        return first
    blended = np.asarray(sum((voxels * np.float32(weight) for voxels, weight in weighted), np.float32(0)), np.float32)
    return (np.rint(blended) if first.dtype.kind in "iu" else blended).astype(first.dtype)
