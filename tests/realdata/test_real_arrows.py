"""Vectors in files of others: normals that VTK wrote, over time too, and a vector source estimate on fsaverage5."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.formats import open_data

HEADER = "brainreel: 1\nmovie: {length: 2s, fps: 5, size: 96x64}\nclocks: {t: {0s: 0 items, 2s: 10 items}}\nlayers: "


def opened(tmp_path, layer):
    path = tmp_path / "a.scene.yaml"
    path.write_text(f"{HEADER}{{a: {layer}}}\n")
    return open_assets(scene.load(path))


def ends(mesh, each):
    """(k, 3) the start of each arrow, and (k, 3) its tip."""
    points = mesh.points.reshape(-1, each, 3).astype(float)
    return points[:, : each // 6].mean(axis=1), points[:, -1]


def test_normals_that_vtk_wrote_are_arrows_at_every_fortieth_vertex(shared_data, tmp_path):
    vtk_io = pytest.importorskip("vtkmodules.vtkIOLegacy")
    numpy_support = pytest.importorskip("vtkmodules.util.numpy_support")
    path = shared_data / "surfaces/mesh_formats/brainImageSmooth.vtk"
    reader = vtk_io.vtkPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    theirs = reader.GetOutput()
    points = numpy_support.vtk_to_numpy(theirs.GetPoints().GetData())[::40]
    normals = numpy_support.vtk_to_numpy(theirs.GetPointData().GetNormals())[::40]
    assets = opened(tmp_path, f"{{points: {path}, arrows: {{vectors: {{array: normals}}, scale: 8mm, every: 40}}}}")
    arrows = assets.data["a.surface.whole"]
    start, tip = ends(arrows.mesh(0), arrows.vertex_count // len(arrows.rows))
    np.testing.assert_allclose(start, points, atol=1e-3)
    np.testing.assert_allclose(tip, points + 8 * normals, atol=1e-3)


def test_a_pvd_whose_points_become_more_has_an_arrow_at_each(shared_data, tmp_path):
    path = shared_data / "sequences/pvd_dualsphere/dualSphereAnimation.pvd"
    assets = opened(tmp_path, f"{{points: {{file: {path}, clock: t}}, arrows: {{vectors: {{array: Normals}}}}}}")
    arrows, meshes = assets.data["a.surface.whole"], open_data(path)
    each = arrows.vertex_count // len(arrows.rows)
    counts = set()
    for moment in range(0, 11, 2):
        mesh = meshes.mesh(moment)
        start, tip = ends(arrows.mesh(moment), each)
        np.testing.assert_allclose(start, mesh.points, atol=1e-4)
        np.testing.assert_allclose(tip, mesh.points + arrows.scale_mm * mesh.arrays["Normals"], atol=1e-4)
        counts.add(len(mesh.points))
    assert len(counts) > 1


def test_a_vector_source_estimate_of_mne_stands_on_fsaverage5(shared_data, tmp_path):
    mne = pytest.importorskip("mne")
    pytest.importorskip("h5io")
    mne.set_log_level("error")
    vertices = [np.arange(0, 10242, 8), np.arange(3, 10242, 8)]
    vectors = np.random.default_rng(0).normal(size=(sum(map(len, vertices)), 3, 4))
    stc = mne.VectorSourceEstimate(vectors, vertices, -0.1, 0.1, "fsaverage5")
    stc.save(tmp_path / "meg", ftype="h5")
    surface = shared_data / "surfaces/fsaverage5/pial_left.gii.gz"
    stated = "{vectors: {file: meg-stc.h5, times: none, clock: t}, scale: 1mm}"
    assets = opened(tmp_path, f"{{points: {surface}, arrows: {stated}}}")
    for side, own, data in (("left", vertices[0], stc.lh_data), ("right", vertices[1], stc.rh_data)):
        arrows = assets.data[f"a.surface.{side}"]
        start, tip = ends(arrows.mesh(2), arrows.vertex_count // len(arrows.rows))
        points = open_data(surface.with_name(f"pial_{side}.gii.gz")).points[own]
        np.testing.assert_allclose(start, points, atol=1e-3)
        np.testing.assert_allclose(tip, points + data[:, :, 2], atol=1e-3)
        np.testing.assert_array_equal(assets.data[f"a.arrows.{side}"].vectors(2), data[:, :, 2].astype(np.float32))
