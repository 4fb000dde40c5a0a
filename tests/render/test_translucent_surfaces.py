"""Translucent surfaces: composited front to back at every sample, whatever the order they come in."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.kernels.pool import Pool
from brainreel.render.cpu.rays import finish_rays, no_rays
from brainreel.timeline.looks import ColorRange, Shading
from contracts.surfaces import Course, caster, look, paint, picture, sphere, square, surface, view_from

FRONT = view_from((0, 0, 8), (48, 36))
BACKGROUND = (0.2, 0.4, 0.8)
SHADED = Shading(0.3, 0.7, 0.4, 12)
BALL = sphere(24)
VALUES = Course(np.sin(4 * BALL.points[:, 0])[None].astype(np.float32))
DATA = {"ball": BALL, "small": sphere(9, 0.4, (0.5, 0.2, 0.6), "small.gii"), "values": VALUES}
RANGE = ColorRange("hot", (-0.5, 0.1, 1.0))
GLASS = look("ball", shading=SHADED, alpha=0.4, paints=(paint("values", colors=RANGE),))
SMALL = look("small", name="small", color=(0.2, 0.7, 0.3), shading=SHADED, alpha=0.7)
SOLID = replace(SMALL, name="solid", alpha=1.0)
VIEW = view_from((1.5, 2.0, 3.5), (203, 151))


def squares(*heights):
    return {str(z): square((-9, 9), (-9, 9), z, f"{z}.gii") for z in heights}


def over(*layers):
    """(color, alpha), the nearest first, over the background, 0..255."""
    total, through = np.zeros(3), 1.0
    for color, alpha in (*layers, (BACKGROUND, 1.0)):
        total += through * alpha * np.array(color)
        through *= 1 - alpha
    return 255 * total


def test_layers_are_composited_front_to_back_over_what_is_opaque_and_nothing_behind_that_shows():
    data = squares(3.0, 1.0, -1.0, -2.0)
    red, green, blue = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    layers = [look("3.0", name="a", color=red, alpha=0.3), look("1.0", name="b", color=green, alpha=0.6)]
    seen = picture(caster(data), *layers, view=FRONT, background=BACKGROUND)
    assert np.abs(seen - over((red, 0.3), (green, 0.6))).max() <= 1
    layers += [look("-1.0", name="c", color=blue), look("-2.0", name="d", color=red, alpha=0.9)]
    seen = picture(caster(data), *layers, view=FRONT, background=BACKGROUND)
    assert np.abs(seen - over((red, 0.3), (green, 0.6), (blue, 1))).max() <= 1


def test_both_sides_of_a_closed_surface_show():
    seen = picture(caster(DATA), look("ball", color=(1, 1, 1), alpha=0.5), view=FRONT, background=BACKGROUND)
    assert np.abs(seen[18, 24] - over(((1, 1, 1), 0.5), ((1, 1, 1), 0.5))).max() <= 1


@pytest.mark.parametrize("alpha", [0.01, 0.2, 0.9])
def test_a_hundred_layers_are_as_their_sum(alpha):
    heights = np.linspace(-4, 4, 100)
    layers = [look(str(z), name=f"n{k}", color=(1, 0.5, 0), alpha=alpha) for k, z in enumerate(heights)]
    seen = picture(caster(squares(*heights)), *layers, view=FRONT, background=BACKGROUND)
    assert np.abs(seen - over(*[((1, 0.5, 0), alpha)] * 100)).max() <= 1


def test_the_order_of_layers_does_not_show_not_even_at_equal_depths():
    twin = replace(GLASS, name="twin", color=(1, 0, 1), paints=())
    one, *others = (
        picture(caster(DATA), *layers, view=VIEW)
        for layers in ((GLASS, SMALL, twin), (twin, GLASS, SMALL), (SMALL, twin, GLASS), (SMALL, GLASS, twin))
    )
    for other in others:
        np.testing.assert_array_equal(one, other)


def test_the_order_of_triangles_does_not_show():
    shuffled = replace(BALL, faces=np.random.default_rng(0).permutation(BALL.faces))
    np.testing.assert_array_equal(
        picture(caster(DATA), GLASS, SMALL, view=VIEW),
        picture(caster({**DATA, "ball": shuffled}), GLASS, SMALL, view=VIEW),
    )


def test_two_surfaces_at_one_place_are_both_seen():
    data = {"1.0": square((-9, 9), (-9, 9), 1.0, "a"), "again": square((-9, 9), (-9, 9), 1.0, "b")}
    both = [look(key, name=key, color=(1, 1, 1), alpha=0.5) for key in data]
    seen = picture(caster(data), *both, view=FRONT, background=BACKGROUND)
    assert np.abs(seen - over(((1, 1, 1), 0.5), ((1, 1, 1), 0.5))).max() <= 1


def test_an_alpha_of_one_is_opaque_bit_for_bit_and_one_of_nothing_is_not_there():
    hidden = replace(GLASS, name="hidden", alpha=0.0)
    np.testing.assert_array_equal(
        picture(caster(DATA), hidden, SOLID, view=VIEW), picture(caster(DATA), SOLID, view=VIEW)
    )
    assert (picture(caster(DATA), hidden, view=VIEW, background=(1, 0, 0)) == (255, 0, 0)).all()
    nearly = replace(GLASS, alpha=1 - 1e-6)
    opaque = replace(GLASS, alpha=1.0)
    difference = picture(caster(DATA), nearly, view=VIEW).astype(int) - picture(caster(DATA), opaque, view=VIEW)
    assert np.abs(difference).max() <= 1


def test_a_view_drawn_again_has_the_same_pixels_kept_or_not_for_any_number_of_threads():
    first = picture(caster(DATA), GLASS, SMALL, SOLID, view=VIEW)
    for one in (caster(DATA, 3), caster(DATA, budget_bytes=0)):
        for _ in range(3):
            np.testing.assert_array_equal(picture(one, GLASS, SMALL, SOLID, view=VIEW), first)


def test_a_surface_that_crosses_another_is_before_and_behind_it():
    slope = surface([(-9, -9, -9), (9, -9, 9), (9, 9, 9), (-9, 9, -9)], [(0, 1, 2), (0, 2, 3)], "slope.gii")
    data = {**squares(0.0), "slope": slope}
    red, green = (1, 0, 0), (0, 1, 0)
    layers = look("0.0", name="flat", color=red, alpha=0.5), look("slope", name="slope", color=green, alpha=0.5)
    seen = picture(caster(data), *layers, view=FRONT, background=BACKGROUND)
    assert np.abs(seen[:, :22] - over((red, 0.5), (green, 0.5))).max() <= 1
    assert np.abs(seen[:, 26:] - over((green, 0.5), (red, 0.5))).max() <= 1


def test_layers_of_pixels_for_volumes_make_the_same_picture_where_they_are_few():
    """But at edges, where a pixel's layers are coarser than its samples."""
    data = squares(3.0, 1.0, -1.0)
    layers = [look(key, name=f"l{key}", color=(1, 0.5, 0.1), alpha=0.4) for key in data] + [SOLID]
    one = caster({**data, **DATA})
    depths, colors = one.samples(tuple(layers), FRONT)
    out = np.empty((FRONT.height, FRONT.width, 3), np.uint8)
    with Pool(1) as pool:
        finish_rays(pool, no_rays(FRONT, depths), BACKGROUND, colors, out)
    drawn = picture(one, *layers, view=FRONT, background=BACKGROUND)
    difference = np.abs(out.astype(int) - drawn).max(-1)
    covered = np.isfinite(one.samples((SOLID,), FRONT)[0]).mean(-1)
    assert difference[(covered == 0) | (covered == 1)].max() <= 2
    assert difference.max() <= 10
    assert (np.diff(np.where(np.isfinite(depths), depths, 99), axis=-1) >= 0).all()
