"""What every Mesh promises, whatever it was read from."""

from collections.abc import Mapping

import numpy as np

from brainreel.data import Mesh, MeshWithFaceArrays


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

    def test_arrays_have_values_for_every_vertex_and_those_of_faces_for_every_face(self, mesh):
        both = [(mesh.arrays, len(mesh.points))]
        both += [(mesh.face_arrays, len(mesh.faces))] if isinstance(mesh, MeshWithFaceArrays) else []
        for arrays, count in both:
            assert isinstance(arrays, Mapping)
            for name, values in arrays.items():
                assert name
                assert values.ndim in (1, 2)
                assert len(values) == count
                assert values.dtype.kind in "iuf"
                assert values.dtype.isnative
                assert values.flags.c_contiguous

    def test_the_same_surface_has_the_same_fingerprint(self, mesh, again):
        assert mesh.fingerprint() == mesh.fingerprint() == again.fingerprint()
        assert int(mesh.fingerprint(), 16) >= 0

    def test_a_moved_vertex_changes_the_fingerprint(self, mesh, changed):
        assert (mesh.points != changed.points).any(axis=1).sum() == 1
        assert mesh.fingerprint() != changed.fingerprint()
