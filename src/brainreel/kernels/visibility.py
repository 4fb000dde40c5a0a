"""What each sample sees, in the terms that colours are made of: three vertices, weights, light and ground.

A record is one quad with a hit: `corner` its left column and top row in pixels; `vertices` 3 x 16 vertex numbers (those
of one corner of the triangles together); `weights` 2 x 16, perspective-correct, of the first two of them; `grounds` 16
words, -1 where a sample sees nothing, else `light << 10 | layer << 1 | dark`, light in 1 / LIGHT_UNIT. Records are all
that pictures are coloured from, whether kept or made anew for a frame, so both have the same pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel
from brainreel.kernels.raster import QUADS, raster_tile, sample_column, sample_row

LAYER_LIMIT = 512
"""Bound of the number of layers."""

LIGHT_UNIT = np.float32(1 << 20)
LIGHT_LIMIT = np.float32(1.9999)
RECORD_BYTES = 2 * 4 + 48 * 4 + 32 * 4 + 16 * 4


class Scene(NamedTuple):
    """All layers' triangles, one after the other, and how they are lit.

    `faces` (m, 3) int32; `normals` (n, 3) float32 per vertex, outwards; `relief` (n,) float32, dark where positive, or
    (0,); layer k begins at triangle `first_faces[k]` int32 and has `shading[k]`, float32 ambient and diffuse; `light`
    (3,) float32 points to the light; where `cull`, only fronts are seen.
    """

    faces: NDArray[np.int32]
    normals: NDArray[np.float32]
    relief: NDArray[np.float32]
    first_faces: NDArray[np.int32]
    shading: NDArray[np.float32]
    light: NDArray[np.float32]
    cull: bool


class Records(NamedTuple):
    """Quads with a hit, one after the other: (q, 2), (q * 48,), (q * 32,), (q * 16,)."""

    corners: NDArray[np.int32]
    vertices: NDArray[np.int32]
    weights: NDArray[np.float32]
    grounds: NDArray[np.int32]


@kernel
def weights_at(x, y, a, b, c, projected, hit):
    """Perspective-correct weights of `a` and `b` (of `c`: the rest) at places (`x`, `y`), and where the front shows."""
    ax = L.to_float(L.gather_i32(projected.x, a, hit) - x)
    ay = L.to_float(L.gather_i32(projected.y, a, hit) - y)
    bx = L.to_float(L.gather_i32(projected.x, b, hit) - x)
    by = L.to_float(L.gather_i32(projected.y, b, hit) - y)
    cx = L.to_float(L.gather_i32(projected.x, c, hit) - x)
    cy = L.to_float(L.gather_i32(projected.y, c, hit) - y)
    wa = bx * cy - cx * by
    wb = cx * ay - ax * cy
    wc = ax * by - bx * ay
    front = wa + wb + wc < np.float32(0)
    zero = np.float32(0)
    wa = L.maximum(L.where(front, -wa, wa), zero) * L.gather_f32(projected.inverse, a, hit)
    wb = L.maximum(L.where(front, -wb, wb), zero) * L.gather_f32(projected.inverse, b, hit)
    wc = L.maximum(L.where(front, -wc, wc), zero) * L.gather_f32(projected.inverse, c, hit)
    total = wa + wb + wc
    # a triangle too thin for float32 has no weights left: its first vertex stands for it
    thin = ~(total > zero)
    per = np.float32(1) / L.where(thin, np.float32(1), total)
    return L.where(thin, np.float32(1), wa * per), wb * per, front


@kernel
def interpolate(values, first, a, b, c, wa, wb, wc, hit):
    """The values of the three vertices, mixed; vertex 0 is `values[first]`."""
    return (
        wa * L.gather_f32_at(values, first, a, hit)
        + wb * L.gather_f32_at(values, first, b, hit)
        + wc * L.gather_f32_at(values, first, c, hit)
    )


@kernel
def matte_light(scene, ambient, diffuse, a, b, c, wa, wb, wc, front, hit):
    """ambient + diffuse max(0, n.l): Lambert's law, n the interpolated normal of the side that is seen."""
    nx = interpolate(scene.normals, 0, a * 3, b * 3, c * 3, wa, wb, wc, hit)
    ny = interpolate(scene.normals, 1, a * 3, b * 3, c * 3, wa, wb, wc, hit)
    nz = interpolate(scene.normals, 2, a * 3, b * 3, c * 3, wa, wb, wc, hit)
    length = L.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-20))
    facing = (nx * scene.light[0] + ny * scene.light[1] + nz * scene.light[2]) / length
    facing = L.maximum(L.where(front, facing, -facing), np.float32(0))
    return L.minimum(ambient + diffuse * facing, LIGHT_LIMIT)


@kernel
def see_row(left, top, v, owner, scene, projected, at, records):
    """Append what quad row `v` of the tile at (`left`, `top`) sees to `records` from `at` on; return their end."""
    column = sample_column() * 64 + 32
    row = sample_row() * 64 + 32
    y = top + 2 * v
    for u in range(QUADS):
        number = L.load_i32(owner, (v * QUADS + u) * 16)
        hit = number >= 0
        if L.any_lane(hit):
            x = left + 2 * u
            a = L.gather_i32(scene.faces, number * 3, hit)
            b = L.gather_i32(scene.faces, number * 3 + 1, hit)
            c = L.gather_i32(scene.faces, number * 3 + 2, hit)
            wa, wb, front = weights_at(column + 256 * x, row + 256 * y, a, b, c, projected, hit)
            wc = np.float32(1) - wa - wb
            layer = L.splat(np.int32(0))
            ambient = L.splat(scene.shading[0, 0])
            diffuse = L.splat(scene.shading[0, 1])
            for k in range(1, len(scene.first_faces)):
                later = number >= scene.first_faces[k]
                layer = L.where(later, np.int32(k), layer)
                ambient = L.where(later, scene.shading[k, 0], ambient)
                diffuse = L.where(later, scene.shading[k, 1], diffuse)
            light = matte_light(scene, ambient, diffuse, a, b, c, wa, wb, wc, front, hit)
            ground = L.to_int(light * LIGHT_UNIT) << 10 | layer << 1
            if len(scene.relief) > 0:
                height = interpolate(scene.relief, 0, a, b, c, wa, wb, wc, hit)
                ground = L.where(height > np.float32(0), ground | 1, ground)
            records.corners[at, 0] = x
            records.corners[at, 1] = y
            L.store(records.vertices, at * 48, a)
            L.store(records.vertices, at * 48 + 16, b)
            L.store(records.vertices, at * 48 + 32, c)
            L.store(records.weights, at * 32, wa)
            L.store(records.weights, at * 32 + 16, wb)
            L.store(records.grounds, at * 16, L.where(hit, ground, np.int32(-1)))
            at += 1
    return at


@kernel
def remember(begin, end, bins, scene, projected, starts, records):
    """Keep what tiles `begin` to `end` see in `records`, tile k from `starts[k]` on."""
    depth = np.empty(QUADS * QUADS * 16, np.float32)
    owner = np.empty(QUADS * QUADS * 16, np.int32)
    for tile in range(begin, end):
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left = tile % bins.across * QUADS * 2
            top = tile // bins.across * QUADS * 2
            raster_tile(
                left,
                top,
                bins.numbers,
                bins.firsts[tile],
                bins.firsts[tile + 1],
                scene.faces,
                projected,
                scene.cull,
                depth,
                owner,
            )
            at = starts[tile]
            for v in range(QUADS):
                at = see_row(left, top, v, owner, scene, projected, at, records)
