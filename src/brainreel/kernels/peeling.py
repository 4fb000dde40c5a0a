"""Translucent surfaces: what lies behind one another at each sample, peeled off nearest first, over what is opaque.

Each layer of a tile is rasterised by itself, of what is farther than the layer before (of two at one depth the triangle
with the higher number) and not behind what is opaque, until nothing is left or too little light comes through. So
neither the order of triangles nor that of surfaces shows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.binning import TILE
from brainreel.kernels.compiler import kernel
from brainreel.kernels.merging import add_surface, put_layers, sort_layers
from brainreel.kernels.raster import QUADS, Peeled, Samples, raster_tile, tile_of_samples
from brainreel.kernels.resolve import color_samples, high_half, low_half, pixel_sums, put_samples
from brainreel.kernels.visibility import room_for_row, see_row

LEAST_THROUGH = np.float32(1 / 1024)
"""What is behind surfaces that let less through is not looked for."""

LAYERS = 24
"""Layers that a pixel among volumes is given at most; what lies behind the last adds to it."""

_NEAREST = np.float32(3e38)
_STEP = np.float32(1 / (16 * 255))
_FULL = np.float32(16 * 255)
_PIXELS = TILE * TILE


class Tile(NamedTuple):
    """A tile on its way: the layer that is seen now, the opaque one, what was seen, and the light that is left."""

    samples: Samples
    opaque: Samples
    peeled: Peeled
    through: NDArray[np.float32]


class Gathered(NamedTuple):
    """What layers have added, sample by sample, (QUADS * QUADS * 16,) each: colours in sixteenths of 8 bits, and how
    much of what lies behind still shows.
    """

    red: NDArray[np.float32]
    green: NDArray[np.float32]
    blue: NDArray[np.float32]
    through: NDArray[np.float32]


@kernel
def room_for_tile():
    """Room for a tile."""
    count = QUADS * QUADS * 16
    peeled = Peeled(np.empty(count, np.float32), np.empty(count, np.int32), np.empty(count, np.float32))
    return Tile(tile_of_samples(), tile_of_samples(), peeled, np.empty(count, np.float32))


@kernel
def room_to_gather():
    """Room for a tile."""
    count = QUADS * QUADS * 16
    return Gathered(
        np.empty(count, np.float32),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
        np.empty(count, np.float32),
    )


@kernel
def begin_tile(index, bins, scene, projected, tile):
    """See what is opaque in tile `index`: its left column, top row, and the numbers of its translucent triangles."""
    left = index % bins.across * TILE
    top = index // bins.across * TILE
    first, last = bins.firsts[index], bins.firsts[index + 1]
    middle = first
    while middle < last and bins.numbers[middle] < scene.opaque:
        middle += 1
    surface = scene.faces, projected, scene.cull, scene.flat
    raster_tile(left, top, bins.numbers, first, middle, *surface, None, tile.opaque)
    tile.peeled.nearness[:] = _NEAREST
    tile.peeled.owner[:] = -1
    tile.peeled.floor[:] = tile.opaque.nearness
    tile.through[:] = 1
    return left, top, bins.numbers[middle:last].copy()


@kernel
def peel(left, top, waiting, scene, projected, tile):
    """See the next translucent layer; returns what of the triangles `waiting` is seen in it or behind it, if any."""
    surface = scene.faces, projected, scene.cull, scene.flat
    waiting = waiting[: raster_tile(left, top, waiting, 0, len(waiting), *surface, tile.peeled, tile.samples)]
    tile.peeled.nearness[:] = tile.samples.nearness
    tile.peeled.owner[:] = tile.samples.owner
    for at in range(0, len(tile.through), 16):
        owner = L.load_i32(tile.samples.owner, at)
        hit = owner >= 0
        if L.any_lane(hit):
            through = L.load_f32(tile.through, at)
            alpha = L.splat(scene.alphas[0])
            for k in range(1, len(scene.first_faces)):
                alpha = L.where(owner >> 1 >= scene.first_faces[k], scene.alphas[k], alpha)
            through = L.where(hit, through * (np.float32(1) - alpha), through)
            L.store(tile.through, at, through)
            floor = L.load_f32(tile.peeled.floor, at)
            L.store(tile.peeled.floor, at, L.where(through < LEAST_THROUGH, _NEAREST, floor))
    return waiting


@kernel
def begin_gathering(gathered):
    """Nothing is before the eye."""
    gathered.red[:] = 0
    gathered.green[:] = 0
    gathered.blue[:] = 0
    gathered.through[:] = 1


@kernel
def gather(begin, end, left, top, records, colors, alphas, gathered):
    """Put what records `begin` to `end` see behind what was gathered; layer k is as opaque as `alphas[k]`."""
    for k in range(begin, end):
        red_green, blue, hit = color_samples(k, records, colors)
        layer = L.load_i32(records.grounds, k * 16) >> 1 & 511
        at = ((records.corners[k, 1] - top) // 2 * QUADS + (records.corners[k, 0] - left) // 2) * 16
        alpha = L.where(hit, L.gather_f32(alphas, layer, hit), np.float32(0))
        through = L.load_f32(gathered.through, at)
        share = through * alpha
        L.store(gathered.red, at, L.load_f32(gathered.red, at) + share * low_half(red_green))
        L.store(gathered.green, at, L.load_f32(gathered.green, at) + share * high_half(red_green))
        L.store(gathered.blue, at, L.load_f32(gathered.blue, at) + share * L.to_float(blue))
        L.store(gathered.through, at, through - share)


@kernel
def put_tile(left, top, gathered, background, out):
    """Write a tile's pixels, the means of its samples over `background` (R, G, B), into `out` (h, w, 3)."""
    height, width, _ = out.shape
    for quad in range(QUADS * QUADS):
        at = quad * 16
        through = L.load_f32(gathered.through, at)
        if not L.any_lane(through < np.float32(1)):
            continue
        red = _mean(L.load_f32(gathered.red, at), through, background[0])
        green = _mean(L.load_f32(gathered.green, at), through, background[1])
        blue = _mean(L.load_f32(gathered.blue, at), through, background[2])
        for pixel in range(4):
            x = left + quad % QUADS * 2 + (pixel & 1)
            y = top + quad // QUADS * 2 + (pixel >> 1)
            if x < width and y < height:
                out[y, x, 0] = L.lane_i32(red, 4 * pixel)
                out[y, x, 1] = L.lane_i32(green, 4 * pixel)
                out[y, x, 2] = L.lane_i32(blue, 4 * pixel)


