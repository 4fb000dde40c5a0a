import hashlib
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from brainreel.errors import SceneError
from brainreel.render.fading import fade_out
from brainreel.render.overlays import format_ticks
from brainreel.render.overlays.layout import arranged, lay
from brainreel.render.overlays.stamps import words_stamp
from brainreel.render.text import words
from brainreel.timeline.automatic import luminance
from brainreel.timeline.frame import ImageOverlay, OrientationOverlay, ScalarBarOverlay, ScaleBarOverlay, TextOverlay
from brainreel.timeline.looks import ColorPoint, ColorRange, OpacityPoint, TransferFunction

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


def grey_ramp(colors, count):
    value = np.linspace(0, 1, count, dtype=np.float32)
    return np.stack([value, value, value, np.ones_like(value)], 1)


def draw_overlays(image, overlays):
    height, width, _ = image.shape
    lay(image, arranged(overlays, (0, 0, height, width), height, grey_ramp))


def drawn(*overlays, ground=0, size=(360, 640)):
    image = np.full((*size, 3), ground, np.uint8)
    draw_overlays(image, overlays)
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


SIZES = [(240, 320), (720, 1280), (2160, 3840), (1920, 1080)]
RAMP = ColorRange("gray", (0.0, 10.0))
ALL_AROUND = (
    OrientationOverlay("letters", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "right", 0.034, WHITE),
    TextOverlay("−100 ms", "top-left", 0.034, WHITE),
    TextOverlay("second", "top-left", 0.034, WHITE),
    TextOverlay("above", "top", 0.034, WHITE),
    ScaleBarOverlay("5 mm", 0.2, "bottom-left", 0.034, WHITE),
    TextOverlay("below", "bottom", 0.034, WHITE),
    OrientationOverlay("cube", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "bottom-right", 0.034, WHITE),
    ScalarBarOverlay(RAMP, "one", "right", 0.034, WHITE, (0.0, 5.0, 10.0)),
    ScalarBarOverlay(RAMP, "two", "right", 0.034, WHITE, (0.0, 5.0, 10.0)),
    ScalarBarOverlay(RAMP, "three", "left", 0.034, WHITE, (0.0, 5.0, 10.0)),
)


def changed(image, ground=0):
    return (image != ground).any(-1)


@pytest.mark.parametrize("size", SIZES)
def test_overlays_do_not_overlap_and_keep_to_the_margin(size):
    together = drawn(*ALL_AROUND, ground=7, size=size)
    rows, columns = np.where(changed(together, 7))
    border = round(0.035 * size[0]) - 1
    assert min(rows.min(), columns.min(), size[0] - 1 - rows.max(), size[1] - 1 - columns.max()) >= border
    shown = [drawn(*ALL_AROUND[: count + 1], ground=7, size=size) for count in range(len(ALL_AROUND))]
    befores = [np.full_like(together, 7), *shown[:-1]]
    parts = [changed(after, before) for after, before in zip(shown, befores, strict=True)]
    assert not any((one & other).any() for one, other in combinations(parts, 2))


def test_the_same_letters_at_any_time_are_the_same_pixels():
    early = drawn(TextOverlay("−100 ms", "top-left", 0.034, WHITE))
    late = drawn(TextOverlay("+100 ms", "top-left", 0.034, WHITE))
    moved = np.flatnonzero(changed(early, late).any(0))
    assert moved.max() - moved.min() < 0.034 * 360  # the sign alone


def test_a_corner_gives_way_across_where_there_is_no_room_below():
    tall = ScalarBarOverlay(RAMP, "tall", "right", 0.034, WHITE, (), length=0.7)
    words = TextOverlay("a word\nand another\nand more", "top-right", 0.05, WHITE)
    one, other = changed(drawn(tall)), changed(drawn(tall, words), drawn(tall))
    assert other.sum() > 500
    assert not (one & other).any()


def test_what_finds_no_room_stays_in_the_picture():
    bar = ScalarBarOverlay(RAMP, "wide", "bottom", 0.034, WHITE, (0.0, 10.0), length=1.1, horizontal=True)
    tall = ScalarBarOverlay(RAMP, "", "right", 0.034, WHITE, (), length=0.9)
    one, both = drawn(tall, size=(240, 320)), drawn(tall, bar, size=(240, 320))
    assert changed(both, one).sum() > 1000


def test_letters_below_ten_pixels_are_not_drawn_smaller():
    assert np.array_equal(
        drawn(TextOverlay("H", "center", 0.001, WHITE)), drawn(TextOverlay("H", "center", 0.02, WHITE))
    )


