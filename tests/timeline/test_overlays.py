"""Labels state the time of the data shown; bars carry round numbers; letters are legible."""

import pytest

from brainreel import scene
from brainreel.data.protocols import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.automatic import legible_on
from brainreel.timeline.labels import written_time
from brainreel.timeline.scalar_bars import nice_ticks


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
    with pytest.raises(SceneError, match=r"scene:3: overlays\[0\]\.scalar_bar: cortex has no paint"):
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
