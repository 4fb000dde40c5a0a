"""Triangles to sub-samples: what each sample of a tile sees, by exact integer edge functions.

A pixel has four samples, one in each of its columns and rows of 1/4 pixel (a rotated grid). A quad is 2 x 2 pixels, 16
samples, one a lane: lane k is sample k & 3 of pixel k >> 2 (in reading order). A tile is 32 x 32 quads.
A sample on an edge that two triangles share belongs to exactly one of them; of two triangles at the same depth the one
with the lower number is seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.binning import TILE
from brainreel.kernels.compiler import kernel

QUADS = TILE // 2
"""Quads in a row of a tile."""

SAMPLE_OFFSETS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))
"""Where a pixel's samples lie, (x, y) from its top left corner in pixels."""

_UNIFORM = (1 << 30) - 1


class Samples(NamedTuple):
    """What a tile's samples see, (QUADS * QUADS * 16,) each.

    `nearness` is 1 / depth (for parallel rays a length less the depth, see `binning`), 0 where nothing is seen; `owner`
    twice the triangle's number, + 1 where its back shows, -1 where nothing is seen; `second` and `third` are the
    weights of its second and third vertex, times 1 / depth where rays are not parallel.
    """

    nearness: NDArray[np.float32]
    owner: NDArray[np.int32]
    second: NDArray[np.float32]
    third: NDArray[np.float32]


class Peeled(NamedTuple):
    """What was seen before, sample by sample: `nearness` and `owner` as Samples have them, infinitely near and -1 at
    first. `floor`: nothing is seen that is less near.
    """

    nearness: NDArray[np.float32]
    owner: NDArray[np.int32]
    floor: NDArray[np.float32]


@kernel
def is_behind(at, nearness, name, peeled):
    """(16 lanes) whether the triangle `name` is next to be seen; of two at one depth the lower number comes first."""
    before = L.load_f32(peeled.nearness, at)
    later = (nearness == before) & (L.load_i32(peeled.owner, at) < name)
    return ((nearness < before) | later) & (nearness >= L.load_f32(peeled.floor, at))


@kernel
def tile_of_samples():
    """Room for a tile."""
    count = QUADS * QUADS * 16
    return Samples(
        np.empty(count, np.float32), np.empty(count, np.int32), np.empty(count, np.float32), np.empty(count, np.float32)
    )


@kernel
def sample_column():
    """(16 lanes) quarters of a pixel from a quad's leftmost samples to each: 1, 3, 0, 2 in a pixel."""
    lane = L.iota()
    turn = (lane & 3) * 2 + 1
    return L.where(turn < 5, turn, turn - 5) + (lane & 4)


@kernel
def sample_row():
    """(16 lanes) quarters of a pixel from a quad's topmost samples to each: 0, 1, 2, 3 in a pixel."""
    lane = L.iota()
    return (lane & 3) + ((lane & 8) >> 1)


@kernel
def edge_at_first_sample(ux, uy, x, y):
    """The edge function of the edge (ux, uy) through (x, y), at the place (32, 32): at least 0 for samples inside.

    In units of 64, rounded down: between samples it changes by whole units, so its sign stays exact. Samples on the
    edge are inside for one direction of the edge and outside for the other. As int32: within a tile it changes by less
    than 2**30, so where it is beyond that, it has one sign in the whole tile and keeps it.
    """
    outside = 0 if uy < 0 or (uy == 0 and ux > 0) else 1
    edge = (ux * (32 - y) - uy * (32 - x) - outside) >> 6
    return np.int32(min(max(edge, -_UNIFORM), _UNIFORM))


@kernel
def edge_in_quad(first, ux, uy, u, v):
    """(16 lanes) an edge function in quad (u, v), from its value at the tile's first sample."""
    column = sample_column()
    row = sample_row()
    return row * np.int32(ux) - column * np.int32(uy) + (first + np.int32(8) * np.int32(v * ux - u * uy))


@kernel
def plane(a, b, c, abx, aby, acx, acy, area, ax, ay):
    """The linear function that is `a`, `b`, `c` at a triangle's vertices: at the place (32, 32), and its steps.

    Steps are from sample column to column and row to row. Edges (abx, aby), (acx, acy) and twice the area, signed.
    """
    per = 64 / np.float64(area)
    right = ((b - a) * acy - (c - a) * aby) * per
    down = ((c - a) * abx - (b - a) * acx) * per
    return a + ((32 - ax) * right + (32 - ay) * down) / 64, right, down


