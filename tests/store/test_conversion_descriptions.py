"""What is kept beside the voxels: ranges, bins, checksums, spreads."""

import google_crc32c
import numpy as np
import pytest
import zarr
from scipy.ndimage import map_coordinates

from brainreel.store.metadata import read_ours
from contracts.conversions import levels_in, store_of

BINS = 256


def described(store, level, name):
    return np.asarray(zarr.open_group(store, mode="r")[f"brainreel/{level}/{name}"])


def bins_of(store, values):
    """The bin of each value, as the metadata say."""
    said = read_ours(store)
    return np.clip(np.floor((values - said["first_bin"]) * said["bins_per_value"]), 0, BINS - 1).astype(int)


def cloudy(dtype, shape, seed):
    """Bricks of different ranges, with places where several of them meet."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, [-(-n // 64) for n in shape]) * (rng.random([-(-n // 64) for n in shape]) < 0.7)
    array = np.kron(coarse, np.ones((64, 64, 64)))[tuple(slice(0, n) for n in shape)]
    array = array + (array > 0) * rng.integers(0, 5, shape)
    if np.dtype(dtype).kind == "f":
        array[rng.random(shape) < 1e-4] = np.nan
        return (array * 1.7 - 31).astype(dtype)
    return (array - 100).astype(dtype) if np.dtype(dtype).kind == "i" else array.astype(dtype)


def places_in_cells(rng, grid, count):
    """Random places (3, count) in random bricks' cells [-0.5, 63.5), most near faces, edges and corners."""
    bricks = np.stack([rng.integers(0, n, count) for n in grid])
    inside = np.where(rng.random((3, count)) < 0.4, rng.uniform(0, 63, (3, count)), 0)
    edges = np.where(rng.random((3, count)) < 0.5, -0.5 + rng.random((3, count)) * 0.6, 63.5 - rng.random((3, count)))
    within = np.where(inside > 0, inside, np.minimum(edges, np.nextafter(63.5, 0)))
    return bricks, bricks * 64 + within


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "float32"])
@pytest.mark.parametrize("shape", [(130, 190, 129), (1, 200, 200), (64, 65, 300)])
def test_whatever_interpolation_can_give_in_a_brick_is_marked(tmp_path, dtype, shape):
    array = cloudy(dtype, shape, 3)
    store = store_of(array, tmp_path, spacing=(3, 1, 2))
    rng = np.random.default_rng(0)
    for level, voxels in enumerate(levels_in(store)):
        masks = described(store, level, "occupied")
        bricks, places = places_in_cells(rng, masks.shape[:3], 60000)
        keep = (places <= np.array(voxels.shape)[:, None] - 0.5).all(0)
        bricks, places = bricks[:, keep], places[:, keep]
        values = map_coordinates(voxels.astype(float), places, order=1, mode="nearest")
        known = ~np.isnan(values)
        bins = bins_of(store, values[known].round(6))  # the reference's own rounding is not meant
        z, y, x = bricks[:, known]
        assert (masks[z, y, x, bins // 8] >> (bins % 8) & 1).all()


def test_no_more_is_marked_than_neighbours_can_give(tmp_path):
    array = np.zeros((64, 64, 64 * 5), np.uint8)
    array[:, :, :128] = 9
    array[:, :, 64:128:3] = 200
    masks = described(store_of(array, tmp_path), 0, "occupied")[0, 0]
    marked = [np.flatnonzero(np.unpackbits(mask, bitorder="little")) for mask in masks]
    assert [(bins[0], bins[-1], len(bins)) for bins in marked] == [
        (9, 200, 192), (0, 200, 201), (0, 200, 201), (0, 0, 1), (0, 0, 1)
    ]  # fmt: skip


def test_endless_values_and_those_far_beyond_the_bins_are_marked_in_the_outermost(tmp_path):
    array = np.full((64, 64, 200), 5, np.float32)
    array[::7, ::5, 130:] = np.random.default_rng(0).random((10, 13, 70))
    array[3, 3, 3], array[3, 3, 68], array[9, 9, 9], array[9, 9, 70] = np.inf, -np.inf, 3e38, -3e38
    masks = described(store_of(array, tmp_path), 0, "occupied")[0, 0]
    first_has, last_has = masks[..., 0] & 1, masks[..., -1] >> 7 & 1
    assert last_has[0]
    assert first_has[1]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_extremes_are_those_of_each_brick(tmp_path, dtype):
    array = cloudy(dtype, (100, 130, 129), 5)
    store = store_of(array, tmp_path)
    for level, voxels in enumerate(levels_in(store)):
        found = described(store, level, "extremes")
        for z, y, x in np.ndindex(found.shape[:3]):
            brick = voxels[z * 64 : z * 64 + 64, y * 64 : y * 64 + 64, x * 64 : x * 64 + 64]
            assert found[z, y, x].tolist() == [np.nanmin(brick), np.nanmax(brick)]


def test_a_brick_of_nan_alone_has_its_extremes_the_wrong_way_round_and_no_bins(tmp_path):
    array = np.ones((64, 64, 200), np.float32)
    array[:, :, 64:128] = np.nan
    store = store_of(array, tmp_path)
    assert described(store, 0, "extremes")[0, 0, 1].tolist() == [np.inf, -np.inf]
    assert np.isnan(levels_in(store)[0][:, :, 64:128]).all()
    assert not described(store, 0, "occupied")[0, 0, 1].any()


@pytest.mark.parametrize("codec", ["zstd", "none"])
def test_checksums_are_those_of_the_packed_chunks_and_zero_where_there_is_none(tmp_path, codec):
    array = np.zeros((64, 64, 64 * 40), np.uint8)
    array[:, :, 64 * 33 + 5] = 7
    store = store_of(array, tmp_path, codec=codec)
    checksums = described(store, 0, "checksums")[0, 0]
    assert np.flatnonzero(checksums).tolist() == [33]
    assert not (store / "0/c/0/0/0").exists()
    shard = (store / "0/c/0/0/1").read_bytes()
    count = (len(shard[-4 - 32 * 16 :]) - 4) // 16
    index = np.frombuffer(shard[-4 - count * 16 : -4], "<u8").reshape(-1, 2)
    offset, length = index[1].tolist()
    assert google_crc32c.value(shard[offset : offset + length - 4]) == checksums[33]
    assert (index[[0, *range(2, count)]] == 2**64 - 1).all()


def test_a_level_knows_how_the_values_that_it_averages_spread(tmp_path):
    array = np.zeros((128, 128, 128), np.uint8)
    array[::2] = 254
    rows = described(store_of(array, tmp_path), 1, "spread")
    assert rows.sum(1) == pytest.approx(np.ones(256), abs=1e-5)
    around = rows[127, :255].reshape(15, 17).sum(1)  # between the slices every value comes
    assert around.min() > 0.6 / 15
    assert around.max() < 1.6 / 15


def test_what_was_asked_to_be_no_mean_has_no_spread(tmp_path):
    store = store_of(np.arange(128**3, dtype=np.uint8).reshape(128, 128, 128), tmp_path, reduction="max")
    with pytest.raises(KeyError):
        described(store, 1, "spread")
