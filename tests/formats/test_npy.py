from contextlib import suppress

import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.series import SeriesContract

TIMES = ReadOptions(times=(-0.1, 0.01))


def write(path, array):
    np.save(path, array)
    return path


class TestNpy(SeriesContract):
    dtype = ">f8"
    order = "C"

    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write(tmp_path / "a.npy", values.astype(self.dtype, self.order)), TIMES)

    @pytest.fixture
    def again(self, series):
        return open_data(series.path, TIMES)

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[3, 4] += 10
        return open_data(write(tmp_path / "b.npy", values.astype(self.dtype, self.order)), TIMES)

    def test_rows_are_those_of_the_array_at_the_stated_times(self, series, values):
        assert series.times == TimeAxis(-0.1, 0.01, 5)
        assert series.vertices is None
        for moment, row in enumerate(values.astype(self.dtype)):
            np.testing.assert_array_equal(series.row(moment), row.astype(np.float32))


class TestIntegersInColumnOrder(TestNpy):
    dtype = "<i2"
    order = "F"


def test_times_are_asked_for_where_there_are_several_rows(tmp_path, values):
    path = write(tmp_path / "a.npy", values)
    assert sniff(path) == "array"
    with pytest.raises(FormatError, match=r"5 rows without times.*times: \{first: 0s, step: 10ms\}"):
        open_data(path)
    assert open_data(path, ReadOptions(times="none")).times == TimeAxis(0.0, 1.0, 5, "items")


@pytest.mark.parametrize(("order", "whole"), [("C", ", 3 whole moments of 5; it is cut off"), ("F", " of them; it is")])
def test_an_array_that_ends_within_a_moment_says_how_many_are_whole(tmp_path, values, order, whole):
    path = write(tmp_path / "a.npy", np.asarray(values, order=order))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormatError, match=f"5 x 7 values are 140 bytes, but the file holds 110.*{whole}"):
        open_data(path, TIMES)


def test_one_row_is_one_item(tmp_path, values):
    series = open_data(write(tmp_path / "lh.act.npy", values[0]))
    assert series.times == TimeAxis(0.0, 1.0, 1, "items")
    assert series.hemi == "left"
    np.testing.assert_array_equal(series.row(0), values[0])


@pytest.mark.parametrize("array", [np.zeros((2, 3, 4)), np.zeros((2, 3), complex), np.array("x"), np.zeros((0, 4))])
def test_what_is_no_series_is_refused(tmp_path, array):
    with pytest.raises(FormatError, match=r"a series is real numbers"):
        open_data(write(tmp_path / "a.npy", array), TIMES)


def test_pickled_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}, []], object), allow_pickle=True)
    with pytest.raises(FormatError, match=r"a\.npy"):
        open_data(tmp_path / "a.npy", TIMES)


def test_damaged_files_never_end_in_a_foreign_error(tmp_path, values):
    content = write(tmp_path / "a.npy", values).read_bytes()
    for damaged in [content[:k] for k in range(1, len(content), 7)]:
        (tmp_path / "b.npy").write_bytes(damaged)
        with pytest.raises(FormatError, match=r"b\.npy"):
            open_data(tmp_path / "b.npy", TIMES)
    for position in range(128):
        damaged = bytearray(content)
        damaged[position] ^= 0x15
        (tmp_path / "b.npy").write_bytes(damaged)
        with suppress(FormatError):
            open_data(tmp_path / "b.npy", TIMES)
