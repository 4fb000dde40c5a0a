"""The kernels alone; whole levels are compared with NumPy where they are converted."""

import numpy as np
import pytest

from brainreel.kernels import halving
from brainreel.kernels.bricks import SIZE
from brainreel.store.reducing import Reduction

WHOLE = (SIZE, SIZE, SIZE)


def brick_of(values, dtype):
    return np.resize(np.array(values, dtype), SIZE**3)


def means(brick, factors):
    coarse = np.empty(SIZE**3 // int(np.prod(factors)), brick.dtype)
    halving.mean_whole(brick, factors, np.empty(SIZE, np.int64), coarse)
    return coarse


@pytest.mark.parametrize("factors", [(2, 1, 1), (1, 2, 1), (1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 1), (2, 2, 2)])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint32", "int32"])
def test_a_mean_is_rounded_half_to_even_whatever_is_halved(factors, dtype):
    info = np.iinfo(dtype)
    brick = np.random.default_rng(0).integers(info.min, info.max, SIZE**3, dtype, endpoint=True)
    z, y, x = factors
    groups = brick.reshape(SIZE // z, z, SIZE // y, y, SIZE // x, x).mean((1, 3, 5), dtype=float)
    assert np.array_equal(means(brick, factors), np.rint(groups).astype(dtype).ravel())


def test_halves_go_to_the_even_neighbour_below_zero_too():
    pairs = [-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3]
    assert means(brick_of(pairs, np.int8), (1, 1, 2))[:6].tolist() == [-2, -2, 0, 0, 2, 2]


def test_the_largest_of_several_equally_frequent_labels_stays():
    coarse = np.empty(SIZE**3 // 8, np.uint8)
    brick = np.zeros(WHOLE, np.uint8)
    brick[0, 0, :2], brick[1, 1, :2], brick[0, 1, :2], brick[1, 0, 0], brick[1, 0, 1] = 7, 9, 7, 9, 9
    brick[1, 0, 1] = 7
    halving.most_frequent(brick.ravel(), (2, 2, 2), np.empty(8, np.uint8), coarse)
    assert coarse[0] == 7
    brick[0, 0, 0] = 9
    halving.most_frequent(brick.ravel(), (2, 2, 2), np.empty(8, np.uint8), coarse)
    assert coarse[0] == 9


def test_directions_either_side_of_the_wrap_have_their_mean_there():
    coarse = np.empty(SIZE**3 // 2, np.float32)
    halving.mean_angle(brick_of([178, 4, 90, 0, 10, 20], np.float32), (1, 1, 2), 180.0, False, coarse)
    assert coarse[:3] == pytest.approx([1, 90, 15], abs=1e-3)  # across each other: the first


@pytest.mark.parametrize("factors", [(1, 1, 2), (1, 2, 2), (2, 1, 2), (2, 2, 2)])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
def test_means_of_pairs_are_the_same_means_at_their_place_in_a_band(factors, dtype):
    info = np.iinfo(dtype)
    brick = np.random.default_rng(1).integers(info.min, info.max, SIZE**3, dtype, endpoint=True)
    band = np.zeros((40 + SIZE, 2 * SIZE, 3 * SIZE), dtype)
    bricks, place = np.stack([brick, brick[::-1]]), (7, SIZE // 2, 33)
    Reduction("mean").for_type(band.dtype)(bricks, np.array([True, True]), factors, band, place)
    z, y, x = (SIZE // factor for factor in factors)
    expected = np.zeros_like(band)
    for k, voxels in enumerate(bricks):
        part = expected[7 : 7 + z, SIZE // 2 : SIZE // 2 + y, 33 + k * x : 33 + (k + 1) * x]
        part[...] = means(voxels, factors).reshape(z, y, x)
    assert np.array_equal(band, expected)
