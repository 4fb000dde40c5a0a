"""The caster: rays through a volume, on the processor."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import bricks, compose, sampling
from brainreel.kernels.lanes import permutes_bytes
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE, Picture, Scene, State, march_tiles
from brainreel.kernels.media import Medium
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView, choose_bricks, color_errors, shown
from brainreel.render.cpu.transfer import ENTRIES, TransferTable
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.store.cache import PyramidCache
from brainreel.store.pyramid import SIZE, Pyramid
from brainreel.timeline.frame import Shading, VolumeLook
from brainreel.work import Cancelled, never

HALO, GRADIENT_HALO = 1, 2
ROWS = 8


@dataclass(frozen=True)
class Rays:
    """What the rays of a picture have gathered; `depths` (h, w, 4) is what stopped them, or None."""

    state: State
    depths: NDArray[np.float32] | None


@dataclass(frozen=True)
class _Shown:
    """What a transfer function shows of a pyramid."""

    table: TransferTable
    reaches: NDArray[np.uint8]
    visible: NDArray[np.uint8]
    showing: NDArray[np.bool_]
    errors: NDArray[np.float64]


class VolumeCaster:
    """Draws volumes as VTK does: composited front to back along rays, between the centres of the outermost voxels.

    An axis of a single voxel is drawn one voxel thick. Pixels depend on volume, look, view and quality only.
    """

    def __init__(self, pool: Pool, quality: Quality, budget_bytes: int, share: float = 1.0) -> None:
        """Keep at most `budget_bytes` of bricks, which are `share` of what the user gave."""
        self._pool = pool
        self._quality = quality
        self.pyramids = PyramidCache(pool, budget_bytes, share)
        self._shown: tuple[tuple, _Shown] | None = None

    def march(
        self,
        volume: Volume,
        fingerprint: str,
        look: VolumeLook,
        view: View,
        depths: NDArray[np.float32] | None = None,
        cancelled: Cancelled = never,
    ) -> Rays:
        """Cast the rays of `view` through `volume`, whose content `fingerprint` names.

        `depths` (h, w, 4) float32: the depth along `view.forward` of the opaque surface at each of a pixel's 4
        sub-samples, inf where there is none; each is composited with what lies before it. Raises MemoryBudgetError
        where the volume outgrows the budget, Interrupted where `cancelled` says so.
        """
        halo = HALO if look.shading is None else GRADIENT_HALO
        pyramid = self.pyramids.get(volume, fingerprint, halo, cancelled)
        step = self._quality.step_voxels * min(axis_lengths(volume.world_from_voxel))
        shown_now = self._show(pyramid, (fingerprint, halo, look.transfer, look.alpha), look, volume, step)
        affine = volume.world_from_voxel
        in_view = choose_bricks(
            pyramid, affine, shown_now.visible, shown_now.showing, shown_now.errors, view, self._quality
        )
        picture = _picture(volume, look.keep, view, step)
        table, strides = self._table(pyramid, shown_now, affine, step)
        state = self._state(view, depths, step)
        scene = _scene(pyramid, shown_now, in_view, affine, view, strides)
        light = _light(look.shading, pyramid, affine, step, strides)
        blocks = True if pyramid.pool.dtype == np.uint8 and permutes_bytes() else None
        wide = None if light is None else True
        media = (Medium(scene, table, light, blocks=blocks, wide=wide),)
        tiles = -(-view.width // TILE) * -(-view.height // TILE)
        chunk = max(1, tiles // (32 * self._pool.threads))
        self._pool.run(march_tiles, tiles, picture, scene, media, state, chunk=chunk, cancelled=cancelled)
        return Rays(state, depths)

    def prepare(self, volume: Volume, fingerprint: str, look: VolumeLook, cancelled: Cancelled = never) -> None:
        """Cut now the bricks that `look` will need. Raises what `march` raises."""
        self.pyramids.get(volume, fingerprint, HALO if look.shading is None else GRADIENT_HALO, cancelled)

    def finish(
        self,
        rays: Rays,
        background: tuple[float, float, float],
        colors: NDArray[np.uint32] | None,
        out: NDArray[np.uint8] | NDArray[np.uint16],
    ) -> None:
        """Write the picture to `out` (h, w, 3): rays over the surfaces that stopped them, over `background` (0..1).

        `colors` (h, w, 4) uint32, R | G << 8 | B << 16, belong to the depths that the rays were cast with.
        """
        nothing = np.zeros((0, 0, FRAGMENTS))
        depths = nothing.astype(np.float32) if rays.depths is None else rays.depths
        colors = nothing.astype(np.uint32) if colors is None else colors
        state = rays.state
        behind = np.array(background, np.float32)
        arguments = (state.light, state.slots, state.stopped, depths, colors, behind, out)
        self._pool.run(compose.compose, len(out), *arguments, chunk=ROWS * PACKET)

    def _show(self, pyramid: Pyramid, key: tuple, look: VolumeLook, volume: Volume, step: float) -> _Shown:
        if self._shown is None or self._shown[0] != key:
            table = TransferTable.of(look.transfer, look.alpha, pyramid.pool.dtype, pyramid.extent, pyramid.offset)
            reaches = np.empty(pyramid.lowest.size + 16, np.uint8)
            visible = np.empty((len(pyramid.lowest), 7), np.uint8)
            rows = reaches[: pyramid.lowest.size].reshape(pyramid.lowest.shape)
            arguments = (pyramid.lowest, pyramid.highest, table.seen(), table.scale, table.offset, rows, visible)
            self._pool.run(bricks.mark_visible, len(visible), *arguments, chunk=16)
            edges = [min(_edges(volume.world_from_voxel, level.factors)) for level in pyramid.levels]
            errors = color_errors(pyramid, table, edges)
            self._shown = key, _Shown(table, reaches, visible, shown(pyramid, visible), errors)
        return self._shown[1]

    def _table(
        self, pyramid: Pyramid, shown_now: _Shown, affine: NDArray[np.float64], step: float
    ) -> tuple[sampling.Table, NDArray[np.int64]]:
        """The table for each level's step, and the logarithm of what that step is of the finest one."""
        finest = min(axis_lengths(affine))
        edges = [min(_edges(affine, level.factors)) for level in pyramid.levels]
        strides = np.array([math.floor(math.log2(edge / finest) + 1e-6) for edge in edges])
        table = shown_now.table
        entries = table.entries([step * 2.0**stride for stride in strides])
        return sampling.Table(entries, ENTRIES, table.scale, table.offset), strides

    def _state(self, view: View, depths: NDArray[np.float32] | None, step: float) -> State:
        across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
        count = across * down
        slots = np.full(count, -1, np.int32)
        if depths is not None:
            slots = slots_of(depths, across, down)
        held = int(slots.max()) + 1
        stops = np.empty((held, FRAGMENTS, 16), np.float32)
        if depths is not None and held:
            arguments = (depths, (view.tan_x, view.tan_y), 1 / step, slots, stops)
            self._pool.run(compose.sort_stops, down, *arguments, chunk=ROWS)
        stopped = np.zeros((held, FRAGMENTS, 4, 16), np.float32)
        near, far = (np.empty((count, 16), np.float32) for _ in range(2))
        light = np.zeros((count, 4, 16), np.float32)
        return State(light, np.zeros(count, np.uint8), near, far, slots, stops, stopped)


