"""How much of the sky is seen from places on a surface: by pictures of depths, from all around."""

import numpy as np

from brainreel.kernels.compiler import kernel
from brainreel.kernels.raster import QUADS, SAMPLE_OFFSETS, tile_of_samples
from brainreel.kernels.visibility import see_tile

_SAMPLES = len(SAMPLE_OFFSETS)


@kernel
def depth_tiles(begin, end, bins, scene, projected, depths):
    """Depths (h, w, 4) of what the samples of tiles `begin` to `end` see; they keep what they hold where that is none.

    Rays are parallel.
    """
    samples = tile_of_samples()
    height, width, _ = depths.shape
    for tile in range(begin, end):
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left, top = see_tile(tile, bins, scene, projected, samples)
            for quad in range(QUADS * QUADS):
                for lane in range(4 * _SAMPLES):
                    x = left + quad % QUADS * 2 + (lane >> 2 & 1)
                    y = top + quad // QUADS * 2 + (lane >> 3)
                    if x < width and y < height and samples.owner[quad * 16 + lane] >= 0:
                        depths[y, x, lane & 3] = scene.flat - samples.nearness[quad * 16 + lane]


@kernel
def _nearest_sample(x, y):
    """The sample of a pixel that lies nearest (`x`, `y`) in it."""
    nearest, least = 0, 2.0
    for sample in range(_SAMPLES):
        right, down = x - SAMPLE_OFFSETS[sample][0], y - SAMPLE_OFFSETS[sample][1]
        if right * right + down * down < least:
            nearest, least = sample, right * right + down * down
    return nearest


@kernel
def add_openness(begin, end, places, normals, camera, per_pixel, depths, sums):
    """Add to `sums` (n, 2) of vertices `begin` to `end` what of one direction reaches them, and what could at most.

    `camera` (4, 3): right, down, forward and eye, the picture's left top corner being where right and down begin;
    light comes against forward, weighed by Lambert's law. `places` (n, 3) lie a little above the surface.
    """
    height, width, _ = depths.shape
    for i in range(begin, end):
        falls = -(normals[i, 0] * camera[2, 0] + normals[i, 1] * camera[2, 1] + normals[i, 2] * camera[2, 2])
        if falls <= 0:
            continue
        x, y, depth = 0.0, 0.0, 0.0
        for axis in range(3):
            offset = places[i, axis] - camera[3, axis]
            x += offset * camera[0, axis]
            y += offset * camera[1, axis]
            depth += offset * camera[2, axis]
        column, row = int(np.floor(x / per_pixel)), int(np.floor(y / per_pixel))
        sums[i, 1] += falls
        if 0 <= column < width and 0 <= row < height:
            sample = _nearest_sample(x / per_pixel - column, y / per_pixel - row)
            if depths[row, column, sample] < depth:
                continue
        sums[i, 0] += falls
