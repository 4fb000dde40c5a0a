"""Samples to pixels: scalars are interpolated, become colours, are lit, and four samples make a pixel.

A pixel is the mean of its samples, the background where they see nothing, rounded once to 8 bits a channel. Until then
a sample's colour is two words, `R | G << 16` and `B`, in 1 / 16 of a step of 8 bits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel, kernel
from brainreel.kernels.parcels import find_parcel
from brainreel.kernels.raster import QUADS, tile_of_samples
from brainreel.kernels.visibility import LIGHT_UNIT, interpolate, room_for_row, see_row, see_tile

COLOR_UNIT = np.float32(65535)
VALUES, PARCELS, BORDERS = 0, 1, 2

_FULL = np.float32(16 * 255)
_TO_SIXTEENTHS = np.float32(16 * 255 / 65535)


class Colors(NamedTuple):
    """The colours of all layers, in 1 / COLOR_UNIT.

    `bases` (layers, 2, 3) float32, plain and dark; layer k has paints `first_paints[k]` to `first_paints[k + 1]`,
    bottom first. Paint p has `curves[p]` float32 (5,): low, mid, rise_low, rise_high, alpha; `places[p]` int64
    (5,): where vertex 0's value is in `scalars`, where the entry of values below the range is in `tables`, whether
    the table is mirrored, what it paints (VALUES, PARCELS or BORDERS), and its bit in `bare` of records, -1 for none.
    `cells` is what a table has between the ends of a range.

    Parcels have their words (see `parcels`) in `parcels` and an entry each in `tables`, the first for none; `mid` is
    how far a vertex is from borders where its whole triangle lies in its parcel, and so far that nothing of a border's
    line is there. Lines go as far as `low` from borders, and fade over 1 / rise_low around that.
    """

    bases: NDArray[np.float32]
    first_paints: NDArray[np.int64]
    curves: NDArray[np.float32]
    places: NDArray[np.int64]
    scalars: NDArray[np.float32]
    parcels: NDArray[np.int32]
    tables: NDArray[np.int32]
    cells: int


@kernel
def table_entry(value, curve, cells, mirrored):
    """The entry of `value` in a colour table, counted from that of values below the range."""
    size = L.where(value < np.float32(0), -value, value) if mirrored else value
    lower = (size - curve[0]) * curve[2]
    upper = (size - curve[1]) * curve[3] + np.float32(cells // 2)
    place = L.where(size < curve[1], lower, upper)
    cell = L.to_int(L.maximum(L.minimum(place, np.float32(cells - 1)), np.float32(0)))
    entry = L.where(size >= curve[0], cell + 1, 0)
    return L.where(value < np.float32(0), -entry, entry) if mirrored else entry


@kernel
def low_half(word):
    """The lower 16 bits as float32."""
    return L.to_float(word & 65535)


@kernel
def high_half(word):
    """The upper 16 bits as float32."""
    return L.to_float(L.logical_shift_right(word, 16))


@kernel
def lit(channel, light, shine):
    """A lit channel with its highlight, 0..255 in sixteenths."""
    return L.to_int(L.minimum(channel * (light * _TO_SIXTEENTHS) + shine, _FULL) + np.float32(0.5))


@borrowing_kernel
def painted(p, colors, a, b, c, wa, wb, wc, mine):
    """(16 lanes) the two words of paint `p`'s colours, and its alpha."""
    if colors.places[p, 3] == VALUES:
        value = interpolate(colors.scalars, colors.places[p, 0], a, b, c, wa, wb, wc, mine)
        entry = table_entry(value, colors.curves[p], colors.cells, colors.places[p, 2] != 0)
        share = L.where(value == value, L.splat(colors.curves[p, 4]), np.float32(0))  # NaN is not painted
    else:
        entry, distance = find_parcel(
            colors.parcels, colors.places[p, 0], colors.curves[p, 1], a, b, c, wa, wb, wc, mine
        )
        share = L.splat(colors.curves[p, 4])
        if colors.places[p, 3] == BORDERS:
            inside = (colors.curves[p, 0] - distance) * colors.curves[p, 2] + np.float32(0.5)
            share = share * L.minimum(L.maximum(inside, np.float32(0)), np.float32(1))
            mine = mine & (share > np.float32(0))
            if not L.any_lane(mine):
                return L.splat(np.int32(0)), L.splat(np.int32(0)), L.splat(np.float32(0))
    red_green = L.gather_i32_at(colors.tables, colors.places[p, 1], entry * 2, mine)
    blue_alpha = L.gather_i32_at(colors.tables, colors.places[p, 1] + 1, entry * 2, mine)
    return red_green, blue_alpha, high_half(blue_alpha) * (share / COLOR_UNIT)


