"""A sphere whose every pixel is known: outline, light and painted values."""

import numpy as np
import pytest

from brainreel.render.colormap import colors_at
from brainreel.render.cpu.binned import LIGHT_IN_CAMERA
from brainreel.timeline.looks import ColorRange, Shading
from contracts.surfaces import Course, at_samples, caster, look, paint, picture, sphere, view_from

MESH = sphere(180)
VIEW = view_from((1.2, 0.9, 3.6), (256, 200), 36)
RANGE = ColorRange("viridis", (-1.0, 1.0))
SHADING = Shading(0.25, 0.75)


def hits(ray):
    """Where rays from the eye meet the unit sphere first, NaN where they miss."""
    along = -(ray @ VIEW.eye)
    with np.errstate(invalid="ignore"):
        half = np.sqrt(1 - (VIEW.eye @ VIEW.eye - along**2))
    return VIEW.eye + ray * (along - half)[..., None]


def values_at(points):
    return np.sin(3 * points[..., 0]) * np.cos(2 * points[..., 1])


def expected(shading=SHADING):
    """The picture (h, w, 3) in 0..255, and which pixels are well inside the sphere."""
    _, _, ray = at_samples(VIEW)
    point = hits(ray)
    to_light = np.array(LIGHT_IN_CAMERA) @ np.stack([VIEW.right, VIEW.up, VIEW.forward])
    to_light /= np.linalg.norm(to_light)
    facing = np.maximum(point @ to_light, 0)
    colors = colors_at(values_at(point), RANGE)[..., :3]
    light = shading.ambient + shading.diffuse * facing
    mirrored = 2 * facing[..., None] * point - to_light
    cosine = np.maximum(-(mirrored * ray).sum(-1), 0)
    shine = shading.specular * np.where(facing > 0, cosine**shading.specular_power, 0)
    inside = -(point * ray).sum(-1) > 0.35
    return np.minimum(255 * (colors * light[..., None] + shine[..., None]), 255).mean(2), inside.all(-1)


def drawn(mesh=MESH, shading=SHADING):
    values = Course(values_at(MESH.points.astype(float))[None].astype(np.float32))
    painted = look("ball", shading=shading, paints=(paint("values", colors=RANGE),))
    return picture(caster({"ball": mesh, "values": values}), painted, view=VIEW)


def test_painted_and_lit_pixels_are_right_to_one_grey_level():
    truth, inside = expected()
    assert inside.sum() > 5000
    assert np.abs(drawn() - truth)[inside].max() <= 1


@pytest.mark.parametrize("power", [1.0, 12.5, 60.0])
def test_highlights_are_those_of_phong(power):
    shading = Shading(0.1, 0.6, 0.5, power)
    truth, inside = expected(shading)
    difference = np.abs(drawn(shading=shading) - truth)[inside]
    assert difference.max() <= 2
    assert difference.mean() <= 0.5
    assert (truth - expected()[0])[inside].max() > 30


def test_a_sphere_that_is_a_pixel_off_fails_that_test():
    truth, inside = expected()
    pixel = 3.9 * VIEW.pixel_slope
    moved = sphere(180, center=VIEW.right * pixel)
    assert np.abs(drawn(moved) - truth)[inside].max() > 3


def coverage(size, center, count=16):
    """The part of each pixel that a sphere covers, by `count`^2 points a pixel."""
    view = view_from((0, 0, 4), size)
    fine = view_from((0, 0, 4), (count * size[0], count * size[1]))
    x, y = np.meshgrid(np.arange(fine.width) + 0.5, np.arange(fine.height) + 0.5)
    across = fine.tan_x * (2 * x / fine.width - 1)
    down = fine.tan_y * (1 - 2 * y / fine.height)
    ray = fine.forward + across[..., None] * fine.right + down[..., None] * fine.up
    to_center = np.asarray(center) - fine.eye
    distance = to_center @ to_center - (ray @ to_center) ** 2 / (ray**2).sum(-1)
    return view, (distance < 0.25).reshape(size[1], count, size[0], count).mean((1, 3))


@pytest.mark.parametrize("center", [(0, 0, 0), (0.013, -0.007, 0), (-0.004, 0.021, 0)])
def test_an_outline_covers_its_pixels_to_two_percent(center):
    view, covered = coverage((120, 90), center)
    white = look("ball", color=(1, 1, 1))
    seen = picture(caster({"ball": sphere(60, 0.5, center)}), white, view=view)[..., 0] / 255
    assert abs(seen.sum() / covered.sum() - 1) < 0.002
    edge = (covered > 0) & (covered < 1)
    assert edge.sum() > 50
    assert abs(seen[edge].mean() - covered[edge].mean()) < 0.02
    assert np.abs(seen - covered).max() < 0.375
    np.testing.assert_array_equal(seen[~edge & (covered == 1)], 1)


def test_an_outline_a_third_of_a_pixel_off_fails_that_test():
    view, covered = coverage((120, 90), (0, 0, 0))
    off = 4 * view.pixel_slope / 3
    seen = (
        picture(caster({"ball": sphere(60, 0.5, (off, 0, 0))}), look("ball", color=(1, 1, 1)), view=view)[..., 0] / 255
    )
    right = np.arange(120) >= 60
    for side in (right, ~right):
        edge = ((covered > 0) & (covered < 1)) & side
        assert abs(seen[edge].mean() - covered[edge].mean()) > 0.05
