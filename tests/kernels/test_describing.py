"""The kernels alone; whole levels are compared with NumPy where they are converted."""

import numpy as np
import pytest

from brainreel.kernels import describing
from brainreel.kernels.bricks import SIZE

WHOLE = (SIZE, SIZE, SIZE)


def described(brick, first=0.0, per_value=1.0):
    is_real = brick.dtype.kind == "f"
    low, high = (-np.inf, np.inf) if is_real else (np.iinfo(brick.dtype).min, np.iinfo(brick.dtype).max)
    extremes = np.array([high, low], brick.dtype)
    faces, mask = np.zeros((6, 2), np.uint8), np.full(32, 255, np.uint8)
    ranges = np.empty((2, describing.RANGES), brick.dtype)
    describing.describe(brick[None], first, per_value, ranges, extremes[None], faces[None], mask[None])
    bins = np.flatnonzero(np.unpackbits(mask, bitorder="little")).tolist()
    return extremes.tolist(), faces, bins


def test_bins_hold_what_interpolation_gives_and_faces_what_they_have():
    brick = np.full(WHOLE, 10, np.float32)
    brick[0], brick[:, :, -1] = 12, 7
    _, faces, bins = described(brick.ravel())
    assert bins == [7, 8, 9, 10, 11, 12]
    assert faces.tolist() == [[7, 12], [7, 10], [7, 12], [7, 12], [10, 12], [7, 7]]


def test_endless_values_lie_in_the_outermost_bins_and_nan_in_none():
    _, _, bins = described(np.full(SIZE**3, np.inf, np.float32))
    assert bins == [255]
    _, _, bins = described(np.full(SIZE**3, -np.inf, np.float32))
    assert bins == [0]
    _, faces, bins = described(np.full(SIZE**3, np.nan, np.float32))
    assert not bins
    assert (faces[:, 0] > faces[:, 1]).all()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_one_voxel_anywhere_is_in_the_extremes_and_in_the_bins_of_its_cells(dtype):
    for place in [(0, 0, 0), (63, 63, 63), (8, 8, 8), (7, 40, 63), (32, 0, 5), (63, 17, 24)]:
        brick = np.full(WHOLE, 100, dtype)
        brick[place] = 105
        extremes, faces, bins = described(brick.ravel())
        assert extremes == [100, 105]
        assert bins == [100, 101, 102, 103, 104, 105]
        on = [place[k // 2] == (0, SIZE - 1)[k % 2] for k in range(6)]
        assert faces.tolist() == [[100, 105 if there else 100] for there in on]


def test_extremes_pass_over_nan():
    brick = np.full(WHOLE, np.nan, np.float32)
    brick[3, 4, 5], brick[60, 1, 2] = -2, 7
    extremes, _, bins = described(brick.ravel())
    assert extremes == [-2, 7]
    assert bins == [0, 7]
