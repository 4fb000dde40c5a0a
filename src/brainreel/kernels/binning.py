"""Vertices to the picture, and triangles to the tiles that they touch.

Places in the picture are whole numbers of 1/256 pixel from its top left corner, y down; a pixel has a sample in each of
its four columns and rows of 64, at their centres. A tile is 64 x 64 pixels. No place is further from the picture's
centre than LARGEST_PICTURE / 2, across or down: what is must be clipped before, so that edge functions fit an int32.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel

TILE = 64
"""Edge of a tile in pixels."""

LARGEST_PICTURE = 1 << 13
"""Bound of a picture's width and height in pixels."""

VERTEX_BLOCK = 1 << 14
"""Vertices that `project` takes at a time."""

FACE_BLOCK = 1 << 13
"""Triangles that `select` and `fill` take at a time; the order of a tile's triangles does not depend on threads."""

_EXACT_AREA = 1 << 15
_PLACE_LIMIT = np.float32(1 << 24)
_NEAREST = np.float32(1e-30)
_FARTHEST = np.float32(3e38)


class Projected(NamedTuple):
    """Vertices in the picture: places `x`, `y` int32 and `inverse` depth float32, all (n + 16,).

    Where rays are parallel `inverse` is `project`'s `flat` less the depth.
    """

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    inverse: NDArray[np.float32]


class Bins(NamedTuple):
    """The triangles that may touch tile k, ascending: `numbers[firsts[k]:firsts[k + 1]]`; `across` tiles in a row."""

    numbers: NDArray[np.int32]
    firsts: NDArray[np.int64]
    across: int


@kernel
def place(distance, center):
    """The nearest place to `center` + `distance`, and a far one for what is far off."""
    limited = L.maximum(L.minimum(distance, _PLACE_LIMIT), -_PLACE_LIMIT)
    return L.to_int(L.floor(limited + center + np.float32(0.5)))


@kernel
def project(begin, end, points, camera, center, flat, projected, extremes):
    """Places and inverse depths of blocks `begin` to `end` of `points` (n, 3) float32.

    `camera` (4, 3) float32: right and down, scaled to 1/256 px at depth 1, forward, eye; `center` (2,) float32 in
    1/256 px. `extremes` (blocks, 2) float32 receives the least depth, and the largest distance from the picture's
    centre, across or down. Places of vertices behind the camera mean nothing. `flat` is 0, or where rays are parallel
    more than any depth; right and down are then scaled to 1/256 px at any depth.
    """
    count = len(points)
    for block in range(begin, end):
        nearest = L.splat(_FARTHEST)
        widest = L.splat(np.float32(0))
        for i in range(block * VERTEX_BLOCK, min(count, (block + 1) * VERTEX_BLOCK), 16):
            vertex = L.iota() + i
            live = vertex < count
            px = L.gather_f32(points, vertex * 3, live) - camera[3, 0]
            py = L.gather_f32(points, vertex * 3 + 1, live) - camera[3, 1]
            pz = L.gather_f32(points, vertex * 3 + 2, live) - camera[3, 2]
            depth = px * camera[2, 0] + py * camera[2, 1] + pz * camera[2, 2]
            inverse = np.float32(1) / L.maximum(depth, _NEAREST)
            if flat > 0:
                inverse = L.splat(np.float32(1))
            x = (px * camera[0, 0] + py * camera[0, 1] + pz * camera[0, 2]) * inverse
            y = (px * camera[1, 0] + py * camera[1, 1] + pz * camera[1, 2]) * inverse
            nearest = L.minimum(nearest, L.where(live, depth, _FARTHEST))
            far = L.maximum(L.maximum(x, -x), L.maximum(y, -y))
            widest = L.maximum(widest, L.where(live, far, np.float32(0)))
            L.store(projected.x, i, place(x, center[0]))
            L.store(projected.y, i, place(y, center[1]))
            L.store(projected.inverse, i, np.float32(flat) - depth if flat > 0 else inverse)
        extremes[block, 0] = L.min_lane(nearest)
        extremes[block, 1] = L.max_lane(widest)


