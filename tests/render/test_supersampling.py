"""Where one ray a pixel is not enough, several are cast, and coarse levels come later."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.kernels.march import FRAGMENTS
from brainreel.phantom import open_phantom
from brainreel.render.cpu.casting import begin_state
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.rays import Rays
from brainreel.render.cpu.supersampling import depths_of_rays, pixels_of, view_of_rays
from brainreel.render.cpu.transfer import typical_opacity
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import DRAFT, FINAL, Quality
from brainreel.store.resampled import Grid
from brainreel.store.stored import open_store
from contracts.conversions import store_of
from contracts.volumes import look, view_around

PLENTY = 1 << 30


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    phantom = open_phantom("phantom:pli?z=128&y=128&x=128")["volume"]
    return open_store(store_of(phantom.read((slice(0, 128),) * 3), tmp_path_factory.mktemp("brain")))


def part_of(shown, volume):
    return Part(shown, (((volume, volume.fingerprint(), 1.0),),))


def seen_at(shape, voxel_px):
    """A view in which voxels in the middle of a cube of `shape` are `voxel_px` pixels wide."""
    high = round(voxel_px * 2 * np.tan(np.radians(15)) * 2.2 * max(shape))
    return view_around(shape, size=(high * 4 // 3, high))


def picture(caster, part, seen):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    caster.finish(caster.march_together([part], seen), (0, 0, 0), None, out)
    return out.astype(float)


def supersampled(pool, part, seen, across=6):
    """Level 0 by 36 rays a pixel."""
    large = replace(seen, width=seen.width * across, height=seen.height * across)
    fine = picture(VolumeCaster(pool, Quality(error_px=1e-6, rays=1), PLENTY), part, large)
    return fine.reshape(seen.height, across, seen.width, across, 3).mean((1, 3))


def off(pool, part, seen, quality=FINAL):
    """By how many grey levels the picture differs from level 0 supersampled, on the mean over lit pixels."""
    truth = supersampled(pool, part, seen)
    found = picture(VolumeCaster(pool, quality, PLENTY), part, seen)
    return np.abs(found - truth)[truth.max(-1) > 2].mean()


@pytest.mark.parametrize("unit_distance", [1.0, 4.0, 30.0])
@pytest.mark.parametrize("voxel_px", [0.9, 0.55, 0.42, 0.33])
def test_pictures_are_within_two_grey_levels_of_level_0_supersampled(pool, stored, unit_distance, voxel_px):
    part = part_of(look(unit_distance=unit_distance), stored)
    assert off(pool, part, seen_at(stored.shape, voxel_px)) < 2


def test_one_ray_a_pixel_would_not_be(pool, stored):
    part = part_of(look(), stored)
    assert off(pool, part, seen_at(stored.shape, 0.42), replace(FINAL, rays=1)) > 3


@pytest.mark.parametrize(("quality", "jumps"), [(FINAL, False), (replace(FINAL, rays=1), True)], ids=["several", "one"])
def test_no_frame_of_a_slow_approach_jumps_and_would_by_one_ray(pool, stored, quality, jumps):
    part, frames, truths = part_of(look(), stored), [], []
    high = 120
    for voxel_px in np.geomspace(0.31, 0.55, 9):
        distance = high / (2 * np.tan(np.radians(15)) * max(stored.shape) * voxel_px)
        seen = view_around(stored.shape, distance=distance, size=(high * 4 // 3, high))
        truths.append(supersampled(pool, part, seen, across=4))
        frames.append(picture(VolumeCaster(pool, quality, PLENTY), part, seen))
    more = []
    for index in range(1, len(frames)):
        lit = np.minimum(truths[index], truths[index - 1]).max(-1) > 2
        own, true = (np.abs(each[index] - each[index - 1])[lit].mean() for each in (frames, truths))
        more.append(own - true)
    assert bool(max(more) > 2) is jumps, more


@pytest.mark.parametrize(
    ("unit_distance", "voxel_px", "rays"),
    [(1.0, 1.2, 1), (1.0, 0.9, 2), (0.01, 0.9, 2), (30.0, 0.9, 1), (30.0, 0.33, 1), (30.0, 0.12, 1), (30.0, 0.03, 2)],
)
def test_several_rays_are_cast_where_few_of_the_voxels_in_a_pixel_would_be_seen(stored, unit_distance, voxel_px, rays):
    part = part_of(look(unit_distance=unit_distance), stored)
    seen = seen_at(stored.shape, voxel_px)
    cast = view_of_rays([part], Grid.of(stored), seen, FINAL.rays)
    assert (cast.rays, cast.width, cast.height) == (rays, rays * seen.width, rays * seen.height)
    assert view_of_rays([part], Grid.of(stored), seen, DRAFT.rays).rays == 1


def test_typical_opacity_is_that_of_values_that_show():
    step = look(opacities=((0, 0), (200, 0, 0.5, 1.0), (255, 0.4)), unit_distance=2.0).transfer
    assert typical_opacity(look(opacities=((0, 0.5), (9, 0.5)), unit_distance=3.0).transfer, 1.0, 6.0) == 0.75
    assert typical_opacity(look(opacities=((0, 0), (255, 0))).transfer, 1.0, 1.0) == 0
    assert typical_opacity(step, 1.0, 2.0) == pytest.approx(0.4)
    assert typical_opacity(step, 0.5, 2.0) == pytest.approx(0.2)


def test_what_a_picture_needs_of_a_store_is_what_it_draws(pool, stored):
    part, seen = part_of(look(), stored), seen_at(stored.shape, 0.45)
    caster = VolumeCaster(pool, FINAL, PLENTY)
    picture(caster, part, seen)
    (need,) = caster.needs([part], seen)
    held = np.flatnonzero(need.resident.slot_of >= 0)
    assert set(held) <= set(need.numbers)
    assert 0 <= held.max() < stored.pyramid.levels[0].count


@pytest.mark.parametrize("surfaces", [False, True])
def test_pixels_are_the_means_of_their_rays(pool, surfaces):
    seen = view_around((40, 40, 40), size=(37, 41))
    cast = replace(seen, width=74, height=82, rays=2)
    random = np.random.default_rng(0)
    depths = None
    if surfaces:
        depths = np.full((41, 37, 4), np.inf, np.float32)
        depths[9:23, 11:30] = 50.0
    stops = depths_of_rays(depths, cast)
    state = begin_state(pool, cast, stops, 1.0)
    state.light[:] = random.random(state.light.shape)
    state.stopped[:] = random.random(state.stopped.shape)
    rays = pixels_of(pool, Rays(state.light, state.slots, state.stopped, stops), cast, seen, depths)

    def laid_out(light, across):  # (packets, .., 16) to rows and columns
        down = len(light) // across
        folded = light.reshape(down, across, *light.shape[1:-1], 4, 4)
        return np.moveaxis(np.moveaxis(folded, -2, 1), -1, 3).reshape(down * 4, across * 4, *light.shape[1:-1])

    def every(found, across):
        """What rays bring to each stop, those that meet none all that they bring."""
        stopped = np.repeat(found.light[:, None], FRAGMENTS, 1)
        stopped[found.slots >= 0] = found.stopped[found.slots[found.slots >= 0]]
        return laid_out(stopped, across)

    means = laid_out(state.light, 24)[:82, :74].reshape(41, 2, 37, 2, 4).mean((1, 3))
    assert np.allclose(laid_out(rays.light, 16)[:41, :37], means, atol=1e-6)
    if surfaces:
        both = every(Rays(state.light, state.slots, state.stopped, stops), 24)[:82, :74]
        means = both.reshape(41, 2, 37, 2, FRAGMENTS, 4).mean((1, 3))
        inside = np.isfinite(depths).all(-1)
        assert np.allclose(every(rays, 16)[:41, :37][inside], means[inside], atol=1e-6)
        assert inside.any()
