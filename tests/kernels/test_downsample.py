import numpy as np
import pytest

from brainreel.kernels.downsample import halve


def halved(fine, factors):
    coarse = np.empty([-(-n // f) for n, f in zip(fine.shape, factors, strict=True)], fine.dtype)
    halve(0, len(coarse), fine, factors, coarse)
    return coarse


@pytest.mark.parametrize("factors", [(2, 2, 2), (1, 2, 2), (2, 1, 1)])
def test_a_voxel_is_the_mean_of_its_group(factors):
    fine = np.random.default_rng(0).integers(0, 65535, (8, 6, 4)).astype(np.uint16)
    z, y, x = factors
    groups = fine.reshape(8 // z, z, 6 // y, y, 4 // x, x).mean((1, 3, 5))
    assert np.array_equal(halved(fine, factors), np.rint(groups))


def test_halves_round_to_even_so_that_levels_keep_their_brightness():
    fine = np.array([[[0, 1], [2, 3]], [[0, 1], [2, 3]]], np.uint8)
    assert halved(fine, (2, 2, 2))[0, 0, 0] == 2
    assert halved(fine[:, :1], (2, 1, 2))[0, 0, 0] == 0


def test_the_last_voxel_is_repeated_where_a_group_is_not_whole():
    fine = np.array([[[10, 20, 40]]], np.float32)
    assert halved(fine, (2, 2, 2)).tolist() == [[[15, 40]]]


def test_nan_is_passed_over_where_a_group_has_other_voxels():
    fine = np.array([[[np.nan, 4, np.nan, np.nan]]], np.float32)
    assert np.array_equal(halved(fine, (1, 1, 2)), [[[4, np.nan]]], equal_nan=True)
