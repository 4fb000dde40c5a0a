"""One sample of a volume: the interpolated value, its gradient, its opacity and its colour under the light."""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.blocks import corners_of_block, first_voxel, outer_pairs_of_block, rows_of_block
from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import borrowing_kernel as kernel

f32 = np.float32

RED_SHIFT, GREEN_SHIFT, RED_MAX, BLUE_MAX = 21, 10, 2047, 1023

MEAN_UNIT = 1 << 19  # the integrals of 4095 entries are less than 2**31
GLINTS = 4096
FARTHEST_ENTRY = f32(1 << 20)
TURNING = f32(0.7)  # of a sample's interval: less leaves contour lines, more takes noise for folds
TINY = f32(1e-15)


class Table(NamedTuple):
    """Colour and opacity by value: `entries` (levels * n, 2) float32, the opacity of one sample and a packed colour.

    Entry `value * scale + offset`, rounded, clamped to 0 .. n - 1; level L's begin at `level * n`.
    """

    entries: np.ndarray
    entry_count: int
    scale: float
    offset: float


class Light(NamedTuple):
    """Shading by the gradient with the light at the eye. `glint` (GLINTS,): specular by the squared cosine.

    `world_from_gradient` (levels, 3, 3) turns a level's gradient per voxel into one per step of that level.
    """

    ambient: float
    diffuse: float
    glint: np.ndarray
    world_from_gradient: np.ndarray


class Fading(NamedTuple):
    """What opacity is multiplied by, by the gradient's length: `factors` (n,) float32.

    Entry `length * scales[level]`, rounded, held at the last; lengths are over two voxels, as `world_from_gradient`
    has them.
    """

    factors: np.ndarray
    scales: np.ndarray


@kernel
def interpolate(k, on, eye, local, brick, scene, blocks, block):
    """The value at sample `k`, up to half a voxel beyond the halo's innermost.

    Where `blocks` or `block` is None voxels are read ray by ray; `block` is what `find_block` says of `local`.
    """
    base, side, _, _ = bounds_of(brick, scene)
    bottom, top = f32(0), f32(side - 1) - f32(0.01)
    voxel, within = place_of(k, eye, local, bottom, top)
    if blocks is not None and block is not None and block[0]:
        first = first_voxel(k, block, bottom, top)
        return _trilinear(corners_of_block(scene.pool, base, side, voxel, first), within)
    return _trilinear(corners_around(scene.pool, base, side, index_of(voxel, side), on), within)


@kernel
def nearest(k, on, eye, local, brick, scene):
    """The value of the voxel that sample `k` lies in."""
    base, side, _, _ = bounds_of(brick, scene)
    half = (eye[0] + f32(0.5), eye[1] + f32(0.5), eye[2] + f32(0.5))
    voxel, _ = place_of(k, half, local, f32(0), f32(side) - f32(0.01))
    value, _ = L.gather_two_at(scene.pool, base, index_of(voxel, side), on)
    return value


@kernel
def gradient_at(k, on, eye, local, brick, scene, blocks, block):
    """How the interpolated value changes at sample `k` over two voxels along x, y and z; `blocks`, `block` as above."""
    base, side, bottom, top = bounds_of(brick, scene)
    voxel, within = place_of(k, eye, local, bottom, top)
    if blocks is not None and block is not None and block[0]:
        first = first_voxel(k, block, bottom, top)
        rows = rows_of_block(scene.pool, base, side, voxel, first)
        outer = outer_pairs_of_block(scene.pool, base, side, voxel, first)
        return gradient(rows, outer, within)
    at = index_of(voxel, side)
    return gradient(rows_around(scene.pool, base, side, at, on), pairs_around(scene.pool, base, side, at, on), within)


@kernel
def lit(color, gradient, bend, on, local, level, light, fading):
    """`color` (opacity, red, green, blue) under `light` where there is one, its opacity by the gradient's length.

    `bend` is half of what a ray's part of the gradient changes by along the sample's interval.
    """
    shade, glint, squared = _shading(gradient, bend, on, local, level, light)
    alpha, r, g, b = color
    return (
        _faded(alpha, squared, on, level, fading),
        L.minimum(r * shade + glint * f32(RED_MAX), f32(RED_MAX)),
        L.minimum(g * shade + glint * f32(RED_MAX), f32(RED_MAX)),
        L.minimum(b * shade + glint * f32(BLUE_MAX), f32(BLUE_MAX)),
    )


