import numpy as np
import pytest

from brainreel.phantom import open_phantom
from brainreel.phantom.cortex import CortexMesh, mean_curvature, vertex_normals
from brainreel.space.geodesic import divisions_for, geodesic_sphere
from contracts.mesh import MeshContract


@pytest.fixture(scope="module")
def cortex():
    return open_phantom("phantom:cortex?vertices=10000")


class TestCortex(MeshContract):
    @pytest.fixture
    def mesh(self):
        return CortexMesh("left", 2500)

    @pytest.fixture
    def again(self):
        return CortexMesh("left", 2500)

    def test_a_moved_vertex_changes_the_fingerprint(self, mesh):
        others = [CortexMesh("right", 2500), CortexMesh("left", 3000)]
        assert len({one.fingerprint() for one in (mesh, *others)}) == 3


def test_hemispheres_lie_on_their_sides_and_are_as_large_as_a_humans(cortex):
    left, right = cortex["left"].points, cortex["right"].points
    assert (left[:, 0] < 0).all()
    assert (right[:, 0] > 0).all()
    width, length, height = np.ptp(np.concatenate([left, right]), axis=0)
    assert width == pytest.approx(133, abs=5)
    assert length == pytest.approx(168, abs=5)
    assert height == pytest.approx(107, abs=5)


def test_hemispheres_are_alike_but_no_mirror_images(cortex):
    offset = np.abs(cortex["left"].points * (-1, 1, 1) - cortex["right"].points).max(1)
    assert 0.2 < np.median(offset) < 3


@pytest.mark.parametrize("hemi", ["left", "right"])
def test_surfaces_are_closed_spheres_in_topology(cortex, hemi):
    faces = cortex[hemi].faces
    edges = np.sort(np.concatenate([faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()
    assert len(cortex[hemi].points) - len(unique) + len(faces) == 2


def test_sulci_are_positive_in_sulc_and_in_curv(cortex):
    mesh = cortex["left"]
    sulc, curv = mesh.arrays["sulc"], mesh.arrays["curv"]
    deep, crown = sulc > np.quantile(sulc, 0.9), sulc < np.quantile(sulc, 0.3)
    assert np.median(curv[deep]) > 0.05
    assert np.median(curv[crown]) < -0.02
    assert 3 <= np.ptp(sulc) <= 12


def test_normals_of_a_sphere_point_outwards_and_its_curvature_is_that_of_its_radius():
    points, faces = geodesic_sphere(12)
    np.testing.assert_allclose(vertex_normals(points, faces), points, atol=5e-3)
    np.testing.assert_allclose(mean_curvature(20 * points, faces), -1 / 20, rtol=0.15)


@pytest.mark.parametrize(("asked", "got"), [(12, 12), (2562, 2562), (20000, 20252), (163842, 163842)])
def test_the_number_of_vertices_is_the_nearest_that_a_sphere_can_have(asked, got):
    assert 10 * divisions_for(asked) ** 2 + 2 == got
    if got < 3000:
        points, faces = geodesic_sphere(divisions_for(asked))
        assert (len(points), len(faces)) == (got, 2 * got - 4)
        np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1)
