"""From the vertices of one registered sphere to those of another."""

import numpy as np
import pytest

from brainreel.formats.registry import open_data
from brainreel.space import rotation, spheres
from brainreel.space.geodesic import geodesic_sphere
from brainreel.space.spheres import nearest_vertices, on_unit_sphere, sphere_map


def turned(divisions, angle=0.3):
    points, faces = geodesic_sphere(divisions)
    return points @ rotation(np.array([0.5, -0.2, 1]) * angle).T, faces


def mnes_map(folder, begin, end):
    """MNE's morph map between two spheres (points, faces)."""
    mne = pytest.importorskip("mne")
    maps = pytest.importorskip("mne.morph_map")
    for name, (points, faces) in (("begin", begin), ("end", end)):
        (folder / name / "surf").mkdir(parents=True)
        mne.write_surface(folder / name / "surf" / "lh.sphere.reg", points * 100, faces)
    return maps._make_morph_map_hemi("begin", "end", folder, "lh.sphere.reg", "lh.sphere.reg")


@pytest.mark.parametrize(("coarse", "fine"), [(6, 15), (15, 6), (9, 9)])
def test_maps_are_mnes(tmp_path, coarse, fine):
    begin, end = turned(coarse), geodesic_sphere(fine)
    theirs = mnes_map(tmp_path, begin, end)
    ours = sphere_map(on_unit_sphere(begin[0]), begin[1], on_unit_sphere(end[0]))
    # MNE takes another point of a side for the few vertices that lie over a side and over no triangle
    differ = abs(theirs - ours).max(axis=1).toarray().ravel()
    assert np.mean(differ > 1e-5) <= 0.05
    np.testing.assert_allclose(np.delete(differ, np.flatnonzero(differ > 1e-5)), 0, atol=1e-5)
    assert differ.max() < 0.02


def test_maps_of_a_real_sphere_are_mnes(tmp_path, shared_data):
    mesh = open_data(shared_data / "surfaces" / "fsaverage5" / "sphere_left.gii.gz")
    end = turned(20)
    theirs = mnes_map(tmp_path, (mesh.points / 100, mesh.faces), end)
    ours = sphere_map(on_unit_sphere(mesh.points), mesh.faces, on_unit_sphere(end[0]))
    assert abs(theirs - ours).max() < 1e-5


def test_a_sphere_is_mapped_to_itself_by_ones():
    points, faces = turned(8)
    ours = sphere_map(points, faces, points)
    np.testing.assert_array_equal(ours.toarray(), np.eye(len(points)))


def test_every_vertex_lies_in_the_triangle_that_it_is_given():
    begin, end = turned(7), geodesic_sphere(11)
    ours = sphere_map(begin[0], begin[1], end[0])
    places = ours @ begin[0]
    places /= np.linalg.norm(places, axis=1)[:, None]
    side = np.linalg.norm(begin[0][begin[1][:, 0]] - begin[0][begin[1][:, 1]], axis=1).max()
    assert np.linalg.norm(places - end[0], axis=1).max() < side**3 / 20
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    assert ours.data.min() > 0


def test_long_and_uneven_triangles_are_found_too(monkeypatch):
    points, faces = turned(8)
    points = points * [1, 1, 6] + [0.1, 0, 0]
    points[:, 0] += 0.1 * np.sin(9 * points[:, 1])
    points /= np.linalg.norm(points, axis=1)[:, None]
    end = geodesic_sphere(10)[0]
    ours = sphere_map(points, faces, end)
    monkeypatch.setattr(spheres, "NEAR", len(faces))
    assert abs(ours - sphere_map(points, faces, end)).max() == 0


def test_a_sphere_may_lie_anywhere_and_be_of_any_size():
    points, _ = turned(6)
    moved = (points * 100 + [5, -17, 21]).astype(np.float32)
    np.testing.assert_allclose(on_unit_sphere(moved), points, atol=1e-6)


@pytest.mark.parametrize("spoil", ["far", "nan", "few", "point", "flat"])
def test_what_is_no_sphere_is_refused(spoil):
    points, _ = geodesic_sphere(6)
    points = points.copy()
    if spoil == "far":
        points[7] *= 1.3
    elif spoil == "nan":
        points[7, 1] = np.nan
    elif spoil == "few":
        points = points[:3]
    elif spoil == "point":
        points[:] = 3
    else:
        points[:, 2] = 0
    with pytest.raises(ValueError, match=r"vertices lie|four points"):
        on_unit_sphere(points)


def test_triangles_without_an_area_change_nothing():
    points, faces = turned(6)
    flat = np.vstack([faces, [[0, 0, 1], [2, 2, 2]]]).astype(np.int32)
    end = geodesic_sphere(9)[0]
    np.testing.assert_allclose(
        sphere_map(points, flat, end).toarray(), sphere_map(points, faces, end).toarray(), atol=1e-12
    )


def test_the_nearest_vertex_is_that_of_the_smallest_distance():
    begin, end = turned(5)[0], geodesic_sphere(7)[0]
    distances = np.linalg.norm(begin[None] - end[:, None], axis=2)
    np.testing.assert_array_equal(nearest_vertices(begin, end), distances.argmin(axis=1))
