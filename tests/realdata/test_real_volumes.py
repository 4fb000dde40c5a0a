"""Volumes that other people's tools wrote come back with the values and the place that the reference readers give."""

import nibabel
import numpy as np
import pytest
import tifffile
from natsort import natsorted

from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from brainreel.space import apply_affine
from contracts.volume import VolumeContract, whole

STACKS = {
    "mouse_brain_50um_tiff": ((270, 193, 271), "<"),
    "cellfinder_crop_ch0_tiff": ((30, 510, 667), ">"),
}
HEADSQ = ReadOptions(dtype="uint16", shape=(93, 64, 64), byte_order="little", spacing=(1.5, 3.2, 3.2))


class TestCellfinderCrop(VolumeContract):
    @pytest.fixture
    def volume(self, shared_data):
        return open_data(shared_data / "volumes" / "cellfinder_crop_ch0_tiff")

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, volume, tmp_path):
        for file in volume.path.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        path = tmp_path / "ch00007.tif"
        content = bytearray(path.read_bytes())
        content[400_001] ^= 1
        path.write_bytes(content)
        return open_data(tmp_path)


@pytest.mark.parametrize("name", STACKS)
def test_tiff_stacks_are_what_tifffile_reads(shared_data, name):
    folder = shared_data / "volumes" / name
    shape, byteorder = STACKS[name]
    assert sniff(folder) == "volume"
    volume = open_data(folder)
    files = natsorted(folder.iterdir(), key=lambda path: path.name)
    with tifffile.TiffFile(files[0]) as first:
        assert first.byteorder == byteorder
    assert (volume.shape, volume.dtype, volume.unit) == (shape, np.dtype(np.uint16), "none")
    np.testing.assert_array_equal(volume.read(whole(volume)), np.stack([tifffile.imread(path) for path in files]))


def test_headsq_is_its_slices_in_the_order_of_their_numbers(shared_data):
    folder = shared_data / "volumes" / "headsq_raw"
    assert sniff(folder) == "volume"
    volume = open_data(folder, HEADSQ)
    expected = [np.fromfile(folder / f"quarter.{k}", "<u2").reshape(64, 64) for k in range(1, 94)]
    np.testing.assert_array_equal(volume.read(whole(volume)), np.stack(expected))
    np.testing.assert_array_equal(volume.world_from_voxel, np.diag([3.2, 3.2, 1.5, 1]))


def test_headsq_as_bytes_shows_the_arithmetic(shared_data):
    with pytest.raises(FormatError, match=r"64 x 64 x 1 bytes = 4,096 a slice, but .*quarter\.1 holds 8,192"):
        open_data(shared_data / "volumes" / "headsq_raw", ReadOptions(dtype="uint8", shape=(93, 64, 64)))


@pytest.mark.parametrize("name", ["MNI152_2009_template.nii.gz", "avg152T1_RL_nifti.nii.gz", "shear.nii.gz"])
def test_nifti_volumes_are_what_nibabel_reads(shared_data, name):
    path = shared_data / "volumes" / name
    image = nibabel.load(path)
    volume = open_data(path)
    np.testing.assert_array_equal(volume.world_from_voxel, image.affine)
    voxels = volume.read(whole(volume))
    np.testing.assert_array_equal(voxels, image.get_fdata().T.astype(volume.dtype))
    random = np.random.default_rng(0)
    for x, y, z in random.integers(0, image.shape, (50, 3)):
        assert voxels[z, y, x] == np.float32(image.dataobj[x, y, z])
        expected = nibabel.affines.apply_affine(image.affine, (x, y, z))
        np.testing.assert_array_equal(apply_affine(volume.world_from_voxel, (x, y, z)), expected)


def test_integers_stay_integers_where_the_header_does_not_scale(shared_data):
    folder = shared_data / "volumes"
    assert open_data(folder / "MNI152_2009_template.nii.gz").dtype == np.int16
    assert open_data(folder / "avg152T1_RL_nifti.nii.gz").dtype == np.uint8
    assert open_data(folder / "shear.nii.gz").dtype == np.float32


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "corrupt/tiff_mismatched_dims",
            r"image_0000\.tif is 193 x 271 uint16, but half_MB_0001\.tif is 104 x 193",
        ),
        ("corrupt/lfs_pointer_zattrs.json", "git-LFS pointer"),
        ("volumes/HeadMRVolume.raw", "add --dtype and --shape"),
        ("corrupt/xml", "brainreel reads NIfTI"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(shared_data, name, words):
    with pytest.raises(FormatError, match=words):
        open_data(shared_data / name)
