"""Projections against the same rays followed by SciPy, and against what is known of simple volumes."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from brainreel.kernels.pool import Pool
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.projection import ProjectionCaster
from brainreel.render.cpu.rays import finish_rays
from brainreel.render.cpu.stored_bricks import StoredBricks
from brainreel.render.quality import FINAL, Quality
from brainreel.render.view import View
from brainreel.space import Box, apply_affine
from brainreel.store.cache import PyramidCache
from brainreel.timeline.frame import Camera
from contracts.volumes import MemoryVolume, look, noisy_ball

GRAY = ((0, (0, 0, 0)), (255, (1, 1, 1)))
MODES = ("maximum", "minimum", "average")
SHEARED = np.array([[1.1, 0.3, -0.1, -20], [0.05, 0.9, 0.25, 5], [0.2, -0.1, 1.4, -30], [0, 0, 0, 1.0]])


def shown(mode, opacities=((0, 1), (255, 1)), colors=GRAY, **others):
    return look(colors, opacities, mode=mode, **others)


def camera(center, distance, parallel=False, size=(64, 48), direction=(0.5, -0.6, 0.62)):
    eye = np.array(center) + distance * np.array(direction) / np.linalg.norm(direction)
    return View.of(Camera(tuple(eye), tuple(center), (0, 0, 1), 30, 0.3 * distance, parallel), size)


def drawn(pool, volume, look_, seen, depths=None, colors=None, background=(0, 0, 0), quality=FINAL):
    caster = ProjectionCaster(pool, StoredBricks(pool, 1 << 30, 1.0, PyramidCache(pool, 1 << 30)), quality)
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    part = Part(look_, (((volume, volume.fingerprint(), 1.0),),))
    rays = caster.march(part, look_, seen, depths, colors)
    finish_rays(pool, rays, background, colors, out)
    return out


def rays(seen):
    """Where pixels' rays begin and their directions, one long along forward (h, w, 3)."""
    j, i = np.mgrid[: seen.height, : seen.width]
    a, b = 2 * (i + 0.5) / seen.width - 1, 1 - 2 * (j + 0.5) / seen.height
    aside = a[..., None] * seen.right * seen.tan_x + b[..., None] * seen.up * seen.tan_y
    if seen.parallel:
        return seen.eye + aside, np.broadcast_to(seen.forward, aside.shape)
    return np.broadcast_to(seen.eye, aside.shape), seen.forward + aside


def expected(volume, mode, seen, step, keep=None, stop=np.inf):
    """Values (h, w) of the same samples, NaN where a ray meets nothing; and the length of rays in the volume."""
    starts, directions = rays(seen)
    affine = np.linalg.inv(volume.world_from_voxel)
    origin, direction = apply_affine(affine, starts), directions @ affine[:3, :3].T
    last = np.array(volume.shape[::-1]) - 1
    slabs = [(origin, direction, np.zeros(3), last)]
    if keep is not None:
        slabs.append((starts, directions, np.array(keep.lower), np.array(keep.upper)))
    near, far = np.zeros(starts.shape[:2]), np.full(starts.shape[:2], stop)
    for place, way, low, high in slabs:
        first, second = (low - place) / way, (high - place) / way
        near = np.maximum(near, np.minimum(first, second).max(-1))
        far = np.minimum(far, np.maximum(first, second).min(-1))
    met = near < far
    per_sample = step / np.linalg.norm(directions, axis=-1)
    count = int(np.nanmax(np.where(met, far / per_sample, 0))) + 2
    total, weights, best = np.zeros(met.shape), np.zeros(met.shape), np.full(met.shape, np.nan)
    for k in range(count):
        at = np.clip(k * per_sample, near, far)
        part = np.minimum((k + 0.5) * per_sample, far) - np.maximum((k - 0.5) * per_sample, near)
        on = met & (part > 0)
        voxels = origin + at[..., None] * direction
        value = map_coordinates(
            volume.array.astype(float), np.moveaxis(voxels[..., ::-1], -1, 0), order=1, mode="nearest"
        )
        total += np.where(on, value * part, 0)
        weights += np.where(on, part, 0)
        better = on & (np.isnan(best) | (value > best if mode == "maximum" else value < best))
        best = np.where(better, value, best)
    with np.errstate(invalid="ignore"):
        return total / weights if mode == "average" else best


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_rays_keep_what_scipy_finds_along_them(pool, mode, parallel, dtype):
    array = 255 - noisy_ball(132) if mode == "minimum" else noisy_ball(132)
    volume = MemoryVolume(array.astype(dtype), SHEARED)
    center = apply_affine(SHEARED, [66, 66, 66])
    seen = camera(center, 400, parallel)
    picture = drawn(pool, volume, shown(mode), seen, quality=Quality(error_px=0))[..., 0]
    values = expected(volume, mode, seen, min(np.linalg.norm(SHEARED[:3, :3], axis=0)))
    met = ~np.isnan(values)
    assert met.mean() > 0.15
    assert len(np.unique(picture)) > 40
    assert not picture[~met].any()
    off = np.abs(picture[met] - values[met])
    assert np.median(off) <= 0.51
    assert (off <= 1).mean() > 0.995  # rays that graze an edge may meet it or not


