"""Volumes of stores give the pictures of those in memory, whatever part of them memory holds."""

import numpy as np
import pytest

from brainreel.errors import FormatError, MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.render.cpu import stored_bricks
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.rays import bytes_of_rays
from brainreel.render.cpu.slices import SliceCaster
from brainreel.render.cpu.transfer import TransferTable
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL, Quality
from brainreel.space import Box
from brainreel.store.cache import PyramidCache
from brainreel.store.resident import ResidentBricks
from brainreel.store.stored import open_store
from brainreel.timeline.looks import DataReference, LabelColor, LabelsLook, Shading, SliceLook, SlicePaint
from contracts.conversions import store_of
from contracts.volumes import WHITE, MemoryVolume, look, part_of, view, view_around

FINEST = Quality(error_px=1e-6, rays=1)
ONE_RAY = Quality(rays=1)
LIGHT = Shading(0.1, 0.7, 0.2, 10)
PLENTY = 1 << 30
LITTLE = 32 * 66**3
"""Bytes for fewer bricks than the ball's 27 at level 0 with some of their neighbours, in slots."""


def picture(pool, parts, seen, quality=FINEST, budget_bytes=PLENTY, depths=None, caster=None):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    caster = caster or VolumeCaster(pool, quality, budget_bytes)
    caster.finish(caster.march_together(parts, seen, depths), (0.1, 0.2, 0.3), None, out)
    return out


def both(pool, array, store, shown, seen, **settings):
    """The pictures of an array in memory and of its store."""
    held = MemoryVolume(array, store.world_from_voxel)
    return [picture(pool, [part_of(shown, volume)], seen, **settings) for volume in (held, store)]


@pytest.mark.parametrize(
    "shown",
    [
        look(),
        look(unit_distance=30.0),
        look(shading=LIGHT),
        look(nearest=True),
        look(preintegrated=True, unit_distance=3.0),
        look(keep=Box((20.0, 0.0, 0.0), (131.0, 90.0, 131.0))),
    ],
    ids=["opaque", "fog", "shaded", "nearest", "preintegrated", "cut"],
)
def test_a_store_looks_as_its_volume_in_memory(pool, ball, stored, shown):
    first, second = both(pool, ball, stored, shown, view_around(ball.shape, size=(90, 70)))
    assert np.array_equal(first, second)
    assert len(np.unique(first)) > 50


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", "float32", "float64"])
def test_so_it_does_of_any_type(pool, ball, tmp_path, dtype):
    array = (ball.astype(float) - (100 if np.dtype(dtype).kind != "u" else 0)).clip(-128, 127).astype(dtype)
    if array.dtype.kind == "f":
        array[40:50, 60:70, 60:70] = np.nan
    store = open_store(store_of(array, tmp_path))
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    shown = look(colors=((low, (0.2, 0.3, 1)), (high, (1, 0.8, 0.1))), opacities=((low + 5, 0), (high, 1)))
    first, second = both(pool, array, store, shown, view_around(array.shape, size=(90, 70)))
    assert np.array_equal(first, second)
    assert len(np.unique(first)) > 50


@pytest.mark.parametrize("shown", [look(), look(unit_distance=20.0, shading=LIGHT)], ids=["opaque", "fog"])
def test_pixels_do_not_depend_on_what_memory_holds(pool, ball, stored, shown):
    seen = view_around(ball.shape, size=(120, 90))
    whole = picture(pool, [part_of(shown, stored)], seen)
    caster = VolumeCaster(pool, FINEST, LITTLE)
    other = view((300.0, 20.0, 40.0), (66.0, 66.0, 66.0), size=(80, 60))
    for _ in range(2):
        assert np.array_equal(picture(pool, [part_of(shown, stored)], seen, caster=caster), whole)
        picture(pool, [part_of(shown, stored)], other, caster=caster)


