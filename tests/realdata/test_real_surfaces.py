"""Surfaces and source estimates that other people's tools wrote come back as nibabel and the bytes have them."""

import struct

import nibabel
import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import check_pair, hemisphere_files, open_data, sniff
from contracts.mesh import MeshContract
from contracts.series import SeriesContract

FSAVERAGE5 = [f"{kind}_{side}" for kind in ("pial", "white", "infl", "sphere") for side in ("left", "right")]


class TestFsaverage5(MeshContract):
    @pytest.fixture
    def mesh(self, shared_data):
        return open_data(shared_data / "surfaces" / "fsaverage5" / "pial_left.gii.gz")

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, mesh, tmp_path):
        image = nibabel.load(mesh.path)
        points = image.darrays[0].data.copy()
        points[77, 0] += 1
        image.darrays[0].data = points
        image.to_filename(tmp_path / "pial_left.gii")
        return open_data(tmp_path / "pial_left.gii")


class TestMegEstimate(SeriesContract):
    @pytest.fixture
    def series(self, shared_data):
        return open_data(shared_data / "surfaces" / "stc" / "meg_source_estimate-lh.stc")

    @pytest.fixture
    def again(self, series):
        return open_data(series.path)

    @pytest.fixture
    def changed(self, series, tmp_path):
        content = bytearray(series.path.read_bytes())
        content[-1] ^= 0x40
        (tmp_path / "meg-lh.stc").write_bytes(content)
        return open_data(tmp_path / "meg-lh.stc")


@pytest.mark.parametrize("name", FSAVERAGE5)
def test_surfaces_are_what_nibabel_reads(shared_data, name):
    path = shared_data / "surfaces" / "fsaverage5" / f"{name}.gii.gz"
    points, faces = nibabel.load(path).agg_data()
    mesh = open_data(path)
    np.testing.assert_array_equal(mesh.points, points)
    np.testing.assert_array_equal(mesh.faces, faces)
    assert mesh.hemi == name.split("_")[1]


def test_the_left_pial_surface_lies_left_and_finds_its_morphs_and_its_pair(shared_data):
    folder = shared_data / "surfaces" / "fsaverage5"
    pair = hemisphere_files(folder / "pial_right.gii.gz")
    assert list(pair) == ["left", "right"]
    left, right = (open_data(path) for path in pair.values())
    assert left.points[:, 0].mean() < -20
    assert right.points[:, 0].mean() > 20
    assert set(left.arrays) == {"sulc", "curv", "thickness"}
    np.testing.assert_array_equal(left.arrays["sulc"], nibabel.load(folder / "sulc_left.gii.gz").agg_data())


def test_a_caret_surface_finds_its_pair(shared_data):
    left = shared_data / "surfaces" / "cifti" / "Conte69.L.inflated.32k_fs_LR.surf.gii"
    assert [path.name[8] for path in hemisphere_files(left).values()] == ["L", "R"]
    mesh = open_data(left)
    assert (mesh.hemi, len(mesh.points), len(mesh.faces)) == ("left", 32492, 64980)


def test_a_flat_map_keeps_its_faces(shared_data):
    path = shared_data / "surfaces" / "fsaverage5" / "flat_left.gii.gz"
    np.testing.assert_array_equal(open_data(path).faces, nibabel.load(path).agg_data()[1])


def test_freesurfer_files_are_what_nibabel_reads(shared_data):
    folder = shared_data / "surfaces" / "freesurfer"
    mesh = open_data(folder / "lh.tinysurface")
    points, faces = nibabel.freesurfer.read_geometry(str(folder / "lh.tinysurface"))
    np.testing.assert_array_equal(mesh.points, points.astype(np.float32))
    np.testing.assert_array_equal(mesh.faces, faces)
    with pytest.raises(FormatError, match=r"lh\.thickness: 149,244 values, but the surface beside it has 5 vertices"):
        mesh.arrays["thickness"]
    expected = nibabel.freesurfer.read_morph_data(str(folder / "lh.thickness"))
    np.testing.assert_array_equal(open_data(folder / "lh.thickness").row(0), expected)


@pytest.mark.parametrize("side", ["lh", "rh"])
def test_the_source_estimate_is_its_bytes_with_ascending_vertices(shared_data, side):
    path = shared_data / "surfaces" / "stc" / f"meg_source_estimate-{side}.stc"
    content = path.read_bytes()
    first_ms, step_ms, count = struct.unpack_from(">ffI", content)
    vertices = np.frombuffer(content, ">u4", count, 12)
    values = np.frombuffer(content, ">f4", offset=16 + 4 * count).reshape(-1, count)
    assert sniff(path) == "series"
    series = open_data(path)
    assert (first_ms, step_ms, count) == (80, 10, 2562)
    assert series.times == TimeAxis(0.08, 0.01, 4)
    assert not np.all(np.diff(vertices.astype(int)) > 0), "this file is here because its vertices are in disorder"
    order = np.argsort(vertices)
    np.testing.assert_array_equal(series.vertices, vertices[order])
    np.testing.assert_array_equal(series.vertices, np.arange(2562))
    for moment in range(4):
        np.testing.assert_array_equal(series.row(moment), values[moment, order])


def test_the_source_estimates_are_a_pair(shared_data):
    pair = hemisphere_files(shared_data / "surfaces" / "stc" / "meg_source_estimate-rh.stc")
    left, right = (open_data(path) for path in pair.values())
    assert (left.hemi, right.hemi) == ("left", "right")
    check_pair(left, right)
    assert not np.array_equal(left.row(0), right.row(0))
