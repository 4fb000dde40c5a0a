"""NRRD, MetaImage, FreeSurfer and NIfTI files of other people's tools, against the field's own libraries."""

import gzip
import zlib

import nibabel
import numpy as np
import pytest

from brainreel.data import Channels, TimeAxis, VolumeSeries
from brainreel.formats import ReadOptions, open_data
from contracts.volume import VolumeContract, whole

ITK_FILES = [
    "volumes/FLAIR.nrrd",
    "volumes/CTChest4.nrrd",
    "volumes/HeadMRVolume.mhd",
    "volumes/frogtissue.mhd",
]
NRRD_FILES = [
    "volumes/FLAIR.nrrd",
    "volumes/CTChest4.nrrd",
    "sequences/SegmentationOverlapping.seg.nrrd",
    "sequences/NrrdSample.igs.nrrd",
    "sequences/NwirePhantomFreehand.igs.nrrd",
]
BRAIN_MGZ = "volumes/brain.mgz"


def voxels_of(volume) -> np.ndarray:
    return volume.read(whole(volume))


class TestFlair(VolumeContract):
    @pytest.fixture
    def volume(self, shared_data):
        return open_data(shared_data / "volumes" / "FLAIR.nrrd")

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, volume, tmp_path):
        head, _, packed = volume.path.read_bytes().partition(b"\n\n")
        content = bytearray(gzip.decompress(packed))
        content[1_000_001] ^= 1
        (tmp_path / "a.nrrd").write_bytes(head + b"\n\n" + gzip.compress(content, 1))
        return open_data(tmp_path / "a.nrrd")


@pytest.mark.parametrize("name", ITK_FILES)
def test_values_and_places_are_itks(shared_data, name):
    itk = pytest.importorskip("SimpleITK")
    image = itk.ReadImage(shared_data / name)
    volume = open_data(shared_data / name)
    expected = itk.GetArrayFromImage(image)
    if name.endswith("frogtissue.mhd"):  # ITK stops at a CompressedDataSize that is too small, and leaves zeros behind
        complete = zlib.decompress((shared_data / name).with_suffix(".zraw").read_bytes())
        expected = np.frombuffer(complete, np.uint8).reshape(expected.shape)
    np.testing.assert_array_equal(voxels_of(volume), expected)
    for voxel in np.random.default_rng(0).integers(0, image.GetSize(), (50, 3)).tolist():
        x, y, z = image.TransformIndexToPhysicalPoint(voxel)
        np.testing.assert_allclose((volume.world_from_voxel @ (*voxel, 1))[:3], (-x, -y, z), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NRRD_FILES)
def test_values_are_pynrrds(shared_data, name):
    nrrd = pytest.importorskip("nrrd")
    expected, _ = nrrd.read(str(shared_data / name), index_order="C")
    opened = open_data(shared_data / name)
    if isinstance(opened, Channels):
        labels = {"ribs": (0, 1), "cervical vertebral column": (0, 2), "thoracic vertebral column": (0, 3)}
        labels |= {"lumbar vertebral column": (0, 4), "right lung": (0, 5), "left lung": (0, 6), "tissue": (0, 7)}
        labels |= {"overlapping sphere": (1, 1)}
        assert [channel.name for channel in opened.channels] == list(labels)
        for channel in opened.channels:
            layer, label = labels[channel.name]
            np.testing.assert_array_equal(voxels_of(channel.data), expected[..., layer] == label)
    else:
        np.testing.assert_array_equal(voxels_of(opened), expected.reshape(opened.shape))


def test_headsq_by_its_detached_header_is_headsq_by_hand(shared_data):
    folder = shared_data / "volumes" / "headsq_raw"
    volume = open_data(folder / "quarter.nhdr")
    by_hand = open_data(
        folder, ReadOptions(dtype="int16", shape=(93, 64, 64), byte_order="little", spacing=(1.5, 3.2, 3.2))
    )
    np.testing.assert_array_equal(voxels_of(volume), voxels_of(by_hand))
    np.testing.assert_allclose(volume.world_from_voxel, by_hand.world_from_voxel)


def test_tracked_ultrasound_is_a_stack_whose_distance_is_missing(shared_data, caplog):
    volume = open_data(shared_data / "sequences" / "NwirePhantomFreehand.igs.nrrd")
    assert (volume.shape, volume.unit) == ((97, 616, 820), "none")
    assert "states no distance of its slices" in caplog.text


def test_a_freesurfer_volume_is_nibabels(shared_data):
    image = nibabel.load(shared_data / BRAIN_MGZ)
    volume = open_data(shared_data / BRAIN_MGZ)
    np.testing.assert_array_equal(voxels_of(volume), np.asarray(image.dataobj).T)
    np.testing.assert_allclose(volume.world_from_voxel, image.affine, rtol=1e-6)
    tiny = shared_data / "surfaces" / "freesurfer" / "tiny.mgh"
    np.testing.assert_array_equal(voxels_of(open_data(tiny)), np.asarray(nibabel.load(tiny).dataobj).T)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("example4d.nii.gz", TimeAxis(0.0, 2000.0, 2)),  # its header has milliseconds for seconds
        ("mpld_asl.nii.gz", TimeAxis(0.0, float(np.float32(4.1)), 25)),
    ],
)
def test_volumes_over_time_are_nibabels(shared_data, name, times, caplog):
    path = shared_data / "volumes4d" / name
    image = nibabel.load(path)
    series = open_data(path)
    assert isinstance(series, VolumeSeries)
    assert series.times == times
    assert ("milliseconds for seconds" in caplog.text) == (times.step_s > 1000)
    expected = image.get_fdata()
    for index in (0, times.count - 1, times.count // 2):
        volume = series.moment(index)
        np.testing.assert_array_equal(volume.world_from_voxel, image.affine)
        np.testing.assert_array_equal(voxels_of(volume), expected[..., index].T.astype(volume.dtype))


def test_a_colour_volume_is_nibabels(shared_data):
    path = shared_data / "volumes" / "ct_perfusion.nii.gz"
    expected = np.asarray(nibabel.load(path).dataobj).T
    image = open_data(path)
    assert isinstance(image, Channels)
    assert image.is_rgb
    for channel, letter in zip(image.channels, "RGB", strict=True):
        np.testing.assert_array_equal(voxels_of(channel.data), expected[letter])
