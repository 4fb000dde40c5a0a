"""Transfer functions over time: maps over ranges, ends, steps, modes, and what is automatic."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.looks import OpacityPoint
from brainreel.timeline.piecewise import opacity_curve
from brainreel.timeline.transfers import hidden


def look(film, t_s: float = 0.0):
    return film.frame_at(t_s).panels[0].layers[0]


def transfer(film, t_s: float = 0.0):
    return look(film, t_s).transfer


def colors(film, t_s: float = 0.0):
    return [(point.x, point.color) for point in transfer(film, t_s).colors]


def opacities(film, t_s: float = 0.0):
    return [(point.x, point.opacity) for point in transfer(film, t_s).opacities]


def test_points_may_bend_in_a_space_of_their_own(volume_film) -> None:
    shown = transfer(volume_film("color: {points: [[0, 1, 0, 0, 0.3, 0.8], [200, 0, 0, 1]], space: Lab}"))
    assert shown.space == "Lab"
    assert (shown.colors[0].midpoint, shown.colors[0].sharpness) == (0.3, 0.8)
    assert (shown.colors[1].midpoint, shown.colors[1].sharpness) == (0.5, 0.0)


def test_a_map_is_laid_over_its_range(volume_film) -> None:
    shown = colors(volume_film("color: {map: hot, range: [10, 210]}"))
    assert shown[0] == (10, pytest.approx((0.0416, 0, 0)))
    assert shown[1] == (pytest.approx(10 + 200 * 0.365079), pytest.approx((1, 0, 0)))
    assert shown[-1] == (210, (1, 1, 1))


def test_paraviews_maps_have_their_space(volume_film) -> None:
    shown = transfer(volume_film('color: {map: "Cool to Warm", range: [0, 100]}'))
    assert shown.space == "Diverging"
    assert [point.x for point in shown.colors] == [0, 50, 100]


def test_a_range_may_move_and_be_percentiles(volume_film) -> None:
    film = volume_film("color: {map: gray, range: {0s: [p50, 100], 10s: [p100, 350]}}")
    assert [x for x, _ in colors(film)] == pytest.approx([20, 100], rel=0.01)
    assert [x for x, _ in colors(film, 5)] == pytest.approx([135, 225], rel=0.01)


def test_an_automatic_range_is_that_of_tissue(volume_film) -> None:
    low, high = (x for x, _ in colors(volume_film("color: {map: gray}")))
    assert low == pytest.approx(20, abs=1)
    assert 240 < high < 250


def test_points_with_a_range_keep_their_proportions(volume_film) -> None:
    film = volume_film("color: {points: [[-1, 0, 0, 0], [0, 1, 0, 0], [3, 1, 1, 1]], range: [100, 200]}")
    assert [x for x, _ in colors(film)] == [100, 125, 200]
    opacity = volume_film("opacity: {points: [[0, 0], [1, 1]], range: [p50, 120]}")
    assert [x for x, _ in opacities(opacity)] == pytest.approx([20, 120], rel=0.01)


def test_reversed_colors_keep_their_bends_and_bands(volume_film) -> None:
    points = "[[0, 1, 0, 0, 0.3, 0.8], [4, 0, 1, 0], [10, 0, 0, 1]]"
    first, middle, last = transfer(volume_film(f"color: {{points: {points}, reverse: true}}")).colors
    assert [(p.x, p.color) for p in (first, middle, last)] == [(0, (0, 0, 1)), (6, (0, 1, 0)), (10, (1, 0, 0))]
    assert (first.midpoint, first.sharpness, middle.midpoint, middle.sharpness) == (0.5, 0.0, 0.7, 0.8)
    points = "[[0, 1, 0, 0], [4, 1, 0, 0], [10, 0, 0, 1]]"  # red up to 4, then blue
    stepped = colors(volume_film(f"color: {{points: {points}, space: Step, reverse: true}}"))
    assert stepped == [(0, (0, 0, 1)), (6, (0, 0, 1)), (10, (1, 0, 0))]


def test_maps_of_categories_are_even_bands(volume_film) -> None:
    shown = transfer(volume_film("color: {map: Set1, range: [0, 9]}"))
    assert shown.space == "Step"
    assert [point.x for point in shown.colors] == pytest.approx(list(range(10)))


def test_ends_and_steps_are_tracks(volume_film) -> None:
    film = volume_film(
        "color: {map: gray, range: [0, 9], steps: {0s: 4, 5s: 8}, below: {0s: black, 10s: white}, above: red}"
    )
    assert [transfer(film, t).steps for t in (0, 4.9, 5)] == [4, 4, 8]
    assert transfer(film, 5).below == (0.5, 0.5, 0.5)
    assert transfer(film).above == (1, 0, 0)
    assert transfer(film).nan is None


def test_what_is_hidden_below_and_above_has_no_opacity(volume_film) -> None:
    film = volume_film("color: {map: gray, range: [50, 150], below: hide, above: hide}", "opacity: 0.4")
    shown = transfer(film)
    found = opacity_curve(shown.opacities, [0, 49.9, 50, 100, 150, 150.1, 250])
    assert found.tolist() == pytest.approx([0, 0, 0.4, 0.4, 0.4, 0, 0])
    assert shown.below is None


@pytest.mark.parametrize("bend", [(0.5, 0.0), (0.2, 0.0), (0.5, 0.7), (0.3, 1.0)])
def test_hiding_changes_nothing_else(bend) -> None:
    points = (OpacityPoint(0, 0.1, *bend), OpacityPoint(100, 0.9, 0.4, 0.3), OpacityPoint(200, 0.2))
    cut = hidden(points, 30.0, 160.0)
    x = np.linspace(30, 160, 500)
    assert np.abs(opacity_curve(cut, x) - opacity_curve(points, x)).max() < (0.01 if bend[1] < 1 else 1)
    assert np.mean(np.abs(opacity_curve(cut, x) - opacity_curve(points, x))) < 0.01
    assert opacity_curve(cut, [29.9, 160.1]).tolist() == [0, 0]


@pytest.mark.parametrize(("line", "expected"), [("opacity: 0.3", [0.3]), ("opacity: {0s: 0, 10s: 0.8}", [0.4])])
def test_opacity_may_be_a_number(volume_film, line: str, expected: list[float]) -> None:
    assert [y for _, y in opacities(volume_film(line), 5)] == pytest.approx(expected)


def test_a_ramp_of_opacity_follows_the_colors(volume_film) -> None:
    film = volume_film("color: {map: gray, range: {0s: [0, 100], 10s: [100, 200]}}", "opacity: ramp")
    assert opacities(film, 5) == [(50, 0), (150, 1)]


@pytest.mark.parametrize("mode", ["maximum", "minimum", "average"])
def test_a_projection_is_gray_and_opaque_unless_stated(volume_film, mode: str) -> None:
    shown = look(volume_film(f"mode: {mode}"))
    assert shown.mode == mode
    (low, black), (high, white) = ((point.x, point.color) for point in shown.transfer.colors)
    assert (black, white) == ((0, 0, 0), (1, 1, 1))
    assert low == pytest.approx(0.4, abs=0.1)
    assert high == pytest.approx(249, abs=1)
    assert opacity_curve(shown.transfer.opacities, [0, 20, 250]).tolist() == [1, 1, 1]
    stated = transfer(volume_film(f"mode: {mode}", "color: {map: hot, range: [0, 9]}", "opacity: 0.5"))
    assert (stated.colors[-1].x, stated.opacities[0].opacity) == (9, 0.5)


def test_how_a_volume_is_drawn_is_in_its_look(volume_film) -> None:
    film = volume_film(
        "interpolate: nearest", "mix: add", "classification: preintegrated",
        "gradient_opacity: {points: {0s: [[0, 0], [10, 1]], 10s: [[0, 1], [30, 1]]}}",
        "shading: {ambient: {0s: 0, 10s: 1}, specular_power: {0s: 10, 10s: 30}}",
    )  # fmt: skip
    shown = look(film, 5)
    assert (shown.nearest, shown.mix, shown.preintegrated, shown.mode) == (True, "add", True, "composite")
    assert [(p.x, p.opacity) for p in shown.transfer.gradient_opacities] == [(0, 0.5), (20, 1)]
    assert (shown.shading.ambient, shown.shading.specular_power) == (0.5, 20)
    assert look(film, 9.999).transfer.gradient_opacities != ()


def test_gradient_opacity_that_changes_nothing_costs_nothing(volume_film) -> None:
    assert transfer(volume_film("gradient_opacity: {points: [[0, 1], [255, 1]]}")).gradient_opacities == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("color: {map: virdis}", r"layers\.pli\.color\.map = virdis: is no colour map; did you mean viridis\?"),
        ("color: {map: Cool to Wram}", r"color\.map = Cool to Wram: is no colour map; did you mean Cool to Warm\?"),
        ("color: {range: [0, 1]}", r"color: needs points: or map:"),
        ("color: {map: hot, points: [[0, 0, 0, 0]]}", r"color: states both map and points; keep one"),
        ("color: {map: hot, space: Lab}", r"color\.space = Lab: a map has a space of its own; leave it out"),
        ("color: {map: hot, range: [0, 1, 2]}", r"range = \[0, 1, 2\]: the range of a transfer function has two"),
        ("color: {map: hot, steps: 1}", r"color\.steps = 1: the number of steps is a whole number in 2\.\.4096"),
        ("color: {points: [[0, 0, 0, 0, 0.5, 2]]}", r"points\[0\]\[5\] = 2: sharpness lies in 0\.\.1"),
        (
            "color: {map: hot, nan: red}",
            r"color\.nan: is not in this version .*; voxels that are no number",
        ),
        ("color: {map: hot, range: [p99, 3]}", r"color\.range: the values of a range increase, in these data"),
        ("opacity: some", r"opacity = some: expects auto, ramp, a number or \{points: "),
        ("opacity: 1.4", r"opacity = 1\.4: opacity lies in 0\.\.1"),
        ("gradient_opacity: {points: [[p5, 1]]}", r"points\[0\]\[0\] = p5: a length of the gradient is a number"),
        ("mode: mip", r"mode = mip: is no mode here; known: average, composite, maximum, minimum"),
    ],
)
def test_what_means_nothing_is_told_with_its_place(volume_film, line: str, message: str) -> None:
    with pytest.raises(SceneError, match="scene:5: .*" + message):
        volume_film(line)


def test_a_volume_that_holds_its_own_colors_has_no_others(facts) -> None:
    known = Facts({f"pli.volume.{color}": facts.volume(is_color=True) for color in ("red", "green", "blue")})
    text = "brainreel: 1\nlayers:\n  pli:\n    volume: a.nii\n    {line}\n"
    shown = resolve(scene.loads(text.format(line="opacity: 0.2")), known).frame(0).panels[0].layers[0]
    assert shown.transfer.opacities[0].opacity == 0.2
    for line in ("mode: maximum", "color: {map: hot}", "classification: preintegrated"):
        with pytest.raises(SceneError, match="the volume holds its own colours, which are composited; leave it out"):
            resolve(scene.loads(text.format(line=line)), known)
