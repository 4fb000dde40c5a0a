"""Lists of surfaces over time that ParaView wrote, as VTK reads their files."""

import numpy as np
import pytest

from brainreel.data import MeshSeries, TimeAxis
from brainreel.formats import open_data

pytest.importorskip("vtk")
UNEVEN = (0.0, 3.0, 6.0, 9.0, 11.0, 12.0, 13.0, 16.0, 20.0, 21.0, 25.0)


@pytest.fixture
def folder(shared_data):
    return shared_data / "sequences" / "pvd_dualsphere"


def read_by_vtk(path):
    """Points, polygons (all triangles) and normals."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    faces = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vtk_to_numpy(data.GetPoints().GetData()), faces, vtk_to_numpy(data.GetPointData().GetArray("Normals"))


def read_together(folder, names):
    """The files `names` one after the other."""
    parts = [read_by_vtk(folder / "dualSphereAnimation" / f"dualSphereAnimation_{name}.vtp") for name in names]
    first = np.cumsum([0, *(len(points) for points, *_ in parts)])
    faces = [faces + begin for (_, faces, _), begin in zip(parts, first, strict=False)]
    return np.concatenate([p for p, *_ in parts]), np.concatenate(faces), np.concatenate([n for *_, n in parts])


def same(mesh, theirs):
    points, faces, normals = theirs
    np.testing.assert_array_equal(mesh.points, points)
    np.testing.assert_array_equal(np.sort(mesh.faces, 1), np.sort(faces, 1))
    np.testing.assert_array_equal(mesh.arrays["Normals"], normals)


@pytest.mark.parametrize(("name", "count"), [("dualSphereAnimation", 11), ("dualSphereAnimation4", 5)])
def test_a_collection_of_two_parts_has_the_points_triangles_and_arrays_of_both(folder, name, count):
    series = open_data(folder / f"{name}.pvd")
    assert series.times == TimeAxis(0.0, 1.0, count)
    for k in range(count):
        same(series.mesh(k), read_together(folder, [f"P00T{k:04}", f"P01T{k:04}"]))


def test_a_collection_without_parts_takes_files_of_one_time_together(folder):
    series = open_data(folder / "dualSphereAnimation4NoPart.pvd")
    assert [len(series.mesh(k).points) for k in range(5)] == [50, 112, 112, 112, 112]
    same(series.mesh(0), read_together(folder, ["P00T0000"]))


def test_a_collection_without_times_is_one_surface(folder):
    mesh = open_data(folder / "dualSphereNoTime.pvd")
    assert not isinstance(mesh, MeshSeries)
    same(mesh, read_together(folder, ["P00T0001", "P01T0001"]))


def test_a_file_series_has_its_uneven_times(folder):
    series = open_data(folder / "dualSphereAnimation" / "dualSphereAnimation.vtp.series")
    assert series.times == TimeAxis(0.0, 2.5, 11, uneven=UNEVEN)
    for k in range(11):
        same(series.mesh(k), read_together(folder, [f"P00T{k:04}"]))


def test_mne_reads_the_same_source_estimate(shared_data):
    mne = pytest.importorskip("mne")
    mne.set_log_level("error")
    files = [shared_data / "surfaces" / "stc" / f"meg_source_estimate-{side}.stc" for side in ("lh", "rh")]
    theirs = mne.read_source_estimate(str(files[0]))
    for file, data, vertices in zip(files, (theirs.lh_data, theirs.rh_data), theirs.vertices, strict=True):
        series = open_data(file)
        np.testing.assert_array_equal(series.vertices, vertices)
        np.testing.assert_array_equal([series.row(k) for k in range(series.times.count)], data.T)
        np.testing.assert_allclose(series.times.first_s + series.times.step_s * np.arange(4), theirs.times, rtol=1e-6)
