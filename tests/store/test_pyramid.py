import subprocess
import sys

import numpy as np
import pytest

from brainreel.errors import MemoryBudgetError
from brainreel.store.cache import PyramidCache
from brainreel.store.levels import plan_levels
from brainreel.store.pyramid import build_pyramid, bytes_needed
from contracts.volumes import MemoryVolume


def level_array(pyramid, index):
    """A level put together from its bricks, without their halo."""
    level, halo = pyramid.levels[index], pyramid.halo
    side = 64 + 2 * halo
    out = np.empty([n * 64 for n in level.grid], pyramid.pool.dtype)
    for number, (x, y, z) in enumerate(level.places()):
        begin = (level.first + number) * side**3
        cube = pyramid.pool[begin : begin + side**3].reshape(side, side, side)
        inner = slice(halo, halo + 64)
        out[z * 64 : z * 64 + 64, y * 64 : y * 64 + 64, x * 64 : x * 64 + 64] = cube[inner, inner, inner]
    return out[tuple(slice(0, n) for n in level.shape)]


@pytest.mark.parametrize("halo", [1, 2])
def test_levels_are_means_of_the_voxels_below(pool, halo):
    array = np.random.default_rng(0).integers(0, 255, (150, 70, 66)).astype(np.uint8)
    pyramid = build_pyramid(MemoryVolume(array), halo, pool)
    assert [level.shape for level in pyramid.levels] == [(150, 70, 66), (75, 35, 33), (38, 18, 17)]
    assert np.array_equal(level_array(pyramid, 0), array)
    means = np.rint(array.reshape(75, 2, 35, 2, 33, 2).mean((1, 3, 5)))
    assert np.array_equal(level_array(pyramid, 1), means)
    padded = np.pad(means, ((0, 1), (0, 1), (0, 1)), "edge").reshape(38, 2, 18, 2, 17, 2)
    assert np.array_equal(level_array(pyramid, 2), np.rint(padded.mean((1, 3, 5))))


def test_a_source_is_read_once_in_ascending_z(pool):
    volume = MemoryVolume(np.zeros((150, 40, 50), np.uint8))
    build_pyramid(volume, 1, pool)
    starts = [region[0].start for region in volume.reads]
    stops = [region[0].stop for region in volume.reads]
    assert starts == [0, *stops[:-1]]
    assert stops[-1] == 150


def test_long_volumes_pass_single_rows_from_level_to_level(pool):
    array = np.arange(64 * 37, dtype=np.uint16).repeat(4).reshape(-1, 2, 2)
    pyramid = build_pyramid(MemoryVolume(array), 1, pool)
    assert pyramid.levels[-1].shape == (37, 1, 1)
    for index, level in enumerate(pyramid.levels):
        expected = (np.arange(level.shape[0]) + 0.5) * 2**index - 0.5
        assert np.abs(level_array(pyramid, index)[:, 0, 0] - expected).max() <= 0.5 * index


def test_only_axes_finer_than_two_thirds_of_the_coarsest_are_halved_until_voxels_are_nearly_cubes():
    levels = plan_levels((234, 4096, 4096), (1.0, 1.0, 40.0))
    assert [level.factors[0] for level in levels] == [1, 1, 1, 1, 1, 1, 2, 4]
    assert [level.factors[2] for level in levels] == [1, 2, 4, 8, 16, 32, 64, 128]


@pytest.mark.parametrize(
    ("dtype", "stored", "values"),
    [
        (np.int16, np.uint16, [-32768, -5, 0, 32767]),
        (np.int8, np.uint8, [-128, 0, 127]),
        (np.float64, np.float32, [-1e6, 0.25]),
        (np.int32, np.float32, [-70000, 70000]),
        (bool, np.uint8, [0, 1]),
    ],
)
def test_bricks_hold_few_types_and_an_offset_gives_the_value_back(pool, dtype, stored, values):
    array = np.resize(np.array(values), (4, 4, 4)).astype(dtype)
    pyramid = build_pyramid(MemoryVolume(array), 1, pool)
    assert pyramid.pool.dtype == stored
    assert np.array_equal(level_array(pyramid, 0) + pyramid.offset, array.astype(float))
    assert pyramid.extent == (min(values) - pyramid.offset, max(values) - pyramid.offset)


