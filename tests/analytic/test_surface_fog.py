"""Translucent surfaces inside fog, whose pictures are known."""

import numpy as np
import pytest

from brainreel.render.renderer import Renderer
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import ColorRange, DataReference, SliceLook, SlicePaint
from contracts.surfaces import look as surface_look
from contracts.surfaces import square
from contracts.volumes import MemoryVolume, look

CAMERA = Camera((30, 30, 140), (30, 30, 0), (0, 1, 0), 16, 1.0)
SIZE = (40, 30)
BACKGROUND = (0.25, 0.5, 0.75)
FOG, RATE = (1.0, 0.6, 0.2), 0.97
RED, BLUE = (0.9, 0.1, 0.2), (0.1, 0.3, 1.0)


def drawn(layers, data):
    prints = {key: f"{key} {value.fingerprint()}" for key, value in data.items()}
    with Renderer(data, prints, threads=1) as renderer:
        return renderer.draw(Frame(SIZE, BACKGROUND, (Panel(CAMERA, tuple(layers)),))) / 255


def expected(*surfaces):
    """At each pixel: fog from z = 59 to 0 with `surfaces` (z, color, alpha) in it, the highest first."""
    b, a = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    tan = np.tan(np.radians(8))
    slopes = tan * SIZE[0] / SIZE[1] * (2 * a / SIZE[0] - 1), tan * (1 - 2 * b / SIZE[1])
    longer = np.sqrt(1 + slopes[0] ** 2 + slopes[1] ** 2)[..., None]
    total, through, at = np.zeros((*SIZE[::-1], 3)), np.ones((*SIZE[::-1], 1)), 59.0
    for z, color, alpha in (*surfaces, (0.0, BACKGROUND, 1.0)):
        fog = 1 - RATE ** ((at - z) * longer)
        total += through * (fog * FOG + (1 - fog) * alpha * np.array(color))
        through = through * (1 - fog) * (1 - alpha)
        at = z
    return total


FOGGY = MemoryVolume(np.full((60, 60, 60), 100, np.uint8))
CLOUD = look(((0, FOG),), ((0, 1 - RATE),))


@pytest.mark.parametrize("others", [(), ((10.0, BLUE, 0.6),), ((10.0, BLUE, 0.6), (5.0, RED, 1.0))])
def test_translucent_surfaces_inside_a_fog_are_as_their_integral(others):
    surfaces = ((35.0, RED, 0.45), *others)
    data = {str(z): square((-99, 199), (-99, 199), z, f"{z}.gii") for z, _, _ in surfaces}
    layers = [surface_look(str(z), name=f"s{k}", color=c, alpha=a) for k, (z, c, a) in enumerate(surfaces)]
    truth = expected(*surfaces)
    for order in (layers, layers[::-1]):
        seen = drawn([*order, CLOUD], {**data, "brain": FOGGY})
        assert np.abs(seen - truth).max() <= 1.5 / 255


def test_a_surface_three_voxels_deeper_fails_that_test():
    data = {"s": square((-99, 199), (-99, 199), 35.0), "brain": FOGGY}
    seen = drawn([surface_look("s", color=RED, alpha=0.45), CLOUD], data)
    assert np.abs(seen - expected((32.0, RED, 0.45))).max() > 2.5 / 255


def test_a_translucent_surface_before_and_behind_a_slice():
    data = {"near": square((-99, 199), (-99, 199), 50.0, "n"), "far": square((-99, 199), (-99, 199), 10.0, "f")}
    white = SlicePaint(DataReference("brain"), ColorRange("gray", (0.0, 100.0)))
    plane = SliceLook("slice", (30, 30, 30), (0, 0, 1), (white,), alpha=0.5)
    layers = [
        surface_look("near", name="near", color=RED, alpha=0.4),
        plane,
        surface_look("far", name="far", color=BLUE),
    ]
    seen = drawn(layers, {**data, "brain": FOGGY})
    truth = 0.4 * np.array(RED) + 0.6 * (0.5 * np.ones(3) + 0.5 * np.array(BLUE))
    assert np.abs(seen - truth).max() <= 1.5 / 255
