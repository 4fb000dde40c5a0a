"""Cutting a level into bricks with halo, and what of each brick a transfer function shows.

A brick owns SIZE**3 voxel cells: voxel i of it has its cell at [i - 1/2, i + 1/2). It holds `halo` voxels more on each
side; beyond the volume the nearest voxel is repeated. Cells of CELL**3 voxels know the least and the largest value that
interpolation can give in them: their voxels' and one around, because cells begin half a voxel before their first voxel.
"""

import numpy as np

from brainreel.kernels.compiler import borrowing_kernel, kernel

u64 = np.uint64

SIZE = 64
CELL = 8
CELLS = SIZE // CELL

PADDING = 4 * (SIZE + 4) ** 2  # how far reading a block of 4**3 voxels may go beyond the last brick

MIXED, ALL_IN_BOX, ALL = 0, 1, 2
SHOWN = 128

ROUNDING = 1e-2  # of an entry: more than interpolation in float32 may err


@kernel
def cut_bricks(begin, end, slab, slab_z, depth, corners, halo, numbers, pool):
    """Write bricks begin .. end - 1 into `pool`, brick `numbers[i]` from voxel `corners[i]` (x, y, z) on.

    `slab` (z, y, x) holds the level's rows from `slab_z` on, at least those that the bricks need; `depth` is how many
    rows the whole level has.
    """
    side = SIZE + 2 * halo
    rows, columns = slab.shape[1], slab.shape[2]
    for brick in range(begin, end):
        at = np.int64(numbers[brick]) * side * side * side
        x = corners[brick, 0] - halo
        inner_begin, inner_end = max(x, 0), min(x + side, columns)
        for z in range(side):
            source_z = min(max(corners[brick, 2] + z - halo, 0), depth - 1) - slab_z
            for y in range(side):
                source_y = min(max(corners[brick, 1] + y - halo, 0), rows - 1)
                for i in range(x, inner_begin):
                    pool[at + i - x] = slab[source_z, source_y, 0]
                for i in range(inner_begin, inner_end):
                    pool[at + i - x] = slab[source_z, source_y, i]
                for i in range(inner_end, x + side):
                    pool[at + i - x] = slab[source_z, source_y, columns - 1]
                at += side


@kernel
def find_ranges(begin, end, pool, halo, extremes, lowest, highest):
    """The range of values in each cell of bricks begin .. end - 1; `lowest`, `highest` (bricks, CELLS**3).

    `extremes` (2,) are the least and the largest value of the type. NaN is passed over; where a cell holds nothing
    else, lowest > highest.
    """
    side = SIZE + 2 * halo
    low = np.empty(side, pool.dtype)
    high = np.empty(side, pool.dtype)
    for brick in range(begin, end):
        base = np.int64(brick) * side * side * side
        for cz in range(CELLS):
            for cy in range(CELLS):
                first = base + ((cz * CELL + halo - 1) * side + cy * CELL + halo - 1) * side
                _row_ranges(pool, u64(first), u64(side), extremes, low, high)
                for cx in range(CELLS):
                    least, most = extremes[1], extremes[0]
                    for x in range(cx * CELL + halo - 1, cx * CELL + halo + CELL + 1):
                        least = min(low[x], least)
                        most = max(high[x], most)
                    cell = (cz * CELLS + cy) * CELLS + cx
                    lowest[brick, cell] = least
                    highest[brick, cell] = most


@borrowing_kernel
def _row_ranges(pool, first, side, extremes, low, high):
    """The range over the CELL + 2 rows and slices of a row of cells, at each x; `first` is their first voxel.

    Indices are unsigned, or nothing would become vectors.
    """
    for x in range(u64(0), side):
        low[x] = extremes[1]
        high[x] = extremes[0]
    for z in range(u64(0), u64(CELL + 2)):
        row = first + z * side * side
        for x in range(u64(0), side):
            least, most = low[x], high[x]
            for y in range(u64(0), u64(CELL + 2)):
                value = pool[row + y * side + x]
                least = value if value < least else least
                most = value if value > most else most
            low[x] = least
            high[x] = most


@kernel
def mark_cells(begin, end, lowest, highest, seen, scale, offset, shown):
    """Which cells of bricks begin .. end - 1 a transfer function shows, `shown` (bricks, CELLS**3).

    `seen` (n + 1,): how many of the table's entries before each are not transparent; entry `value * scale + offset`.
    """
    for brick in range(begin, end):
        for cell in range(CELLS**3):
            shown[brick, cell] = _is_seen(lowest[brick, cell], highest[brick, cell], seen, scale, offset)


