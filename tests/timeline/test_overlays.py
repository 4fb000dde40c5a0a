"""Labels state the time of the data shown; bars carry round numbers; letters are legible."""

import pytest

from brainreel import scene
from brainreel.data.facts import Facts, ImageFacts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.automatic import legible_on
from brainreel.timeline.frame import Camera
from brainreel.timeline.labels import written_time
from brainreel.timeline.scalar_bars import nice_ticks
from brainreel.timeline.scale_bars import round_length, seen_height, written_length


def overlays(film, t_s: float = 0.0):
    return film.frame_at(t_s).panels[0].overlays


def text(film, t_s: float) -> str:
    return overlays(film, t_s)[0].text


def test_a_label_states_the_time_of_the_row_that_is_held(cortex_film, facts) -> None:
    known = facts.cortex(times=TimeAxis(-0.1, 0.1, 6))
    film = cortex_film(top="overlays: [{time: meg}]\n", known=known)
    assert [text(film, t) for t in (0, 1.9, 2, 3.9, 9.9)] == ["−100 ms", "−100 ms", "+0 ms", "+0 ms", "+300 ms"]


def test_a_label_of_interpolated_data_states_the_clock(cortex_film) -> None:
    film = cortex_film("clock: meg, interpolate: linear", top='overlays: [{time: meg, format: "{t:.1f} {unit}"}]\n')
    assert text(film, 5.03) == "151.5 ms"


def test_a_label_of_the_movie_counts_seconds(volume_film) -> None:
    film = volume_film(top="overlays: [{time: movie}]\n")
    assert [text(film, t) for t in (0, 2.54)] == ["0.0 s", "2.5 s"]


def test_zero_has_one_sign() -> None:
    assert [written_time("{t:+.0f} ms", value, "ms") for value in (-0.3, 0.0, 0.3)] == ["+0 ms"] * 3
    assert [written_time("{t:.1f} s", value, "s") for value in (-0.04, 0.0, -0.06)] == ["0.0 s", "0.0 s", "−0.1 s"]
    assert written_time("10 {t:.0f} -", -10.0, "s") == "10 −10 -"


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, (0, 2.5, 5, 7.5, 10)),
        (0, 1, (0, 0.25, 0.5, 0.75, 1)),
        (-5, 5, (-5, -2.5, 0, 2.5, 5)),
        (3.2, 9.7, (4, 6, 8)),
        (0, 254, (0, 100, 200)),
        (1e-12, 4.2e-12, (1e-12, 2e-12, 3e-12, 4e-12)),
        (5, 5, (5,)),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low: float, high: float, ticks: tuple) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize("span", [0.013, 0.9, 3.3, 47, 812, 1e6])
