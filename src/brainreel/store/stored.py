"""Stores as volumes: opened without reading a voxel, drawn brick by brick."""

import hashlib
import json
import math
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channel, Channels, Region, Rows, TimeAxis, Volume, VolumeSeries
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.images import uneven_moments
from brainreel.formats.voxels import respaced
from brainreel.store.codecs import CHECKSUM_BYTES, Codec, codec_of
from brainreel.store.describing import BINS, MASK_BYTES
from brainreel.store.layout import Layout
from brainreel.store.levels import SIZE, Triple, coarse_affine, levels_of, place_of
from brainreel.store.metadata import OURS, VERSION, read_ours
from brainreel.store.pyramid import stored_type
from brainreel.store.reading import announce, unpack
from brainreel.store.reads import Reads
from brainreel.store.shards import MISSING, checked, read_index
from brainreel.work import DirectFile

if TYPE_CHECKING:
    import zarr

OVERVIEW_VOXELS = 1 << 24
"""Voxels at most of the level that stands for a volume where its values are measured."""


class Store:
    """The folder of a store: its levels, and the packed bricks in its shards."""

    def __init__(self, folder: Path) -> None:
        """Raises FormatError where it is damaged or of a later version."""
        import zarr  # by far the largest of what is imported, and only stores need it

        self._shards: dict[tuple[tuple[int, ...], int, Triple], tuple[Path, NDArray[np.uint64] | None]] = {}
        said = read_ours(folder)
        if said is None:
            raise FormatError(f"{folder}: is no store that brainreel made")
        self.folder, self.said = folder, said
        if said.get("version") != VERSION:
            raise FormatError(
                f"{folder}: was made by another version of brainreel ({said.get('version')}); convert again"
            )
        try:
            self.group = zarr.open_group(folder, mode="r")
            self.document = json.loads((folder / "zarr.json").read_bytes())["attributes"]["ome"]
            arrays = [self._array(str(k)) for k in range(len(said["factors"]))]
            shape, dtype = arrays[0].shape, np.dtype(arrays[0].dtype)
            factors = tuple((int(z), int(y), int(x)) for z, y, x in said["factors"])
            depths = tuple(int((array.shards or (0, 0, 0))[-3]) // SIZE for array in arrays)
            self.layout = Layout(levels_of(shape[-3:], factors), depths, dtype, shape[:-3])
            self.reads = self.new_reads()
            self.codec: Codec = codec_of(str(said["codec"]), dtype)
            self.world_from_voxel = np.array(said["world_from_voxel"], float).reshape(4, 4)
            self.unit, self.fingerprint = str(said["unit"]), str(said["fingerprint"])
            self.first_bin, self.bins_per_value = float(said["first_bin"]), float(said["bins_per_value"])
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise FormatError(f"{folder}: its metadata are damaged ({error}); convert the source again") from error

    def _array(self, name: str) -> "zarr.Array":
        import zarr

        array = self.group[name]
        if not isinstance(array, zarr.Array):
            raise FormatError(f"{self.folder}: {name} is no array; convert the source again")
        return array

    def new_reads(self) -> Reads:
        """Books with nothing in them."""
        last = self.layout.levels[-1]
        return Reads(last.first + last.count)

    def described(self, name: str, level: int, plane: tuple[int, ...]) -> NDArray:
        """An array of `finishing.write_descriptions`, one row a brick."""
        found = self._ours(f"{OURS}/{level}/{name}", plane)
        return found.reshape(self.layout.levels[level].count, *found.shape[3:])

    def spread(self, level: int, plane: tuple[int, ...]) -> NDArray[np.float32]:
        """`spread` of a level, of `spreading.write_spreads`."""
        return self._ours(f"{OURS}/{level}/spread", plane)

    def _ours(self, name: str, plane: tuple[int, ...]) -> NDArray:
        """One plane of an array beside the image. Raises FormatError where it is damaged or not all there."""
        try:
            array = self._array(name)
            if array.nchunks_initialized == array.nchunks:  # zarr would take zeros for the others
                return np.asarray(array[plane])
            problem = "lacks some of its files"
        except Exception as error:  # zarr's, and those of its codecs
            problem = f"cannot be read: {error}"
        raise FormatError(f"{self.folder}: {name} {problem}; see brainreel verify, and convert the source again")

    def frame(self, plane: tuple[int, ...], level: int, place: Triple) -> tuple[Path, bytes | None]:
        """A packed brick at (z, y, x), checked, and where it lies; None where all of it is the fill value.

        Raises FormatError where it is damaged, or the file is.
        """
        path, number, span = self.span(plane, level, place)
        if span is None:
            return path, None
        offset, length = span
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                packed = os.pread(handle, length, offset)
            finally:
                os.close(handle)
        except OSError as error:
            raise FormatError(f"{path}: cannot be read ({error.strerror})") from error
        if len(packed) < length:
            raise FormatError(f"{path}: has become shorter while it was read; run brainreel verify {self.folder}")
        return path, checked(path, number, packed)

    def span(self, plane: tuple[int, ...], level: int, place: Triple) -> tuple[Path, int, tuple[int, int] | None]:
        """Where a packed brick lies: its shard, its place in that, offset and bytes; None where it is not stored."""
        deep, _, wide = self.layout.shard(level)
        z, y, x = place
        path, index = self._shard(plane, level, (z // deep, y, x // wide))
        number = z % deep * wide + x % wide
        if index is None:
            return path, number, None
        offset, length = index[number].tolist()
        return path, number, None if offset == MISSING else (offset, length)

    def _shard(self, plane: tuple[int, ...], level: int, shard: Triple) -> tuple[Path, NDArray[np.uint64] | None]:
        """Where a shard lies, and its index; None where all of it is the fill value. Remembered, by any thread."""
        key = (plane, level, shard)
        found = self._shards.get(key)
        if found is None:
            path, index = self.folder / self.layout.path(level, plane, shard), None
            if path.exists():
                with DirectFile(path) as file:
                    index = read_index(file, math.prod(self.layout.shard(level)))
            found = self._shards[key] = path, index
        return found


class StoredPyramid:
    """One volume of a store: the bricks of all its levels by their numbers, and what is known of each without reading.

    `occupied` (bricks, MASK_BYTES) and `present` (bricks,): which bins interpolation can give in a brick, and whether
    it has other voxels than the fill value. `extent`: the least and the greatest value.
    """

    def __init__(self, store: Store, plane: tuple[int, ...]) -> None:
        self.store, self.plane = store, plane
        self.levels = store.layout.levels
        self.dtype = store.layout.dtype
        self.kind, self.offset = stored_type(self.dtype)

    @cached_property
    def occupied(self) -> NDArray[np.uint8]:
        """Bits of the bins, little first."""
        parts = [self.store.described("occupied", level, self.plane) for level in range(len(self.levels))]
        return np.concatenate(parts).reshape(-1, MASK_BYTES)

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Bricks that lie in a file."""
        parts = [self.store.described("checksums", level, self.plane) for level in range(len(self.levels))]
        return np.concatenate(parts) != 0

    @cached_property
    def extent(self) -> tuple[float, float]:
        """Of the stored values of bricks, which is what kernels see."""
        extremes = self.store.described("extremes", 0, self.plane)
        extremes = (extremes.astype(np.float32) if self.kind.kind == "f" else extremes).astype(float)
        extremes = extremes[(extremes[:, 0] <= extremes[:, 1]) & np.isfinite(extremes).all(1)]
        if not len(extremes):
            return 0.0, 0.0
        return float(extremes[:, 0].min()) - self.offset, float(extremes[:, 1].max()) - self.offset

    @property
    def bins(self) -> tuple[float, float]:
        """Where the first bin begins and the last ends, in stored values."""
        width = 1 / self.store.bins_per_value if self.store.bins_per_value else 0.0
        first = self.store.first_bin - self.offset
        return first, first + BINS * width

    @property
    def is_mean(self) -> bool:
        """Whether voxels of coarser levels are means, which should look as what they are means of."""
        return self.store.said.get("reduction") == "mean"

    def spread(self, level: int) -> NDArray[np.float32]:
        """(BINS, BINS): see `spreading.write_spreads`; of a level that has some."""
        return self.store.spread(level, self.plane)

    def place(self, number: int) -> tuple[int, Triple]:
        """The level of a brick, and where in its grid it is (z, y, x)."""
        return place_of(self.levels, number)

    def read(self, number: int) -> NDArray:
        """The voxels of a brick, flat. Raises FormatError where it is damaged."""
        level, place = self.place(number)
        with self.store.reads.busy():
            path, frame = self.store.frame(self.plane, level, place)
            if frame is None:
                if self.present[number]:
                    raise FormatError(f"{path}: brick {place} of level {level} is missing; convert the source again")
                return np.zeros(SIZE**3, self.dtype)
            self.store.reads.add(self.plane, number, level, len(frame) + CHECKSUM_BYTES)
            return unpack(path, number, frame, self.store.layout, self.store.codec)

    def skip(self, number: int, reads: Reads) -> None:
        """Keep `reads` as if the brick were read."""
        level, place = self.place(number)
        _, _, span = self.store.span(self.plane, level, place)
        if span is not None:
            reads.add(self.plane, number, level, span[1])

    def announce(self, numbers: NDArray[np.int64]) -> None:
        """Tell the system that these bricks are read next, so that it fetches them meanwhile, where it can be told."""
        if hasattr(os, "posix_fadvise"):
            announce([self.store.span(self.plane, *self.place(number)) for number in numbers.tolist()])

    def read_region(self, level: int, region: Region) -> NDArray:
        """The voxels of a region of a level, C-contiguous."""
        shape = [part.stop - part.start for part in region]
        result = np.empty(shape, self.dtype)
        bricks = [range(part.start // SIZE, -(-part.stop // SIZE)) for part in region]
        own = self.levels[level]
        for place in ((z, y, x) for z in bricks[0] for y in bricks[1] for x in bricks[2]):
            voxels = self.read(own.first + int(np.ravel_multi_index(place, own.grid))).reshape(SIZE, SIZE, SIZE)
            source, target = [], []
            for part, k in zip(region, place, strict=True):
                low, high = max(part.start, k * SIZE), min(part.stop, k * SIZE + SIZE)
                source.append(slice(low - k * SIZE, high - k * SIZE))
                target.append(slice(low - part.start, high - part.start))
            result[tuple(target)] = voxels[tuple(source)]
        return result


class StoredVolume:
    """A level of a volume of a store, level 0 being all of it."""

    def __init__(self, name: str, pyramid: StoredPyramid, level: int = 0) -> None:
        self.name, self.pyramid, self._level = name, pyramid, level
        own = pyramid.levels[level]
        self.shape, self.dtype = own.shape, pyramid.dtype
        self.unit = pyramid.store.unit
        self.world_from_voxel = coarse_affine(pyramid.store.world_from_voxel, own.factors)

    @property
    def store(self) -> Store:
        """Where it lies."""
        return self.pyramid.store

    @property
    def path(self) -> Path:
        """The store's folder."""
        return self.store.folder

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        if any(
            part.step not in (None, 1) or not 0 <= part.start < part.stop <= n
            for part, n in zip(region, self.shape, strict=True)
        ):
            raise BrainreelError(f"region {region} is empty or leaves the volume of shape {self.shape}")
        return self.pyramid.read_region(self._level, region)

    def rows(self) -> Rows:
        """In bricks."""
        return Rows(min(SIZE, self.shape[1]))

    def overview(self) -> "StoredVolume":
        """The finest level of at most 16 million voxels, which stands for all where values are measured."""
        levels = self.pyramid.levels
        small = [k for k, level in enumerate(levels) if np.prod(level.shape, dtype=float) <= OVERVIEW_VOXELS]
        return StoredVolume(self.name, self.pyramid, small[0] if small else len(levels) - 1)

    def fingerprint(self) -> str:
        """A hex digest of the checksums of all bricks, and of which part of the store this is."""
        world = self.world_from_voxel.tolist()
        text = json.dumps([self.pyramid.store.fingerprint, self.pyramid.plane, self._level, world, self.unit])
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


class StoredSeries:
    """The moments of one channel of a store."""

    def __init__(self, name: str, store: Store, times: TimeAxis, channel: tuple[int, ...]) -> None:
        self.name, self.times, self._store, self._channel = name, times, store, channel

    @property
    def store(self) -> Store:
        """Where they lie."""
        return self._store

    def moment(self, index: int) -> StoredVolume:
        """The volume at moment `index`."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name}: moment {index} of {self.times.count} was asked for")
        return StoredVolume(self.name, StoredPyramid(self._store, (index, *self._channel)))

    def fingerprint(self) -> str:
        """A hex digest of the store's content, of the channel and the times."""
        axis = self.times
        times = [axis.first_s, axis.step_s, axis.count, axis.unit, *axis.uneven]
        text = json.dumps([self._store.fingerprint, self._channel, times])
        return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def open_store(folder: Path, spacing: tuple[float, float, float] | None = None) -> Volume | VolumeSeries | Channels:
    """The volume, the moments or the channels in the store at `folder`; a `spacing` (z, y, x) in mm replaces its own.

    Raises FormatError where it is none of ours.
    """
    store = Store(folder)
    if spacing is not None:
        store.world_from_voxel, store.unit = respaced(store.world_from_voxel, spacing), "mm"
    multiscale = store.document["multiscales"][0]
    axes = "".join(axis["name"] for axis in multiscale["axes"])
    times = _times(multiscale, axes, store) if axes.startswith("t") else None
    name = folder.name
    if "c" not in axes:
        return _channel(name, store, times, ())
    looks = store.document.get("omero", {}).get("channels", [])
    channels = []
    for k in range(store.layout.leading[-1]):
        look = looks[k] if k < len(looks) else {}
        label = str(look.get("label") or f"channel {k}")
        channels.append(Channel(label, _channel(f"{name} {label}", store, times, (k,)), *_look(look)))
    return Channels(name, tuple(channels), store.said.get("is_rgb") is True)


def _channel(name: str, store: Store, times: TimeAxis | None, channel: tuple[int, ...]) -> StoredVolume | StoredSeries:
    if times is None:
        return StoredVolume(name, StoredPyramid(store, channel))
    return StoredSeries(name, store, times, channel)


def _times(multiscale: dict[str, Any], axes: str, store: Store) -> TimeAxis:
    k, count = axes.index("t"), store.layout.leading[0]
    if "unit" not in multiscale["axes"][k]:
        return TimeAxis(0.0, 1.0, count, "items")
    scale, shift = (step[step["type"]] for step in multiscale["datasets"][0]["coordinateTransformations"])
    uneven = uneven_moments(store.folder, store.said.get("moments_s"), count)
    return TimeAxis(float(shift[k]), float(scale[k]), count, uneven=uneven)


def _look(look: dict[str, Any]) -> tuple[tuple[float, float, float] | None, tuple[float, float] | None]:
    color, window = look.get("color"), look.get("window")
    red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (0, 2, 4)) if color else (0.0, 0.0, 0.0)
    return (red, green, blue) if color else None, (float(window["start"]), float(window["end"])) if window else None
