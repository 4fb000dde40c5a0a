"""Clocks, and the rows of the data that they show."""

import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.rows import moment_at, position

AXIS = TimeAxis(-0.1, 0.002, 251)


def shown(t_s: float, interpolate: str):
    return moment_at(AXIS, position(AXIS, t_s, False), interpolate, False)


def test_hold_shows_the_last_moment_reached() -> None:
    assert shown(-0.1, "hold").rows == (0,)
    assert shown(-0.0981, "hold").rows == (0,)
    assert shown(-0.0979, "hold").rows == (1,)
    assert shown(0.0013, "hold").shown == pytest.approx(0.0)


@pytest.mark.parametrize("row", range(0, 251, 7))
def test_a_moment_is_reached_in_spite_of_rounding(row: int) -> None:
    for time in (AXIS.first_s + row * AXIS.step_s, round(-100 + 2 * row) / 1000):
        assert shown(time, "hold").rows == (row,)
        assert shown(time, "linear").rows == (row,)


def test_linear_weighs_the_two_moments_around() -> None:
    moment = shown(-0.0995, "linear")
    assert moment.rows == (0, 1)
    assert moment.weights == pytest.approx((0.75, 0.25))
    assert sum(moment.weights) == 1
    assert moment.shown == pytest.approx(-0.0995)
    assert shown(0.4, "linear").rows == (250,)


UNEVEN = (-0.1, -0.06, 0.0, 0.001, 0.25, 0.5, 0.55)
AXES = [AXIS, TimeAxis(UNEVEN[0], 0.65 / 6, 7, uneven=UNEVEN), TimeAxis(0.0, 1.0, 9, "items"), TimeAxis(0.0, 0.5, 2)]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("interpolate", ["hold", "linear", "cubic"])
def test_a_series_whose_values_are_its_times_has_the_values_of_its_label(axis: TimeAxis, interpolate: str) -> None:
    for place in (k / 64 for k in range(-64, 64 * axis.count + 64)):
        moment = moment_at(axis, place, interpolate, False)
        values = sum(weight * axis.at(row) for row, weight in zip(moment.rows, moment.weights, strict=True))
        local_step = axis.at(moment.rows[0] + 1) - axis.at(moment.rows[0])
        assert values == pytest.approx(moment.shown, abs=1e-12 * max(1, abs(values)))
        assert sum(moment.weights) == pytest.approx(1, abs=1e-12)
        if interpolate != "hold" and 0 <= place <= axis.count - 1:
            assert moment.shown == pytest.approx(axis.at(place), abs=1e-9 * local_step)
        if place == int(place) and 0 <= place < axis.count:
            assert (moment.rows, moment.weights) == ((int(place),), (1.0,))


def test_cubic_is_the_curve_of_catmull_and_rom_through_even_moments() -> None:
    moment = moment_at(AXIS, 7.5, "cubic", False)
    assert moment.rows == (6, 7, 8, 9)
    assert moment.weights == pytest.approx((-1 / 16, 9 / 16, 9 / 16, -1 / 16))


@pytest.mark.parametrize("axis", AXES[:2])
def test_cubic_follows_a_parabola_wherever_it_has_two_moments_on_either_side(axis: TimeAxis) -> None:
    for place in (1.1, 2.5, 3.99):
        moment = moment_at(axis, place, "cubic", False)
        value = sum(weight * axis.at(row) ** 2 for row, weight in zip(moment.rows, moment.weights, strict=True))
        assert value == pytest.approx(moment.shown**2, abs=1e-12)


def test_cubic_leaves_the_first_moment_straight_and_needs_three_moments_there() -> None:
    moment = moment_at(AXIS, 0.5, "cubic", False)
    assert moment.rows == (0, 1, 2)
    assert moment.weights == pytest.approx((7 / 16, 10 / 16, -1 / 16))
    assert moment_at(AXES[3], 0.25, "cubic", False).weights == pytest.approx((0.75, 0.25))


def test_uneven_data_are_held_from_moment_to_moment_and_a_last_step_longer(cortex_film, facts) -> None:
    axis = TimeAxis(UNEVEN[0], 0.65 / 6, 7, uneven=UNEVEN)
    top = "clocks: {meg: {0s: -100ms, 7s: 600ms}}\noverlays: [{time: meg}]\n"
    film = resolve(
        scene.loads("brainreel: 1\n" + top + "layers: {cortex: {surface: a, paint: {scalars: {file: b, clock: meg}}}}"),
        facts.cortex(times=axis),
    )
    assert [paint(film, t).data[0].rows[0] for t in (0, 0.39, 0.41, 0.99, 1.0, 1.02, 3.4, 6.49, 7)] == [
        0, 0, 1, 1, 2, 3, 3, 5, 6,
    ]  # fmt: skip
    texts = [film.frame_at(t).panels[0].overlays[0].text for t in (0.39, 0.41, 6.49)]
    assert texts == ["−100 ms", "−60 ms", "+500 ms"]


def paint(film, t_s: float):
    return film.frame_at(t_s).panels[0].layers[0].paints[0]