@kernel
def select(begin, end, faces, projected, size, cull, numbers, boxes, kept, counts):
    """Keep, of blocks `begin` to `end` of `faces` (m, 3) int32, the triangles whose box holds a sample of the picture.

    `size` (width, height) in pixels; where `cull`, only triangles that turn their front to the camera are kept. The
    kept ones of block k lie in `numbers` and `boxes` (m + 16,) from k * FACE_BLOCK on, `kept[k]` of them; a box is its
    first and last tile column and row, a byte each. `counts` (blocks, tiles) receives the triangles of each tile.
    """
    count = len(faces)
    width, height = size
    across = (width + TILE - 1) // TILE
    down = (height + TILE - 1) // TILE
    for block in range(begin, end):
        counts[block] = 0
        start = block * FACE_BLOCK
        at = start
        for i in range(start, min(count, start + FACE_BLOCK), 16):
            face = L.iota() + i
            live = face < count
            a = L.gather_i32(faces, face * 3, live)
            b = L.gather_i32(faces, face * 3 + 1, live)
            c = L.gather_i32(faces, face * 3 + 2, live)
            ax = L.gather_i32(projected.x, a, live)
            ay = L.gather_i32(projected.y, a, live)
            bx = L.gather_i32(projected.x, b, live)
            by = L.gather_i32(projected.y, b, live)
            cx = L.gather_i32(projected.x, c, live)
            cy = L.gather_i32(projected.y, c, live)
            left = L.minimum(ax, L.minimum(bx, cx))
            right = L.maximum(ax, L.maximum(bx, cx))
            top = L.minimum(ay, L.minimum(by, cy))
            bottom = L.maximum(ay, L.maximum(by, cy))
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            exact = (right - left < _EXACT_AREA) & (bottom - top < _EXACT_AREA)
            live = live & (~exact | (area < 0 if cull else area != 0))
            # samples lie at 64 k + 32
            first_column = (left + 31) >> 6
            last_column = (right - 32) >> 6
            first_row = (top + 31) >> 6
            last_row = (bottom - 32) >> 6
            live = live & (first_column <= last_column) & (first_row <= last_row)
            live = live & (last_column >= 0) & (last_row >= 0)
            live = live & (first_column < 4 * width) & (first_row < 4 * height)
            found = L.bits(live)
            if found != 0:
                box = L.maximum(first_column, 0) >> 8
                box = box | L.minimum(last_column >> 8, across - 1) << 8
                box = box | L.maximum(first_row, 0) >> 8 << 16
                box = box | L.minimum(last_row >> 8, down - 1) << 24
                L.compress_i32(numbers, at, face, live)
                L.compress_i32(boxes, at, box, live)
                at += L.count_bits(found)
        kept[block] = at - start
        for k in range(start, at):
            box = boxes[k]
            for v in range(box >> 16 & 255, (box >> 24 & 255) + 1):
                for u in range(box & 255, (box >> 8 & 255) + 1):
                    counts[block, v * across + u] += 1


@kernel
def offsets(counts, firsts):
    """`counts` (blocks, tiles) become where each block's triangles begin in the tiles' lists; returns their total.

    The lists are one after the other, that of tile k from `firsts[k]` on.
    """
    total = 0
    for tile in range(counts.shape[1]):
        firsts[tile] = total
        for block in range(counts.shape[0]):
            count = counts[block, tile]
            counts[block, tile] = total
            total += count
    firsts[counts.shape[1]] = total
    return total


@kernel
def fill(begin, end, numbers, boxes, kept, starts, across, listed):
    """Write the triangles that blocks `begin` to `end` kept into the tiles' lists; `starts` is what `offsets` left."""
    for block in range(begin, end):
        for k in range(block * FACE_BLOCK, block * FACE_BLOCK + kept[block]):
            box = boxes[k]
            for v in range(box >> 16 & 255, (box >> 24 & 255) + 1):
                for u in range(box & 255, (box >> 8 & 255) + 1):
                    at = starts[block, v * across + u]
                    listed[at] = numbers[k]
                    starts[block, v * across + u] = at + 1
