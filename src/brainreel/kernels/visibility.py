"""What each sample sees, in the terms that colours are made of: three vertices, weights, light and ground.

A record is one quad with a hit: `corner` its left column and top row in pixels; `vertices` 3 x 16 vertex numbers (those
of one corner of the triangles together); `weights` 2 x 16, perspective-correct, of the second and third; `grounds` 16
words, -1 where a sample sees nothing, else `light << 10 | layer << 1 | dark`, light in 1 / LIGHT_UNIT; `shines` 16
highlights, 0..1, if any layer has some; `bare` has bits of paints that are known to show nothing there. Records are all
that pictures are coloured from, whether kept or made anew for a frame, so both have the same pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.binning import TILE
from brainreel.kernels.compiler import kernel
from brainreel.kernels.raster import QUADS, raster_tile, sample_column, sample_row, tile_of_samples

LAYER_LIMIT = 512
"""Bound of the number of layers."""

BLOCK = 8
"""Quads of a tile that lie in a block of so many by so many are kept side by side."""

BARE_BITS = 8
"""Paints of parcels that a record can know of."""

_Z_SCALE = np.float32(1023 / 511)
LIGHT_UNIT = np.float32(1 << 20)
LIGHT_LIMIT = np.float32(1.9999)
RECORD_BYTES = 2 * 4 + 48 * 4 + 32 * 4 + 16 * 4 + 1
SHINE_BYTES = 16 * 4


class Scene(NamedTuple):
    """All layers' triangles, one after the other, and how they are lit.

    `faces` (m, 3) int32; `normals` (n,) int32 per vertex, outwards, as `pack_normals` gives them; `relief` (n,)
    float32, dark where positive, or (0,); `open` (n,) float32, the part of light that comes there, or (0,); layer k
    begins at triangle `first_faces[k]` int32 and has `shading[k]`, float32 ambient, diffuse, specular and its power,
    and `alphas[k]`; `light` (3,) float32 points to the light; `rays` (3, 3) float32: from the eye to the picture's left
    top corner, and how that changes from pixel to pixel to the right and down; where `cull`, only fronts are seen;
    `flat` is 0, or where rays are parallel what depths are taken from; triangles from `opaque` on are translucent.
    """

    faces: NDArray[np.int32]
    normals: NDArray[np.int32]
    relief: NDArray[np.float32]
    open: NDArray[np.float32]
    first_faces: NDArray[np.int32]
    shading: NDArray[np.float32]
    alphas: NDArray[np.float32]
    light: NDArray[np.float32]
    rays: NDArray[np.float32]
    cull: bool
    flat: float
    opaque: int
    glossy: bool


class Records(NamedTuple):
    """Quads with a hit, one after the other: (q, 2), (q * 48,), (q * 32,), (q * 16,), (q * 16,) or (0,), and (q,)."""

    corners: NDArray[np.int32]
    vertices: NDArray[np.int32]
    weights: NDArray[np.float32]
    grounds: NDArray[np.int32]
    shines: NDArray[np.float32]
    bare: NDArray[np.uint8]


@kernel
def room_for_records(count, glossy):
    """Room for `count` records."""
    return Records(
        np.empty((count, 2), np.int32),
        np.empty(count * 48, np.int32),
        np.empty(count * 32, np.float32),
        np.empty(count * 16, np.int32),
        np.empty(count * 16 if glossy else 0, np.float32),
        np.zeros(count, np.uint8),
    )


@kernel
def room_for_row(scene):
    """Room for what one row of quads sees."""
    return room_for_records(QUADS, scene.glossy)


def pack_normals(normals: NDArray[np.floating]) -> NDArray[np.int32]:
    """Unit normals (n, 3) as (n,) words: x and y in 11 bits each from the lowest, z in 10; within 0.06 degrees."""
    x, y, z = np.rint(normals * np.array((1023, 1023, 511), np.float32)).astype(np.int32).T
    return x & 2047 | (y & 2047) << 11 | z << 22


@kernel
def interpolate(values, first, a, b, c, wa, wb, wc, hit):
    """The values of the three vertices, mixed; vertex 0 is `values[first]`.

    Held between them: rounding alone would lead beyond limits that they keep, and make another of three that are equal.
    """
    a = L.gather_f32_at(values, first, a, hit)
    b = L.gather_f32_at(values, first, b, hit)
    c = L.gather_f32_at(values, first, c, hit)
    mixed = wa * a + wb * b + wc * c
    # as the second of the two a mixture that is NaN stays one
    return L.maximum(L.minimum(a, L.minimum(b, c)), L.minimum(L.maximum(a, L.maximum(b, c)), mixed))


@kernel
def mixed_normals(scene, a, b, c, wa, wb, wc, hit):
    """(16 lanes) the normals of three vertices, mixed, and how long that is."""
    a = L.gather_i32(scene.normals, a, hit)
    b = L.gather_i32(scene.normals, b, hit)
    c = L.gather_i32(scene.normals, c, hit)
    nx = wa * L.to_float(a << 21 >> 21) + wb * L.to_float(b << 21 >> 21) + wc * L.to_float(c << 21 >> 21)
    ny = wa * L.to_float(a << 10 >> 21) + wb * L.to_float(b << 10 >> 21) + wc * L.to_float(c << 10 >> 21)
    nz = (wa * L.to_float(a >> 22) + wb * L.to_float(b >> 22) + wc * L.to_float(c >> 22)) * _Z_SCALE
    return nx, ny, nz, L.sqrt(nx * nx + ny * ny + nz * nz + np.float32(1e-20))


@kernel
def power(base, exponent):
    """`base` (16 lanes, 0..1) ** `exponent`: squares for its whole part, square roots for ten bits of the rest."""
    result = L.splat(np.float32(1))
    whole = int(exponent)
    rest = exponent - np.float32(whole)
    square, root = base, base
    while whole > 0:
        if whole & 1:
            result = result * square
        square = square * square
        whole >>= 1
    for _ in range(10):
        root = L.sqrt(root)
        rest = rest + rest
        if rest >= np.float32(1):
            result = result * root
            rest = rest - np.float32(1)
    return result


@kernel
def highlights(scene, x, y, layer, nx, ny, nz, facing, hit):
    """specular max(0, r.v)^power where light falls, Phong's law: r the light mirrored at the unit normal, v to the eye.

    `x`, `y`: the samples' places in pixels; `facing` n.l of the normal (16 lanes) of the side that is seen.
    """
    vx = -(scene.rays[0, 0] + x * scene.rays[1, 0] + y * scene.rays[2, 0])
    vy = -(scene.rays[0, 1] + x * scene.rays[1, 1] + y * scene.rays[2, 1])
    vz = -(scene.rays[0, 2] + x * scene.rays[1, 2] + y * scene.rays[2, 2])
    along = (nx * vx + ny * vy + nz * vz) * facing
    along = along + along - (scene.light[0] * vx + scene.light[1] * vy + scene.light[2] * vz)
    cosine = L.maximum(along / L.sqrt(vx * vx + vy * vy + vz * vz), np.float32(0))
    shine = L.splat(np.float32(0))
    for k in range(len(scene.shading)):
        mine = hit & (layer == k) & (facing > np.float32(0))
        if scene.shading[k, 2] > 0 and L.any_lane(mine):
            shine = L.where(mine, scene.shading[k, 2] * power(cosine, scene.shading[k, 3]), shine)
    return shine


@kernel
def see_row(left, top, v, samples, scene, at, records):
    """Append what quad row `v` of the tile at (`left`, `top`) sees to `records` from `at` on; return their end."""
    return see_quads(left, top, v, 0, QUADS, samples, scene, at, records)


@kernel
def see_quads(left, top, v, begin, end, samples, scene, at, records):
    """`see_row` of the row's quads `begin` to `end`."""
    zero = np.float32(0)
    one = np.float32(1)
    for u in range(begin, end):
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
            nx, ny, nz, length = mixed_normals(scene, a, b, c, wa, wb, wc, hit)
            back = (owner & 1) != 0
            facing = (nx * scene.light[0] + ny * scene.light[1] + nz * scene.light[2]) / length
            facing = L.where(back, -facing, facing)
            light = L.minimum(ambient + diffuse * L.maximum(facing, zero), LIGHT_LIMIT)
            if len(scene.open) > 0:
                light = light * interpolate(scene.open, 0, a, b, c, wa, wb, wc, hit)
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
            if scene.glossy:
                outwards = L.where(back, -one / length, one / length)
                x = (L.to_float(sample_column()) + np.float32(0.5)) * np.float32(0.25) + np.float32(left + 2 * u)
                y = (L.to_float(sample_row()) + np.float32(0.5)) * np.float32(0.25) + np.float32(top + 2 * v)
                sides = nx * outwards, ny * outwards, nz * outwards
                shine = highlights(scene, x, y, layer, *sides, facing, hit)
                if len(scene.open) > 0:
                    shine = shine * interpolate(scene.open, 0, a, b, c, wa, wb, wc, hit)
                L.store(records.shines, at * 16, shine)
            at += 1
    return at


@kernel
def see_tile(tile, bins, scene, projected, samples):
    """Rasterise a tile into `samples`; returns its left column and top row, in pixels."""
    left = tile % bins.across * TILE
    top = tile // bins.across * TILE
    first = bins.firsts[tile]
    last = bins.firsts[tile + 1]
    surface = scene.faces, projected, scene.cull, scene.flat
    raster_tile(left, top, bins.numbers, first, last, *surface, None, samples)
    return left, top


@kernel
def remember(begin, end, bins, scene, projected, starts, records):
    """Keep what tiles `begin` to `end` see in `records`, tile k from `starts[k]` on, block by block."""
    samples = tile_of_samples()
    for tile in range(begin, end):
        if bins.firsts[tile] < bins.firsts[tile + 1]:
            left, top = see_tile(tile, bins, scene, projected, samples)
            at = starts[tile]
            for block in range((QUADS // BLOCK) ** 2):
                u, above = block % (QUADS // BLOCK) * BLOCK, block // (QUADS // BLOCK) * BLOCK
                for v in range(above, above + BLOCK):
                    at = see_quads(left, top, v, u, u + BLOCK, samples, scene, at, records)
