"""Rays that keep one value: the largest, the least or the mean of all that they meet, bricks in any order.

A ray runs through packets of 4x4 pixels as in `march`, and is measured in samples: sample k lies k steps from where the
ray begins and stands for [k - 1/2, k + 1/2]. At both ends of a ray a sample is drawn in to the end and weighs what of
its interval lies on the ray, so that a maximum counts the ends and a mean is that of the whole length. The least value
is the largest of the negative ones. Bricks and cells whose bound is no larger than what a ray has are passed over,
which is nearly all of them where bricks with large bounds come first; for a mean, cells of one value are one sample.
"""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.bricks import CELL, CELLS, SIZE
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.slicing import interpolate

f32 = np.float32

TILE = 32
PACKET = 4
FRAGMENTS = 4

FARTHEST = f32(1 << 22)
TINY = f32(1e-9)
NOTHING = f32(-3e38)


class Eyes(NamedTuple):
    """What rays are cast for. Rows of `axes` (3, 3): forward, right * tan_x, up * tan_y, in voxels a world unit.

    `slabs` (n, 5) bound all rays: along row (f, r, u, low, high) a world unit forward reaches f, to the picture's right
    border r, to its upper border u, and low and high lie that far from the eye. `step` is the distance of samples in
    world units. Where rays are `parallel`, right and up move where they begin, else where they look.
    """

    width: int
    height: int
    axes: np.ndarray
    tangents: tuple[float, float]
    slabs: np.ndarray
    step: float
    parallel: bool


class Bricks(NamedTuple):
    """Bricks of one level. `pool` and `halo` are the pyramid's, `numbers` (n,) their places in it.

    `packets` (n, 4): the first and last packets that each may touch, across and down; `lower`, `upper` (n, 3): its
    faces less the eye, float64; `eyes` (n, 3): the eye from the brick's first halo voxel. `bounds` (n,) is what no
    value times `sign` exceeds, `cells` (all bricks * CELLS**3 + 16) the same of cells; for a mean `sign` is 0 and
    `cells` the only value of each, NaN where it has several.
    """

    pool: np.ndarray
    halo: int
    numbers: np.ndarray
    packets: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    eyes: np.ndarray
    bounds: np.ndarray
    cells: np.ndarray
    sign: int


class Found(NamedTuple):
    """What rays have found: `values` (n, 16) the largest so far, or sums, `weights` (n, 16) of what; NaN was not met.

    They begin with NOTHING, or sums with 0; `weights` are lengths in world units.

    Row p belongs to packet p without surfaces; `slots` (packets,) is -1 for those, else packet p has rows
    `packets + 4 slot + i` for what lies before the i-th of the `stops` (slots, 4, 16) of its rays, ascending.
    """

    values: np.ndarray
    weights: np.ndarray
    slots: np.ndarray
    stops: np.ndarray


@kernel
def project_tiles(begin, end, eyes, bricks, found):
    """Meet bricks, besides those that `found` knows, on tiles `begin` .. `end` - 1, each of TILE**2 pixels."""
    side = TILE // PACKET
    across = (eyes.width + TILE - 1) // TILE
    for tile in range(begin, end):
        down = tile // across
        first_u, first_v = (tile - down * across) * side, down * side
        for brick in range(len(bricks.numbers)):
            touched = bricks.packets[brick]
            for v in range(max(touched[2], first_v), min(touched[3] + 1, first_v + side)):
                for u in range(max(touched[0], first_u), min(touched[1] + 1, first_u + side)):
                    _meet_brick(u, v, v * across * side + u, brick, eyes, bricks, found)


@kernel
def find_needed(begin, end, eyes, bricks, found, needed):
    """Which of bricks `begin` .. `end` - 1 rays reach that they may change: `needed` (n,)."""
    across = (eyes.width + TILE - 1) // TILE * (TILE // PACKET)
    for brick in range(begin, end):
        needed[brick] = _is_needed(brick, across, eyes, bricks, found)


