from contextlib import suppress

import nibabel.freesurfer
import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
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
