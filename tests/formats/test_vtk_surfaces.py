"""Surfaces of VTK's legacy and XML files are those that VTK itself reads, array by array."""

import itertools

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
from contracts.mesh import MeshContract
from contracts.polydata import (
    add_space,
    as_vtk_reads,
    assert_same,
    cells,
    legacy_reader,
    some_polydata,
    taken_apart,
    vtk,
    write_legacy,
    write_vtp,
)

COMPRESSORS = ["", "ZLib", "LZ4", "LZMA"]


def moved(data):
    """The same surface with one vertex elsewhere."""
    copy = vtk.vtkPolyData()
    copy.DeepCopy(data)
    copy.GetPoints().SetPoint(5, 1, 2, 3)
    return copy


class TestLegacySurface(MeshContract):
    @pytest.fixture(params=[(True, 42), (False, 42), (True, 51), (False, 51)], ids=str)
    def how(self, request):
        return dict(zip(("text", "version"), request.param, strict=True))

    @pytest.fixture
    def mesh(self, tmp_path, how):
        return open_data(write_legacy(tmp_path / "a.vtk", some_polydata(closed=True), **how))

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, tmp_path, how):
        return open_data(write_legacy(tmp_path / "b.vtk", moved(some_polydata(closed=True)), **how))

    def test_it_is_what_vtk_reads(self, mesh):
        assert_same(mesh, as_vtk_reads(legacy_reader(), mesh.path))
        assert sniff(mesh.path) == "mesh"


class TestXmlSurface(MeshContract):
    @pytest.fixture
    def mesh(self, tmp_path):
        return open_data(write_vtp(tmp_path / "a.vtp", some_polydata(closed=True)))

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, tmp_path):
        return open_data(write_vtp(tmp_path / "b.vtp", moved(some_polydata(closed=True))))


@pytest.mark.parametrize(("text", "version"), list(itertools.product([True, False], [42, 51])))
def test_cells_of_all_kinds_keep_their_values_in_legacy_files(tmp_path, text, version):
    data = some_polydata()
    path = write_legacy(tmp_path / "a.vtk", data, text=text, version=version)
    assert_same(open_data(path), as_vtk_reads(legacy_reader(), path))
    assert "i8 of 3, 100 %" in open_data(path).face_arrays


@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended", "raw"])
@pytest.mark.parametrize("compressor", COMPRESSORS)
@pytest.mark.parametrize(("order", "wide"), [("Little", False), ("Big", True)])
def test_cells_of_all_kinds_keep_their_values_in_xml(tmp_path, mode, compressor, order, wide):
    how = {"mode": "Appended", "raw": True} if mode == "raw" else {"mode": mode}
    path = write_vtp(tmp_path / "a.vtp", some_polydata(), compressor=compressor, order=order, wide=wide, **how)
    assert_same(open_data(path), as_vtk_reads(vtk.vtkXMLPolyDataReader(), path))
    assert sniff(path) == "mesh"


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0", "4.0", "4.1"])
def test_older_versions_are_read_as_vtk_reads_them(tmp_path, version):
    path = write_legacy(tmp_path / "a.vtk", some_polydata(closed=True))
    path.write_bytes(path.read_bytes().replace(b"Version 4.2", b"Version " + version.encode()))
    assert_same(open_data(path), as_vtk_reads(legacy_reader(), path))


def test_colours_written_as_text_are_the_bytes_that_vtk_reads(tmp_path):
    path = tmp_path / "a.vtk"
    numbers = " ".join(f"{k / 255:.4g}" for k in range(240, 252))
    path.write_text(
        "# vtk DataFile Version 3.0\nt\nASCII\nDATASET POLYDATA\nPOINTS 4 float\n0 0 0 1 0 0 0 1 0 0 0 1\n"
        f"POLYGONS 1 4\n3 0 2 1\nPOINT_DATA 4\nCOLOR_SCALARS rgb 3\n{numbers}\n"
    )
    assert_same(open_data(path), as_vtk_reads(legacy_reader(), path))


def test_a_lookup_table_and_arrays_called_by_numbers_do_not_stop_the_reader(tmp_path):
    path = tmp_path / "a.vtk"
    path.write_text(
        "# vtk DataFile Version 3.0\nt\nASCII\n\nDATASET POLYDATA\nFIELD FieldData 1\nTIME 1 1 double\n0.5\n"
        "POINTS 3 float\n0 0 0\n1 0 0\n0 1 0 \nPOLYGONS 1 4\n3 0 1 2\nPOINT_DATA 3\nSCALARS one int\n"
        "LOOKUP_TABLE mine\n1 2 3\nLOOKUP_TABLE mine 2\n0 0 0 1 1 1 1 1\nFIELD more 2\n0 1 3 float\nnan -inf 2\n"
        "7 1 3 int\n4 5 6\n"
    )
    mesh = open_data(path)
    assert_same(mesh, as_vtk_reads(legacy_reader(), path))
    assert list(mesh.arrays) == ["one", "0", "7"]


def test_the_second_array_of_a_name_gets_a_number(tmp_path):
    path = tmp_path / "a.vtk"
    path.write_text(
        "# vtk DataFile Version 3.0\nt\nASCII\nDATASET POLYDATA\nPOINTS 3 float\n0 0 0 1 0 0 0 1 0\n"
        "POLYGONS 1 4\n3 0 1 2\nPOINT_DATA 3\nSCALARS a int\nLOOKUP_TABLE default\n1 2 3\nVECTORS a float\n"
        "1 2 3 4 5 6 7 8 9\nSCALARS a int\nLOOKUP_TABLE default\n4 5 6\n"
    )
    arrays = open_data(path).arrays
    assert list(arrays) == ["a", "a_2", "a_3"]
    np.testing.assert_array_equal(arrays["a_3"], [4, 5, 6])
    assert arrays["a_2"].shape == (3, 3)


