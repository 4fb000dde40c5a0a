"""What a conversion will do, before anything is written: levels, bins, slabs that fit into memory, bytes, time."""

import math
from dataclasses import dataclass

import numpy as np

from brainreel.data import Channel, Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError, MemoryBudgetError
from brainreel.space import axis_lengths
from brainreel.store.bands import rows_of
from brainreel.store.cascade import WAITING
from brainreel.store.codecs import Codec, codec_of
from brainreel.store.describing import Binning
from brainreel.store.layout import SHARD_DEPTH, SHARD_WIDTH, Layout
from brainreel.store.levels import SIZE, Level, Triple, plan_levels
from brainreel.store.reducing import Reduction
from brainreel.store.row_of_bricks import GROUP
from brainreel.store.sampling import Samples, look_at

BANDS_HELD = 2
_PROCESS_BYTES = 300 << 20
"""The interpreter, its libraries and compiled kernels."""

DISK_RATE = 400e6
"""Bytes a second that any disk of today moves that is no spinning one."""

CORE_RATE = 400e6
"""Bytes a second that a core converts of brain and background, and UNPACK_RATE those that it unpacks of gzip."""
UNPACK_RATE = 150e6

DESCRIBED_BYTES, RECORD_BYTES = 48, 64
"""A brick, described beside the image, and in the records while it works."""


@dataclass(frozen=True)
class Image:
    """What is converted: `volumes` of one grid and type, in C order of `leading`; names of the axes before z."""

    name: str
    volumes: tuple[Volume, ...]
    axes: str = ""
    leading: tuple[int, ...] = ()
    channels: tuple[Channel, ...] = ()
    times: TimeAxis | None = None
    is_rgb: bool = False

    @property
    def dtype(self) -> np.dtype:
        """What is stored: the voxels' type, bytes of truth values and at least 32 bits of real ones."""
        dtype = self.volumes[0].dtype.newbyteorder("=")
        if dtype.kind == "b":
            return np.dtype(np.uint8)
        return np.dtype(np.float32) if dtype == np.float16 else dtype


@dataclass(frozen=True)
class Pass:
    """Levels that are made in one go from `levels[0]`, which is the source's or stored already, in slabs of layers."""

    levels: range
    slabs: tuple[range, ...]


@dataclass(frozen=True)
class Plan:
    """A conversion before it begins."""

    image: Image
    layout: Layout
    codec: Codec
    reduction: Reduction
    passes: tuple[Pass, ...]
    spills: bool
    samples: Samples
    threads: int

    @property
    def binning(self) -> Binning:
        """Of the values, for what is kept of each brick."""
        return self.samples.binning

    @property
    def source_bytes(self) -> int:
        """The voxels of the source."""
        return self._voxels * self.image.volumes[0].dtype.itemsize

    @property
    def stored_bytes(self) -> int:
        """About what the store will take on the disk."""
        levels, planes = self.layout.levels, math.prod(self.layout.leading)
        if self.codec.steps:
            held = sum(math.prod(level.shape) for level in levels) * self.layout.dtype.itemsize * self.samples.packed
        else:  # chunks are whole, whatever of them the volume has
            held = sum(level.count for level in levels) * self.layout.brick_bytes * self.samples.filled
        return int(planes * (held + sum(level.count for level in levels) * DESCRIBED_BYTES))

    @property
    def disk_bytes(self) -> int:
        """About what the disk has to hold while it works: records of all bricks, and of packed slices a copy."""
        bricks = sum(level.count for level in self.layout.levels) * math.prod(self.layout.leading)
        return self.stored_bytes + bricks * RECORD_BYTES + self.spilled_bytes

    @property
    def spilled_bytes(self) -> int:
        """The copy of one volume whose slices are packed whole."""
        return self.source_bytes // len(self.image.volumes) if self.spills else 0

    @property
    def core_s(self) -> float:
        """About how long the processor needs."""
        bricks = sum(level.count for level in self.layout.levels) * math.prod(self.layout.leading)
        return self.samples.core_s * bricks / self.threads + self.samples.read_s * self._voxels

    @property
    def disk_s(self) -> float:
        """About how long a disk of DISK_RATE needs."""
        moved = self.source_bytes + self.stored_bytes
        if self.spills:
            moved += 2 * self.source_bytes
        return moved / DISK_RATE

    @property
    def _voxels(self) -> int:
        return sum(math.prod(volume.shape) for volume in self.image.volumes)


def plan_conversion(image: Image, codec: str, reduction: str, budget_bytes: int, threads: int) -> Plan:
    """Plan to convert `image`. Reads some bricks of it. Raises MemoryBudgetError for a budget below a slab of bricks.

    `codec` and `reduction` as the options name them; UsageError where they name nothing.
    """
    _require_alike(image)
    volume = image.volumes[0]
    levels = plan_levels(volume.shape, axis_lengths(volume.world_from_voxel))
    packer, reducer = codec_of(codec, image.dtype), Reduction(reduction)
    passes = tuple(_plan_passes(image, levels, budget_bytes, threads))
    layout = Layout(levels, _depths(levels, passes), image.dtype, image.leading)
    samples = look_at(image.volumes, image.dtype, packer, reducer)
    return Plan(image, layout, packer, reducer, passes, _spills(volume), samples, threads)