@kernel
def pixel_sums(word):
    """(16 lanes) the sum over the samples of each pixel, in all four of them."""
    word = word + L.swap1(word)
    return word + L.swap2(word)


@borrowing_kernel
def seen_from(k, records):
    """(16 lanes) the three vertices of record `k`'s samples, and their weights."""
    a = L.load_i32(records.vertices, k * 48)
    b = L.load_i32(records.vertices, k * 48 + 16)
    c = L.load_i32(records.vertices, k * 48 + 32)
    wb = L.load_f32(records.weights, k * 32)
    wc = L.load_f32(records.weights, k * 32 + 16)
    return a, b, c, np.float32(1) - wb - wc, wb, wc


@borrowing_kernel
def color_samples(k, records, colors):
    """(16 lanes) the two words of record `k`'s colours, and which of its samples have one."""
    ground = L.load_i32(records.grounds, k * 16)
    hit = ground >= 0
    a, b, c, wa, wb, wc = seen_from(k, records)
    bare = records.bare[k]
    light = L.to_float(ground >> 10) / LIGHT_UNIT
    dark = (ground & 1) != 0
    layer = ground >> 1 & 511
    shine = L.splat(np.float32(0))
    if len(records.shines) > 0:
        shine = L.load_f32(records.shines, k * 16) * _FULL
    lit_red_green = L.splat(np.int32(0))
    lit_blue = L.splat(np.int32(0))
    for own in range(len(colors.bases)):
        mine = hit & (layer == own)
        if L.any_lane(mine):
            red = L.where(dark, colors.bases[own, 1, 0], colors.bases[own, 0, 0])
            green = L.where(dark, colors.bases[own, 1, 1], colors.bases[own, 0, 1])
            blue = L.where(dark, colors.bases[own, 1, 2], colors.bases[own, 0, 2])
            for p in range(colors.first_paints[own], colors.first_paints[own + 1]):
                if colors.places[p, 4] >= 0 and bare >> colors.places[p, 4] & 1:
                    continue
                red_green, blue_alpha, alpha = painted(p, colors, a, b, c, wa, wb, wc, mine)
                red = red + alpha * (low_half(red_green) - red)
                green = green + alpha * (high_half(red_green) - green)
                blue = blue + alpha * (low_half(blue_alpha) - blue)
            lit_red_green = L.where(mine, lit(red, light, shine) | lit(green, light, shine) << 16, lit_red_green)
            lit_blue = L.where(mine, lit(blue, light, shine), lit_blue)
    return lit_red_green, lit_blue, hit


@kernel
def put_records(begin, end, records, colors, background, out):
    """Write the pixels of records `begin` to `end` into `out` (h, w, 3); `background` is (R, G, B), 8 bits each."""
    height, width, _ = out.shape
    behind_red_green = np.int32(16 * background[0] | 16 * background[1] << 16)
    behind_blue = np.int32(16 * background[2])
    for k in range(begin, end):
        red_green, blue, hit = color_samples(k, records, colors)
        # four samples in sixteenths: 64 of their sum are a step
        red_green = pixel_sums(L.where(hit, red_green, behind_red_green)) + np.int32(32 | 32 << 16)
        blue = pixel_sums(L.where(hit, blue, behind_blue)) + 32
        pixels = red_green >> 6 & 255 | (red_green >> 22 & 255) << 8 | blue >> 6 << 16
        for pixel in range(4):
            x = records.corners[k, 0] + (pixel & 1)
            y = records.corners[k, 1] + (pixel >> 1)
            if x < width and y < height:
                color = L.lane_i32(pixels, 4 * pixel)
                out[y, x, 0] = color & 255
                out[y, x, 1] = color >> 8 & 255
                out[y, x, 2] = color >> 16


