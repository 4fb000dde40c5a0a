"""Reading what sixteen rays need of a uint8 brick at once, where they lie close together: a block for all of them.

Where a voxel covers two pixels or so, the corners of sixteen neighbouring rays' samples lie in 4**3 voxels: one gather
reads them, a word of four voxels along x for each of 16 rows, and permuting its bytes hands every ray its corners. That
takes a quarter of the time of a gather for each pair of corners. Only the least step of any ray and the least place
where one begins are needed to know where the block is.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel as kernel

f32 = np.float32

ROOM = f32(1 / 64)  # voxels: more than positions err by

NO_BLOCK = None

ALL_BYTES = 0x01010101
NEXT_ROW, NEXT_SLICE = 4 * ALL_BYTES, 16 * ALL_BYTES


@kernel
def find_block(eye, local, last, origin):
    """Whether samples 0 .. `last` of all rays, `local` apart, fit into blocks; the least step of any ray; and the least
    place where any begins, which is `eye` where `origin` is ()."""
    least = (L.min_lane(local[0]), L.min_lane(local[1]), L.min_lane(local[2]))
    x, y, z = L.max_lane(local[0]) - least[0], L.max_lane(local[1]) - least[1], L.max_lane(local[2]) - least[2]
    if len(origin) == 0:
        return max(x, max(y, z)) * last <= f32(2) - f32(2) * ROOM, least, eye
    begin = (L.min_lane(eye[0]), L.min_lane(eye[1]), L.min_lane(eye[2]))
    x = x * last + (L.max_lane(eye[0]) - begin[0])
    y = y * last + (L.max_lane(eye[1]) - begin[1])
    z = z * last + (L.max_lane(eye[2]) - begin[2])
    return max(x, max(y, z)) <= f32(2) - f32(2) * ROOM, least, begin


@kernel
def first_voxel(k, block, bottom, top):
    """The first voxel (x, y, z) of the block of sample `k`: any ray's is up to two further on along each axis."""
    _, least, begin = block
    return (
        np.floor(min(max(begin[0] + k * least[0] - ROOM, bottom), top)),
        np.floor(min(max(begin[1] + k * least[1] - ROOM, bottom), top)),
        np.floor(min(max(begin[2] + k * least[2] - ROOM, bottom), top)),
    )


@kernel
def corners_of_block(pool, base, side, voxel, first):
    """The 8 voxels around each ray: pairs along x at (y, z) = (0, 0), (1, 0), (0, 1), (1, 1)."""
    lane = L.iota()
    start = base + (int(first[2]) * side + int(first[1])) * side + int(first[0])
    block = L.gather_at(pool, start, ((lane >> 2) * side + (lane & 3)) * side, lane >= 0)
    x, y, z = voxel[0] - first[0], voxel[1] - first[1], voxel[2] - first[2]
    places = (
        L.to_int(z * f32(16) + (y * f32(4) + x)) * ALL_BYTES + 0x05040100
    )  # two along x, two along x in the next row
    front, back = L.permute_bytes(block, places), L.permute_bytes(block, places + NEXT_SLICE)
    return (
        (_byte(front, 0), _byte(front, 8)),
        (_byte(front, 16), _byte(front, 24)),
        (_byte(back, 0), _byte(back, 8)),
        (_byte(back, 16), _byte(back, 24)),
    )


@kernel
def rows_of_block(pool, base, side, voxel, first):
    """The 8 voxels around each ray with one before and one after along x: four in a row, at the same four (y, z)."""
    lane = L.iota()
    start = base + (int(first[2]) * side + int(first[1])) * side + int(first[0])
    rows = ((lane >> 2) * side + (lane & 3)) * side
    west, east = L.gather_at(pool, start - 1, rows, lane >= 0), L.gather_at(pool, start + 1, rows, lane >= 0)
    x, y, z = voxel[0] - first[0], voxel[1] - first[1], voxel[2] - first[2]
    # A row is -1, 0, 1, 2 in `west` and 1, 2, 3, 4 in `east`.
    along = L.where(x < f32(1), 0x03020100, L.where(x < f32(2), 0x42030201, 0x43424140))
    places = L.to_int(z * f32(16) + y * f32(4)) * ALL_BYTES + along
    return (
        _four(L.permute_two_blocks(west, east, places)),
        _four(L.permute_two_blocks(west, east, places + NEXT_ROW)),
        _four(L.permute_two_blocks(west, east, places + NEXT_SLICE)),
        _four(L.permute_two_blocks(west, east, places + (NEXT_ROW + NEXT_SLICE))),
    )


@kernel
def outer_pairs_of_block(pool, base, side, voxel, first):
    """Pairs along x around the corners of each ray: two words each of rows before and after along y, then along z.

    The first of two is that of the voxel's slice (row), the second that of the next. Reads a cross of rows: 6 rows from
    -1 on of each of 4 slices are words 0 .. 23, 4 rows of the slices before and after them 24 .. 31.
    """
    lane = L.iota()
    start = base + (int(first[2]) * side + int(first[1])) * side + int(first[0])
    x, y, z = L.to_int(voxel[0] - first[0]), L.to_int(voxel[1] - first[1]), L.to_int(voxel[2] - first[2])
    low = L.gather_at(pool, start, _cross_row(lane, side), lane >= 0)
    high = L.gather_at(pool, start, _cross_row(lane + 16, side), lane >= 0)
    row = z * 6 + y  # of the row before
    south = _two_pairs(low, high, x, row, row + 6)
    north = _two_pairs(low, high, x, row + 3, row + 9)
    before = L.where(z == 0, y + 24, row - 5)
    below = _two_pairs(low, high, x, before, before + 1)
    after = L.where(z == 2, y + 28, row + 13)
    above = _two_pairs(low, high, x, after, after + 1)
    return south, north, below, above


@kernel
def _cross_row(word, side):
    """Where in a brick, from the block's first voxel, the row of a word of the cross begins."""
    inner = word < 24
    z = L.where(inner, (word * 43) >> 8, ((word - 24) >> 2) * 5 - 1)  # 43 / 256 is a sixth for words below 24
    y = L.where(inner, word - z * 6 - 1, (word - 24) & 3)
    return (z * side + y) * side


@kernel
def _two_pairs(low, high, x, first, second):
    """Voxels x, x + 1 of two words of the cross."""
    places = (first * 4 + x) * 0x0101 + ((second * 4 + x) * 0x0101 << 16) + 0x01000100
    word = L.permute_two_blocks(low, high, places)
    return (_byte(word, 0), _byte(word, 8)), (_byte(word, 16), _byte(word, 24))


@kernel
def _four(word):
    return _byte(word, 0), _byte(word, 8), _byte(word, 16), _byte(word, 24)


@kernel
def _byte(word, shift):
    return L.to_float((word >> shift) & 255)
