"""Volume source estimates on the grid of their source space."""

import struct
from pathlib import Path

import h5py
import nibabel as nib
import numpy as np
import pytest

from brainreel.data import TimeAxis, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.fif import block, fif, surface_space, volume_space
from contracts.volume import VolumeContract

SIZES = (4, 5, 6)
USED = np.random.default_rng(5).random(120) < 0.5
VOXELS = np.flatnonzero(USED)
VALUES = np.random.default_rng(6).normal(size=(3, len(VOXELS))).astype(np.float32)


def write_stc(path, vertices=VOXELS, values=VALUES):
    head = struct.pack(">ffI", -100, 10, len(vertices)) + np.asarray(vertices, ">u4").tobytes()
    path.write_bytes(head + struct.pack(">I", len(values)) + values.astype(">f4").tobytes())
    return path


def write_hdf5(path, regions, values, kind=b"volume"):
    """As the package h5io writes MNE's dictionaries."""
    with h5py.File(path, "w") as file:
        group = file.create_group("mnepython")
        group["key_data"], group["key_src_type"] = values, np.frombuffer(kind, np.uint8)
        group["key_tmin"], group["key_tstep"] = np.array([-0.1]), np.array([0.01])
        for number, region in enumerate(regions):
            group[f"key_vertices/idx_{number}"] = np.asarray(region, np.int64)
    return path


def write_space(path, *spaces):
    path.write_bytes(fif(block(350, *(spaces or (volume_space(SIZES, USED),)))))
    return path


@pytest.fixture
def space(tmp_path):
    return write_space(tmp_path / "vol-src.fif")


def in_space(path, space):
    return open_data(path, ReadOptions(space=space))


class TestMomentOfAVolumeEstimate(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, space):
        return in_space(write_stc(tmp_path / "meg-vl.stc"), space).moment(1)

    @pytest.fixture
    def again(self, volume, space):
        return in_space(volume.path, space).moment(1)

    @pytest.fixture
    def changed(self, tmp_path, space):
        values = VALUES.copy()
        values[1, 5] += 1
        return in_space(write_stc(tmp_path / "other-vl.stc", values=values), space).moment(1)

    def test_one_changed_voxel_changes_the_fingerprint(self, volume, changed):
        whole = tuple(slice(0, n) for n in volume.shape)
        assert np.nansum(volume.read(whole) != changed.read(whole)) == 1 + np.sum(~USED)  # NaN is not even itself
        assert volume.fingerprint() != changed.fingerprint()

    def test_moments_and_spaces_have_their_own_fingerprints(self, volume, tmp_path):
        other = write_space(tmp_path / "other-src.fif", volume_space(SIZES, np.ones(120)))
        found = {volume.fingerprint(), volume.series.moment(2).fingerprint()}
        assert len(found | {in_space(volume.path, other).moment(1).fingerprint()}) == 3


def test_values_lie_in_the_voxels_that_are_in_use(tmp_path, space):
    path = write_stc(tmp_path / "meg-vl.stc")
    assert sniff(path, ReadOptions(space=space)) == "volume"
    series = in_space(path, space)
    assert isinstance(series, VolumeSeries)
    assert series.times == TimeAxis(np.float32(-100) / 1000, 0.01, 3)
    for index, row in enumerate(VALUES):
        voxels = series.moment(index).read(tuple(slice(0, n) for n in SIZES[::-1])).ravel()
        np.testing.assert_array_equal(voxels[USED], row)
        assert np.isnan(voxels[~USED]).all()


def test_sources_that_the_forward_solution_left_out_are_empty(tmp_path, space):
    series = in_space(write_stc(tmp_path / "meg-vl.stc", VOXELS[3:], VALUES[:, 3:]), space)
    voxels = series.moment(0).read(tuple(slice(0, n) for n in SIZES[::-1])).ravel()
    np.testing.assert_array_equal(voxels[VOXELS[3:]], VALUES[0, 3:])
    assert np.isnan(voxels[VOXELS[:3]]).all()


def test_regions_of_a_file_in_hdf5_are_those_of_the_space(tmp_path):
    inside = [np.arange(120) % 3 == 0, np.arange(120) % 3 == 1]
    path = write_space(tmp_path / "two-src.fif", *(volume_space(SIZES, used) for used in inside))
    values = np.random.default_rng(8).normal(size=(80, 2))
    regions = [np.flatnonzero(used) for used in inside]
    volume = in_space(write_hdf5(tmp_path / "meg-stc.h5", regions, values), path).parts["volume"].moment(1)
    assert volume.dtype == np.float64
    voxels = volume.read(tuple(slice(0, n) for n in SIZES[::-1])).ravel()
    np.testing.assert_array_equal(voxels[np.concatenate(regions)], values[:, 1])
    assert np.isnan(voxels).sum() == 40
    with pytest.raises(FormatError, match=r"has a value for source 1, which is not in use in .*two-src\.fif \(40 are"):
        in_space(write_hdf5(tmp_path / "bad-stc.h5", regions[::-1], values), path)
    three = [regions[0], regions[1][:20], regions[1][20:]]
    with pytest.raises(FormatError, match=r"has values of 3 regions, but .* has 1"):
        in_space(write_hdf5(tmp_path / "odd-stc.h5", three, values), path)


