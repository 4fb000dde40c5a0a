"""Coverage against whole-number arithmetic, ownership of shared edges, depth and weights."""

import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from brainreel.kernels.binning import LARGEST_PICTURE, Projected
from brainreel.kernels.raster import QUADS, SAMPLE_OFFSETS, Peeled, raster_tile, tile_of_samples

FAR = LARGEST_PICTURE // 2 * 256


def projected(places, inverse=None):
    places = np.asarray(places, np.int32)
    inverse = np.ones(len(places)) if inverse is None else inverse
    return Projected(places[:, 0].copy(), places[:, 1].copy(), np.asarray(inverse, np.float32))


def tile(places, faces, inverse=None, cull=False, left=0, top=0):
    """Samples (64, 64, 4) of one tile: nearness, owner, second, third."""
    faces = np.asarray(faces, np.int32)
    samples = tile_of_samples()
    numbers = np.arange(len(faces), dtype=np.int32)
    raster_tile(left, top, numbers, 0, len(faces), faces, projected(places, inverse), cull, 0.0, None, samples)
    return tuple(by_pixel(values) for values in samples)


def by_pixel(lanes):
    """(rows of quads, quads, 16) as (64, 64, 4)."""
    split = lanes.reshape(QUADS, QUADS, 2, 2, 4)
    return split.transpose(0, 2, 1, 3, 4).reshape(2 * QUADS, 2 * QUADS, 4)


def sample_places(left=0, top=0):
    """Where the tile's samples lie, (64, 64, 4) each, 1/256 px."""
    row, column = np.mgrid[:64, :64][..., None]
    offsets = np.array(SAMPLE_OFFSETS)
    x = (column + left) * 256 + (offsets[:, 0] * 256).astype(int)
    y = (row + top) * 256 + (offsets[:, 1] * 256).astype(int)
    return x, y


def strictly_inside(corners, x, y):
    """Whether samples lie inside a triangle and on none of its edges, by Python's own integers."""
    (ax, ay), (bx, by), (cx, cy) = ([int(v) for v in corner] for corner in corners)
    x, y = x.astype(object), y.astype(object)
    edges = [
        (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])
        for p, q in (((ax, ay), (bx, by)), ((bx, by), (cx, cy)), ((cx, cy), (ax, ay)))
    ]
    inside = np.logical_and.reduce([e > 0 for e in edges]) | np.logical_and.reduce([e < 0 for e in edges])
    touching = np.logical_or.reduce([e == 0 for e in edges])
    return inside.astype(bool), touching.astype(bool)


@pytest.mark.parametrize("reach", [600, 5_000, 40_000, FAR])
def test_coverage_is_exact_for_triangles_of_any_size(reach):
    rng = np.random.default_rng(reach)
    x, y = sample_places(128, 64)
    for _ in range(40):
        corners = np.array((160 * 256, 96 * 256)) + rng.integers(-reach, reach + 1, (3, 2))
        _, owner, _, _ = tile(corners, [(0, 1, 2)], left=128, top=64)
        inside, touching = strictly_inside(corners, x, y)
        np.testing.assert_array_equal((owner >= 0)[~touching], inside[~touching])


def test_two_triangles_of_a_quad_cover_each_of_its_samples_exactly_once():
    rng = np.random.default_rng(1)
    for _ in range(60):
        # corners on the sample grid, so that edges run through samples
        corners = rng.integers(0, 256, (4, 2)) * 64 + 32
        corners = corners[np.argsort(np.arctan2(*(corners - corners.mean(0)).T))]
        whole = sum((tile(corners, [face])[1] >= 0).astype(int) for face in ((0, 1, 2), (0, 2, 3)))
        flipped = sum((tile(corners, [face])[1] >= 0).astype(int) for face in ((0, 2, 1), (3, 2, 0)))
        if convex(corners):
            assert whole.max() == 1
            np.testing.assert_array_equal(whole, flipped)
            other = sum((tile(corners, [face])[1] >= 0).astype(int) for face in ((1, 2, 3), (1, 3, 0)))
            np.testing.assert_array_equal(whole, other)


def convex(corners):
    turned = np.roll(corners, -1, 0) - corners
    ahead = np.roll(turned, -1, 0)
    cross = turned[:, 0] * ahead[:, 1] - turned[:, 1] * ahead[:, 0]
    return (cross > 0).all() or (cross < 0).all()


def test_triangles_around_a_vertex_leave_no_gap_and_no_overlap():
    rng = np.random.default_rng(2)
    frame = [(-640, -640), (17_024, -640), (17_024, 17_024), (-640, 17_024)]
    for _ in range(20):
        center = tuple(rng.integers(0, 256, 2) * 64 + 32)
        faces = [(k, (k + 1) % 4, 4) for k in range(4)]
        hits = sum((tile([*frame, center], [face])[1] >= 0).astype(int) for face in faces)
        assert (hits == 1).all()


def test_of_two_triangles_at_the_same_depth_the_lower_number_is_seen():
    corners = [(0, 0), (16_384, 0), (0, 16_384)]
    _, owner, _, _ = tile(corners, [(0, 1, 2), (0, 1, 2), (1, 2, 0)])
    assert set(np.unique(owner)) == {-1, 1}


def test_the_nearer_triangle_is_seen_whatever_the_order():
    corners = [(0, 0), (16_384, 0), (0, 16_384)] * 2
    inverse = [0.1] * 3 + [0.2] * 3
    for faces, nearer in (([(0, 1, 2), (3, 4, 5)], 1), ([(3, 4, 5), (0, 1, 2)], 0)):
        nearness, owner, _, _ = tile(corners, faces, inverse)
        assert set(np.unique(owner >> 1)) == {-1, nearer}
        assert nearness.max() == np.float32(0.2)