def foretold_s(volume: Volume, count: int, threads: int) -> float:
    """About how many seconds converting `count` volumes as this one takes, by their size alone."""
    voxels = count * math.prod(volume.shape) * volume.dtype.itemsize
    unpacking, copies = (1 / UNPACK_RATE, 3) if _spills(volume) else (0.0, 0)
    return max(voxels * (1 / CORE_RATE / threads + unpacking), voxels * (2 + copies) / DISK_RATE)


def _spills(volume: Volume) -> bool:
    """Whether reading a band of rows would unpack much of what is not in it.

    Of slices with files of their own, which are unpacked once each for a copy, that is what reaches over more than two
    bands; else what reaches over a quarter of a slice, for what is packed in depth would be unpacked for every slice.
    """
    rows = rows_of(volume)
    is_flat = len(set(rows.files)) == volume.shape[0]
    return rows.together > SIZE and rows.together > (2 * SIZE if is_flat else volume.shape[1] // 4)


def _require_alike(image: Image) -> None:
    first = image.volumes[0]
    for other in image.volumes[1:]:
        if other.shape != first.shape or other.dtype != first.dtype:
            raise FormatError(
                f"{other.name} is {other.shape} of {other.dtype}, {first.name} {first.shape} of {first.dtype}: the "
                "channels of a store have one grid and type; convert each by itself"
            )


def _plan_passes(image: Image, levels: tuple[Level, ...], budget_bytes: int, threads: int) -> list[Pass]:
    """Passes whose slabs fit into the budget: one, but for volumes so deep that a band of all slices does not."""
    passes, first = [], 0
    while first < len(levels) - 1 or not passes:
        level = levels[first]
        layers = level.grid[0]
        deep = _layers_that_fit(image, level, budget_bytes, threads)
        ratios = [other.factors[0] // level.factors[0] for other in levels[first:]]
        hot = sum(ratio <= deep or deep == layers for ratio in ratios)
        passes.append(Pass(range(first, first + hot), tuple(_slabs(layers, deep))))
        first += hot - 1
    return passes


def _slabs(layers: int, deep: int) -> list[range]:
    return [range(z, min(z + deep, layers)) for z in range(0, layers, deep)]


def _layers_that_fit(image: Image, level: Level, budget_bytes: int, threads: int) -> int:
    """All layers of bricks, or a power of two of them. Raises MemoryBudgetError where not even two fit."""
    layers = level.grid[0]
    if _bytes_of(image, level, layers, threads) <= budget_bytes:
        return layers
    deep = 1
    while 2 * deep < layers and _bytes_of(image, level, 2 * deep, threads) <= budget_bytes:
        deep *= 2
    if deep == 1:
        needed = _bytes_of(image, level, min(2, layers), threads)
        raise MemoryBudgetError(
            f"{image.name}: bands of this width need {needed / 1e6:.0f} MB; give --budget {-(-needed // 10**6)}MB"
        )
    return deep


def _bytes_of(image: Image, level: Level, layers: int, threads: int) -> int:
    """Memory of a conversion that works on `layers` of bricks of a level at once."""
    band = min(layers * SIZE, level.shape[0]) * SIZE * level.shape[2] * image.dtype.itemsize
    shard = SHARD_DEPTH * SHARD_WIDTH * SIZE**3 * image.dtype.itemsize
    scratch = 2 * (GROUP + 1) * SIZE**3 * image.dtype.itemsize  # bricks, and as they were before their type changed
    held = band * BANDS_HELD + band // 2 + (WAITING + 2) * shard + threads * scratch
    volume = image.volumes[0]
    unpacked = 2 * math.prod(volume.shape[1:]) * volume.dtype.itemsize if _spills(volume) else 0  # a slice, twice
    return max(held, unpacked) + _PROCESS_BYTES


def _depths(levels: tuple[Level, ...], passes: tuple[Pass, ...]) -> tuple[int, ...]:
    """Layers of bricks in a shard of each level, so that none has bricks of two slabs."""
    depths = [0] * len(levels)
    for one in passes:
        for level in one.levels if one is passes[0] else one.levels[1:]:
            ratio = levels[level].factors[0] // levels[one.levels[0]].factors[0]
            slab = max(1, len(one.slabs[0]) // ratio) if len(one.slabs) > 1 else SHARD_DEPTH
            depths[level] = min(SHARD_DEPTH, slab, levels[level].grid[0])
    return tuple(depths)


def image_of(opened: Volume | VolumeSeries | Channels) -> Image:
    """What was opened as an image: one volume, its moments, its channels, or both."""
    channels = opened.channels if isinstance(opened, Channels) else ()
    items = [channel.data for channel in channels] or [opened]
    moments = {item.times for item in items if isinstance(item, VolumeSeries)}
    if len(moments) > 1:
        raise FormatError(f"{opened.name}: its channels have different moments; convert each by itself")
    times = next(iter(moments), None)
    volumes = [
        item.moment(k) if isinstance(item, VolumeSeries) else item
        for k in range(times.count if times else 1)
        for item in items
        if isinstance(item, VolumeSeries | Volume)
    ]
    leading = ((times.count,) if times else ()) + ((len(channels),) if channels else ())
    axes, is_rgb = "t" * bool(times) + "c" * bool(channels), isinstance(opened, Channels) and opened.is_rgb
    return Image(opened.name, tuple(volumes), axes, leading, channels, times, is_rgb)


def spell_shape(shape: Triple) -> str:
    """`z=234, y=28721, x=31076`."""
    return ", ".join(f"{axis}={n}" for axis, n in zip("zyx", shape, strict=True))