@kernel
def bend_of(values):
    """How the value bends along a ray whose samples before, at and after a place are `values`."""
    return (values[0] + values[2] - values[1] - values[1]) * TURNING


@kernel
def _faded(alpha, squared, on, level, fading):
    """Opacity by the squared length of the gradient."""
    if fading is None:
        return alpha
    entry = L.minimum(L.sqrt(squared) * f32(fading.scales[level]) + f32(0.5), f32(len(fading.factors) - 1))
    return alpha * L.gather_f32(fading.factors, L.to_int(entry), on)


@kernel
def look_up(value, on, brick, scene, table):
    """Opacity of `value`, 0 where not `on`, and its colour in units of the packed one; NaN is transparent."""
    if scene.pool.itemsize == 4:
        on = on & (value == value)
    first = scene.levels[brick] * table.entry_count
    alpha, packed = L.gather_two_at(table.entries, first * 2, _entry(value, table) << 1, on)
    color = L.float_bits(packed)
    r = L.to_float(L.logical_shift_right(color, RED_SHIFT))
    g = L.to_float(L.logical_shift_right(color, GREEN_SHIFT) & RED_MAX)
    return alpha, r, g, L.to_float(color & BLUE_MAX)


@kernel
def look_up_mean(values, on, brick, scene, table, means):
    """As `look_up`, the means over all values from half way to the sample before to half way to the one after.

    The half before lies in front of the half after. `means` (levels * n, 4), whole numbers in the bits of float32: the
    integrals, modulo 2**32, from entry 0 to each of opacity times red, green, blue, and of opacity, MEAN_UNIT of them 1
    an entry; a level's begin as the table's do. Values that stay within an entry have the table's own look.
    """
    own = look_up(values[1], on, brick, scene, table)
    before, after = values[0], values[2]
    if scene.pool.itemsize == 4:
        on = on & (values[1] == values[1])
        before = L.where(before == before, before, values[1])
        after = L.where(after == after, after, values[1])
    middle = _place_in(values[1], table)
    begin, end = _place_in((before + values[1]) * f32(0.5), table), _place_in((values[1] + after) * f32(0.5), table)
    if not L.any_lane(on & ((begin != middle) | (end != middle))):
        return own
    front, red, green, blue = _half_between(begin, middle, own, on, brick, scene, table, means)
    back, red_back, green_back, blue_back = _half_between(middle, end, own, on, brick, scene, table, means)
    rest = (f32(1) - front) * back
    alpha = front + rest
    whole = f32(1) / L.maximum(alpha, TINY)
    return (
        alpha,
        (front * red + rest * red_back) * whole,
        (front * green + rest * green_back) * whole,
        (front * blue + rest * blue_back) * whole,
    )


@kernel
def _half_between(begin, end, own, on, brick, scene, table, means):
    """Opacity of half a sample's interval, and colour: means from one place to another, else the sample's `own`."""
    low, high = L.minimum(begin, end), L.maximum(begin, end)
    wide = on & (high > low)
    last = f32(table.entry_count - 1)
    inner_low, inner_high = L.minimum(L.maximum(low, f32(0)), last), L.minimum(L.maximum(high, f32(0)), last)
    first = scene.levels[brick] * table.entry_count * 4
    red, green = _two_integrals(means, first, L.to_int(inner_low), L.to_int(inner_high), wide)
    blue, opacity = _two_integrals(means, first + 2, L.to_int(inner_low), L.to_int(inner_high), wide)
    total = (opacity, red, green, blue)
    if L.any_lane(wide & ((low < f32(0)) | (high > last))):
        below, above = L.minimum(high, f32(0)) - low, high - L.maximum(low, last)
        total = _add_end(total, f32(0), L.maximum(below, f32(0)), wide, first, means)
        total = _add_end(total, last - f32(1), L.maximum(above, f32(0)), wide, first, means)
    alpha = total[0] / L.maximum(high - low, f32(1))
    whole = f32(1) / L.maximum(total[0], TINY)
    return (
        f32(1) - L.sqrt(f32(1) - L.where(wide, L.minimum(alpha, f32(1)), own[0])),
        L.where(wide, total[1] * whole * f32(RED_MAX), own[1]),
        L.where(wide, total[2] * whole * f32(RED_MAX), own[2]),
        L.where(wide, total[3] * whole * f32(BLUE_MAX), own[3]),
    )


