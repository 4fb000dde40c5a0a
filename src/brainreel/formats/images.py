"""Images of up to five axes, as microscopes write them: time, channel and space become volumes, series and channels."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channel, Channels, Region, Rows, TimeAxis, Volume, VolumeSeries
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.boxes import KeptBoxes, MappedArray, StoredArray
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.options import ReadOptions
from brainreel.formats.slice_files import SliceFiles
from brainreel.formats.voxels import native_dtype, region_shape, respaced
from brainreel.space import LENGTHS_MM, apply_affine, is_invertible

_WORDS_MM = {
    "angstrom": 1e-7, "å": 1e-7, "picometer": 1e-9, "nanometer": 1e-6, "nanometre": 1e-6, "micron": 1e-3,
    "micrometer": 1e-3, "micrometre": 1e-3, "millimeter": 1.0, "millimetre": 1.0, "centimeter": 10.0,
    "centimetre": 10.0, "meter": 1e3, "metre": 1e3, "inch": 25.4, "in": 25.4,
}  # fmt: skip
_WORDS_S = {
    "ns": 1e-9, "nanosecond": 1e-9, "us": 1e-6, "µs": 1e-6, "microsecond": 1e-6, "ms": 1e-3, "millisecond": 1e-3,
    "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0, "day": 86400.0,
}  # fmt: skip
_MOST_CHANNELS = 256
_RGB = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

log = logging.getLogger("brainreel")


@dataclass(frozen=True)
class ChannelLook:
    """What a file says of one channel: its name, the colour (0..1) and the range of values it should be shown with."""

    name: str = ""
    color: tuple[float, float, float] | None = None
    window: tuple[float, float] | None = None


@dataclass(frozen=True)
class Image:
    """An array on disk whose axes are `axes`, one letter of "tczyx" each, any left out; `files` are its content,
    a folder stands for all that is in it but hidden files.

    `facts` say what else tells its content from that of another image in the same files, such as a dataset's name.
    `open_coarser` opens the next coarser level, None where there is none.
    """

    path: Path
    name: str
    array: StoredArray
    axes: str
    world_from_voxel: NDArray[np.float64]
    unit: str
    files: tuple[Path, ...] = field(repr=False)
    times: TimeAxis | None = None
    looks: tuple[ChannelLook, ...] = ()
    is_rgb: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)
    open_coarser: "Callable[[], Image | None] | None" = None

    @cached_property
    def coarser(self) -> "Image | None":
        """The next coarser level of the file; None where it has none that is of the same kind and place."""
        found = self.open_coarser() if self.open_coarser else None
        return found if found and self._is_level(found) else None

    def _is_level(self, other: "Image") -> bool:
        """Whether `other` has this image's axes and type, fewer voxels, and its extent to a voxel of its own."""
        if (other.axes, other.dtype) != (self.axes, self.dtype) or any(other.size(a) != self.size(a) for a in "tc"):
            return False
        counts = [np.array([image.size(axis) for axis in "xyz"], float) for image in (self, other)]
        own_from_other = np.linalg.inv(self.world_from_voxel) @ other.world_from_voxel
        factors = np.abs(np.diag(own_from_other)[:3])
        ends = [apply_affine(own_from_other, corner) for corner in (np.full(3, -0.5), counts[1] - 0.5)]
        misses = np.abs([ends[0] + 0.5, ends[1] - counts[0] + 0.5])
        fewer = bool((counts[1] <= counts[0]).all() and (counts[1] < counts[0]).any())
        return fewer and bool((misses <= np.maximum(factors, 1)).all())

    def size(self, axis: str) -> int:
        """Elements along `axis`, 1 where the image has none."""
        return self.array.shape[self.axes.index(axis)] if axis in self.axes else 1

    @property
    def dtype(self) -> np.dtype:
        """Of the voxels that are given out: colours and flags are bytes."""
        is_byte = self._is_deep_rgb or self.array.dtype.kind == "b"
        return np.dtype(np.uint8) if is_byte else native_dtype(self.array.dtype)

    @property
    def _is_deep_rgb(self) -> bool:
        return self.is_rgb and self.array.dtype.kind == "u" and self.array.dtype.itemsize == 2

    @cached_property
    def content(self) -> tuple[list[Path], list[str]]:
        """All files, looked for once, and where they lie in their folders; no names where no folder was given."""
        found = [(file, str(file.relative_to(top))) for top in self.files for file in _files_in(top)]
        return [file for file, _ in found], [name for _, name in found if name != "."]

    def opened(self) -> Volume | VolumeSeries | Channels:
        """The image as what it is: one volume, one over time, or several channels of either.

        Of RGB with alpha the three colours; colours of other types than uint8 and uint16 are three channels. Raises
        FormatError where its voxels are no real numbers or its place in the world is none.
        """
        self._require_drawable()
        count = min(3, self.size("c")) if self.is_rgb else self.size("c")
        if count < self.size("c"):
            log.warning("%s: opacity of RGBA is not drawn; the volume's own is by brightness", self.path)
        if count == 1 and not self.is_rgb:
            return self._channel(0, self.name)
        looks = [ChannelLook(name, color) for name, color in zip(("red", "green", "blue"), _RGB, strict=True)]
        if not self.is_rgb:
            looks = [self.looks[k] if k < len(self.looks) else ChannelLook() for k in range(count)]
        names = _unique([look.name or f"channel {k}" for k, look in enumerate(looks)])
        channels = [
            Channel(name, self._channel(k, f"{self.name} {name}"), look.color, look.window)
            for k, (name, look) in enumerate(zip(names, looks, strict=True))
        ]
        return Channels(self.name, tuple(channels), self.is_rgb and self.dtype == np.uint8)

    def _channel(self, index: int, name: str) -> Volume | VolumeSeries:
        count = self.size("t")
        if count == 1:
            return self.volume(name, 0, index)
        return ImageSeries(name, self.times or TimeAxis(0.0, 1.0, count, "items"), self, index)

    def volume(self, name: str, moment: int, channel: int) -> "ImageVolume":
        """One moment of one channel."""
        shape = self.size("z"), self.size("y"), self.size("x")
        return ImageVolume(name, shape, self.dtype, self.world_from_voxel, self.unit, self, moment, channel)

    def read(self, moment: int, channel: int, region: Region) -> NDArray:
        """The voxels (z, y, x) of `region`, as stored; of colours of 16 bits the upper 8."""
        parts = dict(zip("tczyx", (slice(moment, moment + 1), slice(channel, channel + 1), *region), strict=True))
        box = self.array.read(tuple(parts[axis] for axis in self.axes))
        order = sorted(range(len(self.axes)), key=lambda k: "tczyx".index(self.axes[k]))
        voxels = box.transpose(order).reshape([part.stop - part.start for part in region])
        return voxels >> 8 if self._is_deep_rgb else voxels

    def rows(self, moment: int, channel: int) -> Rows:
        """How the rows of one volume lie in the files."""
        array, (files, _) = self.array, self.content
        if isinstance(array, KeptBoxes):
            return Rows(min(array.chunks[self.axes.index("y")], self.size("y")), tuple(files))
        if not isinstance(array, MappedArray | SliceFiles):
            return Rows(self.size("y"), tuple(files))
        bare = array.places()
        if not bare or not self.axes.endswith("yx") or self.is_rgb or array.dtype.kind == "b":
            return Rows(1, tuple(files))
        before = self.axes[:-2]
        numbers = np.arange(len(bare)).reshape(array.shape[:-2])
        taken = tuple({"t": moment, "c": channel}.get(axis, slice(None)) for axis in before)
        places = [bare[k] for k in np.atleast_1d(numbers[taken])]
        return Rows(1, tuple(path for path, _ in places), tuple(offset for _, offset in places), array.dtype)

    def _require_drawable(self) -> None:
        dtype = self.array.dtype
        if dtype.kind not in "biuf" or dtype.itemsize > 8:
            raise FormatError(
                f"{self.path}: the voxels are {dtype}; this version draws integers and floats of up to 64 bits: "
                "convert the image, of complex numbers for example to their magnitude"
            )
        if self.size("c") > _MOST_CHANNELS:
            raise FormatError(
                f"{self.path}: {self.size('c'):,} channels; at most {_MOST_CHANNELS} are read, it is damaged"
            )
        if math.prod(self.array.shape) < 1:
            raise FormatError(f"{self.path}: an image of {self.array.shape} has no voxel; it is damaged or unfinished")
        if not is_invertible(self.world_from_voxel):
            raise FormatError(
                f"{self.path}: voxels at {self.world_from_voxel[:3].tolist()} lie on no grid in space; state the "
                "spacing with --spacing z=...,y=...,x=..."
            )


