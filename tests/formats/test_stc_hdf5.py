from typing import ClassVar

import h5py
import numpy as np
import pytest

from brainreel.data import SeriesOfVectors, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.series import SeriesContract

LEFT, RIGHT = [0, 3, 7], [9, 1, 2, 5]


def write(path, values, vertices=(LEFT, RIGHT), kind="surface", **packed):
    """As the package h5io writes MNE's dictionaries."""
    with h5py.File(path, "w") as file:
        group = file.create_group("mnepython")
        group.create_dataset("key_data", data=values, **packed)
        group["key_src_type"] = np.frombuffer(kind.encode(), np.uint8)
        group["key_tmin"], group["key_tstep"] = np.array([-0.1]), np.array([0.004])
        for number, part in enumerate(vertices):
            group[f"key_vertices/idx_{number}"] = np.array(part, np.int64)
    return path


@pytest.fixture
def content():
    """(vertex, moment) of both hemispheres."""
    return np.random.default_rng(3).normal(size=(7, 5))


@pytest.fixture
def vectors():
    """(vertex, 3, moment) of both hemispheres."""
    return np.random.default_rng(4).normal(size=(7, 3, 5))


class TestSourceEstimateInHdf5(SeriesContract):
    packed: ClassVar = {}

    @pytest.fixture
    def series(self, tmp_path, content):
        return open_data(write(tmp_path / "meg-stc.h5", content, **self.packed)).parts["right"]

    @pytest.fixture
    def again(self, series):
        return open_data(series.path).parts["right"]

    @pytest.fixture
    def changed(self, tmp_path, content):
        content = content.copy()
        content[4, 2] += 1
        return open_data(write(tmp_path / "other-stc.h5", content, **self.packed)).parts["right"]

    def test_both_hemispheres_have_their_vertices_sorted_and_their_values(self, series, content):
        left = open_data(series.path).parts["left"]
        assert left.times == series.times == TimeAxis(-0.1, 0.004, 5)
        assert (left.hemi, series.hemi) == ("left", "right")
        assert left.vertices.tolist() == LEFT
        assert series.vertices.tolist() == sorted(RIGHT)
        for moment in range(5):
            np.testing.assert_array_equal(left.row(moment), content[:3, moment].astype(np.float32))
            np.testing.assert_array_equal(series.row(moment), content[[4, 5, 6, 3], moment].astype(np.float32))


class TestPackedSourceEstimateInHdf5(TestSourceEstimateInHdf5):
    packed: ClassVar = {"chunks": (3, 2), "compression": "gzip"}


def test_a_hemisphere_without_vertices_is_left_out_and_times_may_be_stated(tmp_path, content):
    path = write(tmp_path / "meg-stc.h5", content[:3], (LEFT, []))
    assert sniff(path) == "series"
    parts = open_data(path, ReadOptions(times=(1.0, 0.5))).parts
    assert list(parts) == ["left"]
    assert parts["left"].times == TimeAxis(1.0, 0.5, 5)


OTHERS = [
    ({"vertices": (range(7),), "kind": "volume"}, r"a volume source estimate; .*space: meg-vol-src\.fif\}"),
    ({"vertices": (LEFT, RIGHT), "kind": "discrete"}, r"a discrete source estimate, of sources on no grid"),
    ({"kind": "volume"}, r"a volume source estimate"),
    ({"vertices": (LEFT,), "kind": "surface"}, "a surface source estimate of 1 structures; it is damaged"),
    ({"vertices": (LEFT, RIGHT, []), "kind": "surface"}, "a surface source estimate of 3 structures; it is damaged"),
    ({"vertices": (LEFT, RIGHT), "kind": "mixed"}, "a mixed source estimate of 2 structures; it is damaged"),
    ({"vertices": (), "kind": "volume"}, "a volume source estimate of 0 structures; it is damaged"),
    ({"vertices": (LEFT, RIGHT[:-1])}, r"3 and 3 vertices, but values of shape \(7, 5\); it is damaged"),
    ({"vertices": (LEFT, [1, 2, 1, 5])}, "vertex 1 has two values"),
]


@pytest.mark.parametrize(("changes", "message"), OTHERS)
def test_what_is_no_surface_estimate_is_refused_with_a_way_out(tmp_path, content, changes, message):
    with pytest.raises(FormatError, match=message):
        open_data(write(tmp_path / "meg-stc.h5", content, **changes))


