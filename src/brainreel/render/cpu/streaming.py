"""Volumes in stores, drawn front to back in passes whose bricks fit into memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.kernels import bricks
from brainreel.kernels.march import PACKET, TILE, State
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView, choose_bricks, in_order, shown
from brainreel.render.cpu.casting import begin_state, bounds_of, march_bricks, picture_of, scene_of
from brainreel.render.cpu.media import Part, Shown, Steps, luminance, medium_of, table_of
from brainreel.render.cpu.rays import Rays, bytes_of_rays
from brainreel.render.cpu.stored_bricks import (
    Held,
    Need,
    StoredBricks,
    no_errors,
    passes,
    pyramid_of,
    taken,
    whole_in_order,
)
from brainreel.render.cpu.stored_sources import Sources
from brainreel.render.cpu.transfer import TransferTable
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import axis_lengths
from brainreel.store.describing import BINS
from brainreel.store.levels import SIZE
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid
from brainreel.store.resampled_bricks import HeldVoxels, ResampledBricks, StoredVoxels
from brainreel.store.resident import Mixture, ResidentBricks
from brainreel.store.stored import StoredPyramid, StoredVolume
from brainreel.timeline.looks import ColorVolumeLook, LabelsLook, VolumeLook
from brainreel.work import Cancelled, never

CELLS = bricks.CELLS**3


@dataclass
class _Sight:
    """What a look shows of stored bricks: a table a level, by number which are `seen` and `showing` (see `shown`).

    By slot its cells, and of which brick they are: `known` (slots,).
    """

    part: Part
    tables: tuple[TransferTable, ...]
    seen: NDArray[np.bool_]
    showing: NDArray[np.bool_]
    known: NDArray[np.int64]
    cells: NDArray[np.bool_]
    reaches: NDArray[np.uint8]
    visible: NDArray[np.uint8]

    @staticmethod
    def slot_bytes() -> int:
        """Memory that it takes for a slot."""
        return CELLS + CELLS + 7 + 8


class StreamingCaster:
    """Draws volumes of stores, those of one grid together; pixels do not depend on what memory holds."""

    def __init__(self, pool: Pool, quality: Quality, stored: StoredBricks) -> None:
        self._pool, self._quality, self._stored = pool, quality, stored

    def march(
        self,
        parts: Sequence[Part],
        grid: Grid,
        view: View,
        depths: NDArray[np.float32] | None = None,
        cancelled: Cancelled = never,
        among: int = 1,
    ) -> Rays:
        """As `VolumeCaster.march_together`, for parts that `is_streamed`, on `grid`, one group in `among`."""
        affine = grid.world_from_voxel
        held, sights, in_view = self._chosen(parts, grid, view, among, cancelled)
        resident = held.resident
        steps = Steps.of(pyramid_of(resident, 0), affine, self._quality.step_voxels * min(axis_lengths(affine)))
        state = begin_state(self._pool, view, depths, steps.step)
        for batch, slots in passes(
            resident, in_view, lambda rows: _is_open(state, view, in_view.packets[rows]), cancelled
        ):
            self._draw(parts, grid, view, resident, sights, batch, slots, steps, state, cancelled)
        return Rays(state.light, state.slots, state.stopped, depths)

    def need(self, parts: Sequence[Part], grid: Grid, view: View, among: int) -> Need:
        """The bricks that `march` needs unless others hide them."""
        held, _, in_view = self._chosen(parts, grid, view, among, never)
        return Need(held.key, held.resident, in_view.numbers)

    def _chosen(
        self, parts: Sequence[Part], grid: Grid, view: View, among: int, cancelled: Cancelled
    ) -> tuple[Held, list[_Sight], BricksInView]:
        _require_readable(parts)
        affine = grid.world_from_voxel
        halo = max(part.halo for part in parts)
        sources = Sources.of(parts, grid, self._stored.pyramids, cancelled)
        held = self._stored.of(parts, sources, halo, _Sight.slot_bytes() * 2 * len(parts), among, bytes_of_rays(view))
        sights = [self._sight(part, held, first, affine) for part, first in _with_first(parts)]
        return held, sights, self._choose(held.resident, sights, affine, view)

    def _sight(self, part: Part, held: Held, first: int, affine: NDArray[np.float64]) -> _Sight:
        key = (part.key(), first, affine.tobytes())
        return held.note(key, lambda: _sight_of(part, held.resident, first))

    def _choose(
        self, resident: ResidentBricks, sights: Sequence[_Sight], affine: NDArray[np.float64], view: View
    ) -> BricksInView:
        """All bricks that may show something, front to back; what averaging shifts, tables of levels make up for."""
        levels = resident.levels
        seen, showing = (np.logical_or.reduce([getattr(one, name) for one in sights]) for name in ("seen", "showing"))
        chosen = choose_bricks(levels, affine, showing, no_errors(levels), view, self._quality)
        found = whole_in_order(levels, affine, view, chosen)
        return taken(found, seen[found.numbers])

    def _draw(
        self,
        parts: Sequence[Part],
        grid: Grid,
        view: View,
        resident: ResidentBricks,
        sights: Sequence[_Sight],
        batch: BricksInView,
        slots: NDArray[np.int64],
        steps: Steps,
        state: State,
        cancelled: Cancelled,
    ) -> None:
        """Draw the bricks of `batch`, which are in `slots`."""
        affine = grid.world_from_voxel
        placed = _with_first(parts)
        every = [self._show(sight, resident, at, slots) for sight, (_, at) in zip(sights, placed, strict=True)]
        any_of = self._any_of(every, slots)
        order = in_order(resident.levels, affine, view, batch, any_of.visible[slots])
        numbers = resident.slot_of[order.numbers].astype(np.int64)
        in_slots = replace(order, numbers=numbers)
        if not len(numbers):
            return
        first = pyramid_of(resident, 0)
        scene = scene_of(first, any_of, in_slots, affine, view, steps.strides)
        bounds = [bounds_of(part, parts, grid, first, in_slots) for part in parts]
        channels = [pyramid_of(resident, k) for k in range(len(resident.volumes))]
        media = tuple(
            medium_of(part, channels[at : at + len(part.moments)], seen, scene, steps, limits)
            for (part, at), seen, limits in zip(placed, every, bounds, strict=True)
        )
        keep = parts[0].look.keep if bounds[0] is None else None
        march_bricks(self._pool, picture_of(grid, keep, view, steps.step), scene, media, state, cancelled)

    def _show(self, sight: _Sight, resident: ResidentBricks, first: int, slots: NDArray[np.int64]) -> Shown:
        """What of the bricks in `slots` a look shows, cell by cell."""
        stale = slots[sight.known[slots] != resident.number_in[slots]]
        count = len(sight.part.moments)
        lowest, highest = (each[first : first + count] for each in (resident.lowest, resident.highest))
        table, shows = sight.tables[0], [table.seen() for table in sight.tables]
        level_of = np.searchsorted([level.first for level in resident.levels], resident.number_in, side="right") - 1
        rows = sight.reaches[: sight.cells.size].reshape(sight.cells.shape)

        def find(begin: int, end: int) -> None:
            for slot in stale[begin:end].tolist():
                here = slice(slot, slot + 1)
                low, high = lowest[0][here], highest[0][here]
                if count > 1:
                    low, high = (luminance([channel[here] for channel in each]) for each in (lowest, highest))
                seen = shows[level_of[slot]]
                bricks.mark_cells(0, 1, low, high, seen, table.scale, table.offset, sight.cells[here])
                bricks.measure_shown(0, 1, sight.cells[here], rows[here], sight.visible[here])

        self._pool.run(find, len(stale), chunk=32)
        sight.known[stale] = resident.number_in[stale]
        return Shown(sight.tables, sight.cells, sight.reaches, sight.visible, sight.seen, np.zeros(0))

    def _any_of(self, every: Sequence[Shown], slots: NDArray[np.int64]) -> Shown:
        """What any look shows of the bricks in `slots`."""
        if len(every) == 1:
            return every[0]
        cells = np.logical_or.reduce([one.cells for one in every])
        reaches = np.zeros(cells.size + 16, np.uint8)
        visible = np.zeros((len(cells), 7), np.uint8)
        rows = reaches[: cells.size].reshape(cells.shape)

        def measure(begin: int, end: int) -> None:
            for slot in slots[begin:end].tolist():
                here = slice(slot, slot + 1)
                bricks.measure_shown(0, 1, cells[here], rows[here], visible[here])

        self._pool.run(measure, len(slots), chunk=32)
        return Shown(every[0].tables, cells, reaches, visible, every[0].showing, every[0].errors)


def _sight_of(part: Part, resident: ResidentBricks, first: int) -> _Sight:
    """What `part`, whose first channel is the `first` of all, shows; of no brick its cells yet."""
    mixtures = resident.volumes[first : first + len(part.moments)]
    tables = _tables(part, pyramid_of(resident, first), mixtures[0][0][0])
    seen = np.logical_or.reduce([_seen(mixture, tables) for mixture in mixtures])
    if isinstance(part.look, ColorVolumeLook):
        seen = np.ones_like(seen)  # luminance is not described
    known = np.full(resident.slots, -1, np.int64)
    cells = np.zeros((resident.slots, CELLS), bool)
    reaches = np.zeros(resident.slots * CELLS + 16, np.uint8)
    visible = np.zeros((resident.slots, 7), np.uint8)
    return _Sight(part, tables, seen, shown(resident.levels, seen), known, cells, reaches, visible)


def _with_first(parts: Sequence[Part]) -> list[tuple[Part, int]]:
    """Parts with the place of their first channel among those of all."""
    firsts = np.cumsum([0, *(len(part.moments) for part in parts)])
    return [(part, int(first)) for part, first in zip(parts, firsts, strict=False)]


def _tables(part: Part, pyramid: Pyramid, source: StoredPyramid | ResampledBricks) -> tuple[TransferTable, ...]:
    """A table for each level: voxels that are means look as what they are means of."""
    finest, count = table_of(part, pyramid), len(source.levels)
    if not isinstance(part.look, VolumeLook):
        return (finest,) * count
    stored, levels = source, range(count)
    if isinstance(source, ResampledBricks):
        stored, levels = source.voxels.pyramid, source.source_level
    if not isinstance(stored, StoredPyramid) or not stored.is_mean:
        return (finest,) * count
    edge = min(axis_lengths(part.volume.world_from_voxel))
    return tuple(finest.spread(stored.spread(k), stored.bins, edge) if k else finest for k in levels)


def _seen(mixture: Mixture, tables: Sequence[TransferTable]) -> NDArray[np.bool_]:
    """Which bricks may show something, by what is known of those that they are made of."""
    source = mixture[0][0]
    seen = np.ones(len(source.present), bool)
    if isinstance(source, ResampledBricks) and len(mixture) > 1:  # of two moments on another grid
        return seen
    for index, (level, table) in enumerate(zip(source.levels, tables, strict=True)):
        own = slice(level.first, level.first + level.count)
        if isinstance(source, ResampledBricks):
            seen[own] = source.meeting(index, *_shown_cells(source.voxels, source.source_level[index], table))
        else:
            shows = np.packbits(visible_bins(table, source.bins), bitorder="little")
            seen[own] = (_occupied(mixture)[own] & shows).any(-1)
    return seen


def _occupied(mixture: Mixture) -> NDArray[np.uint8]:
    """The bins that interpolation can give in each brick."""
    masks = [stored.occupied for stored, _ in mixture if isinstance(stored, StoredPyramid)]
    if len(masks) == 1:
        return masks[0]
    every = [np.unpackbits(mask, -1, bitorder="little") for mask in masks]
    whole = np.maximum.reduce(every)  # between two moments any value between theirs may come
    between = np.maximum.accumulate(whole, -1) & np.maximum.accumulate(whole[:, ::-1], -1)[:, ::-1]
    return np.packbits(between, -1, bitorder="little")


def _shown_cells(voxels: HeldVoxels | StoredVoxels, index: int, table: TransferTable) -> tuple[NDArray[np.bool_], int]:
    """Which cells (z, y, x) of a level of a volume may show something, and how many voxels long they are."""
    level = voxels.levels[index]
    own = slice(level.first, level.first + level.count)
    if isinstance(voxels, StoredVoxels):
        shows = np.packbits(visible_bins(table, voxels.pyramid.bins), bitorder="little")
        return np.asarray((voxels.pyramid.occupied[own] & shows).any(-1)).reshape(level.grid), SIZE
    cells, side = np.empty((level.count, CELLS), np.bool_), bricks.CELLS
    ranges = voxels.pyramid.lowest[own], voxels.pyramid.highest[own]
    bricks.mark_cells(0, level.count, *ranges, table.seen(), table.scale, table.offset, cells)
    z, y, x = level.grid
    split = cells.reshape(z, y, x, side, side, side).transpose(0, 3, 1, 4, 2, 5)
    return split.reshape(z * side, y * side, x * side), bricks.CELL


def visible_bins(table: TransferTable, ends: tuple[float, float]) -> NDArray[np.bool_]:
    """Which of the BINS bins between `ends`, the outermost open, have an entry that is not transparent."""
    seen = table.seen()
    top = len(seen) - 2
    edges = np.linspace(*ends, BINS + 1)
    edges[0], edges[-1] = -np.inf, np.inf
    places = np.clip(edges * table.scale + table.offset, 0, top)
    first = np.minimum(np.floor(places[:-1] + (0.5 - bricks.ROUNDING)), top).astype(np.int64)
    last = np.minimum(np.floor(places[1:] + (0.5 + bricks.ROUNDING)), top).astype(np.int64)
    return np.asarray(seen[last + 1] > seen[first])


def _is_open(state: State, view: View, packets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which bricks touch a packet of rays that are not done."""
    across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
    sums = np.zeros((down + 1, across + 1), np.int64)
    sums[1:, 1:] = (state.done.reshape(down, across) == 0).cumsum(0).cumsum(1)
    left, right, top, bottom = packets[:, 0], packets[:, 1] + 1, packets[:, 2], packets[:, 3] + 1
    return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left] > 0


def _require_readable(parts: Sequence[Part]) -> None:
    """Raise FormatError where labels of a store are of a type that no table can be made for."""
    for part in parts:
        volume = part.moments[0][0][0]
        if not isinstance(part.look, LabelsLook) or not isinstance(volume, StoredVolume):
            continue
        if volume.pyramid.kind.kind != "u" or volume.pyramid.offset:
            raise FormatError(
                f"{part.volume.name}: labels in a store are drawn as uint8 or uint16, these are {volume.dtype}; "
                "convert the source to one of them first"
            )
