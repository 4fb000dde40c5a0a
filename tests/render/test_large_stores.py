"""Stores over thousands of voxels an axis, and dives into them, against what lies there held in memory."""

import numpy as np
import pytest

from brainreel.render.cpu.media import Part
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL
from brainreel.store.stored import open_store
from brainreel.timeline.looks import Shading
from contracts.conversions import store_of
from contracts.volumes import MemoryVolume, look, noisy_ball, view

LIGHT = Shading(0.1, 0.7, 0.2, 10)
PLENTY = 1 << 30


def picture(pool, volume, shown, seen, budget_bytes=PLENTY):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    part = Part(shown, (((volume, volume.fingerprint(), 1.0),),))
    caster = VolumeCaster(pool, FINAL, budget_bytes)
    caster.finish(caster.march_together([part], seen), (0.1, 0.2, 0.3), None, out)
    caster.stores.close()
    return out


def cropped(array, world, lower, upper):
    """The voxels from `lower` to `upper` (x, y, z), placed where they lie."""
    (x, y, z), (far_x, far_y, far_z) = lower, upper
    moved = world.copy()
    moved[:3, 3] = (world @ [*lower, 1])[:3]
    return MemoryVolume(np.ascontiguousarray(array[z:far_z, y:far_y, x:far_x]), moved)


@pytest.mark.parametrize("axis", [0, 1, 2], ids="xyz")
@pytest.mark.parametrize(("length", "begin"), [(2100, 1984), (17_000, 16_500)])
def test_far_along_a_long_axis_voxels_lie_where_they_should(pool, tmp_path, axis, length, begin):
    shape = [9, 11, 10]  # z, y, x
    shape[2 - axis] = length
    array = np.random.default_rng(axis).integers(0, 255, shape).astype(np.uint8)
    world = np.array([[0.02, 0.004, 0, -31.0], [-0.003, 0.02, 0, 17.0], [0, 0.001, 0.03, 5.0], [0, 0, 0, 1]])
    store = open_store(store_of(array, tmp_path, world=world))
    lower, upper = [0, 0, 0], list(shape[::-1])
    lower[axis], upper[axis] = begin, begin + 100
    small = cropped(array, world, lower, upper)
    center = (world @ [*((np.array(lower) + upper) / 2), 1])[:3]
    away = np.linalg.inv(world)[(axis + 1) % 3, :3]  # across the long axis
    away /= np.linalg.norm(away)
    along = world[:3, axis]
    seen = view(center + 1.0 * away, center, up=along + 0.1 * away, angle=40.0, size=(64, 48))
    for shown in (look(unit_distance=0.04), look(unit_distance=0.02, shading=LIGHT)):
        first, second = (picture(pool, volume, shown, seen) for volume in (store, small))
        assert np.abs(first.astype(int) - second).max() <= 1
        assert (first != second).mean() < 0.01
        assert len(np.unique(first)) > 100


@pytest.mark.parametrize("budget_bytes", [PLENTY, 32 * 70**3], ids=["plenty", "little"])
@pytest.mark.parametrize("shown", [look(unit_distance=0.5), look(unit_distance=0.5, shading=LIGHT)])
def test_the_finest_frame_of_a_dive_is_that_of_the_cropped_region(pool, tmp_path, shown, budget_bytes):
    array = noisy_ball(260)
    world = np.array([[0.2, 0, 0, -3.0], [0, 0.2, 0, 4.0], [0, 0, 0.3, 1.0], [0, 0, 0, 1]])
    store = open_store(store_of(array, tmp_path, world=world))
    small = cropped(array, world, (90, 20, 100), (190, 120, 190))
    target = (world @ [140, 75, 145, 1])[:3]
    seen = view(target + np.array([1.0, -5.0, 2.0]), target, angle=25.0, size=(120, 90))
    first, second = (picture(pool, volume, shown, seen, budget_bytes) for volume in (store, small))
    assert np.abs(first.astype(int) - second).max() <= 1
    assert len(np.unique(first)) > 50