def test_a_mixed_estimate_has_its_surfaces_and_says_where_the_rest_is(tmp_path, content, caplog):
    parts = open_data(write(tmp_path / "mixed-stc.h5", content, (LEFT, RIGHT[:2], range(2)), "mixed")).parts
    assert list(parts) == ["left", "right"]
    np.testing.assert_array_equal(parts["right"].row(2), content[[4, 3], 2].astype(np.float32))
    assert "a layer of its own, which names its source space" in caplog.text


def test_vectors_in_a_volume_complex_numbers_and_other_files_are_refused_with_a_way_out(tmp_path, content):
    with pytest.raises(FormatError, match=r"a volume source estimate; .*space: meg-vol-src\.fif\}"):
        open_data(write(tmp_path / "vec-stc.h5", np.stack([content] * 3, 1), (range(7),), "volume"))
    with pytest.raises(FormatError, match=r"complex numbers; save their absolute values"):
        open_data(write(tmp_path / "cplx-stc.h5", content * 1j))
    with h5py.File(tmp_path / "no-stc.h5", "w") as file:
        file["a"] = content
    with pytest.raises(FormatError, match="no source estimate that MNE-Python wrote"):
        open_data(tmp_path / "no-stc.h5")


class TestVectorsInHdf5(SeriesContract):
    packed: ClassVar = {"chunks": (2, 3, 2), "compression": "gzip"}

    @pytest.fixture
    def series(self, tmp_path, vectors):
        return open_data(write(tmp_path / "vector-stc.h5", vectors, **self.packed)).parts["right"]

    @pytest.fixture
    def again(self, series):
        return open_data(series.path).parts["right"]

    @pytest.fixture
    def changed(self, tmp_path, vectors):
        vectors = vectors.copy()
        vectors[4, 0, 2] += 1
        return open_data(write(tmp_path / "other-stc.h5", vectors, **self.packed)).parts["right"]

    def test_vectors_go_with_their_sorted_vertices_and_values_are_their_lengths(self, series, vectors):
        assert isinstance(series, SeriesOfVectors)
        for moment in range(5):
            right = vectors[[4, 5, 6, 3], :, moment]
            np.testing.assert_array_equal(series.vectors(moment), right.astype(np.float32))
            np.testing.assert_array_equal(series.row(moment), np.linalg.norm(right, axis=1).astype(np.float32))


def test_numbers_along_another_axis_are_no_vectors(tmp_path, vectors):
    with pytest.raises(FormatError, match=r"values of shape \(7, 5, 3\); it is damaged"):
        open_data(write(tmp_path / "vector-stc.h5", vectors.transpose(0, 2, 1)))


def test_mne_writes_the_vectors_that_are_read(tmp_path, vectors):
    mne = pytest.importorskip("mne")
    pytest.importorskip("h5io")
    mne.set_log_level("error")
    theirs = mne.VectorSourceEstimate(vectors, [np.array(LEFT), np.sort(RIGHT)], -0.1, 0.004, "fsaverage")
    theirs.save(tmp_path / "meg", ftype="h5")
    parts = open_data(tmp_path / "meg-stc.h5").parts
    for hemi, data, lengths in (
        ("left", theirs.lh_data, theirs.magnitude().lh_data),
        ("right", theirs.rh_data, theirs.magnitude().rh_data),
    ):
        for k in range(5):
            np.testing.assert_array_equal(parts[hemi].vectors(k), data[:, :, k].astype(np.float32))
            np.testing.assert_allclose(parts[hemi].row(k), lengths[:, k], rtol=1e-6)


def test_mne_reads_the_same(tmp_path, content):
    mne = pytest.importorskip("mne")
    pytest.importorskip("h5io")
    mne.set_log_level("error")
    theirs = mne.SourceEstimate(content, [np.array(LEFT), np.sort(RIGHT)], -0.1, 0.004, "fsaverage")
    theirs.save(tmp_path / "meg", ftype="h5")
    for hemi, data in (("left", theirs.lh_data), ("right", theirs.rh_data)):
        series = open_data(tmp_path / "meg-stc.h5").parts[hemi]
        np.testing.assert_array_equal([series.row(k) for k in range(5)], data.T.astype(np.float32))
