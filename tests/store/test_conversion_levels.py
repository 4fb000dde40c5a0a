"""Levels against NumPy, for every type and every way to reduce."""

import numpy as np
import pytest

from brainreel.store.metadata import read_ours
from contracts.conversions import levels_expected, levels_in, store_of

SHAPES = [(70, 133, 65), (1, 130, 200), (130, 1, 100), (66, 129, 1), (5, 7, 3), (64, 64, 128), (1, 1, 300)]
WHOLE = ["uint8", "int8", "uint16", "int16", "int32", "uint32"]


def mean(groups):
    if groups.dtype.kind == "f":
        count = np.isfinite(groups).sum(-1)
        return (np.nansum(groups.astype(float), -1) / np.where(count, count, np.nan)).astype(groups.dtype)
    return np.rint(groups.mean(-1, dtype=float)).astype(groups.dtype)  # NumPy's rint is half to even


def most_frequent(groups):
    ordered = np.sort(groups, -1)
    counts = (ordered[..., :, None] == ordered[..., None, :]).sum(-1)
    last_best = counts.shape[-1] - 1 - np.argmax(counts[..., ::-1], -1)
    return np.take_along_axis(ordered, last_best[..., None], -1)[..., 0]


def greatest(groups):
    with np.errstate(invalid="ignore"):
        return np.fmax.reduce(groups, -1)


def first(groups):
    return groups[..., 0]


def noise(dtype, shape, seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        array = rng.normal(1e3, 1e5, shape).astype(dtype)
        array[rng.random(shape) < 0.2] = np.nan
        array[: shape[0] // 2 + 1, : shape[1] // 2, : shape[2] // 2] = np.nan
        return array
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


def assert_levels(store, array, reduce, exactly=True):
    expected = levels_expected(array, read_ours(store)["factors"], reduce)
    found = levels_in(store)
    assert len(found) == len(expected) > 0
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        if exactly:
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), f"level {number}"
        else:
            np.testing.assert_allclose(one, other, rtol=1e-6, err_msg=f"level {number}")


@pytest.mark.parametrize("dtype", WHOLE)
def test_levels_are_means_rounded_half_to_even(tmp_path, dtype):
    array = noise(dtype, (70, 133, 65))
    assert_levels(store_of(array, tmp_path), array, mean)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_means_of_real_numbers_pass_over_nan(tmp_path, dtype):
    array = noise(dtype, (70, 133, 65))
    assert_levels(store_of(array, tmp_path), array, mean, exactly=False)


def test_truth_values_and_half_floats_are_stored_as_what_holds_them(tmp_path):
    flags = np.random.default_rng(0).random((70, 66, 65)) < 0.5
    assert_levels(store_of(flags, tmp_path / "a"), flags.astype(np.uint8), mean)
    halves = np.random.default_rng(0).random((70, 66, 65)).astype(np.float16)
    assert_levels(store_of(halves, tmp_path / "b"), halves.astype(np.float32), mean, exactly=False)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("spacing", [(1, 1, 1), (40, 1, 3)])
def test_shapes_and_spacings_of_all_kinds_come_back(tmp_path, shape, spacing):
    array = noise(np.uint8, shape)
    assert_levels(store_of(array, tmp_path, spacing=spacing), array, mean)


@pytest.mark.parametrize(("name", "reduce"), [("max", greatest), ("mode", most_frequent), ("nearest", first)])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_other_reductions_are_numpys(tmp_path, name, reduce, dtype):
    array = noise(dtype, (70, 133, 65))
    if name == "mode":
        array = (noise(np.uint8, array.shape) % 5).astype(dtype)  # labels, many alike
    assert_levels(store_of(array, tmp_path, reduction=name), array, reduce)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_directions_are_averaged_as_axes_that_repeat(tmp_path, dtype):
    rng = np.random.default_rng(1)
    array = (rng.normal(0, 12, (66, 70, 65)) % 180).astype(dtype)  # around 0, which is 180
    store = store_of(array, tmp_path, reduction="angle:180")

    def mean_axis(groups):
        total = np.exp(1j * np.deg2rad(groups.astype(float)) * 2).sum(-1)
        return np.rad2deg(np.angle(total)) / 2 % 180

    factors = read_ours(store)["factors"]
    found = levels_in(store)
    for level in range(1, len(found)):
        below = levels_expected(found[level - 1], factors[level - 1 : level + 1], mean_axis)[1]
        apart = np.abs((found[level].astype(float) - below + 90) % 180 - 90)
        assert apart.max() < (0.5001 if dtype == "uint8" else 1e-3)
        assert found[level].min() >= 0
        assert found[level].max() < 180
    assert np.abs((found[1].astype(float) + 90) % 180 - 90).mean() < 20  # a plain mean would give 90


@pytest.mark.parametrize("codec", ["zstd", "lz4", "none"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64"])
def test_every_codec_gives_the_voxels_back(tmp_path, codec, dtype):
    array = noise(dtype, (66, 70, 129))
    array[:, :, 64:128] = 0
    store = store_of(array, tmp_path, codec=codec)
    assert_levels(store, array, mean, exactly=np.dtype(dtype).kind != "f")