def test_opacity_is_of_the_value_whatever_the_length_and_colour_lies_over_the_background(pool):
    slab = np.full((20, 30, 40), 60, np.uint8)
    slab[10, 15, 20] = 180
    seen = View.of(Camera((19.5, 14.5, 200), (19.5, 14.5, 0), (0, 1, 0), 10, 30.0, True), (60, 60))
    half = shown("maximum", ((0, 0), (255, 1)), ((0, (1, 0, 0)), (255, (1, 0, 0))), unit_distance=0.01)
    picture = drawn(pool, MemoryVolume(slab), half, seen, background=(0, 0, 1))
    alpha = 60 / 255
    assert np.abs(picture[30, 20] - 255 * np.array([alpha, 0, 1 - alpha])).max() <= 1
    assert picture[..., 0].max() > 60
    assert tuple(picture[0, 0]) == (0, 0, 255)


def test_a_mean_of_a_ramp_is_its_middle_and_a_cut_leaves_the_mean_of_the_rest(pool):
    ramp = np.broadcast_to(np.arange(101, dtype=np.uint8)[:, None, None] * 2, (101, 20, 20)).copy()
    seen = View.of(Camera((9.5, 9.5, 500), (9.5, 9.5, 0), (0, 1, 0), 10, 5.0, True), (32, 32))
    assert (drawn(pool, MemoryVolume(ramp), shown("average"), seen) == 100).all()
    keep = Box((-5, -5, 50.25), (30, 30, 70.75))
    assert (drawn(pool, MemoryVolume(ramp), shown("average", keep=keep), seen) == 121).all()
    depths = np.full((32, 32, 4), 430, np.float32)  # stops rays at z = 70
    white = np.full((32, 32, 4), 0xFFFFFF, np.uint32)
    stopped = drawn(pool, MemoryVolume(ramp), shown("average"), seen, depths, white)
    assert (stopped == 170).all()
    largest = drawn(pool, MemoryVolume(ramp), shown("minimum", ((0, 0.5), (255, 0.5))), seen, depths, white)
    assert (largest == 198).all()  # half of 140, half of the white surface


def test_each_sample_of_a_pixel_has_what_lies_before_its_surface(pool):
    volume = MemoryVolume(noisy_ball(100))
    seen = camera((50, 50, 50), 250)
    rng = np.random.default_rng(2)
    depths = np.where(rng.random((48, 64, 4)) < 0.7, rng.uniform(200, 300, (48, 64, 4)), np.inf).astype(np.float32)
    colors = np.full((48, 64, 4), 40 | 40 << 8 | 40 << 16, np.uint32)
    half = ((0, 0.5), (255, 0.5))
    for mode in MODES:
        picture = drawn(pool, volume, shown(mode, half), seen, depths, colors)[..., 0]
        parts = []
        for sample in range(4):
            values = expected(volume, mode, seen, 1.0, stop=depths[..., sample])
            behind = np.where(np.isfinite(depths[..., sample]), 40, 0)
            parts.append(np.where(np.isnan(values), behind, 0.5 * values + 0.5 * behind))
        off = np.abs(picture - np.mean(parts, 0))
        assert (off <= 1).mean() > 0.98


def test_pixels_are_the_same_for_any_number_of_threads():
    volume = MemoryVolume(noisy_ball(132))
    for mode in MODES:
        pictures = []
        for threads in (1, 3):
            with Pool(threads) as pool:
                pictures.append(drawn(pool, volume, shown(mode), camera((66, 66, 66), 300)))
        assert np.array_equal(*pictures)
