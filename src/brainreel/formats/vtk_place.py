"""Where the points of VTK's images lie."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def place_of_points(
    origin: Sequence[float],
    spacing: Sequence[float],
    direction: Sequence[float],
    first: Sequence[int] = (0, 0, 0),
    of_cells: bool = False,
) -> NDArray[np.float64]:
    """`world_from_voxel` (4, 4) of an image whose point (0, 0, 0) is at `origin`, in VTK's coordinates as they are.

    `direction` (9) has the axes as columns, row by row; voxel 0 is point `first`, half a voxel on where it is a cell.
    """
    affine = np.eye(4)
    with np.errstate(all="ignore"):  # what is not finite is refused later
        affine[:3, :3] = np.array(direction, float).reshape(3, 3) * np.array(spacing, float)
        affine[:3, 3] = origin + affine[:3, :3] @ (np.array(first, float) + 0.5 * of_cells)
    return affine + 0.0
