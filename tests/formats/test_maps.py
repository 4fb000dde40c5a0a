import nibabel
import numpy as np
import pytest
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiMetaData

from brainreel.errors import FormatError
from brainreel.formats import open_data
from brainreel.formats.maps import one_map
from contracts.series import SeriesContract

NAMES = ("thickness", "curv", "sulc", "0")


def write(path, values):
    arrays = [
        GiftiDataArray(row, "NIFTI_INTENT_SHAPE", meta=GiftiMetaData(Name=name))
        for row, name in zip(values, NAMES, strict=False)
    ]
    GiftiImage(darrays=arrays).to_filename(path)
    return path


class TestOneMap(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return one_map(open_data(write(tmp_path / "lh.shape.gii", values[:4])), "curv")

    @pytest.fixture
    def again(self, tmp_path, series):
        return one_map(open_data(tmp_path / "lh.shape.gii"), "1")

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[1, 2] += 1
        return one_map(open_data(write(tmp_path / "other.shape.gii", values[:4])), "curv")

    def test_it_is_the_row_of_its_name(self, series, values):
        assert series.times.count == 1
        assert series.hemi == "left"
        np.testing.assert_array_equal(series.row(0), values[1])


def test_a_name_goes_before_a_number(tmp_path, values):
    series = open_data(write(tmp_path / "lh.shape.gii", values[:4]))
    np.testing.assert_array_equal(one_map(series, "0").row(0), values[3])
    np.testing.assert_array_equal(one_map(series, "2").row(0), values[2])


def test_frames_without_names_go_by_number(tmp_path, values):
    nibabel.MGHImage(values.T.reshape(7, 1, 1, 5), np.eye(4)).to_filename(tmp_path / "lh.beta.mgz")
    series = open_data(tmp_path / "lh.beta.mgz")
    np.testing.assert_array_equal(one_map(series, "4").row(0), values[4])
    with pytest.raises(FormatError, match=r"lh\.beta\.mgz: has no array 5; it has 0, 1, 2, 3, 4"):
        one_map(series, "5")


def test_a_name_that_is_not_there_is_met_with_the_nearest(tmp_path, values):
    series = open_data(write(tmp_path / "lh.shape.gii", values[:4]))
    with pytest.raises(FormatError, match="has no array thicknes; did you mean thickness"):
        one_map(series, "thicknes")
    with pytest.raises(FormatError, match="has no array x; it has thickness, curv, sulc, 0"):
        one_map(series, "x")
