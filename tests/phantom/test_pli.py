import hashlib
from itertools import product

import numpy as np
import pytest

from brainreel.phantom import open_phantom
from brainreel.phantom.pli import PliVolume
from contracts.volume import VolumeContract, whole

SEED = "phantom:pli?z=234&y=31076&x=28721"


def cube(size):
    volume = open_phantom(f"phantom:pli?size={size}")["volume"]
    return volume.read(whole(volume))


@pytest.fixture(scope="module")
def brain():
    return cube(160)


class TestPli(VolumeContract):
    @pytest.fixture
    def volume(self):
        return PliVolume((21, 26, 24), 60.0)

    @pytest.fixture
    def again(self):
        return PliVolume((21, 26, 24), 60.0)

    def test_one_changed_voxel_changes_the_fingerprint(self, volume):
        others = [PliVolume((21, 26, 24), 61.0), PliVolume((21, 26, 25), 60.0)]
        assert len({one.fingerprint() for one in (volume, *others)}) == 3


def test_any_region_of_many_voxels_is_the_same_however_it_is_read(brain):
    volume = open_phantom("phantom:pli?z=290&y=400&x=530")["volume"]
    voxels = volume.read((slice(90, 130), slice(100, 180), slice(0, 530)))
    random = np.random.default_rng(1)
    for _ in range(30):
        region = [sorted(random.choice(n + 1, 2, replace=False)) for n in voxels.shape]
        part = tuple(slice(a, b) for a, b in region)
        read = volume.read(tuple(slice(int(a) + o, int(b) + o) for (a, b), o in zip(region, (90, 100, 0), strict=True)))
        np.testing.assert_array_equal(read, voxels[part])


def test_a_volume_of_two_hundred_gigabytes_is_read_where_it_is_wanted():
    volume = open_phantom(SEED)["volume"]
    assert volume.shape == (234, 31076, 28721)
    voxels = volume.read((slice(100, 102), slice(15000, 15200), slice(9000, 9300)))
    assert (voxels > 0).mean() > 0.9
    np.testing.assert_array_equal(
        volume.read((slice(101, 102), slice(15100, 15150), slice(9100, 9101))), voxels[1:, 100:150, 100:101]
    )


def test_about_half_of_it_is_background_and_the_rest_is_not(brain):
    assert 0.45 <= (brain == 0).mean() <= 0.57
    assert brain[brain > 0].min() >= 1
    assert brain.max() <= 254


def test_the_brain_fills_its_block_and_stays_inside(brain):
    for axis in range(3):
        lit = np.flatnonzero((brain > 0).any(axis=tuple({0, 1, 2} - {axis})))
        assert lit[0] <= 3
        assert lit[-1] >= 156
        assert brain.take([0, -1], axis).any(axis=None) < 0.02 * brain.shape[0] ** 2


def test_the_sides_are_alike_but_not_the_same(brain):
    tissue = brain > 0
    mirrored = tissue[:, :, ::-1]
    assert 0.9 < (tissue & mirrored).sum() / (tissue | mirrored).sum() < 0.99


def test_a_fissure_parts_the_hemispheres_and_the_callosum_joins_them(brain):
    middle = brain[:, :, 79:81].max(2) > 0
    top = middle[150:158]
    assert top.mean() < 0.02
    assert middle[:, 30:110].any(1).sum() > 60


def test_tissue_gets_darker_from_the_pale_rim_to_the_fibres_within(brain):
    lateral = brain[70:110, 50:110]
    rim = np.take_along_axis(lateral, (lateral > 0).argmax(2)[..., None], 2)
    core = brain[85:95, 60:90, 45:60]
    assert np.median(rim) < 35
    assert np.median(core[core > 0]) > 65


def test_the_finest_fibres_are_one_or_two_voxels_wide():
    voxels = open_phantom("phantom:pli?size=512")["volume"].read((slice(300, 301), slice(150, 350), slice(120, 220)))[0]
    white = voxels.astype(float) - voxels.mean()
    correlation = [(white[:, :-lag] * white[:, lag:]).mean() / white.var() for lag in (1, 2, 8)]
    assert correlation[0] > 0.35
    assert correlation[0] - correlation[2] > 0.15


def test_compression_leaves_more_than_half_of_the_tissue():
    numcodecs = pytest.importorskip("numcodecs", reason="zstd is not installed")
    volume = open_phantom("phantom:pli?size=256")["volume"]
    voxels = volume.read((slice(100, 164), slice(64, 192), slice(0, 256)))
    packed = len(numcodecs.Zstd(level=1).encode(voxels))
    assert packed >= 0.5 * np.count_nonzero(voxels)
    assert packed < voxels.size


def test_the_block_is_centred_and_as_long_as_asked():
    volume = open_phantom("phantom:pli?z=10&y=20&x=30&extent_mm=80")["volume"]
    affine = volume.world_from_voxel
    corners = np.array(
        [
            (*[(n - 0.5 if up else -0.5) for n, up in zip((30, 20, 10), ups, strict=True)], 1)
            for ups in product((0, 1), repeat=3)
        ]
    )
    world = corners @ affine[:3].T
    np.testing.assert_allclose(world.max(0), -world.min(0))
    assert np.ptp(world, axis=0).max() == pytest.approx(80)
    assert np.ptp(world, axis=0).argmax() == 1
    assert volume.unit == "mm"


def test_the_same_brain_is_in_every_size(brain):
    coarse = cube(80) > 0
    fine = (brain > 0).reshape(80, 2, 80, 2, 80, 2).mean((1, 3, 5)) >= 0.5
    assert (coarse == fine).mean() > 0.97


def test_voxels_change_only_with_the_version():
    assert hashlib.sha256(cube(40).tobytes()).hexdigest()[:16] == "8116fdb47b1a4bf9"
    part = open_phantom(SEED)["volume"].read((slice(120, 122), slice(9000, 9064), slice(14000, 14064)))
    assert hashlib.sha256(part.tobytes()).hexdigest()[:16] == "9f1dcbc35c350d60"
