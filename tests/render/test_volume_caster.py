import dataclasses

import numpy as np
import pytest

from brainreel.errors import Interrupted, MemoryBudgetError
from brainreel.kernels.lanes import permutes_bytes
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL, Quality
from brainreel.space import Box
from brainreel.store.pyramid import bytes_needed
from brainreel.timeline.looks import DataReference, LabelColor, LabelsLook, Shading
from contracts.volumes import WHITE, MemoryVolume, look, noisy_ball, view, view_around

LIGHT = Shading(0.1, 0.7, 0.2, 10)
EDGE = 132  # three bricks along each axis, the last almost empty


@pytest.fixture(scope="module")
def ball():
    return MemoryVolume(noisy_ball(EDGE))


def draw(caster, volume, shown, seen, depths=None, colors=None):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    rays = caster.march(volume, volume.fingerprint(), shown, seen, depths)
    caster.finish(rays, (0.1, 0.2, 0.3), colors, out)
    return out


def drawn(pool, volume, shown, seen, quality=FINAL, **surfaces):
    return draw(VolumeCaster(pool, quality, 1 << 30), volume, shown, seen, **surfaces)


@pytest.mark.parametrize("light", [None, LIGHT])
def test_pixels_are_the_same_for_any_number_of_threads(ball, light):
    seen = view_around(ball.shape, size=(90, 70))
    pictures = []
    for threads in (1, 2, 4):
        with Pool(threads) as pool:
            pictures.append(drawn(pool, ball, look(unit_distance=3.0, shading=light), seen))
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])
    assert len(np.unique(pictures[0])) > 50


def test_pixels_are_the_same_for_any_budget_and_in_any_order(pool, ball):
    other = MemoryVolume(np.ascontiguousarray(ball.array[:64, :64, :64]))
    needed = bytes_needed(ball.shape, (1, 1, 1), ball.dtype, 1)
    jobs = [(ball, look(), 10), (other, look(), 50), (ball, look(unit_distance=9.0), 30), (ball, look(), 200)]

    def pictures(budget_bytes, order):
        caster = VolumeCaster(pool, FINAL, budget_bytes)
        return {k: draw(caster, jobs[k][0], jobs[k][1], view_around(jobs[k][0].shape, jobs[k][2])) for k in order}

    roomy, tight = pictures(1 << 30, (0, 1, 2, 3)), pictures(needed, (3, 1, 2, 0))
    assert all(np.array_equal(roomy[k], tight[k]) for k in roomy)


def test_a_budget_that_is_too_small_says_what_is_needed(pool, ball):
    with pytest.raises(MemoryBudgetError, match="MB"):
        draw(VolumeCaster(pool, FINAL, 1000), ball, look(), view_around(ball.shape))


def test_a_cancelled_picture_is_interrupted(pool, ball):
    caster = VolumeCaster(pool, FINAL, 1 << 30)
    with pytest.raises(Interrupted):
        caster.march(ball, "ball", look(), view_around(ball.shape), cancelled=lambda: True)


@pytest.mark.skipif(not permutes_bytes(), reason="this processor reads voxels one by one anyway")
@pytest.mark.parametrize("light", [None, LIGHT])
@pytest.mark.parametrize("distance", [1.2, 2.5])
def test_pixels_are_the_same_whether_voxels_are_read_by_blocks_or_one_by_one(pool, ball, monkeypatch, light, distance):
    seen = view_around(ball.shape, distance=distance, size=(160, 120))
    by_blocks = drawn(pool, ball, look(unit_distance=3.0, shading=light), seen)
    monkeypatch.setattr("brainreel.render.cpu.media.permutes_bytes", lambda: False)
    assert np.array_equal(by_blocks, drawn(pool, ball, look(unit_distance=3.0, shading=light), seen))


def test_bricks_leave_no_seams_between_them(pool):
    """A volume of many bricks looks like the same voxels, moved by half a brick, around which the view moves along."""
    array = noisy_ball(EDGE)
    moved = np.pad(array, ((32, 0), (32, 0), (32, 0)))
    affine = np.eye(4)
    affine[:3, 3] = -32
    seen = view_around(array.shape, size=(120, 90))
    exact = Quality(error_px=0)
    for light in (None, LIGHT):
        shown = look(unit_distance=3.0, shading=light)
        here, there = (
            drawn(pool, volume, shown, seen, exact) for volume in (MemoryVolume(array), MemoryVolume(moved, affine))
        )
        assert np.abs(here.astype(int) - there).max() <= 1


def test_levels_keep_the_tone_within_the_color_error(pool):
    """Blocks of pixels from any levels against the finest one, for functions from translucent to nearly opaque."""
    volume = MemoryVolume(noisy_ball(192))
    seen = view_around(volume.shape, distance=5.0, size=(96, 72))

    def tones(picture):
        return picture.reshape(9, 8, 12, 8, 3).mean((1, 3))

    for opacities in (((0, 0), (254, 1)), ((40, 0), (60, 1), (255, 1)), ((0, 0), (254, 0.02))):
        shown = look(opacities=opacities)
        fine = tones(drawn(pool, volume, shown, seen, Quality(error_px=0)))
        bounded = tones(drawn(pool, volume, shown, seen, Quality(error_px=2)))
        assert np.abs(fine - bounded).max() <= 2, opacities


