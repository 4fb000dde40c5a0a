"""Parallel rays: surfaces, volumes and slices of a known size, in the picture and in depth."""

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.slices import SliceCaster
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL
from brainreel.render.view import View
from brainreel.store.cache import PyramidCache
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorRange, DataReference, SliceLook, SlicePaint
from contracts.surfaces import Course, caster, look, paint, picture, sphere, square
from contracts.volumes import MemoryVolume, noisy_ball
from contracts.volumes import look as volume_look

SIZE = (240, 180)
SCALE = 2.0  # half of the picture's height: 45 px a unit


def parallel(eye, center=(0, 0, 0), up=(0, 1, 0), scale=SCALE, size=SIZE):
    return View.of(Camera(tuple(eye), tuple(center), up, 30, scale, True), size)


def test_points_are_where_their_distance_aside_says_at_any_depth():
    seen = parallel((0, 0, 10))
    places, depths = seen.project(np.array([(0, 0, 0), (1, 0, 0), (1, 0, -50), (0, 1, 3.0)]))
    np.testing.assert_allclose(places, [(120, 90), (165, 90), (165, 90), (120, 45)])
    np.testing.assert_allclose(depths, [10, 10, 60, 7])
    np.testing.assert_allclose(seen.pixel_edges([3, 30]), 1 / 45)


def test_a_parallel_scale_of_nothing_is_refused():
    with pytest.raises(SceneError, match="parallel scale 0"):
        parallel((0, 0, 1), scale=0)


@pytest.mark.parametrize("eye", [(0, 0, 10), (3, -4, 5), (0, 0, 400)])
def test_a_sphere_is_a_disc_of_its_radius_and_its_depths_are_its_own(eye):
    seen = parallel(eye)
    depths, _ = caster({"ball": sphere(60)}).samples((look("ball"),), seen)
    hit = np.isfinite(depths)
    assert abs(hit.mean() * 240 * 180 / (np.pi * 45**2) - 1) < 0.01
    j, i = np.nonzero(hit[..., 0])
    x, y = (i + 0.375 - 120) / 45, (90 - j - 0.125) / 45
    expected = np.linalg.norm(eye) - np.sqrt(np.maximum(1 - x * x - y * y, 0))
    inner = x * x + y * y < 0.9
    np.testing.assert_allclose(depths[..., 0][j, i][inner], expected[inner], atol=4e-3)


def test_a_tilted_square_has_depths_and_values_that_are_linear_in_the_picture():
    board = square((-1, 1), (-1, 1), 0)
    values = Course(board.points[None, :, 0].astype(np.float32))
    painted = look("board", paints=(paint("values", colors=ColorRange("gray", (-1, 1))),))
    seen = parallel((3, 0, 3))
    depths, colors = caster({"board": board, "values": values}).samples((painted,), seen)
    row = np.isfinite(depths[90, :, 0])
    assert abs(row.sum() - 90 / np.sqrt(2)) <= 2  # 2 units, foreshortened
    assert np.abs(np.diff(depths[90, :, 0][row], 2)).max() < 1e-5
    red = (colors[90, :, 0][row] & 255).astype(int)
    assert np.abs(np.diff(red, 2)).max() <= 1
    assert np.ptp(red) > 50


def test_what_is_behind_the_eye_is_cut_away():
    seen = parallel((0, 0, 0.5), (0, 0, -1))
    depths, _ = caster({"ball": sphere(60)}).samples((look("ball"),), seen)
    hit = np.isfinite(depths)
    assert abs(hit.mean() * 240 * 180 / (np.pi * 45**2) - 1) < 0.01  # into the open ball
    assert depths[90, 120].max() == pytest.approx(1.5, abs=4e-3)


def test_resting_and_moving_parallel_views_are_coloured_alike():
    one = caster({"ball": sphere(20)})
    first = picture(one, look("ball"), view=parallel((0, 0, 10)))
    assert np.array_equal(first, picture(one, look("ball"), view=parallel((0, 0, 10))))


def drawn(pool, volume, shown, seen, depths=None, colors=None):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    volumes = VolumeCaster(pool, FINAL, 1 << 30)
    volumes.finish(volumes.march(volume, "a", shown, seen, depths), (0, 0, 0), colors, out)
    return out


def test_fog_obeys_beer_lambert_with_one_length_for_all_rays(pool):
    fog = MemoryVolume(np.full((41, 41, 41), 100, np.uint8))
    shown = volume_look(((0, (1, 1, 1)), (255, (1, 1, 1))), ((0, 0.02), (255, 0.02)), 1.0)
    seen = parallel((20, 20, 200), (20, 20, 0), scale=30.0)
    lit = drawn(pool, fog, shown, seen)[..., 0]
    values = np.unique(lit[lit > 0])
    assert np.abs(values - 255 * (1 - 0.98**40)).max() <= 1
    assert abs((lit > 0).sum() / (40 * 3) ** 2 - 1) < 0.02
    tilted = drawn(pool, fog, shown, parallel((220, 20, 220), (20, 20, 20), scale=30.0))[90, 120, 0]
    assert abs(tilted - 255 * (1 - 0.98 ** (40 * np.sqrt(2)))) <= 1


@pytest.mark.parametrize("scale", [20.0, 80.0])
def test_a_far_pinhole_sees_what_parallel_rays_see(pool, scale):
    """In a volume of many bricks: once so near that they are read by blocks."""
    volume, center = MemoryVolume(noisy_ball(132)), (65.5, 65.5, 65.5)
    shown = volume_look(unit_distance=3.0)
    away = np.array((0.6, -0.7, 0.4)) * 3e3
    eye = center + away
    angle = np.degrees(2 * np.arctan(scale / np.linalg.norm(away)))
    far = View.of(Camera(tuple(eye), center, (0, 0, 1), angle, 1.0), (96, 72))
    near = parallel(np.array(center) + away / 20, center, (0, 0, 1), scale, (96, 72))
    a, b = drawn(pool, volume, shown, far).astype(int), drawn(pool, volume, shown, near).astype(int)
    assert len(np.unique(a)) > 50
    assert np.abs(a - b).mean() < 3


def test_pixels_are_the_same_for_any_number_of_threads_and_with_slices_between():
    volume = MemoryVolume(noisy_ball(132))
    seen = parallel((300, -200, 250), (66, 66, 66), (0, 0, 1), 80.0, (96, 72))
    pictures = []
    plane = SliceLook("s", (66, 66, 66), (0.0, 0.0, 1.0), (SlicePaint(DataReference("a"), volume_look().transfer),))
    for threads in (1, 3):
        with Pool(threads) as pool:
            slices = SliceCaster(pool, PyramidCache(pool, 1 << 30), FINAL, lambda _: ((volume, "a", 1.0),))
            depths, colors = slices.merge((plane,), seen, None)
            pictures.append(drawn(pool, volume, volume_look(unit_distance=30.0), seen, depths, colors))
    assert np.array_equal(*pictures)
    assert len(np.unique(pictures[0])) > 50
