import numpy as np

from brainreel.kernels.compose import compose, sort_stops
from brainreel.kernels.march import FRAGMENTS
from brainreel.kernels.sampling import BLUE_MAX, RED_MAX

NO_DEPTHS, NO_COLORS = np.zeros((0, 0, 4), np.float32), np.zeros((0, 0, 4), np.uint32)


def packets(width, height):
    """How many 4x4 pixels a picture has, whose tiles are 32 wide and high."""
    return -(-width // 32) * 8, -(-height // 32) * 8


def test_pixels_are_rays_over_the_background():
    across, down = packets(40, 9)
    light = np.zeros((across * down, 4, 16), np.float32)
    packet, lane = 2 * across + 9, 0 * 4 + 2  # row 8, column 38
    light[packet, :, lane] = 0.5 * RED_MAX, 0.25 * RED_MAX, 0.125 * BLUE_MAX, 0.5
    out = np.zeros((9, 40, 3), np.uint8)
    background = np.array((0, 0.5, 1), np.float32)
    slots = np.full(across * down, -1, np.int32)
    compose(0, 9, light, slots, np.zeros((0, 4, 4, 16), np.float32), NO_DEPTHS, NO_COLORS, background, out)
    assert out[8, 38].tolist() == [128, 128, 159]
    assert (out.reshape(-1, 3) == (0, 128, 255)).all(-1).sum() == 9 * 40 - 1


def test_stops_ascend_along_the_ray_and_each_fragment_gets_its_own():
    depths = np.full((1, 1, 4), np.inf, np.float32)
    depths[0, 0] = 8, np.inf, 2, 8
    slots = np.full(64, -1, np.int32)
    slots[0] = 0
    stops = np.empty((1, FRAGMENTS, 16), np.float32)
    sort_stops(0, 8, depths, (0.0, 0.0), 10.0, slots, stops)
    assert stops[0, :, 0].tolist() == [20, 80, 80, np.inf]
    stopped = np.zeros((1, FRAGMENTS, 4, 16), np.float32)
    stopped[0, :, 3, 0] = 0, 0.25, 0.25, 1  # opacity at each stop, of black fog
    colors = np.array([[[0x0000FF, 0x123456, 0x00FF00, 0xFF0000]]], np.uint32)
    out = np.empty((1, 1, 3), np.uint8)
    white = np.ones(3, np.float32)
    compose(0, 1, np.zeros((64, 4, 16), np.float32), slots, stopped, depths, colors, white, out)
    assert out[0, 0].tolist() == [48, 64, 48]  # red and blue through 0.75, green unhindered, the background not at all


def test_stops_are_measured_along_the_ray_not_along_the_view():
    depths = np.full((2, 4, 4), 3, np.float32)
    slots = np.full(64, -1, np.int32)
    slots[0] = 0
    stops = np.empty((1, FRAGMENTS, 16), np.float32)
    sort_stops(0, 8, depths, (2.0, 1.0), 4.0, slots, stops)
    a, b = 2.0 * np.array([-0.75, -0.25, 0.25, 0.75]), np.array([0.5, -0.5])
    expected = 12 * np.sqrt(1 + a**2 + b[:, None] ** 2)
    assert np.allclose(stops[0, 0].reshape(4, 4)[:2], expected, rtol=1e-6)
    assert np.isinf(stops[0, 0].reshape(4, 4)[2:]).all()
