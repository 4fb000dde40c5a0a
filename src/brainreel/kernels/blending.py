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
                column, fu = _place(u - lower[0], width)
                row, fv = _place(v - lower[1], height)
                slab, fw = _place(w - lower[2], depth)
                front = _between_rows(source, slab, row, column, fu, fv)
                value = front
                if fw > 0:
                    back = _between_rows(source, slab + 1, row, column, fu, fv)
                    value = front + (back - front) * fw
                out[k, j, i] = value if source.itemsize == 4 else np.rint(value)


@kernel
def _place(position, count):
    """The voxel before a position and how far after it that lies, 0..1; never beyond the last voxel."""
    held = min(max(position, 0.0), count - 1.0)
    first = np.floor(held)
    return int(first), held - first


@kernel
def _between_rows(source, k, j, i, fu, fv):
    front = _along_row(source, k, j, i, fu)
    if fv > 0:
        return front + (_along_row(source, k, j + 1, i, fu) - front) * fv
    return front


@kernel
def _along_row(source, k, j, i, fu):
    value = float(source[k, j, i])
    if fu > 0:
        value += (float(source[k, j, i + 1]) - value) * fu
    return value
