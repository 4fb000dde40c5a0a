"""Conversions of arrays in memory, and levels as NumPy makes them."""

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray

from brainreel.store.conversion import convert
from brainreel.store.metadata import read_ours
from brainreel.store.plan import image_of, plan_conversion
from contracts.volumes import MemoryVolume

PLENTY = 4 << 30


def plan_of(array, spacing=(1, 1, 1), codec="zstd", reduction="mean", budget=PLENTY, threads=2, world=None):
    """The plan to convert `array` (z, y, x), or an opened image, with voxels `spacing` (z, y, x) mm."""
    world = np.diag([*spacing[::-1], 1.0]) if world is None else world
    opened = MemoryVolume(array, world) if isinstance(array, np.ndarray) else array
    return plan_conversion(image_of(opened), codec, reduction, budget, threads)


def store_of(array, folder: Path, threads=2, **settings) -> Path:
    """The store of `array`."""
    folder.mkdir(exist_ok=True)
    output = folder / "made.ome.zarr"
    convert(plan_of(array, threads=threads, **settings), output, threads)
    return output


def levels_in(store: Path, plane: tuple[int, ...] = ()) -> list[NDArray]:
    """All levels as zarr-python reads them."""
    group = zarr.open_group(store, mode="r")
    return [np.asarray(group[str(k)][plane]) for k in range(len(read_ours(store)["factors"]))]


def levels_expected(array: NDArray, factors, reduce) -> list[NDArray]:
    """Every level from the one before, by `reduce`, which takes groups (z, y, x, members)."""
    levels = [array]
    for before, after in pairwise(factors):
        levels.append(reduce(groups(levels[-1], [b // a for a, b in zip(before, after, strict=True)])))
    return levels


def groups(array: NDArray, ratio) -> NDArray:
    """The voxels that become one, the nearest repeated where there are too few, in C order."""
    padded = np.pad(array, [(0, -n % r) for n, r in zip(array.shape, ratio, strict=True)], "edge")
    z, y, x = ratio
    return np.stack([padded[i::z, j::y, k::x] for i, j, k in product(range(z), range(y), range(x))], -1)


def files_of(store: Path) -> dict[str, bytes]:
    """All files of a store by their paths in it."""
    return {str(file.relative_to(store)): file.read_bytes() for file in sorted(store.rglob("*")) if file.is_file()}