def test_coarse_levels_alone_would_not_keep_the_tone(pool):
    """What the bound is for: a steep function on noise, classified after averaging, is another color."""
    rng = np.random.default_rng(0)
    grains = rng.choice(np.array([20, 100], np.uint8), (64, 64, 64))
    volume = MemoryVolume(grains.repeat(2, 0).repeat(2, 1).repeat(2, 2))
    steep = look(((40, (1, 0, 0)), (50, (0, 0, 1)), (70, (0, 0, 1)), (80, (0, 1, 0))), ((0, 0.2), (255, 0.2)))
    seen = view_around(volume.shape, distance=9.0, size=(48, 36))
    fine, bounded, coarse = (
        drawn(pool, volume, steep, seen, Quality(error_px=px, color_error=error))[15:21, 20:28].mean((0, 1))
        for px, error in ((0, 1), (8, 2 / 255), (8, 1))
    )
    assert np.abs(fine - coarse).max() > 20
    assert np.abs(fine - bounded).max() <= 2


def test_thin_things_that_averaging_would_hide_stay(pool):
    array = np.zeros((128, 128, 128), np.uint8)
    array[:, 63:66, 63:66] = 255
    only_bright = look(WHITE, ((0, 0), (200, 0), (210, 1), (255, 1)))
    seen = view((64, 64 + 900, 64), (64, 64, 64), angle=6, size=(64, 64))
    picture = drawn(pool, MemoryVolume(array), only_bright, seen, Quality(error_px=4))
    assert picture[:, :, 0].max() > 200


