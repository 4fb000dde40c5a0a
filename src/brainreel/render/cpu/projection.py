"""Projections on the CPU: rays that keep the largest, least or mean value, and are coloured by it as VTK does."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import classify, compose, project
from brainreel.kernels.bricks import CELLS
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import brick_corners, screen_boxes
from brainreel.render.cpu.casting import slots_of
from brainreel.render.cpu.media import Moments
from brainreel.render.cpu.rays import Rays
from brainreel.render.cpu.transfer import TransferTable
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.store.cache import PyramidCache, Wanted
from brainreel.store.levels import SIZE, Level
from brainreel.store.pyramid import Pyramid
from brainreel.timeline.frame import VolumeLook
from brainreel.work import Cancelled, never

HALO = 1
ROWS = 8
SIGNS = {"maximum": 1, "minimum": -1, "average": 0}
CELLS_KEPT = 8


@dataclass(frozen=True)
class _Cells:
    """What a mode may pass over: see `project.Bricks`; both by number of the brick."""

    bounds: NDArray[np.float32]
    cells: NDArray[np.float32]


class ProjectionCaster:
    """Draws volumes whose mode is maximum, minimum or average; opacity is that of the value, whatever its ray's length.

    Values are interpolated between voxels, one step of the quality apart and at both ends. Extremes are those of the
    finest level, means of the coarsest whose voxels project to at most the error.
    """

    def __init__(self, pool: Pool, pyramids: PyramidCache, quality: Quality) -> None:
        self._pool = pool
        self._pyramids = pyramids
        self._quality = quality
        self._cells: OrderedDict[tuple, _Cells] = OrderedDict()

    def march(
        self,
        moments: Moments,
        look: VolumeLook,
        view: View,
        depths: NDArray[np.float32] | None = None,
        colors: NDArray[np.uint32] | None = None,
        cancelled: Cancelled = never,
        series: str = "",
    ) -> Rays:
        """Cast the rays of `view` through a volume, of one moment or two that are blended; `series` as Wanted has it.

        `depths` and `colors` (h, w, 4) are of the samples of surfaces that stop them, as `VolumeCaster` takes them.
        Raises MemoryBudgetError where the volume outgrows the budget, Interrupted where `cancelled` says so.
        """
        volume, sign = moments[0][0], SIGNS[look.mode]
        pyramid = self._pyramid(moments, series, cancelled)
        level = self._level(pyramid, volume, view) if sign == 0 else pyramid.levels[0]
        affine = _affine_of(volume, level)
        step = self._quality.step_voxels * min(axis_lengths(affine))
        bricks = _bricks(pyramid, level, volume, view, sign, self._cells_of(pyramid, moments, sign))
        found = self._found(view, depths, step)
        tiles = -(-view.width // project.TILE) * -(-view.height // project.TILE)
        chunk = max(1, tiles // (32 * self._pool.threads))
        rays = _rays(volume, affine, look.keep, view, step)
        self._pool.run(project.project_tiles, tiles, rays, bricks, found, chunk=chunk, cancelled=cancelled)
        table = TransferTable.of(look.transfer, look.alpha, pyramid.pool.dtype, pyramid.extent, pyramid.offset)
        entries = np.concatenate([table.colors, table.opacities[:, None]], 1).astype(np.float32)
        return self._light(found, classify.Colors(entries, table.scale, table.offset, sign), depths, colors)

    def prepare(self, moments: Moments, cancelled: Cancelled = never) -> None:
        """Cut now the bricks that drawing will need. Raises what `march` raises."""
        self._pyramid(moments, "", cancelled)

    def _pyramid(self, moments: Moments, series: str, cancelled: Cancelled) -> Pyramid:
        return self._pyramids.get_all([Wanted(moments, HALO, False, series)], cancelled)[0]

    def _light(
        self,
        found: project.Found,
        table: classify.Colors,
        depths: NDArray[np.float32] | None,
        colors: NDArray[np.uint32] | None,
    ) -> Rays:
        colors = np.zeros((0, 0, project.FRAGMENTS), np.uint32) if colors is None else colors
        light = np.zeros((len(found.slots), 4, 16), np.float32)
        stopped = np.zeros((len(found.stops), project.FRAGMENTS, 4, 16), np.float32)
        self._pool.run(classify.light_packets, len(light), found, table, colors, light, stopped, chunk=256)
        return Rays(light, found.slots, stopped, depths)

    def _level(self, pyramid: Pyramid, volume: Volume, view: View) -> Level:
        corners = apply_affine(volume.world_from_voxel, _corners(volume)) - view.eye
        allowed = self._quality.error_px * float(view.pixel_edges((corners @ view.forward).min()))
        edges = np.linalg.norm(volume.world_from_voxel[:3, :3], axis=0)
        for level in pyramid.levels[::-1]:
            factors = np.array(level.factors[::-1])
            if np.where(factors > 1, edges * factors, 0).max() <= allowed:
                return level
        return pyramid.levels[0]

    def _cells_of(self, pyramid: Pyramid, moments: Moments, sign: int) -> _Cells:
        key = (sign, *(moment[1:] for moment in moments))
        if key not in self._cells:
            self._cells[key] = _find_cells(pyramid, sign)
            if len(self._cells) > CELLS_KEPT:
                self._cells.popitem(last=False)
        self._cells.move_to_end(key)
        return self._cells[key]

    def _found(self, view: View, depths: NDArray[np.float32] | None, step: float) -> project.Found:
        across, down = (-(-n // project.TILE) * (project.TILE // project.PACKET) for n in (view.width, view.height))
        slots = np.full(across * down, -1, np.int32) if depths is None else slots_of(depths, across, down)
        held = int(slots.max(initial=-1)) + 1
        stops = np.empty((held, project.FRAGMENTS, 16), np.float32)
        if held:
            arguments = (depths, view.tangents, 1 / step, slots, stops)
            self._pool.run(compose.sort_stops, down, *arguments, chunk=ROWS)
        values, weights = (np.empty((len(slots) + project.FRAGMENTS * held, 16), np.float32) for _ in range(2))
        return project.Found(values, weights, slots, stops)


def _affine_of(volume: Volume, level: Level) -> NDArray[np.float64]:
    """World from the voxels of a level."""
    factors = np.array(level.factors[::-1], float)
    coarse = np.diag([*factors, 1.0])
    coarse[:3, 3] = (factors - 1) / 2
    return volume.world_from_voxel @ coarse


def _corners(volume: Volume) -> NDArray[np.float64]:
    return np.array(np.meshgrid(*([0, n - 1] for n in volume.shape[::-1]), indexing="ij"), float).reshape(3, 8).T


def _find_cells(pyramid: Pyramid, sign: int) -> _Cells:
    low, high = pyramid.lowest.astype(np.float32), pyramid.highest.astype(np.float32)
    if sign:
        cells = high if sign > 0 else -low
        bounds = cells.max(1)
    else:
        has_nan = pyramid.pool.dtype.kind == "f" and bool(np.isnan(pyramid.pool.sum()))
        cells = np.where((low == high) & (not has_nan), low, np.float32(np.nan))
        bounds = np.zeros(len(cells), np.float32)
    padded = np.zeros(cells.size + 16, np.float32)
    padded[: cells.size] = cells.ravel()
    return _Cells(bounds, padded)


def _bricks(pyramid: Pyramid, level: Level, volume: Volume, view: View, sign: int, known: _Cells) -> project.Bricks:
    """The bricks of `level` that are in the picture, those with the largest bound first."""
    places = level.places()
    numbers = level.first + np.arange(level.count)
    whole = np.array([0, 0, 0, CELLS, CELLS, CELLS]) * (SIZE // CELLS)
    packets, _ = screen_boxes(view, brick_corners(volume.world_from_voxel, level, places, whole))
    inside = (packets[:, 0] <= packets[:, 1]) & (packets[:, 2] <= packets[:, 3])
    order = np.flatnonzero(inside)
    order = order[np.argsort(-known.bounds[numbers[order]], kind="stable")]
    places, numbers, packets = places[order], numbers[order], packets[order]
    eye = apply_affine(np.linalg.inv(_affine_of(volume, level)), view.eye)
    # The outermost bricks also own what lies beyond the volume: half a sample may.
    lower = (places - (places == 0)) * SIZE - 0.5 - eye
    upper = (places + 1 + (places == np.array(level.grid[::-1]) - 1)) * SIZE - 0.5 - eye
    return project.Bricks(
        pyramid.pool,
        pyramid.halo,
        numbers,
        packets,
        lower,
        upper,
        eye - places * SIZE + pyramid.halo,
        known.bounds[numbers],
        known.cells,
        sign,
    )


def _rays(volume: Volume, affine: NDArray[np.float64], keep: Box | None, view: View, step: float) -> project.Eyes:
    world = np.stack([view.forward, view.right * view.tan_x, view.up * view.tan_y])
    slabs = []
    voxel_from_world = np.linalg.inv(volume.world_from_voxel)
    eye = apply_affine(voxel_from_world, view.eye)
    last = np.array(volume.shape[::-1]) - 1.0
    thin = np.where(last > 0, 0, 0.5)
    slabs.append(np.column_stack([voxel_from_world[:3, :3] @ world.T, -thin - eye, last + thin - eye]))
    if keep is not None:
        slabs.append(np.column_stack([world.T, np.array(keep.lower) - view.eye, np.array(keep.upper) - view.eye]))
    axes = np.ascontiguousarray(world @ np.linalg.inv(affine)[:3, :3].T)
    rows = np.ascontiguousarray(np.concatenate(slabs))
    return project.Eyes(view.width, view.height, axes, view.tangents, rows, step, view.parallel)
