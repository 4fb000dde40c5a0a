"""Surfaces of the exchange formats that other people's tools wrote, as VTK's own readers have them."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff

CUBES = ["cube.gii", "cube.off", "cube.ply", "cube.stl", "cube.vtk", "cube.wobj", "cube.mz3", "cube_bin.stl"]
SHARED_NUMBERS = [name for name in CUBES if "stl" not in name]


@pytest.fixture(scope="module")
def meshes(shared_data):
    return shared_data / "surfaces" / "mesh_formats"


def assert_as_vtk(mesh, reader):
    from contracts.polydata import as_vtk_reads, assert_same

    reference = as_vtk_reads(reader, mesh.path)
    assert_same(mesh, reference, turned=not np.array_equal(mesh.faces, reference[2]))


def corners(mesh) -> np.ndarray:
    """Every triangle's corners in an order that does not depend on how the file numbers them."""
    triangles = [min(np.roll(face, k, 0).tolist() for k in range(3)) for face in mesh.points[mesh.faces]]
    return np.array(sorted(triangles))


@pytest.mark.parametrize("name", CUBES)
def test_a_cube_is_the_same_in_every_format(meshes, name):
    cube, reference = open_data(meshes / name), open_data(meshes / "cube.gii")
    assert sniff(meshes / name) == "mesh"
    assert (cube.points.shape, cube.faces.shape) == ((8, 3), (12, 3))
    if name != "cube_bin.stl":  # another's cube, whose corners are rounded
        np.testing.assert_array_equal(corners(cube), corners(reference))
    if name in SHARED_NUMBERS:
        np.testing.assert_array_equal(cube.points, reference.points)


def test_strips_of_a_brain_are_the_triangles_that_vtk_reads(meshes):
    from contracts.polydata import legacy_reader

    mesh = open_data(meshes / "brainImageSmooth.vtk")
    assert_as_vtk(mesh, legacy_reader())
    assert (len(mesh.points), len(mesh.faces)) == (5153, 9522)


@pytest.mark.parametrize("name", ["cube.ply", "cube.stl", "cube_bin.stl", "simplify_brain.obj"])
def test_exchanged_files_are_what_vtk_reads(meshes, name):
    from contracts.polydata import as_vtk_reads, vtk

    readers = {".ply": vtk.vtkPLYReader, ".stl": vtk.vtkSTLReader, ".obj": vtk.vtkOBJReader}
    mesh = open_data(meshes / name)
    points, _, faces, _ = as_vtk_reads(readers[mesh.path.suffix](), mesh.path)
    np.testing.assert_array_equal(mesh.points, points.astype(np.float32))
    np.testing.assert_array_equal(mesh.faces, faces)


def test_every_step_of_an_animation_is_what_vtk_reads(shared_data):
    vtk = pytest.importorskip("vtk")
    steps = sorted((shared_data / "sequences" / "pvd_dualsphere").glob("*/*.vtp"))
    assert len(steps) > 20
    for step in steps:
        mesh = open_data(step)
        assert_as_vtk(mesh, vtk.vtkXMLPolyDataReader())
        assert "Normals" in mesh.arrays
        assert mesh.face_arrays


def test_a_surface_of_surf_ice_has_as_many_vertices_as_freesurfers_values_for_it(meshes):
    mesh = open_data(meshes / "BrainMesh_ICBM152.lh.mz3")
    assert len(mesh.points) == open_data(meshes / "BrainMesh_ICBM152.lh.curv").width
    assert mesh.hemi == "left"


@pytest.mark.parametrize(
    "name", ["tractography.vtk", "tractography.vtp", "selectedfibersbaseline.vtk", "tract.FAT_R.vtk"]
)
def test_bundles_are_refused_with_the_number_of_their_lines(shared_data, name):
    with pytest.raises(FormatError, match=r"\d+ lines and no polygons; this version draws surfaces, no bundles"):
        open_data(shared_data / "fibers" / name)
