"""What pictures need of a mesh."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.render.cpu.geometry import Geometry, Part, is_closed, vertex_normals
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from contracts.surfaces import sphere, square
from contracts.volumes import view


def test_normals_of_a_sphere_point_outwards():
    mesh = sphere(10, center=(5, 6, 7))
    np.testing.assert_allclose(vertex_normals(mesh.points, mesh.faces), mesh.points - (5, 6, 7), atol=6e-3)


def test_normals_are_weighted_by_area():
    points = np.array([(0, 0, 0), (3, 0, 0), (0, 3, 0), (0, 0, 1)], np.float32)
    faces = np.array([(0, 1, 2), (0, 3, 1)], np.int32)
    np.testing.assert_allclose(vertex_normals(points, faces)[0], np.array([0, 3, 9]) / np.hypot(3, 9), atol=1e-6)


def test_a_sphere_is_closed_and_one_with_a_hole_or_inside_out_is_not():
    mesh = sphere(4)
    assert is_closed(mesh.points, mesh.faces)
    assert not is_closed(mesh.points, mesh.faces[1:])
    assert not is_closed(mesh.points, mesh.faces[:, ::-1])
    turned = mesh.faces.copy()
    turned[0] = turned[0, ::-1]
    assert not is_closed(mesh.points, turned)


def test_vertices_that_are_nowhere_and_faces_without_vertices_are_refused():
    broken = square((0, 1), (0, 1), 0, "lh.gii")
    with pytest.raises(FormatError, match=r"lh\.gii: a face has vertex 9, the surface has 4 vertices"):
        Part.of(replace(broken, faces=np.array([(0, 1, 9)], np.int32)))
    broken.points[2, 1] = np.nan
    with pytest.raises(FormatError, match=r"lh\.gii: vertex 2 has no finite place"):
        Part.of(broken)


def test_backs_are_hidden_only_from_outside_a_closed_surface():
    part = Part.of(sphere(4))
    assert part.hides_backs(view((0, 0, 1.2), (0, 0, -1), (0, 1, 0)))
    assert not part.hides_backs(view((0, 0, 0.2), (0, 0, -1), (0, 1, 0)))
    assert not Part.of(square((0, 1), (0, 1), 0)).hides_backs(view((0, 0, 9), (0, 0, -1), (0, 1, 0)))


def test_parallel_rays_begin_outside_where_all_of_a_surface_is_before_the_eye():
    part = Part.of(sphere(4))
    for height, outside in ((1.2, True), (0.8, False)):
        camera = Camera((5, 0, height), (5, 0, -1), (0, 1, 0), 30, 9.0, True)
        assert part.hides_backs(View.of(camera, (64, 64))) is outside


def test_parts_follow_one_another_layer_by_layer():
    a, b = Part.of(sphere(2)), Part.of(square((0, 1), (0, 1), 0))
    together = Geometry.of(((a, b), (b,)))
    np.testing.assert_array_equal(together.first_vertices, [0, 42, 46, 50])
    np.testing.assert_array_equal(together.first_faces, [0, 82])
    np.testing.assert_array_equal(together.faces[-2:] - 46, b.faces)