@kernel
def measure_shown(begin, end, shown, reaches, visible):
    """Where in bricks begin .. end - 1 rays may leap, by the cells that are `shown` (bricks, CELLS**3).

    `reaches` (bricks, CELLS**3): within how many cells, along each axis, all are as visible as this one; SHOWN more
    where it is. `visible` (bricks, 7): the box of visible cells, from (x, y, z), to (x, y, z) exclusive, and MIXED,
    ALL_IN_BOX or ALL; a brick that shows nothing has an empty box.
    """
    for brick in range(begin, end):
        count = 0
        box = visible[brick]
        box[0] = box[1] = box[2] = CELLS
        box[3] = box[4] = box[5] = 0
        for cell in range(CELLS**3):
            if shown[brick, cell]:
                count += 1
                cx, cy, cz = cell % CELLS, cell // CELLS % CELLS, cell // CELLS**2
                box[0], box[1], box[2] = min(box[0], cx), min(box[1], cy), min(box[2], cz)
                box[3], box[4], box[5] = max(box[3], cx + 1), max(box[4], cy + 1), max(box[5], cz + 1)
        inside = (int(box[3]) - int(box[0])) * (int(box[4]) - int(box[1])) * (int(box[5]) - int(box[2]))
        box[6] = ALL if count == CELLS**3 else ALL_IN_BOX if count == inside else MIXED
        if box[6] == MIXED:
            _measure_reaches(shown[brick], reaches[brick])


@kernel
def _is_seen(low, high, seen, scale, offset):
    """Whether an entry between those of `low` and `high` is not transparent, with some room for rounding."""
    if not low <= high:
        return False
    top = len(seen) - 2
    first = min(max(np.floor(low * scale + offset + (0.5 - ROUNDING)), 0.0), top)
    last = min(max(np.floor(high * scale + offset + (0.5 + ROUNDING)), 0.0), top)
    return seen[np.int64(last) + 1] > seen[np.int64(first)]


@kernel
def _measure_reaches(shown, reaches):
    """The largest reach that differs by at most one between neighbours and is 0 beside what is not alike."""
    for cell in range(CELLS**3):
        reaches[cell] = CELLS
    for cell in range(CELLS**3):
        _shorten(shown, reaches, cell, -1)
    for cell in range(CELLS**3 - 1, -1, -1):
        _shorten(shown, reaches, cell, 1)
    for cell in range(CELLS**3):
        reaches[cell] += SHOWN if shown[cell] else 0


@kernel
def _shorten(shown, reaches, cell, direction):
    """Shorten the reach of a cell by the 13 neighbours that a sweep in the other direction has been to."""
    x, y, z = cell % CELLS, cell // CELLS % CELLS, cell // CELLS**2
    least = reaches[cell]
    for step in range(14, 27):  # the 26 neighbours and the cell itself are 0 .. 26; the cell is 13
        nx = x + direction * (step % 3 - 1)
        ny = y + direction * (step // 3 % 3 - 1)
        nz = z + direction * (step // 9 - 1)
        if 0 <= nx < CELLS and 0 <= ny < CELLS and 0 <= nz < CELLS:
            other = (nz * CELLS + ny) * CELLS + nx
            least = min(least, reaches[other] + 1 if shown[other] == shown[cell] else 0)
    reaches[cell] = least


@kernel
def count_values(begin, end, pool, halo, sizes, low, bins_per_value, counts):
    """How often interpolation in bricks begin .. end - 1 gives which value; `counts` (bricks, bins), zeroed.

    From one point near every second voxel along each axis, evenly spread between voxels. `sizes` (bricks, 3): how many
    voxels (x, y, z) of a brick lie in the volume. Bin 0 begins at `low`.
    """
    side = SIZE + 2 * halo
    top = counts.shape[1] - 1
    for brick in range(begin, end):
        base = np.int64(brick) * side * side * side
        point = 0
        for z in range(halo, halo + sizes[brick, 2], 2):
            for y in range(halo, halo + sizes[brick, 1], 2):
                for x in range(halo, halo + sizes[brick, 0], 2):
                    point += 1
                    value = _value_near(pool, base + (z * side + y) * side + x, side, point)
                    if value == value:
                        counts[brick, min(np.int64((value - low) * bins_per_value), top)] += 1


@kernel
def _value_near(pool, at, side, point):
    """The value between voxel `at` and the next along each axis, at point `point` of an additive recurrence."""
    fx, fy, fz = point * 0.8191725134 % 1.0, point * 0.6710436067 % 1.0, point * 0.5497004779 % 1.0
    value = 0.0
    for dz in range(2):
        for dy in range(2):
            row = at + (dz * side + dy) * side
            along = pool[row] * (1 - fx) + pool[row + 1] * fx
            value += along * (fy if dy else 1 - fy) * (fz if dz else 1 - fz)
    return value
