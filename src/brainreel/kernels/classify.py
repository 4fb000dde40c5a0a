"""From the one value that a ray has kept to the light that it brings."""

from typing import NamedTuple

import numpy as np

from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.compose import is_layered, packets_across
from brainreel.kernels.project import FRAGMENTS, NOTHING, PACKET
from brainreel.kernels.sampling import BLUE_MAX, RED_MAX

f32 = np.float32

UNITS = (f32(RED_MAX), f32(RED_MAX), f32(BLUE_MAX))


class Colors(NamedTuple):
    """`entries` (n, 4) float32: colour and opacity, entry `value * scale + offset`, rounded and clamped.

    `sign` is what values were multiplied by, 0 where they are sums over weights.
    """

    entries: np.ndarray
    scale: float
    offset: float
    sign: int


@kernel
def light_packets(begin, end, found, table, colors, light, stopped):
    """What packets `begin` .. `end` - 1 bring by the values `found`: `light` and `stopped` as `march.State` has them.

    `colors` (h, w, 4) are of the fragments that rays were stopped by, or (0, 0, 4). A fragment lies behind what its
    ray has found before it; layers of a pixel, as `merging` has them, are all seen through all that its ray has found.
    """
    across = packets_across(colors.shape[1])
    for packet in range(begin, end):
        slot = found.slots[packet]
        for lane in range(16):
            if slot < 0:
                _put(packet, lane, found, table, light[packet])
                continue
            j, i = packet // across * PACKET + lane // PACKET, packet % across * PACKET + lane % PACKET
            layered = j < colors.shape[0] and i < colors.shape[1] and is_layered(colors, j, i)
            first = len(found.slots) + FRAGMENTS * slot
            for rank in range(FRAGMENTS):
                row = first + (FRAGMENTS - 1 if layered else rank)
                _put(row, lane, found, table, stopped[slot, rank])


@kernel
def _put(row, lane, found, table, light):
    """Write the light of a ray's value to `light` (4, 16), nothing where it has none."""
    entry = _entry(row, lane, found, table)
    alpha = table.entries[entry, 3] if entry >= 0 else f32(0)
    for channel in range(3):
        light[channel, lane] = table.entries[max(entry, 0), channel] * alpha * UNITS[channel]
    light[3, lane] = alpha


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
