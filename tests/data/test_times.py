"""Moments: when they are, and which moment a time is."""

import numpy as np
import pytest

from brainreel.data import TimeAxis

UNEVEN = (-0.1, 0.0, 0.003, 2.5, 2.75)
AXES = [TimeAxis(-0.1, 0.002, 251), TimeAxis(UNEVEN[0], 2.85 / 4, 5, uneven=UNEVEN), TimeAxis(0.0, 1.0, 7, "items")]


@pytest.mark.parametrize("axis", AXES)
def test_a_place_is_where_its_time_is(axis):
    for place in np.linspace(-2, axis.count + 1, 400):
        assert axis.place(axis.at(place)) == pytest.approx(place, abs=1e-9)
        assert axis.at(place) < axis.at(place + 0.01)


def test_uneven_moments_are_met_to_the_bit():
    axis = AXES[1]
    assert [axis.at(k) for k in range(5)] == list(UNEVEN)
    assert [axis.place(t_s) for t_s in UNEVEN] == [0, 1, 2, 3, 4]
    assert axis.at(2.5) == pytest.approx((0.003 + 2.5) / 2)


def test_beyond_the_ends_steps_are_those_at_the_ends():
    axis = AXES[1]
    assert axis.at(5) == pytest.approx(3.0)
    assert axis.at(-1) == pytest.approx(-0.2)
    assert axis.place(3.25) == pytest.approx(6)


def test_one_moment_has_a_place():
    assert TimeAxis(0.5, 0.0, 1).place(0.75) == pytest.approx(0.25)
    assert TimeAxis(0.5, 2.0, 1, uneven=(0.5,)).at(1) == pytest.approx(2.5)
