import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.kernels.downsample import halve_labels
from brainreel.kernels.pool import Pool
from brainreel.store.labels import NumberedLabels
from brainreel.store.pyramid import build_pyramid
from contracts.volumes import MemoryVolume

WHOLE = (slice(0, 6), slice(0, 7), slice(0, 8))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32])
def test_numbers_lead_back_to_the_labels_however_the_volume_is_read(dtype):
    rng = np.random.default_rng(0)
    labels = rng.choice(np.array([0, 4, 250, 17]), (6, 7, 8)).astype(dtype)
    if dtype != np.uint8:
        labels *= 40_000
    numbered = NumberedLabels(MemoryVolume(labels))
    parts = [numbered.read((slice(z, z + 2), *WHOLE[1:])) for z in (0, 2, 4)]
    numbers = np.concatenate(parts)
    assert numbers.dtype == numbered.dtype
    assert numbers.max() == 3
    assert np.array_equal(numbered.labels[numbers], labels.astype(np.int64))


def test_more_labels_than_fit_are_refused():
    many = MemoryVolume(np.arange(70_000, dtype=np.int32).reshape(1, 1, -1))
    with pytest.raises(FormatError, match="65,536"):
        NumberedLabels(many).read((slice(0, 1), slice(0, 1), slice(0, 70_000)))


def test_halving_keeps_what_most_voxels_have():
    fine = np.array([[[1, 1], [1, 2]], [[2, 2], [3, 3]]], np.uint16)
    coarse = np.empty((1, 1, 1), np.uint16)
    halve_labels(0, 1, fine, (2, 2, 2), coarse)
    assert coarse[0, 0, 0] == 2


def test_a_pyramid_of_labels_holds_labels_on_every_level():
    labels = np.random.default_rng(1).choice(np.array([0, 1000, -5]), (70, 40, 30))
    with Pool(1) as pool:
        pyramid = build_pyramid(MemoryVolume(labels), 1, pool, labels=True)
    assert sorted(pyramid.labels) == [-5, 0, 1000]
    assert pyramid.pool.max() == 2
    assert pyramid.pool.dtype == np.uint16
    side = 66
    first = pyramid.pool[: side**3].reshape(side, side, side)[1:65, 1:41, 1:31]
    assert np.array_equal(pyramid.labels[first], labels[:64])
