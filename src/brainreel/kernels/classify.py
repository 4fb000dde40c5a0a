"""From the one value that a ray has kept to its pixel, over surfaces and background."""

from typing import NamedTuple

import numpy as np

from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.compose import is_layered, packets_across, rank_of
from brainreel.kernels.project import FRAGMENTS, NOTHING, PACKET

f32 = np.float32


class Colors(NamedTuple):
    """`entries` (n, 4) float32: colour and opacity, entry `value * scale + offset`, rounded and clamped.

    `sign` is what values were multiplied by, 0 where they are sums over weights.
    """

    entries: np.ndarray
    scale: float
    offset: float
    sign: int


@kernel
def color_rows(begin, end, found, table, depths, colors, background, out):
    """Rows `begin` .. `end` - 1 of `out` (h, w, 3) uint8 or uint16: values `found` over what lies behind them.

    `depths` and `colors` (h, w, 4) are those that rays were stopped by, or (0, 0, 4); `background` (3,) is in 0..1.
    Layers, as `merging` has them, are seen through all of a ray's value.
    """
    width = out.shape[1]
    most = f32(65535) if out.itemsize == 2 else f32(255)
    across = packets_across(width)
    for j in range(begin, end):
        for i in range(width):
            packet = (j // PACKET) * across + i // PACKET
            lane = j % PACKET * PACKET + i % PACKET
            slot = found.slots[packet]
            if slot < 0:
                entry = _entry(packet, lane, found, table)
                for channel in range(3):
                    out[j, i, channel] = _over(entry, channel, background[channel], table) * most + f32(0.5)
                continue
            layered = is_layered(colors, j, i)
            for channel in range(3):
                total = f32(0)
                for sample in range(FRAGMENTS):
                    rank = FRAGMENTS - 1 if layered else rank_of(depths, j, i, sample)
                    entry = _entry(len(found.slots) + FRAGMENTS * slot + rank, lane, found, table)
                    behind = background[channel]
                    if layered:
                        behind = _through_layers(depths[j, i], colors[j, i], behind, channel)
                    elif depths[j, i, sample] < np.inf:
                        behind = f32((colors[j, i, sample] >> np.uint32(8 * channel)) & np.uint32(255)) * f32(1 / 255)
                    total += _over(entry, channel, behind, table)
                out[j, i, channel] = total * f32(1 / FRAGMENTS) * most + f32(0.5)


@kernel
def _entry(row, lane, found, table):
    """The entry of a ray's value, -1 where it has none."""
    value = f32(found.values[row, lane])
    if table.sign == 0:
        weight = found.weights[row, lane]
        if not weight > f32(0):
            return -1
        value = value / weight
    else:
        if not value > NOTHING:
            return -1
        value = value * f32(table.sign)
    place = value * f32(table.scale) + f32(table.offset + 0.5)
    return int(min(max(place, f32(0)), f32(len(table.entries) - 1)))


@kernel
def _over(entry, channel, behind, table):
    if entry < 0:
        return behind
    alpha = table.entries[entry, 3]
    return min(max(table.entries[entry, channel] * alpha + (f32(1) - alpha) * behind, f32(0)), f32(1))


@kernel
def _through_layers(depths, colors, background, channel):
    """A channel of layers over each other, without what lies between."""
    total, through = f32(0), f32(1)
    for layer in range(FRAGMENTS):
        if depths[layer] < np.inf:
            alpha = f32(1) - f32(colors[layer] >> np.uint32(24)) * f32(1 / 255)
            total += through * alpha * f32((colors[layer] >> np.uint32(8 * channel)) & np.uint32(255)) * f32(1 / 255)
            through *= f32(1) - alpha
    return total + through * background
