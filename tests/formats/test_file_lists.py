import json

import numpy as np
import pytest

from brainreel.data import MeshSeries, MeshWithSeries, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from brainreel.formats.array_series import ArraySeries
from brainreel.formats.steady_mesh import steady
from contracts.series import SeriesContract
from contracts.steps import write_file_series, write_pvd, write_vtp


@pytest.fixture
def steps(tmp_path, tetrahedron):
    """Six files, each as much larger as its number; array `k` is that number, `v` a vector of that length."""
    points, faces = tetrahedron
    for k in range(6):
        vectors = np.full((4, 3), (2 * k, k, 2 * k))
        write_vtp(tmp_path / f"s{k}.vtp", points * (1 + k), faces, k=np.full(4, k), v=vectors)
    return tmp_path


@pytest.fixture
def standing(tmp_path, tetrahedron):
    """A collection of three files of one shape with other values."""
    points, faces = tetrahedron
    for k in range(3):
        write_vtp(tmp_path / f"p{k}.vtp", points, faces, pressure=np.arange(4) + 10 * k, v=np.full((4, 3), k))
    return write_pvd(tmp_path / "p.pvd", *({"timestep": k / 8, "file": f"p{k}.vtp"} for k in range(3)))


def sizes(series):
    return [float(series.mesh(k).points[0, 0]) for k in range(series.times.count)]


def test_a_collection_is_a_surface_over_time_in_the_order_of_its_timesteps(steps):
    path = write_pvd(steps / "a.pvd", *({"timestep": 3 - k, "group": "", "file": f"s{k}.vtp"} for k in range(4)))
    assert sniff(path) == "mesh"
    series = open_data(path)
    assert isinstance(series, MeshSeries)
    assert series.times == TimeAxis(0.0, 1.0, 4)
    assert sizes(series) == [40, 30, 20, 10]
    assert open_data(path, ReadOptions(times="none")).times == TimeAxis(0.0, 1.0, 4, "items")
    assert open_data(path, ReadOptions(times=(2.0, 0.5))).times == TimeAxis(2.0, 0.5, 4)
    with pytest.raises(BrainreelError, match="there is no moment 4"):
        series.mesh(4)


def test_files_of_one_timestep_are_one_surface_with_or_without_their_parts(steps, tetrahedron):
    points, faces = tetrahedron
    both = [{"timestep": t, "part": p, "file": f"s{t + p}.vtp"} for t in (0, 2) for p in (0, 1)]
    for entries in (both, [{key: one[key] for key in ("timestep", "file")} for one in both]):
        mesh = open_data(write_pvd(steps / "a.pvd", *entries)).mesh(1)
        np.testing.assert_array_equal(mesh.points, np.concatenate([points * 3, points * 4]))
        np.testing.assert_array_equal(mesh.faces, np.concatenate([faces, faces + 4]))
        np.testing.assert_array_equal(mesh.arrays["k"], [2] * 4 + [3] * 4)
        assert mesh.name == "s2.vtp and s3.vtp"


def test_without_timesteps_a_collection_is_one_surface(steps):
    mesh = open_data(write_pvd(steps / "a.pvd", {"part": 0, "file": "s0.vtp"}, {"part": 1, "file": "s1.vtp"}))
    assert not isinstance(mesh, MeshSeries)
    assert len(mesh.points) == 8


def test_a_file_series_has_times_of_its_own_even_or_not(steps):
    path = write_file_series(steps / "a.vtp.series", s0=0, s1=3, s2=4.5)
    assert sniff(path) == "mesh"
    series = open_data(path)
    assert series.times == TimeAxis(0.0, 2.25, 3, uneven=(0.0, 3.0, 4.5))
    assert sizes(series) == [10, 20, 30]
    assert open_data(write_file_series(path, s0=0.1, s1=0.2, s2=0.3)).times.uneven == ()
    path.write_text(json.dumps({"files": ["s0.vtp", "s4.vtp"]}))
    assert sizes(open_data(path)) == [10, 50]


def test_a_list_reads_the_first_and_the_last_file_and_others_when_they_are_drawn(steps):
    path = write_file_series(steps / "a.vtp.series", s0=0, nowhere=1, s2=2)
    series = open_data(path)
    with pytest.raises(FormatError, match=r"a\.vtp\.series, moment 1: .*nowhere\.vtp: no such file"):
        series.mesh(1)
    with pytest.raises(FormatError, match=r"moment 1: .*nowhere\.vtp: no such file"):
        open_data(write_file_series(path, s0=0, nowhere=1))


