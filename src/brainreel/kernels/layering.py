"""Slices' values to colours, and layer over layer to pixels: over the background, over surfaces, or among a volume.

Colours on their way are premultiplied by alpha, in 0..1. Borders are smooth: a pixel that a border crosses has the part
of alpha that lies inside. Which of two slices is nearer is decided at each of a pixel's four samples.
"""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.resolve import COLOR_UNIT, high_half, low_half, table_entry
from brainreel.kernels.slicing import PACKET, SAMPLES, row_span, sample_x, sample_y

f32 = np.float32

FAR = f32(np.inf)


class Paints(NamedTuple):
    """What slices are painted with. `edges` (paints, n, 3) are signed distances from borders, as Source has them, two
    and two opposite ones together.

    `curves` (paints, 5) float32: low, mid, rise_low, rise_high, alpha; `places` (paints, 5) int64: the first of its
    planes of values, how many, where the entry of values below the range is in `tables`, whether the table is mirrored,
    and whether planes are red, then green, then blue, in 0..255, shown where their luminance is above `low`; `cells`
    (paints,): what a table has between the ends of its range.
    """

    edges: np.ndarray
    curves: np.ndarray
    places: np.ndarray
    tables: np.ndarray
    cells: np.ndarray


class Slices(NamedTuple):
    """Slice s has paints `first_paints[s]` to `first_paints[s + 1]`, bottom first; its border is the first paint's.

    `depths` (n, 2, 3): depth is the first row over the second at a place in the picture; `alphas` (n,). `lines` (n, 4):
    colour of border and crosshair, and their width in pixels, 0 for none; `crosses` (n, 2, 3): distances from the
    crosshair's lines.
    """

    first_paints: np.ndarray
    depths: np.ndarray
    alphas: np.ndarray
    lines: np.ndarray
    crosses: np.ndarray


class Scratch(NamedTuple):
    """Room for a packet: `spans` (paints, 6), `which` (n,), `colors` (n, 4, 16), `nears` (n, 16), `words` (16,)."""

    spans: np.ndarray
    which: np.ndarray
    colors: np.ndarray
    nears: np.ndarray
    words: np.ndarray


def room(slices: Slices, paints: Paints) -> Scratch:
    """Room for a packet of `slices`; each thread needs its own."""
    count = len(slices.alphas)
    return Scratch(
        np.zeros((len(paints.edges), 6), np.int64),
        np.zeros(count, np.int64),
        np.empty((count, 4, PACKET), np.float32),
        np.empty((count, PACKET), np.float32),
        np.empty(PACKET, np.int32),
    )


@kernel
def paint_rows(begin, end, first_row, slices, paints, values, depths, colors, background, scratch, out):
    """Rows `begin` .. `end` - 1 of `out` (h, w, 3), which holds the background: slices over surfaces' samples over it.

    `background` (3,) is in 0..1.
    `values` are `sample_rows`', all paints' planes together, from `first_row` on. `depths` and `colors` (h, w, 4) are
    the surfaces', or both None.
    """
    width = out.shape[1]
    for row in range(begin, end):
        find_spans(row, width, slices, paints, scratch)
        for x in range(0, width, PACKET):
            at = (row - first_row) * values.shape[2] + x
            count = shade(x, row, at, slices, paints, values, scratch)
            if count > 0 or depths is not None:
                red, green, blue = _blend(x, row, count, width, slices, depths, colors, background, scratch)
                _put_pixels(x, row, red, green, blue, scratch.words, out)


@kernel
def find_spans(row, width, slices, paints, scratch):
    """For each paint the pixels of a row that it touches, those that it covers, and those without the border line."""
    for s in range(len(slices.alphas)):
        for p in range(slices.first_paints[s], slices.first_paints[s + 1]):
            edges, spans = paints.edges[p], scratch.spans[p]
            spans[0], spans[1] = row_span(edges, row + 0.5, -0.5, width)
            spans[2], spans[3] = row_span(edges, row + 0.5, 0.5, width)
            spans[4], spans[5] = row_span(edges, row + 0.5, slices.lines[s, 3] + 0.5, width)


