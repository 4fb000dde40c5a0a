"""The end of a conversion: what is known of all bricks, as arrays beside the image."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import ZstdCodec

from brainreel.kernels import describing
from brainreel.kernels.pool import Pool
from brainreel.store.describing import MASK_BYTES
from brainreel.store.metadata import OURS
from brainreel.store.plan import Plan
from brainreel.store.records import Records
from brainreel.work import Cancelled, stop_if

ROWS = 16
"""Rows of bricks in a chunk of these arrays."""

_CODEC = ZstdCodec(level=3, checksum=True)


def write_descriptions(folder: Path, plan: Plan, records: Records, pool: Pool, cancelled: Cancelled) -> str:
    """Write the group `brainreel` and return the digest of all voxels, which names the store's content.

    By level, of every brick: `extremes` (.., 2), `occupied` (.., 32) bits of the bins that interpolation can give in
    it and up to its neighbours, `checksums` (..,) of the packed bricks, 0 where there is none.
    """
    group = zarr.open_group(folder / OURS, mode="w", zarr_format=3)
    every = []
    for level in range(len(plan.layout.levels)):
        for plane in plan.layout.planes():
            stop_if(cancelled)
            found = {name: records.bands(name, plane, level) for name in ("checksums", "extremes")}
            found["occupied"] = _joined(records, plane, level, pool)
            every.append(found["checksums"])
            for name, values in found.items():
                _array(group, f"{level}/{name}", plan.layout.leading, values.shape, values.dtype)[plane] = values
    volume = plan.image.volumes[0]
    shape = [*plan.layout.leading, *volume.shape]
    return digest_of(shape, plan.layout.dtype, volume.world_from_voxel, every)


def digest_of(shape: list[int], dtype: np.dtype, world_from_voxel: NDArray, checksums: Iterable[NDArray]) -> str:
    """A hex digest of a store's content, from the `checksums` of each level and of each plane in it."""
    digest = hashlib.blake2b(digest_size=16)
    place = np.asarray(world_from_voxel, float).tolist()
    digest.update(json.dumps({"shape": shape, "dtype": dtype.name, "place": place}).encode())
    for one in checksums:
        digest.update(one.tobytes())
    return digest.hexdigest()


def checksums_of(group: zarr.Group, level: int, plane: tuple[int, ...]) -> NDArray:
    """The checksums of the bricks of a level (z, y, x), in the group that `write_descriptions` made."""
    array = group[f"{level}/checksums"]
    assert isinstance(array, zarr.Array)  # written before
    return np.asarray(array[plane])


def _joined(records: Records, plane: tuple[int, ...], level: int, pool: Pool) -> NDArray[np.uint8]:
    """The bins that can come in each brick, those between it and its neighbours included."""
    faces = records.bands("faces", plane, level)
    grid = faces.shape[:3]
    masks = records.bands("occupied", plane, level).reshape(-1, MASK_BYTES)
    joined = np.empty_like(masks)
    pool.run(describing.join_faces, len(masks), grid, faces.reshape(-1, 6, 2), masks, joined, chunk=256)
    return joined.reshape(*grid, MASK_BYTES)


def _array(
    group: zarr.Group, name: str, leading: tuple[int, ...], shape: tuple[int, ...], dtype: np.dtype
) -> zarr.Array:
    """The array of that name, `shape` (z, y, x, ...) for each of the `leading` planes; made where it is not there."""
    if name not in group:
        chunks = (*(1 for _ in leading), shape[0], min(ROWS, shape[1]), *shape[2:])
        whole = (*leading, *shape)
        group.create_array(
            name, shape=whole, chunks=chunks, dtype=dtype, compressors=_CODEC, config={"write_empty_chunks": True}
        )  # what is lost is missed
    array = group[name]
    assert isinstance(array, zarr.Array)  # just made
    return array
