"""Several rays a pixel, where one would hit or miss what a pixel should be the mean of."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.averaging import average_rays
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import CORNERS, SUPERSAMPLED_PX
from brainreel.render.cpu.casting import slots_of
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.rays import Rays
from brainreel.render.cpu.transfer import typical_opacity
from brainreel.render.view import View
from brainreel.space import apply_affine, axis_lengths
from brainreel.store.resampled import Grid
from brainreel.timeline.looks import VolumeLook

MISSED = (0.42, 2.4)
"""Voxels across a pixel times the opacity of as many: above, one ray a pixel is 2 grey levels off on the mean, and two
across.
"""

LEAST_VOXELS = 0.8
"""And voxels across a pixel: of larger ones neighbouring pixels see the same."""


def view_of_rays(parts: Sequence[Part], grid: Grid, view: View, most: int) -> View:
    """`view` with as many rays across a pixel and down it as `parts` on `grid` need, at `most` so many.

    That is where voxels of the level that is drawn then are hardly larger than pixels, and so opaque that few of those
    in a pixel are seen, both half way through what of the volume lies ahead.
    """
    extent = (np.array(grid.shape[::-1]) - 1) * CORNERS
    _, depths = view.project(apply_affine(grid.world_from_voxel, extent))
    pixel = float(view.pixel_edges((max(depths.min(), 0.0) + depths.max()) / 2))
    voxels = pixel / min(axis_lengths(grid.world_from_voxel))
    looks = [part.look for part in parts if isinstance(part.look, VolumeLook)]
    opacity = max((typical_opacity(look.transfer, look.alpha, pixel) for look in looks), default=0.0)
    if voxels * SUPERSAMPLED_PX > 2.6:  # of a coarser level all through, of which there are one to two
        voxels /= 2 ** math.floor(math.log2(voxels))
    rays = 1 + sum(voxels * opacity > missed for missed in MISSED) if voxels > LEAST_VOXELS else 1
    rays = min(rays, most)
    return replace(view, width=view.width * rays, height=view.height * rays, rays=rays)


def depths_of_rays(depths: NDArray[np.float32] | None, view: View) -> NDArray[np.float32] | None:
    """What stops the rays of `view`, each as its pixel is stopped by `depths` (h, w, 4)."""
    return depths if depths is None or view.rays == 1 else depths.repeat(view.rays, 0).repeat(view.rays, 1)


def pixels_of(pool: Pool, rays: Rays, cast: View, view: View, depths: NDArray[np.float32] | None) -> Rays:
    """The rays of `view`: means of those that were `cast`, with `depths` as they stop pixels."""
    if cast.rays == 1:
        return rays
    across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
    cast_across = -(-cast.width // TILE) * (TILE // PACKET)
    light = np.zeros((across * down, 4, 16), np.float32)
    slots = np.full(len(light), -1, np.int32) if depths is None else slots_of(depths, across, down)
    stopped = np.zeros((int(slots.max()) + 1, FRAGMENTS, 4, 16), np.float32)
    arguments = (cast.rays, across, cast_across, rays.light, rays.slots, rays.stopped, light, slots, stopped)
    pool.run(average_rays, len(light), *arguments, chunk=256)
    return Rays(light, slots, stopped, depths)
