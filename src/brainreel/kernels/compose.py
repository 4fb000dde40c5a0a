"""From what rays have gathered to pixels, over surfaces and background."""

import numpy as np

from brainreel.kernels.compiler import kernel
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE
from brainreel.kernels.sampling import BLUE_MAX, RED_MAX

f32 = np.float32

UNITS = (f32(1 / RED_MAX), f32(1 / RED_MAX), f32(1 / BLUE_MAX))


@kernel
def sort_stops(begin, end, depths, tangents, steps_per_unit, slots, stops):
    """Where along their rays surfaces lie, in samples, ascending, for rows begin .. end - 1 of 4x4 pixels.

    `depths` (h, w, 4) along the view, inf where there is none; `slots` (packets,): the packet's place in `stops`
    (slots, 4, 16), or -1; `tangents` as Picture has them.
    """
    height, width = depths.shape[0], depths.shape[1]
    across = packets_across(width)
    for row in range(begin, end):
        for column in range(across):
            slot = slots[row * across + column]
            if slot < 0:
                continue
            for lane in range(16):
                j, i = row * PACKET + lane // PACKET, column * PACKET + lane % PACKET
                right = f32(tangents[0]) * ((f32(i) + f32(0.5)) * f32(2.0 / width) - f32(1))
                up = f32(tangents[1]) * (f32(1) - (f32(j) + f32(0.5)) * f32(2.0 / height))
                samples = np.sqrt(right * right + up * up + f32(1)) * f32(steps_per_unit)
                for sample in range(FRAGMENTS):
                    depth = depths[j, i, sample] if j < height and i < width else f32(np.inf)
                    stops[slot, rank_of(depths, j, i, sample), lane] = depth * samples


@kernel
def rank_of(depths, j, i, sample):
    """How many of a pixel's fragments lie before one of them; of equal ones the first is first."""
    if j >= depths.shape[0] or i >= depths.shape[1]:
        return sample
    rank = 0
    own = depths[j, i, sample]
    for other in range(FRAGMENTS):
        depth = depths[j, i, other]
        if depth < own or (depth == own and other < sample):
            rank += 1
    return rank


@kernel
def packets_across(width):
    """How many packets of 4x4 pixels a row of tiles has."""
    return (width + TILE - 1) // TILE * (TILE // PACKET)


@kernel
def compose(begin, end, light, slots, stopped, depths, colors, background, out):
    """Rows begin .. end - 1 of `out` (h, w, 3), uint8 or uint16: rays over what lies behind them.

    `light` (packets, 4, 16) and `stopped` (slots, 4, 4, 16) as State has them. `colors` (h, w, 4): R | G << 8 | B << 16
    of each fragment of `depths` (h, w, 4), or layers as `merging` has them; `background` (3,) in 0..1 where one is inf.
    """
    width = out.shape[1]
    full = f32(255) if out.itemsize == 1 else f32(65535)
    across = packets_across(width)
    for j in range(begin, end):
        for i in range(width):
            packet = (j // PACKET) * across + i // PACKET
            lane = j % PACKET * PACKET + i % PACKET
            slot = slots[packet]
            if slot < 0:
                through = f32(1) - light[packet, 3, lane]
                for channel in range(3):
                    out[j, i, channel] = _level(
                        light[packet, channel, lane] * UNITS[channel] + through * background[channel], full
                    )
                continue
            if is_layered(colors, j, i):
                for channel in range(3):
                    out[j, i, channel] = _level(
                        _layers(stopped[slot], depths[j, i], colors[j, i], background, channel, lane), full
                    )
                continue
            for channel in range(3):
                total = f32(0)
                for sample in range(FRAGMENTS):
                    at_stop = stopped[slot, rank_of(depths, j, i, sample)]
                    behind = background[channel]
                    if depths[j, i, sample] < np.inf:
                        behind = f32((colors[j, i, sample] >> (8 * channel)) & 255) * f32(1 / 255)
                    total += at_stop[channel, lane] * UNITS[channel] + (f32(1) - at_stop[3, lane]) * behind
                out[j, i, channel] = _level(total * f32(1 / FRAGMENTS), full)


@kernel
def add_light(begin, end, other, light):
    """Add rows begin .. end - 1 of `other` (n, 4, 16), red, green, blue and opacity, to `light`: both are there at once
    and hide nothing of each other.
    """
    for row in range(begin, end):
        for lane in range(16):
            for channel in range(3):
                light[row, channel, lane] += other[row, channel, lane]
            through = (f32(1) - light[row, 3, lane]) * (f32(1) - other[row, 3, lane])
            light[row, 3, lane] = f32(1) - through


@kernel
def is_layered(colors, j, i):
    """Whether a pixel's fragments are layers of it, front to back, and not four places in it."""
    transparent = np.uint32(0)
    for sample in range(FRAGMENTS):
        transparent |= colors[j, i, sample] >> np.uint32(24)
    return transparent > 0


@kernel
def _layers(stopped, depths, colors, background, channel, lane):
    """A channel of a pixel whose fragments are layers: what lies between them, and each in its turn."""
    total, through, before = f32(0), f32(1), f32(0)
    for layer in range(FRAGMENTS):
        light, alpha = stopped[layer, channel, lane] * UNITS[channel], f32(1)
        own = background[channel]
        if depths[layer] < np.inf:
            alpha = f32(1) - f32(colors[layer] >> np.uint32(24)) * f32(1 / 255)
            own = f32((colors[layer] >> np.uint32(8 * channel)) & np.uint32(255)) * f32(1 / 255)
        total += through * (light - before + (f32(1) - stopped[layer, 3, lane]) * alpha * own)
        through *= f32(1) - alpha
        before = light
    return total


@kernel
def _level(value, full):
    return np.uint16(min(max(value, f32(0)), f32(1)) * full + f32(0.5))
