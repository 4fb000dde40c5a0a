"""Bricks with halo out of stored ones without: each stored brick is pasted into all that need some of it.

A brick's slot in a pool holds (SIZE + 2 halo)**3 voxels. A `side` (0..26) says where a stored brick lies as seen from
the one it is pasted into: (dz + 1) * 9 + (dy + 1) * 3 + dx + 1.
"""

import numpy as np

from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import borrowing_kernel, kernel

u64 = np.uint64


@kernel
def paste(begin, end, stored, slots, sides, halo, minus, pool):
    """Paste parts begin .. end - 1 of the flat brick `stored` into `slots`.

    `minus` is taken from whole numbers; in a pool of float32 what is not finite becomes NaN.
    """
    edge = SIZE + 2 * halo
    for part in range(begin, end):
        base = np.int64(slots[part]) * edge * edge * edge
        z0, z1, dz = _span(sides[part] // 9 - 1, halo)
        y0, y1, dy = _span(sides[part] // 3 % 3 - 1, halo)
        x0, x1, dx = _span(sides[part] % 3 - 1, halo)
        for z in range(z0, z1):
            for y in range(y0, y1):
                source = ((z - dz) * SIZE + y - dy) * SIZE + x0 - dx
                target = base + (z * edge + y) * edge + x0
                _paste_row(stored, u64(source), u64(x1 - x0), minus, pool, u64(target))


@borrowing_kernel
def _paste_row(stored, source, count, minus, pool, target):
    """A row of voxels; indices are unsigned, or nothing would become vectors."""
    if pool.itemsize == 4:
        for x in range(u64(0), count):
            value = np.float32(stored[source + x])
            pool[target + x] = value if np.isfinite(value) else np.float32(np.nan)
    elif minus:
        for x in range(u64(0), count):
            pool[target + x] = stored[source + x] - minus
    else:
        for x in range(u64(0), count):
            pool[target + x] = stored[source + x]


@kernel
def copy_out(slot, halo, pool, stored):
    """The voxels that a brick in a pool owns, flat and as the pool has them."""
    edge = SIZE + 2 * halo
    base = np.int64(slot) * edge * edge * edge
    for z in range(SIZE):
        for y in range(SIZE):
            source = base + ((z + halo) * edge + y + halo) * edge + halo
            _paste_row(pool, u64(source), u64(SIZE), 0, stored, u64((z * SIZE + y) * SIZE))


@kernel
def _span(step, halo):
    """Where along an axis a part lies in a brick, from and to, and what is taken from that to be in the stored one."""
    if step < 0:
        return 0, halo, halo - SIZE
    if step > 0:
        return halo + SIZE, 2 * halo + SIZE, halo + SIZE
    return halo, halo + SIZE, halo


@kernel
def extend(slot, begins, ends, halo, pool):
    """Repeat the outermost voxels in the halo where the volume ends: `begins`, `ends` (3,) bools, along z, y, x."""
    edge = SIZE + 2 * halo
    base = np.int64(slot) * edge * edge * edge
    for axis in range(2, -1, -1):
        along = edge * edge if axis == 0 else edge if axis == 1 else 1
        down = edge if axis == 0 else edge * edge
        across = edge if axis == 2 else 1
        for k in range(halo):
            for i in range(edge):
                for j in range(edge):
                    at = base + i * down + j * across
                    if begins[axis]:
                        pool[at + k * along] = pool[at + halo * along]
                    if ends[axis]:
                        pool[at + (halo + SIZE + k) * along] = pool[at + (halo + SIZE - 1) * along]
