"""What a store keeps of a brick of SIZE**3 voxels: the same at half the size, and what there is to know of its values.

Bricks are flat, SIZE**3 voxels in C order (z, y, x); where they leave the volume the nearest voxel is repeated. Indices
are unsigned: signed ones would be tested for wrap-around, and nothing would become vectors.
"""

import numpy as np

from brainreel.kernels.bricks import CELL, CELLS, SIZE
from brainreel.kernels.compiler import kernel

BINS = 256

u64 = np.uint64


@kernel
def mean_whole(brick, factors, sums, coarse):
    """Means of groups of `factors` (z, y, x), 1 or 2 and not all 1, of whole numbers, rounded half to even.

    Half up would brighten a pyramid from level to level. `sums` (SIZE,) of an integer that holds 8 voxels is scratch;
    `coarse` is as flat and has 1 / factors of the voxels.
    """
    fz, fy, fx = u64(factors[0]), u64(factors[1]), u64(factors[2])
    width, rows = u64(SIZE) // fx, u64(SIZE) // fy
    members = fz * fy * fx
    kind = sums.dtype.type
    bits = kind((members > u64(1)) + (members > u64(2)) + (members > u64(4)))
    below_half = kind((np.int64(members) >> 1) - 1)
    one = kind(1)
    for z in range(u64(0), u64(SIZE) // fz):
        for y in range(u64(0), rows):
            _add_rows(brick, z, y, fz, fy, fx, width, sums)
            at = (z * rows + y) * width
            for x in range(u64(0), width):
                total = sums[x]
                coarse[at + x] = (total + below_half + ((total >> bits) & one)) >> bits


@kernel
def _add_rows(brick, z, y, fz, fy, fx, width, sums):
    """The sums of a row of groups."""
    kind = sums.dtype.type
    for x in range(u64(0), width):
        sums[x] = 0
    for dz in range(u64(0), fz):
        for dy in range(u64(0), fy):
            row = ((z * fz + dz) * u64(SIZE) + y * fy + dy) * u64(SIZE)
            if fx == u64(2):
                for x in range(u64(0), width):
                    sums[x] += kind(brick[row + u64(2) * x]) + kind(brick[row + u64(2) * x + u64(1)])
            else:
                for x in range(u64(0), width):
                    sums[x] += brick[row + x]


@kernel
def mean_real(brick, factors, whole, sums, counts, coarse):
    """As `mean_whole`, of real numbers; NaN is passed over where a group has other voxels.

    `sums` and `counts` (SIZE,) float64 are scratch. `whole`: rounded half to even, for numbers too large for
    `mean_whole`.
    """
    fz, fy, fx = u64(factors[0]), u64(factors[1]), u64(factors[2])
    width, rows = u64(SIZE) // fx, u64(SIZE) // fy
    for z in range(u64(0), u64(SIZE) // fz):
        for y in range(u64(0), rows):
            for x in range(u64(0), width):
                sums[x] = 0.0
                counts[x] = 0.0
            for dz in range(u64(0), fz):
                for dy in range(u64(0), fy):
                    row = ((z * fz + dz) * u64(SIZE) + y * fy + dy) * u64(SIZE)
                    for dx in range(u64(0), fx):
                        for x in range(u64(0), width):
                            value = np.float64(brick[row + x * fx + dx])
                            sums[x] += value if value == value else 0.0
                            counts[x] += 1.0 if value == value else 0.0
            at = (z * rows + y) * width
            for x in range(u64(0), width):
                mean = sums[x] / counts[x]
                coarse[at + x] = np.rint(mean) if whole else mean


@kernel
def greatest(brick, factors, coarse):
    """The greatest of each group; NaN is passed over where a group has other voxels."""
    _pick(brick, factors, coarse, 1)


@kernel
def first(brick, factors, coarse):
    """The first of each group, as a stride leaves it."""
    _pick(brick, factors, coarse, 0)


@kernel
def _pick(brick, factors, coarse, greatest):
    at = u64(0)
    for z in range(u64(0), u64(SIZE), u64(factors[0])):
        for y in range(u64(0), u64(SIZE), u64(factors[1])):
            for x in range(u64(0), u64(SIZE), u64(factors[2])):
                found = brick[(z * u64(SIZE) + y) * u64(SIZE) + x]
                if greatest:
                    for dz in range(u64(factors[0])):
                        for dy in range(u64(factors[1])):
                            for dx in range(u64(factors[2])):
                                value = brick[((z + dz) * u64(SIZE) + y + dy) * u64(SIZE) + x + dx]
                                if value > found or found != found:
                                    found = value
                coarse[at] = found
                at += u64(1)


@kernel
def most_frequent(brick, factors, group, coarse):
    """What most voxels of each group have, the largest of several; `group` (8,) is scratch."""
    at = u64(0)
    for z in range(u64(0), u64(SIZE), u64(factors[0])):
        for y in range(u64(0), u64(SIZE), u64(factors[1])):
            for x in range(u64(0), u64(SIZE), u64(factors[2])):
                count = 0
                for dz in range(u64(factors[0])):
                    for dy in range(u64(factors[1])):
                        for dx in range(u64(factors[2])):
                            group[count] = brick[((z + dz) * u64(SIZE) + y + dy) * u64(SIZE) + x + dx]
                            count += 1
                best, most = group[0], 0
                for i in range(count):
                    alike = 0
                    for j in range(count):
                        alike += group[i] == group[j]
                    if alike > most or (alike == most and group[i] > best):
                        best, most = group[i], alike
                coarse[at] = best
                at += u64(1)


@kernel
def mean_angle(brick, factors, period, whole, coarse):
    """The mean direction of each group of angles that repeat after `period` (180: axes, which have no sign).

    It is the direction of the sum of unit vectors at 2 pi value / period, in 0 .. period; where they cancel, the first
    voxel's. `whole`: rounded, a period being 0 again.
    """
    turn = 2 * np.pi / period
    at = u64(0)
    for z in range(u64(0), u64(SIZE), u64(factors[0])):
        for y in range(u64(0), u64(SIZE), u64(factors[1])):
            for x in range(u64(0), u64(SIZE), u64(factors[2])):
                along, across = 0.0, 0.0
                for dz in range(u64(factors[0])):
                    for dy in range(u64(factors[1])):
                        for dx in range(u64(factors[2])):
                            angle = brick[((z + dz) * u64(SIZE) + y + dy) * u64(SIZE) + x + dx] * turn
                            along += np.cos(angle)
                            across += np.sin(angle)
                mean = np.arctan2(across, along) / turn
                mean = mean + period if mean < 0 else mean
                if whole:
                    mean = np.rint(mean)
                    mean = mean - period if mean >= period else mean
                if along * along + across * across < 1e-12:
                    coarse[at] = brick[(z * u64(SIZE) + y) * u64(SIZE) + x]
                else:
                    coarse[at] = mean
                at += u64(1)


@kernel
def find_extremes(brick, extremes, lows, highs):
    """The least and the greatest value into `extremes` (2,), which come as those of the type, the greatest first.

    NaN is passed over; where there is nothing else they stay so. `lows`, `highs` (SIZE,) are scratch.
    """
    for x in range(u64(0), u64(SIZE)):
        lows[x] = extremes[0]
        highs[x] = extremes[1]
    for row in range(u64(0), u64(SIZE * SIZE * SIZE), u64(SIZE)):
        for x in range(u64(0), u64(SIZE)):
            value = brick[row + x]
            lows[x] = value if value < lows[x] else lows[x]
            highs[x] = value if value > highs[x] else highs[x]
    for x in range(SIZE):
        extremes[0] = min(lows[x], extremes[0])
        extremes[1] = max(highs[x], extremes[1])


@kernel
def describe(brick, extremes, first_bin, bins_per_value, lows, highs, faces, occupied):
    """What a transfer function can meet in a brick, in BINS bins from `first_bin` on; the last hold what is beyond.

    `extremes` (2,): those of the type, the greatest first. `faces` (6, 2): the least and the greatest bin of the faces
    z, y, x, each first and last; the greater first where a face has NaN alone. `occupied` (BINS,): 1 where
    interpolation between the brick's own voxels can come. `lows`, `highs` (SIZE,) are scratch.
    """
    changes = np.zeros(BINS + 1, np.int32)
    for z in range(u64(0), u64(CELLS)):
        for y in range(u64(0), u64(CELLS)):
            _range_of_rows(brick, z, y, extremes, lows, highs)
            for x in range(u64(0), u64(CELLS)):
                low, high = extremes[0], extremes[1]
                for i in range(x * u64(CELL), min(x * u64(CELL) + u64(CELL + 1), u64(SIZE))):
                    low = min(lows[i], low)
                    high = max(highs[i], high)
                if low <= high:
                    changes[_bin(low, first_bin, bins_per_value)] += 1
                    changes[_bin(high, first_bin, bins_per_value) + 1] -= 1
    inside = 0
    for k in range(BINS):
        inside += changes[k]
        occupied[k] = 1 if inside > 0 else 0
    for axis in range(3):
        _range_of_face(brick, axis, 0, extremes, first_bin, bins_per_value, faces)
        _range_of_face(brick, axis, SIZE - 1, extremes, first_bin, bins_per_value, faces)


@kernel
def _bin(value, first_bin, bins_per_value):
    place = (value - first_bin) * bins_per_value
    return np.int64(min(max(place, 0.0), BINS - 1.0))  # bounded first: what is endless is no integer


@kernel
def _range_of_rows(brick, z, y, extremes, lows, highs):
    """The range over the rows of a row of cells and those next to it, at each x."""
    for x in range(u64(0), u64(SIZE)):
        lows[x] = extremes[0]
        highs[x] = extremes[1]
    for k in range(z * u64(CELL), min(z * u64(CELL) + u64(CELL + 1), u64(SIZE))):
        for j in range(y * u64(CELL), min(y * u64(CELL) + u64(CELL + 1), u64(SIZE))):
            row = (k * u64(SIZE) + j) * u64(SIZE)
            for x in range(u64(0), u64(SIZE)):
                value = brick[row + x]
                lows[x] = value if value < lows[x] else lows[x]
                highs[x] = value if value > highs[x] else highs[x]


@kernel
def _range_of_face(brick, axis, place, extremes, first_bin, bins_per_value, faces):
    along = u64(SIZE * SIZE) if axis == 0 else u64(SIZE) if axis == 1 else u64(1)
    down = u64(SIZE) if axis == 0 else u64(SIZE * SIZE)
    across = u64(SIZE) if axis == 2 else u64(1)
    low, high = extremes[0], extremes[1]
    for i in range(u64(0), u64(SIZE)):
        for j in range(u64(0), u64(SIZE)):
            value = brick[along * u64(place) + i * down + j * across]
            low = value if value < low else low
            high = value if value > high else high
    row = 2 * axis + (1 if place else 0)
    faces[row, 0] = BINS - 1
    faces[row, 1] = 0
    if low <= high:
        faces[row, 0] = _bin(low, first_bin, bins_per_value)
        faces[row, 1] = _bin(high, first_bin, bins_per_value)


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
