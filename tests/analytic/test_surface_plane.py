"""A plane that runs under the camera to the horizon: triangles that cross the near plane, of any size."""

import numpy as np
import pytest

from brainreel.render.colormap import colors_at
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorRange
from contracts.surfaces import FLAT, Course, at_samples, caster, look, paint, picture, square, surface

RANGE = ColorRange("viridis", (0.0, 8.0))


def view(size=(160, 120)):
    """From a height of 1, forward and down."""
    return View.of(Camera((0.0, 0.0, 1.0), (0.3, 4.0, 0.2), (0, 0, 1), 50, 1.0), size)


def ground(seen):
    """Where the rays of the samples meet the plane z = 0, (h, w, 4, 2), NaN above the horizon."""
    _, _, ray = at_samples(seen)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(ray[..., 2] < 0, -1 / ray[..., 2], np.nan)
    return ray[..., :2] * far[..., None]


@pytest.mark.parametrize("reach", [20.0, 300.0, 5000.0])
def test_a_plane_under_the_camera_is_painted_right_up_to_the_horizon(reach):
    seen = view()
    flat = square((-reach, reach), (-reach, reach), 0)
    values = Course(flat.points[None, :, 1])
    painted = look("flat", shading=FLAT, paints=(paint("values", colors=RANGE),))
    drawn = picture(caster({"flat": flat, "values": values}), painted, view=seen)
    place = ground(seen)
    on = (np.abs(place) < 0.98 * reach).all((-1, -2))
    expected = 255 * colors_at(place[..., 1], RANGE)[..., :3].mean(2)
    assert on.sum() > 8000
    assert np.abs(drawn - expected)[on].max() <= 1
    sky = np.isnan(place).all((-1, -2))
    assert sky.sum() > 1000
    assert not drawn[sky].any()


def test_a_cut_plane_is_the_same_in_two_triangles_and_in_thousands():
    seen = view()
    place = np.linspace(-30, 30, 41)
    x, y = np.meshgrid(place, place)
    corner = (np.arange(40)[:, None] * 41 + np.arange(40)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 42], -1), np.stack([corner, corner + 42, corner + 41], -1)]
    )
    fine = surface(np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], -1), faces, "fine.gii")
    white = (1.0, 1.0, 1.0)
    two, many = (
        picture(caster({"s": mesh}), look("s", color=white), view=seen)
        for mesh in (square((-30, 30), (-30, 30), 0), fine)
    )
    below = (np.abs(ground(seen)) < 25).all((-1, -2))
    assert (many[below] == 255).all()  # no crack between triangles, cut or not
    np.testing.assert_array_equal(two[below], many[below])


def test_light_and_underlay_reach_across_the_cut():
    flat = surface([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [(0, 1, 2), (0, 2, 3)], sulc=[-1, 1, 1, -1])
    seen = view()
    drawn = picture(caster({"flat": flat}), look("flat", underlay="sulc"), view=seen)
    place = ground(seen)
    on = np.abs(place).max((-1, -2)) < 8
    assert (drawn[on & (place[..., 0].max(-1) < -0.2)] == 128).all()
    assert (drawn[on & (place[..., 0].min(-1) > 0.2)] == 79).all()


def test_layers_stay_apart_when_they_are_cut():
    seen = view()
    data = {"low": square((-20, 20), (-20, 20), 0, "low"), "high": square((-20, 0), (-20, 20), 0.1, "high")}
    drawn = picture(
        caster(data), look("low", name="low", color=(1, 0, 0)), look("high", name="high", color=(0, 1, 0)), view=seen
    )
    place = ground(seen)
    on = np.abs(place).max((-1, -2)) < 10
    assert (drawn[on & (place[..., 0].max(-1) < -0.2)] == (0, 255, 0)).all()
    assert (drawn[on & (place[..., 0].min(-1) > 0.2)] == (255, 0, 0)).all()


def test_a_kept_view_that_was_cut_follows_its_values():
    seen = view()
    flat = square((-20, 20), (-20, 20), 0)
    rows = Course(np.stack([flat.points[:, 1], flat.points[:, 0]]))
    one = caster({"flat": flat, "values": rows})

    def moment(k):
        return look("flat", paints=(paint("values", colors=RANGE, rows=(k,)),))

    drawn = [picture(one, moment(k), view=seen) for k in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[2], picture(caster({"flat": flat, "values": rows}), moment(1), view=seen))
