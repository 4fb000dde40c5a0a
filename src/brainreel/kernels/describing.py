"""What there is to know of the values of a brick, so that a transfer function can be changed without reading any.

Each brick is flat, SIZE**3 voxels in C order (z, y, x); where they leave the volume the nearest voxel is repeated.
Indices are unsigned: signed ones would be tested for wrap-around, and nothing would become vectors.
"""

import numpy as np

from brainreel.kernels.bricks import CELL, CELLS, SIZE
from brainreel.kernels.compiler import borrowing_kernel, kernel

BINS = 256
RANGES = CELLS * CELLS * SIZE
"""Elements of each of the two rows of scratch that `describe` needs."""

u64 = np.uint64


@kernel
def describe(bricks, first_bin, bins_per_value, ranges, extremes, faces, masks):
    """What a transfer function can meet in each of `bricks`, in BINS bins from `first_bin` on.

    The outermost bins also hold what is beyond. `extremes` (bricks, 2) come as those of the type, the greatest first,
    and become the least and the greatest value; NaN is passed over. `faces` (bricks, 6, 2): the least and the greatest
    bin of the faces z, y, x, each first and last; the greater first where a face has NaN alone. `masks` (bricks,
    BINS / 8), bits little first: set where interpolation between a brick's own voxels can come. `ranges` (2, RANGES) is
    scratch.
    """
    for k in range(len(bricks)):
        _describe(bricks[k], first_bin, bins_per_value, ranges, extremes[k], faces[k], masks[k])


@kernel
def _describe(brick, first_bin, bins_per_value, ranges, extremes, faces, mask):
    greatest, least = extremes[0], extremes[1]
    lows, highs = ranges[0], ranges[1]
    _range_of_cells(brick, greatest, least, lows, highs)
    changes = np.zeros(BINS + 1, np.int32)
    for row in range(u64(0), u64(RANGES), u64(SIZE)):
        for x in range(u64(0), u64(CELLS)):
            low, high = greatest, least
            first = row + x * u64(CELL)
            for i in range(first, min(first + u64(CELL + 1), row + u64(SIZE))):
                low = min(lows[i], low)
                high = max(highs[i], high)
            if low <= high:
                changes[_bin(low, first_bin, bins_per_value)] += 1
                changes[_bin(high, first_bin, bins_per_value) + 1] -= 1
    inside = 0
    for k in range(BINS):
        inside += changes[k]
        mask[k >> 3] = (mask[k >> 3] if k & 7 else 0) | (1 << (k & 7) if inside > 0 else 0)
    for row in range(u64(SIZE), u64(RANGES), u64(SIZE)):  # into the first: at each x the range over all z and y
        for x in range(u64(0), u64(SIZE)):
            lows[x] = min(lows[row + x], lows[x])
            highs[x] = max(highs[row + x], highs[x])
    _keep_face(lows[0], highs[0], first_bin, bins_per_value, faces, 4)
    _keep_face(lows[SIZE - 1], highs[SIZE - 1], first_bin, bins_per_value, faces, 5)
    extremes[0], extremes[1] = _range_of_row(lows, highs, greatest, least)
    for face in range(4):
        step = SIZE if face < 2 else SIZE * SIZE
        start = (face & 1) * (SIZE - 1) * (SIZE * SIZE if face < 2 else SIZE)
        for x in range(u64(0), u64(SIZE)):
            lows[x] = greatest
            highs[x] = least
        for k in range(0, SIZE, CELL):
            _widen(brick, u64(start + k * step), u64(step), u64(start + k * step), lows, highs, u64(0))
        low, high = _range_of_row(lows, highs, greatest, least)
        _keep_face(low, high, first_bin, bins_per_value, faces, face)


