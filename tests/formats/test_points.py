import json

import numpy as np
import pytest

from brainreel.data import MeshSeries, Series
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from brainreel.formats.balls import Balls, PointValues
from brainreel.formats.points import open_points
from contracts.mesh import MeshContract

TABLE = """name\tx\ty\tz\tsize\tgroup
A1\t-54.5\t-42\t36\t4\tgrid
A2\tn/a\tn/a\tn/a\tn/a\tgrid
A3\t-60\t10.25\t-3\t6\tstrip
"""


def write(path, text=TABLE):
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def table(tmp_path):
    return write(tmp_path / "sub-01_electrodes.tsv")


@pytest.fixture
def values(tmp_path):
    def made(rows, header=""):
        path = tmp_path / "ieeg.csv"
        path.write_text(header + "\n".join(",".join(map(str, row)) for row in rows))
        return open_data(path, ReadOptions(times="none"))

    return made


class TestBalls(MeshContract):
    @pytest.fixture
    def mesh(self, table):
        return open_data(table)

    @pytest.fixture
    def again(self, table):
        return open_data(table)

    @pytest.fixture
    def changed(self, tmp_path):
        return open_data(write(tmp_path / "other.tsv", TABLE.replace("10.25", "10.5")))

    def test_a_moved_vertex_changes_the_fingerprint(self, mesh, changed):
        """A point that moves takes its whole ball along."""
        moved = (mesh.points != changed.points).any(axis=1).reshape(2, -1)
        assert moved.all(axis=1).tolist() == [False, True]
        assert mesh.fingerprint() != changed.fingerprint()


def test_each_point_is_a_ball_of_its_size_around_its_place(table):
    balls = open_points(table)
    corners = balls.points.reshape(2, -1, 3).astype(float)
    for ball, center in zip(corners, [(-54.5, -42, 36), (-60, 10.25, -3)], strict=True):
        np.testing.assert_allclose(np.linalg.norm(ball - center, axis=1), 2, atol=1e-5)
    a, b, c = (balls.points[balls.faces[:, k]].astype(float) for k in range(3))
    centers = np.repeat(balls.centers, len(balls.faces) // 2, axis=0)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a - centers) > 0).all()
    volume = np.einsum("ij,ij->i", a - centers, np.cross(b - centers, c - centers)).sum() / 6
    assert 0.96 < volume / (2 * 4 / 3 * np.pi * 2**3) < 1


def test_rows_without_a_place_are_left_out_and_counted(table, caplog):
    balls = open_points(table)
    assert balls.names == ("A1", "A3")
    assert balls.rows.tolist() == [0, 2]
    assert "1 of 3 points have no place (n/a)" in caplog.text


def test_columns_of_numbers_are_arrays_on_the_balls(table):
    balls = open_points(table)
    assert set(balls.arrays) == {"size"}
    np.testing.assert_array_equal(np.unique(balls.arrays["size"].reshape(2, -1), axis=1), [[4], [6]])


def test_a_value_a_row_is_a_value_on_all_of_its_ball(table, values):
    spread = PointValues(values([[1, 2, 3], [4, 5, 6]]), open_points(table))
    assert isinstance(spread, Series)
    assert spread.width == len(open_points(table).points)
    np.testing.assert_array_equal(np.unique(spread.row(1).reshape(2, -1), axis=1), [[4], [6]])


def test_values_of_numbered_points_leave_the_others_without_one(table, values):
    spread = PointValues(values([[7.5]], header="v2\n"), open_points(table))
    first, second = spread.row(0).reshape(2, -1)
    assert np.isnan(first).all()
    assert (second == 7.5).all()


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([[1, 2]], "", "has 2 values a moment, but sub-01_electrodes.tsv has 3 points; write one a point"),
        ([[1]], "v3\n", "has a value for point 3, but sub-01_electrodes.tsv has 3 points"),
    ],
)
def test_values_of_another_count_are_refused(table, values, rows, header, message):
    with pytest.raises(FormatError, match=message):
        PointValues(values(rows, header), open_points(table))


