"""PLY, STL, OBJ, OFF and mz3: points, triangles and every array as the file has them, and as VTK reads them."""

import numpy as np
import pytest

from brainreel.data import Mesh, Series
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.mesh import MeshContract
from contracts.mesh_files import CODES, TYPES, write_mz3, write_obj, write_off, write_ply, write_stl

POLYGONS = [[0, 3, 1], [0, 1, 2, 3], [1, 3, 2]]
WRITERS = {
    "ply": write_ply,
    "big.ply": lambda path, *mesh: write_ply(path, *mesh, coding="binary_big_endian"),
    "stl": write_stl,
    "text.stl": lambda path, *mesh: write_stl(path, *mesh, text=True),
    "obj": write_obj,
    "off": write_off,
    "mz3": write_mz3,
}


@pytest.mark.parametrize("ending", WRITERS)
class TestExchangedSurface(MeshContract):
    @pytest.fixture
    def mesh(self, tmp_path, tetrahedron, ending):
        return open_data(WRITERS[ending](tmp_path / f"lh.a.{ending}", *tetrahedron))

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, tmp_path, tetrahedron, ending):
        points = tetrahedron[0].copy()
        points[1, 2] += 1
        return open_data(WRITERS[ending](tmp_path / f"lh.b.{ending}", points, tetrahedron[1]))

    def test_points_and_faces_are_the_files(self, mesh, tetrahedron):
        assert sniff(mesh.path) == "mesh"
        np.testing.assert_array_equal(mesh.points, tetrahedron[0])
        np.testing.assert_array_equal(mesh.faces, tetrahedron[1])
        assert mesh.hemi == "left"

    def test_a_truncated_file_is_refused(self, mesh):
        content = mesh.path.read_bytes()
        cut = [content[: int(part * len(content))] for part in (0.9, 0.6, 0.2)]
        if mesh.path.suffix == ".obj":  # states no numbers: what ends between two faces is whole
            cut = [content[:-9]]
        for part in cut:
            mesh.path.write_bytes(part)
            with pytest.raises(FormatError, match=f"{mesh.path.name}: "):
                open_data(mesh.path)


@pytest.mark.parametrize(
    ("ending", "write"),
    [
        ("ply", lambda path, *mesh: write_ply(path, *mesh, comment="3D Slicer output. SPACE=LPS")),
        ("stl", lambda path, *mesh: write_stl(path, *mesh, header="3D Slicer output. SPACE=LPS")),
        ("stl", lambda path, *mesh: write_stl(path, *mesh, text=True, header="3D Slicer output. SPACE=LPS")),
        ("obj", lambda path, *mesh: write_obj(path, *mesh, before="# 3D Slicer output. SPACE=LPS\n")),
    ],
)
def test_a_stated_space_of_left_and_posterior_becomes_ras(tmp_path, tetrahedron, ending, write):
    mesh = open_data(write(tmp_path / f"a.{ending}", *tetrahedron))
    np.testing.assert_array_equal(mesh.points, tetrahedron[0] * [-1, -1, 1])


@pytest.mark.parametrize("coding", CODES)
@pytest.mark.parametrize("polygons", [[[0, 1, 2], [0, 2, 3]], POLYGONS], ids=["triangles", "mixed"])
def test_every_property_of_a_ply_is_an_array_by_its_own_name(tmp_path, tetrahedron, coding, polygons):
    rng = np.random.default_rng(3)

    def of_every_type(count):
        return {
            f"{kind}_{name}": (rng.normal(size=count) * 90).clip(0, 120).astype(kind) for kind, name in TYPES.items()
        }

    arrays, face_arrays = of_every_type(4), of_every_type(len(polygons))
    lists = {"texcoord": [[k, 2.5] for k in range(len(polygons))], "ragged": [[1.0] * k for k in range(len(polygons))]}
    path = write_ply(tmp_path / "a.ply", tetrahedron[0], polygons, coding, arrays, {**lists, **face_arrays})
    mesh = open_data(path)
    of_face = [0, 1, 1, 2] if polygons is POLYGONS else [0, 1]
    assert list(mesh.arrays) == list(arrays)
    assert set(mesh.face_arrays) == {"texcoord", *face_arrays}
    for name, values in arrays.items():
        assert mesh.arrays[name].dtype == values.dtype
        np.testing.assert_array_equal(mesh.arrays[name], values)
    for name, values in face_arrays.items():
        assert mesh.face_arrays[name].dtype == values.dtype
        np.testing.assert_array_equal(mesh.face_arrays[name], values[of_face])
    np.testing.assert_array_equal(mesh.face_arrays["texcoord"], np.array(lists["texcoord"])[of_face])
    if polygons is POLYGONS:
        assert {frozenset(face) for face in mesh.faces.tolist()} == {frozenset(f) for f in tetrahedron[1].tolist()}


