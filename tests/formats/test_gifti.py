import gzip
from contextlib import suppress

import nibabel
import numpy as np
import pytest
from nibabel.gifti import GiftiCoordSystem, GiftiDataArray, GiftiImage, GiftiMetaData

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.mesh import MeshContract


def write(path, *arrays):
    content = GiftiImage(darrays=list(arrays)).to_bytes()
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return path


def point_set(points, xform=None, dataspace=0, **meta):
    system = GiftiCoordSystem(dataspace, 3, np.eye(4) if xform is None else xform)
    return GiftiDataArray(
        points.astype(np.float32), "NIFTI_INTENT_POINTSET", coordsys=system, meta=GiftiMetaData(**meta)
    )


def triangles(faces):
    return GiftiDataArray(faces.astype(np.int32), "NIFTI_INTENT_TRIANGLE")


def scalars(values, intent="NIFTI_INTENT_SHAPE"):
    return GiftiDataArray(values, intent)


class TestGiftiSurface(MeshContract):
    @pytest.fixture
    def folder(self, tmp_path, tetrahedron, values):
        write(tmp_path / "sulc_left.gii.gz", scalars(values[0, :4]))
        write(tmp_path / "curv_left.shape.gii", scalars(values[1, :4]))
        return tmp_path

    @pytest.fixture
    def mesh(self, folder, tetrahedron):
        points, faces = tetrahedron
        return open_data(write(folder / "pial_left.gii.gz", point_set(points), triangles(faces)))

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path)

    @pytest.fixture
    def changed(self, folder, tetrahedron):
        points, faces = tetrahedron
        points = points.copy()
        points[2, 0] += 1
        return open_data(write(folder / "white_left.gii", point_set(points), triangles(faces)))

    def test_points_and_faces_are_those_of_the_file(self, mesh, tetrahedron):
        np.testing.assert_array_equal(mesh.points, tetrahedron[0])
        np.testing.assert_array_equal(mesh.faces, tetrahedron[1])

    def test_sulc_and_curv_lie_beside_it(self, mesh, values):
        assert set(mesh.arrays) == {"sulc", "curv"}
        np.testing.assert_array_equal(mesh.arrays["sulc"], values[0, :4])

    def test_the_values_beside_it_are_part_of_its_fingerprint(self, mesh, values):
        before = mesh.fingerprint()
        write(mesh.path.with_name("sulc_left.gii.gz"), scalars(values[2, :4]))
        assert open_data(mesh.path).fingerprint() != before


def test_a_stated_transform_is_applied_once(tmp_path, tetrahedron):
    points, faces = tetrahedron
    xform = np.array([[1, 0, 0, 10], [0, 0, -1, 20], [0, 1, 0, 30], [0, 0, 0, 1]], float)
    mesh = open_data(write(tmp_path / "a.gii", point_set(points, xform, VolGeomC_R="5"), triangles(faces)))
    np.testing.assert_allclose(mesh.points, points @ xform[:3, :3].T + (10, 20, 30))


def test_freesurfers_surface_coordinates_move_by_the_volumes_centre(tmp_path, tetrahedron):
    points, faces = tetrahedron
    centre = {"VolGeomC_R": "1.5", "VolGeomC_A": "-2", "VolGeomC_S": "3"}
    mesh = open_data(write(tmp_path / "a.gii", point_set(points, **centre), triangles(faces)))
    np.testing.assert_allclose(mesh.points, points + np.float32([1.5, -2, 3]))
    scanner = open_data(write(tmp_path / "b.gii", point_set(points, dataspace=1, **centre), triangles(faces)))
    np.testing.assert_array_equal(scanner.points, points)


def test_a_surface_inside_out_is_turned(tmp_path, tetrahedron):
    points, faces = tetrahedron
    mesh = open_data(write(tmp_path / "a.gii", point_set(points), triangles(faces[:, ::-1])))
    np.testing.assert_array_equal(np.sort(mesh.faces), np.sort(faces))
    np.testing.assert_array_equal(mesh.faces, faces)