@dataclass(frozen=True)
class ImageVolume:
    """One moment of one channel of an image."""

    name: str
    shape: tuple[int, int, int]
    dtype: np.dtype
    world_from_voxel: NDArray[np.float64]
    unit: str
    image: Image = field(repr=False)
    moment: int
    channel: int

    @property
    def path(self) -> Path:
        """Where the image lies."""
        return self.image.path

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; of chunks only those that hold some of it are read."""
        result = np.empty(region_shape(region, self.shape), self.dtype)
        result[...] = self.image.read(self.moment, self.channel, region)
        return result

    def coarser(self) -> "ImageVolume | None":
        """The same at the next coarser level of the file; None where it has none."""
        level = self.image.coarser
        return None if level is None else level.volume(self.name, self.moment, self.channel)

    def rows(self) -> Rows:
        """Bare, or together in chunks."""
        return self.image.rows(self.moment, self.channel)

    def fingerprint(self) -> str:
        """A hex digest of the image's files and of which part of them this is."""
        image, world = self.image, self.world_from_voxel.tolist()
        part = [image.axes, self.moment, self.channel]
        files, names = image.content
        return fingerprint(files, part=part, names=names, world_from_voxel=world, unit=self.unit, **image.facts)


@dataclass(frozen=True)
class ImageSeries:
    """The moments of one channel of an image."""

    name: str
    times: TimeAxis
    image: Image = field(repr=False)
    channel: int

    def moment(self, index: int) -> ImageVolume:
        """The volume at moment `index`."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name}: moment {index} of {self.times.count} was asked for")
        return self.image.volume(self.name, index, self.channel)

    def fingerprint(self) -> str:
        """A hex digest of the image's files, of the channel and the times."""
        times = self.times
        stated = [times.first_s, times.step_s, times.count, times.unit, *times.uneven]
        return fingerprint((), moments=[self.moment(0).fingerprint()], times=stated)