@kernel
def _is_needed(brick, across, eyes, bricks, found):
    touched = bricks.packets[brick]
    for v in range(touched[2], touched[3] + 1):
        for u in range(touched[0], touched[1] + 1):
            if _may_change(u, v, v * across + u, brick, eyes, bricks, found):
                return True
    return False


@kernel
def _may_change(u, v, packet, brick, eyes, bricks, found):
    """Whether a brick's bound is beyond what one of 4x4 rays has where it runs through it."""
    row, count = _rows(packet, found)
    origin, direction, a, b, step = _ray(u, v, eyes)
    low, high = _within(brick, origin, direction, a, b, step, eyes, bricks)
    bound = bricks.bounds[brick]
    for stop in range(count):
        until = _until(high, packet, stop, count, found)
        open_to = low < until
        if bricks.sign != 0:
            open_to = open_to & (L.load_f32(found.values, (row + stop) * 16) < bound)
        if L.any_lane(open_to):
            return True
    return False


@kernel
def _rows(packet, found):
    """The first of a packet's rows, and how many it has."""
    slot = found.slots[packet]
    return (packet, 1) if slot < 0 else (len(found.slots) + FRAGMENTS * slot, FRAGMENTS)


@kernel
def _nonzero(x):
    """`x`, or something too small to matter where a division by it would not end."""
    return L.where((x < TINY) & (x > -TINY), TINY, x)


@kernel
def _ray(u, v, eyes):
    """For 4x4 pixels (u, v): where their rays begin and how far they go in a step, (x, y, z) in voxels each; places
    -1..1 across and up the picture, and world units along `forward` in a step."""
    lane = L.iota()
    a = (L.to_float((lane & 3) + u * PACKET) + f32(0.5)) * f32(2.0 / eyes.width) - f32(1)
    b = f32(1) - (L.to_float((lane >> 2) + v * PACKET) + f32(0.5)) * f32(2.0 / eyes.height)
    right, up = a * f32(eyes.tangents[0]), b * f32(eyes.tangents[1])
    step = f32(eyes.step) / L.sqrt(right * right + up * up + f32(1))
    begins, looks = (f32(1), f32(0)) if eyes.parallel else (f32(0), f32(1))
    axes = eyes.axes
    x = f32(axes[1, 0]) * a + f32(axes[2, 0]) * b
    y = f32(axes[1, 1]) * a + f32(axes[2, 1]) * b
    z = f32(axes[1, 2]) * a + f32(axes[2, 2]) * b
    origin = (x * begins, y * begins, z * begins)
    direction = (
        _nonzero((f32(axes[0, 0]) + x * looks) * step),
        _nonzero((f32(axes[0, 1]) + y * looks) * step),
        _nonzero((f32(axes[0, 2]) + z * looks) * step),
    )
    return origin, direction, a, b, step


@kernel
def _bound_rays(a, b, step, eyes):
    """Where rays begin and end, in samples; those that meet nothing end before they begin."""
    begins, looks = (f32(1), f32(0)) if eyes.parallel else (f32(0), f32(1))
    near, far = L.splat(f32(0)), L.splat(FARTHEST)
    for slab in range(len(eyes.slabs)):
        f, r, up, low, high = eyes.slabs[slab]
        aside = f32(r) * a + f32(up) * b
        inverse = f32(1) / _nonzero((f32(f) + aside * looks) * step)
        first, last = (f32(low) - aside * begins) * inverse, (f32(high) - aside * begins) * inverse
        near, far = L.maximum(near, L.minimum(first, last)), L.minimum(far, L.maximum(first, last))
    return near, far


