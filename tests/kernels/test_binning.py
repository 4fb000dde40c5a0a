"""Where vertices land in the picture, and which triangles a tile hears of."""

import numpy as np

from brainreel.kernels.pool import Pool
from brainreel.kernels.raster import raster_tile, tile_of_samples
from brainreel.render.cpu.binned import bin_triangles
from brainreel.render.cpu.geometry import Geometry, Part
from contracts.surfaces import sphere, view_from

SHADING = np.ones((1, 4), np.float32)
OPAQUE = np.ones(1, np.float32)
NONE = np.zeros(0, np.float32)


def binned(view, threads=1, cull=True):
    part = Part.of(sphere(40))
    geometry = Geometry.of(((part,),))
    if not cull:
        object.__setattr__(part, "closed", False)
    return bin_triangles(Pool(threads), geometry, NONE, NONE, SHADING, OPAQUE, view)


def test_vertices_land_where_the_view_projects_them_to_a_256th_of_a_pixel():
    view = view_from((1, 2, 3), (300, 200))
    seen = binned(view)
    points = sphere(40).points
    expected, depth = view.project(points)
    places = np.stack([seen.projected.x, seen.projected.y], -1)[: len(points)]
    assert np.abs(places / 256 - expected).max() <= 0.51 / 256
    np.testing.assert_allclose(1 / seen.projected.inverse[: len(points)], depth, rtol=1e-6)


def test_a_tile_sees_the_same_from_its_own_list_as_from_all_triangles():
    view = view_from((1, 2, 3), (300, 200), angle=20)
    seen = binned(view)
    everything = np.arange(len(seen.scene.faces), dtype=np.int32)
    for tile in range(len(seen.bins.firsts) - 1):
        listed, all_of_them = tile_of_samples(), tile_of_samples()
        left, top = tile % seen.bins.across * 64, tile // seen.bins.across * 64
        first, last = seen.bins.firsts[tile], seen.bins.firsts[tile + 1]
        rest = (seen.scene.faces, seen.projected, True, 0.0, None)
        raster_tile(left, top, seen.bins.numbers, first, last, *rest, listed)
        raster_tile(left, top, everything, 0, len(everything), *rest, all_of_them)
        # tiles reach beyond the picture's edge, where nothing needs to be seen
        inside = np.zeros((32, 32, 16), bool)
        inside[: (200 - top + 1) // 2, : (300 - left + 1) // 2] = True
        np.testing.assert_array_equal(listed.owner[inside.ravel()], all_of_them.owner[inside.ravel()])


def test_lists_ascend_and_do_not_depend_on_threads():
    view = view_from((1, 2, 3), (300, 200))
    one, four = binned(view, 1, cull=False), binned(view, 4, cull=False)
    np.testing.assert_array_equal(one.bins.numbers, four.bins.numbers)
    np.testing.assert_array_equal(one.bins.firsts, four.bins.firsts)
    for first, last in zip(one.bins.firsts, one.bins.firsts[1:], strict=False):
        assert (np.diff(one.bins.numbers[first:last]) > 0).all()
    assert len(one.bins.numbers) > 1.5 * len(binned(view, cull=True).bins.numbers)
