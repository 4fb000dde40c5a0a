"""What projections need of a picture: rays that keep one value each, and the bricks that they meet, in their turn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import bricks, classify, compose, project
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import BricksInView
from brainreel.render.cpu.casting import slots_of
from brainreel.render.cpu.rays import Rays
from brainreel.render.cpu.stored_bricks import taken
from brainreel.render.cpu.transfer import TransferTable
from brainreel.render.view import View
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.store.levels import SIZE, Level, coarse_affine
from brainreel.store.pyramid import Pyramid
from brainreel.work import Cancelled

CELLS = bricks.CELLS**3
BLOCK = 8
"""Bricks along each axis that have their turn together: neighbours need parts of each other."""

TURNS = 4
"""Of bricks that are read: with more of them fewer are read at all, but more are read again as neighbours of others."""

ROWS = 8


@dataclass(frozen=True)
class Known:
    """What may be passed over of bricks in memory: see `project.Bricks`; both by number of the brick."""

    bounds: NDArray[np.float32]
    cells: NDArray[np.float32]

    @classmethod
    def nothing(cls, count: int) -> "Known":
        """Room for `count` bricks."""
        return cls(np.zeros(count, np.float32), np.zeros(count * CELLS + 16, np.float32))

    def learn(self, pyramid: Pyramid, numbers: NDArray[np.int64], sign: int) -> None:
        """Find what there is to know of some bricks."""
        low, high = (each[numbers].astype(np.float32) for each in (pyramid.lowest, pyramid.highest))
        rows = self.cells[: len(self.bounds) * CELLS].reshape(-1, CELLS)
        if sign:
            rows[numbers] = high if sign > 0 else -low
            self.bounds[numbers] = rows[numbers].max(1)
            return
        flat = low == high
        if pyramid.pool.dtype.kind == "f":  # ranges pass over NaN
            edge = SIZE + 2 * pyramid.halo
            voxels = pyramid.pool[: len(self.bounds) * edge**3].reshape(-1, edge**3)
            flat &= ~np.array([np.isnan(voxels[number]).any() for number in numbers], bool)[:, None]
        rows[numbers] = np.where(flat, low, np.float32(np.nan))


class Projection:
    """The rays of one picture through a volume of these `levels`, which keep what `sign` says (see `project.Bricks`).

    `depths` are those of surfaces that stop them, as `VolumeCaster` takes them; `step_voxels` is the distance of
    samples in voxels of the level that they are of.
    """

    def __init__(
        self,
        pool: Pool,
        volume: Volume,
        levels: tuple[Level, ...],
        keep: Box | None,
        view: View,
        step_voxels: float,
        depths: NDArray[np.float32] | None,
        sign: int,
    ) -> None:
        self._pool, self._volume, self._levels, self._keep = pool, volume, levels, keep
        self._view, self._step_voxels, self._depths, self._sign = view, step_voxels, depths, sign
        self._eyes: dict[int, project.Eyes] = {}
        self._stops: dict[int, NDArray[np.float32]] = {}
        self._across, self._down = (
            -(-n // project.TILE) * (project.TILE // project.PACKET) for n in (view.width, view.height)
        )
        count = self._across * self._down
        self._slots = np.full(count, -1, np.int32) if depths is None else slots_of(depths, self._across, self._down)
        rows = count + project.FRAGMENTS * self._held
        self._values = np.full((rows, 16), project.NOTHING if sign else 0, np.float32)
        self._weights = np.zeros((rows, 16), np.float32)

    def meet(self, pyramid: Pyramid, known: Known, met: BricksInView, cancelled: Cancelled) -> None:
        """Take in the values of bricks, whose numbers are those in `pyramid` and in `known`."""
        tiles = -(-self._view.width // project.TILE) * -(-self._view.height // project.TILE)
        chunk = max(1, tiles // (32 * self._pool.threads))
        for level in np.unique(met.levels).tolist():
            mine = taken(met, met.levels == level)
            placed = self._placed(level, mine, pyramid, known.bounds[mine.numbers], known.cells)
            arguments = self._eyes_of(level), placed, self._found(level)
            self._pool.run(project.project_tiles, tiles, *arguments, chunk=chunk, cancelled=cancelled)

    def needed(self, pyramid: Pyramid, met: BricksInView, bounds: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which bricks rays reach that may change what they have; no value times the sign is beyond `bounds` (n,)."""
        needed = np.zeros(len(met.numbers), np.bool_)
        for level in np.unique(met.levels).tolist():
            rows = np.flatnonzero(met.levels == level)
            placed = self._placed(level, taken(met, rows), pyramid, bounds[rows], np.zeros(16, np.float32))
            found = np.zeros(len(rows), np.bool_)
            arguments = self._eyes_of(level), placed, self._found(level), found
            self._pool.run(project.find_needed, len(rows), *arguments, chunk=8)
            needed[rows] = found
        return needed

    def light(self, table: TransferTable, colors: NDArray[np.uint32] | None) -> Rays:
        """What rays bring, by the colours and opacities of what they have kept."""
        entries = np.concatenate([table.colors, table.opacities[:, None]], 1).astype(np.float32)
        by_value = classify.Colors(entries, table.scale, table.offset, self._sign)
        colors = np.zeros((0, 0, project.FRAGMENTS), np.uint32) if colors is None else colors
        light = np.zeros((len(self._slots), 4, 16), np.float32)
        stopped = np.zeros((self._held, project.FRAGMENTS, 4, 16), np.float32)
        arguments = self._found(0), by_value, colors, light, stopped
        self._pool.run(classify.light_packets, len(light), *arguments, chunk=256)
        return Rays(light, self._slots, stopped, self._depths)

    @property
    def _held(self) -> int:
        """How many packets have surfaces."""
        return int(self._slots.max(initial=-1)) + 1

    def _found(self, level: int) -> project.Found:
        """What rays have, and where they stop in samples of a level."""
        if level not in self._stops:
            stops = np.empty((self._held, project.FRAGMENTS, 16), np.float32)
            if self._held:
                step = self._eyes_of(level).step
                arguments = self._depths, self._view.tangents, 1 / step, self._slots, stops
                self._pool.run(compose.sort_stops, self._down, *arguments, chunk=ROWS)
            self._stops[level] = stops
        return project.Found(self._values, self._weights, self._slots, self._stops[level])

    def _eyes_of(self, level: int) -> project.Eyes:
        """The rays in voxels of a level."""
        if level not in self._eyes:
            view, affine = self._view, coarse_affine(self._volume.world_from_voxel, self._levels[level].factors)
            world = np.stack([view.forward, view.right * view.tan_x, view.up * view.tan_y])
            axes = np.ascontiguousarray(world @ np.linalg.inv(affine)[:3, :3].T)
            slabs = _slabs(self._volume, self._keep, view, world)
            step = self._step_voxels * min(axis_lengths(affine))
            size = view.width, view.height
            self._eyes[level] = project.Eyes(*size, axes, view.tangents, slabs, step, view.parallel)
        return self._eyes[level]

    def _placed(
        self,
        level: int,
        mine: BricksInView,
        pyramid: Pyramid,
        bounds: NDArray[np.float32],
        cells: NDArray[np.float32],
    ) -> project.Bricks:
        """Bricks of one level as kernels know them."""
        own, places = self._levels[level], mine.places
        world_from_voxel = coarse_affine(self._volume.world_from_voxel, own.factors)
        eye = apply_affine(np.linalg.inv(world_from_voxel), self._view.eye)
        # The outermost bricks also own what lies beyond the volume: half a sample may.
        lower = (places - (places == 0)) * SIZE - 0.5 - eye
        upper = (places + 1 + (places == np.array(own.grid[::-1]) - 1)) * SIZE - 0.5 - eye
        eyes = eye - places * SIZE + pyramid.halo
        return project.Bricks(
            pyramid.pool, pyramid.halo, mine.numbers, mine.packets, lower, upper, eyes, bounds, cells, self._sign
        )