@kernel
def _meet_brick(u, v, packet, brick, eyes, bricks, found):
    """One brick for 4x4 pixels, from stop to stop where surfaces cross their rays."""
    row, count = _rows(packet, found)
    known = L.load_f32(found.values, row * 16)
    bound = bricks.bounds[brick]
    if bricks.sign != 0 and count == 1 and not L.any_lane(known < bound):
        return
    origin, direction, a, b, step = _ray(u, v, eyes)
    low, high = _within(brick, origin, direction, a, b, step, eyes, bricks)
    if not L.any_lane(low < high):
        return
    eye = (
        origin[0] + f32(bricks.eyes[brick, 0]),
        origin[1] + f32(bricks.eyes[brick, 1]),
        origin[2] + f32(bricks.eyes[brick, 2]),
    )
    inverse = (f32(1) / direction[0], f32(1) / direction[1], f32(1) / direction[2])
    for stop in range(count):
        until = _until(high, packet, stop, count, found)
        if not L.any_lane(low < until):
            continue
        own = L.load_f32(found.values, (row + stop) * 16)
        value, weight = L.splat(f32(0)), L.splat(f32(0))
        if bricks.sign == 0:
            value, weight = _sum(low, until, eye, direction, inverse, brick, bricks)
            value, weight = value * f32(eyes.step), weight * f32(eyes.step)
        else:
            value = _largest(low, until, own, eye, direction, inverse, brick, bricks)
        for later in range(stop, count):
            at = (row + later) * 16
            before = L.load_f32(found.values, at)
            L.store(found.values, at, before + value if bricks.sign == 0 else L.maximum(before, value))
            L.store(found.weights, at, L.load_f32(found.weights, at) + weight)
        low = L.maximum(low, until)


@kernel
def _within(brick, origin, direction, a, b, step, eyes, bricks):
    """From where to where, in samples, rays run through what a brick owns."""
    near, far = _bound_rays(a, b, step, eyes)
    inverse = (f32(1) / direction[0], f32(1) / direction[1], f32(1) / direction[2])
    enter, leave = _span(bricks.lower[brick], bricks.upper[brick], origin, inverse)
    low = L.maximum(L.floor(L.maximum(enter, f32(-1))) + f32(0.5), near)
    return low, L.minimum(L.floor(L.minimum(leave, FARTHEST)) + f32(0.5), far)


@kernel
def _until(high, packet, stop, count, found):
    """`high`, or where rays meet their surface number `stop` before it."""
    if count == 1:
        return high
    slot = found.slots[packet]
    return L.minimum(high, L.load_f32(found.stops, (slot * FRAGMENTS + stop) * 16))


@kernel
def _span(lower, upper, origin, inverse):
    """Where rays enter and leave the box between `lower` and `upper`, both less the eye."""
    ax, bx = (f32(lower[0]) - origin[0]) * inverse[0], (f32(upper[0]) - origin[0]) * inverse[0]
    ay, by = (f32(lower[1]) - origin[1]) * inverse[1], (f32(upper[1]) - origin[1]) * inverse[1]
    az, bz = (f32(lower[2]) - origin[2]) * inverse[2], (f32(upper[2]) - origin[2]) * inverse[2]
    enter = L.maximum(L.minimum(ax, bx), L.maximum(L.minimum(ay, by), L.minimum(az, bz)))
    leave = L.minimum(L.maximum(ax, bx), L.minimum(L.maximum(ay, by), L.maximum(az, bz)))
    return enter, leave


@kernel
def _largest(low, high, known, eye, direction, inverse, brick, bricks):
    """The largest value times `sign` between `low` and `high`, or `known` where that is larger."""
    number = bricks.numbers[brick]
    live = (low < high) & (known < bricks.bounds[brick])
    first, beyond = L.floor(low + f32(0.5)), -L.floor(f32(0.5) - high) + f32(1)
    k = int(L.min_lane(L.where(live, first, FARTHEST)))
    end = int(L.max_lane(L.where(live, beyond, f32(0))))
    sign = f32(bricks.sign)
    while k < end:
        live = live & (beyond > f32(k))
        bound, until = _cell(f32(k), live, eye, direction, inverse, number, bricks)
        hopeful = live & (bound > known) & (first <= f32(k))
        if not L.any_lane(hopeful):
            until = L.where(first > f32(k), first, until)
            k = max(k + 1, int(L.min_lane(L.where(live, until, FARTHEST))))
            continue
        stop = min(end, max(k + 1, int(L.max_lane(L.where(hopeful, until, f32(0))))))
        while k < stop:
            on = live & (first <= f32(k)) & (beyond > f32(k))
            value = _value(L.minimum(L.maximum(L.splat(f32(k)), low), high), on, eye, direction, number, bricks) * sign
            known = L.where(on & (value > known), value, known)
            k += 1
    return known