@kernel
def _add_end(total, entry, length, on, first, means):
    """`total` with `length` entries beyond the table, which are like its first or last interval."""
    at = L.to_int(L.splat(entry))
    red, green = _two_integrals(means, first, at, at + 1, on)
    blue, opacity = _two_integrals(means, first + 2, at, at + 1, on)
    return total[0] + opacity * length, total[1] + red * length, total[2] + green * length, total[3] + blue * length


@kernel
def _place_in(value, table):
    """Which entry of a level a value has, also beyond the table's ends."""
    place = L.floor(value * f32(table.scale) + f32(table.offset + 0.5))
    return L.minimum(L.maximum(place, -FARTHEST_ENTRY), FARTHEST_ENTRY)


@kernel
def _entry(value, table):
    """Which entry of a level a value has."""
    entry = L.maximum(value * f32(table.scale) + f32(table.offset + 0.5), f32(0))
    return L.to_int(L.minimum(entry, f32(table.entry_count - 1)))


@kernel
def _two_integrals(means, first, low, high, on):
    """Two neighbouring integrals from entries `low` to `high`, in entries."""
    a, b = L.gather_two_at(means, first, low << 2, on)
    c, d = L.gather_two_at(means, first, high << 2, on)
    one = L.to_float(L.float_bits(c) - L.float_bits(a)) * f32(1 / MEAN_UNIT)
    return one, L.to_float(L.float_bits(d) - L.float_bits(b)) * f32(1 / MEAN_UNIT)


@kernel
def bounds_of(brick, scene):
    """Where a brick begins in the pool, its edge, and between which positions its voxels suffice."""
    side = SIZE + 2 * scene.halo
    base = scene.numbers[brick] * np.int64(side * side * side)
    return base, side, f32(scene.halo - 1), f32(side - scene.halo) - f32(0.01)


@kernel
def place_of(k, eye, local, bottom, top):
    """The voxel before sample `k` along each axis, as floats, and how far after it the sample lies."""
    x = L.minimum(L.maximum(eye[0] + k * local[0], bottom), top)
    y = L.minimum(L.maximum(eye[1] + k * local[1], bottom), top)
    z = L.minimum(L.maximum(eye[2] + k * local[2], bottom), top)
    ix, iy, iz = L.floor(x), L.floor(y), L.floor(z)
    return (ix, iy, iz), (x - ix, y - iy, z - iz)


@kernel
def index_of(voxel, side):
    """Where a voxel is in its brick."""
    return L.to_int(voxel[2] * f32(side * side) + (voxel[1] * f32(side) + voxel[0]))


@kernel
def _shading(gradient, bend, on, local, level, light):
    """What a colour is multiplied by and what is added to it, and the squared gradient per step.

    Ambient + diffuse |n.l|, and specular |r.v|**power.

    Both for the mean of |n.l| over the sample's interval, along which the ray's part of the gradient changes by
    twice `bend`. Where the gradient turns from the eye, |n.l| falls to 0 and rises again within less than a step;
    samples would hit or miss that, and the hits would draw contour lines.
    """
    gx, gy, gz = gradient
    world = light.world_from_gradient
    nx = f32(world[level, 0, 0]) * gx + f32(world[level, 0, 1]) * gy + f32(world[level, 0, 2]) * gz
    ny = f32(world[level, 1, 0]) * gx + f32(world[level, 1, 1]) * gy + f32(world[level, 1, 2]) * gz
    nz = f32(world[level, 2, 0]) * gx + f32(world[level, 2, 1]) * gy + f32(world[level, 2, 2]) * gz
    along = gx * local[0] + gy * local[1] + gz * local[2]
    squared = nx * nx + ny * ny + nz * nz
    cosine = _mean_cosine(along - bend, along + bend, squared - along * along)
    glint = L.gather_f32(light.glint, L.to_int(cosine * cosine * f32(GLINTS - 1) + f32(0.5)), on)
    return f32(light.ambient) + f32(light.diffuse) * cosine, glint, squared