@pytest.mark.parametrize("grey", np.linspace(0, 1, 21))
def test_letters_contrast_with_their_outline(grey):
    color = (grey, grey, grey)
    stamp = words_stamp("H", 40.0, color)
    around = tuple(map(float, stamp.color[(stamp.alpha > 0.99) & (words("H", 40.0).letters < 0.01)].mean(0)))
    light, dark = sorted((luminance(color), luminance(around)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_lines_are_aligned_towards_their_place():
    def edges(place):
        letters = changed(drawn(TextOverlay("HHHHHH\nH", place, 0.1, WHITE)))
        rows = np.flatnonzero(letters.any(1))
        lines = (letters[: rows.mean().astype(int)], letters[rows.mean().astype(int) :])
        return [(np.flatnonzero(line.any(0)).min(), np.flatnonzero(line.any(0)).max()) for line in lines]

    (left, _), (under, _) = edges("top-left")
    assert left == under
    (_, right), (_, under) = edges("bottom-right")
    assert abs(right - under) <= 1
    wide, narrow = edges("top")
    assert abs(sum(wide) - sum(narrow)) <= 2


def test_a_box_lies_behind_its_words():
    bare = drawn(TextOverlay("H", "center", 0.1, WHITE), ground=200)
    boxed = drawn(TextOverlay("H", "center", 0.1, WHITE, box=BLACK, box_alpha=0.5), ground=200)
    assert boxed.max() == 255
    assert (boxed == 100).all(2).sum() > changed(bare, 200).sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_overlays_are_the_same_at_any_depth_of_the_picture(dtype):
    whole = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    image = np.zeros((360, 640, 3), dtype)
    draw_overlays(image, ALL_AROUND)
    assert np.abs(image / whole - drawn(*ALL_AROUND) / 255).max() <= 0.51 / 255 + 1e-4


def test_a_transparent_picture_gets_opaque_letters_and_shows_them_alike_on_any_ground():
    clear = np.zeros((360, 640, 4), np.uint8)
    draw_overlays(clear, (TextOverlay("alpha", "center", 0.1, WHITE, alpha=0.7),))
    assert clear[..., 3].max() == pytest.approx(0.7 * 255, abs=1)
    color, alpha = clear[..., :3] / 255, clear[..., 3:] / 255
    for ground in (0, 90, 255):
        laid = drawn(TextOverlay("alpha", "center", 0.1, WHITE, alpha=0.7), ground=ground)
        assert np.abs(color * alpha * 255 + ground * (1 - alpha) - laid).max() <= 2


def test_a_scale_bar_is_as_long_as_it_says_to_a_tenth_of_a_pixel():
    for length in (0.2, 0.2003, 0.31):
        light = drawn(ScaleBarOverlay("5 mm", length, "bottom-right", 0.034, WHITE), size=(720, 1280))[..., 0] / 255
        assert light.sum(1).max() == pytest.approx(720 * length, abs=0.1)


def bar_of(below=None, above=None, nan=None, **how):
    points = (ColorPoint(0.0, BLACK), ColorPoint(10.0, WHITE))
    transfer = TransferFunction(points, (OpacityPoint(0.0, 1.0),), 1.0, below=below, above=above, nan=nan)
    return drawn(
        ScalarBarOverlay(transfer, "", "center", 0.034, WHITE, (0.0, 10.0), width=0.04, **how), size=(720, 1280)
    )


@pytest.mark.parametrize("horizontal", [False, True])
def test_colors_of_below_above_and_no_value_are_shown_beside_the_range(horizontal):
    image = bar_of((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), horizontal=horizontal)
    red, green, blue = ((image == np.eye(3)[k] * 255).all(2) for k in range(3))
    assert min(red.sum(), green.sum(), blue.sum()) > 80
    axis = 1 if horizontal else 0
    places = [np.argwhere(part)[:, axis].mean() for part in (red, green)]
    assert (places[0] < places[1]) == horizontal
    assert not (bar_of(horizontal=horizontal)[..., 0] != bar_of(horizontal=horizontal)[..., 1]).any()


def test_the_length_and_width_of_a_bar_are_as_stated():
    image = bar_of(length=0.5)
    lit = changed(image)
    column = lit[:, np.flatnonzero(lit.any(0))[2]]
    assert column.sum() == pytest.approx(0.5 * 720 + 2, abs=1)


def letters_seen(right, up, size=(360, 640)):
    image = drawn(OrientationOverlay("letters", right, up, "right", 0.06, WHITE), size=size)
    h, w = size
    edges = {
        "left": image[:, : w // 8],
        "right": image[:, -w // 8 :],
        "top": image[: h // 6],
        "bottom": image[-h // 6 :],
    }
    return {edge for edge, part in edges.items() if part.any()}


def test_letters_stand_where_an_axis_lies_in_the_picture():
    assert letters_seen((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)) == {"left", "right", "top", "bottom"}
    half = 0.5**0.5
    assert letters_seen((half, half, 0.0), (0.0, 0.0, 1.0)) == {"top", "bottom"}


def test_the_right_letter_stands_at_each_edge():
    picture = drawn(OrientationOverlay("letters", (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "right", 0.06, WHITE))
    wanted = drawn(TextOverlay("L", "right", 0.06, WHITE))[:, -80:]
    seen = picture[:, -80:]
    rows, columns = np.where(changed(seen))
    wanted_rows, wanted_columns = np.where(changed(wanted))
    cut = seen[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    letter = wanted[wanted_rows.min() : wanted_rows.max() + 1, wanted_columns.min() : wanted_columns.max() + 1]
    assert np.array_equal(cut, letter)


def test_what_stands_beside_the_letters_keeps_its_place_as_they_come_and_go():
    half = 0.5**0.5
    bar = ScalarBarOverlay(RAMP, "dSPM", "right", 0.034, WHITE, (0.0, 5.0, 10.0))
    seen = drawn(OrientationOverlay("letters", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "right", 0.034, WHITE), bar)
    gone = drawn(bar, OrientationOverlay("letters", (half, half, 0.0), (0.0, 0.0, 1.0), "right", 0.034, WHITE))
    letter = np.flatnonzero(changed(seen, gone).any(0))
    inside = letter[(letter > 640 // 8)]
    assert inside.min() > np.flatnonzero(changed(gone).any(0)).max()


def test_a_cube_seen_from_one_side_is_a_square_with_its_letter():
    image = drawn(OrientationOverlay("cube", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), "center", 0.1, WHITE))
    rows, columns = np.where(changed(image))
    assert np.ptp(rows) == np.ptp(columns) == pytest.approx(2.0 * 36, abs=2)
    assert image[180, 320 - 20 : 320 + 20].min() < 60  # from behind: a P


def test_a_cube_turns_smoothly():
    def cube(degrees):
        turn = np.radians(degrees)
        right = (float(np.cos(turn)), float(np.sin(turn)), 0.0)
        return drawn(OrientationOverlay("cube", right, (0.0, 0.0, 1.0), "center", 0.1, WHITE)).astype(int)

    steps = [np.abs(cube(angle + 0.2) - cube(angle)).sum() for angle in range(0, 90, 5)]
    assert max(steps) < 6 * np.median(steps)


@pytest.fixture
def logo(tmp_path):
    pixels = np.zeros((20, 40, 4), np.uint8)
    pixels[:, :20] = (255, 0, 0, 255)
    pixels[:, 20:] = (0, 255, 0, 0)
    Image.fromarray(pixels).save(tmp_path / "logo.png")
    digest = hashlib.blake2b((tmp_path / "logo.png").read_bytes(), digest_size=16).hexdigest()
    return ImageOverlay(str(tmp_path / "logo.png"), digest, "center", 0.25)


def test_a_logo_has_its_height_and_its_transparency(logo):
    image = drawn(logo, ground=100)
    red = (image == (255, 0, 0)).all(2)
    assert red.any(1).sum() == 90
    assert red.any(0).sum() == pytest.approx(90, abs=8)  # its edge is soft, being enlarged
    assert image[..., 1].max() == 100


def test_a_logo_that_has_changed_or_gone_is_an_error(logo, tmp_path):
    with pytest.raises(SceneError, match="has changed since"):
        drawn(ImageOverlay(logo.path, "0" * 32, "center", 0.25))
    with pytest.raises(SceneError, match=r"gone\.png: cannot be read"):
        drawn(ImageOverlay(str(tmp_path / "gone.png"), "0" * 32, "center", 0.25))


def test_a_picture_fades_into_its_background():
    image = np.full((4, 4, 3), 200, np.uint8)
    fade_out(image, (0.0, 0.0, 1.0), 0.25)
    assert image[0, 0].tolist() == [150, 150, 214]
    clear = np.full((4, 4, 4), 200, np.uint8)
    fade_out(clear, (0.0, 0.0, 1.0), 1.0)
    assert clear[0, 0].tolist() == [200, 200, 200, 0]