def test_of_vectors_the_lengths_are_drawn_and_of_a_mixed_estimate_the_volume(tmp_path):
    spaces = [surface_space(np.eye(3), np.array([[0, 1, 2]]), np.ones(3), side) for side in (101, 102)]
    path = write_space(tmp_path / "mixed-src.fif", *spaces, volume_space(SIZES, USED))
    vectors = np.random.default_rng(9).normal(size=(4 + len(VOXELS), 3, 2))
    regions = ([0, 1], [1, 2], VOXELS)
    volume = in_space(write_hdf5(tmp_path / "m-stc.h5", regions, vectors, b"mixed"), path).parts["volume"].moment(1)
    voxels = volume.read(tuple(slice(0, n) for n in SIZES[::-1])).ravel()
    np.testing.assert_array_equal(voxels[USED], np.linalg.norm(vectors, axis=1)[4:, 1])
    assert np.isnan(voxels[~USED]).all()


def test_one_moment_of_a_volume_is_read_too(tmp_path, space):
    pairs = b"".join(
        int(v).to_bytes(3, "big") + struct.pack(">f", x) for v, x in zip(VOXELS, VALUES[0].tolist(), strict=True)
    )
    (tmp_path / "meg-vl.w").write_bytes(b"\0\0" + len(VOXELS).to_bytes(3, "big") + pairs)
    voxels = in_space(tmp_path / "meg-vl.w", space).moment(0).read(tuple(slice(0, n) for n in SIZES[::-1]))
    np.testing.assert_array_equal(voxels.ravel()[USED], VALUES[0])
    with pytest.raises(FormatError, match=r"a volume source estimate.*space: meg-vol-src\.fif"):
        open_data(tmp_path / "meg-vl.w")


def test_a_space_that_is_not_that_of_the_estimate_is_refused(tmp_path, space):
    path = write_stc(tmp_path / "meg-vl.stc")
    few = write_space(tmp_path / "few-src.fif", volume_space((2, 2, 2), np.ones(8)))
    with pytest.raises(FormatError, match=r"which is not in use in .*few-src\.fif \(8 are, the estimate has"):
        in_space(path, few)
    triangles = np.array([[0, 1, 2]])
    flat = write_space(tmp_path / "surf-src.fif", surface_space(np.eye(3), triangles, np.ones(3)))
    with pytest.raises(FormatError, match="a source space of surfaces; name the volume source space"):
        in_space(path, flat)
    (tmp_path / "no.fif").write_bytes(fif())
    with pytest.raises(FormatError, match="holds no source space"):
        in_space(path, tmp_path / "no.fif")


@pytest.mark.parametrize("name", ["meg-lh.stc", "meg-lh.w", "T1.nii.gz"])
def test_a_space_for_other_data_is_refused(tmp_path, space, name):
    nib.save(nib.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)), tmp_path / "T1.nii.gz")
    write_stc(tmp_path / "meg-lh.stc")
    (tmp_path / "meg-lh.w").write_bytes(b"\0\0\0\0\0")
    with pytest.raises(FormatError, match=f"{name}: says itself where its values lie; .* leave space out"):
        in_space(tmp_path / name, space)


def test_values_and_places_are_those_of_mne(tmp_path):
    mne = pytest.importorskip("mne")
    affine = np.array([[-2.0, 0, 0, 40], [0, 0, 2, -30], [0, -2, 0, 55], [0, 0, 0, 1]])
    nib.save(nib.MGHImage(np.zeros((80, 80, 80), np.uint8), affine), tmp_path / "T1.mgz")
    about = {"mri": tmp_path / "T1.mgz", "sphere": (0, 0, 0, 0.06), "sphere_units": "m", "add_interpolator": False}
    source = mne.setup_volume_source_space("sub", 12.0, verbose="error", **about)
    source.save(tmp_path / "vol-src.fif", verbose="error")
    vertices = source[0]["vertno"]
    values = np.random.default_rng(1).normal(size=(len(vertices), 4)).astype(np.float32)
    mne.VolSourceEstimate(values, [vertices], -0.1, 0.01).save(tmp_path / "meg-vl.stc", verbose="error")
    estimate = mne.read_source_estimate(tmp_path / "meg-vl.stc")
    theirs = estimate.as_volume(mne.read_source_spaces(tmp_path / "vol-src.fif", verbose="error"))
    ours = in_space(tmp_path / "meg-vl.stc", Path(tmp_path / "vol-src.fif"))
    inside = source[0]["inuse"].astype(bool)
    for index in range(4):
        volume = ours.moment(index)
        voxels = volume.read(tuple(slice(0, n) for n in volume.shape))
        np.testing.assert_array_equal(np.nan_to_num(voxels), np.asarray(theirs.dataobj)[..., index].T)
        np.testing.assert_array_equal(np.isfinite(voxels).ravel(), inside)
        np.testing.assert_array_equal(volume.world_from_voxel, theirs.affine)
    np.testing.assert_allclose([ours.times.at(k) for k in range(4)], estimate.times, rtol=1e-6)
