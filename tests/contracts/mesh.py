"""What every Mesh promises, whatever it was read from."""

from collections.abc import Mapping

import numpy as np

from brainreel.data import Mesh


class MeshContract:
    """Inherit, and give the fixtures `mesh` (a closed surface), `again` (opened anew), `changed` (a vertex moved)."""

    def test_is_a_mesh_of_points_and_triangles(self, mesh):
        assert isinstance(mesh, Mesh)
        assert mesh.points.ndim == mesh.faces.ndim == 2
        assert mesh.points.shape[1] == mesh.faces.shape[1] == 3
        assert mesh.points.dtype == np.float32
        assert mesh.faces.dtype == np.int32
        assert mesh.name

    def test_its_arrays_are_native_and_contiguous(self, mesh):
        for array in (mesh.points, mesh.faces):
            assert array.dtype.isnative
            assert array.flags.c_contiguous

    def test_points_are_finite_and_faces_name_points(self, mesh):
        assert np.isfinite(mesh.points).all()
        assert mesh.faces.min() >= 0
        assert mesh.faces.max() < len(mesh.points)

    def test_faces_are_counter_clockwise_seen_from_outside(self, mesh):
        a, b, c = (mesh.points.astype(float)[mesh.faces[:, k]] for k in range(3))
        assert np.einsum("ij,ij->", a, np.cross(b, c)) > 0

    def test_it_belongs_to_a_hemisphere_or_to_none(self, mesh):
        assert mesh.hemi in ("left", "right", None)

    def test_arrays_have_one_float32_value_a_vertex(self, mesh):
        assert isinstance(mesh.arrays, Mapping)
        for name, values in mesh.arrays.items():
            assert name
            assert values.shape == (len(mesh.points),)
            assert values.dtype == np.float32

    def test_the_same_surface_has_the_same_fingerprint(self, mesh, again):
        assert mesh.fingerprint() == mesh.fingerprint() == again.fingerprint()
        assert int(mesh.fingerprint(), 16) >= 0

    def test_a_moved_vertex_changes_the_fingerprint(self, mesh, changed):
        assert (mesh.points != changed.points).any(axis=1).sum() == 1
        assert mesh.fingerprint() != changed.fingerprint()