def _files_in(path: Path) -> list[Path]:
    """The file itself, or those of a folder's tree in order; `.zattrs` and the like are no content."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))


def length_mm(unit: object) -> float | None:
    """Millimetres in one of the `unit` that an image's metadata name, None for pixels and what is not known."""
    word = str(unit).strip().replace("\\u00B5", "µ").lower()
    return LENGTHS_MM.get(word) or _WORDS_MM.get(word) or _WORDS_MM.get(word.removesuffix("s"))


def time_s(unit: object) -> float | None:
    """Seconds in one of the `unit` that an image's metadata name, None for what is not known."""
    word = str(unit).strip().lower()
    return _WORDS_S.get(word) or _WORDS_S.get(word.removesuffix("s"))


def scaled_mm(sizes: tuple[float | None, ...]) -> NDArray[np.float64] | None:
    """`world_from_voxel` for voxels of `sizes` (z, y, x) in mm; None where one is missing or no length."""
    lengths = [size for size in sizes if size is not None and 0 < size < math.inf]
    return np.diag([*lengths[::-1], 1.0]).astype(float) if len(lengths) == len(sizes) else None


def placed(world_from_voxel: NDArray[np.float64] | None, options: ReadOptions) -> tuple[NDArray[np.float64], str]:
    """Where an image lies, in mm, and the unit: what the file states, or None, with the options' spacing over it."""
    if options.spacing is None:
        return (np.eye(4), "none") if world_from_voxel is None else (world_from_voxel, "mm")
    return respaced(np.eye(4) if world_from_voxel is None else world_from_voxel, options.spacing), "mm"


def moments(count: int, options: ReadOptions, first_s: float = 0.0, step_s: float | None = None) -> TimeAxis:
    """The times of `count` moments: the options', else the file's `first_s` and `step_s`, else items."""
    if options.times == "none" or (options.times is None and not (step_s and step_s > 0 and math.isfinite(step_s))):
        return TimeAxis(0.0, 1.0, count, "items")
    first, step = options.times or (first_s, step_s)
    return TimeAxis(float(first), float(step or 0), count)


def uneven_moments(path: Path, said: object, count: int) -> tuple[float, ...]:
    """Seconds of `count` moments that a store made by brainreel states as `said`, for OME-Zarr has only even ones.

    Empty where it states none. Raises FormatError where they do not ascend.
    """
    times = said if isinstance(said, list) else []
    good = all(isinstance(t, int | float) and math.isfinite(t) for t in times) and len(times) in (0, count)
    if not good or any(after <= before for before, after in pairwise(times)):
        raise FormatError(f"{path}: its moments_s are no {count} times that ascend; convert its source again")
    return tuple(map(float, times))


def _unique(names: list[str]) -> list[str]:
    """`names`, with their number where another has the same."""
    return [name if names.count(name) == 1 else f"{name} {k}" for k, name in enumerate(names)]