@pytest.mark.parametrize("low", [-7.7, 0, 12.3])
def test_there_are_always_two_to_five_ticks_inside(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert 2 <= len(ticks) <= 5
    assert low - 1e-9 * span <= ticks[0] < ticks[-1] <= low + span * (1 + 1e-9)


def test_a_bar_explains_the_topmost_paint_or_the_volume(cortex_film, volume_film) -> None:
    film = cortex_film(color="map: viridis, range: [0, 10]", top="overlays: [{scalar_bar: cortex, title: dSPM}]\n")
    bar = overlays(film)[0]
    assert bar.colors == film.frame_at(0).panels[0].layers[0].paints[0].colors
    assert bar.ticks == (0, 2.5, 5, 7.5, 10)
    assert (bar.title, bar.place) == ("dSPM", "right")
    film = volume_film("visible: {0s: true, 5s: false}", top="overlays: [{scalar_bar: pli}]\n")
    assert overlays(film)[0].colors == film.frame_at(0).panels[0].layers[0].transfer
    assert overlays(film, 5) == ()


def test_a_mirrored_bar_reaches_from_minus_to_plus(cortex_film) -> None:
    film = cortex_film(color="map: RdBu_r, range: [0, 10]", top="overlays: [{scalar_bar: cortex}]\n")
    assert overlays(film)[0].ticks == (-10, -5, 0, 5, 10)


@pytest.mark.parametrize("key", ["visible: {0s: true, 5s: false}", "alpha: {0s: 1, 5s: 0}"])
def test_the_bar_of_a_hidden_surface_goes_with_it(facts, key: str) -> None:
    text = (
        "brainreel: 1\nclocks: {meg: {0s: -100ms, 10s: 400ms}}\noverlays: [{scalar_bar: cortex}]\n"
        f"layers: {{cortex: {{surface: a, paint: {{scalars: {{file: b, clock: meg}}}}, {key}}}}}\n"
    )
    film = resolve(scene.loads(text), facts.cortex())
    assert [len(overlays(film, t_s)) for t_s in (0, 4.9, 5, 9)] == [1, 1, 0, 0]


def test_a_bar_needs_paint(facts) -> None:
    loaded = scene.loads("brainreel: 1\nlayers: {cortex: {surface: a}}\noverlays: [{scalar_bar: cortex}]\n")
    with pytest.raises(SceneError, match=r"scene:3: overlays\[0\]\.scalar_bar: cortex has no painted values"):
        resolve(loaded, facts.cortex())


def test_overlays_are_shown_from_their_first_time_to_before_their_last(volume_film) -> None:
    film = volume_film(top="overlays: [{text: Stimulus, show: [1s, 2s], alpha: {1s: 0, 1.5s: 1}}]\n")
    assert [len(overlays(film, t)) for t in (0.99, 1.0, 1.01, 1.99, 2.0)] == [0, 0, 1, 1, 0]
    assert overlays(film, 1.25)[0].alpha == pytest.approx(0.5)


def test_letters_are_large_enough_and_legible(volume_film) -> None:
    film = volume_film(
        top="movie: {background: {0s: black, 10s: white}}\noverlays: [{text: a}, {text: b, size: 54px}]\n"
    )
    assert overlays(film)[0].size == pytest.approx(36 / 1080)
    assert overlays(film)[1].size == pytest.approx(0.05)
    assert (overlays(film)[0].color, overlays(film, 10)[0].color) == ((1, 1, 1), (0, 0, 0))


@pytest.mark.parametrize("grey", [k / 20 for k in range(21)])
def test_letters_contrast_with_any_background(grey: float) -> None:
    def luminance(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    letters = luminance(legible_on((grey, grey, grey))[0])
    light, dark = max(letters, luminance(grey)), min(letters, luminance(grey))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_minutes_and_seconds_never_show_sixty_seconds() -> None:
    def clock(seconds: float) -> str:
        return written_time("{min}:{s:04.1f}", seconds, "s", seconds)

    assert [clock(t) for t in (0, 59.94, 59.96, 75.5, 600, -0.04, -5)] == [
        "0:00.0", "0:59.9", "1:00.0", "1:15.5", "10:00.0", "0:00.0", "−0:05.0",
    ]  # fmt: skip


def test_a_label_of_the_movie_may_count_minutes(volume_film) -> None:
    film = volume_film(top='movie: {length: 90s}\noverlays: [{time: movie, format: "{min}:{s:02.0f}"}]\n')
    assert [text(film, t) for t in (0, 61.2, 89.9)] == ["0:00", "1:01", "1:30"]


def test_a_label_counts_items(facts, cortex_film) -> None:
    known = facts.cortex(times=TimeAxis(0.0, 1.0, 40, "items"))
    lines = "overlays: [{time: meg, format: 'item {t:.0f} {unit}'}]\n"
    made = scene.loads(
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {0s: 0 items, 10s: 39 items}}\nlayers:\n  cortex:\n"
        f"    surface: a\n    paint: {{scalars: {{file: b, clock: meg}}}}\n{lines}"
    )
    assert text(resolve(made, known), 5) == "item 19 items"


TWO_PAINTS = (
    "brainreel: 1\nclocks: {{meg: {{0s: -100ms, 10s: 400ms}}}}\noverlays: [{{scalar_bar: {bar}}}]\n"
    "layers: {{cortex: {{surface: a, paint: [{{scalars: {{file: b, clock: meg}}, color: {{range: [0, 1]}}}},"
    " {{scalars: {{file: c, clock: meg}}, color: {{range: [0, 8]}}}}]}}}}\n"
)


@pytest.mark.parametrize(("bar", "highest"), [("cortex", 8), ("cortex.0", 1), ("cortex.1", 8)])
def test_a_bar_may_name_a_paint(facts, bar: str, highest: float) -> None:
    known = facts.cortex()
    known.assets.update({f"cortex.paint.1.{side}": facts.series(side) for side in ("left", "right")})
    film = resolve(scene.loads(TWO_PAINTS.format(bar=bar)), known)
    assert overlays(film)[0].colors.range[-1] == highest


def test_a_bar_of_a_paint_that_is_not_there_is_an_error(facts) -> None:
    known = facts.cortex()
    known.assets.update({f"cortex.paint.1.{side}": facts.series(side) for side in ("left", "right")})
    with pytest.raises(SceneError, match=r"cortex has no 2 with numbers; known: cortex\.0, cortex\.1"):
        resolve(scene.loads(TWO_PAINTS.format(bar="cortex.2")), known)


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [("auto", (0, 2.5, 5, 7.5, 10)), ("3", (0, 5, 10)), ("11", tuple(range(11))), ("[0, 4, 10, 12]", (0, 4, 10))],
)
def test_ticks_are_counted_or_stated_and_inside_the_range(cortex_film, ticks: str, expected: tuple) -> None:
    film = cortex_film(
        color="map: viridis, range: [0, 10]", top=f"overlays: [{{scalar_bar: cortex, ticks: {ticks}}}]\n"
    )
    assert overlays(film)[0].ticks == expected


