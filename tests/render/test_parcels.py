"""Parcels on surfaces: in their colours or as borders, the same however they are drawn."""

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.cpu.clip import Cuts
from brainreel.render.cpu.parcels import borders_of, extend_words, seams_of
from contracts.surfaces import Labels, caster, look, parcels, picture, sphere, surface, view_from

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
COLORS = {3: RED, 7: GREEN, 12: BLUE}
GREY = np.full(3, 128)


def strip(count=9, edge=1.0, rows=4):
    """A flat grid of triangles around the origin, (2 count + 1) x (2 rows + 1) vertices, `edge` apart."""
    x, y = np.meshgrid(np.arange(-count, count + 1.0), np.arange(-rows, rows + 1.0))
    across = 2 * count + 1
    a = (np.arange(2 * rows)[:, None] * across + np.arange(across - 1)).ravel()
    faces = np.concatenate([np.stack([a, a + 1, a + across + 1], -1), np.stack([a, a + across + 1, a + across], -1)])
    points = np.stack([x.ravel() * edge, y.ravel() * edge, np.zeros(x.size)], -1)
    return surface(points, faces, "strip.gii")


STRIP = strip()
SEEN = view_from((0, 0, 12), (400, 240), 30)
HALVES = Labels(np.where(STRIP.points[:, 0] < 0.5, 3, 12).astype(np.int32))
"""The border is at x = 0.5."""
BORDER_COLUMN = 200 + 0.5 / (12 * SEEN.pixel_slope)


def drawn(labels, *paints, mesh=STRIP, view=SEEN):
    return picture(caster({"mesh": mesh, "labels": labels}), look("mesh", paints=paints), view=view)


def test_a_parcel_has_one_colour_up_to_half_way_to_the_next():
    seen = drawn(HALVES, parcels("labels", COLORS))
    column = int(BORDER_COLUMN)
    assert (seen[20:220, 20:column] == (255, 0, 0)).all()
    assert (seen[20:220, column + 1 : 380] == (0, 0, 255)).all()


def test_numbers_of_labels_are_never_interpolated():
    seen = drawn(HALVES, parcels("labels", COLORS))
    assert not seen[..., 1].any()  # 7 lies between 3 and 12


def test_a_triangle_of_three_parcels_shows_each_at_its_corner():
    triangle = surface([(-3, -2, 0), (3, -2, 0), (0, 3, 0)], [(0, 1, 2)])
    seen = drawn(Labels(np.array([3, 7, 12], np.int32)), parcels("labels", COLORS), mesh=triangle)
    found, counts = np.unique(seen.reshape(-1, 3), axis=0, return_counts=True)
    areas = {tuple(color): count for color, count in zip(found.tolist(), counts, strict=True)}
    thirds = [areas[255, 0, 0], areas[0, 255, 0], areas[0, 0, 255]]
    assert max(thirds) / min(thirds) < 1.1
    pixel, _ = SEEN.project(np.array([(-2.4, -1.6, 0), (2.4, -1.6, 0), (0, 2.2, 0)]))
    corners = [seen[int(y), int(x)].tolist() for x, y in pixel]
    assert corners == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_labels_without_a_colour_and_vertices_without_a_label_are_bare():
    seen = drawn(HALVES, parcels("labels", {12: BLUE}))
    assert (seen[20:220, 20:195] == GREY).all()
    some = np.flatnonzero(STRIP.points[:, 0] >= 0.5).astype(np.int32)
    np.testing.assert_array_equal(
        drawn(Labels(np.full(len(some), 12, np.int32), some), parcels("labels", COLORS)), seen
    )


def test_a_paint_is_as_opaque_as_its_alpha():
    seen = drawn(HALVES, parcels("labels", COLORS, alpha=0.25))
    assert np.abs(seen[100, 100] - (0.25 * 255 + 0.75 * 128, 0.75 * 128, 0.75 * 128)).max() <= 1


