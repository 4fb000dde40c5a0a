import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.overlays import draw_overlays, format_ticks
from brainreel.render.text import words
from brainreel.timeline.frame import ColorRange, ScalarBarOverlay, TextOverlay

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def grey_ramp(colors, count):
    value = np.linspace(0, 1, count, dtype=np.float32)
    return np.stack([value, value, value, np.ones_like(value)], 1)


def drawn(*overlays, ground=0, size=(360, 640)):
    image = np.full((*size, 3), ground, np.uint8)
    draw_overlays(image, overlays, grey_ramp)
    return image


def test_capital_letters_of_the_default_size_are_at_least_2_2_percent_of_the_height():
    rows = np.flatnonzero(drawn(TextOverlay("H", "center", 0.034, WHITE), size=(1080, 1920)).max((1, 2)) > 127)
    assert (rows[-1] - rows[0] + 1) / 1080 >= 0.022


@pytest.mark.parametrize("color", [WHITE, BLACK])
@pytest.mark.parametrize("ground", [0, 118, 255])
def test_text_has_both_black_and_white_beside_each_other_on_any_ground(color, ground):
    image = drawn(TextOverlay("Time", "center", 0.06, color), ground=ground)
    assert image.min() < 20 or ground == 0
    assert image.max() > 235


@pytest.mark.parametrize(
    ("place", "row", "column"),
    [("top-left", 0, 0), ("top", 0, 1), ("top-right", 0, 2), ("left", 1, 0), ("center", 1, 1), ("right", 1, 2),
     ("bottom-left", 2, 0), ("bottom", 2, 1), ("bottom-right", 2, 2)],
)  # fmt: skip
def test_a_place_is_a_ninth_of_the_picture(place, row, column):
    lit = np.argwhere(drawn(TextOverlay("x", place, 0.05, WHITE)).max(2) > 127)
    assert tuple((lit.mean(0) // np.array([120, 640 / 3])).astype(int)) == (row, column)


def test_two_overlays_at_one_place_do_not_overlap():
    one = drawn(TextOverlay("first", "top-left", 0.05, WHITE))
    two = drawn(TextOverlay("first", "top-left", 0.05, WHITE), TextOverlay("second", "top-left", 0.05, WHITE))
    added = np.flatnonzero((one != two).any((1, 2)))
    assert added.min() > np.flatnonzero((one > 127).any((1, 2))).max()


def test_alpha_fades_text():
    full = drawn(TextOverlay("fade", "center", 0.1, WHITE))
    half = drawn(TextOverlay("fade", "center", 0.1, WHITE, alpha=0.5))
    assert abs(int(half.max()) - 128) <= 1
    assert full.max() == 255
    assert drawn(TextOverlay("fade", "center", 0.1, WHITE, alpha=0.0)).max() == 0


def test_an_upright_bar_rises_from_its_first_color_at_the_bottom():
    bar = ScalarBarOverlay(ColorRange("gray", (0.0, 10.0)), "", "right", 0.04, WHITE, ())
    image = drawn(bar, size=(720, 1280))[..., 0].astype(int)
    column = image[:, np.argmax((np.diff(image, axis=0) < 0).sum(0))]
    ramp = column[np.flatnonzero(column)[2:-2]]
    assert np.all(np.diff(ramp[2:-2]) <= 0)
    assert ramp[2] > 245
    assert ramp[-3] < 10


def test_ticks_stand_beside_their_values():
    colors = ColorRange("gray", (0.0, 10.0))
    bare = drawn(ScalarBarOverlay(colors, "", "left", 0.04, WHITE, ()), size=(720, 1280))
    rows = np.flatnonzero(bare.max((1, 2)))
    for tick in (0.0, 5.0, 10.0):
        image = drawn(ScalarBarOverlay(colors, "", "left", 0.04, WHITE, (tick,)), size=(720, 1280))
        right_of_bar = image[:, np.flatnonzero(bare.max((0, 2))).max() + 2 :]
        label = np.flatnonzero(right_of_bar.max((1, 2)) > 127)
        wanted = rows[-1] + (rows[0] - rows[-1]) * tick / 10
        assert abs(label.mean() - wanted) <= 6


def test_a_letter_that_the_font_lacks_is_an_error_and_not_a_box():
    with pytest.raises(SceneError, match="脑"):
        words("脑", 20.0)


def test_the_font_has_the_letters_of_science():
    assert words("µμ−×éαβγδΩ°±→≤", 20.0).letters.max() == 1


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [((0.0, 5.0, 10.0), ["0", "5", "10"]), ((0.0, 2.5, 5.0), ["0.0", "2.5", "5.0"]), ((-1.0, 0.0), ["−1", "0"]),
     ((0.02, 0.04), ["0.02", "0.04"]), ((0.0, 1e6), ["0", "1e+06"]),
     ((100000.0, 100500.0, 101000.0), ["1e+05", "1.005e+05", "1.01e+05"]),
     ((0.99998, 0.99999, 1.0), ["0.99998", "0.99999", "1"])],
)  # fmt: skip
def test_ticks_have_as_many_decimals_as_they_need(ticks, labels):
    assert format_ticks(ticks) == labels
