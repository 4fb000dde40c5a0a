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
from brainreel.kernels.blocks import NO_BLOCK, find_block
from brainreel.kernels.bricks import ALL, CELL, CELLS, MIXED, SHOWN
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.sampling import classify_lit, interpolate, look_up

f32 = np.float32

TILE = 32
PACKET = 4
PER_TILE = (TILE // PACKET) ** 2
FRAGMENTS = 4

OPAQUE = f32(0.998)
FARTHEST = f32(1 << 22)
TINY = f32(1e-9)


class Picture(NamedTuple):
    """What rays are cast for. Rows of `axes` (3, 3): forward, right * tan_x, up * tan_y, in voxels of level 0.

    `slabs` (n, 5) bound all rays: along row (f, r, u, low, high) a ray reaches f + r * a + u * b per world unit, and
    low and high lie that far from the eye. `step` is the distance of samples in world units.
    """

    width: int
    height: int
    axes: np.ndarray
    tangents: tuple[float, float]
    slabs: np.ndarray
    step: float


class Scene(NamedTuple):
    """Bricks, front to back. `pool` holds voxels, (SIZE + 2 halo)**3 a brick; a brick's number is its place in it.

    `numbers`, `levels`, `strides` (n,); `packets` (n, 4): the first and last 4x4 pixels it may touch, across and down;
    `lower`, `upper` (n, 3): its faces less the eye, float64; `eyes` (n, 3): the eye, local; `grains` (n, 3): local
    voxels per voxel of level 0. `reaches` (all bricks, CELLS**3) and `visible` (all bricks, 7) are `mark_visible`'s.
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
def march_tiles(begin, end, picture, scene, table, light, blocks, state):
    """Draw all bricks of `scene` on tiles begin .. end - 1, each of TILE**2 pixels.

    `light` is a Light or None; `blocks` None, or True where bricks are uint8 and reading them by blocks is fast.
    """
    across = (picture.width + TILE - 1) // TILE
    for tile in range(begin, end):
        down = tile // across
        _bound_tile(tile - down * across, down, across, picture, state)
        for brick in range(len(scene.numbers)):
            _draw_brick(tile - down * across, down, across, brick, picture, scene, table, light, blocks, state)


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
            f, r, up, low, high = picture.slabs[slab]
            inverse = f32(1) / _nonzero((f32(f) + f32(r) * a + f32(up) * b) * step)
            first = L.maximum(first, L.minimum(f32(low) * inverse, f32(high) * inverse))
            last = L.minimum(last, L.maximum(f32(low) * inverse, f32(high) * inverse))
        packet = v * across * side + u
        slot = state.slots[packet]
        if slot >= 0:
            last = L.minimum(last, L.load_f32(state.stops, (slot * FRAGMENTS + FRAGMENTS - 1) * 16))
        L.store(state.near, packet * 16, first)
        L.store(state.far, packet * 16, last)
        if not L.any_lane(first < last):
            state.done[packet] = 1


@kernel
def _draw_brick(tile_u, tile_v, across, brick, picture, scene, table, light, blocks, state):
    """Draw one brick on those packets of a tile that it may touch and that are not done."""
    side = TILE // PACKET
    touched = scene.packets
    for v in range(max(touched[brick, 2], tile_v * side), min(touched[brick, 3] + 1, tile_v * side + side)):
        for u in range(max(touched[brick, 0], tile_u * side), min(touched[brick, 1] + 1, tile_u * side + side)):
            packet = v * across * side + u
            if not state.done[packet]:
                _draw_packet(u, v, packet, brick, picture, scene, table, light, blocks, state)


@kernel
def _draw_packet(u, v, packet, brick, picture, scene, table, light, blocks, state):
    """March one brick for 4x4 pixels, from stop to stop where surfaces cross their rays."""
    near, far = L.load_f32(state.near, packet * 16), L.load_f32(state.far, packet * 16)
    a, b, step = ray_slopes(u, v, picture)
    axes = picture.axes
    dx = _nonzero((f32(axes[0, 0]) + f32(axes[1, 0]) * a + f32(axes[2, 0]) * b) * step)
    dy = _nonzero((f32(axes[0, 1]) + f32(axes[1, 1]) * a + f32(axes[2, 1]) * b) * step)
    dz = _nonzero((f32(axes[0, 2]) + f32(axes[1, 2]) * a + f32(axes[2, 2]) * b) * step)
    inverse = (f32(1) / dx, f32(1) / dy, f32(1) / dz)
    enter, leave = _span(scene.lower[brick], scene.upper[brick], inverse)
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
            gathered = _march(low, before, (dx, dy, dz), inverse, brick, scene, table, light, blocks, gathered)
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
def _span(lower, upper, inverse):
    """Where rays enter and leave the box between `lower` and `upper`, both less the eye."""
    ax, bx = f32(lower[0]) * inverse[0], f32(upper[0]) * inverse[0]
    ay, by = f32(lower[1]) * inverse[1], f32(upper[1]) * inverse[1]
    az, bz = f32(lower[2]) * inverse[2], f32(upper[2]) * inverse[2]
    enter = L.maximum(L.minimum(ax, bx), L.maximum(L.minimum(ay, by), L.minimum(az, bz)))
    leave = L.minimum(L.maximum(ax, bx), L.minimum(L.maximum(ay, by), L.maximum(az, bz)))
    return enter, leave


@kernel
def _keep(stopped, at, mask, gathered):
    """Write the lanes of `mask` as what the ray had gathered at its stop."""
    L.store(stopped, at, L.where(mask, gathered[0], L.load_f32(stopped, at)))
    L.store(stopped, at + 16, L.where(mask, gathered[1], L.load_f32(stopped, at + 16)))
    L.store(stopped, at + 32, L.where(mask, gathered[2], L.load_f32(stopped, at + 32)))
    L.store(stopped, at + 48, L.where(mask, gathered[3], L.load_f32(stopped, at + 48)))


@kernel
def _march(low, high, direction, inverse, brick, scene, table, light, blocks, gathered):
    """Gather the samples of one brick between `low` and `high`, the parts of samples at both ends by their weight."""
    stride = scene.strides[brick]
    every, per_stride = f32(1 << stride), f32(1.0 / (1 << stride))
    grain = (f32(scene.grains[brick, 0]), f32(scene.grains[brick, 1]), f32(scene.grains[brick, 2]))
    local = (direction[0] * (grain[0] * every), direction[1] * (grain[1] * every), direction[2] * (grain[2] * every))
    eye = (f32(scene.eyes[brick, 0]), f32(scene.eyes[brick, 1]), f32(scene.eyes[brick, 2]))
    begin, end = low * per_stride, high * per_stride
    live = (begin < end) & (gathered[3] <= OPAQUE)
    first = L.floor(begin + f32(0.5))
    last = -L.floor(f32(0.5) - end)
    first_weight = L.minimum(first + f32(0.5), end) - begin
    last_weight = end - last + f32(0.5)
    starts = live & (first_weight < f32(1))
    stops = live & (last > first) & (last_weight < f32(1))
    if L.any_lane(starts):
        gathered = _gather_part(first, first_weight, starts, eye, local, brick, scene, table, light, gathered)
    first = L.where(starts, first + f32(1), first)
    beyond = L.where(stops, last, last + f32(1))
    live = live & (gathered[3] <= OPAQUE)
    backward = (inverse[0] / (grain[0] * every), inverse[1] / (grain[1] * every), inverse[2] / (grain[2] * every))
    gathered = _gather_whole(first, beyond, live, eye, local, backward, brick, scene, table, light, blocks, gathered)
    stops = stops & (gathered[3] <= OPAQUE)
    if L.any_lane(stops):
        gathered = _gather_part(last, last_weight, stops, eye, local, brick, scene, table, light, gathered)
    return gathered


@kernel
def _gather_part(k, weight, on, eye, local, brick, scene, table, light, gathered):
    """Add one sample to each ray of `on`, of which only `weight` (0..1) lies on the ray."""
    value = interpolate(k, on, eye, local, brick, scene, None, NO_BLOCK)
    if light is None:
        alpha, r, g, b = look_up(value, on, brick, scene, table)
    else:
        before = interpolate(k - f32(1), on, eye, local, brick, scene, None, NO_BLOCK)
        ahead = interpolate(k + f32(1), on, eye, local, brick, scene, None, NO_BLOCK)
        values = (before, value, ahead)
        alpha, r, g, b = classify_lit(k, on, values, eye, local, brick, scene, table, light, None, NO_BLOCK)
    if not L.any_lane(on & (alpha > f32(0))):  # most rays enter a volume where there is nothing yet
        return gathered
    alpha = f32(1) - _power(f32(1) - alpha, weight)
    return _composite(alpha, r, g, b, on, gathered)


@kernel
def _power(base, exponent):
    """`base` ** `exponent`, both 0..1, within 1e-3 of itself: by the bits of the exponent and as many square roots."""
    result = L.splat(f32(1))
    root, rest = base, exponent
    for _ in range(8):
        root = L.sqrt(root)
        rest = rest + rest
        has = rest >= f32(1)
        result = L.where(has, result * root, result)
        rest = L.where(has, rest - f32(1), rest)
    return result * (f32(1) + rest * (root - f32(1)))


@kernel
def _gather_whole(first, beyond, live, eye, local, backward, brick, scene, table, light, blocks, gathered):
    """Add samples `first` .. `beyond` - 1 of each live ray, leaping over cells where nothing can be seen."""
    number = scene.numbers[brick]
    visible = scene.visible[number]
    if visible[6] != ALL:
        enter, leave = _visible_span(visible, scene.halo, eye, backward)
        first = L.maximum(first, L.floor(enter))
        beyond = L.minimum(beyond, L.floor(leave) + f32(2))
    live = live & (first < beyond)
    if not L.any_lane(live):
        return gathered
    k = int(L.min_lane(L.where(live, first, FARTHEST)))
    end = int(L.max_lane(L.where(live, beyond, f32(0))))
    block = find_block(local, f32(end)) if blocks else NO_BLOCK
    stop = end
    while k < end:
        if visible[6] == MIXED:
            full, until = _leap(f32(k), first, live, eye, local, backward, number, scene)
            if not L.any_lane(full):
                k = max(k + 1, int(L.min_lane(L.where(live, until, FARTHEST))))
                live = live & (beyond > f32(k))
                if not L.any_lane(live):
                    return gathered
                continue
            stop = min(end, max(k + 1, int(L.max_lane(L.where(full, until, f32(0))))))
        live, gathered = _gather_run(
            k, stop, first, beyond, live, eye, local, brick, scene, table, light, blocks, block, gathered
        )
        k = stop
        live = live & (beyond > f32(k))
        if not L.any_lane(live):
            return gathered
    return gathered


@kernel
def _gather_run(k, stop, first, beyond, live, eye, local, brick, scene, table, light, blocks, block, gathered):
    """Add samples `k` .. `stop` - 1, as long as any ray is live."""
    # One sample ahead, so that its voxels are on their way while this one's colour is. Light takes a ray's samples
    # before its first and after its last too.
    margin = 0 if light is None else 1
    near = _between(k, first, beyond, margin)
    value = interpolate(f32(k), near, eye, local, brick, scene, blocks, block)
    before = value
    if light is not None:
        before = interpolate(f32(max(k - 1, 0)), near, eye, local, brick, scene, blocks, block)
    while k < stop:
        ahead = interpolate(f32(k + 1), _between(k + 1, first, beyond, margin), eye, local, brick, scene, blocks, block)
        on = _between(k, first, beyond, 0)
        if light is None:
            alpha, r, g, b = look_up(value, on, brick, scene, table)
        else:
            values = (before, value, ahead)
            alpha, r, g, b = classify_lit(f32(k), on, values, eye, local, brick, scene, table, light, blocks, block)
            before = value
        gathered = _composite(alpha, r, g, b, live, gathered)
        live = live & (gathered[3] <= OPAQUE)
        if not L.any_lane(live):
            break
        k, value = k + 1, ahead
    return live, gathered


@kernel
def _between(k, first, beyond, margin):
    """Which rays have sample `k`, or one that is `margin` from it."""
    return (first <= f32(k + margin)) & (beyond > f32(k - margin))


@kernel
def _visible_span(visible, halo, eye, backward):
    """Where rays enter and leave the box of a brick's visible cells, in samples of its level."""
    corner = f32(halo) - f32(0.5)
    ax = (f32(visible[0]) * f32(CELL) + corner - eye[0]) * backward[0]
    bx = (f32(visible[3]) * f32(CELL) + corner - eye[0]) * backward[0]
    ay = (f32(visible[1]) * f32(CELL) + corner - eye[1]) * backward[1]
    by = (f32(visible[4]) * f32(CELL) + corner - eye[1]) * backward[1]
    az = (f32(visible[2]) * f32(CELL) + corner - eye[2]) * backward[2]
    bz = (f32(visible[5]) * f32(CELL) + corner - eye[2]) * backward[2]
    enter = L.maximum(L.minimum(ax, bx), L.maximum(L.minimum(ay, by), L.minimum(az, bz)))
    leave = L.minimum(L.maximum(ax, bx), L.minimum(L.maximum(ay, by), L.maximum(az, bz)))
    return L.minimum(L.maximum(enter, f32(0)), FARTHEST), L.minimum(L.maximum(leave, f32(-2)), FARTHEST)


@kernel
def _leap(k, first, live, eye, local, backward, number, scene):
    """Which rays are in a visible cell at sample `k`, and until which sample each meets only cells like it."""
    corner, top, per_cell = f32(scene.halo) - f32(0.5), f32(CELLS) - f32(0.01), f32(1.0 / CELL)
    cx = L.floor(L.minimum(L.maximum((eye[0] + k * local[0] - corner) * per_cell, f32(0)), top))
    cy = L.floor(L.minimum(L.maximum((eye[1] + k * local[1] - corner) * per_cell, f32(0)), top))
    cz = L.floor(L.minimum(L.maximum((eye[2] + k * local[2] - corner) * per_cell, f32(0)), top))
    cell = L.to_int(cz * f32(CELLS * CELLS) + (cy * f32(CELLS) + cx))
    found = L.gather_at(scene.reaches, number * np.int64(CELLS**3), cell, live)
    reach = L.to_float(found & (SHOWN - 1))
    ux = (L.where(local[0] > f32(0), cx + f32(1) + reach, cx - reach) * f32(CELL) + corner - eye[0]) * backward[0]
    uy = (L.where(local[1] > f32(0), cy + f32(1) + reach, cy - reach) * f32(CELL) + corner - eye[1]) * backward[1]
    uz = (L.where(local[2] > f32(0), cz + f32(1) + reach, cz - reach) * f32(CELL) + corner - eye[2]) * backward[2]
    until = L.floor(L.minimum(ux, L.minimum(uy, uz))) + f32(1)
    waiting = first > k
    return live & ((found & SHOWN) > 0) & ~waiting, L.where(waiting, first, until)


@kernel
def _composite(alpha, r, g, b, on, gathered):
    """What a ray has gathered after one more sample, behind all before."""
    weight = L.where(on, (f32(1) - gathered[3]) * alpha, f32(0))
    return (
        gathered[0] + weight * r,
        gathered[1] + weight * g,
        gathered[2] + weight * b,
        gathered[3] + weight,
    )
