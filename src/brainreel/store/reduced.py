"""Volumes at a coarser level, made while they are read: for what is no pyramid and does not fit into memory whole."""

import hashlib
import math
import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume, VolumeInLevels, VolumeSeries
from brainreel.errors import BrainreelError
from brainreel.kernels import downsample
from brainreel.kernels.pool import Pool
from brainreel.space import axis_lengths
from brainreel.store.bands import rows_of
from brainreel.store.levels import Level, Triple, coarse_affine, plan_levels
from brainreel.store.placed import PlacedVolume
from brainreel.work import Cancelled, never, stop_if

READ_BYTES = 16 << 20
"""Voxels of the source that are held at once while it is read."""

_KEPT = tuple(np.dtype(kind) for kind in (np.uint8, np.int8, np.uint16, np.int16))


class ReducedVolume:
    """Level `factors` of the pyramid of `source`: means of its voxels, of `labels` what most of them have.

    Nothing of it is kept: each `read` reads the source. Whole numbers of up to 16 bits keep their type, other values
    are float32, labels as they are.
    """

    def __init__(self, source: Volume, factors: Triple, labels: bool = False) -> None:
        """Raises BrainreelError where the pyramid has no such level."""
        levels = plan_levels(source.shape, axis_lengths(source.world_from_voxel))
        index = next((k for k, level in enumerate(levels) if level.factors == factors), 0)
        if not index:
            raise BrainreelError(f"{source.name}: its pyramid has no coarser level {factors}")
        self.source, self.factors, self.labels = source, factors, labels
        self._levels: tuple[Level, ...] = levels[: index + 1]
        self.name, self.unit, self.shape = source.name, source.unit, levels[index].shape
        self.world_from_voxel = coarse_affine(source.world_from_voxel, factors)
        self.dtype = source.dtype if labels else _mean_type(source.dtype)

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`, made on this thread alone."""
        return self.reduce(region, Pool(1))

    def reduce(self, region: Region, pool: Pool, cancelled: Cancelled = never) -> NDArray:
        """As `read`, with the threads of `pool`. Raises Interrupted soon after `cancelled` says so."""
        _require_inside(region, self.shape)
        result = np.empty([part.stop - part.start for part in region], self.dtype)
        z, y, x = region
        for band in self._bands(y):
            mine = result[:, band.start - y.start : band.stop - y.start]
            for begin, rows in self._slabs(len(self._levels) - 1, (z, band, x), pool, cancelled):
                mine[begin - z.start :][: len(rows)] = rows
        return result

    def fingerprint(self) -> str:
        """The source's with the factors and how voxels become one."""
        told = repr((self.source.fingerprint(), self.factors, "mode" if self.labels else "mean"))
        return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()

    def _bands(self, y: slice) -> Iterator[slice]:
        """`y` in pieces that are small in a few slices of the source, where its rows can be read apart."""
        _, height, width = self.source.shape
        together = rows_of(self.source).together
        fitting = READ_BYTES // (width * self.source.dtype.itemsize * self.factors[0])
        fine = height if together == height else max(fitting // together, 1) * together
        return _pieces(y, -(-fine // self.factors[1]))

    def _slabs(self, index: int, region: Region, pool: Pool, cancelled: Cancelled) -> Iterator[tuple[int, NDArray]]:
        """Rows of a level, some at a time, and the z at which they begin, each made of those of the finer level."""
        if not index:
            stop_if(cancelled)
            yield region[0].start, self._values(self.source.read(region))
            return
        fine, coarse = self._levels[index - 1 : index + 1]
        ratio = tuple(b // a for a, b in zip(fine.factors, coarse.factors, strict=True))
        halve = downsample.halve_labels if self.labels else downsample.halve
        for z in _pieces(region[0], self._rows_at_once(index, ratio, region)):
            piece = (z, *region[1:])
            ends = zip(piece, ratio, fine.shape, strict=True)
            z_fine, y_fine, x_fine = (slice(part.start * r, min(part.stop * r, n)) for part, r, n in ends)
            parts = [rows for _, rows in self._slabs(index - 1, (z_fine, y_fine, x_fine), pool, cancelled)]
            rows = np.concatenate(parts) if len(parts) > 1 else parts[0]
            result = np.empty([part.stop - part.start for part in piece], rows.dtype)
            pool.run(halve, len(result), rows, ratio, result)
            yield z.start, result

    def _rows_at_once(self, index: int, ratio: tuple[int, ...], region: Region) -> int:
        """How many rows of a level to make at once: of the finer one few are held, of finest ones the most."""
        item = (self.source if index == 1 else self).dtype.itemsize
        row = math.prod(part.stop - part.start for part in region[1:]) * math.prod(ratio) * item
        return max(1, (READ_BYTES >> (index - 1)) // row)

    def _values(self, voxels: NDArray) -> NDArray:
        """Voxels of the source as they are averaged; what is not finite is left out."""
        if self.labels or voxels.dtype in _KEPT:
            return voxels
        if voxels.dtype.kind == "b":
            return voxels.view(np.uint8)
        with np.errstate(over="ignore", invalid="ignore"):
            values = voxels.astype(np.float32)
        values[~np.isfinite(values)] = np.nan
        return values


class HeldVolume:
    """A volume of which all is in memory from the first read on: for readers that come back for what they had."""

    def __init__(self, source: Volume) -> None:
        self.source = source
        self.name, self.unit, self.shape, self.dtype = source.name, source.unit, source.shape, source.dtype
        self.world_from_voxel = source.world_from_voxel
        self._lock = threading.Lock()
        self._voxels: NDArray | None = None

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        _require_inside(region, self.shape)
        with self._lock:
            if self._voxels is None:
                z, y, x = (slice(0, n) for n in self.shape)
                self._voxels = self.source.read((z, y, x))
        return self._voxels[region].copy()

    def fingerprint(self) -> str:
        """The source's."""
        return self.source.fingerprint()


class ReducedSeries:
    """A volume over time, each moment `steps` times coarser than the files have it, and read once where `held`."""

    def __init__(self, source: VolumeSeries, steps: int, labels: bool, held: bool = False) -> None:
        self.source, self.steps, self.labels, self.held = source, steps, labels, held
        self.name, self.times = source.name, source.times

    def moment(self, index: int) -> Volume:
        """The volume at moment `index`."""
        volume = coarser(self.source.moment(index), self.steps, self.labels)
        return HeldVolume(volume) if self.held else volume

    def fingerprint(self) -> str:
        """The source's with that of what is drawn of its first moment."""
        told = repr((self.source.fingerprint(), self.moment(0).fingerprint()))
        return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()


def coarser(volume: Volume, steps: int, labels: bool) -> Volume:
    """`volume` as many `steps` coarser: the levels that its files hold, but of labels, then such as are made of them.

    Raises BrainreelError where there are not so many.
    """
    for _ in range(steps):
        found = volume.coarser() if isinstance(volume, VolumeInLevels) and not labels else None
        volume = found or _next_reduced(volume, labels)
    return volume


def steps_of(volume: Volume, labels: bool) -> int:
    """How many times coarser `volume` can become."""
    steps = 0
    while not labels and isinstance(volume, VolumeInLevels) and (found := volume.coarser()) is not None:
        volume, steps = found, steps + 1
    return steps + len(plan_levels(volume.shape, axis_lengths(volume.world_from_voxel))) - 1


def full_volume(volume: Volume) -> Volume:
    """The volume that a reduced one was made of, any other itself."""
    if isinstance(volume, PlacedVolume):
        return PlacedVolume(full_volume(volume.source), volume.world_from_source)
    return full_volume(volume.source) if isinstance(volume, ReducedVolume | HeldVolume) else volume


def _next_reduced(volume: Volume, labels: bool) -> ReducedVolume:
    source, factors = (volume.source, volume.factors) if isinstance(volume, ReducedVolume) else (volume, (1, 1, 1))
    levels = plan_levels(source.shape, axis_lengths(source.world_from_voxel))
    index = [level.factors for level in levels].index(factors) + 1
    if index == len(levels):
        raise BrainreelError(f"{source.name}: its pyramid has no level coarser than {factors}")
    return ReducedVolume(source, levels[index].factors, labels)


def _require_inside(region: Region, shape: Triple) -> None:
    for part, n in zip(region, shape, strict=True):
        if part.step not in (None, 1) or not 0 <= part.start < part.stop <= n:
            raise BrainreelError(f"region {region} is empty or leaves the volume of shape {shape}")


def _mean_type(dtype: np.dtype) -> np.dtype:
    """What means of such voxels are kept as."""
    if dtype in _KEPT:
        return dtype
    return np.dtype(np.uint8 if dtype.kind == "b" else np.float32)


def _pieces(part: slice, size: int) -> Iterator[slice]:
    """`part` in pieces of `size`."""
    return (slice(at, min(at + size, part.stop)) for at in range(part.start, part.stop, size))
