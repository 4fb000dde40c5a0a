"""Two pictures at once."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.render import Renderer
from brainreel.timeline.frame import Camera, Frame, Panel

NOWHERE = Camera((0.0, -1.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 30.0, 1.0)


def card(color):
    return Frame((32, 16), color, (Panel(NOWHERE, ()),))


@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_a_dissolve_is_so_much_of_the_one_over_the_other(part):
    red, blue = card((1.0, 0.0, 0.0)), card((0.0, 0.0, 1.0))
    with Renderer({}, {}) as renderer:
        image = renderer.draw(replace(red, dissolve=(blue, part)))
    assert np.array_equal(image[3, 5], np.rint([255 * (1 - part), 0, 255 * part]))


def test_a_dissolve_goes_on_while_one_of_the_two_fades():
    red, blue = card((1.0, 0.0, 0.0)), card((0.0, 0.0, 1.0))
    with Renderer({}, {}) as renderer:
        plain = renderer.draw(replace(red, dissolve=(blue, 0.5)))
        assert np.array_equal(plain, renderer.draw(replace(red, dissolve=(replace(blue, fade=0.7), 0.5))))


def test_a_dissolve_is_drawn_at_another_size():
    red, blue = card((1.0, 0.0, 0.0)), card((0.0, 0.0, 1.0))
    with Renderer({}, {}) as renderer:
        image = renderer.draw(replace(red, dissolve=(blue, 0.25)).sized((48, 24)))
    assert image.shape == (24, 48, 3)
    assert np.array_equal(image[20, 40], np.rint([255 * 0.75, 0, 255 * 0.25]))