@kernel
def shade(x, row, at, slices, paints, values, scratch):
    """Colours of the slices that sixteen pixels from `x` on may show, in `scratch.colors`; how many there are."""
    count = 0
    for s in range(len(slices.alphas)):
        first, last = slices.first_paints[s], slices.first_paints[s + 1]
        touched = False
        for p in range(first, last):
            touched = touched or (x + PACKET > scratch.spans[p, 0] and x < scratch.spans[p, 1])
        if not touched:
            continue
        red, green, blue, alpha = L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0))
        for p in range(first, last):
            spans = scratch.spans[p]
            if x + PACKET > spans[0] and x < spans[1]:
                if paints.places[p, 4] != 0:
                    r, g, b, a = _own_colors(p, at, paints, values)
                else:
                    r, g, b, a = _paint_colors(p, at, paints, values)
                if x < spans[2] or x + PACKET > spans[3]:
                    cover = _cover(paints.edges[p], x + 0.5, row + 0.5)
                    r, g, b, a = r * cover, g * cover, b * cover, a * cover
                red, green, blue, alpha = _over(r, g, b, a, red, green, blue, alpha)
        if slices.lines[s, 3] > f32(0):
            line = _line(s, x, row, slices, paints.edges[first], scratch.spans[first])
            r, g, b = slices.lines[s, 0] * line, slices.lines[s, 1] * line, slices.lines[s, 2] * line
            red, green, blue, alpha = _over(r, g, b, line, red, green, blue, alpha)
        whole = slices.alphas[s]
        for channel, light in enumerate((red, green, blue, alpha)):
            L.store(scratch.colors, (count * 4 + channel) * PACKET, light * whole)
        scratch.which[count] = s
        count += 1
    return count


@kernel
def _over(r, g, b, a, red, green, blue, alpha):
    """Premultiplied colours over others."""
    through = f32(1) - a
    return r + through * red, g + through * green, b + through * blue, a + through * alpha


@kernel
def _paint_colors(p, at, paints, values):
    """Premultiplied colours of sixteen pixels: the mean of their values' colours."""
    first, planes = paints.places[p, 0], paints.places[p, 1]
    plane = values.shape[1] * values.shape[2]
    red, green, blue, total = L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0))
    for sample in range(planes):
        value = L.load_f32(values, (first + sample) * plane + at)
        known = value == value  # NaN is not painted
        entry = table_entry(L.where(known, value, f32(0)), paints.curves[p], paints.cells[p], paints.places[p, 3] != 0)
        red_green = L.gather_i32_at(paints.tables, paints.places[p, 2], entry * 2, known)
        blue_alpha = L.gather_i32_at(paints.tables, paints.places[p, 2] + 1, entry * 2, known)
        alpha = high_half(blue_alpha) * (paints.curves[p, 4] / (COLOR_UNIT * f32(planes)))
        red = red + alpha * low_half(red_green)
        green = green + alpha * high_half(red_green)
        blue = blue + alpha * low_half(blue_alpha)
        total = total + alpha
    unit = f32(1) / COLOR_UNIT
    return red * unit, green * unit, blue * unit, total


@kernel
def _own_colors(p, at, paints, values):
    """Premultiplied colours of sixteen pixels whose values are colours themselves: the mean of those that are shown."""
    samples = paints.places[p, 1] // 3
    plane = values.shape[1] * values.shape[2]
    start, apart = paints.places[p, 0] * plane + at, samples * plane
    red, green, blue, total = L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0))
    for sample in range(samples):
        here = start + sample * plane
        r, g, b = L.load_f32(values, here), L.load_f32(values, here + apart), L.load_f32(values, here + 2 * apart)
        luminance = r * f32(0.2126) + g * f32(0.7152) + b * f32(0.0722)
        alpha = L.where(luminance > paints.curves[p, 0], L.splat(paints.curves[p, 4] / f32(samples)), f32(0))
        red, green, blue, total = red + alpha * r, green + alpha * g, blue + alpha * b, total + alpha
    unit = f32(1 / 255)
    return red * unit, green * unit, blue * unit, total


@kernel
def _distance(edges, edge, px, py):
    """(16 lanes) the distance of places (`px` + lane, `py`) from a border, in pixels."""
    here = edges[edge, 0] + edges[edge, 1] * px + edges[edge, 2] * py
    return L.to_float(L.iota()) * f32(edges[edge, 1]) + f32(min(max(here, -1e9), 1e9))


@kernel
def _inside(distance):
    """How much of a pixel lies on the inner side of a border."""
    return L.minimum(L.maximum(distance + f32(0.5), f32(0)), f32(1))


@kernel
def _cover(edges, px, py):
    """How much of each of sixteen pixels lies between all borders."""
    cover = L.splat(f32(1))
    for pair in range(0, len(edges), 2):
        both = _inside(_distance(edges, pair, px, py)) + _inside(_distance(edges, pair + 1, px, py))
        cover = cover * L.maximum(both - f32(1), f32(0))
    return cover


