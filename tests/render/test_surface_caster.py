"""Pictures of surfaces: the same whatever draws them, and right in how layers, parts and paints meet."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from brainreel.errors import Interrupted, SceneError, UsageError
from brainreel.render.colormap import colors_at
from brainreel.timeline.looks import ColorRange, Shading
from contracts.surfaces import FLAT, Course, caster, look, paint, picture, sphere, square, surface, view_from

BALL = sphere(30)
VALUES = Course(np.sin(np.arange(4)[:, None] + 4 * BALL.points[:, 0]).astype(np.float32))
DATA = {"ball": BALL, "values": VALUES, "small": sphere(9, 0.4, (0.8, 0.3, 0.9), "small.gii")}
RANGE = ColorRange("hot", (-0.5, 0.1, 1.0), below_hidden=True)
SHADED = Shading(0.3, 0.7)
VIEW = view_from((1.5, 2.0, 3.5), (203, 151))


def painted(*rows, weights=None):
    weights = weights or (1.0 / len(rows),) * len(rows)
    return look("ball", shading=SHADED, paints=(paint("values", colors=RANGE, rows=rows, weights=weights),))


SMALL = look("small", name="small", color=(0.2, 0.7, 0.3), shading=SHADED)


def test_pictures_are_the_same_for_any_number_of_threads():
    one, *others = (picture(caster(DATA, threads), painted(0), SMALL, view=VIEW) for threads in (1, 2, 4))
    for other in others:
        np.testing.assert_array_equal(one, other)


def test_a_view_drawn_again_has_the_same_pixels_kept_or_not():
    keeping, forgetting = caster(DATA), caster(DATA, budget_bytes=0)
    for row in (0, 1, 2, 1):
        np.testing.assert_array_equal(
            picture(keeping, painted(row), SMALL, view=VIEW), picture(forgetting, painted(row), SMALL, view=VIEW)
        )
    assert any(seen.records is not None for seen in keeping._seen.values())
    assert all(seen.records is None for seen in forgetting._seen.values())


def test_pictures_do_not_depend_on_what_was_drawn_before():
    views = [VIEW, view_from((-3, 1, 2), (203, 151)), view_from((0.5, 0.3, 0.2), (203, 151))]
    fresh = [picture(caster(DATA), painted(k), SMALL, view=view) for k, view in enumerate(views)]
    one = caster(DATA, budget_bytes=2_000_000)
    for k in (2, 0, 1, 1, 0, 2, 2, 0, 0, 1):
        np.testing.assert_array_equal(picture(one, painted(k), SMALL, view=views[k]), fresh[k])


def test_kept_views_stay_within_the_budget():
    first = caster(DATA)
    for _ in range(2):
        picture(first, SMALL, painted(0), view=VIEW)
    (size,) = (seen.bytes for seen in first._seen.values())
    views = [view_from((1.5, 2.0, 3.5 + 0.01 * k), (203, 151)) for k in range(4)]
    bounded = caster(DATA, budget_bytes=int(2.2 * size))
    for view in views * 3:
        picture(bounded, SMALL, painted(0), view=view)
        picture(bounded, SMALL, painted(0), view=view)
        kept = [seen.bytes for seen in bounded._seen.values() if seen.records is not None]
        assert 0 < sum(kept) <= 2.2 * size


def test_the_order_of_layers_shows_only_where_depths_are_equal():
    one = caster(DATA)
    np.testing.assert_array_equal(
        picture(one, painted(0), SMALL, view=VIEW), picture(one, SMALL, painted(0), view=VIEW)
    )


def test_layers_and_parts_hide_one_another_by_depth():
    near, far = square((-1, 0.2), (-1, 1), 1, "near.gii"), square((-1, 1), (-1, 1), -1, "far.gii")
    one = caster({"near": near, "far": far})
    red = look("near", name="red", color=(1, 0, 0))
    blue = look("far", name="blue", color=(0, 0, 1))
    seen = picture(one, blue, red, view=view_from((0, 0, 8), (101, 101)))
    np.testing.assert_array_equal(seen[50, 30], (255, 0, 0))
    np.testing.assert_array_equal(seen[50, 65], (0, 0, 255))
    behind = picture(one, blue, red, view=view_from((0, 0, -8), (101, 101)))
    np.testing.assert_array_equal(behind[50, 30:70], [(0, 0, 255)] * 40)


def test_samples_average_to_the_picture_and_know_their_depth():
    one = caster(DATA)
    depths, colors = one.samples((painted(0), SMALL), VIEW)
    hit = np.isfinite(depths)
    channels = np.stack([colors >> shift & 255 for shift in (0, 8, 16)], -1) * hit[..., None]
    drawn = picture(one, painted(0), SMALL, view=VIEW)
    assert np.abs(channels.sum(2) / 4 - drawn).max() <= 1
    assert (colors[~hit] == 0).all()
    distance = np.linalg.norm(VIEW.eye)
    assert distance - 1.7 < depths[hit].min() < distance - 1
    assert depths[hit].max() < distance


def test_a_view_without_layers_is_background():
    out = picture(caster({}), view=VIEW, background=(0.2, 0.4, 1.0))
    assert (out == (51, 102, 255)).all()
    depths, _ = caster({}).samples((), VIEW)
    assert np.isinf(depths).all()


def test_rows_are_mixed_before_colours_are_looked_up():
    data = {"flat": square((-9, 9), (-9, 9), 0), "values": Course(np.float32([[0.0] * 4, [1.0] * 4]))}
    colors = ColorRange("hot", (0.0, 1.0))
    flat = look("flat", paints=(paint("values", colors=colors, rows=(0, 1), weights=(0.25, 0.75)),))
    seen = picture(caster(data), flat, view=view_from((0, 0, 5), (20, 20)))
    assert np.abs(seen - 255 * colors_at(0.75, colors)[:3]).max() <= 1


def test_a_part_without_values_is_not_painted():
    data = {
        "left": square((-9, 0), (-9, 9), 0, "l"),
        "right": square((0, 9), (-9, 9), 0, "r"),
        "v": Course(np.ones((1, 4), np.float32)),
    }
    colors = ColorRange("hot", (0.0, 1.0))
    values = replace(paint("v", colors=colors), data=(None, paint("v", colors=colors).data[0]))
    seen = picture(caster(data), look("left", "right", paints=(values,)), view=view_from((0, 0, 5), (20, 20)))
    np.testing.assert_array_equal(seen[:, :10], np.full((20, 10, 3), 128))
    np.testing.assert_array_equal(seen[:, 10:], np.full((20, 10, 3), 255))


def test_sparse_values_are_spread_over_the_surface():
    vertices = np.array([0, 1, 2, 3], np.int32)
    data = {"ball": BALL, "values": Course(np.ones((1, 4), np.float32), vertices)}
    reached = look("ball", paints=(paint("values", colors=ColorRange("hot", (0.0, 1.0))),))
    seen = picture(caster(data), reached, view=VIEW)
    np.testing.assert_array_equal(seen[75, 101], (255, 255, 255))
    few = look("ball", paints=(replace(reached.paints[0], smooth=1),))
    np.testing.assert_array_equal(picture(caster(data), few, view=VIEW)[75, 101], (128, 128, 128))


def test_an_underlay_darkens_where_it_is_positive_with_a_sharp_border():
    flat = surface([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [(0, 1, 2), (0, 2, 3)], sulc=[-1, 1, 1, -1])
    seen = picture(caster({"flat": flat}), look("flat", underlay="sulc"), view=view_from((0, 0, 5), (20, 20)))
    assert (seen[:, :10] == 128).all()
    assert (seen[:, 10:] == 79).all()


def test_an_underlay_that_the_surface_lacks_is_refused_with_the_nearest():
    flat = surface([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], sulc=[0, 0, 0])
    with pytest.raises(SceneError, match="no array 'sulk'; did you mean sulc"):
        picture(caster({"flat": flat}), look("flat", underlay="sulk"), view=VIEW)


def test_backs_are_drawn_and_lit_like_fronts():
    front, back = square((-1, 1), (-1, 1), 0, "f"), square((-1, 1), (-1, 1), 0, "b")
    back = replace(back, faces=back.faces[:, ::-1])
    seen = [picture(caster({"s": s}), look("s", shading=SHADED), view=view_from((1, 2, 3))) for s in (front, back)]
    assert seen[0].max() > 80  # ambient alone is 38
    np.testing.assert_array_equal(*seen)


def test_culling_backs_of_a_closed_surface_changes_no_pixel():
    culled = picture(caster(DATA), painted(0), SMALL, view=VIEW)
    everything = caster(DATA)
    picture(everything, painted(0), SMALL, view=view_from((0, 0, 9)))
    for part in everything._shapes._still.values():
        assert part.closed
        object.__setattr__(part, "closed", False)
    np.testing.assert_array_equal(culled, picture(everything, painted(0), SMALL, view=VIEW))


def test_many_moments_take_no_more_memory_than_a_few():
    class Endless(Course):
        def row(self, index):
            return np.full(self.rows.shape[1], np.float32(index % 7))

    series = Endless(np.zeros((1200, len(BALL.points)), np.float32))
    one = caster({"ball": BALL, "values": series})
    colors = ColorRange("hot", (0.0, 7.0))
    tracemalloc.start()
    for k in range(1199):
        moment = look(
            "ball", shading=FLAT, paints=(paint("values", colors=colors, rows=(k, k + 1), weights=(0.3, 0.7)),)
        )
        picture(one, moment, view=view_from((0, 0, 4), (32, 24)))
        if k == 10:
            early, _ = tracemalloc.get_traced_memory()
    late, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert late - early < 10 * len(BALL.points) * 4


def test_drawing_stops_when_it_is_cancelled():
    out = np.empty((VIEW.height, VIEW.width, 3), np.uint8)
    with pytest.raises(Interrupted):
        caster(DATA).draw((painted(0),), VIEW, (0, 0, 0), out, cancelled=lambda: True)


def test_what_is_not_drawn_is_refused():
    with pytest.raises(UsageError, match="8192"):
        picture(caster(DATA), painted(0), view=view_from((0, 0, 4), (8194, 2)))


def test_views_that_are_drawn_by_turns_do_not_drive_each_other_out(monkeypatch):
    """Where the budget holds three of four views, three are remembered and one is drawn anew each time."""
    views = [view_from((1.5, 2.0, 3.5 + 0.01 * k), (203, 151)) for k in range(4)]
    one = caster(DATA)
    picture(one, painted(0), SMALL, view=views[0])
    (seen,) = one._seen.values()
    by_turns = caster(DATA, budget_bytes=int(3.5 * seen.bytes))
    anew = []
    draw_anew = by_turns._draw_anew
    monkeypatch.setattr(by_turns, "_draw_anew", lambda *args: anew.append(args[1]) or draw_anew(*args))
    fresh = [picture(caster(DATA), painted(3), SMALL, view=view) for view in views]
    for _ in range(4):
        anew.clear()
        drawn = [picture(by_turns, painted(3), SMALL, view=view) for view in views]
    assert anew == [views[3]]
    np.testing.assert_array_equal(drawn, fresh)


def test_rows_are_read_once_whatever_other_views_show(monkeypatch):
    one, read = caster(DATA), []
    row = one._painter._row
    monkeypatch.setattr(one._painter, "_row", lambda *args: read.append(args[1]) or row(*args))
    for moment in (2, 2, 3):
        for shown in (painted(moment), SMALL, painted(moment), SMALL):
            picture(one, shown, view=VIEW)
    assert read == [2, 3]