def _edges(affine: NDArray[np.float64], factors: tuple[int, int, int]) -> NDArray[np.float64]:
    """Edges (x, y, z) of a level's voxel in the world."""
    return np.array(axis_lengths(affine)) * factors[::-1]


def slots_of(depths: NDArray[np.float32], across: int, down: int) -> NDArray[np.int32]:
    """The place of each packet with surfaces among such packets, -1 for the others."""
    covered = np.zeros((down * PACKET, across * PACKET), bool)
    covered[: depths.shape[0], : depths.shape[1]] = np.isfinite(depths).any(-1)
    packets = covered.reshape(down, PACKET, across, PACKET).any((1, 3)).ravel()
    return np.where(packets, np.cumsum(packets) - 1, -1).astype(np.int32)


def _picture(volume: Volume, keep: Box | None, view: View, step: float) -> Picture:
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
    return Picture(view.width, view.height, np.ascontiguousarray(axes), (view.tan_x, view.tan_y), slabs_in_rows, step)


def _scene(
    pyramid: Pyramid,
    shown_now: _Shown,
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


def _light(
    shading: Shading | None, pyramid: Pyramid, affine: NDArray[np.float64], step: float, strides: NDArray[np.int64]
) -> sampling.Light | None:
    if shading is None:
        return None
    squared = np.linspace(0, 1, sampling.GLINTS)
    glint = shading.specular * np.maximum(2 * squared - 1, 0) ** shading.specular_power
    covector = np.linalg.inv(affine[:3, :3]).T
    world = np.ascontiguousarray(  # one layout, so that the kernel is compiled once
        [
            covector / level.factors[::-1] * step * 2.0**stride
            for level, stride in zip(pyramid.levels, strides, strict=True)
        ]
    )
    return sampling.Light(shading.ambient, shading.diffuse, glint.astype(np.float32), world)
