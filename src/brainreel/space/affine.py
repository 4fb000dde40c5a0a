"""4x4 affines, named `to_from_from`: `world = world_from_voxel @ voxel`."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def apply_affine(affine: ArrayLike, points: ArrayLike) -> NDArray[np.float64]:
    """`points` (..., 3) mapped by `affine` (4, 4), in float64."""
    matrix = np.asarray(affine, float)
    return np.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]


def axis_lengths(affine: ArrayLike) -> tuple[float, float, float]:
    """Lengths of the images of the unit axes (x, y, z): a volume's spacing."""
    x, y, z = np.linalg.norm(np.asarray(affine, float)[:3, :3], axis=0)
    return float(x), float(y), float(z)


def is_invertible(affine: ArrayLike) -> bool:
    """Whether `affine` (4, 4) is finite, ends in (0, 0, 0, 1) and does not flatten space."""
    matrix = np.asarray(affine, float)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.allclose(matrix[3], (0, 0, 0, 1)):
        return False
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    return bool((lengths > 0).all() and abs(np.linalg.det(matrix[:3, :3] / lengths)) > 1e-6)
