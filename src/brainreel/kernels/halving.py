"""Bricks at half the size, as a coarser level has them.

Bricks are flat, SIZE**3 voxels in C order (z, y, x). Indices are unsigned: signed ones would be tested for wrap-around,
and nothing would become vectors.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import borrowing_kernel, kernel
from brainreel.kernels.lanes.memory import BLOCK

u64 = np.uint64


@kernel
def mean_pairs(bricks, item, factors, sign, coarse, start, pitches):
    """`mean_whole` of the bytes of bricks (bricks, bytes), of voxels of `item` 1 or 2 bytes that are halved along x.

    `sign`: 0, or of signed voxels an int32 that has their sign bits. The results go side by side to byte `start` of the
    bytes of a band, `coarse`, whose slices and rows are `pitches` (z, y) apart.
    """
    for k in range(len(bricks)):
        _mean_pairs(bricks[k], item, factors, sign, coarse, start + k * (SIZE // 2) * item, pitches)


@kernel
def _mean_pairs(brick, item, factors, sign, coarse, start, pitches):
    run = SIZE * item
    up, down = (factors[1] - 1) * run, (factors[0] - 1) * SIZE * run
    for z in range(0, SIZE, factors[0]):
        for y in range(0, SIZE, factors[1]):
            row = (z * SIZE + y) * run
            target = start + z // factors[0] * pitches[0] + y // factors[1] * pitches[1]
            for at in range(row, row + run, BLOCK):
                near = _pairs(brick, item, sign, at) + _pairs(brick, item, sign, at + up)
                total = near + near
                if down:
                    total = near + _pairs(brick, item, sign, at + down) + _pairs(brick, item, sign, at + down + up)
                if item == 1:
                    even = L.logical_shift_right(total, 3) & 0x00010001
                    mean = L.logical_shift_right(total + even + 0x00030003, 3) & 0x00FF00FF
                    mean = mean | L.logical_shift_right(mean, 8)
                else:
                    even = L.logical_shift_right(total, 3) & 1
                    mean = L.logical_shift_right(total + even + 3, 3)
                L.store_low_halves(coarse, target + (at - row) // 2, mean ^ sign)


@borrowing_kernel
def _pairs(brick, item, sign, at):
    """The sums of neighbours: of bytes two in each lane, of pairs of bytes one."""
    block = L.load_block(brick, at) ^ sign
    if item == 1:
        return (block & 0x00FF00FF) + (L.logical_shift_right(block, 8) & 0x00FF00FF)
    return (block & 0xFFFF) + L.logical_shift_right(block, 16)


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