@kernel
def _mean(channel, through, behind):
    """The mean of each pixel's samples, in all four of them, in 8 bits; `behind` is too, `channel` in sixteenths."""
    sixteenths = L.minimum(channel + through * np.float32(16 * behind), _FULL)
    return (pixel_sums(L.to_int(sixteenths + np.float32(0.5))) + 32) >> 6


@kernel
def draw_peeled(begin, end, bins, scene, projected, colors, background, quads, out):
    """Draw tiles `begin` to `end` as `resolve.draw_tiles` does, of which some surfaces are translucent."""
    tile, gathered, records = room_for_tile(), room_to_gather(), room_for_row(scene)
    for index in range(begin, end):
        quads[index] = 0
        if bins.firsts[index] == bins.firsts[index + 1]:
            continue
        left, top, waiting = begin_tile(index, bins, scene, projected, tile)
        begin_gathering(gathered)
        while len(waiting) > 0:
            waiting = peel(left, top, waiting, scene, projected, tile)
            for v in range(QUADS):
                count = see_row(left, top, v, tile.samples, scene, 0, records)
                gather(0, count, left, top, records, colors, scene.alphas, gathered)
                quads[index] += count
        for v in range(QUADS):
            count = see_row(left, top, v, tile.opaque, scene, 0, records)
            gather(0, count, left, top, records, colors, scene.alphas, gathered)
            quads[index] += count
        put_tile(left, top, gathered, background, out)


@kernel
def remember_peeled(begin, end, bins, scene, projected, starts, records):
    """Keep what tiles `begin` to `end` see in `records`, tile k from `starts[k]` on, layer by layer."""
    tile = room_for_tile()
    for index in range(begin, end):
        if bins.firsts[index] == bins.firsts[index + 1]:
            continue
        left, top, waiting = begin_tile(index, bins, scene, projected, tile)
        at = starts[index]
        while len(waiting) > 0:
            waiting = peel(left, top, waiting, scene, projected, tile)
            for v in range(QUADS):
                at = see_row(left, top, v, tile.samples, scene, at, records)
        for v in range(QUADS):
            at = see_row(left, top, v, tile.opaque, scene, at, records)


