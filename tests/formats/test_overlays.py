"""Values per vertex in files that were made for voxels."""

import struct

import nibabel
import numpy as np
import pytest

from brainreel.data import Series, TimeAxis, Volume
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.series import SeriesContract

PAINTED = ReadOptions(per_vertex=True)


def write(path, values):
    """`values` (moment, vertex) as n x 1 x 1 [x moments]."""
    data = np.asarray(values, np.float32).T.reshape(-1, 1, 1, len(values))
    image = nibabel.MGHImage if path.name.endswith((".mgh", ".mgz")) else nibabel.Nifti1Image
    image(data if len(values) > 1 else data[..., 0], np.eye(4)).to_filename(path)
    return path


class OverlayContract(SeriesContract):
    name = ""

    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write(tmp_path / self.name, values))

    @pytest.fixture
    def again(self, tmp_path, series):
        return open_data(tmp_path / self.name)

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[1, 2] += 1
        (tmp_path / "other").mkdir()
        return open_data(write(tmp_path / "other" / self.name, values))

    def test_rows_are_what_was_written(self, series, values):
        assert series.width == 7
        for index, row in enumerate(values):
            np.testing.assert_array_equal(series.row(index), row)


class TestMgz(OverlayContract):
    name = "lh.sig.mgz"


class TestMgh(OverlayContract):
    name = "rh.sig.mgh"


class TestNifti(OverlayContract):
    name = "lh.sig.nii.gz"


@pytest.mark.parametrize("name", ["lh.curv.mgh", "lh.curv.nii"])
def test_n_by_one_by_one_are_values_per_vertex_by_their_shape(tmp_path, values, name, caplog):
    path = write(tmp_path / name, values[:1])
    assert sniff(path) == "array"
    series = open_data(path)
    assert isinstance(series, Series)
    assert series.times == TimeAxis(0.0, 1.0, 1, "items")
    assert series.hemi == "left"
    assert not caplog.records, "a surface has no place of voxels to warn of"


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.MGHImage])
def test_folded_values_are_those_of_vertices_where_the_scene_says_so(tmp_path, kind):
    values = np.arange(24, dtype=np.float32)
    path = tmp_path / ("a.mgz" if kind is nibabel.MGHImage else "a.nii")
    kind(values.reshape((4, 2, 3), order="F"), np.eye(4)).to_filename(path)
    assert isinstance(open_data(path), Volume)
    np.testing.assert_array_equal(open_data(path, PAINTED).row(0), values)


def test_fsaverages_vertices_folded_by_freesurfer_are_known_by_their_shape(tmp_path):
    values = np.arange(163842, dtype=np.float32)
    nibabel.Nifti1Image(values.reshape((27307, 1, 6), order="F"), np.eye(4)).to_filename(tmp_path / "lh.sig.nii")
    np.testing.assert_array_equal(open_data(tmp_path / "lh.sig.nii").row(0), values)


def test_a_number_of_vertices_beyond_nifti_1_is_read_where_freesurfer_states_it(tmp_path):
    values = np.arange(40000, dtype=np.float32)
    path = tmp_path / "lh.thick.nii"
    nibabel.Nifti1Image(values.reshape(20000, 2, 1), np.eye(4)).to_filename(path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<4h", content, 40, 3, -1, 1, 1)
    struct.pack_into("<i", content, 144, 40000)
    content[352:] = values.tobytes()
    path.write_bytes(content)
    assert sniff(path) == "array"
    np.testing.assert_array_equal(open_data(path).row(0), values)
    np.testing.assert_array_equal(nibabel.load(path).get_fdata().ravel(), values)


def test_stated_integers_are_scaled_as_nibabel_scales_them(tmp_path):
    image = nibabel.Nifti1Image(np.linspace(-3, 9, 50).reshape(50, 1, 1), np.eye(4), dtype=np.int16)
    image.to_filename(tmp_path / "lh.t.nii")
    expected = nibabel.load(tmp_path / "lh.t.nii").get_fdata().ravel().astype(np.float32)
    np.testing.assert_array_equal(open_data(tmp_path / "lh.t.nii").row(0), expected)


def test_times_are_the_headers_or_the_scenes(tmp_path, values):
    image = nibabel.Nifti1Image(values.T.reshape(7, 1, 1, 5), np.eye(4))
    image.header.set_xyzt_units("mm", "msec")
    image.header["pixdim"][4] = 720
    image.to_filename(tmp_path / "lh.bold.nii")
    assert open_data(tmp_path / "lh.bold.nii").times == TimeAxis(0.0, 0.72, 5)
    assert open_data(tmp_path / "lh.bold.nii", ReadOptions(times=(1.0, 0.5))).times == TimeAxis(1.0, 0.5, 5)


def test_colours_are_no_values(tmp_path):
    colors = np.zeros((9, 1, 1), np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    nibabel.Nifti1Image(colors, np.eye(4)).to_filename(tmp_path / "lh.rgb.nii")
    with pytest.raises(FormatError, match="3 numbers a voxel; values per vertex are one number each"):
        open_data(tmp_path / "lh.rgb.nii")
