"""What each sample sees, in the terms that colours are made of: three vertices, weights, light and ground.

A record is one quad with a hit: `corner` its left column and top row in pixels; `vertices` 3 x 16 vertex numbers (those
of one corner of the triangles together); `weights` 2 x 16, perspective-correct, of the second and third; `grounds` 16
words, -1 where a sample sees nothing, else `light << 10 | layer << 1 | dark`, light in 1 / LIGHT_UNIT. Records are all
that pictures are coloured from, whether kept or made anew for a frame, so both have the same pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.binning import TILE
from brainreel.kernels.compiler import kernel
from brainreel.kernels.raster import QUADS, raster_tile, tile_of_samples

LAYER_LIMIT = 512
"""Bound of the number of layers."""

_Z_SCALE = np.float32(1023 / 511)
LIGHT_UNIT = np.float32(1 << 20)
LIGHT_LIMIT = np.float32(1.9999)
RECORD_BYTES = 2 * 4 + 48 * 4 + 32 * 4 + 16 * 4


class Scene(NamedTuple):
    """All layers' triangles, one after the other, and how they are lit.

    `faces` (m, 3) int32; `normals` (n,) int32 per vertex, outwards, as `pack_normals` gives them; `relief` (n,)
    float32, dark where positive, or (0,); layer k begins at triangle `first_faces[k]` int32 and has `shading[k]`,
    float32 ambient and diffuse; `light` (3,) float32 points to the light; where `cull`, only fronts are seen; `flat` is
    0, or where rays are parallel what depths are taken from.
    """

    faces: NDArray[np.int32]
    normals: NDArray[np.int32]
    relief: NDArray[np.float32]
    first_faces: NDArray[np.int32]
    shading: NDArray[np.float32]
    light: NDArray[np.float32]
    cull: bool
    flat: float = 0.0


class Records(NamedTuple):
    """Quads with a hit, one after the other: (q, 2), (q * 48,), (q * 32,), (q * 16,)."""

    corners: NDArray[np.int32]
    vertices: NDArray[np.int32]
    weights: NDArray[np.float32]
    grounds: NDArray[np.int32]


def pack_normals(normals: NDArray[np.floating]) -> NDArray[np.int32]:
    """Unit normals (n, 3) as (n,) words: x and y in 11 bits each from the lowest, z in 10; within 0.06 degrees."""
    x, y, z = np.rint(normals * np.array((1023, 1023, 511), np.float32)).astype(np.int32).T
    return x & 2047 | (y & 2047) << 11 | z << 22


@kernel
def interpolate(values, first, a, b, c, wa, wb, wc, hit):
    """The values of the three vertices, mixed; vertex 0 is `values[first]`."""
    return (
        wa * L.gather_f32_at(values, first, a, hit)
        + wb * L.gather_f32_at(values, first, b, hit)
        + wc * L.gather_f32_at(values, first, c, hit)
    )


@kernel
def matte_light(scene, ambient, diffuse, a, b, c, wa, wb, wc, back, hit):
    """ambient + diffuse max(0, n.l): Lambert's law, n the interpolated normal of the side that is seen."""
    a = L.gather_i32(scene.normals, a, hit)
    b = L.gather_i32(scene.normals, b, hit)
    c = L.gather_i32(scene.normals, c, hit)
    nx = wa * L.to_float(a << 21 >> 21) + wb * L.to_float(b << 21 >> 21) + wc * L.to_float(c << 21 >> 21)
    ny = wa * L.to_float(a << 10 >> 21) + wb * L.to_float(b << 10 >> 21) + wc * L.to_float(c << 10 >> 21)
    nz = (wa * L.to_float(a >> 22) + wb * L.to_float(b >> 22) + wc * L.to_float(c >> 22)) * _Z_SCALE
    length = L.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-20))
    facing = (nx * scene.light[0] + ny * scene.light[1] + nz * scene.light[2]) / length
    facing = L.maximum(L.where(back, -facing, facing), np.float32(0))
    return L.minimum(ambient + diffuse * facing, LIGHT_LIMIT)


@kernel
def see_row(left, top, v, samples, scene, at, records):
    """Append what quad row `v` of the tile at (`left`, `top`) sees to `records` from `at` on; return their end."""
    zero = np.float32(0)
    one = np.float32(1)
    for u in range(QUADS):
        quad = (v * QUADS + u) * 16
        owner = L.load_i32(samples.owner, quad)
        hit = owner >= 0
        if L.any_lane(hit):
            number = owner >> 1
            a = L.gather_i32(scene.faces, number * 3, hit)
            b = L.gather_i32(scene.faces, number * 3 + 1, hit)
            c = L.gather_i32(scene.faces, number * 3 + 2, hit)
            depth = one / L.load_f32(samples.nearness, quad)
            if scene.flat > 0:
                depth = L.splat(one)
            # held to 0..1: a very thin triangle's are not exact
            wb = L.minimum(L.maximum(L.load_f32(samples.second, quad) * depth, zero), one)
            wc = L.minimum(L.maximum(L.load_f32(samples.third, quad) * depth, zero), one - wb)
            wa = one - wb - wc
            layer = L.splat(np.int32(0))
            ambient = L.splat(scene.shading[0, 0])
            diffuse = L.splat(scene.shading[0, 1])
            for k in range(1, len(scene.first_faces)):
                later = number >= scene.first_faces[k]
                layer = L.where(later, np.int32(k), layer)
                ambient = L.where(later, scene.shading[k, 0], ambient)
                diffuse = L.where(later, scene.shading[k, 1], diffuse)
            light = matte_light(scene, ambient, diffuse, a, b, c, wa, wb, wc, (owner & 1) != 0, hit)
            ground = L.to_int(light * LIGHT_UNIT) << 10 | layer << 1
            if len(scene.relief) > 0:
                height = interpolate(scene.relief, 0, a, b, c, wa, wb, wc, hit)
                ground = L.where(height > zero, ground | 1, ground)
            records.corners[at, 0] = left + 2 * u
            records.corners[at, 1] = top + 2 * v
            L.store(records.vertices, at * 48, a)
            L.store(records.vertices, at * 48 + 16, b)
            L.store(records.vertices, at * 48 + 32, c)
            L.store(records.weights, at * 32, wb)
            L.store(records.weights, at * 32 + 16, wc)
            L.store(records.grounds, at * 16, L.where(hit, ground, np.int32(-1)))
            at += 1
    return at


@kernel
def see_tile(tile, bins, scene, projected, samples):
    """Rasterise a tile into `samples`; returns its left column and top row, in pixels."""
    left = tile % bins.across * TILE
    top = tile // bins.across * TILE
    first = bins.firsts[tile]
    last = bins.firsts[tile + 1]
    raster_tile(left, top, bins.numbers, first, last, scene.faces, projected, scene.cull, scene.flat, samples)
    return left, top


@kernel
def remember(begin, end, bins, scene, projected, starts, records):
    """Keep what tiles `begin` to `end` see in `records`, tile k from `starts[k]` on."""
    samples = tile_of_samples()
    for tile in range(begin, end):
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left, top = see_tile(tile, bins, scene, projected, samples)
            at = starts[tile]
            for v in range(QUADS):
                at = see_row(left, top, v, samples, scene, at, records)