def test_a_sheared_volume_is_drawn_where_its_voxels_are(pool):
    """A bright voxel is seen where the world says that it is."""
    affine = np.array([[1.5, 0.4, 0, 10], [0, 0.9, -0.3, -20], [0.2, 0, -2.0, 7], [0, 0, 0, 1]])
    seen = view((160, 60, -30), affine[:3, 3] + affine[:3, :3] @ (20, 20, 20), size=(160, 120))
    spots = np.array([[5, 30, 20], [33, 8, 11], [20, 20, 35]])
    for spot in spots:
        array = np.zeros((40, 40, 40), np.uint8)
        array[tuple(spot[::-1])] = 255
        picture = drawn(pool, MemoryVolume(array, affine), look(WHITE, ((0, 0), (255, 1))), seen).astype(float)
        glow = np.abs(picture - picture[0, 0]).sum(-1)
        rows, columns = np.indices(glow.shape)
        found = np.array([(glow * (columns + 0.5)).sum(), (glow * (rows + 0.5)).sum()]) / glow.sum()
        expected, _ = seen.project((affine[:3, :3] @ spot + affine[:3, 3])[None])
        assert np.abs(found - expected[0]).max() < 0.3


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_the_same_values_look_the_same_in_any_type(pool, dtype):
    array = (noisy_ball(40) // 2).astype(dtype)
    seen = view_around(array.shape)
    shown = look(opacities=((-3, 0), (0, 0), (127, 1)))
    expected = drawn(pool, MemoryVolume(array.astype(np.uint8)), shown, seen).astype(int)
    assert np.abs(drawn(pool, MemoryVolume(array), shown, seen) - expected).max() <= 1


def test_a_single_slice_is_drawn_one_voxel_thick(pool):
    array = np.full((1, 30, 30), 100, np.uint8)
    seen = view((14.5, 14.5, 60), (14.5, 14.5, 0), up=(0, 1, 0), angle=20)
    picture = drawn(pool, MemoryVolume(array), look(WHITE, ((0, 0.5), (255, 0.5))), seen)
    assert np.abs(picture[24, 32] / 255 - (0.55, 0.6, 0.65)).max() < 2 / 255


def test_a_volume_out_of_the_picture_leaves_the_background(pool, ball):
    seen = view((400, 400, 400), (800, 800, 800))
    assert (drawn(pool, ball, look(), seen) == (26, 51, 77)).all()


def test_what_a_cut_leaves_is_what_lies_in_the_box(pool, ball):
    seen = view_around(ball.shape)
    low, high = Box((0, 0, 0), (65.5, 131, 131)), Box((65.5, 0, 0), (131, 131, 131))
    thin = [look(WHITE, ((0, 0), (254, 0.02)), keep=keep) for keep in (None, low, high)]
    whole, left, right = (1 - drawn(pool, ball, shown, seen)[..., 0] / 255 for shown in thin)
    assert np.abs(whole / 0.9 - (left / 0.9) * (right / 0.9)).max() < 2.5 / 255


def test_alpha_fades_a_volume(pool, ball):
    seen = view_around(ball.shape)
    full, faint, none = (drawn(pool, ball, look(WHITE, alpha=alpha), seen) for alpha in (1.0, 0.02, 0.0))
    assert (none == (26, 51, 77)).all()
    assert (none.mean() + 1) < faint.mean() < full.mean()


def test_light_shows_the_slope_that_a_sphere_has(pool):
    """A smooth ball, lit from the eye: ambient + diffuse cos, with the cosine of the ray and the sphere's normal."""
    z, y, x = np.indices((65, 65, 65)) - 32.0
    array = np.clip(128 + 10 * (24 - np.sqrt(x * x + y * y + z * z)), 0, 255).astype(np.float32)
    hard = look(WHITE, ((0, 0), (127, 0), (129, 1), (255, 1)), shading=Shading(0.2, 0.8))
    seen = view((32, 32 - 400, 32), (32, 32, 32), angle=8, size=(64, 64))
    picture = drawn(pool, MemoryVolume(array), hard, seen, Quality(step_voxels=0.125))[..., 0] / 255
    a = (2 * (np.arange(64) + 0.5) / 64 - 1) * seen.tan_x
    offset = 400 * np.hypot(a[None], a[:, None]) / np.sqrt(1 + a[None] ** 2 + a[:, None] ** 2)
    inside = offset < 20
    expected = 0.2 + 0.8 * np.sqrt(1 - (offset[inside] / 24) ** 2)
    assert np.abs(picture[inside] - expected).max() < 4 / 255


def test_stretched_voxels_are_lit_by_the_slope_in_the_world(pool):
    z, y, x = np.indices((40, 65, 65)) - np.array([19.5, 32, 32])[:, None, None, None]
    affine = np.diag([1, 1, 2.0, 1])
    array = np.clip(128 + 10 * (24 - np.sqrt(x * x + y * y + 4 * z * z)), 0, 255).astype(np.float32)
    hard = look(WHITE, ((0, 0), (127, 0), (129, 1), (255, 1)), shading=Shading(0.2, 0.8))
    seen = view((32, 32 - 400, 39), (32, 32, 39), angle=8, size=(64, 64))
    picture = drawn(pool, MemoryVolume(array, affine), hard, seen)[..., 0] / 255
    assert picture[32, 12] == pytest.approx(picture[12, 32], abs=8 / 255)
    assert picture[32, 50] == pytest.approx(picture[50, 32], abs=8 / 255)


def test_surfaces_that_are_nowhere_change_nothing(pool, ball):
    seen = view_around(ball.shape)
    nowhere = np.full((seen.height, seen.width, 4), np.inf, np.float32)
    colors = np.zeros(nowhere.shape, np.uint32)
    far = np.full_like(nowhere, 1e5)
    plain = drawn(pool, ball, look(), seen)
    assert np.array_equal(plain, drawn(pool, ball, look(), seen, depths=nowhere, colors=colors))
    background = np.uint32(26 | 51 << 8 | 77 << 16)
    behind = drawn(pool, ball, look(), seen, depths=far, colors=np.full_like(colors, background))
    assert np.abs(plain.astype(int) - behind).max() <= 1


def test_a_changed_look_reads_no_voxel_again(pool, ball):
    caster = VolumeCaster(pool, FINAL, 1 << 30)
    seen = view_around(ball.shape)
    draw(caster, ball, look(), seen)
    ball.reads.clear()
    draw(caster, ball, dataclasses.replace(look(unit_distance=5.0), alpha=0.5), seen)
    assert not ball.reads


def test_light_draws_no_contour_lines_where_the_gradient_turns_from_the_eye(pool):
    """Smooth tissue that brightens and dims along each ray, and a little across: steps of a voxel against an eighth."""
    z, y, x = np.mgrid[:64, :64, :64].astype(np.float32)
    depth = x + 0.12 * y + 0.07 * z + 2 * np.sin(y / 9)
    tissue = MemoryVolume((80 + 70 * np.cos(depth * (2 * np.pi / 24)) + 0.8 * y + 0.4 * z).astype(np.float32))
    light = Shading(0.1, 0.9, 0.0, 10)
    shown = look(WHITE, [(0, 0.5), (255, 0.5)], unit_distance=10.0, shading=light)
    seen = view((-150, 31.5, 31.5), (31.5, 31.5, 31.5), size=(160, 120))
    here, exact = (drawn(pool, tissue, shown, seen, Quality(step_voxels=step)) for step in (1, 1 / 8))
    off = np.abs(here.astype(int) - exact)[10:-10, 10:-10]
    assert off.max() <= 6
    assert np.percentile(off, 99) <= 3


def test_many_labels_at_one_place_are_opaque_and_no_more(pool):
    labels = np.random.default_rng(0).integers(1, 9, (40, 40, 40)).astype(np.uint8)
    volume = MemoryVolume(labels)
    red = LabelsLook("red", DataReference("red"), tuple(LabelColor(k, (1.0, 0.0, 0.0)) for k in range(1, 9)))
    caster, seen = VolumeCaster(pool, FINAL, 1 << 30), view_around(labels.shape, size=(160, 120))
    rays = caster.march(volume, volume.fingerprint(), red, seen)
    assert np.isfinite(rays.light).all()
    out = draw(caster, volume, red, seen)
    assert np.abs(out[40:80, 60:100].astype(int) - (255, 0, 0)).max() <= 1