def test_layers_are_peeled_from_fewer_and_fewer_triangles_until_all_are_seen():
    """Each sample sees all that covers it once, nearest first; of two at one depth the lower number comes first."""
    rng = np.random.default_rng(3)
    faces = np.arange(90, dtype=np.int32).reshape(30, 3)
    places, depths = rng.integers(0, 64 * 256, (90, 2)), rng.choice([0.5, 0.25, 0.2], 30).repeat(3)
    alone = [tile(places[face], [(0, 1, 2)])[1] >= 0 for face in faces]
    samples, count = tile_of_samples(), QUADS * QUADS * 16
    peeled = Peeled(np.full(count, 3e38, np.float32), np.full(count, -1, np.int32), np.zeros(count, np.float32))
    numbers, waiting, layers = np.arange(30, dtype=np.int32), 30, []
    while waiting:
        before = waiting
        args = faces, projected(places, depths), False, 0.0, peeled, samples
        waiting = raster_tile(0, 0, numbers, 0, waiting, *args)
        assert waiting <= before
        peeled.nearness[:], peeled.owner[:] = samples.nearness, samples.owner
        layers.append(by_pixel(samples.owner >> 1))
    order = sorted(range(30), key=lambda number: (-depths[3 * number], number))
    expected = [[number for number in order if alone[number][sample]] for sample in np.ndindex(64, 64, 4)]
    found = [[int(n) for n in row if n >= 0] for row in np.stack(layers, -1).reshape(-1, len(layers))]
    assert found == expected
    assert len(layers) == max(map(len, expected)) + 1


def test_fronts_are_told_from_backs_and_backs_can_be_culled():
    corners = [(0, 0), (16_384, 0), (0, 16_384)]
    assert tile(corners, [(0, 1, 2)])[1].max() == 1  # y runs down: this one turns its back
    assert tile(corners, [(0, 2, 1)])[1].max() == 0
    assert tile(corners, [(0, 1, 2)], cull=True)[1].max() == -1
    assert tile(corners, [(0, 2, 1)], cull=True)[1].max() == 0


def test_depth_and_weights_are_those_of_perspective():
    corners = [(100, 300), (15_000, 900), (4_000, 16_100)]
    depths = np.array([2.0, 5.0, 11.0])
    nearness, owner, second, third = tile(corners, [(0, 1, 2)], 1 / depths)
    hit = owner >= 0
    x, y = (values[hit] for values in sample_places())
    system = np.array([(*corner, 1) for corner in corners], float).T
    flat = np.linalg.solve(system, np.stack([x, y, np.ones(len(x))]))
    expected = (flat.T / depths).sum(-1)
    np.testing.assert_allclose(nearness[hit], expected, rtol=2e-6)
    np.testing.assert_allclose(second[hit] / nearness[hit], flat[1] / depths[1] / expected, atol=3e-6)
    np.testing.assert_allclose(third[hit] / nearness[hit], flat[2] / depths[2] / expected, atol=3e-6)


def test_a_sliver_is_never_nearer_than_its_vertices():
    # along a diagonal that runs through samples, some 1/256 px wide
    corners = [(0, -65), (FAR // 4, FAR // 4 - 63), (FAR // 8, FAR // 8 - 66)]
    nearness, owner, _, _ = tile(corners, [(0, 1, 2)], [0.1, 0.2, 0.4], left=FAR // 8 // 256, top=FAR // 8 // 256)
    assert (owner >= 0).any()
    assert nearness[owner >= 0].min() >= np.float32(0.1)
    assert nearness.max() <= np.float32(0.4)


def test_the_four_samples_of_a_pixel_are_in_four_columns_and_four_rows():
    x, y = zip(*sorted((Fraction(a), Fraction(b)) for a, b in SAMPLE_OFFSETS), strict=True)
    for values in (x, sorted(y)):
        assert [b - a for a, b in pairwise(values)] == [Fraction(1, 4)] * 3


ORACLE = """
import sys, numpy as np
sys.path.insert(0, sys.argv[1])
from contracts.surfaces import *
from brainreel.timeline.looks import ColorRange, Shading
ball = sphere(3)
values = Course(np.sin(5 * ball.points[:, :1].T))
colors = ColorRange("RdBu_r", (0.1, 1.0), diverging=True)
shaded = look("ball", shading=Shading(0.2, 0.7), paints=(paint("values", colors=colors),))
seen = view_from((1.5, 2, 3), (41, 35))
drawer = caster({"ball": ball, "values": values})
first, again = picture(drawer, shaded, view=seen), picture(drawer, shaded, view=seen)
assert (first == again).all()
depths, colors = drawer.samples((shaded,), seen)
np.savez(sys.argv[2], first=first, depths=depths, colors=colors)
"""


def test_interpreted_kernels_draw_the_compiled_picture(tmp_path):
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  (of this file alone)
    results = []
    for name, environment in (("compiled", {}), ("interpreted", {"NUMBA_DISABLE_JIT": "1"})):
        out = str(tmp_path / f"{name}.npz")
        subprocess.run([sys.executable, "-c", ORACLE, folder, out], check=True, env={**os.environ, **environment})
        results.append(np.load(out))
    compiled, interpreted = results
    np.testing.assert_array_equal(np.isinf(compiled["depths"]), np.isinf(interpreted["depths"]))
    seen = np.isfinite(compiled["depths"])
    assert 0.2 < seen.mean() < 0.8
    np.testing.assert_allclose(compiled["depths"][seen], interpreted["depths"][seen], rtol=1e-6)
    assert np.abs(compiled["first"].astype(int) - interpreted["first"]).max() <= 1
