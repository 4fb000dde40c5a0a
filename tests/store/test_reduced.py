"""Volumes made coarser while they are read."""

import tracemalloc

import numpy as np
import pytest

from brainreel.data import Rows, TimeAxis
from brainreel.errors import BrainreelError, Interrupted
from brainreel.store import reduced
from brainreel.store.pyramid import build_pyramid
from brainreel.store.reduced import HeldVolume, ReducedSeries, ReducedVolume, coarser, full_volume, steps_of
from contracts.volume import VolumeContract, whole
from contracts.volumes import MemoryVolume, noisy_ball

ANISOTROPIC = np.array([[1.0, 0, 0, 5], [0, 1, 0, -7], [0, 0, 2, 3], [0, 0, 0, 1]])
BRICK = 66**3


class TestReducedVolume(VolumeContract):
    @pytest.fixture
    def volume(self):
        return ReducedVolume(MemoryVolume(noisy_ball(70)), (2, 2, 2))

    @pytest.fixture
    def again(self):
        return ReducedVolume(MemoryVolume(noisy_ball(70)), (2, 2, 2))

    @pytest.fixture
    def changed(self):
        array = noisy_ball(70)
        array[30:32, 30:32, 30:32] = 0
        return ReducedVolume(MemoryVolume(array), (2, 2, 2))


class TestHeldVolume(TestReducedVolume):
    @pytest.fixture
    def volume(self):
        return HeldVolume(ReducedVolume(MemoryVolume(noisy_ball(70)), (2, 2, 2)))


def in_bands(volume: MemoryVolume, together: int):
    """The volume, saying of its rows how many lie together."""
    volume.rows = lambda: Rows(together)  # type: ignore[attr-defined]
    return volume


@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool", "uint16", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("together", [1, 16, 145])
def test_every_level_is_that_of_the_whole_pyramid_however_it_is_read(pool, monkeypatch, dtype, together):
    monkeypatch.setattr(reduced, "READ_BYTES", 20_000)
    array = (noisy_ball(145)[:131, :, :97] // 2).astype(dtype)
    if array.dtype.kind == "f":
        array[20:22, 30:40, 30:41], array[50, 50, 50] = np.nan, np.inf
    volume = in_bands(MemoryVolume(array, ANISOTROPIC), together)
    pyramid = build_pyramid(volume, 1, pool)
    for steps, level in enumerate(pyramid.levels[1:], 1):
        small = coarser(volume, steps, labels=False)
        assert small.shape == level.shape
        assert np.array_equal(
            build_pyramid(small, 1, pool).pool, pyramid.pool[level.first * BRICK :], equal_nan=array.dtype.kind == "f"
        )


def test_labels_become_what_most_voxels_have(pool):
    array = np.full((100, 100, 100), 70_000, np.int32)
    array[10:60, 20:80, 31:90] = -5
    array[11, 21, 32] = 9  # alone among eight
    small = coarser(MemoryVolume(array), 1, labels=True)
    voxels = small.read(whole(small))
    assert voxels.dtype == np.int32
    assert set(np.unique(voxels)) == {70_000, -5}
    assert np.array_equal(voxels[5:30, 10:40, 16:45], np.full((25, 30, 29), -5))
    assert build_pyramid(small, 1, pool, labels=True).labels.tolist() == [-5, 70_000]


def test_a_coarse_voxel_lies_in_the_middle_of_those_it_stands_for():
    small = coarser(MemoryVolume(np.zeros((100, 90, 80), np.uint8), ANISOTROPIC), 2, labels=False)
    assert small.factors == (2, 4, 4)
    middle = np.array([1.5, 1.5, 0.5])
    assert np.allclose(small.world_from_voxel @ [0, 0, 0, 1], ANISOTROPIC @ [*middle, 1])
    assert np.allclose(small.world_from_voxel @ [7, 3, 9, 1], ANISOTROPIC @ [*(middle + np.array([28, 12, 18])), 1])


def test_fingerprints_tell_levels_apart_and_labels_from_values():
    volume = MemoryVolume(noisy_ball(140))
    found = [volume, *(coarser(volume, steps, labels) for steps in (1, 2) for labels in (False, True))]
    assert len({each.fingerprint() for each in found}) == 5
    assert full_volume(HeldVolume(found[3])) is volume


def test_no_level_is_coarser_than_one_brick():
    volume = MemoryVolume(np.zeros((130, 60, 60), np.uint8))
    assert steps_of(volume, labels=False) == 2
    with pytest.raises(BrainreelError, match="no level coarser"):
        coarser(volume, 3, labels=False)
    with pytest.raises(BrainreelError, match="no coarser level"):
        ReducedVolume(volume, (3, 3, 3))


@pytest.mark.parametrize("together", [1, 512])
def test_reading_takes_little_memory(monkeypatch, together):
    monkeypatch.setattr(reduced, "READ_BYTES", 1 << 20)

    class Endless(MemoryVolume):
        def read(self, region):
            return np.ones([part.stop - part.start for part in region], np.uint8)

    volume = in_bands(Endless(np.broadcast_to(np.uint8(0), (512, 512, 512))), together)
    small = coarser(volume, 3, labels=False)
    small.read((slice(0, 1), slice(0, 1), slice(0, 1)))
    tracemalloc.start()
    small.read(whole(small))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64**3 + 6 * (1 << 20)


def test_it_ends_soon_after_it_is_told_to(pool, monkeypatch):
    monkeypatch.setattr(reduced, "READ_BYTES", 1 << 16)
    volume = MemoryVolume(np.zeros((256, 256, 256), np.uint8))
    small = coarser(volume, 2, labels=False)
    with pytest.raises(Interrupted):
        build_pyramid(small, 1, pool, lambda: len(volume.reads) > 3)
    assert len(volume.reads) < 8


def test_each_moment_of_a_series_is_reduced():
    class Moments:
        name, times = "fmri", TimeAxis(0.0, 1.0, 3)

        def moment(self, index):
            return MemoryVolume(np.full((130, 70, 70), 10 * index, np.uint8))

        def fingerprint(self):
            return "moments"

    series = ReducedSeries(Moments(), 1, labels=False)
    assert [int(series.moment(k).read((slice(3, 4),) * 3)[0, 0, 0]) for k in range(3)] == [0, 10, 20]
    assert series.moment(1).fingerprint() != series.moment(2).fingerprint() != Moments().moment(2).fingerprint()
    assert series.fingerprint() not in (
        Moments().fingerprint(),
        ReducedSeries(Moments(), 2, labels=False).fingerprint(),
    )
