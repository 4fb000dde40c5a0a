"""How the values of level 0 spread around those of a coarser level, so that averaged voxels look as what they average.

A transfer function is not linear: the colour of a mean is not the mean of the colours. Where a coarse level has the
value v, level 0 has values spread around v; the mean of their colours is what v should look like at that level.
"""

from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray
from scipy import ndimage

from brainreel.kernels.pool import Pool
from brainreel.store.describing import BINS, Binning
from brainreel.store.finishing import checksums_of
from brainreel.store.layout import Layout
from brainreel.store.levels import SIZE, Triple
from brainreel.store.metadata import OURS
from brainreel.store.plan import Plan
from brainreel.store.reading import Bricks
from brainreel.work import Cancelled, stop_if

PAIRS = 96
"""Bricks that are compared with those of the level above, evenly spread."""

POINTS, MOST_POINTS = 4096, 1 << 16
"""Places in each at which both are looked at; the more the fewer bricks there are."""

PRIOR = 1
"""Points by which a value is taken to stay what it is, where few were seen."""

_TURNS = (0.8191725134, 0.6710436067, 0.5497004779)


def write_spreads(folder: Path, plan: Plan, pool: Pool, cancelled: Cancelled) -> None:
    """Write `spread` (.., BINS, BINS) of levels from 1 on beside their descriptions.

    Row v: how often interpolation in level 0 gives which bin where it gives v in the level. Levels that are no means
    have none: those were asked for as they are.
    """
    if plan.reduction.name != "mean":
        return
    group = zarr.open_group(folder / OURS, mode="a")
    for plane in plan.layout.planes():
        spread, bricks = np.eye(BINS), Bricks(folder, plan.layout, plan.codec, plane)
        for level in range(1, len(plan.layout.levels)):
            stop_if(cancelled)
            spread = _step(bricks, plan, checksums_of(group, level, plane), level, pool, cancelled) @ spread
            name, shape = f"{level}/spread", (*plan.layout.leading, BINS, BINS)
            if name not in group:
                chunks = (*(1 for _ in plan.layout.leading), BINS, BINS)
                group.create_array(name, shape=shape, chunks=chunks, dtype=np.float32)
            array = group[name]
            assert isinstance(array, zarr.Array)  # just made
            array[plane] = spread.astype(np.float32)


def _step(
    bricks: Bricks, plan: Plan, present: NDArray, level: int, pool: Pool, cancelled: Cancelled
) -> NDArray[np.float64]:
    """The same from a level to the one below it: rows that add up to 1."""
    places = _chosen(plan.layout, present, level)
    points = max(POINTS, min(MOST_POINTS, PAIRS * POINTS // max(len(places), 1)))
    inside = np.outer(np.arange(1, points + 1), _TURNS) % 1.0
    found = np.full((len(places), points), -1)

    def look(begin: int, end: int) -> None:
        for k in range(begin, end):
            coarse, fine = _pair(bricks, plan.layout, level, places[k], inside)
            rows, columns = (_bins(values, plan.binning) for values in (coarse, fine))
            known = np.isfinite(coarse) & np.isfinite(fine)
            found[k, known] = rows[known] * BINS + columns[known]

    pool.run(look, len(places), cancelled=cancelled)
    counts = np.bincount(found[found >= 0], minlength=BINS * BINS).reshape(BINS, BINS) + np.eye(BINS) * PRIOR
    return counts / counts.sum(1, keepdims=True)


def _chosen(layout: Layout, present: NDArray, level: int) -> NDArray[np.int64]:
    """Bricks (z, y, x) of the level below that a stored brick of `level` stands for."""
    fine, ratio = layout.levels[level - 1], _ratio(layout, level)
    inside = np.stack(np.unravel_index(np.arange(ratio.prod()), ratio), -1)
    below = (np.argwhere(present != 0)[:, None] * ratio + inside).reshape(-1, 3)
    below = below[(below < fine.grid).all(1)]
    return below[np.unique(np.linspace(0, len(below) - 1, min(PAIRS, len(below))).round().astype(int))]


def _pair(
    bricks: Bricks, layout: Layout, level: int, place: NDArray[np.int64], inside: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of `level` and of the one below at the same places `inside` (.., 3; 0 to 1) a brick of the latter."""
    ratio = _ratio(layout, level)
    parent = place // ratio
    below = layout.levels[level - 1]
    at = inside * (np.minimum(np.array(below.shape) - place * SIZE, SIZE) - 1)  # those that lie in the volume
    above = (place * SIZE + at + 0.5) / ratio - 0.5 - parent * SIZE
    return _values(bricks, level, parent, above), _values(bricks, level - 1, place, at)


def _ratio(layout: Layout, level: int) -> NDArray[np.int64]:
    """Voxels (z, y, x) of the level below to one of `level`."""
    return np.array(layout.levels[level].factors) // np.array(layout.levels[level - 1].factors)


def _values(bricks: Bricks, level: int, place: NDArray[np.int64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values between the voxels of a brick."""
    z, y, x = (int(k) for k in place)
    where: Triple = (z, y, x)
    brick = bricks.read(level, where).reshape(SIZE, SIZE, SIZE)
    return ndimage.map_coordinates(brick, at.T, np.float64, order=1, mode="nearest")


def _bins(values: NDArray[np.float64], binning: Binning) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):
        found = np.floor((values - binning.first) * binning.per_value)
    return np.clip(np.nan_to_num(found), 0, BINS - 1).astype(np.int64)
