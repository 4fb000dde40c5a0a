"""Slices among a volume: what they add to the samples of surfaces that stop its rays.

A pixel's four samples are four places in it, unless one of their colours has a transparency: 255 - alpha in its highest
byte. Then they are up to four layers of the whole pixel, front to back, the last opaque or infinitely far; what does
not fit is one layer with the third or fourth.
"""

import numpy as np

from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.compose import is_layered
from brainreel.kernels.layering import find_spans, shade
from brainreel.kernels.slicing import PACKET, SAMPLES, sample_x, sample_y

f32 = np.float32

CLEAR, SOLID = f32(0.5 / 255), f32(254.5 / 255)
FAR = f32(np.inf)


@kernel
def merge_rows(begin, end, first_row, slices, paints, values, scratch, layers, depths, colors):
    """Put slices into the samples of rows `begin` .. `end` - 1: `depths` (h, w, 4) and `colors` (h, w, 4).

    `layers` (at least slices + 4, 5) float32 is room for a pixel's: depth, premultiplied colour and alpha. The rest is
    as `paint_rows` takes it.
    """
    width = depths.shape[1]
    for row in range(begin, end):
        find_spans(row, width, slices, paints, scratch)
        for x in range(0, width, PACKET):
            count = shade(x, row, (row - first_row) * values.shape[2] + x, slices, paints, values, scratch)
            if count > 0:
                for lane in range(min(PACKET, width - x)):
                    _merge_pixel(x + lane, row, lane, count, slices, scratch, layers, depths, colors)


@kernel
def _merge_pixel(x, row, lane, count, slices, scratch, layers, depths, colors):
    """Opaque slices go before what is behind them, sample by sample; where one is translucent, layer by layer."""
    found, translucent = 0, is_layered(colors, row, x)
    for k in range(count):
        alpha = scratch.colors[k, 3, lane]
        if alpha > CLEAR:
            depth = _depth(slices.depths[scratch.which[k]], x + 0.5, row + 0.5)
            if alpha < SOLID:
                translucent = True
            layers[found, 0] = depth
            for channel in range(4):
                layers[found, 1 + channel] = scratch.colors[k, channel, lane]
            found += 1
    if found == 0:
        return
    if translucent:
        found = add_surface(x, row, found, layers, depths, colors)
        sort_layers(found, layers)
        put_layers(x, row, found, layers, depths, colors)
        return
    for sample in range(SAMPLES):
        for k in range(count):
            if scratch.colors[k, 3, lane] > CLEAR:
                rows = slices.depths[scratch.which[k]]
                depth = _depth(rows, x + sample_x(sample), row + sample_y(sample))
                if depth < depths[row, x, sample]:
                    depths[row, x, sample] = depth
                    rgba = scratch.colors[k]
                    colors[row, x, sample] = _pack(rgba[0, lane], rgba[1, lane], rgba[2, lane], f32(1))


@kernel
def _depth(rows, px, py):
    over = rows[1, 0] + rows[1, 1] * px + rows[1, 2] * py
    return f32((rows[0, 0] + rows[0, 1] * px + rows[0, 2] * py) / over) if over > 0 else FAR


@kernel
def _pack(red, green, blue, alpha):
    """A premultiplied colour as R | G << 8 | B << 16 and its transparency << 24."""
    packed = np.uint32(0)
    for channel, light in enumerate((red, green, blue)):
        packed |= np.uint32(min(max(light / alpha, f32(0)), f32(1)) * f32(255) + f32(0.5)) << np.uint32(8 * channel)
    return packed | np.uint32((f32(1) - min(alpha, f32(1))) * f32(255) + f32(0.5)) << np.uint32(24)


@kernel
def add_surface(x, row, found, layers, depths, colors):
    """The pixel's surface samples as one layer more, as opaque as many they are; how many layers there are.

    Where they are layers already they stay what they are.
    """
    if is_layered(colors, row, x):
        for layer in range(SAMPLES):
            if depths[row, x, layer] < FAR:
                alpha = f32(1) - f32(colors[row, x, layer] >> np.uint32(24)) * f32(1 / 255)
                layers[found, 0] = depths[row, x, layer]
                for channel in range(3):
                    light = (colors[row, x, layer] >> np.uint32(8 * channel)) & np.uint32(255)
                    layers[found, 1 + channel] = alpha * f32(light) * f32(1 / 255)
                layers[found, 4] = alpha
                found += 1
        return found
    layers[found] = 0
    for sample in range(SAMPLES):
        if depths[row, x, sample] < FAR:
            layers[found, 0] += depths[row, x, sample]
            for channel in range(3):
                light = (colors[row, x, sample] >> np.uint32(8 * channel)) & np.uint32(255)
                layers[found, 1 + channel] += f32(light) * f32(1 / (255 * SAMPLES))
            layers[found, 4] += f32(1 / SAMPLES)
    if layers[found, 4] == f32(0):
        return found
    layers[found, 0] /= layers[found, 4] * f32(SAMPLES)
    return found + 1


@kernel
def sort_layers(found, layers):
    """The nearest layer first; of two at one depth the first stays first."""
    for last in range(1, found):
        at = last
        while at > 0 and layers[at, 0] < layers[at - 1, 0]:
            for part in range(5):
                layers[at, part], layers[at - 1, part] = layers[at - 1, part], layers[at, part]
            at -= 1


@kernel
def put_layers(x, row, found, layers, depths, colors):
    """Write sorted layers as a pixel's samples."""
    seen = 0
    while seen < found and layers[seen, 4] < SOLID:
        seen += 1
    ends = seen < found
    seen = min(seen + 1, found)
    room = SAMPLES if ends else SAMPLES - 1
    for k in range(room, seen):  # what does not fit goes over each other into the last that does
        through = f32(1) - layers[room - 1, 4]
        for part in range(1, 5):
            layers[room - 1, part] += through * layers[k, part]
    seen = min(seen, room)
    for sample in range(SAMPLES):
        if sample >= seen and not ends:
            depths[row, x, sample] = FAR
            colors[row, x, sample] = 0
            continue
        layer = layers[min(sample, seen - 1)]
        depths[row, x, sample] = layer[0]
        colors[row, x, sample] = _pack(layer[1], layer[2], layer[3], max(layer[4], f32(1e-6)))
