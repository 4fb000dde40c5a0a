"""Which bricks a view is drawn from: every depth of every place once, at the level that its voxels ask for."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.render.cpu.bricks_in_view import choose_bricks
from brainreel.render.cpu.stored_bricks import whole_in_order
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import Quality
from brainreel.store.levels import SIZE, plan_levels
from brainreel.store.stored import open_store
from contracts.conversions import store_of
from contracts.volumes import WHITE, look, part_of, view_around

SHAPE = (300, 180, 260)
ONE_RAY = Quality(rays=1)
NEAR = 1.1
"""So near that the voxels of level 0 and level 2 are both wanted."""


def seen_at(distance, **others):
    return replace(view_around(SHAPE, distance=distance, size=(150, 120)), **others)


def choose(view, quality=ONE_RAY, errors=0.0, parted=True):
    levels = plan_levels(SHAPE, (1, 1, 1))
    showing = np.ones(levels[-1].first + levels[-1].count, bool)
    found = choose_bricks(levels, np.eye(4), showing, lambda k: np.full(levels[k].count, errors), view, quality, parted)
    return levels, found


def owners(levels, found, point, depth):
    """Which of the bricks found are drawn at a point in voxels, whose depth is given."""
    factors = np.array([level.factors[::-1] for level in levels])[found.levels]
    inside = (np.floor((point + 0.5) / (factors * SIZE)) == found.places).all(1)
    return np.flatnonzero(inside & (found.spans[:, 0] <= depth) & (depth < found.spans[:, 1]))


def points_seen(view, count=1000):
    points = np.random.default_rng(0).uniform(0, np.array(SHAPE[::-1]) - 1, (count, 3))
    pixels, depths = view.project(points)
    inside = ((pixels >= 0) & (pixels < (view.width, view.height))).all(1) & (depths > 0)
    return points[inside], depths[inside]


@pytest.mark.parametrize("distance", [0.4, NEAR, 2.2])
@pytest.mark.parametrize("parted", [True, False])
def test_every_place_in_view_is_drawn_once(distance, parted):
    view = seen_at(distance)
    levels, found = choose(view, parted=parted)
    points, depths = points_seen(view)
    assert len(points) > 50
    assert all(len(owners(levels, found, *each)) == 1 for each in zip(points, depths, strict=True))


def test_a_place_is_drawn_at_the_coarsest_level_whose_voxels_are_a_pixel_at_its_depth():
    view = seen_at(NEAR)
    levels, found = choose(view)
    drawn = set()
    for point, depth in zip(*points_seen(view), strict=True):
        (owner,) = owners(levels, found, point, depth)
        allowed = float(view.pixel_edges(depth))
        wanted = max(k for k in range(len(levels)) if k == 0 or 2**k <= allowed)
        assert found.levels[owner] == wanted
        drawn.add(wanted)
    assert len(drawn) >= 2


def test_bricks_that_are_drawn_whole_are_fine_enough_for_their_nearest_corner():
    _, parted = choose(seen_at(NEAR))
    _, whole = choose(seen_at(NEAR), parted=False)
    assert np.isinf(whole.spans).all()
    assert np.isfinite(parted.spans).any()
    assert (whole.levels == 0).sum() >= (parted.levels == 0).sum()


def test_all_of_a_brick_whose_colour_would_shift_is_drawn_of_level_0():
    _, found = choose(seen_at(2.2), errors=0.5)
    assert not found.levels.any()
    assert np.isinf(found.spans).all()


def test_where_rays_are_parallel_there_is_one_level():
    for edge, level in ((0.9, 0), (1.9, 0), (2.1, 1), (4.5, 2)):
        view = seen_at(2.2, parallel=True, tan_x=edge * 75, tan_y=edge * 60)
        assert set(choose(view)[1].levels) == {level}


def test_parts_of_a_coarse_brick_that_finer_ones_draw_come_before_it():
    view = seen_at(NEAR)
    levels, found = choose(view)
    ordered = whole_in_order(levels, np.eye(4), view, found)
    pairs = 0
    for index in range(len(ordered.levels)):
        coarse = ordered.levels[index]
        ratio = 2 ** np.maximum(coarse - ordered.levels, 0)
        within = (ordered.levels < coarse) & (ordered.places // ratio[:, None] == ordered.places[index]).all(1)
        assert (np.flatnonzero(within) < index).all()
        pairs += within.sum()
    assert pairs > 0


def test_a_uniform_medium_shows_neither_levels_nor_where_they_meet(pool, tmp_path):
    stored = open_store(store_of(np.full(SHAPE, 100, np.uint8), tmp_path))
    shown = look(colors=WHITE, opacities=((0, 0.5), (255, 0.5)), unit_distance=90.0)
    view = seen_at(NEAR)

    def drawn(quality):
        caster = VolumeCaster(pool, quality, 1 << 30)
        out = np.empty((view.height, view.width, 3), np.uint8)
        caster.finish(caster.march_together([part_of(shown, stored)], view), (0, 0, 0), None, out)
        read = stored.pyramid.store.reads.by_level
        return out.astype(int), dict(read)

    mixed, read = drawn(ONE_RAY)
    finest, _ = drawn(Quality(error_px=0, rays=1))
    assert len(read) >= 2
    assert 100 < mixed.max() < 254
    assert np.abs(mixed - finest).max() <= 1
