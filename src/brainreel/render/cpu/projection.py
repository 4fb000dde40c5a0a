"""Projections on the CPU: rays that keep the largest, least or mean value, and are coloured by it as VTK does."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView, Chosen, choose_bricks
from brainreel.render.cpu.media import Moments, Part
from brainreel.render.cpu.projecting import CELLS, TURNS, Known, Projection, in_turn
from brainreel.render.cpu.rays import Rays, bytes_of_rays
from brainreel.render.cpu.stored_bricks import (
    Held,
    Need,
    StoredBricks,
    in_store,
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
from brainreel.space import apply_affine
from brainreel.store.bounds import largest_values
from brainreel.store.cache import Wanted
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid
from brainreel.store.resident import ResidentBricks
from brainreel.timeline.looks import VolumeLook
from brainreel.work import Cancelled, never

HALO = 1
SIGNS = {"maximum": 1, "minimum": -1, "average": 0}
KNOWN_KEPT = 8


class ProjectionCaster:
    """Draws volumes whose mode is maximum, minimum or average; opacity is that of the value, whatever its ray's length.

    Values are interpolated between voxels, one step of the quality apart and at both ends. Means are those of the
    coarsest level whose voxels project to at most the error, and so are extremes of volumes in stores, brick by brick;
    of others extremes are those of the finest level.
    """

    def __init__(self, pool: Pool, stored: StoredBricks, quality: Quality) -> None:
        self._pool, self._stored, self._quality = pool, stored, quality
        self._pyramids = stored.pyramids
        self._known: OrderedDict[tuple, Known] = OrderedDict()

    def march(
        self,
        part: Part,
        look: VolumeLook,
        view: View,
        depths: NDArray[np.float32] | None = None,
        colors: NDArray[np.uint32] | None = None,
        cancelled: Cancelled = never,
        among: int = 1,
    ) -> Rays:
        """Cast the rays of `view` through the volume of `part`, whose look is `look`.

        `depths` and `colors` (h, w, 4) are of the samples of surfaces that stop them, as `VolumeCaster` takes them.
        Volumes of stores have one part of their budget in `among`. Raises MemoryBudgetError where the volume outgrows
        the budget, Interrupted where `cancelled` says so.
        """
        sign, volume = SIGNS[look.mode], part.volume

        def project(pyramid: Pyramid) -> Projection:
            settings = self._quality.step_voxels, depths, sign
            return Projection(self._pool, volume, pyramid.levels, look.keep, view, *settings)

        if in_store(part.moments[0]):
            held, seen = self._slots_of(part, sign, view, among)
            resident, pyramid = held.resident, pyramid_of(held.resident, 0)
            projection = project(pyramid)
            self._meet_stored(projection, resident, seen, volume, view, cancelled)
        else:
            pyramid = self._pyramid(part.moments[0], part.series[0], cancelled)
            projection = project(pyramid)
            known = self._known_of(pyramid, part.moments[0], sign)
            found = self._bricks(pyramid, volume, view, sign)
            order, _ = in_turn(found, known.bounds[found.numbers], len(found.numbers))
            projection.meet(pyramid, known, taken(found, order), cancelled)
        table = TransferTable.of(look.transfer, look.alpha, pyramid.pool.dtype, pyramid.extent, pyramid.offset)
        return projection.light(table, colors)

    def needs(self, part: Part, look: VolumeLook, view: View, among: int) -> Iterator[Need]:
        """What `march` needs of stores unless values of other bricks hide it."""
        if in_store(part.moments[0]):
            held, seen = self._slots_of(part, SIGNS[look.mode], view, among)
            found = self._in_view(held.resident, part.volume, view)
            order, turns = in_turn(found, seen.bounds[found.numbers], TURNS)
            yield Need(held.key, held.resident, found.numbers[order], turns)

    def prepare(self, moments: Moments, cancelled: Cancelled = never) -> None:
        """Cut now the bricks that drawing will need, of stores none. Raises what `march` raises."""
        if not in_store(moments):
            self._pyramid(moments, "", cancelled)

    def _pyramid(self, moments: Moments, series: str, cancelled: Cancelled) -> Pyramid:
        return self._pyramids.get_all([Wanted(moments, HALO, False, series)], cancelled)[0]

    def _bricks(self, pyramid: Pyramid, volume: Volume, view: View, sign: int) -> BricksInView:
        """The bricks in the picture, all of one level."""
        index = 0 if sign else self._level(pyramid, volume, view)
        places = pyramid.levels[index].places()
        chosen = Chosen.whole(np.full(len(places), index), places)
        return whole_in_order(pyramid.levels, np.asarray(volume.world_from_voxel, float), view, chosen)

    def _level(self, pyramid: Pyramid, volume: Volume, view: View) -> int:
        corners = apply_affine(volume.world_from_voxel, _corners(volume)) - view.eye
        allowed = self._quality.error_px * float(view.pixel_edges((corners @ view.forward).min()))
        edges = np.linalg.norm(volume.world_from_voxel[:3, :3], axis=0)
        for index in range(len(pyramid.levels) - 1, 0, -1):
            factors = np.array(pyramid.levels[index].factors[::-1])
            if np.where(factors > 1, edges * factors, 0).max() <= allowed:
                return index
        return 0

    def _known_of(self, pyramid: Pyramid, moments: Moments, sign: int) -> Known:
        key = (sign, *(moment[1:] for moment in moments))
        if key not in self._known:
            self._known[key] = Known.nothing(len(pyramid.lowest))
            self._known[key].learn(pyramid, np.arange(len(pyramid.lowest)), sign)
            if len(self._known) > KNOWN_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def _slots_of(self, part: Part, sign: int, view: View, among: int) -> "tuple[Held, _Seen]":
        """The slots for the volume of `part`, and what is known of the bricks in them."""
        sources = Sources.of([part], Grid.of(part.volume), self._pyramids)
        held = self._stored.of([part], sources, HALO, 2 * _Seen.slot_bytes(), among, bytes_of_rays(view))
        return held, held.note(("projected", sign), lambda: _Seen.of(held.resident, sign))

    def _in_view(self, resident: ResidentBricks, volume: Volume, view: View) -> BricksInView:
        """The bricks of a store that are in the picture, each at the level of its pixels."""
        levels, affine = resident.levels, np.asarray(volume.world_from_voxel, float)
        every = np.ones(len(resident.slot_of), bool)
        chosen = choose_bricks(levels, affine, every, no_errors(levels), view, self._quality, parted=False)
        return whole_in_order(levels, affine, view, chosen)

    def _meet_stored(
        self,
        projection: Projection,
        resident: ResidentBricks,
        seen: "_Seen",
        volume: Volume,
        view: View,
        cancelled: Cancelled,
    ) -> None:
        """Have rays meet the bricks of a store, those left out that can change nothing."""
        found = self._in_view(resident, volume, view)
        pyramid = pyramid_of(resident, 0)

        def is_needed(rows: slice) -> NDArray[np.bool_]:
            some = taken(found, rows)
            return projection.needed(pyramid, some, seen.bounds[some.numbers])

        found = taken(found, np.flatnonzero(is_needed(slice(None))))
        order, turns = in_turn(found, seen.bounds[found.numbers], TURNS)
        found = taken(found, order)
        for batch, slots in passes(resident, found, is_needed, cancelled, turns):
            seen.learn(resident, pyramid, slots)
            in_slots = replace(batch, numbers=slots)
            projection.meet(pyramid, seen.known, in_slots, cancelled)


@dataclass
class _Seen:
    """Of a stored volume what no brick exceeds, by number, and what is known of those in slots, by slot.

    `number_in` (slots,): of which brick that is, -1 of none.
    """

    sign: int
    bounds: NDArray[np.float32]
    known: Known
    number_in: NDArray[np.int64]

    @classmethod
    def of(cls, resident: ResidentBricks, sign: int) -> "_Seen":
        """Nothing is known yet but what the store says."""
        bounds = largest_values(resident.volumes[0], sign) if sign else np.zeros(len(resident.slot_of), np.float32)
        return cls(sign, bounds, Known.nothing(resident.slots), np.full(resident.slots, -1, np.int64))

    @staticmethod
    def slot_bytes() -> int:
        """Memory that it takes for a slot."""
        return 4 * CELLS + 4 + 8

    def learn(self, resident: ResidentBricks, pyramid: Pyramid, slots: NDArray[np.int64]) -> None:
        """Find what there is to know of bricks that came into `slots`."""
        stale = slots[self.number_in[slots] != resident.number_in[slots]]
        self.known.learn(pyramid, stale, self.sign)
        self.number_in[stale] = resident.number_in[stale]


def _corners(volume: Volume) -> NDArray[np.float64]:
    return np.array(np.meshgrid(*([0, n - 1] for n in volume.shape[::-1]), indexing="ij"), float).reshape(3, 8).T