@kernel
def put_peeled(begin, end, chosen, across, ends, records, colors, alphas, background, out):
    """Draw tiles `chosen[begin:end]` from `records`, those of tile k from `ends[k]` to `ends[k + 1]`."""
    gathered = room_to_gather()
    for place in range(begin, end):
        index = chosen[place]
        if ends[index] < ends[index + 1]:
            left, top = index % across * TILE, index // across * TILE
            begin_gathering(gathered)
            gather(ends[index], ends[index + 1], left, top, records, colors, alphas, gathered)
            put_tile(left, top, gathered, background, out)


@kernel
def sample_peeled(begin, end, bins, scene, projected, colors, depths, out):
    """The samples of tiles `begin` to `end` as `resolve.sample_tiles` has them, and where something translucent shows
    a pixel's layers in place of its samples, as `merging` has them.
    """
    tile, records = room_for_tile(), room_for_row(scene)
    layers = np.empty((_PIXELS, LAYERS + 1, 5), np.float32)
    counts = np.empty(_PIXELS, np.int32)
    for index in range(begin, end):
        if bins.firsts[index] == bins.firsts[index + 1]:
            continue
        left, top, waiting = begin_tile(index, bins, scene, projected, tile)
        for v in range(QUADS):
            count = see_row(left, top, v, tile.opaque, scene, 0, records)
            for k in range(count):
                red_green, blue, _ = color_samples(k, records, colors)
                quad = (v * QUADS + (records.corners[k, 0] - left) // 2) * 16
                corner = records.corners[k, 0], records.corners[k, 1]
                put_samples(quad, corner, red_green, blue, scene.flat, tile.opaque, depths, out)
        counts[:] = 0
        while len(waiting) > 0:
            waiting = peel(left, top, waiting, scene, projected, tile)
            for v in range(QUADS):
                count = see_row(left, top, v, tile.samples, scene, 0, records)
                for k in range(count):
                    _add_layers(k, left, top, records, colors, scene, tile.samples, layers, counts)
        _put_pixels(left, top, layers, counts, depths, out)


@kernel
def _add_layers(k, left, top, records, colors, scene, samples, layers, counts):
    """A layer more for each pixel of record `k`: the mean of those of its samples that see something."""
    red_green, blue, hit = color_samples(k, records, colors)
    ground = L.load_i32(records.grounds, k * 16)
    seen = L.bits(hit)
    u, v = (records.corners[k, 0] - left) // 2, (records.corners[k, 1] - top) // 2
    quad = (v * QUADS + u) * 16
    for pixel in range(4):
        if seen >> (4 * pixel) & 15 == 0:
            continue
        place = (2 * v + (pixel >> 1)) * TILE + 2 * u + (pixel & 1)
        layer = layers[place, min(counts[place], LAYERS)]
        layer[:] = 0
        found = np.float32(0)
        for sample in range(4 * pixel, 4 * pixel + 4):
            if seen >> sample & 1:
                alpha = scene.alphas[L.lane_i32(ground, sample) >> 1 & 511]
                near = samples.nearness[quad + sample]
                layer[0] += scene.flat - near if scene.flat > 0 else np.float32(1) / near
                both = L.lane_i32(red_green, sample)
                layer[1] += alpha * np.float32(both & 65535) * _STEP
                layer[2] += alpha * np.float32(both >> 16) * _STEP
                layer[3] += alpha * np.float32(L.lane_i32(blue, sample)) * _STEP
                layer[4] += alpha
                found += np.float32(1)
        layer[0] /= found
        layer[1:] *= np.float32(0.25)
        if counts[place] < LAYERS:
            counts[place] += 1
        else:  # behind the last
            through = np.float32(1) - layers[place, LAYERS - 1, 4]
            layers[place, LAYERS - 1, 1:] += through * layer[1:]


@kernel
def _put_pixels(left, top, layers, counts, depths, out):
    """Write the layers of a tile's pixels before their opaque samples."""
    height, width, _ = out.shape
    for place in range(_PIXELS):
        x, y = left + place % TILE, top + place // TILE
        if counts[place] > 0 and x < width and y < height:
            found = add_surface(x, y, counts[place], layers[place], depths, out)
            sort_layers(found, layers[place])
            put_layers(x, y, found, layers[place], depths, out)
