import struct
from contextlib import suppress

import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, check_pair, open_data, sniff
from contracts.series import SeriesContract

VERTICES = (0, 2, 5, 11, 12, 40, 163841)


def write(path, values, vertices=VERTICES, first_ms=-100.0, step_ms=2.5):
    head = struct.pack(">ffI", first_ms, step_ms, len(vertices))
    body = np.array(vertices, ">u4").tobytes() + struct.pack(">I", len(values)) + values.astype(">f4").tobytes()
    path.write_bytes(head + body)
    return path


class TestSourceEstimate(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write(tmp_path / "meg-lh.stc", values))

    @pytest.fixture
    def again(self, series):
        return open_data(series.path)

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[3, 4] += 1
        return open_data(write(tmp_path / "other-lh.stc", values))

    def test_values_times_vertices_and_hemisphere_are_those_of_the_file(self, series, values):
        assert series.times == TimeAxis(-0.1, 0.0025, 5)
        assert series.vertices.tolist() == list(VERTICES)
        assert series.hemi == "left"
        for moment, row in enumerate(values):
            np.testing.assert_array_equal(series.row(moment), row)


class TestUnsortedSourceEstimate(TestSourceEstimate):
    @pytest.fixture
    def series(self, tmp_path, values):
        order = [3, 0, 6, 1, 5, 2, 4]
        return open_data(write(tmp_path / "meg-lh.stc", values[:, order], [VERTICES[k] for k in order]))


def test_stated_times_replace_the_files(tmp_path, values):
    path = write(tmp_path / "meg-rh.stc", values)
    assert sniff(path) == "series"
    assert open_data(path, ReadOptions(times=(1.0, 0.5))).times == TimeAxis(1.0, 0.5, 5)
    assert open_data(path, ReadOptions(times="none")).times == TimeAxis(0.0, 1.0, 5, "items")
    assert open_data(path, ReadOptions(times="none")).fingerprint() != open_data(path).fingerprint()


def test_a_file_that_is_cut_off_is_refused_with_the_arithmetic(tmp_path, values):
    path = write(tmp_path / "meg-lh.stc", values)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(FormatError, match=r"16 \+ 4 x 7 \+ 4 x 7 x 5 = 184 bytes, but .* 180, 4 whole moments;"):
        open_data(path)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(FormatError, match=r"at least 16 \+ 4 x 7 = 44 bytes, but the file holds 30"):
        open_data(path)


def test_a_file_that_became_shorter_meanwhile_is_no_crash(tmp_path, values):
    path = write(tmp_path / "meg-lh.stc", values)
    series = open_data(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(FormatError, match=r"meg-lh\.stc: the file has become shorter"):
        series.row(4)


def test_a_vertex_with_two_values_is_refused(tmp_path, values):
    with pytest.raises(FormatError, match="vertex 2 has two values"):
        open_data(write(tmp_path / "meg-lh.stc", values, (0, 2, 5, 2, 12, 40, 41)))


@pytest.mark.parametrize("times", [{"step_ms": 0.0}, {"step_ms": float("nan")}, {"first_ms": float("inf")}])
def test_times_without_meaning_are_refused(tmp_path, values, times):
    with pytest.raises(FormatError, match="times that begin at"):
        open_data(write(tmp_path / "meg-lh.stc", values, **times))


def test_one_moment_needs_no_step(tmp_path, values):
    assert open_data(write(tmp_path / "meg-lh.stc", values[:1], step_ms=0.0)).times.count == 1


def test_flipped_bits_never_end_in_a_foreign_error(tmp_path, values):
    path = write(tmp_path / "meg-lh.stc", values)
    content = path.read_bytes()
    for position in range(48):
        for flip in (0x80, 0x01, 0xFF):
            damaged = bytearray(content)
            damaged[position] ^= flip
            path.write_bytes(damaged)
            with suppress(FormatError):
                open_data(path)


@pytest.mark.parametrize("name", ["meg-vl.stc", "meg-vol.stc"])
def test_of_a_volume_source_estimate_is_said_how_its_source_space_is_named(tmp_path, values, name):
    with pytest.raises(FormatError, match=r"a volume source estimate.*space: meg-vol-src\.fif\}"):
        open_data(write(tmp_path / name, values))


def test_a_pair_shares_its_times(tmp_path, values):
    left = open_data(write(tmp_path / "meg-lh.stc", values))
    check_pair(left, open_data(write(tmp_path / "meg-rh.stc", values, vertices=range(7))))
    for odd in ({"first_ms": 0.0}, {"step_ms": 1.0}):
        right = open_data(write(tmp_path / "odd-rh.stc", values, **odd))
        with pytest.raises(FormatError, match=r"meg-lh\.stc has 5 moments from -100 ms .* odd-rh\.stc has 5 moments"):
            check_pair(left, right)
    right = open_data(write(tmp_path / "odd-rh.stc", values[:4]))
    with pytest.raises(FormatError, match=r"odd-rh\.stc has 4 moments"):
        check_pair(left, right)


def write_w(path, values, vertices=VERTICES):
    pairs = zip(vertices, values, strict=True)
    body = b"".join(int(vertex).to_bytes(3, "big") + struct.pack(">f", value) for vertex, value in pairs)
    path.write_bytes(b"\0\0" + len(vertices).to_bytes(3, "big") + body)
    return path


class TestOneMoment(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write_w(tmp_path / "meg-lh.w", values[0]))

    @pytest.fixture
    def again(self, series):
        return open_data(series.path)

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[0, 4] += 1
        return open_data(write_w(tmp_path / "other-lh.w", values[0]))

    def test_values_and_vertices_are_those_of_the_file_sorted(self, tmp_path, series, values):
        order = [3, 0, 6, 1, 5, 2, 4]
        mixed = open_data(write_w(tmp_path / "m-rh.w", values[0, order], [VERTICES[k] for k in order]))
        for one, hemi in ((series, "left"), (mixed, "right")):
            assert one.vertices.tolist() == list(VERTICES)
            assert one.hemi == hemi
            np.testing.assert_array_equal(one.row(0), values[0])


def test_a_cut_w_file_says_how_many_values_it_has(tmp_path, values):
    path = write_w(tmp_path / "meg-lh.w", values[0])
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(FormatError, match=r"states 7 vertices, .* 5 \+ 7 x 7 = 54 bytes, .* 51, 6 whole ones"):
        open_data(path)


def test_mne_reads_the_same(tmp_path, values):
    mne = pytest.importorskip("mne")
    mne.set_log_level("error")
    for hemi in ("lh", "rh"):
        write(tmp_path / f"meg-{hemi}.stc", values)
        write_w(tmp_path / f"one-{hemi}.w", values[1])
    theirs, one = (mne.read_source_estimate(str(tmp_path / name)) for name in ("meg-lh.stc", "one-lh.w"))
    left, right, moment = (open_data(tmp_path / name) for name in ("meg-lh.stc", "meg-rh.stc", "one-rh.w"))
    for series, data, vertices in ((left, theirs.lh_data, 0), (right, theirs.rh_data, 1)):
        np.testing.assert_array_equal([series.row(k) for k in range(5)], data.T)
        np.testing.assert_array_equal(series.vertices, theirs.vertices[vertices])
        np.testing.assert_allclose([series.times.first_s, series.times.last_s], theirs.times[[0, -1]], rtol=1e-6)
    np.testing.assert_array_equal(moment.row(0), one.rh_data[:, 0])