def test_normals_in_a_ply_turn_with_its_space(tmp_path, tetrahedron):
    points, faces = tetrahedron
    normals = {name: points[:, k].copy() for k, name in enumerate(("nx", "ny", "nz"))}
    mesh = open_data(write_ply(tmp_path / "a.ply", points, faces, arrays=normals, comment="SPACE=LPS"))
    np.testing.assert_array_equal(np.stack([mesh.arrays[name] for name in normals], 1), points * [-1, -1, 1])


def test_equal_corners_of_an_stl_are_one_vertex_and_flat_facets_are_left_out(tmp_path, tetrahedron):
    points, faces = tetrahedron
    more = np.concatenate([points, points[:1] * -0.0, [[0.0, 0.0, 0.0]]]).astype(np.float32)
    faces = np.concatenate([faces, [[4, 5, 0], [1, 4, 2], [2, 5, 1]]])
    mesh = open_data(write_stl(tmp_path / "a.stl", more, faces, attribute=np.arange(7)))
    assert len(mesh.points) == 5
    assert len(mesh.faces) == 6
    np.testing.assert_array_equal(mesh.face_arrays["attribute"], [0, 1, 2, 3, 5, 6])


def test_a_binary_stl_may_begin_with_the_word_of_text(tmp_path, tetrahedron):
    mesh = open_data(write_stl(tmp_path / "a.stl", *tetrahedron, header="solid as a rock"))
    np.testing.assert_array_equal(mesh.points, tetrahedron[0])


def test_corners_counted_back_and_lines_that_go_on_are_read_in_an_obj(tmp_path, tetrahedron):
    points, _ = tetrahedron
    lines = [f"v {x} {y} {z} {k / 4} 0.5 1" for k, (x, y, z) in enumerate(points.tolist())]
    text = "\r\n".join([*lines[:3], "f -3 -2 -1", lines[3], "f 1/2 \\\r\n4//1 -3/2/3", "  f 1 3 4", "f 2 4 3", "l 1 2"])
    (tmp_path / "a.obj").write_bytes(text.encode())
    mesh = open_data(tmp_path / "a.obj")
    np.testing.assert_array_equal(mesh.faces, tetrahedron[1])
    np.testing.assert_array_equal(mesh.arrays["colors"], np.array([[k / 4, 0.5, 1] for k in range(4)], np.float32))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "names vertex 9, but there are 3 from 1 on"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "names vertex 0"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf -4 1 2\n", "names vertex -4"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf a b c\n", "its faces cannot be read"),
        ("v 0 0 0\nv 1 0\nv 0 1 0\nf 1 2 3\n", "do not make up 8 numbers"),
        ("v 0 0 0\nv 1 0 0\nl 1 2\n", "2 vertices and 0 faces are no surface"),
        ("P 0.3 0.3 0.4 10 1 4\n0 0 0\n", "an MNI object, no Wavefront one"),
    ],
)
def test_damaged_or_other_obj_files_are_refused_by_name(tmp_path, text, words):
    (tmp_path / "a.obj").write_text(text)
    with pytest.raises(FormatError, match=words):
        open_data(tmp_path / "a.obj")


def test_normals_and_colours_of_an_off_are_arrays(tmp_path, tetrahedron):
    points, faces = tetrahedron
    rng = np.random.default_rng(5)
    more, colors = rng.random((4, 3 + 4 + 2)).astype(np.float32), rng.random((4, 3)).astype(np.float32)
    mesh = open_data(write_off(tmp_path / "a.off", points, faces, "STCNOFF", more, colors))
    for name, values in (("normals", more[:, :3]), ("colors", more[:, 3:7]), ("texture", more[:, 7:])):
        np.testing.assert_array_equal(mesh.arrays[name], values)
    np.testing.assert_array_equal(mesh.face_arrays["colors"], colors)
    np.testing.assert_array_equal(open_data(write_off(tmp_path / "b.off", points, POLYGONS)).faces.shape, (4, 3))