def test_what_is_not_finite_is_kept_out_of_all_ranges(pool):
    array = np.full((4, 4, 4), 3, np.float32)
    array[0, 0, :3] = np.nan, np.inf, -np.inf
    pyramid = build_pyramid(MemoryVolume(array), 1, pool)
    assert pyramid.extent == (3, 3)
    assert np.isnan(level_array(pyramid, 0)[0, 0, :3]).all()


def test_histograms_of_coarse_bricks_know_the_values_below(pool):
    array = np.zeros((128, 128, 130), np.uint8)
    array[::2] = 254
    pyramid = build_pyramid(MemoryVolume(array), 1, pool)
    top = pyramid.levels[-1].first
    fine, coarse = (counts[top] / counts[top].sum() for counts in (pyramid.fine_counts, pyramid.counts))
    assert fine == pytest.approx(np.full(256, 1 / 256), abs=1e-3)
    assert coarse[125:130].sum() == 1


def test_a_budget_that_cannot_hold_a_volume_is_refused_with_what_is_needed(pool):
    volume = MemoryVolume(np.zeros((64, 64, 64), np.uint8))
    needed = bytes_needed(volume.shape, (1, 1, 1), volume.dtype, 1)
    with pytest.raises(MemoryBudgetError, match=f"{needed / 1e6:.0f} MB"):
        PyramidCache(pool, needed - 1).get(volume, "a", 1)
    assert not volume.reads
    assert PyramidCache(pool, needed).get(volume, "a", 1).byte_count == needed


def test_a_cache_keeps_what_was_used_last(pool):
    volumes = {name: MemoryVolume(np.zeros((64, 64, 64), np.uint8)) for name in "abc"}
    cache = PyramidCache(pool, 2 * bytes_needed((64, 64, 64), (1, 1, 1), np.dtype(np.uint8), 1))
    for name in "abacab":
        cache.get(volumes[name], name, 1)
    assert [len(volumes[name].reads) for name in "abc"] == [2, 4, 2]


MEMORY = """
import numpy as np
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL
from contracts.volumes import look, view_around


class Lazy:
    name, unit, shape, dtype = "lazy", "mm", (EDGE,) * 3, np.dtype(np.uint8)
    world_from_voxel = np.eye(4)

    def read(self, region):
        z, y, x = (np.arange(part.start, part.stop).astype(np.uint8) for part in region)
        return np.ascontiguousarray((z[:, None, None] * 7) ^ (y[:, None] * 5) ^ (x * 3))


caster, out = VolumeCaster(Pool(2), FINAL, 4 << 30), np.empty((1080, 1920, 3), np.uint8)
peak = 0
from threading import Thread, Event
done = Event()


def watch():
    global peak
    while not done.wait(0.01):
        status = open("/proc/self/status").read()
        held = sum(int(l.split()[1]) for l in status.splitlines() if l.startswith(("RssAnon", "RssShmem")))
        peak = max(peak, held)


thread = Thread(target=watch, daemon=True)
thread.start()
caster.finish(caster.march(Lazy(), "lazy", look(), view_around(Lazy.shape, size=(1920, 1080))), (0, 0, 0), None, out)
done.set()
thread.join()
print(peak * 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_volume_takes_at_most_its_bricks_and_a_quarter_gigabyte(request):
    edge = 320
    run = [sys.executable, "-c", MEMORY.replace("EDGE", str(edge))]
    tests = request.config.rootpath / "tests"
    peak = int(subprocess.run(run, cwd=tests, capture_output=True, text=True, check=True, timeout=120).stdout)
    assert peak <= 1.6 * edge**3 + 250e6