@kernel
def _line(s, x, row, slices, edges, spans):
    """How much of each of sixteen pixels the lines of a slice cover: along its border, inside, and its crosshair."""
    width = slices.lines[s, 3]
    line = L.splat(f32(0))
    if x < spans[4] or x + PACKET > spans[5]:
        nearest = _distance(edges, 0, x + 0.5, row + 0.5)
        for edge in range(1, len(edges)):
            nearest = L.minimum(nearest, _distance(edges, edge, x + 0.5, row + 0.5))
        line = _inside(width - nearest)
    for k in range(2):
        across = _distance(slices.crosses[s], k, x + 0.5, row + 0.5)
        line = L.maximum(line, _inside(f32(0.5) * width - L.maximum(across, -across)))
    return line * _cover(edges, x + 0.5, row + 0.5)


@kernel
def _blend(x, row, count, width, slices, depths, colors, background, scratch):
    """Sixteen pixels' colours (0..1): `count` slices, surfaces and background by their depths."""
    red, green, blue = L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0))
    behind = L.splat(background[0]), L.splat(background[1]), L.splat(background[2])
    samples = 1 if count <= 1 and depths is None else SAMPLES
    for sample in range(samples):
        nearest_surface = L.splat(FAR)
        shown = behind
        if depths is not None:
            lane = L.iota() + x
            live = lane < width
            start = np.int64(row) * width * SAMPLES
            nearest_surface = L.gather_f32_at(depths, start, lane * SAMPLES + sample, live)
            packed = L.gather_i32_at(colors, start, lane * SAMPLES + sample, live)
            seen = nearest_surface < FAR
            shown = (
                L.where(seen, L.to_float(packed & 255) * f32(1 / 255), behind[0]),
                L.where(seen, L.to_float((packed >> 8) & 255) * f32(1 / 255), behind[1]),
                L.where(seen, L.to_float((packed >> 16) & 255) * f32(1 / 255), behind[2]),
            )
        _find_nears(x + sample_x(sample), row + sample_y(sample), count, slices, scratch)
        r, g, b, through = L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(1))
        for k in range(count):
            near = L.load_f32(scratch.nears, k * PACKET)
            seen = near < nearest_surface
            visible = L.where(seen, _through(k, near, count, scratch), f32(0))
            at = k * 4 * PACKET
            r = r + visible * L.load_f32(scratch.colors, at)
            g = g + visible * L.load_f32(scratch.colors, at + PACKET)
            b = b + visible * L.load_f32(scratch.colors, at + 2 * PACKET)
            own = f32(1) - L.load_f32(scratch.colors, at + 3 * PACKET)
            through = L.where(seen, through * own, through)
        red, green, blue = red + r + through * shown[0], green + g + through * shown[1], blue + b + through * shown[2]
    part = f32(1) / f32(samples)
    return red * part, green * part, blue * part


@kernel
def _find_nears(px, py, count, slices, scratch):
    """Depths of the slices at sixteen places of the picture; a slice behind the eye is never near."""
    lane = L.to_float(L.iota())
    for k in range(count):
        rows = slices.depths[scratch.which[k]]
        over = lane * f32(rows[1, 1]) + f32(rows[1, 0] + rows[1, 1] * px + rows[1, 2] * py)
        depth = (lane * f32(rows[0, 1]) + f32(rows[0, 0] + rows[0, 1] * px + rows[0, 2] * py)) / over
        L.store(scratch.nears, k * PACKET, L.where(over > f32(0), depth, f32(3e38)))


@kernel
def _through(k, near, count, scratch):
    """What the other slices leave of slice `k`; of two at one depth the first is nearer."""
    left = L.splat(f32(1))
    for other in range(count):
        if other != k:
            its = L.load_f32(scratch.nears, other * PACKET)
            before = its <= near if other < k else its < near
            left = L.where(before, left * (f32(1) - L.load_f32(scratch.colors, (other * 4 + 3) * PACKET)), left)
    return left


@kernel
def _put_pixels(x, row, red, green, blue, words, out):
    """Write sixteen pixels of colours in 0..1, or what of them lies in the picture."""
    L.store(words, 0, _byte(red) | _byte(green) << 8 | _byte(blue) << 16)
    for lane in range(min(PACKET, out.shape[1] - x)):
        word = words[lane]
        out[row, x + lane, 0] = word & 255
        out[row, x + lane, 1] = word >> 8 & 255
        out[row, x + lane, 2] = word >> 16


@kernel
def _byte(light):
    return L.to_int(L.minimum(L.maximum(light, f32(0)), f32(1)) * f32(255) + f32(0.5))
