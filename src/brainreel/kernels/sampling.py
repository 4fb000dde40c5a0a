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
def classify(k, on, start, local, brick, scene, table, light):
    """Opacity and colour of sample `k`, in units of the packed one; opacity 0 where not `on`."""
    side = SIZE + 2 * scene.halo
    bottom, top = f32(scene.halo - 1), f32(side - scene.halo) - f32(0.01)
    x = L.minimum(L.maximum(start[0] + k * local[0], bottom), top)
    y = L.minimum(L.maximum(start[1] + k * local[1], bottom), top)
    z = L.minimum(L.maximum(start[2] + k * local[2], bottom), top)
    ix, iy, iz = L.floor(x), L.floor(y), L.floor(z)
    at = L.to_int(iz * f32(side * side) + (iy * f32(side) + ix))
    within = (x - ix, y - iy, z - iz)
    base = scene.numbers[brick] * np.int64(side * side * side)
    if light is None:
        corners = _corners(scene.pool, base, side, at, on)
        return _look_up(_trilinear(corners, within), on, brick, scene, table)
    rows = _rows(scene.pool, base, side, at, on)
    value = _trilinear((rows[0][1:3], rows[1][1:3], rows[2][1:3], rows[3][1:3]), within)
    alpha, r, g, b = _look_up(value, on, brick, scene, table)
    on = on & (alpha > f32(0))
    if not L.any_lane(on):
        return alpha, r, g, b
    gradient = _gradient(scene.pool, base, side, at, within, rows, on)
    shade, glint = _shading(gradient, on, local, scene.levels[brick], light)
    r = L.minimum(r * shade + glint * f32(RED_MAX), f32(RED_MAX))
    g = L.minimum(g * shade + glint * f32(RED_MAX), f32(RED_MAX))
    b = L.minimum(b * shade + glint * f32(BLUE_MAX), f32(BLUE_MAX))
    return alpha, r, g, b


@kernel
def _look_up(value, on, brick, scene, table):
    """Opacity and colour of `value`; NaN is transparent."""
    if scene.pool.itemsize == 4:
        on = on & (value == value)
    entry = L.minimum(L.maximum(value * f32(table.scale) + f32(table.offset + 0.5), f32(0)), f32(table.entry_count - 1))
    first = scene.levels[brick] * table.entry_count
    alpha, packed = L.gather_two_at(table.entries, first * 2, L.to_int(entry) << 1, on)
    color = L.float_bits(packed)
    r = L.to_float(L.logical_shift_right(color, RED_SHIFT))
    g = L.to_float(L.logical_shift_right(color, GREEN_SHIFT) & RED_MAX)
    return alpha, r, g, L.to_float(color & BLUE_MAX)


@kernel
def _shading(gradient, on, local, level, light):
    """What a colour is multiplied by and what is added to it: ambient + diffuse |n.l|, and specular |r.v|**power."""
    gx, gy, gz = gradient
    world = light.world_from_gradient
    nx = f32(world[level, 0, 0]) * gx + f32(world[level, 0, 1]) * gy + f32(world[level, 0, 2]) * gz
    ny = f32(world[level, 1, 0]) * gx + f32(world[level, 1, 1]) * gy + f32(world[level, 1, 2]) * gz
    nz = f32(world[level, 2, 0]) * gx + f32(world[level, 2, 1]) * gy + f32(world[level, 2, 2]) * gz
    along = gx * local[0] + gy * local[1] + gz * local[2]
    squared = L.minimum(along * along / L.maximum(nx * nx + ny * ny + nz * nz, f32(1e-30)), f32(1))
    glint = L.gather_f32(light.glint, L.to_int(squared * f32(GLINTS - 1) + f32(0.5)), on)
    return f32(light.ambient) + f32(light.diffuse) * L.sqrt(squared), glint


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
def _corners(pool, base, side, at, on):
    """The 8 voxels around, of the bricks of `side`**3 voxels that begin at `base`."""
    return (
        L.gather_two_at(pool, base, at, on),
        L.gather_two_at(pool, base + side, at, on),
        L.gather_two_at(pool, base + side * side, at, on),
        L.gather_two_at(pool, base + side * side + side, at, on),
    )


@kernel
def _rows(pool, base, side, at, on):
    """The 8 voxels around, and those before and after them along x."""
    return (
        L.gather_four_at(pool, base - 1, at, on),
        L.gather_four_at(pool, base + side - 1, at, on),
        L.gather_four_at(pool, base + side * side - 1, at, on),
        L.gather_four_at(pool, base + side * side + side - 1, at, on),
    )


@kernel
def _gradient(pool, base, side, at, within, rows, on):
    """Central differences over two voxels of the interpolated values; `rows` are of `_rows`."""
    fx, fy, fz = within
    row, slab = side, side * side
    gx = _lerp(
        _lerp(_difference(rows[0], fx), _difference(rows[1], fx), fy),
        _lerp(_difference(rows[2], fx), _difference(rows[3], fx), fy),
        fz,
    )
    c00, c10 = _lerp(rows[0][1], rows[0][2], fx), _lerp(rows[1][1], rows[1][2], fx)
    c01, c11 = _lerp(rows[2][1], rows[2][2], fx), _lerp(rows[3][1], rows[3][2], fx)
    south0, south1 = _between(pool, base - row, at, fx, on), _between(pool, base + slab - row, at, fx, on)
    north0, north1 = _between(pool, base + 2 * row, at, fx, on), _between(pool, base + slab + 2 * row, at, fx, on)
    gy = _lerp(_lerp(c10 - south0, north0 - c00, fy), _lerp(c11 - south1, north1 - c01, fy), fz)
    below0, below1 = _between(pool, base - slab, at, fx, on), _between(pool, base - slab + row, at, fx, on)
    above0, above1 = _between(pool, base + 2 * slab, at, fx, on), _between(pool, base + 2 * slab + row, at, fx, on)
    gz = _lerp(_lerp(c01 - below0, c11 - below1, fy), _lerp(above0 - c00, above1 - c10, fy), fz)
    return gx, gy, gz


@kernel
def _difference(row, fx):
    """Along x, between voxels two apart, of four in a row."""
    return _lerp(row[2] - row[0], row[3] - row[1], fx)


@kernel
def _between(pool, start, at, fx, on):
    """The value along x between two voxels."""
    a, b = L.gather_two_at(pool, start, at, on)
    return _lerp(a, b, fx)