@kernel
def raster_tile(left, top, numbers, first, last, faces, projected, cull, flat, peeled, samples):
    """See triangles `numbers[first:last]` in the tile whose corner is at (`left`, `top`), in pixels.

    Where `cull`, only triangles that turn their front to the camera are seen. `flat` is 0 but for parallel rays.
    `peeled` is None, or what to see behind: see Peeled. Then `numbers` keeps from `first` on only those that are behind
    it anywhere, and what is returned is where they end: what is seen behind that later is among them.
    """
    nearness, owner, second, third = samples
    nearness[:] = 0
    owner[:] = -1
    column = L.to_float(sample_column())
    row = L.to_float(sample_row())
    kept = first
    for k in range(first, last):
        number = numbers[k]
        a = faces[number, 0]
        b = faces[number, 1]
        c = faces[number, 2]
        ax = np.int64(projected.x[a]) - left * 256
        ay = np.int64(projected.y[a]) - top * 256
        abx = np.int64(projected.x[b]) - projected.x[a]
        aby = np.int64(projected.y[b]) - projected.y[a]
        acx = np.int64(projected.x[c]) - projected.x[a]
        acy = np.int64(projected.y[c]) - projected.y[a]
        area = abx * acy - acx * aby
        if area == 0 or (cull and area > 0):
            continue
        near_a = np.float64(projected.inverse[a])
        near_b = np.float64(projected.inverse[b])
        near_c = np.float64(projected.inverse[c])
        least = np.float32(min(near_a, near_b, near_c))
        most = np.float32(max(near_a, near_b, near_c))
        # 1 / depth and weight / depth are linear in the picture; for parallel rays depth and weight
        z, z_right, z_down = plane(near_a, near_b, near_c, abx, aby, acx, acy, area, ax, ay)
        second_weight, third_weight = (1.0, 1.0) if flat > 0 else (near_b, near_c)
        s, s_right, s_down = plane(0.0, second_weight, 0.0, abx, aby, acx, acy, area, ax, ay)
        t, t_right, t_down = plane(0.0, 0.0, third_weight, abx, aby, acx, acy, area, ax, ay)
        z_lanes = column * np.float32(z_right) + row * np.float32(z_down)
        s_lanes = column * np.float32(s_right) + row * np.float32(s_down)
        t_lanes = column * np.float32(t_right) + row * np.float32(t_down)
        name = np.int32(2 * number)
        if area < 0:
            abx, acx = acx, abx
            aby, acy = acy, aby
        else:
            name += np.int32(1)
        first_u = max((ax + min(0, abx, acx) + 31) >> 9, 0)
        last_u = min((ax + max(0, abx, acx) - 32) >> 9, QUADS - 1)
        first_v = max((ay + min(0, aby, acy) + 31) >> 9, 0)
        last_v = min((ay + max(0, aby, acy) - 32) >> 9, QUADS - 1)
        bcx = acx - abx
        bcy = acy - aby
        edge_a = edge_in_quad(edge_at_first_sample(bcx, bcy, ax + abx, ay + aby), bcx, bcy, first_u, first_v)
        edge_b = edge_in_quad(edge_at_first_sample(-acx, -acy, ax, ay), -acx, -acy, first_u, first_v)
        edge_c = edge_in_quad(edge_at_first_sample(abx, aby, ax, ay), abx, aby, first_u, first_v)
        stays = False
        for v in range(first_v, last_v + 1):
            a_edge = edge_a
            b_edge = edge_b
            c_edge = edge_c
            for u in range(first_u, last_u + 1):
                inside = (a_edge | b_edge | c_edge) >= 0
                if L.any_lane(inside):
                    at = (v * QUADS + u) * 16
                    new = z_lanes + np.float32(z + 8 * (u * z_right + v * z_down))
                    new = L.minimum(L.maximum(new, least), most)
                    old = L.load_f32(nearness, at)
                    seen = inside & (new > old)
                    if peeled is not None:
                        behind = inside & (new > np.float32(0)) & is_behind(at, new, name, peeled)
                        stays |= L.any_lane(behind)
                        seen = seen & behind
                    new_second = s_lanes + np.float32(s + 8 * (u * s_right + v * s_down))
                    new_third = t_lanes + np.float32(t + 8 * (u * t_right + v * t_down))
                    L.store(nearness, at, L.where(seen, new, old))
                    L.store(owner, at, L.where(seen, name, L.load_i32(owner, at)))
                    L.store(second, at, L.where(seen, new_second, L.load_f32(second, at)))
                    L.store(third, at, L.where(seen, new_third, L.load_f32(third, at)))
                a_edge = a_edge - np.int32(8 * bcy)
                b_edge = b_edge + np.int32(8 * acy)
                c_edge = c_edge - np.int32(8 * aby)
            edge_a = edge_a + np.int32(8 * bcx)
            edge_b = edge_b - np.int32(8 * acx)
            edge_c = edge_c + np.int32(8 * abx)
        if peeled is not None and stays:
            numbers[kept] = number
            kept += 1
    return kept
