"""How layers look: transfer functions, cuts, colour ranges, what is hidden."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.looks import Shading


def look(film, t_s: float = 0.0):
    return film.frame_at(t_s).panels[0].layers[0]


def test_a_transfer_function_as_it_is_stated(volume_film) -> None:
    film = volume_film(
        "color: {points: [[0, 1, 0, 0], [200, 0, 0, 1]]}", "opacity: {points: [[0, 0], [100, .5, .2, .9]]}",
        "unit_distance: 2cm", "shading: {ambient: 0.4}",
    )  # fmt: skip
    transfer = look(film).transfer
    assert [(point.x, point.color) for point in transfer.colors] == [(0, (1, 0, 0)), (200, (0, 0, 1))]
    point = transfer.opacities[1]
    assert (point.x, point.opacity, point.midpoint, point.sharpness) == (100, 0.5, 0.2, 0.9)
    assert transfer.opacities[0].midpoint == 0.5
    assert transfer.unit_distance == 20
    assert look(film).shading.ambient == 0.4
    assert look(film).shading.diffuse == 0.7


def test_transfer_functions_move_point_by_point(volume_film) -> None:
    film = volume_film("opacity: {points: {0s: [[0, 0], [100, 1]], 10s: [[50, 0], [200, 0.5]]}}")
    assert [(p.x, p.opacity) for p in look(film, 5).transfer.opacities] == [(25, 0), (150, 0.75)]


def test_percentiles_of_a_volume_are_values(volume_film) -> None:
    film = volume_film("opacity: {points: [[p50, 0], [p100, 1]]}")
    assert [point.x for point in look(film).transfer.opacities] == pytest.approx([20, 250], rel=0.01)
    with pytest.raises(SceneError, match=r"scene:5: layers\.pli\.opacity\.points: x increases from point to point"):
        volume_film("opacity: {points: [[200, 0], [p50, 1]]}")


def test_everything_automatic_is_resolved(volume_film) -> None:
    transfer = look(volume_film()).transfer
    assert transfer.colors[0].x == transfer.opacities[0].x == 20
    assert transfer.unit_distance == pytest.approx(4.54, rel=0.01)
    assert look(volume_film()).shading is None
    assert look(volume_film("shading: gradient")).shading.specular == 0.2


@pytest.mark.parametrize(
    ("cut", "axis", "end", "value"),
    [
        ("left: 50%", 0, "lower", 0.0),
        ("right: 25%", 0, "upper", 48.0),
        ("posterior: 10", 1, "lower", -86.0),
        ("anterior: 1cm", 1, "upper", 86.0),
        ("inferior: 50%", 2, "lower", 0.0),
        ("superior: 93mm", 2, "upper", 0.0),
    ],
)
def test_a_cut_takes_away_from_its_side(volume_film, cut: str, axis: int, end: str, value: float) -> None:
    keep = look(volume_film(f"cut: {{{cut}}}")).keep
    assert getattr(keep, end)[axis] == pytest.approx(value)
    others = {"lower": (-96, -96, -93), "upper": (96, 96, 93)}
    for name, corner in others.items():
        for index in range(3):
            if (name, index) != (end, axis):
                assert getattr(keep, name)[index] == corner[index]


def test_a_cut_may_move_and_take_everything(volume_film) -> None:
    film = volume_film("cut: {left: {0s: 0%, 10s: 100%}, right: 50%}")
    assert look(film, 2.5).keep.lower[0] == pytest.approx(-48)
    assert film.frame_at(6).panels[0].layers == ()
    assert look(volume_film("cut: {left: 0%}")).keep is None


@pytest.mark.parametrize("line", ["alpha: 0", "visible: false", "visible: {0s: false, 20s: true}"])
def test_what_is_not_seen_is_not_in_the_frame(volume_film, line: str) -> None:
    assert volume_film(line).frame(0).panels[0].layers == ()


def test_units_where_the_world_has_none(volume_film) -> None:
    top = "movie: {unit: none}\n"
    assert look(volume_film("unit_distance: 3", top=top)).transfer.unit_distance == 3
    with pytest.raises(SceneError, match=r"unit_distance = 3mm: the world has no unit \(movie\.unit: none\)"):
        volume_film("unit_distance: 3mm", top=top)
    assert look(volume_film("unit_distance: 3", top="movie: {unit: um}\n")).transfer.unit_distance == pytest.approx(
        0.003
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cut: {left: 2mm}", r"layers\.pli\.cut\.left = 2mm: the volume states no spacing; give spacing: beside file:"),
        ("unit_distance: 0.2mm", r"layers\.pli\.unit_distance = 0\.2mm: the volume states no spacing; give spacing:"),
        ("cut: {left: {0s: 0%, 2s: 1cm}}", r"layers\.pli\.cut\.left\.2s = 1cm: the volume states no spacing"),
    ],
)
def test_lengths_with_a_unit_need_a_volume_that_has_one(volume_film, line: str, message: str) -> None:
    with pytest.raises(SceneError, match="scene:5: " + message):
        volume_film(line, unit="none")


def test_bare_lengths_and_parts_need_no_unit_of_the_volume(volume_film) -> None:
    shown = look(volume_film("cut: {left: 2, right: 50%}", "unit_distance: 0.2", unit="none"))
    assert (shown.keep.lower[0], shown.keep.upper[0]) == (-94, 0)
    assert shown.transfer.unit_distance == 0.2


def test_a_surface_is_matte_until_it_is_given_a_highlight(facts) -> None:
    text = "brainreel: 1\nmovie: {{length: 4s}}\nlayers:\n  cortex:\n    surface: a\n    shading: {}\n"
    matte, shiny = (
        look(resolve(scene.loads(text.format(shading)), facts.cortex()), 2).shading
        for shading in ("matte", "{specular: {0s: 0, 4s: 1}}")
    )
    assert matte == Shading(0.25, 0.75, 0, 20)
    assert shiny == Shading(0.25, 0.75, 0.5, 20)


def test_a_surface_becomes_translucent_by_its_alpha(facts) -> None:
    text = "brainreel: 1\nmovie: {length: 4s}\nlayers:\n  cortex:\n    surface: a\n    alpha: {0s: 0, 4s: 1}\n"
    film = resolve(scene.loads(text), facts.cortex())
    assert look(film, 1).alpha == 0.25
    assert not film.frame_at(0).panels[0].layers


def test_a_surface_is_darker_in_its_depths_as_far_as_it_is_told(facts) -> None:
    text = "brainreel: 1\nmovie: {length: 4s}\nlayers:\n  cortex:\n    surface: a\n    occlusion: {0s: 0, 4s: 1}\n"
    assert look(resolve(scene.loads(text), facts.cortex()), 3).occlusion == 0.75


def colors(film, t_s: float = 0.0):
    return look(film, t_s).paints[0].colors


def test_automatic_paint_is_hot_over_mnes_percentiles(cortex_film) -> None:
    shown = colors(cortex_film())
    values = np.random.default_rng(1).exponential(2.0, 20_000)
    assert shown.map == "matlab:hot"
    assert shown.range == pytest.approx(np.percentile(values, [96, 97.5, 99.95]), rel=0.02)
    assert shown.below_hidden
    assert not shown.diverging


def test_automatic_paint_of_both_signs_diverges(cortex_film, facts) -> None:
    values = np.random.default_rng(2).normal(0, 3, 20_000)
    shown = colors(cortex_film(known=facts.cortex(values=values)))
    assert shown.map == "colorbrewer:rdbu_r"
    assert shown.range == pytest.approx(np.percentile(np.abs(values), [96, 97.5, 99.95]), rel=0.02)
    assert shown.diverging


def test_percentiles_of_a_diverging_map_are_of_magnitudes(cortex_film, facts) -> None:
    values = np.random.default_rng(2).normal(0, 3, 20_000)
    known = facts.cortex(values=values)
    mirrored = colors(cortex_film(color="map: RdBu_r, range: [0, p95]", known=known))
    assert mirrored.range == pytest.approx((0, np.percentile(np.abs(values), 95)), rel=0.02)
    assert mirrored.diverging
    assert not mirrored.below_hidden
    plain = colors(cortex_film(color="map: RdBu_r, range: [-4, 9]", known=known))
    assert plain.range == (-4, 9)
    assert not plain.diverging


def test_a_range_may_move(cortex_film) -> None:
    shown = colors(cortex_film(color="map: viridis, range: {0s: [0, 1], 10s: [0, 3]}, below: hide"), 5)
    assert shown.range == (0, 2)
    assert shown.below_hidden
    assert shown.map == "bids:viridis"


def test_percentiles_that_fall_are_an_error(cortex_film) -> None:
    with pytest.raises(SceneError, match=r"paint\[0\]\.color\.range: the values of a range increase, in these data"):
        cortex_film(color="range: [p99, 0.001]")
