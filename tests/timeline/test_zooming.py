"""Smooth zooming and panning: the way on which what is seen flows past evenly."""

import math

import numpy as np
import pytest

from brainreel.timeline.zooming import RHO, ZoomPan

WAYS = [ZoomPan(2, 2, 30), ZoomPan(10, 1, 4), ZoomPan(1, 10, 4), ZoomPan(3, 3.1, 0.01), ZoomPan(0.2, 300, 1000, 0.7)]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_seen_moves_at_a_constant_speed(way: ZoomPan) -> None:
    parts, step = np.linspace(0.01, 0.99, 99), 1e-5
    (u_before, w_before), (u_after, w_after) = (
        np.array([way.at(part + side) for part in parts]).T for side in (-step, step)
    )
    du = (u_after - u_before) * way.u1 / (2 * step * way.length)
    dw = (w_after - w_before) / (2 * step * way.length)
    w = np.array([way.at(part)[1] for part in parts])
    speed = np.sqrt(way.rho**2 * du**2 + dw**2 / way.rho**2) / w
    assert speed == pytest.approx(np.ones(99), abs=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_its_ends_are_the_views_themselves(way: ZoomPan) -> None:
    assert way.at(0.0) == (0, way.w0)
    assert way.at(1.0) == (1, way.w1)
    assert way.at(1e-12) == pytest.approx((0, way.w0), abs=1e-9)
    assert way.at(1 - 1e-12) == pytest.approx((1, way.w1), rel=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_no_other_way_is_shorter(way: ZoomPan) -> None:
    parts = np.linspace(0, 1, 4001)
    panned, w = np.array([way.at(part) for part in parts]).T

    def length(u: np.ndarray, w: np.ndarray) -> float:
        middle = (w[1:] + w[:-1]) / 2
        return float(np.sum(np.hypot(way.rho * np.diff(u), np.diff(w) / way.rho) / middle))

    shortest = length(panned * way.u1, w)
    assert shortest == pytest.approx(way.length, rel=1e-4)
    for bump in (0.9, 1.1):
        assert length(panned * way.u1, w * bump ** np.sin(np.pi * parts)) > shortest
    straight = np.linspace(way.w0, way.w1, 4001)
    assert length(parts * way.u1, straight) >= shortest * (1 - 1e-9)


def test_where_nothing_pans_the_width_grows_by_equal_factors() -> None:
    way = ZoomPan(2, 32, 0)
    assert [way.at(part)[1] for part in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([2, 4, 8, 16, 32])
    assert way.length == pytest.approx(math.log(16) / RHO)
    assert ZoomPan(2, 32, 1e-7).at(0.5) == pytest.approx((ZoomPan(2, 32, 2e-7).at(0.5)[0], 8), rel=1e-4)


def test_views_that_are_alike_are_no_way_apart() -> None:
    assert ZoomPan(3, 3, 0).length == 0
    assert ZoomPan(3, 3, 0).at(0.5) == (0.5, 3)


def test_a_long_way_is_seen_from_afar_and_a_short_one_is_not() -> None:
    assert max(ZoomPan(1, 1, 100).at(part)[1] for part in np.linspace(0, 1, 11)) > 20
    assert max(ZoomPan(1, 1, 0.1).at(part)[1] for part in np.linspace(0, 1, 11)) < 1.1