@pytest.mark.parametrize(
    ("stated", "title"), [("title: dSPM", "dSPM"), ("unit: nAm", "nAm"), ("title: Current, unit: nAm", "Current (nAm)")]
)
def test_a_unit_stands_behind_the_title(cortex_film, stated: str, title: str) -> None:
    assert overlays(cortex_film(top=f"overlays: [{{scalar_bar: cortex, {stated}}}]\n"))[0].title == title


def test_bars_lie_at_the_top_and_the_bottom_unless_stated(cortex_film) -> None:
    places = ["place: right", "place: bottom", "place: bottom, direction: vertical", "direction: horizontal"]
    film = cortex_film(top="overlays:\n" + "".join(f"  - {{scalar_bar: cortex, {place}}}\n" for place in places))
    assert [bar.horizontal for bar in overlays(film)] == [False, True, False, True]


CAMERA = "camera: [{still: {position: [0, -400, 0], focal: [0, 0, 0], up: superior, view_angle: 30deg}}]\n"


def test_an_automatic_scale_bar_is_round_and_a_quarter_of_the_width_at_most(volume_film) -> None:
    film = volume_film(top="movie: {size: 1600x900}\noverlays: [{scale_bar: auto}]\n" + CAMERA)
    bar = overlays(film)[0]
    assert bar.text == "50 mm"
    assert bar.length == pytest.approx(50 / (2 * 400 * 0.2679492), rel=1e-6)
    assert 0.1 * 16 / 9 <= bar.length <= 0.25 * 16 / 9


def test_a_scale_bar_follows_the_zoom(volume_film) -> None:
    zoomed = CAMERA.replace("view_angle: 30deg", "view_angle: 30deg, zoom: {0s: 1, 1s: 2}, for: 2s")
    film = volume_film(top="overlays: [{scale_bar: 20mm}, {scale_bar: auto}]\n" + zoomed)
    (before, first), (after, last) = overlays(film), overlays(film, 1.5)
    assert after.length == pytest.approx(2 * before.length)
    assert (before.text, after.text) == ("20 mm", "20 mm")
    assert (first.text, last.text) == ("50 mm", "20 mm")


def test_a_parallel_camera_shows_its_scale() -> None:
    assert seen_height(Camera((0, 0, 9), (0, 0, 0), (0, 1, 0), 30.0, 25.0, True)) == 50


