"""Triangles to sub-samples: which triangle each sample of a tile sees, by exact integer edge functions.

A pixel has four samples, one in each of its columns and rows of 1/4 pixel (a rotated grid). A quad is 2 x 2 pixels, 16
samples, one a lane: lane k is sample k & 3 of pixel k >> 2 (in reading order). A tile is 32 x 32 quads.
A sample on an edge that two triangles share belongs to exactly one of them; of two triangles at the same depth the one
with the lower number is seen.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.binning import TILE
from brainreel.kernels.compiler import kernel

QUADS = TILE // 2
"""Quads in a row of a tile."""

SAMPLE_OFFSETS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))
"""Where a pixel's samples lie, (x, y) from its top left corner in pixels."""

_UNIFORM = 1 << 30


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
    edge are inside for one direction of the edge and outside for the other.
    """
    outside = 0 if uy < 0 or (uy == 0 and ux > 0) else 1
    return (ux * (32 - y) - uy * (32 - x) - outside) >> 6


@kernel
def near_zero(edge):
    """An edge function as int32; where that is too small for it, it has one sign in the whole quad and keeps that."""
    return np.int32(min(max(edge, -_UNIFORM), _UNIFORM))


@kernel
def raster_tile(left, top, numbers, first, last, faces, projected, cull, depth, owner):
    """See triangles `numbers[first:last]` in the tile whose corner is at (`left`, `top`), in pixels.

    `depth` float32 and `owner` int32 (QUADS * QUADS * 16,) receive 1 / depth, 0 for none, and the triangle, or -1.
    """
    depth[:] = 0
    owner[:] = -1
    column = sample_column()
    row = sample_row()
    for k in range(first, last):
        number = numbers[k]
        a = faces[number, 0]
        b = faces[number, 1]
        c = faces[number, 2]
        ax = np.int64(projected.x[a]) - left * 256
        ay = np.int64(projected.y[a]) - top * 256
        bx = np.int64(projected.x[b]) - left * 256
        by = np.int64(projected.y[b]) - top * 256
        cx = np.int64(projected.x[c]) - left * 256
        cy = np.int64(projected.y[c]) - top * 256
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0 or (cull and area > 0):
            continue
        if area < 0:
            b, c = c, b
            bx, cx = cx, bx
            by, cy = cy, by
            area = -area
        first_x = max((min(ax, bx, cx) + 31) >> 9, 0)
        last_x = min((max(ax, bx, cx) - 32) >> 9, QUADS - 1)
        first_y = max((min(ay, by, cy) + 31) >> 9, 0)
        last_y = min((max(ay, by, cy) - 32) >> 9, QUADS - 1)
        # edge functions: opposite a, b and c
        edge_a = edge_at_first_sample(cx - bx, cy - by, bx, by)
        edge_b = edge_at_first_sample(ax - cx, ay - cy, cx, cy)
        edge_c = edge_at_first_sample(bx - ax, by - ay, ax, ay)
        lanes_a = row * np.int32(cx - bx) - column * np.int32(cy - by)
        lanes_b = row * np.int32(ax - cx) - column * np.int32(ay - cy)
        lanes_c = row * np.int32(bx - ax) - column * np.int32(by - ay)
        # 1 / depth is linear in the picture
        at_a = np.float64(projected.inverse[a])
        per_b = (np.float64(projected.inverse[b]) - at_a) / area
        per_c = (np.float64(projected.inverse[c]) - at_a) / area
        right = (per_b * (cy - ay) - per_c * (by - ay)) * 64
        down = (per_c * (bx - ax) - per_b * (cx - ax)) * 64
        nearness = at_a + ((32 - ax) * right + (32 - ay) * down) / 64
        lanes_z = L.to_float(column) * np.float32(right) + L.to_float(row) * np.float32(down)
        for v in range(first_y, last_y + 1):
            for u in range(first_x, last_x + 1):
                inside = (
                    (lanes_a + near_zero(edge_a + 8 * (v * (cx - bx) - u * (cy - by))))
                    | (lanes_b + near_zero(edge_b + 8 * (v * (ax - cx) - u * (ay - cy))))
                    | (lanes_c + near_zero(edge_c + 8 * (v * (bx - ax) - u * (by - ay))))
                ) >= 0
                if L.any_lane(inside):
                    at = (v * QUADS + u) * 16
                    z = lanes_z + np.float32(nearness + 8 * (u * right + v * down))
                    before = L.load_f32(depth, at)
                    seen = inside & (z > before)
                    L.store(depth, at, L.where(seen, z, before))
                    L.store(owner, at, L.where(seen, number, L.load_i32(owner, at)))
