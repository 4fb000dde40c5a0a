"""The caster: rays through a volume, on the processor."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import choose_bricks, in_order, numbers_at
from brainreel.render.cpu.casting import begin_state, bounds_of, march_bricks, picture_of, scene_of
from brainreel.render.cpu.media import Part, Shown, Steps, find_shown, medium_of, union
from brainreel.render.cpu.rays import Rays, add_rays, finish_rays
from brainreel.render.cpu.stored_bricks import Need, StoredBricks, is_stored, is_streamed
from brainreel.render.cpu.stored_sources import Sources
from brainreel.render.cpu.streaming import StreamingCaster
from brainreel.render.cpu.supersampling import depths_of_rays, pixels_of, view_of_rays
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import axis_lengths
from brainreel.store.cache import PyramidCache, Wanted
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid, common_grid, on_grid
from brainreel.store.resident import Skipping
from brainreel.timeline.looks import LabelsLook, VolumeLook
from brainreel.work import Cancelled, never

SHOWN_KEPT = 16
ROWS = 8


class VolumeCaster:
    """Draws volumes as VTK does: composited front to back along rays, between the centres of the outermost voxels.

    An axis of a single voxel is drawn one voxel thick. Pixels depend on volume, look, view and quality only.
    """

    def __init__(
        self,
        pool: Pool,
        quality: Quality,
        budget_bytes: int,
        share: float = 1.0,
        skipping: Skipping | None = None,
    ) -> None:
        """Keep at most `budget_bytes` of bricks, which are `share` of what the user gave; for `skipping` see store."""
        self._pool = pool
        self._quality = quality
        self.pyramids = PyramidCache(pool, budget_bytes, share)
        self.stores = StoredBricks(pool, budget_bytes, share, self.pyramids, skipping)
        self._streaming = StreamingCaster(pool, quality, self.stores)
        self._shown: OrderedDict[tuple, Shown] = OrderedDict()

    def march(
        self,
        volume: Volume,
        fingerprint: str,
        look: VolumeLook,
        view: View,
        depths: NDArray[np.float32] | None = None,
        cancelled: Cancelled = never,
    ) -> Rays:
        """`march_together` with one volume, whose content `fingerprint` names."""
        return self.march_together([Part(look, (((volume, fingerprint, 1.0),),))], view, depths, cancelled)

    def march_together(
        self,
        parts: Sequence[Part],
        view: View,
        depths: NDArray[np.float32] | None = None,
        cancelled: Cancelled = never,
        among: int = 0,
    ) -> Rays:
        """Cast the rays of `view` through all volumes of `parts`, in whatever order they come.

        Their extinctions add, and their colours are weighted by extinction; those that `mix` by "add" are drawn each
        by itself, and their light is added. `depths` (h, w, 4) float32: the depth along `view.forward` of the opaque
        surface at each of a pixel's 4 sub-samples, inf where there is none; each is composited with what lies before
        it. A picture of `among` groups, these among them, shares the budget. Raises MemoryBudgetError where the volumes
        outgrow the budget, Interrupted where `cancelled` says so.
        """
        first, *others = groups(parts)
        among = max(among, 1 + len(others))
        rays = self._march_group(first, view, depths, cancelled, among)
        for other in others:
            add_rays(self._pool, rays, self._march_group(other, view, depths, cancelled, among))
        return rays

    def prepare(self, parts: Sequence[Part], cancelled: Cancelled = never) -> None:
        """Cut now the bricks that drawing `parts` together will need. Raises what `march_together` raises."""
        for group in groups(parts):
            if is_streamed(group):
                Sources.of(group, _grid(group), self.pyramids, cancelled)
            else:
                self._bricks(group, _grid(group), cancelled)

    def needs(self, parts: Sequence[Part], view: View, among: int = 0) -> Iterator[Need]:
        """What `march_together` needs of stores unless bricks hide others, in that order."""
        for group in groups(parts):
            grid = _grid(group)
            if all(is_stored(part) for part in group):  # else something would have to be cut first
                cast = view_of_rays(group, grid, view, self._quality.rays)
                yield self._streaming.need(group, grid, cast, max(among, len(groups(parts))))

    def _march_group(
        self, parts: Sequence[Part], view: View, depths: NDArray[np.float32] | None, cancelled: Cancelled, among: int
    ) -> Rays:
        cast = view_of_rays(parts, _grid(parts), view, self._quality.rays)
        rays = self._cast(parts, cast, depths_of_rays(depths, cast), cancelled, among)
        return pixels_of(self._pool, rays, cast, view, depths)

    def _cast(
        self, parts: Sequence[Part], view: View, depths: NDArray[np.float32] | None, cancelled: Cancelled, among: int
    ) -> Rays:
        grid = _grid(parts)
        affine = grid.world_from_voxel
        if is_streamed(parts):
            return self._streaming.march(parts, grid, view, depths, cancelled, among)
        pyramids = self._bricks(parts, grid, cancelled)
        first = pyramids[0][0]
        every = [self._show(part, mine, affine) for part, mine in zip(parts, pyramids, strict=True)]
        any_of = union(first, every, self._pool)
        errors = any_of.errors_of(first.levels)
        chosen = choose_bricks(first.levels, affine, any_of.showing, errors, view, self._quality)
        visible = any_of.visible[numbers_at(first.levels, chosen.levels, chosen.places)]
        in_view = in_order(first.levels, affine, view, chosen, visible)
        steps = Steps.of(first, affine, self._quality.step_voxels * min(axis_lengths(affine)))
        scene = scene_of(first, any_of, in_view, affine, view, steps.strides)
        bounds = [bounds_of(part, parts, grid, first, in_view) for part in parts]
        media = tuple(
            medium_of(part, mine, seen, scene, steps, limits)
            for part, mine, seen, limits in zip(parts, pyramids, every, bounds, strict=True)
        )
        keep = parts[0].look.keep if bounds[0] is None else None
        picture = picture_of(grid, keep, view, steps.step)
        state = begin_state(self._pool, view, depths, steps.step)
        march_bricks(self._pool, picture, scene, media, state, cancelled)
        return Rays(state.light, state.slots, state.stopped, depths)

    def _bricks(self, parts: Sequence[Part], grid: Grid, cancelled: Cancelled) -> list[list[Pyramid]]:
        """The pyramids of each part's channels, all of one geometry."""
        halo = max(part.halo for part in parts)
        wanted = [
            Wanted(on_grid(moments, grid, self._pool, labels), halo, labels, series)
            for part in parts
            for labels in [isinstance(part.look, LabelsLook)]
            for moments, series in zip(part.moments, part.series, strict=False)
        ]
        found = iter(self.pyramids.get_all(wanted, cancelled))
        return [[next(found) for _ in part.moments] for part in parts]

    def finish(
        self,
        rays: Rays,
        background: tuple[float, float, float],
        colors: NDArray[np.uint32] | None,
        out: NDArray[np.uint8] | NDArray[np.uint16],
    ) -> None:
        """See `finish_rays`."""
        finish_rays(self._pool, rays, background, colors, out)

    def _show(self, part: Part, pyramids: Sequence[Pyramid], affine: NDArray[np.float64]) -> Shown:
        key = (part.key(), pyramids[0].halo, affine.tobytes())
        if key not in self._shown:
            self._shown[key] = find_shown(part, pyramids, affine, self._pool)
            while len(self._shown) > SHOWN_KEPT:
                self._shown.popitem(last=False)
        self._shown.move_to_end(key)
        return self._shown[key]


def groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that are drawn on one ray grid, in an order of their own."""
    ordered = sorted(parts, key=Part.key)
    apart = [isinstance(part.look, VolumeLook) and part.look.mix == "add" for part in ordered]
    together = [part for part, alone in zip(ordered, apart, strict=True) if not alone]
    alone = [[part] for part, alone in zip(ordered, apart, strict=True) if alone]
    return [together, *alone] if together else alone


def _grid(parts: Sequence[Part]) -> Grid:
    return common_grid([part.volume for part in parts])
