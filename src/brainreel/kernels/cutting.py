"""Bricks cut out of a band of rows, some side by side at once, and pasted into one.

A band is 64 rows high and may be longer than memory is close: what lies there side by side is moved together, 64 bytes
at a time. All arrays are bytes, whatever the voxels.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import kernel
from brainreel.kernels.lanes.memory import BLOCK

u64 = np.uint64


@kernel
def cut(band, start, pitches, extent, item, count, bricks):
    """Copy `count` bricks that lie side by side from byte `start` of a `band` on, one after the other, into `bricks`.

    `pitches` (z, y): bytes from a slice and a row to the next; `extent` (z, y, x): how many voxels, of `item` bytes,
    the band has from there on, of the last brick at least one. Beyond its ends the nearest voxel is repeated.
    """
    deep, high, wide = extent
    run = SIZE * item
    whole = min(count, wide // SIZE)
    for z in range(SIZE):
        for y in range(SIZE):
            source = start + min(z, deep - 1) * pitches[0] + min(y, high - 1) * pitches[1]
            target = (z * SIZE + y) * run
            for k in range(whole):
                for at in range(0, run, BLOCK):
                    L.store_block(
                        bricks, target + k * SIZE * SIZE * run + at, L.load_block(band, source + k * run + at)
                    )
            if whole < count:
                _copy_end(
                    band,
                    source + whole * run,
                    (wide - whole * SIZE) * item,
                    item,
                    bricks,
                    target + whole * SIZE * SIZE * run,
                )


@kernel
def _copy_end(band, source, there, item, bricks, target):
    """A row of a brick of which the band has but some bytes."""
    for at in range(there):
        bricks[target + at] = band[source + at]
    for at in range(there, SIZE * item):
        bricks[target + at] = bricks[target + at - item]
