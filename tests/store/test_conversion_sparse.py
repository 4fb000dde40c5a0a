"""Of a stack that is nearly empty only what is tissue is packed and stored."""

from dataclasses import replace

import numpy as np

from brainreel.store.conversion import convert
from brainreel.store.levels import SIZE
from contracts.conversions import files_of, levels_in, plan_of


def test_two_percent_of_tissue_take_two_percent_of_the_space_and_of_the_packing(tmp_path):
    shape = 192, 384, 448
    tissue = np.random.default_rng(0).integers(1, 255, shape).astype(np.uint8)
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    inside = (z - 80) ** 2 + (y - 150) ** 2 + (x - 201) ** 2 < 54**2
    assert 0.018 < inside.mean() < 0.022
    made = {}
    for name, array in (("full", tissue), ("sparse", np.where(inside, tissue, 0).astype(np.uint8))):
        plan, packed = plan_of(array), []

        def encode(brick, pack=plan.codec.encode, packed=packed):
            packed.append(brick.any())
            return pack(brick)

        convert(replace(plan, codec=replace(plan.codec, encode=encode)), tmp_path / f"{name}.ome.zarr", 2)
        made[name] = sum(map(len, files_of(tmp_path / f"{name}.ome.zarr").values())), packed
    levels = levels_in(tmp_path / "sparse.ome.zarr")
    bricks = [
        level[z : z + SIZE, y : y + SIZE, x : x + SIZE].any()
        for level in levels
        for z, y, x in np.ndindex(level.shape)
        if not (z % SIZE or y % SIZE or x % SIZE)
    ]
    (full_bytes, _), (sparse_bytes, packed) = made["full"], made["sparse"]
    assert all(packed)
    assert len(packed) == sum(bricks) < len(bricks) / 2
    assert sparse_bytes < 0.035 * full_bytes
