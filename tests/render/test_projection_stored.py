"""Projections of stores are those of the same volumes in memory, whatever part of them memory holds."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.data import Channel, Channels
from brainreel.kernels.pool import Pool
from brainreel.render import Renderer
from brainreel.render.cpu.projection import ProjectionCaster
from brainreel.render.cpu.rays import finish_rays
from brainreel.render.cpu.stored_bricks import StoredBricks
from brainreel.render.quality import FINAL, Quality
from brainreel.render.view import View
from brainreel.space import Box
from brainreel.store.bounds import largest_values
from brainreel.store.cache import PyramidCache
from brainreel.store.stored import open_store
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import DataReference
from contracts.conversions import store_of
from contracts.volumes import MemoryVolume, look, noisy_ball, part_of, view, view_around

FINEST = Quality(error_px=1e-6)
PLENTY = 1 << 30
LEAST = 17 * 293_000
"""Bytes for hardly more bricks of uint8 than the fewest."""

MODES = ("maximum", "minimum", "average")
WORLD = np.array([[1.1, 0.3, -0.1, -20], [0.05, 0.9, 0.25, 5], [0.2, -0.1, 1.4, -30], [0, 0, 0, 1.0]])


@pytest.fixture(scope="module")
def ball():
    """A noisy ball in 3 x 3 x 4 bricks, with darker and brighter voxels than those around it."""
    whole = np.pad(noisy_ball(132), ((0, 0), (0, 0), (30, 31)))
    return np.where(whole > 20, whole, 90).astype(np.uint8)


@pytest.fixture(scope="module")
def stored(ball, tmp_path_factory):
    return open_store(store_of(ball, tmp_path_factory.mktemp("ball")))


def shown(mode, opacities=((0, 0.2), (255, 1)), **others):
    return look(((0, (0, 0, 0.2)), (255, (1, 1, 0.8))), opacities, mode=mode, **others)


def caster_of(pool, quality=FINEST, budget_bytes=PLENTY):
    stores = StoredBricks(pool, budget_bytes, 1.0, PyramidCache(pool, PLENTY))
    return ProjectionCaster(pool, stores, quality), stores


def cast(pool, look_, volume, seen, depths=None, **settings):
    caster, _ = caster_of(pool, **settings)
    return caster.march(part_of(look_, volume), look_, seen, depths)


def picture(pool, rays, seen):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    finish_rays(pool, rays, (0.1, 0, 0), None, out)
    return out


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("budget_bytes", [LEAST, 2 * LEAST, PLENTY])
@pytest.mark.parametrize("keep", [None, Box((40.0, 10.0, -100.0), (160.0, 300.0, 101.0))], ids=["whole", "cut"])
def test_a_store_within_any_budget_gives_the_rays_of_memory(pool, ball, stored, mode, budget_bytes, keep):
    seen = view_around(ball.shape, size=(90, 70))
    memory = cast(pool, shown(mode, keep=keep), MemoryVolume(ball, stored.world_from_voxel), seen)
    store = cast(pool, shown(mode, keep=keep), stored, seen, budget_bytes=budget_bytes)
    assert np.array_equal(memory.light, store.light)
    assert len(np.unique(picture(pool, store, seen))) > 30


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", "float32", "float64"])
def test_so_it_does_of_any_type_on_any_grid(pool, ball, tmp_path, mode, dtype):
    array = ball.astype(float) * (1 if np.dtype(dtype).itemsize == 1 else 37.7)
    array = (array - (100 if np.dtype(dtype).kind != "u" else 0)).clip(-128, 32767).astype(dtype)
    array = np.minimum(array, 127).astype(dtype) if dtype == "int8" else array
    if array.dtype.kind == "f":
        array[40:110, 60:70, 60:140] = np.nan
    store = open_store(store_of(array, tmp_path, world=WORLD))
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    look_ = look(((low, (0, 0, 0.2)), (high, (1, 1, 0.8))), ((low, 0.3), (high, 1)), mode=mode)
    center = (WORLD @ [97, 66, 66, 1])[:3]
    seen = view(center + np.array([400, -200, 250]), center, size=(60, 44))
    memory = cast(pool, look_, MemoryVolume(array, WORLD), seen)
    store = cast(pool, look_, store, seen, budget_bytes=4 * LEAST)
    assert np.array_equal(memory.light, store.light)
    assert len(np.unique(memory.light)) > 30


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("distance", [300.0, 900.0])
def test_coarser_levels_give_what_they_give_in_memory(pool, ball, stored, mode, distance, monkeypatch):
    camera = Camera((97 + distance, 66.0, 80.0), (97.0, 66.0, 66.0), (0, 0, 1), 30, distance / 3, True)
    seen = View.of(camera, (64, 48))
    levels = []
    own = ProjectionCaster._bricks

    def bricks(caster, pyramid, volume, view, _):
        found = own(caster, pyramid, volume, view, 0)  # also extremes of the level whose voxels are a pixel
        levels.extend(found.levels)
        return found

    monkeypatch.setattr(ProjectionCaster, "_bricks", bricks)
    memory = cast(pool, shown(mode), MemoryVolume(ball, stored.world_from_voxel), seen, quality=FINAL)
    store = cast(pool, shown(mode), stored, seen, quality=FINAL, budget_bytes=LEAST)
    assert min(levels) > 0
    assert np.array_equal(memory.light, store.light)


@pytest.mark.parametrize("mode", MODES)
def test_surfaces_stop_rays_through_stores(pool, ball, stored, mode):
    seen = view_around(ball.shape, size=(90, 70))
    rng = np.random.default_rng(2)
    depths = np.where(rng.random((70, 90, 4)) < 0.7, rng.uniform(300, 560, (70, 90, 4)), np.inf).astype(np.float32)
    depths[:, :30] = np.inf
    memory = cast(pool, shown(mode), MemoryVolume(ball, stored.world_from_voxel), seen, depths)
    store = cast(pool, shown(mode), stored, seen, depths, budget_bytes=LEAST)
    assert np.array_equal(memory.light, store.light)
    assert np.array_equal(memory.stopped, store.stopped)
    assert store.stopped.max() > 0


@pytest.mark.parametrize("mode", MODES)
def test_from_within_levels_mix_and_means_stay(pool, ball, stored, mode):
    seen = view((185.0, 66.0, 66.0), (20.0, 60.0, 60.0), angle=70, size=(64, 48))
    finest = picture(pool, cast(pool, shown(mode), stored, seen), seen).astype(int)
    caster, stores = caster_of(pool, Quality(error_px=1.5))
    mixed = picture(pool, caster.march(part_of(shown(mode), stored), shown(mode), seen), seen).astype(int)
    assert np.abs(mixed - finest).mean() < (3 if mode == "average" else 30)
    (held,) = stores._held.values()
    level_of = [held.resident.first.place(int(number))[0] for number in held.resident.number_in if number >= 0]
    assert len(set(level_of)) > 1


def test_rays_do_not_depend_on_what_memory_holds_or_on_threads(ball, stored):
    seen, other = view_around(ball.shape, size=(90, 70)), view((300.0, 20.0, 40.0), (97.0, 66.0, 66.0))
    for mode in MODES:
        found = []
        for threads in (1, 3):
            with Pool(threads) as pool:
                caster, _ = caster_of(pool, budget_bytes=2 * LEAST)
                for one in (seen, other, seen):
                    found.append(caster.march(part_of(shown(mode), stored), shown(mode), one).light)
        assert np.array_equal(found[0], found[2])
        assert np.array_equal(found[0], found[3])
        assert np.array_equal(found[0], found[5])


@pytest.mark.parametrize("mode", ["maximum", "minimum"])
def test_bricks_that_cannot_exceed_what_rays_have_are_not_read(pool, tmp_path, mode):
    rng = np.random.default_rng(1)
    array = rng.integers(50, 100, (64, 64, 64 * 40)).astype(np.uint8)
    array[..., 64 * 20 :][..., :64] = rng.integers(150, 200, (64, 64, 64))
    array = array if mode == "maximum" else 255 - array
    store = open_store(store_of(array, tmp_path))
    seen = View.of(Camera((-400, 31.5, 31.5), (0, 31.5, 31.5), (0, 0, 1), 30, 25.0, True), (60, 60))
    caster, _ = caster_of(pool)
    light = caster.march(part_of(shown(mode), store), shown(mode), seen).light
    assert 0 < store.pyramid.store.reads.bricks <= 5 < store.pyramid.levels[0].count
    assert np.array_equal(light, cast(pool, shown(mode), MemoryVolume(array, np.eye(4)), seen).light)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_value_exceeds_what_is_known_of_its_brick(tmp_path, dtype, sign):
    rng = np.random.default_rng(3)
    array = rng.normal(0, 300, (70, 140, 130)).clip(-2000, 2000)
    array *= np.repeat([1.0, 0.02, 5], [64, 64, 12])[None, :, None]
    array = (array - (0 if dtype != "uint8" else array.min())).astype(dtype)
    store = open_store(store_of(array, tmp_path))
    bounds = largest_values(((store.pyramid, 1.0),), sign)
    halo = np.pad(array, [(1, 64 * -(-n // 64) - n + 1) for n in array.shape], "edge").astype(float)
    tightest = []
    for number in range(store.pyramid.levels[0].count):
        _, place = store.pyramid.place(number)
        own = halo[tuple(slice(64 * k, 64 * k + 66) for k in place)]
        largest = (sign * own).max() - sign * store.pyramid.offset
        assert bounds[number] >= largest
        tightest.append(bounds[number] - largest)
    assert np.median(tightest) <= (array.max() - array.min()) / 100


def test_channels_of_a_store_are_projected_and_composited_together_within_the_budget(ball, tmp_path):
    arrays = [ball, np.ascontiguousarray(ball[::-1, :, ::-1]), np.ascontiguousarray(ball[:, ::-1])]
    held = [MemoryVolume(array, np.eye(4)) for array in arrays]
    image = Channels("three", tuple(Channel(name, one) for name, one in zip("abc", held, strict=True)))
    opened = [channel.data for channel in open_store(store_of(image, tmp_path)).channels]
    looks = [
        replace(shown("maximum", mix="add"), name="a", data=DataReference("a")),
        replace(shown("average", ((0, 0), (255, 0.5)), mix="add"), name="b", data=DataReference("b")),
        replace(look(unit_distance=90.0), name="c", data=DataReference("c")),
    ]
    camera = Camera((400.0, 160.0, 200.0), (97.0, 66.0, 66.0), (0, 0, 1), 30, 1.0)
    frame = Frame((90, 70), (0, 0, 0.1), (Panel(camera, tuple(looks)),))
    pictures = []
    for volumes, budget_bytes in ((held, PLENTY), (opened, 4 * 3 * LEAST // 3 * 2)):
        data = dict(zip("abc", volumes, strict=True))
        prints = {name: volume.fingerprint() for name, volume in data.items()}
        with Renderer(data, prints, FINEST, budget_bytes, threads=2) as renderer:
            renderer.expect([frame])
            pictures += [renderer.draw(frame), renderer.draw(frame)]
    assert all(np.array_equal(pictures[0], other) for other in pictures[1:])
    assert len(np.unique(pictures[0])) > 50
