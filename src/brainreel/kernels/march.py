"""Rays through a volume cut into bricks: object order, bricks front to back, 4x4 pixels marched side by side in each.

Positions are in voxels of level 0 unless they are called local: then in voxels of the brick's own level, from its first
halo voxel. Rays are measured in samples: sample k lies k steps from the eye and stands for the interval
[k - 1/2, k + 1/2]. A sample belongs to a brick by its number, and each face of a brick is one product
`(face - eye) * inverse`, with the difference in float64, so that neighbours agree on who owns which sample. A level
takes every 2**stride-th sample of the same grid. Where a ray begins and ends (a face, a cut, a surface) its first and
last sample weigh what of their interval lies inside, so that a uniform medium follows Beer-Lambert exactly and flat
faces show no rings.
"""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.gathering import FARTHEST, OPAQUE, gather_samples

f32 = np.float32

TILE = 32
PACKET = 4
PER_TILE = (TILE // PACKET) ** 2
FRAGMENTS = 4

TINY = f32(1e-9)


class Picture(NamedTuple):
    """What rays are cast for. Rows of `axes` (3, 3): forward, right * tan_x, up * tan_y, in voxels of level 0.

    `slabs` (n, 5) bound all rays: along row (f, r, u, low, high) a ray reaches f + r * a + u * b per world unit, and
    low and high lie that far from the eye. `step` is the distance of samples in world units.

    `aside` is () where rays begin in one eye. Where they are parallel it holds the last two rows of axes, three floats
    each, by which they begin aside of the eye, as slabs have it too; axes have zeros there, and tangents are zero.
    """

    width: int
    height: int
    axes: np.ndarray
    tangents: tuple[float, float]
    slabs: np.ndarray
    step: float
    aside: tuple = ()


class Scene(NamedTuple):
    """Bricks, front to back. `pool` holds voxels, (SIZE + 2 halo)**3 a brick; a brick's number is its place in it.

    `numbers`, `levels`, `strides` (n,); `packets` (n, 4): the first and last 4x4 pixels it may touch, across and down;
    `lower`, `upper` (n, 3): its faces less the eye, float64; `eyes` (n, 3): the eye, local; `grains` (n, 3): local
    voxels per voxel of level 0; `spans` (n, 2): from which depth to which it is drawn. `reaches` (all bricks, CELLS**3)
    and `visible` (all bricks, 7) are `measure_shown`'s.
    """

    pool: np.ndarray
    halo: int
    numbers: np.ndarray
    levels: np.ndarray
    strides: np.ndarray
    packets: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    eyes: np.ndarray
    grains: np.ndarray
    spans: np.ndarray
    reaches: np.ndarray
    visible: np.ndarray


class State(NamedTuple):
    """What rays have gathered: `light` (packets, 4, 16): red, green, blue (in units of the packed
    colour, see `sampling`), opacity; `done` (packets,).

    `near`, `far` (packets, 16): where each ray begins and ends, in samples.
    `slots` (packets,): where a packet's fragments are, or -1. `stops` (slots, 4, 16): where along each ray, in samples,
    its surface fragments lie, ascending; `stopped` (slots, 4, 4, 16): what the ray had gathered at each.
    """

    light: np.ndarray
    done: np.ndarray
    near: np.ndarray
    far: np.ndarray
    slots: np.ndarray
    stops: np.ndarray
    stopped: np.ndarray


@kernel
def march_tiles(begin, end, picture, scene, media, state):
    """Draw all bricks of `scene` on tiles begin .. end - 1, each of TILE**2 pixels.

    `media` are the Mediums that the samples pass through, at least one.
    """
    across = (picture.width + TILE - 1) // TILE
    for tile in range(begin, end):
        down = tile // across
        _bound_tile(tile - down * across, down, across, picture, state)
        for brick in range(len(scene.numbers)):
            _draw_brick(tile - down * across, down, across, brick, picture, scene, media, state)


@kernel
def ray_slopes(u, v, picture):
    """Where 4x4 pixels (u, v) look: -1..1 across and up the picture, and steps per world unit along `forward`."""
    lane = L.iota()
    a = (L.to_float((lane & 3) + u * PACKET) + f32(0.5)) * f32(2.0 / picture.width) - f32(1)
    b = f32(1) - (L.to_float((lane >> 2) + v * PACKET) + f32(0.5)) * f32(2.0 / picture.height)
    right = a * f32(picture.tangents[0])
    up = b * f32(picture.tangents[1])
    return a, b, f32(picture.step) / L.sqrt(right * right + up * up + f32(1))


@kernel
def _nonzero(x):
    """`x`, or something too small to matter where a division by it would not end."""
    return L.where((x < TINY) & (x > -TINY), TINY, x)


@kernel
def _bound_tile(tile_u, tile_v, across, picture, state):
    """Where the rays of a tile begin and end, in samples; rays that meet nothing end before they begin."""
    side = TILE // PACKET
    for place in range(PER_TILE):
        u = tile_u * side + place % side
        v = tile_v * side + place // side
        a, b, step = ray_slopes(u, v, picture)
        first, last = L.splat(f32(0)), L.splat(FARTHEST)
        for slab in range(len(picture.slabs)):
            near, far = _between(picture.slabs[slab], a, b, step, picture.aside)
            first = L.maximum(first, L.minimum(near, far))
            last = L.minimum(last, L.maximum(near, far))
        packet = v * across * side + u
        slot = state.slots[packet]
        if slot >= 0:
            last = L.minimum(last, L.load_f32(state.stops, (slot * FRAGMENTS + FRAGMENTS - 1) * 16))
        L.store(state.near, packet * 16, first)
        L.store(state.far, packet * 16, last)
        if not L.any_lane(first < last):
            state.done[packet] = 1


@kernel
def _between(slab, a, b, step, aside):
    """Where rays cross both sides of a slab, in samples."""
    f, r, up, low, high = slab
    if len(aside) == 0:
        inverse = f32(1) / _nonzero((f32(f) + f32(r) * a + f32(up) * b) * step)
        return f32(low) * inverse, f32(high) * inverse
    away = f32(r) * a + f32(up) * b
    inverse = f32(1) / _nonzero(f32(f) * step)
    return (f32(low) - away) * inverse, (f32(high) - away) * inverse


@kernel
def _origin(aside, a, b):
    """Where parallel rays begin, less the eye, in voxels of level 0; () where all begin there."""
    if len(aside) == 0:
        return ()
    right, up = aside
    return (
        f32(right[0]) * a + f32(up[0]) * b,
        f32(right[1]) * a + f32(up[1]) * b,
        f32(right[2]) * a + f32(up[2]) * b,
    )


@kernel
def _draw_brick(tile_u, tile_v, across, brick, picture, scene, media, state):
    """Draw one brick on those packets of a tile that it may touch and that are not done."""
    side = TILE // PACKET
    touched = scene.packets
    for v in range(max(touched[brick, 2], tile_v * side), min(touched[brick, 3] + 1, tile_v * side + side)):
        for u in range(max(touched[brick, 0], tile_u * side), min(touched[brick, 1] + 1, tile_u * side + side)):
            packet = v * across * side + u
            if not state.done[packet]:
                _draw_packet(u, v, packet, brick, picture, scene, media, state)


@kernel
def _draw_packet(u, v, packet, brick, picture, scene, media, state):
    """March one brick for 4x4 pixels, from stop to stop where surfaces cross their rays."""
    near, far = L.load_f32(state.near, packet * 16), L.load_f32(state.far, packet * 16)
    a, b, step = ray_slopes(u, v, picture)
    axes = picture.axes
    dx = _nonzero((f32(axes[0, 0]) + f32(axes[1, 0]) * a + f32(axes[2, 0]) * b) * step)
    dy = _nonzero((f32(axes[0, 1]) + f32(axes[1, 1]) * a + f32(axes[2, 1]) * b) * step)
    dz = _nonzero((f32(axes[0, 2]) + f32(axes[1, 2]) * a + f32(axes[2, 2]) * b) * step)
    inverse = (f32(1) / dx, f32(1) / dy, f32(1) / dz)
    origin = _origin(picture.aside, a, b)
    enter, leave = _span(scene.lower[brick], scene.upper[brick], inverse, origin)
    per_depth = f32(1) / step
    enter = L.maximum(enter, f32(scene.spans[brick, 0]) * per_depth)
    leave = L.minimum(leave, f32(scene.spans[brick, 1]) * per_depth)
    low = L.maximum(L.floor(L.maximum(enter, f32(-1))) + f32(0.5), near)
    high = L.minimum(L.floor(L.minimum(leave, FARTHEST)) + f32(0.5), far)
    touched = low < high
    if not L.any_lane(touched):
        return
    at = packet * 64
    gathered = (
        L.load_f32(state.light, at),
        L.load_f32(state.light, at + 16),
        L.load_f32(state.light, at + 32),
        L.load_f32(state.light, at + 48),
    )
    slot = state.slots[packet]
    entered = low
    for stop in range(1 if slot < 0 else FRAGMENTS):
        until = far if slot < 0 else L.load_f32(state.stops, (slot * FRAGMENTS + stop) * 16)
        before = L.minimum(high, until)
        if L.any_lane(low < before):
            gathered = gather_samples(low, before, (dx, dy, dz), inverse, origin, brick, scene, media, gathered)
        if slot >= 0:
            _keep(state.stopped, (slot * FRAGMENTS + stop) * 64, touched & (entered < until), gathered)
        low = L.maximum(low, before)
    L.store(state.light, at, gathered[0])
    L.store(state.light, at + 16, gathered[1])
    L.store(state.light, at + 32, gathered[2])
    L.store(state.light, at + 48, gathered[3])
    if not L.any_lane((gathered[3] <= OPAQUE) & (high < far) & (near < far)):
        state.done[packet] = 1


@kernel
def _span(lower, upper, inverse, origin):
    """Where rays enter and leave the box between `lower` and `upper`, both less the eye."""
    ax, bx = _from(lower[0], origin, 0) * inverse[0], _from(upper[0], origin, 0) * inverse[0]
    ay, by = _from(lower[1], origin, 1) * inverse[1], _from(upper[1], origin, 1) * inverse[1]
    az, bz = _from(lower[2], origin, 2) * inverse[2], _from(upper[2], origin, 2) * inverse[2]
    enter = L.maximum(L.minimum(ax, bx), L.maximum(L.minimum(ay, by), L.minimum(az, bz)))
    leave = L.minimum(L.maximum(ax, bx), L.minimum(L.maximum(ay, by), L.maximum(az, bz)))
    return enter, leave


@kernel
def _from(face, origin, axis):
    """How far a face is from where rays begin."""
    if len(origin) == 0:
        return f32(face)
    return f32(face) - origin[axis]


@kernel
def _keep(stopped, at, mask, gathered):
    """Write the lanes of `mask` as what the ray had gathered at its stop."""
    L.store(stopped, at, L.where(mask, gathered[0], L.load_f32(stopped, at)))
    L.store(stopped, at + 16, L.where(mask, gathered[1], L.load_f32(stopped, at + 16)))
    L.store(stopped, at + 32, L.where(mask, gathered[2], L.load_f32(stopped, at + 32)))
    L.store(stopped, at + 48, L.where(mask, gathered[3], L.load_f32(stopped, at + 48)))
