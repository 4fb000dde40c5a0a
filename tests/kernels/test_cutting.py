import numpy as np
import pytest

from brainreel.kernels import cutting
from brainreel.kernels.bricks import SIZE


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(64, 64, 256), (130, 64, 201), (3, 5, 70), (64, 1, 193), (1, 1, 1)])
def test_bricks_side_by_side_are_cut_and_the_nearest_voxel_goes_on(dtype, shape):
    rows = np.random.default_rng(0).integers(0, 255, shape).astype(dtype)
    item = rows.itemsize
    wide = np.pad(rows, [(0, SIZE * 3 - shape[0]), (0, SIZE - shape[1]), (0, SIZE * 5 - shape[2])], "edge")
    for layer in range(-(-shape[0] // SIZE)):
        for column in range(-(-shape[2] // SIZE)):
            count = min(4, -(-shape[2] // SIZE) - column)
            bricks = np.zeros((count, SIZE, SIZE, SIZE), dtype)
            start = layer * SIZE * rows.strides[0] + column * SIZE * item
            extent = shape[0] - layer * SIZE, shape[1], shape[2] - column * SIZE
            pitches = rows.strides[:2]
            cutting.cut(rows.reshape(-1).view("u1"), start, pitches, extent, item, count, bricks.reshape(-1).view("u1"))
            for k, brick in enumerate(bricks):
                at = (column + k) * SIZE
                assert np.array_equal(brick, wide[layer * SIZE : (layer + 1) * SIZE, :SIZE, at : at + SIZE])
