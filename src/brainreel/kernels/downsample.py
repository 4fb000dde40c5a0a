"""Halving a volume: the mean of each group of voxels."""

import numpy as np

from brainreel.kernels.compiler import kernel


@kernel
def halve(begin, end, fine, factors, coarse):
    """Slices begin .. end - 1 of `coarse` from `fine` (z, y, x), `factors` (z, y, x) times as many voxels, each 1 or 2.

    Beyond the end of `fine` the last voxel is repeated. Whole numbers are rounded half to even, or a pyramid would
    brighten from level to level; NaN is passed over where a group has other voxels.
    """
    members = factors[0] * factors[1] * factors[2]
    for z in range(begin, end):
        for y in range(coarse.shape[1]):
            for x in range(coarse.shape[2]):
                total = 0.0
                count = 0
                for dz in range(factors[0]):
                    at_z = min(z * factors[0] + dz, fine.shape[0] - 1)
                    for dy in range(factors[1]):
                        at_y = min(y * factors[1] + dy, fine.shape[1] - 1)
                        for dx in range(factors[2]):
                            value = fine[at_z, at_y, min(x * factors[2] + dx, fine.shape[2] - 1)]
                            if value == value:
                                total += value
                                count += 1
                if fine.itemsize == 4:
                    coarse[z, y, x] = total / count
                else:
                    coarse[z, y, x] = np.rint(total / members)


@kernel
def halve_labels(begin, end, fine, factors, coarse):
    """As `halve`, for labels: the one that most voxels of a group have, the largest of several."""
    group = np.empty(8, fine.dtype)
    for z in range(begin, end):
        for y in range(coarse.shape[1]):
            for x in range(coarse.shape[2]):
                count = 0
                for dz in range(factors[0]):
                    at_z = min(z * factors[0] + dz, fine.shape[0] - 1)
                    for dy in range(factors[1]):
                        at_y = min(y * factors[1] + dy, fine.shape[1] - 1)
                        for dx in range(factors[2]):
                            group[count] = fine[at_z, at_y, min(x * factors[2] + dx, fine.shape[2] - 1)]
                            count += 1
                coarse[z, y, x] = _most_frequent(group, count)


@kernel
def _most_frequent(group, count):
    best, most = group[0], 0
    for i in range(count):
        alike = 0
        for j in range(count):
            alike += group[j] == group[i]
        if alike > most or (alike == most and group[i] > best):
            best, most = group[i], alike
    return best