def in_turn(met: BricksInView, bounds: NDArray[np.float32], turns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """In what order rays should meet bricks, and which of `turns` each has: large `bounds` (n,) before small ones.

    Of those of one turn neighbours come together. Of a mean, where bounds are all the same, the order is one for all
    bricks of a level, whichever are there.
    """
    finite = np.isfinite(bounds)
    low, high = (float(end(bounds[finite])) if finite.any() else 0.0 for end in (np.min, np.max))
    scaled = (np.where(finite, bounds, low) - low) / max(high - low, 1e-30)
    turn = np.where(bounds == np.inf, 0, turns - np.minimum(np.floor(scaled * turns), turns - 1)).astype(np.int64)
    order = np.lexsort([met.numbers, *(met.places // BLOCK).T, met.levels, turn])
    return order, turn[order]


def _slabs(volume: Volume, keep: Box | None, view: View, world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between which planes rays are in the volume and in what is kept of it."""
    voxel_from_world = np.linalg.inv(volume.world_from_voxel)
    eye = apply_affine(voxel_from_world, view.eye)
    last = np.array(volume.shape[::-1]) - 1.0
    thin = np.where(last > 0, 0, 0.5)
    slabs = [np.column_stack([voxel_from_world[:3, :3] @ world.T, -thin - eye, last + thin - eye])]
    if keep is not None:
        slabs.append(np.column_stack([world.T, np.array(keep.lower) - view.eye, np.array(keep.upper) - view.eye]))
    return np.ascontiguousarray(np.concatenate(slabs))
