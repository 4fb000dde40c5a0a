import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.series import SeriesContract

ITEMS = ReadOptions(times="none")


def write(path, values, header="", separator=","):
    rows = [separator.join(map(repr, map(float, row))) for row in values]
    path.write_text("\n".join([*([header] if header else []), *rows, ""]))
    return path


class TestTable(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(write(tmp_path / "meg-lh.csv", values), ITEMS)

    @pytest.fixture
    def again(self, series):
        return open_data(series.path, ITEMS)

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[2, 1] += 1
        return open_data(write(tmp_path / "other-lh.csv", values), ITEMS)

    def test_rows_are_moments_and_columns_are_vertices(self, series, values):
        assert series.hemi == "left"
        assert series.vertices is None
        np.testing.assert_array_equal([series.row(k) for k in range(5)], values)


@pytest.mark.parametrize(
    ("name", "separator", "header", "first", "unit_s"),
    [
        ("a.csv", ",", "time", -100, 1.0),
        ("a.csv", ";", "t (ms)", -100, 1e-3),
        ("a.tsv", "\t", "time_ms", -100, 1e-3),
        ("a.tsv", "\t", "Time [s]", -0.1, 1.0),
    ],
)
def test_a_first_column_of_times_says_when_each_row_was(tmp_path, values, name, separator, header, first, unit_s):
    times = first + 2.0 * np.arange(5)
    names = separator.join([header, *"abcdefg"])
    path = write(tmp_path / name, np.column_stack([times, values]), names, separator)
    series = open_data(path)
    assert series.times == TimeAxis(first * unit_s, pytest.approx(2 * unit_s), 5)
    np.testing.assert_array_equal(series.row(3), values[3])
    assert open_data(path, ReadOptions(times=(5.0, 1.0))).times == TimeAxis(5.0, 1.0, 5)


def test_times_may_be_uneven_but_increase(tmp_path, values):
    header = "t,a,b,c,d,e,f,g"
    path = write(tmp_path / "a.csv", np.column_stack([[0, 1, 4, 5, 9], values]), header)
    assert open_data(path).times.uneven == (0.0, 1.0, 4.0, 5.0, 9.0)
    with pytest.raises(FormatError, match="times of a series increase, row 3 has 1"):
        open_data(write(path, np.column_stack([[0, 1, 1, 5, 9], values]), header))


def test_columns_that_are_named_by_numbers_belong_to_those_vertices(tmp_path, values):
    path = write(tmp_path / "a-rh.csv", np.column_stack([np.arange(5), values]), "time,v9,v1,v2,v3,v4,v5,v6")
    series = open_data(path)
    assert series.vertices.tolist() == [1, 2, 3, 4, 5, 6, 9]
    np.testing.assert_array_equal(series.row(0), values[0, [1, 2, 3, 4, 5, 6, 0]])


def test_spreadsheets_write_a_mark_quotes_and_empty_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('"time","a"\r\n"0","1.5"\r\n\r\n"1","NaN"\r\n'.encode("utf-8-sig"))
    assert sniff(path) == "array"
    series = open_data(path)
    assert series.row(0).tolist() == [1.5]
    assert np.isnan(series.row(1)).all()


BAD = [
    ("time,a\n0,x\n", "a table of numbers is wanted: could not convert string 'x'"),
    ("time,a\n0,1,2\n", "its header has 2 columns, its rows have 3"),
    ("1,2\n3\n", "a table of numbers is wanted"),
    ("time,a\n", "has no row of numbers"),
    ("time\n0\n", "has times and no values"),
    ("\n\n", "has no row of numbers"),
    ("1,2\n3,4\n", "2 rows without times"),
    ("time,1,1\n0,1,2\n", "vertex 1 has two values"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_no_series_is_refused(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError, match=message):
        open_data(tmp_path / "a.csv")


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x01" * 9)
    with pytest.raises(FormatError, match="this is no text"):
        open_data(tmp_path / "a.csv")
