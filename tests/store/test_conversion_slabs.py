"""Volumes whose bands do not fit into the budget are made in slabs and several passes, or are unpacked first."""

import numpy as np
import pytest
import tifffile

from brainreel.data import Channel, Channels
from brainreel.errors import MemoryBudgetError
from brainreel.formats import ReadOptions, open_data
from brainreel.store import plan
from brainreel.store.conversion import convert
from brainreel.store.metadata import read_ours
from brainreel.store.verification import verify
from contracts.conversions import files_of, levels_in, plan_of, store_of
from contracts.volumes import MemoryVolume


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(plan, "_PROCESS_BYTES", 0)


def described(store):
    return {name: content for name, content in files_of(store).items() if name.startswith("brainreel/")}


def passes(array, budget, **settings):
    return plan_of(array, budget=budget, **settings).passes


def least_budget(array, **settings):
    with pytest.raises(MemoryBudgetError) as refused:
        plan_of(array, budget=1, **settings)
    return int(str(refused.value).split("--budget ")[1].removesuffix("MB")) * 10**6


@pytest.mark.parametrize("spacing", [(1, 1, 1), (3, 1, 1)])
def test_voxels_and_descriptions_are_those_of_one_slab(tmp_path, small, spacing):
    array = np.random.default_rng(0).integers(0, 99, (64 * 9 + 5, 70, 500)).astype(np.uint8)
    least = least_budget(array, spacing=spacing)
    whole = store_of(array, tmp_path / "whole", spacing=spacing)
    counts = set()
    for k, budget in enumerate((least, least + 12 * 10**6)):
        made = passes(array, budget, spacing=spacing)
        counts.add((len(made), len(made[0].slabs)))
        store = store_of(array, tmp_path / str(k), spacing=spacing, budget=budget)
        for one, other in zip(levels_in(store), levels_in(whole), strict=True):
            assert np.array_equal(one, other)
        assert described(store) == described(whole)
        assert read_ours(store) == read_ours(whole)
        assert not verify(store, 2).damage
    assert max(counts) > (1, 2)  # several slabs, more than one pass


def test_channels_are_made_in_slabs_one_after_the_other(tmp_path, small):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 99, (64 * 5, 66, 900)).astype(np.uint8) for _ in range(2)]
    image = Channels("two", tuple(Channel(f"c{k}", MemoryVolume(one, np.eye(4))) for k, one in enumerate(arrays)))
    store = store_of(image, tmp_path, budget=least_budget(image))
    for k, array in enumerate(arrays):
        assert np.array_equal(levels_in(store, (k,))[0], array)
    assert described(store) == described(store_of(image, tmp_path / "whole"))


def test_a_budget_below_the_least_is_refused_with_the_least(small):
    array = np.zeros((64 * 4, 66, 900), np.uint8)
    least = least_budget(array)
    for budget in (1, least // 2, least - 10**6):
        with pytest.raises(MemoryBudgetError, match=f"--budget {least // 10**6}MB"):
            plan_of(array, budget=budget)
    assert len(passes(array, least)[0].slabs) > 1


@pytest.mark.parametrize(("height", "tile", "spills"), [(1100, 256, True), (1100, 128, False), (1100, 64, False)])
def test_tiles_that_reach_over_many_bands_are_unpacked_once(tmp_path, height, tile, spills):
    array = np.random.default_rng(0).integers(0, 9, (3, height, 96)).astype(np.uint8)
    folder = tmp_path / "slices"
    folder.mkdir()
    for k, plane in enumerate(array):
        tifffile.imwrite(folder / f"{k}.tif", plane, compression="zlib", tile=(tile, 32))
    opened = open_data(folder, ReadOptions(spacing=(1, 1, 1)))
    planned = plan_of(opened)
    assert planned.spills == spills
    convert(planned, tmp_path / "a.ome.zarr", 2)
    assert np.array_equal(levels_in(tmp_path / "a.ome.zarr")[0], array)
