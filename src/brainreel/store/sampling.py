"""A look at a few voxels of an image before it is converted: their range, how well they pack, how long that takes."""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.store.bands import rows_of
from brainreel.store.codecs import Codec, checksum
from brainreel.store.describing import Binning, Describer, Descriptions
from brainreel.store.levels import SIZE
from brainreel.store.reducing import Reduction

LAYERS, BANDS, COLUMNS = 4, 8, 16
"""Bricks along z, y and x that are looked at, evenly spread."""

SLICES = 4
"""Of the SIZE slices of each of them."""

PACKED_SLICES = 6
"""That are read at most of a volume whose slices are packed whole."""

VOLUMES = 3
TIMED = 24


@dataclass(frozen=True)
class Samples:
    """What some bricks say of all: `packed` of the bytes of voxels are left, `filled` of the bricks are not empty.

    `core_s`: seconds of one core to describe, reduce and pack a brick. `read_s`: seconds to unpack a voxel of the
    source where slices are packed whole.
    """

    binning: Binning
    packed: float
    filled: float
    core_s: float
    read_s: float


def look_at(volumes: Sequence[Volume], dtype: np.dtype, codec: Codec, reduction: Reduction) -> Samples:
    """Read some of `volumes`, in ascending z, and pack it as `dtype`."""
    chosen = [volumes[k] for k in _spread(len(volumes), VOLUMES)]
    looks = [_read(volume) for volume in chosen]
    bricks = [brick.astype(dtype, copy=False) for look in looks for brick in look.bricks]
    binning = Binning.of(dtype, *_range(bricks))
    weights = [weight for look in looks for weight in look.weights]
    frames = [codec.encode(np.ascontiguousarray(brick).ravel()) if brick.any() else b"" for brick in bricks]
    return Samples(
        binning,
        _total(map(len, frames), weights) / _total((brick.nbytes for brick in bricks), weights),
        sum(1 for frame in frames if frame) / len(frames),
        _time(bricks[:: max(1, len(bricks) // TIMED)], binning, codec, reduction),
        max(look.seconds / look.voxels for look in looks) if _is_packed(chosen[0]) else 0.0,
    )


@dataclass(frozen=True)
class _Look:
    """Thin bricks (z, y, x), how many slices one of theirs stands for, and what it took to read `voxels`."""

    bricks: list[NDArray]
    weights: list[float]
    voxels: int
    seconds: float


def _read(volume: Volume) -> _Look:
    """Some slices of some bricks, whole rows at a time; whole slices where they are packed so."""
    depth, height, width = volume.shape
    is_packed = _is_packed(volume)
    layers = _spread(-(-depth // SIZE), PACKED_SLICES // 2 if is_packed else LAYERS)
    columns = [x * SIZE for x in _spread(-(-width // SIZE), COLUMNS)]
    bands = [y * SIZE for y in _spread(-(-height // SIZE), BANDS)]
    bricks, weights, voxels, seconds = [], [], 0, 0.0
    for layer in layers:
        ends = layer * SIZE, min(layer * SIZE + SIZE, depth)
        slices = [ends[0] + z for z in _spread(ends[1] - ends[0], 2 if is_packed else SLICES)]
        for group in [bands] if is_packed else [[y] for y in bands]:
            rows = slice(0, height) if is_packed else slice(group[0], min(group[0] + SIZE, height))
            start = time.perf_counter()
            read = [volume.read((slice(z, z + 1), rows, slice(0, width))) for z in slices]
            seconds += time.perf_counter() - start
            voxels += sum(part.size for part in read)
            for y in group:
                part = slice(y - rows.start, y - rows.start + SIZE)
                bricks += [np.concatenate([one[:, part, x : x + SIZE] for one in read]) for x in columns]
                weights += [(ends[1] - ends[0]) / len(slices)] * len(columns)
    return _Look(bricks, weights, voxels, seconds)


def _total(sizes: Iterable[int], weights: list[float]) -> float:
    return sum(size * weight for size, weight in zip(sizes, weights, strict=True))


def _is_packed(volume: Volume) -> bool:
    """Whether any of a slice is read by unpacking all of it."""
    return rows_of(volume).together >= volume.shape[1] > SIZE


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` numbers: the middles of as many equal parts."""
    parts = min(count, most)
    return [int((k + 0.5) * count / parts) for k in range(parts)]


def _range(bricks: list[NDArray]) -> tuple[float, float]:
    """The least and the greatest value that is finite; 0 and 0 where there is none."""
    finite = [part for brick in bricks if (part := brick[np.isfinite(brick)]).size]
    return min((float(p.min()) for p in finite), default=0.0), max((float(p.max()) for p in finite), default=0.0)


def _time(bricks: list[NDArray], binning: Binning, codec: Codec, reduction: Reduction) -> float:
    """Seconds of one core a brick, of thin ones made thick."""
    dtype = bricks[0].dtype
    describer, reduce = Describer(dtype, binning), reduction.for_type(dtype)
    flat, coarse = np.empty((1, SIZE**3), dtype), np.empty((SIZE // 2,) * 3, dtype)
    best = math.inf
    for _ in range(2):  # the first compiles
        total = 0.0
        for brick in bricks:
            flat[:] = np.resize(brick, flat.shape)
            start = time.perf_counter()
            is_there = describer.describe(flat, Descriptions.empty(1, 1, dtype), 0, 0)
            reduce(flat, is_there, (2, 2, 2), coarse, (0, 0, 0))
            whole = time.perf_counter() - start
            thin = np.ascontiguousarray(brick).ravel()  # repeated voxels would pack too well
            start = time.perf_counter()
            if is_there[0]:
                checksum(codec.encode(thin))
            total += whole + (time.perf_counter() - start) * flat.size / thin.size
        best = min(best, total)
    return best / len(bricks)