def test_the_fingerprint_is_of_the_files_and_the_times(steps, tetrahedron):
    path = write_file_series(steps / "a.vtp.series", s0=0, s1=1, s2=2)
    first = open_data(path).fingerprint()
    assert open_data(path).fingerprint() == first
    assert open_data(write_file_series(path, s0=0, s1=1, s2=2.5)).fingerprint() != first
    write_file_series(path, s0=0, s1=1, s2=2)
    points, faces = tetrahedron
    write_vtp(steps / "s1.vtp", points * 1.001, faces)
    assert open_data(path).fingerprint() != first


class TestArrayOverTime(SeriesContract):
    @pytest.fixture
    def series(self, standing):
        return steady(open_data(standing)).over_time["pressure"]

    @pytest.fixture
    def again(self, standing):
        return steady(open_data(standing)).over_time["pressure"]

    @pytest.fixture
    def changed(self, tmp_path, standing, tetrahedron):
        points, faces = tetrahedron
        write_vtp(tmp_path / "other.vtp", points, faces, pressure=[10, 11, 12, -1], v=np.full((4, 3), 1))
        names = ["p0", "other", "p2"]
        entries = [{"timestep": k / 8, "file": f"{name}.vtp"} for k, name in enumerate(names)]
        return steady(open_data(write_pvd(tmp_path / "o.pvd", *entries))).over_time["pressure"]

    def test_rows_are_the_array_of_each_moment_and_of_vectors_their_lengths(self, standing, series):
        assert series.times == TimeAxis(0.0, 0.125, 3)
        assert [series.row(k).tolist() for k in range(3)] == [[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]
        lengths = steady(open_data(standing)).over_time["v"]
        np.testing.assert_allclose(lengths.row(2), 2 * np.sqrt(3), rtol=1e-7)


def test_a_surface_that_keeps_its_shape_stands_and_one_that_does_not_has_arrays_over_time_too(steps, standing):
    mesh = steady(open_data(standing))
    assert isinstance(mesh, MeshWithSeries)
    assert not isinstance(mesh, MeshSeries)
    assert list(mesh.over_time) == ["pressure", "v"]
    moving = open_data(write_file_series(steps / "a.vtp.series", s0=0, s1=1))
    assert steady(moving) is None
    assert moving.over_time["k"].row(1).tolist() == [1] * 4
    assert moving.over_time["v"].row(1).tolist() == [3] * 4
    with pytest.raises(KeyError):
        moving.over_time["w"]


def test_where_a_moment_lacks_an_array_or_has_moved_is_said(tmp_path, tetrahedron):
    points, faces = tetrahedron
    write_vtp(tmp_path / "s0.vtp", points, faces, k=np.zeros(4))
    write_vtp(tmp_path / "s1.vtp", points, faces)
    write_vtp(tmp_path / "s2.vtp", [*points, (0, 0, 0)], faces, k=np.zeros(5))
    moments = open_data(write_file_series(tmp_path / "a.vtp.series", s0=0, s1=1, s2=2))
    series = moments.over_time["k"]
    with pytest.raises(FormatError, match=r"s1\.vtp: has no array k, which moment 0 has"):
        series.row(1)
    assert series.row(2).shape == (5,)
    with pytest.raises(FormatError, match=r"s2\.vtp: moment 2 of a\.vtp\.series has its vertices elsewhere"):
        ArraySeries(moments, "k", stands=True).row(2)


PVD = '<VTKFile type="Collection"><Collection>{}</Collection></VTKFile>'
BAD = [
    ("a.pvd", "<VTKFile/>", "lists no DataSet"),
    ("a.pvd", "<!DOCTYPE x><VTKFile/>", "declares a document type"),
    ("a.pvd", "no", "its XML cannot be read"),
    ("a.pvd", PVD.format("<DataSet timestep='x' file='s0.vtp'/>"), "entry 0 has the time"),
    ("a.pvd", PVD.format("<DataSet timestep='inf' file='s0.vtp'/>"), "has the time 'inf'; times are finite"),
    ("a.pvd", PVD.format("<DataSet timestep='0'/>"), "entry 0 names no file"),
    ("a.pvd", PVD.format("<DataSet file='a.pvd'/>"), "is a list of files itself"),
    ("a.vtp.series", "{", "no readable file series"),
    ("a.vtp.series", "[" * 100_000, "no readable file series"),
    ("a.vtp.series", "[]", "lists no files"),
    ("a.vtp.series", '{"files": [{"time": 1}]}', "entry 0 names no file"),
    ("a.vtp.series", '{"files": [{"name": "s0.vtp", "time": [1]}]}', "entry 0 has the time"),
    ("a.vtp.series", '{"files": [{"name": "b.csv", "time": 1}]}', "b.csv: is no surface"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_what_is_no_list_of_surfaces_is_refused(steps, name, text, message):
    (steps / "b.csv").write_text("1,2\n")
    (steps / name).write_text(text)
    with pytest.raises(FormatError, match=message):
        open_data(steps / name)
