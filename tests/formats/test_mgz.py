import gzip
import struct

import nibabel
import numpy as np
import pytest

from brainreel.data import TimeAxis, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
from contracts.volume import VolumeContract, whole

AFFINE = np.array([[-1.5, 0.1, 0, 12], [0, 0, 2.5, -13], [0, -2, 0, 14], [0, 0, 0, 1]])


def write(path, voxels, affine=AFFINE):
    nibabel.MGHImage(voxels.T, affine).to_filename(path)
    return path


@pytest.mark.parametrize("ending", ["mgz", "mgh"])
class TestMgz(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels, ending):
        return open_data(write(tmp_path / f"a.{ending}", voxels.astype(np.int32)))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels, ending):
        voxels = voxels.astype(np.int32)
        voxels[4, 3, 2] += 1
        return open_data(write(tmp_path / f"b.{ending}", voxels))

    def test_voxels_and_place_are_nibabels(self, volume, voxels):
        assert sniff(volume.path) == "volume"
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        np.testing.assert_allclose(volume.world_from_voxel, nibabel.load(volume.path).affine, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_numbers_of_each_type_come_back(tmp_path, voxels, dtype):
    volume = open_data(write(tmp_path / "a.mgz", (voxels // 300).astype(dtype)))
    assert volume.dtype == dtype
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels // 300)


@pytest.mark.parametrize("ending", ["mgz", "mgh"])
def test_frames_are_moments_by_the_footers_tr(tmp_path, ending):
    frames = np.random.default_rng(0).integers(0, 255, (3, 9, 5, 6)).astype(np.uint8)
    image = nibabel.MGHImage(frames.T, AFFINE)
    image.header.set_zooms((1.5, 2, 2.5, 800.0))
    image.to_filename(tmp_path / f"a.{ending}")
    series = open_data(tmp_path / f"a.{ending}")
    assert isinstance(series, VolumeSeries)
    assert series.times == TimeAxis(0.0, 0.8, 3)
    for index in (2, 0, 1):
        volume = series.moment(index)
        np.testing.assert_array_equal(volume.read(whole(volume)), frames[index])


def test_frames_without_a_footer_are_items(tmp_path):
    frames = np.zeros((3, 9, 5, 6), np.uint8)
    nibabel.MGHImage(frames.T, AFFINE).to_filename(tmp_path / "a.mgh")
    content = (tmp_path / "a.mgh").read_bytes()
    (tmp_path / "a.mgh").write_bytes(content[: 284 + frames.size])
    assert open_data(tmp_path / "a.mgh").times == TimeAxis(0.0, 1.0, 3, "items")


def test_a_file_without_a_place_is_freesurfers_default_with_a_warning(tmp_path, voxels, caplog):
    path = write(tmp_path / "a.mgh", voxels.astype(np.int32))
    content = bytearray(path.read_bytes())
    struct.pack_into(">h", content, 28, 0)
    path.write_bytes(content)
    # left, inferior, anterior, as FreeSurfer's own reader has it; nibabel turns y and z about
    expected = [[-1, 0, 0, 3], [0, 0, 1, -4.5], [0, -1, 0, 2.5], [0, 0, 0, 1]]
    np.testing.assert_allclose(open_data(path).world_from_voxel, expected)
    assert "states no place" in caplog.text


@pytest.mark.parametrize(
    ("offset", "layout", "value", "words"),
    [
        (0, ">i", 2, "no FreeSurfer volume"),
        (4, ">i", 0, "0 x 5 x 9 x 1 voxels"),
        (12, ">i", 32000, "6 x 5 x 32000 x 1 x 4 bytes"),
        (20, ">i", 6, "type 6"),
        (30, ">f", 0.0, "flattens space"),
        (30, ">f", float("nan"), "flattens space"),
    ],
)
def test_headers_with_a_fault_are_refused_by_name(tmp_path, voxels, offset, layout, value, words):
    content = bytearray(write(tmp_path / "a.mgh", voxels.astype(np.int32)).read_bytes())
    struct.pack_into(layout, content, offset, value)
    (tmp_path / "a.mgh").write_bytes(content)
    (tmp_path / "a.mgz").write_bytes(gzip.compress(content))
    for name in ("a.mgh", "a.mgz"):
        with pytest.raises(FormatError, match=words):
            open_data(tmp_path / name)