@kernel
def _sum(low, high, eye, direction, inverse, brick, bricks):
    """The sum of values between `low` and `high`, each times its part of a sample, and of those parts."""
    number = bricks.numbers[brick]
    live = low < high
    total, weight = L.splat(f32(0)), L.splat(f32(0))
    first, beyond = L.floor(low + f32(0.5)), -L.floor(f32(0.5) - high) + f32(1)
    k = int(L.min_lane(L.where(live, first, FARTHEST)))
    end = int(L.max_lane(L.where(live, beyond, f32(0))))
    while k < end:
        on = live & (first <= f32(k)) & (beyond > f32(k))
        value, until = _cell(f32(k), on, eye, direction, inverse, number, bricks)
        stop = k + 1
        if not L.any_lane(on & (value != value)):
            waits = L.where(live & (first > f32(k)), first, L.where(on, until, FARTHEST))
            stop = min(end, max(k + 1, int(L.min_lane(waits))))
        else:
            value = _value(L.minimum(L.maximum(L.splat(f32(k)), low), high), on, eye, direction, number, bricks)
        part = L.minimum(high, f32(stop) - f32(0.5)) - L.maximum(low, f32(k) - f32(0.5))
        part = L.where(on & (value == value) & (part > f32(0)), part, f32(0))
        total = total + L.where(part > f32(0), value * part, f32(0))
        weight = weight + part
        k = stop
    return total, weight


@kernel
def _value(k, on, eye, direction, number, bricks):
    """The interpolated value at places `k` (16 lanes) along the rays."""
    side = SIZE + 2 * bricks.halo
    top = f32(side - 1) - f32(0.01)
    x = L.minimum(L.maximum(eye[0] + k * direction[0], f32(0)), top)
    y = L.minimum(L.maximum(eye[1] + k * direction[1], f32(0)), top)
    z = L.minimum(L.maximum(eye[2] + k * direction[2], f32(0)), top)
    ix, iy, iz = L.floor(x), L.floor(y), L.floor(z)
    local = L.to_int(iz * f32(side * side) + (iy * f32(side) + ix))
    base = np.int64(number) * np.int64(side * side * side)
    return interpolate(bricks.pool, base, side, local, (x - ix, y - iy, z - iz), on)


@kernel
def _cell(k, on, eye, direction, inverse, number, bricks):
    """What `cells` says of the cells that rays are in at sample `k`, and the first samples beyond those cells."""
    corner, top, per_cell = f32(bricks.halo) - f32(0.5), f32(CELLS) - f32(0.01), f32(1.0 / CELL)
    cx = L.floor(L.minimum(L.maximum((eye[0] + k * direction[0] - corner) * per_cell, f32(0)), top))
    cy = L.floor(L.minimum(L.maximum((eye[1] + k * direction[1] - corner) * per_cell, f32(0)), top))
    cz = L.floor(L.minimum(L.maximum((eye[2] + k * direction[2] - corner) * per_cell, f32(0)), top))
    cell = L.to_int(cz * f32(CELLS * CELLS) + (cy * f32(CELLS) + cx))
    says = L.gather_f32_at(bricks.cells, np.int64(number) * np.int64(CELLS**3), cell, on)
    ux = (L.where(direction[0] > f32(0), cx + f32(1), cx) * f32(CELL) + corner - eye[0]) * inverse[0]
    uy = (L.where(direction[1] > f32(0), cy + f32(1), cy) * f32(CELL) + corner - eye[1]) * inverse[1]
    uz = (L.where(direction[2] > f32(0), cz + f32(1), cz) * f32(CELL) + corner - eye[2]) * inverse[2]
    return says, L.minimum(L.floor(L.minimum(ux, L.minimum(uy, uz))) + f32(1), FARTHEST)
