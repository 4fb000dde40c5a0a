"""Slices over time."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.data import Facts, TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.looks import OwnColors


def look(facts, keys: str, t_s: float = 0.0, clocks: str = "", **changes):
    text = f"brainreel: 1\nmovie: {{length: 4s}}\n{clocks}layers: {{t1: {{slice: t1.nii, {keys}}}}}\n"
    known = {"t1.slice": facts.volume()}
    if "labels:" in keys:
        known["t1.paint.0.labels"] = facts.volume(labels=(0, 1, 2))
    elif "paint:" in keys:
        known["t1.paint.0"] = facts.volume(**changes)
    layers = resolve(scene.loads(text), Facts(known)).frame_at(t_s).panels[0].layers
    return layers[0] if layers else None


@pytest.mark.parametrize(
    ("keys", "normal", "origin"),
    [
        ("plane: axial", (0, 0, 1), (0, 0, 0)),
        ("plane: coronal, at: 0%", (0, 1, 0), (0, -96, 0)),
        ("plane: sagittal, at: 10mm", (1, 0, 0), (10, 0, 0)),
        ("plane: [0, 0, -5], at: 100%", (0, 0, -1), (0, 0, -93)),
        ("plane: [1, 0, 1], at: 0%", (2**-0.5, 0, 2**-0.5), (-94.5, 0, -94.5)),
    ],
)
def test_a_plane_lies_where_it_is_said(facts, keys, normal, origin):
    found = look(facts, keys)
    assert np.allclose(found.normal, normal)
    assert np.allclose(found.origin, origin)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ("at: 400%", "0% to 100%"),
        ("at: -100mm", r"-93 to 93 \(in movie.unit\)"),
        ("at: {0s: 110%, 4s: 120%}", "0% to 100%"),
    ],
)
def test_a_plane_that_passes_the_volume_by_is_told(facts, keys, where):
    with pytest.raises(SceneError, match=f"t1.at: the plane passes the volume by, which it meets at {where}"):
        look(facts, keys)


def test_a_plane_may_come_from_outside_and_go_on(facts):
    assert look(facts, "at: {0s: -50%, 4s: 150%}", t_s=0).origin[2] == pytest.approx(-186)


def test_a_position_is_a_track(facts):
    assert look(facts, "at: {0s: 0%, 4s: 100%}", t_s=1).origin[2] == pytest.approx(-93 + 186 / 4)


def test_a_track_in_two_kinds_of_position_is_refused(facts):
    with pytest.raises(SceneError, match=r"layers.t1.at: .*write both in one of the two"):
        look(facts, "at: {0s: 0%, 4s: 10mm}")


def test_anatomy_is_gray_and_opaque_and_what_lies_over_it_hidden_below_its_range(facts):
    base, over = look(facts, "paint: {scalars: pet.nii, alpha: 0.5}").paints
    assert base.colors.map.endswith("gray")
    assert not base.colors.below_hidden
    assert base.alpha == 1
    assert over.colors.below_hidden
    assert over.alpha == 0.5
    assert base.colors.range[0] < base.colors.range[1]


def test_labels_over_a_slice_keep_their_numbers(facts):
    paint = look(facts, "paint: {labels: seg.nii, color: {labels: {1: red}}, boundaries: true}").paints[1]
    assert paint.nearest
    assert paint.boundaries
    assert [one.label for one in paint.colors] == [1, 2]


def test_a_paint_that_goes_both_ways_shows_both_and_counts_absolute_values(facts):
    signed = {"quantiles": tuple(map(float, np.linspace(-4, 2, 2001)))}
    over = look(facts, "paint: {scalars: zstat.nii}", **signed).paints[1].colors
    assert over.map.endswith("rdbu_r")
    assert over.diverging
    assert over.below_hidden
    assert over.range == pytest.approx((3.7, 3.994), abs=0.01)  # 95 % and 99.9 % of absolute values
    stated = look(facts, "paint: {scalars: zstat.nii, color: {map: RdBu_r, range: [p50, p90]}}", **signed)
    assert stated.paints[1].colors.range == pytest.approx((1.5, 3.4), abs=0.01)
    hot = look(facts, "paint: {scalars: zstat.nii, color: {map: hot}}", **signed).paints[1].colors
    assert hot.range == pytest.approx((1.7, 1.994), abs=0.01)
    assert hot.below_hidden


def test_a_paint_over_time_follows_its_clock(facts):
    clocks = "clocks: {bold: {0s: 0s, 4s: 8s}}\n"
    keys = "paint: {scalars: {file: bold.nii, clock: bold, interpolate: linear}}"
    times = TimeAxis(0.0, 2.0, 5)
    data = look(facts, keys, t_s=1.5, clocks=clocks, times=times).paints[1].data
    assert data.rows == (1, 2)
    assert data.weights == pytest.approx((0.5, 0.5))
    with pytest.raises(SceneError, match="5 moments and no clock"):
        look(facts, "paint: {scalars: bold.nii}", times=times)


def test_a_cut_away_slice_is_not_there(facts):
    assert look(facts, "cut: {left: 60%, right: 60%}") is None


def test_a_crosshair_has_the_outlines_colour(facts):
    assert look(facts, "crosshair: [1, 2, 3], outline: white").cross == (1, 2, 3)
    with pytest.raises(SceneError, match="crosshair: has the colour of the outline; write outline: white"):
        look(facts, "crosshair: [1, 2, 3]")


def test_without_its_background_anatomy_begins_above_it(facts):
    colors = look(facts, "color: {below: hide}").paints[0].colors
    assert colors.below_hidden
    assert colors.range[0] == pytest.approx(20, abs=0.3)
    assert colors.range[0] > 20


def test_where_nearly_all_is_background_what_is_not_still_shows(facts):
    sparse = facts.volume(quantiles=(*[0.0] * 2000, 7.0), background=0.0)
    text = "brainreel: 1\nlayers: {t1: {slice: t1.nii, color: {below: hide}}}\n"
    low, high = (
        resolve(scene.loads(text), Facts({"t1.slice": sparse})).frame(0).panels[0].layers[0].paints[0].colors.range
    )
    assert 0 < low < 0.1
    assert high == 7


def colored(facts, keys: str):
    known = {f"t1.slice.{name}": facts.volume(is_color=True) for name in ("red", "green", "blue")}
    text = f"brainreel: 1\nlayers: {{t1: {{slice: t1.nii, {keys}}}}}\n"
    return resolve(scene.loads(text), Facts(known))


def test_an_image_of_colours_is_drawn_in_them(facts):
    (paint,) = colored(facts, "alpha: 1").frame(0).panels[0].layers[0].paints
    assert [reference.asset for reference in paint.data] == ["t1.slice.red", "t1.slice.green", "t1.slice.blue"]
    assert paint.colors == OwnColors()
    (paint,) = colored(facts, "color: {below: hide}").frame(0).panels[0].layers[0].paints
    assert paint.colors == OwnColors(above=pytest.approx(20))
    with pytest.raises(SceneError, match=r"layers.t1.color: the volume holds its own colours; leave map and range out"):
        colored(facts, "color: {map: hot}")
