"""What the kernels need of a picture: its rays, the bricks they meet, the surfaces that stop them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import compose
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE, Picture, Scene, State, march_tiles
from brainreel.kernels.media import Medium
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView
from brainreel.render.cpu.media import Part, Shown
from brainreel.render.view import View
from brainreel.space import Box, apply_affine
from brainreel.store.levels import SIZE
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid
from brainreel.work import Cancelled

ROWS = 8


def begin_state(pool: Pool, view: View, depths: NDArray[np.float32] | None, step: float) -> State:
    """Rays that have gathered nothing yet; `depths` as `VolumeCaster.march_together` takes them."""
    across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
    count = across * down
    slots = np.full(count, -1, np.int32)
    if depths is not None:
        slots = slots_of(depths, across, down)
    held = int(slots.max()) + 1
    stops = np.empty((held, FRAGMENTS, 16), np.float32)
    if depths is not None and held:
        arguments = (depths, view.tangents, 1 / step, slots, stops)
        pool.run(compose.sort_stops, down, *arguments, chunk=ROWS)
    stopped = np.zeros((held, FRAGMENTS, 4, 16), np.float32)
    near, far = (np.empty((count, 16), np.float32) for _ in range(2))
    light = np.zeros((count, 4, 16), np.float32)
    return State(light, np.zeros(count, np.uint8), near, far, slots, stops, stopped)


def march_bricks(
    pool: Pool, picture: Picture, scene: Scene, media: tuple[Medium, ...], state: State, cancelled: Cancelled
) -> None:
    """Draw the bricks of `scene` behind all that `state` has gathered."""
    tiles = -(-picture.width // TILE) * -(-picture.height // TILE)
    chunk = max(1, tiles // (32 * pool.threads))
    pool.run(march_tiles, tiles, picture, scene, media, state, chunk=chunk, cancelled=cancelled)


def slots_of(depths: NDArray[np.float32], across: int, down: int) -> NDArray[np.int32]:
    """The place of each packet with surfaces among such packets, -1 for the others."""
    covered = np.zeros((down * PACKET, across * PACKET), bool)
    covered[: depths.shape[0], : depths.shape[1]] = np.isfinite(depths).any(-1)
    packets = covered.reshape(down, PACKET, across, PACKET).any((1, 3)).ravel()
    return np.where(packets, np.cumsum(packets) - 1, -1).astype(np.int32)


def picture_of(grid: Grid, keep: Box | None, view: View, step: float) -> Picture:
    """The rays of `view` through voxels on `grid`, between what is kept of them, `step` apart in the world."""
    world = np.stack([view.forward, view.right * view.tan_x, view.up * view.tan_y])
    voxel_from_world = np.linalg.inv(grid.world_from_voxel)
    axes = world @ voxel_from_world[:3, :3].T
    eye = apply_affine(voxel_from_world, view.eye)
    last = np.array(grid.shape[::-1]) - 1.0
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


def scene_of(
    pyramid: Pyramid,
    shown_now: Shown,
    in_view: BricksInView,
    affine: NDArray[np.float64],
    view: View,
    strides: NDArray[np.int64],
) -> Scene:
    """The bricks in view; `strides` by level."""
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
        in_view.spans,
        shown_now.reaches,
        shown_now.visible,
    )


def bounds_of(
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