def test_both_hemispheres_show_the_same_moment(cortex_film) -> None:
    film = cortex_film("clock: meg, interpolate: linear")
    left, right = paint(film, 5.03).data
    assert (left.asset, right.asset) == ("cortex.paint.0.left", "cortex.paint.0.right")
    assert left.rows == right.rows == (125, 126)
    assert left.weights == pytest.approx((0.25, 0.75))


def test_a_clock_outside_the_data_is_an_error_that_names_both_ranges(cortex_film, facts) -> None:
    with pytest.raises(SceneError) as caught:
        cortex_film(known=facts.cortex(times=TimeAxis(0.0, 0.002, 101)))
    assert str(caught.value) == (
        "brain.scene.yaml:7: layers.cortex.paint[0].scalars.clock: at 0s of the movie the clock meg shows -100 ms, the "
        "data reach from 0 ms to 200 ms; change the clock, or write outside: hold or hide"
    )


def test_outside_the_data_values_are_held_or_hidden(cortex_film, facts) -> None:
    known = facts.cortex(times=TimeAxis(0.0, 0.002, 101))
    held = cortex_film("clock: meg, outside: hold", known=known)
    assert [paint(held, t).data[0].rows for t in (0, 2, 6, 10)] == [(0,), (0,), (100,), (100,)]
    hidden = cortex_film("clock: meg, outside: hide", known=known)
    assert [len(hidden.frame_at(t).panels[0].layers[0].paints) for t in (1.9, 2.0, 6.0, 6.1)] == [0, 1, 1, 0]


def test_held_data_last_a_step_longer_than_their_last_moment(cortex_film, facts) -> None:
    known = facts.cortex(times=TimeAxis(-0.1, 0.01, 50))
    assert paint(cortex_film(known=known), 9.9).data[0].rows == (49,)
    with pytest.raises(SceneError, match="the data reach from -100 ms to 390 ms"):
        cortex_film("clock: meg, interpolate: linear", known=known)


@pytest.mark.parametrize("interpolate", ["hold", "linear"])
def test_a_clock_written_with_few_digits_meets_the_ends_of_the_data(cortex_film, facts, interpolate: str) -> None:
    known = facts.cortex(times=TimeAxis(-0.0999984, 0.00199998, 251))
    film = cortex_film(f"clock: meg, interpolate: {interpolate}", known=known)
    assert paint(film, 0).data[0].rows == (0,)
    assert paint(film, 0).data[0].weights == (1.0,)
    assert paint(film, 10).data[0].rows == (250,)
    with pytest.raises(SceneError, match=r"the clock meg shows -100 ms, the data reach from -99\.95 ms"):
        cortex_film(f"clock: meg, interpolate: {interpolate}", known=facts.cortex(times=TimeAxis(-0.09995, 0.002, 251)))


def test_items_are_rows(cortex_film, facts) -> None:
    known = facts.cortex(times=TimeAxis(0.0, 1.0, 10, "items"))
    top = "overlays: [{time: meg, format: 'item {t:.0f}'}]\n"
    with pytest.raises(SceneError, match="the data are items without times, the clock meg shows times"):
        cortex_film(known=known)
    text = (
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {0s: 0 items, 9s: 9 items}}\n"
        "layers: {cortex: {surface: a, paint: {scalars: {file: b, clock: meg}}}}\n" + top
    )
    film = resolve(scene.loads(text), known)
    assert paint(film, 3.5).data[0].rows == (3,)
    assert film.frame_at(3.5).panels[0].overlays[0].text == "item 3"
    assert dict(film.frame_at(3.5).clocks) == {"meg": 3.5}


def test_many_moments_need_a_clock_and_one_does_not(cortex_film, facts) -> None:
    with pytest.raises(SceneError, match=r"has 251 moments and no clock says which to show; write clock:"):
        cortex_film("smooth: 3")
    film = cortex_film("smooth: 3", known=facts.cortex(times=TimeAxis(0.0, 1.0, 1)))
    assert paint(film, 5).data[0].rows == (0,)
    assert paint(film, 5).smooth == 3


def test_hemispheres_with_different_times_are_an_error(cortex_film, facts) -> None:
    assets = dict(facts.cortex().assets)
    assets["cortex.paint.0.right"] = facts.series("right", times=TimeAxis(0.0, 0.002, 251))
    with pytest.raises(SceneError, match=r"the hemispheres have different times \(left\.stc: 251 from -0\.1 s"):
        cortex_film(known=Facts(assets))


def test_a_hemisphere_without_values_stays_unpainted(cortex_film, facts) -> None:
    assets = dict(facts.cortex().assets)
    del assets["cortex.paint.0.left"]
    look = cortex_film(known=Facts(assets)).frame(0).panels[0].layers[0]
    assert [part.asset for part in look.parts] == ["cortex.surface.left", "cortex.surface.right"]
    assert look.paints[0].data[0] is None
    assert look.paints[0].data[1].asset == "cortex.paint.0.right"
