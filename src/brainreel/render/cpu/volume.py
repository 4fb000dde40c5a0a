"""The caster: rays through a volume, on the processor."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.errors import SceneError
from brainreel.kernels import compose
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE, Picture, Scene, State, march_tiles
from brainreel.kernels.mixing import MOST
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView, choose_bricks
from brainreel.render.cpu.media import Part, Shown, Steps, find_shown, medium_of, union
from brainreel.render.cpu.rays import Rays, add_rays, finish_rays
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.store.cache import PyramidCache, Wanted
from brainreel.store.levels import SIZE
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid, common_grid, on_grid
from brainreel.timeline.frame import LabelsLook, VolumeLook
from brainreel.work import Cancelled, never

SHOWN_KEPT = 16
ROWS = 8


class VolumeCaster:
    """Draws volumes as VTK does: composited front to back along rays, between the centres of the outermost voxels.

    An axis of a single voxel is drawn one voxel thick. Pixels depend on volume, look, view and quality only.
    """

    def __init__(self, pool: Pool, quality: Quality, budget_bytes: int, share: float = 1.0) -> None:
        """Keep at most `budget_bytes` of bricks, which are `share` of what the user gave."""
        self._pool = pool
        self._quality = quality
        self.pyramids = PyramidCache(pool, budget_bytes, share)
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
    ) -> Rays:
        """Cast the rays of `view` through all volumes of `parts`, in whatever order they come.

        Their extinctions add, and their colours are weighted by extinction; those that `mix` by "add" are drawn each
        by itself, and their light is added. `depths` (h, w, 4) float32: the depth along `view.forward` of the opaque
        surface at each of a pixel's 4 sub-samples, inf where there is none; each is composited with what lies before
        it. Raises MemoryBudgetError where the volumes outgrow the budget, Interrupted where `cancelled` says so.
        """
        groups = _groups(parts)
        rays = self._march_group(groups[0], view, depths, cancelled)
        for other in groups[1:]:
            add_rays(self._pool, rays, self._march_group(other, view, depths, cancelled))
        return rays

    def prepare(self, parts: Sequence[Part], cancelled: Cancelled = never) -> None:
        """Cut now the bricks that drawing `parts` together will need. Raises what `march_together` raises."""
        for group in _groups(parts):
            self._bricks(group, _grid(group), cancelled)

    def _march_group(
        self, parts: Sequence[Part], view: View, depths: NDArray[np.float32] | None, cancelled: Cancelled
    ) -> Rays:
        grid = _grid(parts)
        affine = grid.world_from_voxel
        pyramids = self._bricks(parts, grid, cancelled)
        first = pyramids[0][0]
        every = [self._show(part, mine, affine) for part, mine in zip(parts, pyramids, strict=True)]
        any_of = union(first, every, self._pool)
        shown = any_of.visible, any_of.showing, any_of.errors
        in_view = choose_bricks(first, affine, *shown, view, self._quality)
        steps = Steps.of(first, affine, self._quality.step_voxels * min(axis_lengths(affine)))
        scene = _scene(first, any_of, in_view, affine, view, steps.strides)
        bounds = [_bounds(part, parts, grid, first, in_view) for part in parts]
        media = tuple(
            medium_of(part, mine, seen, scene, steps, limits)
            for part, mine, seen, limits in zip(parts, pyramids, every, bounds, strict=True)
        )
        keep = parts[0].look.keep if bounds[0] is None else None
        picture = _picture(grid, keep, view, steps.step)
        state = self._state(view, depths, steps.step)
        tiles = -(-view.width // TILE) * -(-view.height // TILE)
        chunk = max(1, tiles // (32 * self._pool.threads))
        self._pool.run(march_tiles, tiles, picture, scene, media, state, chunk=chunk, cancelled=cancelled)
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

    def _state(self, view: View, depths: NDArray[np.float32] | None, step: float) -> State:
        across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
        count = across * down
        slots = np.full(count, -1, np.int32)
        if depths is not None:
            slots = slots_of(depths, across, down)
        held = int(slots.max()) + 1
        stops = np.empty((held, FRAGMENTS, 16), np.float32)
        if depths is not None and held:
            arguments = (depths, view.tangents, 1 / step, slots, stops)
            self._pool.run(compose.sort_stops, down, *arguments, chunk=ROWS)
        stopped = np.zeros((held, FRAGMENTS, 4, 16), np.float32)
        near, far = (np.empty((count, 16), np.float32) for _ in range(2))
        light = np.zeros((count, 4, 16), np.float32)
        return State(light, np.zeros(count, np.uint8), near, far, slots, stops, stopped)


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that are drawn on one ray grid, in an order of their own."""
    ordered = sorted(parts, key=Part.key)
    apart = [isinstance(part.look, VolumeLook) and part.look.mix == "add" for part in ordered]
    together = [part for part, alone in zip(ordered, apart, strict=True) if not alone]
    alone = [[part] for part, alone in zip(ordered, apart, strict=True) if alone]
    if len(together) > MOST:
        names = ", ".join(part.look.name for part in together)
        raise SceneError(f"layers {names}: at most {MOST} volumes mix at one place; draw the others by mix: add")
    return [together, *alone] if together else alone