@kernel
def find_bare(begin, end, records, colors):
    """Note in records `begin` to `end` which paints of parcels show nothing there."""
    for k in range(begin, end):
        ground = L.load_i32(records.grounds, k * 16)
        a, b, c, wa, wb, wc = seen_from(k, records)
        bare = 0
        for own in range(len(colors.bases)):
            mine = (ground >= 0) & (ground >> 1 & 511 == own)
            for p in range(colors.first_paints[own], colors.first_paints[own + 1]):
                if colors.places[p, 4] >= 0:
                    _, _, alpha = painted(p, colors, a, b, c, wa, wb, wc, mine)
                    if not L.any_lane(mine & (alpha > np.float32(0))):
                        bare |= 1 << colors.places[p, 4]
        records.bare[k] = bare


@kernel
def put_runs(begin, end, chosen, ends, records, colors, background, out):
    """Write the pixels of runs `chosen[begin:end]`; run k is records `ends[k]` to `ends[k + 1]`."""
    for place in range(begin, end):
        run = chosen[place]
        put_records(ends[run], ends[run + 1], records, colors, background, out)


@kernel
def draw_tiles(begin, end, bins, scene, projected, colors, background, quads, out):
    """Draw tiles `begin` to `end` into `out` (h, w, 3) uint8, which holds the background.

    `quads[k]` receives how many quads of tile k see something.
    """
    samples = tile_of_samples()
    records = room_for_row(scene)
    for tile in range(begin, end):
        quads[tile] = 0
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left, top = see_tile(tile, bins, scene, projected, samples)
            for v in range(QUADS):
                count = see_row(left, top, v, samples, scene, 0, records)
                put_records(0, count, records, colors, background, out)
                quads[tile] += count


@kernel
def sample_tiles(begin, end, bins, scene, projected, colors, depths, out):
    """The samples of tiles `begin` to `end`: `depths` (h, w, 4) float32, `out` (h, w, 4) uint32 `R | G << 8 | B << 16`.

    Both keep what they hold where a sample sees nothing.
    """
    samples = tile_of_samples()
    records = room_for_row(scene)
    for tile in range(begin, end):
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left, top = see_tile(tile, bins, scene, projected, samples)
            for v in range(QUADS):
                count = see_row(left, top, v, samples, scene, 0, records)
                for k in range(count):
                    red_green, blue, _ = color_samples(k, records, colors)
                    quad = (v * QUADS + (records.corners[k, 0] - left) // 2) * 16
                    corner = records.corners[k, 0], records.corners[k, 1]
                    put_samples(quad, corner, red_green, blue, scene.flat, samples, depths, out)


@kernel
def put_samples(quad, corner, red_green, blue, flat, samples, depths, out):
    """Write depths and colours, rounded to 8 bits, of the samples from `quad` on, whose pixels begin at `corner`."""
    height, width, _ = out.shape
    for lane in range(16):
        x = corner[0] + (lane >> 2 & 1)
        y = corner[1] + (lane >> 3)
        if x < width and y < height and samples.owner[quad + lane] >= 0:
            both = L.lane_i32(red_green, lane)
            near = samples.nearness[quad + lane]
            depths[y, x, lane & 3] = np.float32(flat) - near if flat > 0 else np.float32(1) / near
            red, green = ((both & 65535) + 8) >> 4, ((both >> 16) + 8) >> 4
            out[y, x, lane & 3] = red | green << 8 | (L.lane_i32(blue, lane) + 8) >> 4 << 16
