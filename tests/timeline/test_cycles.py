"""Values that take turns on a surface: which are seen when, how far, and what a label calls them."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.cycles import Turns

LINES = (
    "brainreel: 1\nmovie: {{length: 12s, fps: 20}}\nlayers:\n  cortex:\n    surface: a\n    paint:\n"
    "      scalars: {{cycle: [lh.thickness, curv_left.gii.gz, sulc-lh.npy], each: 2s{more}}}\n"
    "      alpha: {alpha}\noverlays: [{{scalar_bar: cortex}}, {{time: {label}}}]\n"
)


@pytest.fixture
def known(facts) -> Facts:
    """Three overlays of one moment, with values up to 1, 10 and 100."""
    assets = {key: one for key, one in facts.cortex().assets.items() if ".paint." not in key}
    still = TimeAxis(0.0, 1.0, 1, "items")
    for k, highest in enumerate((1, 10, 100)):
        values = np.linspace(0, highest, 1000)
        assets |= {f"cortex.paint.0.{k}.{side}": facts.series(side, values, still) for side in ("left", "right")}
    return Facts(assets)


def film_of(known, more="", alpha="1", label="cortex"):
    return resolve(scene.loads(LINES.format(more=more, alpha=alpha, label=label), "b.scene.yaml"), known)


def seen(film, t_s):
    """Which overlays are painted, bottom first, and how far."""
    paints = film.frame_at(t_s).panels[0].layers[0].paints
    return [(int(paint.data[0].asset.split(".")[3]), pytest.approx(paint.alpha)) for paint in paints]


def test_each_is_seen_for_its_time_and_then_the_first_again(known) -> None:
    film = film_of(known)
    assert [seen(film, t_s) for t_s in (0, 1.95, 2, 4, 5.95, 6, 12)] == [
        [(0, 1)], [(0, 1)], [(1, 1)], [(2, 1)], [(2, 1)], [(0, 1)], [(0, 1)],
    ]  # fmt: skip


def test_the_next_comes_over_the_one_before_which_then_goes(known) -> None:
    film = film_of(known, ", blend: 0.8s")
    assert [seen(film, t_s) for t_s in (0, 1.6, 1.8, 2, 2.2, 2.4)] == [
        [(0, 1)], [(0, 1)], [(0, 1), (1, 0.5)], [(0, 1), (1, 1)], [(0, 0.5), (1, 1)], [(1, 1)],
    ]  # fmt: skip
    assert seen(film, 5.8) == [(2, 1), (0, 0.5)]
    assert seen(film, 6.2) == [(2, 0.5), (0, 1)]


@pytest.mark.parametrize("alpha", [1, 0.6])
def test_colours_of_overlays_that_cover_all_go_over_evenly(known, alpha) -> None:
    text = LINES.format(more=", blend: 0.8s", alpha=alpha, label="cortex")
    text = text.replace("      alpha", "      color: {range: [0, 1]}\n      alpha")
    film = resolve(scene.loads(text), known)
    for t_s, part in ((1.7, 0.125), (2, 0.5), (2.2, 0.75)):
        lower, upper = (paint.alpha for paint in film.frame_at(t_s).panels[0].layers[0].paints)
        assert upper == pytest.approx(alpha * part)
        assert lower * (1 - upper) == pytest.approx(alpha * (1 - part))


def test_each_has_a_range_of_its_own_which_the_bar_explains(known) -> None:
    film = film_of(known, ", blend: 0.5s")
    for t_s, highest in ((1, 1), (3, 10), (5, 100), (7, 1)):
        (paint,) = film.frame_at(t_s).panels[0].layers[0].paints
        assert paint.colors.range[-1] == pytest.approx(highest, rel=0.01)
        assert film.frame_at(t_s).panels[0].overlays[0].colors == paint.colors


def test_a_label_names_what_is_seen_and_both_while_they_blend(known) -> None:
    film = film_of(known, ", blend: 0.5s")
    texts = [film.frame_at(t_s).panels[0].overlays[1].text for t_s in (0, 1.7, 1.9, 2.1, 2.3, 5.9, 6.1, 7)]
    assert texts == [
        "thickness", "thickness", "thickness – curv", "thickness – curv", "curv", "sulc – thickness",
        "sulc – thickness", "thickness",
    ]  # fmt: skip
    own = film_of(known, label="cortex.0, labels: [Thickness, Curvature, Depth], format: '{label} ({t:.0f})'")
    assert own.frame_at(3).panels[0].overlays[1].text == "Curvature (1)"


def test_the_label_and_the_picture_agree_at_every_frame(known) -> None:
    film, names = film_of(known, ", blend: 0.7s"), ("thickness", "curv", "sulc")
    for frame in film.frames():
        painted = [names[int(paint.data[0].asset.split(".")[3])] for paint in frame.panels[0].layers[0].paints]
        assert frame.panels[0].overlays[1].text == " – ".join(painted)


def test_alpha_may_be_a_track_over_the_turns(known) -> None:
    film = film_of(known, alpha="{0s: 0, 4s: 1}")
    assert [seen(film, t_s) for t_s in (0, 1, 3, 6)] == [[], [(0, 0.25)], [(1, 0.75)], [(0, 1)]]


def test_turns_meet_their_seconds_in_spite_of_rounding() -> None:
    turns = Turns(3, 0.1, 0.0)
    assert [turns.at(k * 0.1) for k in range(30)] == [k % 3 for k in range(30)]


@pytest.mark.parametrize(
    ("more", "label", "message"),
    [
        (", blend: 3s", "cortex", r"7: layers\.cortex\.paint\.scalars\.blend = 3s: takes longer than each is seen, 2s"),
        (", blend: 50%", "cortex", r"blend: takes longer than each is seen, 2 s; shorten it"),
        ("", "cortex, labels: [a, b]", r"overlays\[1\]\.labels: has 2 words for 3 that take turns; write one for each"),
        ("", "cortex.1", r"overlays\[1\]\.time = cortex\.1: there is no such clock; did you mean cortex\.0\?"),
    ],
)
def test_what_does_not_fit_is_told(known, more, label, message) -> None:
    with pytest.raises(SceneError, match=message):
        film_of(known, more, label=label)


def test_a_cycle_needs_two_and_says_which_is_wrong() -> None:
    text = "brainreel: 1\nlayers: {a: {surface: b, paint: {scalars: {cycle: CYCLE, each: 2s}}}}\n"
    for written, message in (("[a.gii]", "scalars.cycle = "), ("[a.gii, {fil: b}]", r"cycle\[1\].fil: is no key here")):
        with pytest.raises(SceneError, match=message.replace("[", r"\[") if "\\" not in message else message):
            scene.loads(text.replace("CYCLE", written))


def test_a_cycle_comes_back_from_its_own_text() -> None:
    cycle = scene.CyclingSource(cycle=["lh.sulc", {"file": "thickness"}], each="2s", blend="500ms")
    made = scene.Scene(layers={"cortex": scene.SurfaceLayer(surface="lh.pial", paint={"scalars": cycle})})
    assert scene.loads(scene.dump(made)) == made
    assert "cycle: [lh.sulc, ./thickness], each: 2s, blend: 500ms" in scene.dump(made)
    assert list(made.sources())[1:] == ["cortex.paint.0.0", "cortex.paint.0.1"]


def test_a_plot_of_values_that_take_turns_is_an_error_that_says_so(known) -> None:
    text = LINES.format(more="", alpha="1", label="cortex") + "views: {b: {area: [0, 0, 1, 1], plot: {of: cortex}}}\n"
    with pytest.raises(SceneError, match="no values on a surface but those that take turns"):
        resolve(scene.loads(text, "b.scene.yaml"), known)