def test_pieces_are_one_surface(tmp_path):
    """Compared with VTK's filter: its reader mixes up the values of polygons and strips of several pieces."""
    append = vtk.vtkAppendPolyData()
    parts = [some_polydata(), some_polydata()]
    content = [write_vtp(tmp_path / f"{k}.vtp", part, mode="Ascii").read_text() for k, part in enumerate(parts)]
    for part in parts:
        append.AddInputData(part)
    append.Update()
    cut = [(text.index("<Piece"), text.index("</Piece>") + len("</Piece>")) for text in content]
    path = tmp_path / "both.vtp"
    path.write_text(content[0][: cut[0][1]] + content[1][slice(*cut[1])] + content[0][cut[0][1] :])
    assert_same(open_data(path), taken_apart(append.GetOutput()))


@pytest.mark.parametrize("ending", ["vtk", "vtp", "ascii.vtp"])
@pytest.mark.parametrize("space", ["RAS", "LPS"])
def test_a_stated_space_becomes_ras_with_its_normals_and_vectors(tmp_path, ending, space):
    data = some_polydata(closed=True)
    points, arrays, *_ = taken_apart(data)
    if ending == "vtk":
        path = write_legacy(tmp_path / "a.vtk", data, header=f"3D Slicer output. SPACE={space}")
    else:
        add_space(data, space)
        path = write_vtp(tmp_path / f"a.{ending}", data, mode="Ascii" if ending.startswith("ascii") else "Appended")
    mesh = open_data(path)
    turn = [-1, -1, 1] if space == "LPS" else [1, 1, 1]
    np.testing.assert_array_equal(mesh.points, points * np.array(turn, np.float32))
    for name in ("active Normals", "active Vectors"):
        np.testing.assert_array_equal(mesh.arrays[name], arrays[name] * np.array(turn, np.float32))
    np.testing.assert_array_equal(mesh.arrays["f4 of 3, 100 %"], arrays["f4 of 3, 100 %"])


def test_a_quadrangle_with_an_inward_corner_is_cut_along_the_diagonal_within(tmp_path):
    data = vtk.vtkPolyData()
    points = vtk.vtkPoints()
    for place in [(0, 0, 0), (4, 0, 0), (1, 1, 0), (0, 4, 0)]:
        points.InsertNextPoint(place)
    data.SetPoints(points)
    data.SetPolys(cells([[1, 2, 3, 0], [0, 1, 2, 3]]))
    mesh = open_data(write_vtp(tmp_path / "a.vtp", data))
    a, b, c = (mesh.points[mesh.faces[:, k]] for k in range(3))
    areas = np.cross(b - a, c - a)[:, 2] / 2
    np.testing.assert_allclose(areas.reshape(2, 2).sum(1), 4)
    assert (areas > 0).all()


@pytest.mark.parametrize("version", [42, 51])
def test_little_endian_legacy_files_are_refused_before_they_do_harm(tmp_path, version):
    path = write_legacy(tmp_path / "a.vtk", some_polydata(mixed=False), version=version)
    content = path.read_bytes()
    at = content.index(b"POLYGONS")
    begin = content.index(b"\n", at) + 1
    if version == 51:
        begin = content.index(b"\n", begin) + 1
    end = content.index(
        b"CONNECTIVITY" if version == 51 else b"METADATA" if b"METADATA" in content else b"CELL_DATA", begin
    )
    width = 8 if version == 51 else 4
    size = (end - begin) // width * width
    swapped = np.frombuffer(content[begin : begin + size], f">i{width}").astype(f"<i{width}").tobytes()
    path.write_bytes(content[:begin] + swapped + content[begin + size :])
    with pytest.raises(FormatError, match=r"little-endian, legacy VTK files are big-endian; write it with VTK"):
        open_data(path)


@pytest.mark.parametrize("ending", ["vtk", "vtp"])
def test_lines_without_polygons_are_no_surface(tmp_path, ending):
    data = some_polydata()
    for kind in ("Polys", "Strips"):
        getattr(data, f"Set{kind}")(cells([]))
    data.GetCellData().Initialize()
    path = (write_legacy if ending == "vtk" else write_vtp)(tmp_path / f"a.{ending}", data)
    with pytest.raises(FormatError, match="2 lines and no polygons; this version draws surfaces, no bundles"):
        open_data(path)


@pytest.mark.parametrize("dataset", ["UNSTRUCTURED_GRID", "RECTILINEAR_GRID"])
def test_other_datasets_are_named(tmp_path, dataset):
    (tmp_path / "a.vtk").write_text(f"# vtk DataFile Version 3.0\nt\nASCII\nDATASET {dataset}\nPOINTS 0 float\n")
    for look in (open_data, sniff):
        with pytest.raises(FormatError, match=f"its dataset is {dataset}; of legacy VTK files images"):
            look(tmp_path / "a.vtk")


def test_a_vertex_beyond_the_points_is_refused(tmp_path):
    data = some_polydata(mixed=False)
    data.SetPolys(cells([[0, 1, 40]]))
    data.GetCellData().Initialize()
    with pytest.raises(FormatError, match="names vertex 40, but there are 12 vertices"):
        open_data(write_vtp(tmp_path / "a.vtp", data))


def test_values_for_another_number_of_points_are_refused(tmp_path):
    path = write_legacy(tmp_path / "a.vtk", some_polydata(closed=True), text=True)
    path.write_bytes(path.read_bytes().replace(b"POINT_DATA 50", b"POINT_DATA 49"))
    with pytest.raises(FormatError, match=r"a\.vtk: "):
        open_data(path)