@kernel
def _mean_cosine(begin, end, across_squared):
    """The mean of |n.l| = |a| / sqrt(a**2 + across**2) while a, the gradient along the ray, goes from begin to end."""
    across = L.maximum(across_squared, f32(0))
    from_a, from_b = L.maximum(begin, -begin), L.maximum(end, -end)
    lengths, ways = L.sqrt(begin * begin + across) + L.sqrt(end * end + across), from_a + from_b
    turns = begin * end < f32(0)
    above = L.where(turns, lengths - f32(2) * L.sqrt(across), ways)
    return L.minimum(above / L.maximum(L.where(turns, ways, lengths), TINY), f32(1))


@kernel
def _lerp(a, b, t):
    return a + t * (b - a)


@kernel
def _trilinear(corners, within):
    """Between 8 corners, four pairs along x at (y, z) = (0, 0), (1, 0), (0, 1), (1, 1)."""
    fx, fy, fz = within
    front = _lerp(_lerp(corners[0][0], corners[0][1], fx), _lerp(corners[1][0], corners[1][1], fx), fy)
    back = _lerp(_lerp(corners[2][0], corners[2][1], fx), _lerp(corners[3][0], corners[3][1], fx), fy)
    return _lerp(front, back, fz)


@kernel
def corners_around(pool, base, side, at, on):
    """The 8 voxels around, of the bricks of `side`**3 voxels that begin at `base`."""
    return (
        L.gather_two_at(pool, base, at, on),
        L.gather_two_at(pool, base + side, at, on),
        L.gather_two_at(pool, base + side * side, at, on),
        L.gather_two_at(pool, base + side * side + side, at, on),
    )


@kernel
def rows_around(pool, base, side, at, on):
    """The 8 voxels around, and those before and after them along x."""
    return (
        L.gather_four_at(pool, base - 1, at, on),
        L.gather_four_at(pool, base + side - 1, at, on),
        L.gather_four_at(pool, base + side * side - 1, at, on),
        L.gather_four_at(pool, base + side * side + side - 1, at, on),
    )


@kernel
def pairs_around(pool, base, side, at, on):
    """Pairs along x around the corners: two each before and after along y, then along z."""
    row, slab = side, side * side
    south = L.gather_two_at(pool, base - row, at, on), L.gather_two_at(pool, base + slab - row, at, on)
    north = L.gather_two_at(pool, base + 2 * row, at, on), L.gather_two_at(pool, base + slab + 2 * row, at, on)
    below = L.gather_two_at(pool, base - slab, at, on), L.gather_two_at(pool, base - slab + row, at, on)
    above = L.gather_two_at(pool, base + 2 * slab, at, on), L.gather_two_at(pool, base + 2 * slab + row, at, on)
    return south, north, below, above


@kernel
def gradient(rows, outer, within):
    """Central differences over two voxels of the interpolated values, from `rows_around` and `pairs_around`."""
    fx, fy, fz = within
    gx = _lerp(
        _lerp(_difference(rows[0], fx), _difference(rows[1], fx), fy),
        _lerp(_difference(rows[2], fx), _difference(rows[3], fx), fy),
        fz,
    )
    c00, c10 = _lerp(rows[0][1], rows[0][2], fx), _lerp(rows[1][1], rows[1][2], fx)
    c01, c11 = _lerp(rows[2][1], rows[2][2], fx), _lerp(rows[3][1], rows[3][2], fx)
    south, north, below, above = outer
    gy = _lerp(
        _lerp(c10 - _between(south[0], fx), _between(north[0], fx) - c00, fy),
        _lerp(c11 - _between(south[1], fx), _between(north[1], fx) - c01, fy),
        fz,
    )
    gz = _lerp(
        _lerp(c01 - _between(below[0], fx), c11 - _between(below[1], fx), fy),
        _lerp(_between(above[0], fx) - c00, _between(above[1], fx) - c10, fy),
        fz,
    )
    return gx, gy, gz


@kernel
def _difference(row, fx):
    """Along x, between voxels two apart, of four in a row."""
    return _lerp(row[2] - row[0], row[3] - row[1], fx)


@kernel
def _between(pair, fx):
    return _lerp(pair[0], pair[1], fx)