def test_rays_take_their_part_of_the_budget(pool, ball, stored):
    parts = [part_of(look(), stored)]
    small, large = (view_around(ball.shape, size=(width, width * 3 // 4)) for width in (60, 360))
    caster, taken = VolumeCaster(pool, FINEST, LITTLE), []
    for seen in (small, large, small):
        assert np.array_equal(picture(pool, parts, seen, caster=caster), picture(pool, parts, seen))
        taken.append(caster.stores.byte_count)
    assert taken[0] > LITTLE - bytes_of_rays(large)
    assert max(taken[1:]) <= LITTLE - bytes_of_rays(large)


def test_pixels_do_not_depend_on_threads(ball, stored):
    seen, pictures = view_around(ball.shape, size=(90, 70)), []
    for threads in (1, 2, 4):
        with Pool(threads) as pool:
            pictures.append(picture(pool, [part_of(look(unit_distance=5.0), stored)], seen, budget_bytes=LITTLE))
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


def test_surfaces_stop_rays_in_every_pass(pool, ball, stored):
    seen = view_around(ball.shape, size=(90, 70))
    depths = np.full((70, 90, 4), np.inf, np.float32)
    depths[:, 30:60] = np.linalg.norm(np.array(seen.eye) - 66.0)
    shown = look(unit_distance=20.0)
    held = MemoryVolume(ball, stored.world_from_voxel)
    first = VolumeCaster(pool, FINEST, PLENTY).march_together([part_of(shown, held)], seen, depths)
    second = VolumeCaster(pool, FINEST, LITTLE).march_together([part_of(shown, stored)], seen, depths)
    assert np.array_equal(first.light, second.light)
    assert np.array_equal(first.stopped, second.stopped)
    assert first.stopped.max() > 0


def test_several_channels_of_a_store_are_drawn_together(pool, ball, tmp_path):
    from brainreel.data import Channel, Channels

    second = np.ascontiguousarray(ball[::-1, :, ::-1])
    held = [MemoryVolume(array, np.eye(4)) for array in (ball, second)]
    image = Channels("two", tuple(Channel(name, one) for name, one in zip("ab", held, strict=True)))
    opened = open_store(store_of(image, tmp_path))
    shown = [look(unit_distance=9.0), look(unit_distance=9.0, colors=((0, (0, 1, 0)), (255, (0, 1, 1))))]
    seen = view_around(ball.shape, size=(90, 70))
    pictures = [
        picture(pool, [part_of(one, volume) for one, volume in zip(shown, volumes, strict=True)], seen, budget_bytes=n)
        for volumes, n in ((held, PLENTY), ([c.data for c in opened.channels], 2 * LITTLE))
    ]
    assert np.array_equal(*pictures)


def test_labels_of_a_store_are_never_averaged(pool, tmp_path):
    array = np.zeros((70, 70, 70), np.uint8)
    array[5:40, 10:60, 10:60], array[40:65, 10:60, 10:60] = 2, 9
    store = open_store(store_of(array, tmp_path, reduction="mode"))
    colors = (LabelColor(2, (1.0, 0.0, 0.0), 1.0), LabelColor(9, (0.0, 0.0, 1.0), 0.5))
    shown = LabelsLook("atlas", DataReference("atlas"), colors)
    first, second = both(pool, array, store, shown, view_around(array.shape, size=(90, 70)))
    assert np.array_equal(first, second)
    assert (first[..., 0] > 200).any()


def test_labels_of_other_types_are_refused_with_a_remedy(pool, tmp_path):
    store = open_store(store_of(np.ones((8, 8, 8), np.int32), tmp_path, reduction="mode"))
    shown = LabelsLook("atlas", DataReference("atlas"), (LabelColor(1, (1.0, 0.0, 0.0), 1.0),))
    with pytest.raises(FormatError, match="convert the source"):
        picture(pool, [part_of(shown, store)], view_around((8, 8, 8), size=(20, 20)))


def test_two_moments_are_blended_brick_by_brick(pool, ball, stored, tmp_path):
    second = np.ascontiguousarray(ball[:, ::-1])
    other = open_store(store_of(second, tmp_path))
    seen, shown = view_around(ball.shape, size=(90, 70)), look(unit_distance=9.0)

    def parts(*volumes):
        weights = (0.25, 0.75)
        return [Part(shown, (tuple((v, v.fingerprint(), w) for v, w in zip(volumes, weights, strict=True)),))]

    held = [MemoryVolume(array, stored.world_from_voxel) for array in (ball, second)]
    first, second = (picture(pool, parts(*volumes), seen) for volumes in (held, (stored, other)))
    assert np.abs(first.astype(int) - second).max() <= 1


def test_what_opaque_bricks_hide_is_not_read(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_bricks, "READ_AT_ONCE", 8)
    array = np.full((70, 70, 70 * 16), 200, np.uint8)
    store = open_store(store_of(array, tmp_path))
    caster = VolumeCaster(pool, FINEST, 96 * 66**3)
    shown = look(colors=WHITE, opacities=((0, 1), (255, 1)))
    picture(pool, [part_of(shown, store)], view((-400.0, 35.0, 35.0), (0.0, 35.0, 35.0), size=(60, 60)), caster=caster)
    reads = store.pyramid.store.reads.bricks
    assert 0 < reads < 40 < store.pyramid.levels[0].count


def test_bricks_needed_latest_make_room(pool, stored):
    resident = ResidentBricks((((stored.pyramid, 1.0),),), 1, 8, pool)
    resident.require(np.arange(8))
    resident.expect(np.array([7, 5, 3, 1, 0, 2]))
    resident.require(np.array([20, 21]))
    assert set(np.flatnonzero(resident.slot_of >= 0)) == {0, 1, 2, 3, 5, 7, 20, 21}
    resident.require(np.array([22]))
    assert 2 not in np.flatnonzero(resident.slot_of >= 0)


def test_bricks_that_the_coming_pictures_need_stay(pool, stored):
    resident = ResidentBricks((((stored.pyramid, 1.0),),), 1, 4, pool)
    resident.coming = np.array([2, 9, 0])
    for numbers in (np.array([0, 1, 2, 3]), np.array([4]), np.array([5])):
        resident.expect(numbers)
        resident.require(numbers)
        resident.used(numbers)
    assert {0, 2, 5} < set(np.flatnonzero(resident.slot_of >= 0))


def test_a_budget_below_a_handful_of_bricks_is_an_error(pool, stored):
    with pytest.raises(MemoryBudgetError, match="give --budget"):
        picture(pool, [part_of(look(), stored)], view_around(stored.shape, size=(20, 20)), budget_bytes=1 << 20)


def test_a_damaged_chunk_is_named(pool, ball, tmp_path):
    folder = store_of(ball, tmp_path)
    shard = max((folder / "0").rglob("c/*/*/*"), key=lambda path: path.stat().st_size)
    content = bytearray(shard.read_bytes())
    content[len(content) // 3] ^= 1
    shard.write_bytes(content)
    with pytest.raises(FormatError, match=r"0/c/.* is damaged"):
        picture(pool, [part_of(look(), open_store(folder))], view_around(ball.shape, size=(60, 60)))


@pytest.mark.parametrize("name", ["0/occupied", "1/spread", "0/checksums"])
def test_a_store_that_lacks_what_says_which_bricks_show_is_refused(pool, ball, tmp_path, name):
    folder = store_of(ball, tmp_path)
    next(file for file in (folder / "brainreel" / name / "c").rglob("*") if file.is_file()).unlink()
    with pytest.raises(FormatError, match=f"{name} lacks some of its files"):
        picture(pool, [part_of(look(), open_store(folder))], view_around(ball.shape, size=(60, 60)))


@pytest.mark.parametrize("unit_distance", [4.0, 30.0])
def test_coarse_levels_look_as_the_finest_supersampled(pool, tmp_path, unit_distance):
    random = np.random.default_rng(0)
    z, y, x = np.indices((128, 128, 128)) - 63.5
    inside = z**2 + y**2 + x**2 < 55**2
    array = np.where(inside, 90 + 25 * random.standard_normal(inside.shape), 0).clip(0, 255).astype(np.uint8)
    store = open_store(store_of(array, tmp_path))
    shown = look(opacities=((80, 0), (120, 1), (254, 1)), unit_distance=unit_distance)
    small, large = (view_around(array.shape, size=(side, side)) for side in (48, 192))
    truth = picture(pool, [part_of(shown, store)], large).astype(float).reshape(48, 4, 48, 4, 3).mean((1, 3))
    coarse = picture(pool, [part_of(shown, store)], small, quality=ONE_RAY).astype(float)
    lit = np.abs(truth - truth[0, 0]).max(-1) > 2
    assert np.abs((coarse - truth)[lit].mean(0)).max() < 2
    assert np.abs((coarse - truth)[lit]).mean() < 4


def test_a_spread_table_is_the_mean_over_the_values_around():
    opacity = TransferTable(np.tile(np.linspace(0, 1, 256)[:, None], 3), np.linspace(0, 0.9, 256), 1.0, 1.0, 0.0)
    around = np.zeros((256, 256))
    for value in range(256):
        around[value, max(value - 20, 0)] += 0.5
        around[value, min(value + 20, 255)] += 0.5
    spread = opacity.spread(around, (0.0, 256.0), 1.0)
    two = [80, 120]
    assert spread.opacities[100] == pytest.approx(opacity.opacities[two].mean(), abs=1e-3)
    weights = opacity.opacities[two]
    assert spread.colors[100, 0] == pytest.approx((opacity.colors[two, 0] * weights).sum() / weights.sum(), abs=1e-3)


def test_values_that_do_not_spread_keep_their_table():
    table = TransferTable(np.random.default_rng(0).random((256, 3)), np.linspace(0, 1, 256), 1.0, 1.0, 0.0)
    same = table.spread(np.eye(256), (0.0, 256.0), 1.0)
    assert np.allclose(same.opacities, np.where(table.opacities > 2e-4, table.opacities, 0), atol=1e-9)
    assert np.allclose(same.colors, table.colors, atol=1e-9)


@pytest.mark.parametrize("normal", [(0.0, 0.0, 1.0), (0.4, -0.5, 0.77)])
@pytest.mark.parametrize("kind", ["values", "labels with borders"])
@pytest.mark.parametrize("distance", [180.0, 2000.0], ids=["near", "far"])
def test_slices_through_a_store_are_those_through_memory(pool, ball, stored, normal, kind, distance):
    normal = tuple(np.array(normal) / np.linalg.norm(normal))
    labels = tuple(LabelColor(k, (k / 255, 1 - k / 255, 0.5), 1.0) for k in range(0, 256, 3))
    colors = look().transfer if kind == "values" else labels
    cut = SliceLook(
        "s", (70.0, 61.0, 64.5), normal, (SlicePaint(DataReference("a"), colors, boundaries=kind != "values"),)
    )
    seen = view(
        (66.0 + distance * 0.3, 66.0 - distance * 0.4, 66.0 + distance * 0.85), (66.0, 66.0, 66.0), size=(120, 90)
    )
    pictures = []
    for volume in (MemoryVolume(ball, stored.world_from_voxel), stored):
        moments = ((volume, volume.fingerprint(), 1.0),)
        caster = SliceCaster(pool, PyramidCache(pool, PLENTY), FINAL, lambda _, found=moments: found, 27 * 70**3)
        out = np.empty((90, 120, 3), np.uint8)
        caster.draw((cut,), seen, (0, 0, 0), None, out)
        pictures.append(out)
    assert np.array_equal(*pictures)
    assert len(np.unique(pictures[0])) > 20


def test_slices_that_meet_more_bricks_than_the_budget_holds_say_so(pool, stored):
    caster = SliceCaster(pool, PyramidCache(pool, PLENTY), FINEST, lambda _: ((stored, "a", 1.0),), 4 * 70**3)
    cut = SliceLook("s", (66.0, 66.0, 66.0), (0.0, 0.0, 1.0), (SlicePaint(DataReference("a"), look().transfer),))
    with pytest.raises(MemoryBudgetError, match="slices meet"):
        caster.draw(
            (cut,),
            view((66.0, 66.0, 300.0), (66.0, 66.0, 66.0), (0, 1, 0)),
            (0, 0, 0),
            None,
            np.empty((48, 64, 3), "u1"),
        )
