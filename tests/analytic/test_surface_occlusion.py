"""Ambient occlusion of shapes for which the integral is known."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.kernels.pool import Pool
from brainreel.render.cpu import openness as module
from brainreel.render.cpu.geometry import Part
from brainreel.render.cpu.openness import openness
from contracts.surfaces import Surface, caster, look, picture, sphere, surface, view_from

AROUND = 48
RADII = np.linspace(0.01, 3, 30)


def disk() -> Surface:
    """Rings of triangles in z = 0, fronts upwards."""
    angles = np.arange(AROUND) * 2 * np.pi / AROUND
    points = np.stack([np.outer(RADII, np.cos(angles)), np.outer(RADII, np.sin(angles)), np.zeros((30, AROUND))], -1)
    inner = (np.arange(29)[:, None] * AROUND + np.arange(AROUND)).ravel()
    turned = (np.arange(29)[:, None] * AROUND + (np.arange(AROUND) + 1) % AROUND).ravel()
    out, both = inner + AROUND, turned + AROUND
    faces = np.concatenate([np.stack([inner, out, both], -1), np.stack([inner, both, turned], -1)])
    return surface(points.reshape(-1, 3), faces)


@pytest.fixture(scope="module")
def stood_on() -> tuple[Surface, np.ndarray]:
    """A unit sphere that stands on a plane, and how open the plane's vertices are."""
    plane, ball = disk(), sphere(32, 1.0, (0, 0, 1))
    both = surface(
        np.concatenate([plane.points, ball.points]), np.concatenate([plane.faces, ball.faces + len(plane.points)])
    )
    with Pool(2) as pool:
        return both, openness(pool, Part.of(both))


def test_a_sphere_on_a_plane_holds_light_back_as_its_integral(stood_on):
    """The sky less the sphere's form factor, R^3 / d^3 where the sphere's centre is d away."""
    distances = np.sqrt(RADII**2 + 1)
    expected = 1 - distances**-3
    plane = stood_on[1][: 30 * AROUND].reshape(30, AROUND)
    clear = RADII >= 0.5  # nearer the sphere is closer than what a pixel of the depths can tell apart
    assert np.abs(plane - expected[:, None])[clear].max() <= 0.03
    assert np.abs(plane.mean(-1) / expected - 1)[clear].max() <= 0.03


def test_the_sphere_is_dark_below_and_bright_above(stood_on):
    ball, left = stood_on[0].points[30 * AROUND :], stood_on[1][30 * AROUND :]
    top = ball[:, 2] > 1.9
    assert left[top].min() > 0.97
    under = (ball[:, 2] > 0.02) & (ball[:, 2] < 0.3)
    assert left[under].max() < 0.35


def test_nothing_holds_light_back_from_a_convex_surface(monkeypatch):
    monkeypatch.setattr(module, "DIRECTIONS", 64)
    with Pool(2) as pool:
        left = openness(pool, Part.of(sphere(20, 7.0, (3, 2, 1))))
    assert left.min() > 0.99


def test_a_surface_is_darker_there_by_as_much_as_the_look_says(stood_on, monkeypatch):
    monkeypatch.setattr(module, "DIRECTIONS", 64)
    view = view_from((0.5, -6, 2.5), (120, 90), 40, up=(0, 0, 1))
    one = caster({"both": stood_on[0]})
    plain = look("both", color=(1, 1, 1))
    drawn = {amount: picture(one, replace(plain, occlusion=amount), view=view).astype(float) for amount in (0, 0.5, 1)}
    np.testing.assert_array_equal(drawn[0], picture(one, plain, view=view))
    inside = drawn[0].min(-1) == 255
    assert drawn[1][inside].min() < 60
    assert np.abs((drawn[0] + drawn[1]) / 2 - drawn[0.5])[inside].max() <= 1
    again = picture(one, replace(plain, occlusion=0.5), view=view)
    np.testing.assert_array_equal(again, drawn[0.5])
