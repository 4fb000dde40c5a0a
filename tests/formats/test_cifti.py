import logging
import re

import nibabel
import numpy as np
import pytest
from nibabel import cifti2

from brainreel.data import Parts, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.series import SeriesContract

LEFT, RIGHT = np.array([True, True, False, True, True]), np.array([False, True, True, True, False])
WIDTH = LEFT.sum() + RIGHT.sum()


def brain_models(voxels=False):
    models = cifti2.BrainModelAxis.from_mask(LEFT, "CORTEX_LEFT") + cifti2.BrainModelAxis.from_mask(
        RIGHT, "CORTEX_RIGHT"
    )
    if voxels:
        models += cifti2.BrainModelAxis.from_mask(np.ones((2, 1, 1), bool), "THALAMUS_LEFT", np.eye(4))
    return models


def write(path, rows, axis, models=None):
    models = brain_models() if models is None else models
    cifti2.Cifti2Image(np.asarray(rows), header=(axis, models)).to_filename(path)
    return path


def on(mask, values):
    """`values` on the vertices of `mask`, no number elsewhere."""
    result = np.full(len(mask), np.nan, np.float32)
    result[mask] = values
    return result


@pytest.fixture
def values():
    return np.random.default_rng(3).normal(size=(5, WIDTH)).astype(np.float32)


class TestTimeSeries(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(-0.1, 0.72, 5))).parts["right"]

    @pytest.fixture
    def again(self, tmp_path, series):
        return open_data(tmp_path / "a.dtseries.nii").parts["right"]

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[2, 5] += 1
        return open_data(write(tmp_path / "b.dtseries.nii", values, cifti2.SeriesAxis(-0.1, 0.72, 5))).parts["right"]

    def test_one_changed_value_changes_the_fingerprint(self, series, changed):
        rows, others = (np.array([one.row(k) for k in range(5)]) for one in (series, changed))
        assert np.count_nonzero(~((rows == others) | np.isnan(rows))) == 1
        assert series.fingerprint() != changed.fingerprint()

    def test_times_are_those_of_the_series_axis(self, series):
        assert series.times == TimeAxis(-0.1, 0.72, 5)

    def test_rows_are_on_the_vertices_of_their_hemisphere_and_nowhere_else(self, tmp_path, series, values):
        for index, row in enumerate(values):
            np.testing.assert_array_equal(series.row(index), on(RIGHT, row[4:]))
        left = open_data(tmp_path / "a.dtseries.nii").parts["left"]
        np.testing.assert_array_equal(left.row(4), on(LEFT, values[4, :4]))
        assert (left.hemi, series.hemi) == ("left", "right")


def test_the_kind_is_sniffed_from_what_rows_are_whatever_the_name(tmp_path, values):
    assert sniff(write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(0, 1, 5))) == "series"
    path = write(tmp_path / "a.dscalar.nii", values[:1], cifti2.ScalarAxis(["curv"]))
    assert sniff(path) == "array"
    renamed = path.rename(tmp_path / "curvature.nii")
    assert sniff(renamed) == "array"
    assert isinstance(open_data(renamed), Parts)


def test_a_time_unit_counts_its_exponent(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(0, 720, 5))
    content = path.read_bytes()
    path.write_bytes(content.replace(b'SeriesExponent="0"', b'SeriesExponent="3"'))
    assert open_data(path).parts["left"].times.step_s == 720_000


def test_a_series_over_frequencies_is_items(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(0, 1, 5, "HERTZ"))
    assert open_data(path).parts["left"].times == TimeAxis(0.0, 1.0, 5, "items")


def test_maps_have_their_names(tmp_path, values):
    path = write(tmp_path / "a.dscalar.nii", values[:3], cifti2.ScalarAxis(["thickness", "curv", "sulc"]))
    series = open_data(path).parts["left"]
    assert series.maps == ("thickness", "curv", "sulc")
    assert series.times == TimeAxis(0.0, 1.0, 3, "items")


