"""One sample of a volume: the interpolated value, its gradient, its opacity and its colour under the light."""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import borrowing_kernel as kernel

f32 = np.float32

RED_SHIFT, GREEN_SHIFT, RED_MAX, BLUE_MAX = 21, 10, 2047, 1023

GLINTS = 4096


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


@kernel
def classify(k, on, eye, local, brick, scene, table, light):
    """Opacity and colour of sample `k`, 0 where not `on`; the colour in units of the packed one, or 0..1 if shaded."""
    side = SIZE + 2 * scene.halo
    bottom, top = f32(scene.halo - 1), f32(side - scene.halo) - f32(0.01)
    x = L.minimum(L.maximum(eye[0] + k * local[0], bottom), top)
    y = L.minimum(L.maximum(eye[1] + k * local[1], bottom), top)
    z = L.minimum(L.maximum(eye[2] + k * local[2], bottom), top)
    base = scene.numbers[brick] * np.int64(side * side * side)
    value = trilinear(scene.pool, base, side, x, y, z, on)
    if scene.pool.itemsize == 4:
        on = on & (value == value)
    entry = L.minimum(L.maximum(value * f32(table.scale) + f32(table.offset + 0.5), f32(0)), f32(table.entry_count - 1))
    alpha, packed = L.gather_two_at(
        table.entries, scene.levels[brick] * table.entry_count * 2, L.to_int(entry) << 1, on
    )
    color = L.float_bits(packed)
    r = L.to_float(L.logical_shift_right(color, RED_SHIFT))
    g = L.to_float(L.logical_shift_right(color, GREEN_SHIFT) & RED_MAX)
    b = L.to_float(color & BLUE_MAX)
    if light is not None:
        on = on & (alpha > f32(0))
        if L.any_lane(on):
            shade, glint = _shading(base, side, x, y, z, on, local, brick, scene, light)
            r = L.minimum(r * shade + glint * f32(RED_MAX), f32(RED_MAX))
            g = L.minimum(g * shade + glint * f32(RED_MAX), f32(RED_MAX))
            b = L.minimum(b * shade + glint * f32(BLUE_MAX), f32(BLUE_MAX))
    return alpha, r, g, b


@kernel
def _lerp(a, b, t):
    return a + t * (b - a)


@kernel
def trilinear(pool, base, side, x, y, z, on):
    """The value at (x, y, z), counted from voxel `base` of bricks of `side`**3; 0 where not `on`."""
    ix, iy, iz = L.floor(x), L.floor(y), L.floor(z)
    fx, fy, fz = x - ix, y - iy, z - iz
    at = L.to_int(iz * f32(side * side) + (iy * f32(side) + ix))
    a000, a001 = L.gather_two_at(pool, base, at, on)
    a010, a011 = L.gather_two_at(pool, base + side, at, on)
    a100, a101 = L.gather_two_at(pool, base + side * side, at, on)
    a110, a111 = L.gather_two_at(pool, base + side * side + side, at, on)
    front = _lerp(_lerp(a000, a001, fx), _lerp(a010, a011, fx), fy)
    back = _lerp(_lerp(a100, a101, fx), _lerp(a110, a111, fx), fy)
    return _lerp(front, back, fz)


@kernel
def _shading(base, side, x, y, z, on, local, brick, scene, light):
    """What a colour is multiplied by and what is added to it: ambient + diffuse |n.l|, and specular |r.v|**power."""
    gx, gy, gz = gradient(scene.pool, base, side, x, y, z, on)
    world = light.world_from_gradient[scene.levels[brick]]
    nx = f32(world[0, 0]) * gx + f32(world[0, 1]) * gy + f32(world[0, 2]) * gz
    ny = f32(world[1, 0]) * gx + f32(world[1, 1]) * gy + f32(world[1, 2]) * gz
    nz = f32(world[2, 0]) * gx + f32(world[2, 1]) * gy + f32(world[2, 2]) * gz
    along = gx * local[0] + gy * local[1] + gz * local[2]
    squared = along * along / L.maximum(nx * nx + ny * ny + nz * nz, f32(1e-30))
    squared = L.minimum(squared, f32(1))
    glint = L.gather_f32(light.glint, L.to_int(squared * f32(GLINTS - 1) + f32(0.5)), on)
    return f32(light.ambient) + f32(light.diffuse) * L.sqrt(squared), glint


@kernel
def gradient(pool, base, side, x, y, z, on):
    """Central differences over two voxels of the interpolated values at (x, y, z), which must lie one voxel inside."""
    ix, iy, iz = L.floor(x), L.floor(y), L.floor(z)
    fx, fy, fz = x - ix, y - iy, z - iz
    at = L.to_int(iz * f32(side * side) + (iy * f32(side) + ix))
    row, slab = side, side * side
    w000, a000, a001, e000 = L.gather_four_at(pool, base - 1, at, on)
    w010, a010, a011, e010 = L.gather_four_at(pool, base + row - 1, at, on)
    w100, a100, a101, e100 = L.gather_four_at(pool, base + slab - 1, at, on)
    w110, a110, a111, e110 = L.gather_four_at(pool, base + slab + row - 1, at, on)
    gx = _lerp(
        _lerp(_lerp(a001 - w000, e000 - a000, fx), _lerp(a011 - w010, e010 - a010, fx), fy),
        _lerp(_lerp(a101 - w100, e100 - a100, fx), _lerp(a111 - w110, e110 - a110, fx), fy),
        fz,
    )
    c00, c01, c10, c11 = _lerp(a000, a001, fx), _lerp(a100, a101, fx), _lerp(a010, a011, fx), _lerp(a110, a111, fx)
    south0, south1 = _pair(pool, base - row, at, fx, on), _pair(pool, base + slab - row, at, fx, on)
    north0, north1 = _pair(pool, base + 2 * row, at, fx, on), _pair(pool, base + slab + 2 * row, at, fx, on)
    gy = _lerp(_lerp(c10 - south0, north0 - c00, fy), _lerp(c11 - south1, north1 - c01, fy), fz)
    below0, below1 = _pair(pool, base - slab, at, fx, on), _pair(pool, base - slab + row, at, fx, on)
    above0, above1 = _pair(pool, base + 2 * slab, at, fx, on), _pair(pool, base + 2 * slab + row, at, fx, on)
    gz = _lerp(_lerp(c01 - below0, c11 - below1, fy), _lerp(above0 - c00, above1 - c10, fy), fz)
    return gx, gy, gz


@kernel
def _pair(pool, start, at, fx, on):
    a, b = L.gather_two_at(pool, start, at, on)
    return _lerp(a, b, fx)
