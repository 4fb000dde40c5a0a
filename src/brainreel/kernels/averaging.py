"""Several rays a pixel become one, their mean."""

import numpy as np

from brainreel.kernels.compiler import kernel
from brainreel.kernels.march import FRAGMENTS, PACKET

f32 = np.float32


@kernel
def average_rays(begin, end, rays, across, cast_across, cast_light, cast_slots, cast_stopped, light, slots, stopped):
    """Packets begin .. end - 1 of a picture: the means of `rays` by `rays` pixels of one that many times its size.

    `across`, `cast_across`: packets in a row of either. `light`, `slots` and `stopped`, and those that were cast, are
    as `march.State` has them; `light` and `stopped` are zeroed. Where a surface stops some rays of a packet, the others
    bring to each stop all that they bring.
    """
    share = f32(1 / (rays * rays))
    for packet in range(begin, end):
        slot = slots[packet]
        for lane in range(16):
            x = (packet % across * PACKET + lane % PACKET) * rays
            y = (packet // across * PACKET + lane // PACKET) * rays
            for ray in range(rays * rays):
                i, j = x + ray % rays, y + ray // rays
                source = j // PACKET * cast_across + i // PACKET
                if i // PACKET >= cast_across or source >= len(cast_light):
                    continue  # beyond the picture
                place = j % PACKET * PACKET + i % PACKET
                for channel in range(4):
                    light[packet, channel, lane] += cast_light[source, channel, place] * share
                if slot >= 0:
                    _add_stops(cast_light, cast_slots, cast_stopped, source, place, share, lane, stopped[slot])


@kernel
def _add_stops(cast_light, cast_slots, cast_stopped, source, place, share, lane, stopped):
    """Add to a lane of `stopped` (4, 4, 16) a share of what one ray had gathered at each stop."""
    for stop in range(FRAGMENTS):
        for channel in range(4):
            value = cast_light[source, channel, place]
            if cast_slots[source] >= 0:
                value = cast_stopped[cast_slots[source], stop, channel, place]
            stopped[stop, channel, lane] += value * share