def test_what_lies_in_voxels_is_named_in_a_warning(tmp_path, caplog):
    path = write(
        tmp_path / "a.dscalar.nii", np.ones((1, WIDTH + 2), "f4"), cifti2.ScalarAxis(["a"]), brain_models(True)
    )
    with caplog.at_level(logging.WARNING):
        assert set(open_data(path).parts) == {"left", "right"}
    assert "not THALAMUS_LEFT" in caplog.text


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2"])
def test_any_type_of_numbers_is_what_nibabel_reads(tmp_path, values, dtype):
    image = cifti2.Cifti2Image((values * 50).astype(dtype), header=(cifti2.ScalarAxis(list("abcde")), brain_models()))
    image.nifti_header.set_data_dtype(dtype)
    image.to_filename(tmp_path / "a.dscalar.nii")
    expected = nibabel.load(tmp_path / "a.dscalar.nii").get_fdata()
    left = open_data(tmp_path / "a.dscalar.nii").parts["left"]
    np.testing.assert_array_equal(left.row(3), on(LEFT, expected[3, :4]))


@pytest.fixture
def labels(tmp_path):
    tables = [{0: ("???", (1, 1, 1, 0)), 7: ("V1", (1, 0.5, 0, 1))}, {0: ("???", (0, 0, 0, 0)), 2: ("A", (0, 0, 1, 1))}]
    rows = np.array([[7, 0, 7, 7, 0, 7, 0], [2, 2, 0, 2, 2, 2, 0]], np.float32)
    return write(tmp_path / "a.dlabel.nii", rows, cifti2.LabelAxis(["areas", "networks"], tables))


def test_labels_have_the_names_and_colours_of_their_map(labels):
    assert sniff(labels) == "labels"
    right = open_data(labels).parts["right"]
    assert right.maps == ("areas", "networks")
    np.testing.assert_array_equal(right.labels, [-1, 0, 7, 0, -1])
    assert [(e.label, e.name, e.color, e.opacity) for e in right.table.entries] == [
        (0, "???", (1, 1, 1), 0),
        (7, "V1", (1, 0.5, 0), 1),
    ]
    other = open_data(labels, ReadOptions(array="networks")).parts["right"]
    np.testing.assert_array_equal(other.labels, [-1, 2, 2, 0, -1])
    assert other.fingerprint() != right.fingerprint()


def test_values_of_parcels_are_those_of_their_vertices(tmp_path):
    parcels = cifti2.ParcelsAxis.from_brain_models(
        [
            ("one", cifti2.BrainModelAxis.from_mask(np.array([1, 0, 0, 1, 0], bool), "CORTEX_LEFT")),
            ("two", cifti2.BrainModelAxis.from_mask(np.array([0, 1, 0, 0, 0], bool), "CORTEX_LEFT")),
        ]
    )
    path = write(tmp_path / "a.pscalar.nii", np.array([[2.5, -1]], "f4"), cifti2.ScalarAxis(["a"]), parcels)
    np.testing.assert_array_equal(open_data(path).parts["left"].row(0), np.array([2.5, -1, np.nan, 2.5, np.nan], "f4"))


def test_a_cut_off_file_is_refused_with_the_arithmetic(labels):
    labels.write_bytes(labels.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"2 x 7 values from byte 1,632 on need 1,688 bytes"):
        open_data(labels)


def test_a_version_that_nobody_wrote_and_connectivity_are_refused_with_a_remedy(labels, tmp_path):
    content = labels.read_bytes()
    for version in (b"3.0", b"1.1"):
        labels.write_bytes(re.sub(rb"(<CIFTI[^>]*Version=.)2(\.0)?", rb"\g<1>" + version, content))
        with pytest.raises(FormatError, match=r"-file-convert -cifti-version-convert OLD 2 NEW"):
            open_data(labels)
    dense = write(tmp_path / "a.dconn.nii", np.zeros((WIDTH, WIDTH), "f4"), brain_models())
    with pytest.raises(FormatError, match="a matrix of brain_models by brain_models"):
        open_data(dense)


def test_a_file_that_became_shorter_is_refused_and_not_mapped_beyond_its_end(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(0, 1, 5))
    series = open_data(path).parts["left"]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="has become shorter"):
        series.row(0)


@pytest.mark.parametrize("kind", ["labels", "series"])
def test_damaged_files_are_read_or_refused(tmp_path, labels, values, kind):
    path = labels if kind == "labels" else write(tmp_path / "a.dtseries.nii", values, cifti2.SeriesAxis(0, 1, 5))
    content = path.read_bytes()

    def read(path):
        for part in open_data(path).parts.values():
            part.labels.max() if kind == "labels" else part.row(part.times.count - 1)

    assert survive(path, mutations(content, len(content), MUTATIONS), read)["refused"]