@borrowing_kernel
def _range_of_cells(brick, greatest, least, lows, highs):
    """The ranges over the rows of each row of cells (z, y) and those next to it, at each x."""
    for z in range(u64(0), u64(CELLS)):
        for y in range(u64(0), u64(CELLS)):
            here = (z * u64(CELLS) + y) * u64(SIZE)
            for x in range(u64(0), u64(SIZE)):
                lows[here + x] = greatest
                highs[here + x] = least
            for k in range(z * u64(CELL), min(z * u64(CELL) + u64(CELL + 1), u64(SIZE))):
                row = (k * u64(SIZE) + y * u64(CELL)) * u64(SIZE)
                last = row + u64(SIZE) * min(u64(CELL), u64(SIZE - 1) - y * u64(CELL))
                _widen(brick, row, u64(SIZE), last, lows, highs, here)


@borrowing_kernel
def _widen(brick, row, step, last, lows, highs, here):
    """Widen the ranges from `here` on by CELL rows, `step` apart from `row` on, and by the one at `last`."""
    for x in range(u64(0), u64(SIZE)):
        low, high = lows[here + x], highs[here + x]
        for k in range(u64(0), u64(CELL)):
            value = brick[row + k * step + x]
            low = value if value < low else low
            high = value if value > high else high
        value = brick[last + x]
        lows[here + x] = value if value < low else low
        highs[here + x] = value if value > high else high


@borrowing_kernel
def _range_of_row(lows, highs, low, high):
    for x in range(SIZE):
        low = min(lows[x], low)
        high = max(highs[x], high)
    return low, high


@borrowing_kernel
def _bin(value, first_bin, bins_per_value):
    place = (value - first_bin) * bins_per_value
    return np.int64(min(max(place, 0.0), BINS - 1.0))  # bounded first: what is endless is no integer


@borrowing_kernel
def _keep_face(low, high, first_bin, bins_per_value, faces, face):
    faces[face, 0] = BINS - 1
    faces[face, 1] = 0
    if low <= high:
        faces[face, 0] = _bin(low, first_bin, bins_per_value)
        faces[face, 1] = _bin(high, first_bin, bins_per_value)


@kernel
def join_faces(begin, end, grid, faces, masks, joined):
    """Add to the bins of bricks begin .. end - 1 those between their outermost voxels and their neighbours'.

    `grid` (z, y, x) counts bricks, which are in C order; `faces` (bricks, 6, 2) and bits `masks` (bricks, BINS / 8) are
    as `describe` has them; `joined` is as large. A place near an edge lies between voxels of up to four bricks, at a
    corner of eight: what is between any two of them that include the brick's own covers it.
    """
    changes = np.empty(BINS + 1, np.int32)
    for brick in range(begin, end):
        x, y, z = brick % grid[2], brick // grid[2] % grid[1], brick // (grid[2] * grid[1])
        changes[:] = 0
        for place in range(27):
            dx, dy, dz = place % 3 - 1, place // 3 % 3 - 1, place // 9 - 1
            if not (0 <= x + dx < grid[2] and 0 <= y + dy < grid[1] and 0 <= z + dz < grid[0]) or place == 13:
                continue
            other = ((z + dz) * grid[1] + y + dy) * grid[2] + x + dx
            low, high = _facing(faces, brick, dz, dy, dx)
            far_low, far_high = _facing(faces, other, -dz, -dy, -dx)
            if low <= high and far_low <= far_high:
                changes[min(low, far_low)] += 1
                changes[max(high, far_high) + 1] -= 1
        inside = 0
        for k in range(BINS):
            inside += changes[k]
            bit = np.uint8(1 << (k & 7)) if inside > 0 else np.uint8(0)
            joined[brick, k >> 3] = (masks[brick, k >> 3] if k & 7 == 0 else joined[brick, k >> 3]) | bit


@kernel
def _facing(faces, brick, dz, dy, dx):
    """The range of bins of the face, edge or corner in a direction."""
    low, high = 0, BINS - 1
    for axis in range(3):
        step = dz if axis == 0 else dy if axis == 1 else dx
        if step:
            row = 2 * axis + (1 if step > 0 else 0)
            low = max(low, np.int64(faces[brick, row, 0]))
            high = min(high, np.int64(faces[brick, row, 1]))
    return low, high
