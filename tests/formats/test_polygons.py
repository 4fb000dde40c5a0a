"""Polygons are covered once by triangles that all face one way, inward corners or not."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats.polygons import Cells, checked_cells, counted_cells, triangles_of


def cells_of(polygons) -> Cells:
    offsets = np.cumsum([0, *map(len, polygons)])
    return Cells(offsets, np.concatenate(polygons))


def areas(points, faces) -> np.ndarray:
    a, b, c = (points[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)[:, 2] / 2


def test_polygons_of_all_sizes_are_covered_by_two_triangles_fewer_than_they_have_corners(tmp_path):
    turn = np.linspace(0, 2 * np.pi, 8)[:-1]
    points = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1).astype(np.float32)
    polygons = [[0, 1], [0, 1, 2], [1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6]]
    faces, polygon = triangles_of(tmp_path, cells_of(polygons), points)
    assert polygon.tolist() == [1, 2, 2, 3, 3, 3, 3, 3]
    assert (areas(points, faces) > 0).all()
    assert areas(points, faces[polygon == 3]).sum() == pytest.approx(7 / 2 * np.sin(2 * np.pi / 7), rel=1e-6)


@pytest.mark.parametrize("first", range(5))
def test_an_inward_corner_is_the_one_that_the_triangles_share(tmp_path, first):
    outline = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [2, 1, 0], [0, 4, 0]], float)
    faces, polygon = triangles_of(tmp_path, cells_of([np.roll(np.arange(5), first), [0, 1, 2]]), outline)
    assert (areas(outline, faces) > 0).all()
    assert areas(outline, faces[polygon == 0]).sum() == pytest.approx(16 - 6)


def test_a_polygon_that_no_corner_sees_whole_keeps_its_number_of_triangles(tmp_path):
    zigzag = np.array([[0, 0], [9, 0], [9, 9], [7, 9], [7, 2], [2, 2], [2, 9], [0, 9]], float)
    points = np.concatenate([zigzag, np.zeros((8, 1))], 1)
    faces, _ = triangles_of(tmp_path, cells_of([np.arange(8)]), points)
    assert len(faces) == 6


def test_counted_and_checked_cells_agree(tmp_path):
    polygons = [[0, 1, 2], [3, 4, 5, 6], [7], [8, 9]]
    listed = cells_of(polygons)
    counted = counted_cells(tmp_path, np.concatenate([[len(one), *one] for one in polygons]), 4)
    for cells in (counted, checked_cells(tmp_path, listed.offsets, listed.corners)):
        np.testing.assert_array_equal(cells.offsets, listed.offsets)
        np.testing.assert_array_equal(cells.corners, listed.corners)


@pytest.mark.parametrize(
    ("values", "count"), [([3, 0, 1], 1), ([-1, 0, 1], 1), ([3, 0, 1, 2], 2), ([3, 0, 1, 2, 9], 1)]
)
def test_cells_that_do_not_make_up_their_numbers_are_refused(tmp_path, values, count):
    with pytest.raises(FormatError, match="damaged"):
        counted_cells(tmp_path, np.array(values), count)


@pytest.mark.parametrize("offsets", [[], [1, 3], [0, 2], [0, 4, 3]])
def test_offsets_that_do_not_fit_are_refused(tmp_path, offsets):
    with pytest.raises(FormatError, match="do not fit 3 corners"):
        checked_cells(tmp_path, np.array(offsets, np.int64), np.arange(3))
