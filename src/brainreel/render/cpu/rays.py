"""What rays bring to the eye, whatever cast them: it adds up, and lies over surfaces and background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import compose
from brainreel.kernels.march import FRAGMENTS, PACKET, TILE
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.casting import slots_of
from brainreel.render.view import View

ROWS = 8

RAY_BYTES = 24
"""Of a ray while it is cast: what it has gathered, and where it begins and ends."""


@dataclass(frozen=True)
class Rays:
    """What the rays of a picture have gathered; `depths` (h, w, 4) is what stopped them, or None.

    `light` (packets, 4, 16), `slots` (packets,) and `stopped` (slots, 4, 4, 16) as `march.State` has them.
    """

    light: NDArray[np.float32]
    slots: NDArray[np.int32]
    stopped: NDArray[np.float32]
    depths: NDArray[np.float32] | None


def bytes_of_rays(view: View) -> int:
    """Memory of the rays of `view` while they are cast."""
    return view.width * view.height * RAY_BYTES


def no_rays(view: View, depths: NDArray[np.float32] | None) -> Rays:
    """The rays of `view` where no volume is, stopped by `depths` (h, w, 4)."""
    across, down = (-(-n // TILE) * (TILE // PACKET) for n in (view.width, view.height))
    slots = np.full(across * down, -1, np.int32) if depths is None else slots_of(depths, across, down)
    stopped = np.zeros((int(slots.max()) + 1, FRAGMENTS, 4, PACKET**2), np.float32)
    return Rays(np.zeros((across * down, 4, PACKET**2), np.float32), slots, stopped, depths)


def add_rays(pool: Pool, rays: Rays, other: Rays) -> None:
    """Add to `rays` those of the same view and depths that went through another volume; neither hides the other."""
    pool.run(compose.add_light, len(rays.light), other.light, rays.light, chunk=256)
    stopped = [one.stopped.reshape(-1, 4, 16) for one in (other, rays)]
    pool.run(compose.add_light, len(rays.stopped) * FRAGMENTS, *stopped, chunk=256)


def finish_rays(
    pool: Pool,
    rays: Rays,
    background: tuple[float, float, float],
    colors: NDArray[np.uint32] | None,
    out: NDArray[np.uint8] | NDArray[np.uint16],
) -> None:
    """Write the picture to `out` (h, w, 3): rays over the surfaces that stopped them, over `background` (0..1).

    `colors` (h, w, 4) uint32, R | G << 8 | B << 16, belong to the depths that the rays were cast with.
    """
    nothing = np.zeros((0, 0, FRAGMENTS))
    depths = nothing.astype(np.float32) if rays.depths is None else rays.depths
    colors = nothing.astype(np.uint32) if colors is None else colors
    behind = np.array(background, np.float32)
    arguments = (rays.light, rays.slots, rays.stopped, depths, colors, behind, out)
    pool.run(compose.compose, len(out), *arguments, chunk=ROWS * PACKET)
