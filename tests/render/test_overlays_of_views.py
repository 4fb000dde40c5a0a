"""Overlays of several views, of plots and of the whole picture: none covers another, whatever stands at one corner."""

from itertools import chain, combinations

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.checking import check_frame
from brainreel.render.overlays import laid_out
from brainreel.render.overlays.places import shared
from brainreel.scene.overlays import PLACES
from brainreel.timeline.frame import (
    Area,
    Camera,
    Frame,
    OrientationOverlay,
    Overlay,
    Panel,
    Plot,
    ScalarBarOverlay,
    ScaleBarOverlay,
    TextOverlay,
)
from brainreel.timeline.looks import ColorRange

WHITE = (1.0, 1.0, 1.0)
CAMERA = Camera((0.0, -10.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 30.0, 1.0)
AREAS: dict[int, list[Area]] = {
    1: [(0.0, 0.0, 1.0, 1.0)],
    2: [(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)],
    4: [(x, y, 0.5, 0.5) for y in (0.0, 0.5) for x in (0.0, 0.5)],
}
SIZES = [(320, 240), (640, 360), (1920, 1080), (1080, 1920)]


def grey_ramp(_colors, count):
    return np.ones((count, 4), np.float32)


def words(text, place) -> TextOverlay:
    return TextOverlay(text, place, 0.034, WHITE)


def bar(place) -> ScalarBarOverlay:
    ticks = (0.0, 5.0, 10.0)
    lies = place in ("top", "center", "bottom")  # as scenes have it where they do not say
    return ScalarBarOverlay(ColorRange("gray", (0.0, 10.0)), "dSPM", place, 0.034, WHITE, ticks, horizontal=lies)


def scale(place) -> ScaleBarOverlay:
    return ScaleBarOverlay("20 mm", 0.1, place, 0.034, WHITE)


def picture(size, of_views, whole, count=1, plots=()) -> Frame:
    panels = tuple(Panel(CAMERA, (), of_views, area, f"v{k}") for k, area in enumerate(AREAS[count]))
    return Frame(size, (0.0, 0.0, 0.0), panels, overlays=whole, plots=plots)


def standing(frame) -> list:
    layout = laid_out(frame, grey_ramp)
    return [*chain(*layout.panels, *layout.plots), *layout.whole]


def cover_each_other(frame) -> bool:
    return any(shared(one.where, other.where) for one, other in combinations(standing(frame), 2))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", AREAS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_covered_at_any_corner_of_any_view(size, count, place):
    of_views: tuple[Overlay, ...] = (words("lateral", place), scale(place))
    letters = OrientationOverlay("letters", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "right", 0.034, WHITE)
    whole = (words("+25 ms", place), bar(place), words("A title", place))
    frame = picture(size, (letters, *of_views), whole, count)
    assert not cover_each_other(frame)
    check_frame(frame)
    for laid in standing(frame):
        y, x, height, width = laid.where
        assert min(y, x) >= 0
        assert y + height <= size[1]
        assert x + width <= size[0]


def test_what_is_in_a_view_stays_in_its_view():
    frame = picture((640, 360), (words("lateral", "right"), bar("right")), (bar("right"),), 2)
    for laid, view in zip(laid_out(frame, grey_ramp).panels[0], (0, 0), strict=True):
        assert view * 320 <= laid.where[1] <= (view + 1) * 320 - laid.where[3]


def test_views_keep_their_corners_and_the_pictures_own_overlays_give_way():
    alone = picture((1920, 1080), (words("lateral", "top-left"),), ())
    both = picture((1920, 1080), (words("lateral", "top-left"),), (words("+25 ms", "top-left"),))
    assert standing(alone)[0].where == standing(both)[0].where
    assert standing(both)[1].where[0] > standing(both)[0].where[0]


def plot(area) -> Plot:
    return Plot((), (0.0, 1.0), "ms", None, (), "", 0.024, WHITE, (), area, "course")


def test_overlays_of_the_picture_stand_beside_a_plot_and_on_it_only_where_it_is_all_there_is():
    beside = picture((1920, 1080), (), (words("+25 ms", "bottom-left"),), plots=(plot((0.0, 0.75, 1.0, 0.25)),))
    y, _, height, _ = standing(beside)[0].where
    assert y + height <= 0.75 * 1080
    over = picture((1920, 1080), (), (words("+25 ms", "bottom-left"),), plots=(plot((0.0, 0.0, 1.0, 1.0)),))
    assert standing(over)[0].where[0] > 0.9 * 1080


def test_overlays_of_a_view_stand_beside_a_view_that_lies_over_it():
    under = Panel(CAMERA, (), (bar("right"),), (0.0, 0.0, 1.0, 1.0), "under")
    inset = Panel(CAMERA, (), (), (0.8, 0.3, 0.2, 0.4), "inset")
    frame = Frame((1920, 1080), (0.0, 0.0, 0.0), (under, inset))
    _, x, _, width = standing(frame)[0].where
    assert x + width <= 0.8 * 1920


def test_where_there_is_no_room_both_are_named_with_a_remedy():
    tall = tuple(words(f"{name}\n" * 9 + name, place) for name, place in (("one word", "left"), ("two words", "right")))
    frame = picture((320, 240), (), tall * 4)
    with pytest.raises(SceneError, match=r"the words 'two.*finds no room beside the .* in 320x240 at .*smaller size:"):
        check_frame(frame)


def test_a_label_that_grows_a_digit_moves_nothing_else():
    frames = [
        picture((1920, 1080), (words("lateral", "top-left"),), (words(text, "top-left"), words("subject", "top-left")))
        for text in ("+9 ms", "+10 ms", "+100 ms")
    ]
    assert len({standing(frame)[2].where for frame in frames}) == 1