def test_fingerprints_differ_by_size_unit_and_values(table, values):
    balls = open_points(table)
    others = [open_points(table, "m"), Balls(**(vars(balls) | {"size_mm": 5.0}))]
    assert len({one.fingerprint() for one in (balls, *others)}) == 3
    assert open_points(table).fingerprint() == balls.fingerprint()
    series = values([[1, 2, 3]])
    assert len({PointValues(series, one).fingerprint() for one in (balls, *others)}) == 3


@pytest.mark.parametrize(
    ("stated", "beside", "number", "mm"),
    [
        (None, None, 20, 20), (None, None, 0.02, 20), ("mm", None, 0.02, 0.02), ("cm", "m", 2, 20),
        (None, "m", 2, 2000), (None, "mm", 0.02, 0.02), (None, "n/a", 20, 20),
    ],
)  # fmt: skip
def test_the_unit_is_what_is_stated_else_what_lies_beside_else_what_is_likely(tmp_path, stated, beside, number, mm):
    path = write(tmp_path / "sub-01_space-T1w_electrodes.tsv", f"x\ty\tz\n0\t0\t{number}\n")
    if beside:
        (tmp_path / "sub-01_space-T1w_coordsystem.json").write_text(json.dumps({"iEEGCoordinateUnits": beside}))
    assert open_points(path, stated).centers[0, 2] == pytest.approx(mm)


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"iEEGCoordinateUnits": "pixels"}', "in pixels.*write unit: mm"), ("{", "no JSON.*write unit: mm")],
)
def test_a_bad_file_beside_it_is_refused_unless_the_unit_is_stated(table, content, message):
    table.with_name("sub-01_coordsystem.json").write_text(content)
    with pytest.raises(FormatError, match=message):
        open_points(table)
    assert open_points(table, "mm").centers[0, 0] == -54.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,X,lat\nA,1,2\n", r"has no column y, z; its columns are name, X, lat"),
        ("x,y,z\nn/a,n/a,n/a\n", "none of its 1 rows has numbers for x, y and z"),
        ("x,y,z\n", "none of its 0 rows"),
        ("x,y,z\n1,2,3\n1,left,3\n", "row 2 has 'left' for y"),
        ("\n", "has no column x, y, z"),
        ("\ufeff", "has no column x, y, z"),
        ("x,y,z\n1,2,1e300\n", "has a point 1e\\+300 mm away"),
        (f"x,y,z\n1,2,{'9' * 200_000}\n", "no readable table"),
        ("x,y,z\n" + "1,2,3\n" * 200_001, "has 200,001 points, at most 200,000"),
    ],
)
def test_what_is_no_table_of_points_is_refused(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        open_points(write(tmp_path / "foci.csv", text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "foci.csv"
    path.write_bytes(b"x,y,z\n\xff\xfe,1,2\n")
    with pytest.raises(FormatError, match="no readable table"):
        open_data(path)


@pytest.mark.parametrize("header", ["x,y,z", "NAME;Z;Y;X", '"x","y","z"', "\ufeffx,y,z"])
def test_a_table_is_one_of_points_by_its_header(tmp_path, header):
    numbers = ";".join("1234") if ";" in header else "1,2,3"
    path = write(tmp_path / "foci.csv", f"{header}\n{numbers}\n")
    assert sniff(path) == "mesh"
    opened = open_data(path)
    assert isinstance(opened, Balls)
    assert opened.centers.tolist() == [[4, 3, 2] if ";" in header else [1, 2, 3]]


def test_other_tables_are_still_values(tmp_path):
    path = write(tmp_path / "meg-lh.csv", "time_ms,v0,v1\n0,1,2\n5,3,4\n")
    assert sniff(path) == "array"
    assert open_data(path).times.count == 2


def test_ten_thousand_points_stay_a_small_surface(tmp_path):
    places = np.random.default_rng(1).normal(0, 50, (10_000, 3))
    path = tmp_path / "foci.csv"
    np.savetxt(path, places, delimiter=",", header="x,y,z", comments="")
    balls = open_points(path)
    assert len(balls.points) == 420_000
    assert len(balls.faces) == 800_000
    assert not isinstance(balls, MeshSeries)
