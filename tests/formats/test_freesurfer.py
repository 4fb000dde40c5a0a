import gzip
from contextlib import suppress

import nibabel.freesurfer
import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.mesh import MeshContract

GEOMETRY = {
    "head": np.array([2, 0, 20]),
    "valid": "1  # volume info valid",
    "filename": "orig.mgz",
    "volume": np.array([256, 256, 256]),
    "voxelsize": np.array([1.0, 1.0, 1.0]),
    "xras": np.array([-1.0, 0.0, 0.0]),
    "yras": np.array([0.0, 0.0, -1.0]),
    "zras": np.array([0.0, 1.0, 0.0]),
    "cras": np.array([1.5, -20.25, 3.0]),
}


def write(path, points, faces, geometry=GEOMETRY):
    nibabel.freesurfer.write_geometry(str(path), points, faces, volume_info=geometry)
    return path


class TestFreeSurferSurface(MeshContract):
    @pytest.fixture
    def folder(self, tmp_path, values):
        nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.sulc"), values[0, :4])
        nibabel.freesurfer.write_morph_data(str(tmp_path / "rh.curv"), values[1, :4])
        return tmp_path

    @pytest.fixture
    def mesh(self, folder, tetrahedron):
        return open_data(write(folder / "lh.pial", *tetrahedron))

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, folder, tetrahedron):
        points, faces = tetrahedron
        points = points.copy()
        points[1, 2] += 1
        return open_data(write(folder / "lh.white", points, faces))

    def test_points_are_moved_by_the_volumes_centre_into_the_scanners_space(self, mesh, tetrahedron):
        points, faces = nibabel.freesurfer.read_geometry(str(mesh.path))
        np.testing.assert_allclose(mesh.points, points + GEOMETRY["cras"], rtol=1e-6)
        np.testing.assert_array_equal(mesh.faces, faces)

    def test_it_is_sniffed_by_content_and_its_hemisphere_by_name(self, mesh):
        assert sniff(mesh.path) == "mesh"
        assert mesh.hemi == "left"

    def test_values_of_its_hemisphere_lie_beside_it(self, mesh, values):
        assert list(mesh.arrays) == ["sulc"]
        np.testing.assert_array_equal(mesh.arrays["sulc"], values[0, :4])


@pytest.mark.parametrize(
    "geometry",
    [None, GEOMETRY | {"valid": "0  # volume info invalid"}, GEOMETRY | {"head": np.array([2, 1, 20])}],
    ids=["no geometry", "invalid geometry", "scanner coordinates"],
)
def test_points_stay_where_no_centre_counts(tmp_path, tetrahedron, geometry):
    path = write(tmp_path / "lh.pial", *tetrahedron, GEOMETRY)
    if geometry is None:
        write(path, *tetrahedron, None)
    else:
        text = path.read_bytes()
        head = np.array(geometry["head"], ">i4").tobytes()
        text = text.replace(np.array(GEOMETRY["head"], ">i4").tobytes(), head)
        path.write_bytes(text.replace(GEOMETRY["valid"].encode(), str(geometry["valid"]).encode()))
    np.testing.assert_array_equal(open_data(path).points, tetrahedron[0])


def test_values_alone_are_a_series_of_one_item(tmp_path, values):
    nibabel.freesurfer.write_morph_data(str(tmp_path / "rh.thickness"), values[0])
    assert sniff(tmp_path / "rh.thickness") == "array"
    series = open_data(tmp_path / "rh.thickness")
    assert series.times == TimeAxis(0.0, 1.0, 1, "items")
    assert series.hemi == "right"
    np.testing.assert_array_equal(series.row(0), values[0])


def test_a_cut_off_surface_is_refused_before_allocating(tmp_path, tetrahedron):
    path = write(tmp_path / "lh.pial", *tetrahedron, None)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(FormatError, match=r"4 vertices and 4 faces need \d+ bytes"):
        open_data(path)
    start = content.index(b"\n\n") + 2
    path.write_bytes(content[:start] + b"\x7f\xff\xff\xff" * 2 + content[start + 8 :])
    with pytest.raises(FormatError, match=r"2,147,483,647 vertices"):
        open_data(path)


def test_cut_off_values_are_refused_with_the_arithmetic(tmp_path, values):
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.sulc"), values[0])
    (tmp_path / "lh.sulc").write_bytes((tmp_path / "lh.sulc").read_bytes()[:-3])
    with pytest.raises(FormatError, match=r"7 values of 4 bytes behind 15 do not make up its 40 bytes"):
        open_data(tmp_path / "lh.sulc")