def _grid(parts: Sequence[Part]) -> Grid:
    return common_grid([part.volume for part in parts])


def slots_of(depths: NDArray[np.float32], across: int, down: int) -> NDArray[np.int32]:
    """The place of each packet with surfaces among such packets, -1 for the others."""
    covered = np.zeros((down * PACKET, across * PACKET), bool)
    covered[: depths.shape[0], : depths.shape[1]] = np.isfinite(depths).any(-1)
    packets = covered.reshape(down, PACKET, across, PACKET).any((1, 3)).ravel()
    return np.where(packets, np.cumsum(packets) - 1, -1).astype(np.int32)


def _picture(volume: Grid, keep: Box | None, view: View, step: float) -> Picture:
    world = np.stack([view.forward, view.right * view.tan_x, view.up * view.tan_y])
    voxel_from_world = np.linalg.inv(volume.world_from_voxel)
    axes = world @ voxel_from_world[:3, :3].T
    eye = apply_affine(voxel_from_world, view.eye)
    last = np.array(volume.shape[::-1]) - 1.0
    thin = np.where(last > 0, 0, 0.5)
    slabs = [np.column_stack([axes.T, -thin - eye, last + thin - eye])]
    if keep is not None:
        slabs.append(np.column_stack([world.T, np.array(keep.lower) - view.eye, np.array(keep.upper) - view.eye]))
    slabs_in_rows = np.ascontiguousarray(np.concatenate(slabs))
    aside: tuple = ()
    if view.parallel:
        aside = tuple(tuple(float(part) for part in row) for row in axes[1:])
        axes[1:] = 0
    axes = np.ascontiguousarray(axes)
    return Picture(view.width, view.height, axes, view.tangents, slabs_in_rows, step, aside)


def _scene(
    pyramid: Pyramid,
    shown_now: Shown,
    in_view: BricksInView,
    affine: NDArray[np.float64],
    view: View,
    strides: NDArray[np.int64],
) -> Scene:
    factors = np.array([level.factors[::-1] for level in pyramid.levels], float)[in_view.levels]
    grids = np.array([level.grid[::-1] for level in pyramid.levels])[in_view.levels]
    eye = apply_affine(np.linalg.inv(affine), view.eye)
    places = in_view.places
    # The outermost bricks also own what lies beyond the volume: half a sample may.
    lower = (places - (places == 0)) * SIZE * factors - 0.5 - eye
    upper = (places + 1 + (places == grids - 1)) * SIZE * factors - 0.5 - eye
    local_eye = (eye + 0.5) / factors - 0.5 - places * SIZE + pyramid.halo
    return Scene(
        pyramid.pool,
        pyramid.halo,
        in_view.numbers,
        in_view.levels,
        strides[in_view.levels],
        in_view.packets,
        lower,
        upper,
        local_eye,
        1 / factors,
        shown_now.reaches,
        shown_now.visible,
    )


def _bounds(
    part: Part, parts: Sequence[Part], grid: Grid, pyramid: Pyramid, in_view: BricksInView
) -> NDArray[np.float64] | None:
    """Where `part` is, as Medium has it; None where all `parts` have the grid's bounds and are cut alike."""
    if all(Grid.of(one.volume).is_same(grid) and one.look.keep == part.look.keep for one in parts):
        return None
    own = Grid.of(part.volume)
    last = np.array(own.shape[::-1]) - 1.0
    thin = np.where(last > 0, 0, 0.5)
    voxel_from_world = np.linalg.inv(own.world_from_voxel)
    planes = [np.column_stack([voxel_from_world[:3], -thin, last + thin])]
    if part.look.keep is not None:
        planes.append(np.column_stack([np.eye(3, 4), part.look.keep.lower, part.look.keep.upper]))
    rows = np.concatenate(planes)
    along = rows[:, :4] @ grid.world_from_voxel  # of voxels (x, y, z, 1) of level 0
    factors = np.array([level.factors[::-1] for level in pyramid.levels], float)[in_view.levels][:, None]
    origin = (in_view.places[:, None] * SIZE - pyramid.halo + 0.5) * factors - 0.5
    begin = (along[:, :3] * origin).sum(-1) + along[:, 3]
    return np.ascontiguousarray(
        np.concatenate([along[:, :3] * factors, (rows[:, 4] - begin)[..., None], (rows[:, 5] - begin)[..., None]], -1)
    )
