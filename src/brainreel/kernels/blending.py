"""Two moments of a volume into one, and volumes onto other grids."""

import numpy as np

from brainreel.kernels.compiler import kernel

CHUNK = 1 << 16


@kernel
def blend(begin, end, first, second, weights, out):
    """Chunks begin .. end - 1 of CHUNK elements of `out`: `weights[0]` times `first` and `weights[1]` times `second`.

    Whole numbers are rounded half to even; where one of two floats is NaN so is the result.
    """
    until = min(end * CHUNK, len(out))
    a, b = np.float32(weights[0]), np.float32(weights[1])
    if out.itemsize == 4:
        for i in range(begin * CHUNK, until):
            out[i] = first[i] * a + second[i] * b
    else:
        for i in range(begin * CHUNK, until):
            out[i] = np.int32(np.rint(np.float32(first[i]) * a + np.float32(second[i]) * b))


@kernel
def resample(begin, end, source, lower, source_from_target, first, out):
    """Slices begin .. end - 1 of `out` (z, y, x): `source` (z, y, x), interpolated linearly.

    `source` is what of a volume begins at its voxel `lower` (x, y, z), `out` what of a grid begins at its `first`, and
    `source_from_target` (3, 4) says where the grid lies in the volume: a value does not depend on which part of the
    grid is made. Beyond the outermost voxels those are held. Whole numbers are rounded half to even.
    """
    matrix = source_from_target
    depth, height, width = source.shape
    for k in range(begin, end):
        z = k + first[2]
        for j in range(out.shape[1]):
            y = j + first[1]
            for i in range(out.shape[2]):
                x = i + first[0]
                u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]
                v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]
                w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
                x0, x1, fu = _place(u - lower[0], width)
                y0, y1, fv = _place(v - lower[1], height)
                z0, z1, fw = _place(w - lower[2], depth)
                front = _between(
                    _between(source[z0, y0, x0], source[z0, y0, x1], fu),
                    _between(source[z0, y1, x0], source[z0, y1, x1], fu),
                    fv,
                )
                back = _between(
                    _between(source[z1, y0, x0], source[z1, y0, x1], fu),
                    _between(source[z1, y1, x0], source[z1, y1, x1], fu),
                    fv,
                )
                value = _between(front, back, fw)
                out[k, j, i] = value if source.itemsize == 4 else np.rint(value)


@kernel
def _place(position, count):
    """The voxels before and after a position, the same where it is on one, and how far after the first it lies, 0..1.

    Never beyond the last voxel. Places are unsigned, so that none is counted from the end.
    """
    held = min(max(position, 0.0), count - 1.0)
    before = np.int64(held)
    after = held - before
    return np.uint64(before), np.uint64(before + (1 if after > 0 else 0)), after


@kernel
def _between(first, second, part):
    return float(first) + (float(second) - float(first)) * part