def test_damaged_files_never_end_in_a_foreign_error(tmp_path, tetrahedron):
    path = write(tmp_path / "lh.pial", *tetrahedron)
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x61
        path.write_bytes(damaged)
        with suppress(FormatError):
            open_data(path)


def three_bytes(values):
    return b"".join(int(value).to_bytes(3, "big") for value in np.ravel(values))


def quadrangles(points, quads, old):
    """A box of quadrangles as FreeSurfer wrote them: hundredths of mm, or floats."""
    begin = b"\xff\xff\xff" if old else b"\xff\xff\xfd"
    places = np.rint(points * 100).astype(">i2") if old else points.astype(">f4")
    return begin + three_bytes([len(points), len(quads)]) + places.tobytes() + three_bytes(quads)


@pytest.fixture
def box():
    points = np.array([[x, y, z] for x in (-1, 1) for y in (-2, 2) for z in (-3, 3)], np.float32) * 10.25
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [1, 5, 7, 3], [0, 2, 6, 4]])
    return points, quads


@pytest.mark.parametrize("old", [False, True], ids=["floats", "hundredths"])
def test_quadrangles_are_split_as_nibabel_splits_them(tmp_path, box, old):
    path = tmp_path / "lh.orig"
    path.write_bytes(quadrangles(*box, old))
    assert sniff(path) == "mesh"
    mesh = open_data(path)
    points, faces = nibabel.freesurfer.read_geometry(str(path))
    np.testing.assert_array_equal(mesh.points, points.astype(np.float32))
    np.testing.assert_array_equal(mesh.faces, faces)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"8 vertices and 6 faces need|do not make up"):
        open_data(path)


def test_values_that_begin_as_old_surfaces_do_are_values(tmp_path, values):
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.curv"), np.ones(70000, np.float32))
    assert sniff(tmp_path / "lh.curv") == "array"


def test_values_of_the_last_century_are_hundredths(tmp_path):
    stored = np.array([-250, 0, 17, 32767, 5], ">i2")
    (tmp_path / "lh.curv").write_bytes(three_bytes([5, 6]) + stored.tobytes())
    assert sniff(tmp_path / "lh.curv") == "array"
    expected = nibabel.freesurfer.read_morph_data(str(tmp_path / "lh.curv")).astype(np.float32)
    np.testing.assert_array_equal(open_data(tmp_path / "lh.curv").row(0), expected)


def test_packed_values_are_known_by_what_is_inside(tmp_path, values):
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.area"), values[0])
    packed = tmp_path / "lh.area.gz"
    packed.write_bytes(gzip.compress((tmp_path / "lh.area").read_bytes()))
    np.testing.assert_array_equal(open_data(packed).row(0), values[0])


def test_an_ascii_surface_is_its_lines(tmp_path, tetrahedron):
    points, faces = tetrahedron
    lines = ["#!ascii version of lh.white", "4 4"]
    lines += [f"{x:.6f}  {y:.6f}  {z:.6f}  0" for x, y, z in points] + [f"{a} {b} {c} 0" for a, b, c in faces]
    (tmp_path / "lh.white.asc").write_text("\n".join(lines) + "\n")
    assert sniff(tmp_path / "lh.white.asc") == "mesh"
    mesh = open_data(tmp_path / "lh.white.asc")
    np.testing.assert_array_equal(mesh.points, points)
    np.testing.assert_array_equal(mesh.faces, faces)
    (tmp_path / "lh.white.asc").write_text("\n".join(lines[:-2]))
    with pytest.raises(FormatError, match=r"4 vertices and 4 faces in 7 lines|cut off"):
        open_data(tmp_path / "lh.white.asc")


@pytest.mark.parametrize("kind", ["triangles", "floats", "hundredths", "values"])
def test_mutated_files_are_read_or_refused(tmp_path, tetrahedron, values, box, kind):
    path = write(tmp_path / "lh.pial", *tetrahedron)
    if kind in ("floats", "hundredths"):
        path.write_bytes(quadrangles(*box, kind == "hundredths"))
    elif kind == "values":
        nibabel.freesurfer.write_morph_data(str(path), values[0])
    content = path.read_bytes()
    assert survive(path, mutations(content, len(content), MUTATIONS), open_data)["refused"]
