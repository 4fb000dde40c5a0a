from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from brainreel.encode.colour import BT601, BT709, Yuv
from contracts.surfaces import caster, look, picture, sphere, view_from

FPS = Fraction(30)
NOISE = np.random.default_rng(1)


def planes(frame):
    """Those of a frame, without what pads their rows."""
    return [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]


def noise(width, height):
    return NOISE.integers(0, 256, (height, width, 3), np.uint8)


def extremes(width, height):
    """Channels that are 0 or 255: filters overshoot as far as they can."""
    return noise(width, height) // 128 * np.uint8(255)


def ramps(width, height):
    x, y = np.arange(width), np.arange(height)[:, None]
    return np.stack([x + 0 * y, x + y, 2 * y + 0 * x], -1).astype(np.uint8)


def ball(width, height):
    view = view_from((3, 2, 3), (width, height))
    return picture(caster({"ball": sphere(16)}), look("ball", color=(0.9, 0.5, 0.2)), view=view)


@pytest.mark.parametrize("matrix", [BT709, BT601])
@pytest.mark.parametrize("size", [(32, 32), (34, 50), (96, 32), (214, 120)])
@pytest.mark.parametrize("drawn", [noise, extremes, ramps, ball])
def test_planes_are_swscales_to_a_step_of_rounding(drawn, size, matrix):
    yuv, image = Yuv(FPS, matrix=matrix), drawn(*size)
    expected = yuv._scaled(image)
    for plane, other in zip(planes(yuv._halved(image)), planes(expected), strict=True):
        difference = plane.astype(int) - other
        assert plane.shape == other.shape
        assert np.abs(difference).max() <= 1
        assert (difference != 0).mean() < 0.05


@pytest.mark.parametrize("matrix", [BT709, BT601])
def test_frames_say_of_their_colours_what_swscales_say(matrix):
    yuv, image = Yuv(FPS, matrix=matrix), noise(64, 48)
    own, other = yuv._halved(image), yuv._scaled(image)
    for name in ("width", "height", "colorspace", "color_range"):
        assert getattr(own, name) == getattr(other, name), name
    assert own.format.name == other.format.name


@pytest.mark.parametrize("size", [(31, 48), (64, 33), (30, 40)])
def test_odd_and_small_pictures_are_swscales(size):
    yuv, image = Yuv(FPS), noise(*size)
    for plane, other in zip(planes(yuv.frame(image, 0)), planes(yuv._scaled(image)), strict=True):
        np.testing.assert_array_equal(plane, other)


def test_part_of_a_larger_picture_is_converted_as_by_itself():
    whole = noise(200, 100)
    part = whole[10:90, 20:120]
    for plane, other in zip(planes(Yuv(FPS).frame(part, 0)), planes(Yuv(FPS).frame(part.copy(), 0)), strict=True):
        np.testing.assert_array_equal(plane, other)


def test_several_at_once_are_converted_as_one_by_one():
    images = [noise(320, 180) for _ in range(24)]

    def converted(image):
        return [plane.tobytes() for plane in planes(Yuv(FPS).frame(image, 0))]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(converted, images)) == [converted(image) for image in images]
