"""Triangles cut to what the rasteriser can see."""

import numpy as np

from brainreel.render.cpu.clip import clip
from contracts.surfaces import sphere, view_from


def clipped(view, near=0.05, mesh=None):
    mesh = mesh or sphere(12)
    result = clip(mesh.points, mesh.faces, view, near)
    return mesh, result, result.cuts.extend(mesh.points)


def normals(corners):
    a, b, c = corners.transpose(1, 0, 2)
    return np.cross(b - a, c - a)


def test_nothing_that_remains_is_nearer_than_the_near_plane():
    view = view_from((0.5, 0.2, 0.1))
    _, result, points = clipped(view)
    depth = (points[result.faces].reshape(-1, 3) - view.eye) @ view.forward
    assert depth.min() >= 0.05 - 1e-6
    assert (np.abs(depth - 0.05) < 1e-6).any()


def test_area_before_the_near_plane_is_kept_and_nothing_else():
    view = view_from((0.5, 0.2, 0.1))
    mesh, result, points = clipped(view)
    heights = (mesh.points - view.eye) @ view.forward - 0.05
    whole = (heights[mesh.faces] >= 0).all(-1)
    gone = (heights[mesh.faces] < 0).all(-1)
    kept = np.isin(np.arange(len(mesh.faces)), result.sources)
    assert kept[whole].all()
    assert not kept[gone].any()
    pieces, wholes = normals(points[result.faces]), normals(mesh.points[mesh.faces[result.sources]])
    assert ((pieces * wholes).sum(-1) >= -1e-9).all()  # no triangle turned over


def test_a_cut_edge_has_one_new_vertex_for_both_its_triangles():
    _, result, points = clipped(view_from((0.5, 0.2, 0.1)))
    edges = np.sort(np.concatenate([result.faces[:, [0, 1]], result.faces[:, [1, 2]], result.faces[:, [2, 0]]]), -1)
    used, counts = np.unique(edges, axis=0, return_counts=True)
    view = view_from((0.5, 0.2, 0.1))
    depth = (points[used] - view.eye) @ view.forward
    inner = depth.max(-1) > 0.05 + 1e-5
    assert (counts[inner] == 2).all()  # only edges along the plane have one triangle


def test_values_are_interpolated_where_vertices_are():
    mesh, result, points = clipped(view_from((0.5, 0.2, 0.1)))
    linear = mesh.points @ np.array([1, 2, -3], np.float32) + 4
    np.testing.assert_allclose(result.cuts.extend(linear), points @ np.array([1, 2, -3]) + 4, atol=1e-5)


def test_sources_ascend_so_that_layers_stay_together():
    _, result, _ = clipped(view_from((0.5, 0.2, 0.1)))
    assert (np.diff(result.sources) >= 0).all()