@pytest.mark.parametrize("keyword", ["OFF BINARY", "4OFF", "nOFF"])
def test_an_off_that_is_not_read_says_what_is(tmp_path, tetrahedron, keyword):
    with pytest.raises(FormatError, match=f"{keyword} is not read; save it as OFF in text"):
        open_data(write_off(tmp_path / "a.off", *tetrahedron, keyword))


@pytest.mark.parametrize("packed", [True, False])
def test_an_mz3_has_colours_and_layers_of_scalars(tmp_path, tetrahedron, packed):
    colors, scalars = np.arange(16, dtype=np.uint8).reshape(4, 4), np.arange(8, dtype=np.float64).reshape(2, 4)
    path = write_mz3(tmp_path / "a.mz3", *tetrahedron, colors, scalars, packed=packed, skip=b"{}  ")
    mesh = open_data(path)
    np.testing.assert_array_equal(mesh.arrays["colors"], colors)
    np.testing.assert_array_equal(mesh.arrays["scalars"], scalars.T)
    assert mesh.arrays["scalars"].dtype == np.float64


def test_an_mz3_without_triangles_holds_values(tmp_path):
    path = write_mz3(tmp_path / "rh.a.mz3", scalars=np.arange(7, dtype=np.float32))
    assert sniff(path) == "array"
    series = open_data(path)
    assert isinstance(series, Series)
    assert not isinstance(series, Mesh)
    np.testing.assert_array_equal(series.row(0), np.arange(7))
    assert (series.times.unit, series.hemi) == ("items", "right")
    layers = write_mz3(tmp_path / "b.mz3", scalars=np.arange(14, dtype=np.float32).reshape(2, 7))
    assert open_data(layers, ReadOptions(times=(0.0, 0.5))).times.count == 2


def test_freesurfers_values_beside_are_not_taken_for_the_surfaces(tmp_path, tetrahedron, values):
    nibabel = pytest.importorskip("nibabel")
    nibabel.freesurfer.write_morph_data(str(tmp_path / "lh.sulc"), values[0, :4])
    curv = np.arange(4, dtype=np.int16)
    mesh = open_data(write_ply(tmp_path / "lh.pial.ply", *tetrahedron, arrays={"curv": curv}))
    assert list(mesh.arrays) == ["curv"]


class TestAgainstVtk:
    """Every file that VTK writes is read as VTK reads it."""

    @pytest.fixture
    def sphere(self):
        vtk = pytest.importorskip("vtk")
        source = vtk.vtkSphereSource()
        source.SetThetaResolution(40)
        source.SetPhiResolution(30)
        source.SetRadius(50)
        source.Update()
        return source.GetOutput()

    @pytest.mark.parametrize("ending", ["ply", "stl", "obj"])
    @pytest.mark.parametrize("way", ["text", "little", "big"])
    def test_points_and_triangles_are_the_same(self, tmp_path, sphere, ending, way):
        from contracts.polydata import taken_apart, vtk

        name = ending.upper()
        path = tmp_path / f"a.{ending}"
        writer, reader = getattr(vtk, f"vtk{name}Writer")(), getattr(vtk, f"vtk{name}Reader")()
        if ending != "obj":
            writer.SetFileType(vtk.VTK_ASCII if way == "text" else vtk.VTK_BINARY)
        if ending == "ply":
            (writer.SetDataByteOrderToBigEndian if way == "big" else writer.SetDataByteOrderToLittleEndian)()
        writer.SetFileName(str(path))
        writer.SetInputData(sphere)
        writer.Write()
        reader.SetFileName(str(path))
        reader.Update()
        points, _, faces, _ = taken_apart(reader.GetOutput())
        mesh = open_data(path)
        np.testing.assert_array_equal(mesh.points, points)
        np.testing.assert_array_equal(mesh.faces, faces)
        assert len(mesh.points) == sphere.GetNumberOfPoints()