@pytest.mark.parametrize(
    ("length_mm", "label"),
    [(5, "5 mm"), (50, "50 mm"), (100, "10 cm"), (2000, "2 m"), (0.5, "500 µm"), (0.002, "2 µm"), (2e-7, "0.2 nm")],
)
def test_lengths_are_written_in_a_readable_unit(length_mm: float, label: str) -> None:
    assert written_length(length_mm) == label


def test_a_stated_unit_is_kept(volume_film) -> None:
    film = volume_film(top="overlays: [{scale_bar: 1500um}, {scale_bar: 2cm}, {scale_bar: 3}]\n")
    assert [bar.text for bar in overlays(film)] == ["1500 µm", "2 cm", "3 mm"]


@pytest.mark.parametrize(("most", "expected"), [(9.9, 5), (10, 10), (0.0019, 0.001), (4.99, 2), (1, 1)])
def test_round_lengths_are_one_two_or_five(most: float, expected: float) -> None:
    assert round_length(most) == pytest.approx(expected)


def test_a_scale_bar_in_a_world_without_a_unit_is_an_error(volume_film) -> None:
    with pytest.raises(SceneError, match=r"overlays\[0\]\.scale_bar: the world has no unit"):
        volume_film(top="movie: {unit: none}\noverlays: [{scale_bar: auto}]\n")
    with pytest.raises(SceneError, match=r"a\.nii states no spacing, so nothing to measure; give spacing: beside"):
        volume_film(top="overlays: [{scale_bar: auto}]\n", unit="none")


def test_orientation_turns_with_the_camera(volume_film) -> None:
    film = volume_film(
        top="movie: {length: 4s}\noverlays: [{orientation: cube}]\ncamera: [{orbit: {start: anterior}}]\n"
    )
    first, quarter = overlays(film)[0], overlays(film, 1)[0]
    assert first.right == pytest.approx((-1, 0, 0))
    assert first.up == pytest.approx((0, 0, 1))
    assert quarter.right == pytest.approx((0, -1, 0))


def test_an_overlay_fades_in_and_out_of_its_show(volume_film) -> None:
    film = volume_film(top="overlays: [{text: a, show: [1s, 3s], fade: 500ms, alpha: 0.8}]\n")
    assert [len(overlays(film, t)) for t in (0.9, 1.0, 1.1, 2.9, 3.0)] == [0, 0, 1, 1, 0]
    assert [overlays(film, t)[0].alpha for t in (1.25, 2, 2.75)] == pytest.approx([0.4, 0.8, 0.4])
    with pytest.raises(SceneError, match=r"overlays\[0\]\.fade: comes and goes in 3 s, but is shown for 2 s"):
        volume_film(top="overlays: [{text: a, show: [1s, 3s], fade: 1500ms}]\n")


def test_a_movie_fades_in_and_out(volume_film) -> None:
    film = volume_film(top="movie: {length: 4s, fade: {0s: 1, 1s: 0, end-1s: 0, end+0s: 1}}\n")
    assert [film.frame_at(t).fade for t in (0, 0.5, 2, 3.75)] == pytest.approx([1, 0.5, 0, 0.75])
    assert film.frame_at(0.5).digest() != film.frame_at(0.6).digest()


def test_letters_on_a_box_are_legible_on_it(volume_film) -> None:
    film = volume_film(top="overlays: [{text: a, box: white}, {text: b}]\n")
    boxed, bare = overlays(film)
    assert (boxed.color, boxed.box, boxed.box_alpha) == ((0, 0, 0), (1, 1, 1), 0.6)
    assert (bare.color, bare.box) == ((1, 1, 1), None)


def test_a_logo_is_known_by_its_content(facts, volume_film) -> None:
    known = Facts({"pli.volume": facts.volume(), "overlays.0.image": ImageFacts("/a/logo.png", "f00d")})
    film = resolve(scene.loads("brainreel: 1\nlayers: {pli: {volume: a.nii}}\noverlays: [{image: logo.png}]\n"), known)
    logo = overlays(film)[0]
    assert (logo.path, logo.digest, logo.size, logo.place) == ("/a/logo.png", "f00d", 0.1, "top-right")