def test_the_hemisphere_is_the_options_then_the_metadatas_then_the_names(tmp_path, tetrahedron):
    points, faces = tetrahedron
    stated = point_set(points, AnatomicalStructurePrimary="CortexRight")
    path = write(tmp_path / "pial_left.gii", stated, triangles(faces))
    assert open_data(path, ReadOptions(hemi="left")).hemi == "left"
    assert open_data(path).hemi == "right"
    write(path, point_set(points), triangles(faces))
    assert open_data(path).hemi == "left"


def test_values_alone_are_a_series(tmp_path, values):
    path = write(tmp_path / "lh.sulc.gii", scalars(values[0]))
    assert sniff(path) == "array"
    series = open_data(path)
    assert series.times == TimeAxis(0.0, 1.0, 1, "items")
    assert series.hemi == "left"
    np.testing.assert_array_equal(series.row(0), values[0])


def test_several_arrays_are_rows_at_the_stated_times(tmp_path, values):
    path = write(tmp_path / "a.func.gii", *(scalars(row, "NIFTI_INTENT_TIME_SERIES") for row in values))
    with pytest.raises(FormatError, match="5 rows without times"):
        open_data(path)
    series = open_data(path, ReadOptions(times=(0.0, 2.0)))
    np.testing.assert_array_equal(series.row(3), values[3])


def test_a_surface_is_sniffed_without_reading_it(tmp_path, tetrahedron):
    points, faces = tetrahedron
    path = write(tmp_path / "a.gii", point_set(points), triangles(faces))
    assert sniff(path) == "mesh"
    path.write_bytes(path.read_bytes()[:900])
    assert sniff(path) == "mesh"


def test_values_of_another_surface_are_refused_when_asked_for(tmp_path, tetrahedron, values):
    points, faces = tetrahedron
    write(tmp_path / "sulc_left.gii", scalars(values[0]))
    mesh = open_data(write(tmp_path / "pial_left.gii", point_set(points), triangles(faces)))
    with pytest.raises(FormatError, match=r"sulc_left\.gii: 7 values, but the surface beside it has 4 vertices"):
        mesh.arrays["sulc"]


@pytest.mark.parametrize("face", [[0, 1, 4], [-1, 0, 1]])
def test_a_face_beyond_the_points_is_refused(tmp_path, tetrahedron, face):
    points, faces = tetrahedron
    with pytest.raises(FormatError, match=r"face 4 is .*, but there are 4 vertices"):
        open_data(write(tmp_path / "a.gii", point_set(points), triangles(np.vstack([faces, face]))))


def test_a_point_that_is_nowhere_is_refused(tmp_path, tetrahedron):
    points, faces = tetrahedron
    points = points.copy()
    points[3, 1] = np.nan
    with pytest.raises(FormatError, match="vertex 3 has no finite place"):
        open_data(write(tmp_path / "a.gii", point_set(points), triangles(faces)))


def test_points_without_triangles_are_refused(tmp_path, tetrahedron):
    with pytest.raises(FormatError, match="1 point sets and 0 sets of triangles"):
        open_data(write(tmp_path / "a.gii", point_set(tetrahedron[0])))


def test_damaged_files_never_end_in_a_foreign_error(tmp_path, tetrahedron):
    points, faces = tetrahedron
    content = write(tmp_path / "a.gii", point_set(points), triangles(faces)).read_bytes()
    variants = [content[:k] for k in range(1, len(content), 41)]
    for position in range(0, len(content), 5):
        damaged = bytearray(content)
        damaged[position] ^= 0x11
        variants.append(bytes(damaged))
    for number, damaged in enumerate(variants):
        path = tmp_path / ("b.gii", "b.gii.gz")[number % 2]
        path.write_bytes(gzip.compress(damaged, 1) if number % 2 else damaged)
        with suppress(FormatError):
            open_data(path)


def test_the_files_are_what_nibabel_reads(tmp_path, tetrahedron):
    points, faces = tetrahedron
    path = write(tmp_path / "a.surf.gii", point_set(points), triangles(faces))
    mesh, (xyz, corners) = open_data(path), nibabel.load(path).agg_data()
    np.testing.assert_array_equal(mesh.points, xyz)
    np.testing.assert_array_equal(mesh.faces, corners)
