"""Stores among volumes on other grids: drawn out of core, as all of them in memory are."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brainreel.errors import MemoryBudgetError
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.stored_sources import Sources
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import Quality
from brainreel.space import Box
from brainreel.store.cache import PyramidCache
from brainreel.store.resampled import Grid, ResampledVolume, common_grid
from brainreel.store.stored import open_store
from brainreel.timeline.looks import ColorVolumeLook, DataReference, LabelColor, LabelsLook, Shading
from contracts.conversions import store_of
from contracts.volumes import MemoryVolume, look, part_of, view, view_around

FINEST = Quality(error_px=1e-6, rays=1)
FINAL = Quality(rays=1)
PLENTY = 1 << 30
TILTED = np.array([[2.3, 0.3, 0.1, 20], [-0.3, 2.5, 0.2, 11], [0.1, -0.2, 2.2, 17], [0, 0, 0, 1.0]])
FINER = np.diag([0.8, 0.9, 0.85, 1.0]) + np.array([[0, 0, 0, 30.2], [0, 0, 0, 21.7], [0, 0, 0, 40.1], [0, 0, 0, 0]])
WHOLE = np.eye(4)


def blob(shape=(40, 36, 44), dtype=np.uint8):
    random = np.random.default_rng(5)
    smooth = gaussian_filter(random.standard_normal(shape), 4)
    return ((smooth - smooth.min()) / (smooth.max() - smooth.min()) * 250).astype(dtype)


def picture(pool, parts, seen, quality=FINEST, budget_bytes=PLENTY, caster=None):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    caster = caster or VolumeCaster(pool, quality, budget_bytes)
    caster.finish(caster.march_together(parts, seen), (0.1, 0.2, 0.3), None, out)
    return out


def overlay(**others):
    colors, opacities = ((0, (0, 1, 0)), (255, (1, 0, 0))), ((150, 0), (200, 0.4), (255, 0.9))
    return look(colors, opacities, **({"unit_distance": 4.0} | others))


def pictures(pool, ball, stored, shown, array, affine, seen, folder=None, **settings):
    """Of the ball and of `array`, which `shown` shows: all in memory, and the ball in a store, `array` too if so."""
    other = MemoryVolume(array, affine)
    second = open_store(store_of(array, folder, world=affine)) if folder else other
    body = look(unit_distance=25.0)
    memory = picture(pool, [part_of(body, MemoryVolume(ball)), part_of(shown, other)], seen, **settings)
    return memory, picture(pool, [part_of(body, stored), part_of(shown, second)], seen, **settings)


@pytest.mark.parametrize("is_stored", [False, True], ids=["in memory", "in a store"])
@pytest.mark.parametrize("affine", [TILTED, FINER], ids=["coarser", "finer"])
@pytest.mark.parametrize(
    "shown",
    [overlay(), overlay(shading=Shading(0.1, 0.7, 0.2, 10)), overlay(keep=Box((0, 0, 0), (90.0, 70.0, 90.0)))],
    ids=["fog", "shaded", "cut"],
)
def test_the_finest_level_is_that_of_memory(pool, ball, stored, tmp_path, is_stored, affine, shown):
    seen = view_around(ball.shape, size=(72, 56))
    folder = tmp_path if is_stored else None
    memory, streamed = pictures(pool, ball, stored, shown, blob(), affine, seen, folder)
    assert np.array_equal(memory, streamed)
    alone = picture(pool, [part_of(look(unit_distance=25.0), stored)], seen)
    assert (alone != streamed).any(-1).mean() > 0.05


@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "float32"])
def test_so_it_is_of_any_type(pool, ball, stored, tmp_path, dtype):
    array = (
        (blob() > 150) if dtype == "bool" else (blob().astype(float) - (130 if dtype == "int8" else 0)).astype(dtype)
    )
    low, high = float(array.min()), float(array.max())
    opacities = ((low + 0.5 * (high - low), 0), (high, 0.8))
    shown = look(((low, (0, 1, 0)), (high, (1, 0, 0))), opacities, unit_distance=5.0)
    seen = view_around(ball.shape, size=(72, 56))
    memory, streamed = pictures(pool, ball, stored, shown, array, TILTED, seen)
    assert np.abs(memory.astype(int) - streamed).max() <= (0 if dtype == "int8" else 1)


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_labels_on_another_grid_are_the_nearest(pool, ball, stored, dtype):
    array = (blob() // 60).astype(dtype) * (1000 if dtype == "int32" else 1)
    colors = tuple(LabelColor(int(k), (1.0, k / 5000, 0.2), 0.4) for k in np.unique(array)[1:])
    shown = LabelsLook("atlas", DataReference("atlas"), colors)
    memory, streamed = pictures(pool, ball, stored, shown, array, TILTED, view_around(ball.shape, size=(72, 56)))
    assert np.array_equal(memory, streamed)


def test_labels_and_values_of_one_volume_do_not_share_bricks(pool, ball, stored):
    other = MemoryVolume(blob() // 60 * 60, TILTED)
    while other.fingerprint() > stored.fingerprint():  # until values come first, as labels do
        other.array[0, 0, 0] += 1
    labels = LabelsLook("atlas", DataReference("atlas"), (LabelColor(180, (1.0, 0.3, 0.2), 0.4),))
    seen, caster = view_around(ball.shape, size=(72, 56)), VolumeCaster(pool, FINEST, PLENTY)
    for shown in (labels, overlay(), labels):
        parts = [part_of(look(unit_distance=25.0), stored), part_of(shown, other)]
        assert np.array_equal(picture(pool, parts, seen, caster=caster), picture(pool, parts, seen))


def test_pixels_do_not_depend_on_the_budget_or_on_what_memory_holds(pool, ball, stored, tmp_path):
    second = open_store(store_of(blob(), tmp_path, world=FINER))
    parts = [part_of(look(unit_distance=25.0), stored), part_of(overlay(), second)]
    seen, other = view_around(ball.shape, size=(72, 56)), view((300.0, 20.0, 40.0), (66.0, 66.0, 66.0))
    for quality in (FINEST, FINAL):
        whole = picture(pool, parts, seen, quality)
        caster = VolumeCaster(pool, quality, 80 << 20)
        for _ in range(2):
            assert np.array_equal(picture(pool, parts, seen, caster=caster), whole)
            picture(pool, parts, other, caster=caster)


@pytest.mark.parametrize("distance", [4.0, 9.0])
@pytest.mark.parametrize("is_stored", [False, True], ids=["in memory", "in a store"])
def test_coarser_levels_are_nearly_those_of_the_finest_drawn_larger(pool, ball, stored, tmp_path, is_stored, distance):
    other = open_store(store_of(blob(), tmp_path, world=TILTED)) if is_stored else MemoryVolume(blob(), TILTED)
    parts = [part_of(look(unit_distance=60.0), stored), part_of(overlay(unit_distance=8.0), other)]
    small, large = (view_around(ball.shape, distance=distance, size=(side, side)) for side in (48, 192))
    truth = picture(pool, parts, large).astype(float).reshape(48, 4, 48, 4, 3).mean((1, 3))
    coarse = picture(pool, parts, small, FINAL).astype(float)
    lit = np.abs(truth - truth[0, 0]).max(-1) > 2
    assert lit.mean() > 0.02
    assert np.abs((coarse - truth)[lit]).mean() < 4
    assert np.abs((coarse - truth)[lit].mean(0)).max() < 2


def test_two_moments_on_another_grid_are_blended(pool, ball, stored):
    arrays = [blob(), blob()[::-1].copy()]
    first, second = (MemoryVolume(array, TILTED) for array in arrays)
    moments = ((first, "first", 0.25), (second, "second", 0.75))
    seen, shown = view_around(ball.shape, size=(72, 56)), overlay()
    body = look(unit_distance=25.0)
    memory = picture(pool, [part_of(body, MemoryVolume(ball)), Part(shown, (moments,))], seen)
    streamed = picture(pool, [part_of(body, stored), Part(shown, (moments,))], seen)
    assert np.abs(memory.astype(int) - streamed).max() <= 2


def test_an_image_of_colors_lies_among_a_store(pool, ball, stored):
    channels = [blob(), blob()[::-1].copy(), blob()[:, ::-1].copy()]
    red, green, blue = (DataReference(name) for name in "rgb")
    shown = ColorVolumeLook("image", (red, green, blue), overlay().transfer)
    body, seen = look(unit_distance=25.0), view_around(ball.shape, size=(72, 56))
    colors = part_of(shown, *(MemoryVolume(array, TILTED) for array in channels))
    memory = picture(pool, [part_of(body, MemoryVolume(ball)), colors], seen)
    assert np.array_equal(memory, picture(pool, [part_of(body, stored), colors], seen))


def test_bricks_that_nothing_is_seen_in_are_known_without_sampling_them(pool, stored, tmp_path):
    array = np.zeros((70, 70, 200), np.uint8)
    array[25:35, 20:30, 140:150] = 220
    for other in (MemoryVolume(array, FINER), open_store(store_of(array, tmp_path, world=FINER))):
        parts = [part_of(look(), stored), part_of(overlay(), other)]
        grid = common_grid([stored, other])
        mixtures = Sources.of(parts, grid, PyramidCache(pool, PLENTY)).mixtures()
        sampled = mixtures[1][0][0]
        caster = VolumeCaster(pool, FINEST, PLENTY)
        caster.march_together(parts, view_around(stored.shape))
        (held,) = caster.stores._held.values()
        (sight,) = [note for note in held._notes.values() if note.part is parts[1]]
        level = sampled.levels[0]
        held_voxels = ResampledVolume(other, grid, pool, False)
        few = 0
        for number in range(level.count):
            place = np.unravel_index(number, level.grid)
            z, y, x = (slice(64 * k, min(64 * k + 65, n)) for k, n in zip(place, grid.shape, strict=True))
            if held_voxels.read((z, y, x)).max() > 150:
                assert sight.seen[number]
                few += 1
        assert few
        assert few <= sight.seen[: level.count].sum() < level.count / 2


def test_all_is_within_the_budget_together(pool, ball, stored):
    parts = [part_of(look(unit_distance=25.0), stored), part_of(overlay(), MemoryVolume(blob(), TILTED))]
    alone = part_of(replace(overlay(mix="add"), name="other"), MemoryVolume(blob((70, 70, 70)), WHOLE))
    budget_bytes = 60 << 20
    caster = VolumeCaster(pool, FINEST, budget_bytes)
    for _ in range(3):
        caster.march_together([*parts, alone], view_around(ball.shape))
        held = sum(held.resident.slots * held.slot_bytes for held in caster.stores._held.values())
        assert caster.pyramids.byte_count + held <= budget_bytes
        assert held


def test_too_little_for_what_lies_in_no_store_is_an_error(pool, stored):
    parts = [part_of(look(), stored), part_of(overlay(), MemoryVolume(np.ones((130, 130, 130), np.uint8), TILTED))]
    with pytest.raises(MemoryBudgetError, match="--budget"):
        picture(pool, parts, view_around(stored.shape), budget_bytes=15 << 20)


def test_the_grid_of_a_store_that_others_extend_has_all_in_it(pool, ball, stored):
    far = np.eye(4) + np.array([[0, 0, 0, 140.0], [0, 0, 0, 0.25], [0, 0, 0, 0.5], [0, 0, 0, 0]])
    other = MemoryVolume(ball[::-1].copy(), far)
    grid = common_grid([stored, other])
    assert not Grid.of(stored).is_same(grid)
    seen = view((200.0, 500.0, 300.0), (133.0, 66.0, 66.0), size=(96, 48))
    body = look(unit_distance=25.0)
    memory = picture(pool, [part_of(body, MemoryVolume(ball)), part_of(replace(body, name="b"), other)], seen)
    streamed = picture(pool, [part_of(body, stored), part_of(replace(body, name="b"), other)], seen)
    assert np.array_equal(memory, streamed)
