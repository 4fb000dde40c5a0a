"""A view at rest is coloured only where its values show: the pictures are those of a caster that keeps nothing."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.kernels.pool import Pool
from brainreel.kernels.runs import Hiding, Runs, find_shown
from brainreel.render.colormap import color_table
from brainreel.render.cpu.resting import blocks_of, hiding, runs_of
from brainreel.timeline.looks import ColorRange, Shading
from contracts.surfaces import Course, Labels, caster, look, paint, parcels, picture, sphere, view_from

BALL, SMALL = sphere(24), sphere(9, 0.4, (0.8, 0.3, 0.9), "small.gii")
HEIGHTS = BALL.points @ np.float32([0.4, 0.6, 0.7])
"""From -1 to 1; a moment is a wave along it."""

MOMENTS = 12
WAVES = np.float32([np.cos(6 * (HEIGHTS - k / 5)) * 2 for k in range(MOMENTS)])
WAVES[3, HEIGHTS > 0.5] = np.nan
WAVES[4, HEIGHTS > 0.5] = -np.inf
WAVES[5] = -5
WAVES[6] = np.nan
DATA = {
    "ball": BALL,
    "small": SMALL,
    "waves": Course(WAVES),
    "standing": Course(np.float32([HEIGHTS])),
    "parcels": Labels(np.int32(1 + (BALL.points[:, 0] > 0.1) + 2 * (BALL.points[:, 1] > 0.3))),
}
HIDING = ColorRange("hot", (1.0, 1.3, 2.0), below_hidden=True)
COLORS = {
    "above a value": HIDING,
    "two numbers": ColorRange("viridis", (1.2, 2.0), below_hidden=True),
    "both signs": ColorRange("coolwarm", (1.0, 1.3, 2.0), below_hidden=True, diverging=True),
    "everywhere": ColorRange("viridis", (-2.0, 2.0)),
    "from zero on": ColorRange("hot", (0.0, 1.0, 2.0), below_hidden=True),
}
SHADED = Shading(0.3, 0.7, 0.2, 8.0)
BORDERS = parcels("parcels", {1: (0.9, 0.1, 0.1), 2: (0.1, 0.9, 0.1), 3: (0.1, 0.1, 0.9)}, boundaries=True)
FILLS = replace(BORDERS, boundaries=False, alpha=0.4)
VIEW = view_from((1.5, 2.0, 3.5), (203, 151))
INSIDE = view_from((0.5, 0.3, 0.2), (120, 90))
OTHER = look("small", name="small", color=(0.2, 0.7, 0.3), shading=SHADED)


def waving(row, colors=HIDING, over=(BORDERS,), alpha=1.0, weight=1.0):
    rows, weights = ((row,), (1.0,)) if weight == 1 else ((row, (row + 1) % MOMENTS), (weight, 1 - weight))
    below = paint("standing", colors=ColorRange("gray", (-1.0, 1.0)))
    waves = paint("waves", colors=colors, rows=rows, weights=weights)
    return look("ball", shading=SHADED, paints=(below, waves, *over), alpha=alpha)


def both(shown, view=VIEW, backgrounds=((0, 0, 0),)):
    """Draw the looks one after the other by one caster; each has to be what one that keeps nothing draws."""
    keeping, forgetting = caster(DATA, threads=2), caster(DATA, budget_bytes=0)
    for looks in shown:
        for background in backgrounds:
            kept = picture(keeping, *looks, view=view, background=background)
            np.testing.assert_array_equal(kept, picture(forgetting, *looks, view=view, background=background))
    return keeping


@pytest.mark.parametrize("colors", COLORS.values(), ids=COLORS)
def test_pictures_over_a_kept_one_are_those_drawn_anew(colors):
    keeping = both([(waving(k % MOMENTS, colors, weight=w), OTHER) for k, w in enumerate([1.0, 0.3] * 7)])
    (seen,) = keeping._seen.values()
    assert (seen.runs is not None) == colors.below_hidden


@pytest.mark.parametrize("alpha", [1.0, 0.6])
def test_surfaces_that_are_seen_through_and_views_from_inside_are_too(alpha):
    for view in (VIEW, INSIDE):
        both([(waving(k, over=(FILLS, BORDERS), alpha=alpha), OTHER) for k in (0, 1, 2, 2, 2, 3, 4)], view)


def test_moments_that_are_held_and_come_back_are_too():
    both([(waving(k),) for k in (0, 0, 0, 1, 1, 0, 0, 5, 5, 5, 6, 6, 1)])


def test_pictures_on_two_backgrounds_by_turns_are_too():
    both([(waving(k),) for k in (0, 1, 1, 1, 2, 3)], backgrounds=((0, 0, 0), (1, 1, 1)))


def test_paints_that_come_and_go_leave_nothing():
    fewer = replace(BORDERS, colors=BORDERS.colors[:1])
    course = [(), (BORDERS,), (BORDERS,), (BORDERS,), (fewer,), (fewer,), (fewer,), (FILLS, fewer), (FILLS, BORDERS)]
    both([(waving(k, over=over),) for k, over in enumerate(course + [(FILLS, BORDERS)] * 3)])


def test_colours_that_change_their_range_are_those_of_the_moment():
    ranges = [replace(HIDING, range=(low, 1.6, 2.0)) for low in (1.0, 1.1, 0.2, 1.5)]
    both([(waving(k, colors),) for k, colors in enumerate(ranges)])


def test_only_where_values_show_is_coloured_and_nothing_where_nothing_changes(monkeypatch):
    one, colored = caster(DATA), []
    color = one._color
    monkeypatch.setattr(one, "_color", lambda *args: colored.append(len(args[3])) or color(*args))
    for row in (0, 1, 2):
        picture(one, waving(row), view=VIEW)
    every = colored[0]
    colored.clear()
    picture(one, waving(1), view=VIEW)
    picture(one, waving(5), view=VIEW)
    assert 0 < colored[0] < every / 2
    assert colored[1] == 0
    picture(one, waving(1), view=VIEW)
    colored.clear()
    picture(one, waving(1), view=VIEW)
    assert not colored


def test_what_is_kept_beside_records_counts():
    one = caster(DATA)
    picture(one, waving(0), view=VIEW)
    (seen,) = one._seen.values()
    records = seen.record_bytes
    for row in (1, 2, 3):
        picture(one, waving(row), view=VIEW)
    assert seen.bytes > records + VIEW.width * VIEW.height * 3
    tight = caster(DATA, budget_bytes=records + 1000)
    for row in range(4):
        drawn = picture(tight, waving(row), view=VIEW)
    (seen,) = tight._seen.values()
    assert seen.records is not None
    assert seen.bytes == records
    np.testing.assert_array_equal(drawn, picture(one, waving(3), view=VIEW))


def seen_runs():
    one = caster(DATA)
    for row in (0, 1):
        picture(one, waving(row), OTHER, view=VIEW)
    (seen,) = one._seen.values()
    return seen.records, runs_of(Pool(2), seen.records, blocks_of(seen.records))


def test_runs_list_each_vertex_that_they_see_once():
    records, runs = seen_runs()
    count = len(records.corners)
    vertices, hit = records.vertices.reshape(count, 3, 16), records.grounds.reshape(count, 16) >= 0
    assert runs.ends[0] == 0
    assert runs.ends[-1] == count
    for k in range(len(runs.ends) - 1):
        part = slice(runs.ends[k], runs.ends[k + 1])
        listed = runs.vertices[runs.firsts[k] : runs.firsts[k + 1]]
        np.testing.assert_array_equal(np.sort(listed), np.unique(vertices[part].transpose(0, 2, 1)[hit[part]]))
        assert len(np.unique(records.corners[part] // 16, axis=0)) == 1


@pytest.mark.parametrize("low", [1.5, 1e-30, 0.0, 1e8, -3.0])
def test_limits_are_where_colours_begin(low):
    """Nothing that is mixed of lower values reaches them: `interpolate` has a test of that."""
    colors = ColorRange("hot", (low, low + 1 + abs(low)), below_hidden=True)
    surface = look("ball", paints=(paint("waves", colors=colors),))
    one = caster(DATA)
    found = hiding((surface,), one._painter.colors((surface,), one._geometry((surface,)), None, VIEW))
    assert found.limits[0] == np.float32(color_table(colors).low)


def test_a_run_shows_where_any_of_its_values_reaches_the_limit():
    values = np.float32([0.5, 2.0, np.nan, -3.0, np.nan, 0.9, -np.inf, np.inf])
    runs = Runs(np.arange(5), np.array([0, 2, 4, 6, 8]), np.r_[np.arange(8), np.zeros(16)].astype(np.int32))
    for mirrored, expected in ((False, [True, False, False, True]), (True, [True, True, False, True])):
        shown = np.empty(4, bool)
        find_shown(0, 4, runs, Hiding(np.array([0]), np.float32([1]), np.array([mirrored])), values, shown)
        np.testing.assert_array_equal(shown, expected)
    shown = np.ones(4, bool)
    find_shown(0, 4, runs, Hiding(np.zeros(0, int), np.zeros(0, np.float32), np.zeros(0, bool)), values, shown)
    assert not shown.any()


def test_records_know_which_parcels_they_do_not_show():
    one = caster(DATA)
    for row in (0, 1, 2):
        picture(one, waving(row, over=(FILLS, BORDERS)), OTHER, view=VIEW)
    (seen,) = one._seen.values()
    fills, borders = seen.records.bare & 1 > 0, seen.records.bare & 2 > 0
    assert 0 < fills.mean() < borders.mean() < 1