@pytest.mark.parametrize(("height", "width_px"), [(240, 1.5), (1080, 3.0)])
def test_a_border_is_a_line_between_parcels_as_wide_as_the_picture_has_it(height, width_px):
    view = view_from((0, 0, 12), (400, height), 30)
    seen = drawn(HALVES, parcels("labels", {3: (1, 1, 1), 12: (1, 1, 1)}, boundaries=True), view=view)
    row = (seen[height // 2, :, 0].astype(float) - 128) / 127
    assert row.sum() == pytest.approx(width_px, abs=0.25)
    middle = (row * (np.arange(400) + 0.5)).sum() / row.sum()
    assert middle == pytest.approx(200 + 0.5 / (12 * view.pixel_slope), abs=0.1)


def test_each_side_of_a_border_has_its_parcels_colour():
    seen = drawn(HALVES, parcels("labels", COLORS, boundaries=True), view=view_from((0, 0, 8), (400, 1080), 30))
    line = seen[540][(seen[540] != GREY).any(-1)]
    assert line[0].argmax() == 0
    assert line[-1].argmax() == 2


def test_a_border_is_as_wide_whatever_the_triangles():
    """Also where triangles are far smaller than it is wide."""
    widths = []
    for count, edge in ((9, 1.0), (60, 0.125)):
        mesh = strip(count, edge, 20)
        labels = Labels(np.where(mesh.points[:, 0] < edge / 2, 3, 12).astype(np.int32))
        view = view_from((0, 0, 90), (300, 1080), 30)
        seen = drawn(labels, parcels("labels", {3: (1, 1, 1), 12: (1, 1, 1)}, boundaries=True), mesh=mesh, view=view)
        widths.append((seen[540, :, 0].astype(float) - 128)[100:200].clip(0).sum() / 127)
    assert widths == pytest.approx([3, 3], abs=0.3)


def test_distances_from_a_border_are_those_in_space():
    mesh = sphere(24, 50.0)
    high = (mesh.points[:, 2] > 0.3).astype(np.int32)
    borders = borders_of(seams_of(high, mesh.faces), mesh.points)
    assert 3 < borders.reach < 12
    near = borders.distances < 0.5 * borders.reach
    assert near.sum() > 200
    edge = 50 * 1.107 / 24
    assert np.abs(borders.distances[near] - np.abs(mesh.points[near, 2] - 0.3)).max() < edge
    far = np.abs(mesh.points[:, 2]) > borders.reach + edge
    assert (borders.distances[far] == np.float32(borders.reach)).all()


def test_one_parcel_alone_has_no_border():
    whole = Labels(np.full(len(STRIP.points), 3, np.int32))
    assert (drawn(whole, parcels("labels", COLORS, boundaries=True))[20:220, 20:380] == GREY).all()
    assert (drawn(whole, parcels("labels", COLORS))[20:220, 20:380] == (255, 0, 0)).all()


def test_a_view_drawn_again_has_the_same_parcels_kept_or_not():
    ball = sphere(20)
    labels = Labels((np.arange(len(ball.points)) % 5 * 3).astype(np.int32))
    layer = look("ball", paints=(parcels("labels", COLORS, 0.7), parcels("labels", COLORS, boundaries=True)))
    data = {"ball": ball, "labels": labels}
    keeping, forgetting = caster(data), caster(data, budget_bytes=0)
    for view in (view_from((1, 2, 3)), view_from((0.3, 0.2, 0.1))):  # from inside, clipped
        first = picture(forgetting, layer, view=view)
        for _ in range(3):
            np.testing.assert_array_equal(picture(keeping, layer, view=view), first)


def test_a_cut_edge_keeps_the_border_where_it_is():
    words = np.array([1 << 16 | 300, 2 << 16 | 100, 2 << 16 | 500], np.int32)
    ends = np.array([(0, 1), (0, 1), (1, 2)], np.int32)
    cuts = Cuts(((ends, np.array([0.5, 0.9, 0.25], np.float32)),))
    new = extend_words(words, cuts)[3:]
    assert [(word >> 16, word & 65535) for word in new.tolist()] == [(1, 100), (2, 60), (2, 200)]


def test_labels_of_another_surface_are_refused():
    with pytest.raises(SceneError, match=r"has labels of 5 vertices, strip\.gii has 171 vertices"):
        drawn(Labels(np.zeros(5, np.int32)), parcels("labels", COLORS))
    with pytest.raises(SceneError, match="has labels of 172 vertices"):
        drawn(Labels(np.zeros(1, np.int32), np.array([171], np.int32)), parcels("labels", COLORS))
