"""A folder of TIFF files, one slice each."""

import logging
import math
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import tifffile
from numpy.typing import NDArray

from brainreel.data import Region
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.folders import visible_entries
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.voxels import affine_of, map_array, native_dtype, region_shape, spelled, warn_if_huge
from brainreel.space import LENGTHS_MM

log = logging.getLogger("brainreel")
logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it remarks on damaged files, FormatErrors say
_CODEC_REMEDY = "needs another package: `pip install imagecodecs`, or save the stack uncompressed or with ZIP"
_LARGEST_RATIO = 1 << 17  # no codec shrinks more: Zstandard's longest run is 128 KiB in a few bytes
TIFF_SUFFIXES = (".tif", ".tiff")
_FOREIGN = (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, struct.error)
"""What tifffile raises on damaged headers; its own error is a ValueError."""


@dataclass(frozen=True)
class _Slice:
    """One file: its plane (y, x) as stored, and where it begins where it may be memory-mapped as it is."""

    path: Path
    shape: tuple[int, int]
    dtype: np.dtype
    offset: int | None


class _Planes:
    """Whole slices (y, x), mapped or decoded; the last decoded one is kept for whoever reads it row by row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[_Slice, NDArray] | None = None

    def of(self, one: _Slice) -> NDArray:
        if one.offset is not None:
            return map_array(one.path, one.dtype, one.shape, one.offset)
        with self._lock:
            if self._last is None or self._last[0] is not one:
                self._last = one, _decode(one)
            return self._last[1]


@dataclass(frozen=True)
class TiffVolume:
    """A stack of TIFF slices in natural order of their names; slice k is z = k, rows are y, columns x."""

    path: Path
    name: str
    shape: tuple[int, int, int]
    dtype: np.dtype
    world_from_voxel: NDArray[np.float64]
    unit: str
    slices: tuple[_Slice, ...] = field(repr=False)
    planes: "_Planes" = field(repr=False)

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`. Of plain files only its pages are read, compressed slices are decoded whole."""
        z, y, x = region
        result = np.empty(region_shape(region, self.shape), self.dtype)
        for target, one in zip(result, self.slices[z], strict=True):
            target[...] = self.planes.of(one)[y, x]
        return result

    def fingerprint(self) -> str:
        """A hex digest of the files in order and of the spacing."""
        files = [one.path for one in self.slices]
        return fingerprint(files, world_from_voxel=self.world_from_voxel.tolist(), unit=self.unit)


def open_tiff_slices(folder: Path, options: ReadOptions = NO_OPTIONS) -> TiffVolume:
    """The volume whose slices are the TIFF files in `folder`, all of one size and dtype.

    The spacing is the options', else what ImageJ wrote into the first slice (unit, resolution and distance of slices),
    else nothing (`unit` "none"): resolutions in dots per inch are the scanner's or nobody's, and know no z.
    Raises FormatError naming the file that does not fit.
    """
    paths = visible_entries(folder)
    strays = [path for path in paths if path.suffix.lower() not in TIFF_SUFFIXES]
    if strays:
        raise FormatError(
            f"{strays[0]}: no TIFF slice, but it lies among {len(paths) - len(strays)}; move it elsewhere"
        )
    slices = tuple(map(_describe, paths))
    first = slices[0]
    if first.offset is None:
        _require_decodable(first)
    for one in slices:
        if one.shape != first.shape or native_dtype(one.dtype) != native_dtype(first.dtype):
            raise FormatError(
                f"{one.path} is {_size(one)}, but {first.path.name} is {_size(first)}: slices of a volume are of one "
                "size and type; move those of another volume elsewhere"
            )
    world_from_voxel, unit = affine_of(options.spacing or _imagej_spacing(first.path))
    if unit == "none":
        log.info("%s: the slices state no spacing; give it with --spacing z=...,y=...,x=...", folder)
    shape = (len(slices), *first.shape)
    if unit == "mm":
        warn_if_huge(folder, world_from_voxel, shape)
    return TiffVolume(folder, folder.name, shape, native_dtype(first.dtype), world_from_voxel, unit, slices, _Planes())


def refuse_single_tiff(path: Path) -> NoReturn:
    """Say what to do with a TIFF that is given by itself."""
    require_file(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable TIFF"), _open(path) as file:
        pages = _page_count(file)
    raise FormatError(
        f"{path}: one TIFF file with {pages} page{'s' * (pages != 1)}; this version reads a folder of TIFF files, one "
        f"slice each: give the folder{' instead' if pages == 1 else ', or save the stack as an image sequence first'}"
    )


def _open(path: Path) -> tifffile.TiffFile:
    """The file by itself: OME metadata may name others, which tifffile would open too."""
    return tifffile.TiffFile(path, is_ome=False)


def _page_count(file: tifffile.TiffFile) -> int:
    """Planes in the file; ImageJ may write many behind the description of one."""
    return max(len(file.pages), file.series[0].size // max(1, file.pages.first.size))


def _describe(path: Path) -> _Slice:
    """What the file says of itself; refuses what is not one plane of real numbers that can be decoded here."""
    require_file(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable TIFF"), _open(path) as file:
        page, pages = file.pages.first, _page_count(file)
        shape, dtype, samples, bits = page.shape, page.dtype, page.samplesperpixel, page.bitspersample
        offset = page.dataoffsets[0] if page.is_final else None
        codecs = {"compression": page.compression, "predictor": page.predictor}
        order = file.byteorder
    if pages != 1:
        raise FormatError(f"{path}: {pages} pages in one slice of a stack; save the pages as an image sequence")
    if samples != 1 or len(shape) != 2:
        raise FormatError(f"{path}: a pixel has {samples} values; this version draws one: split the channels")
    if dtype is None or dtype.kind not in "iuf" or dtype.itemsize * 8 != bits:
        raise FormatError(f"{path}: pixels of {bits} bits; convert the stack to 8 or 16 bits, or to float32")
    one = _Slice(path, (shape[0], shape[1]), dtype.newbyteorder(order), offset)
    if offset is None:
        _require_codecs(path, **codecs)
    claimed, held = math.prod(shape) * dtype.itemsize, path.stat().st_size
    if not claimed or held < (claimed // _LARGEST_RATIO if offset is None else offset + claimed):
        raise FormatError(
            f"{path}: {spelled(one.shape, dtype)} from byte {offset or 0} do not fit into its "
            f"{held:,} bytes; copy it again"
        )
    return one


def _require_codecs(path: Path, compression: int, predictor: int) -> None:
    """Refuse what could only fail in the middle of a movie."""
    for table, key, what in (
        (tifffile.TIFF.DECOMPRESSORS, compression, "compression"),
        (tifffile.TIFF.UNPREDICTORS, predictor, "predictor"),
    ):
        if key not in table:
            raise FormatError(f"{path}: its {what} {getattr(key, 'name', key)} {_CODEC_REMEDY}")


def _require_decodable(one: _Slice) -> None:
    """Decode a slice on trial: some codecs are listed and still not there."""
    try:
        _decode(one)
    except ImportError as error:
        raise FormatError(f"{one.path}: its compression {_CODEC_REMEDY}") from error


def _decode(one: _Slice) -> NDArray:
    """The whole slice (y, x). Raises ImportError where its codec is not there."""
    try:
        with _open(one.path) as file:
            return file.pages.first.asarray().reshape(one.shape)
    except ImportError:
        raise
    except Exception as error:  # every codec is another library with its own errors
        raise FormatError(f"{one.path}: the slice cannot be decoded: {error}; copy it again") from error


def _imagej_spacing(path: Path) -> tuple[float, float, float] | None:
    """(z, y, x) in mm where ImageJ wrote the unit, the resolution in pixels a unit, and the distance of slices."""
    with foreign_errors(path, *_FOREIGN, problem="its tags cannot be read"), _open(path) as file:
        stated = file.imagej_metadata or {}
        ratios = [file.pages.first.tags.valueof(name) for name in ("YResolution", "XResolution")]
    unit = str(stated.get("unit", "")).replace("\\u00B5", "µ").replace("micron", "um")
    distance = stated.get("spacing")
    if unit not in LENGTHS_MM or not isinstance(distance, int | float) or not distance > 0:
        return None
    if not all(isinstance(ratio, tuple) and len(ratio) == 2 and min(ratio) > 0 for ratio in ratios):
        return None
    y, x = (unit_per_pixel / pixels for pixels, unit_per_pixel in ratios)
    return distance * LENGTHS_MM[unit], y * LENGTHS_MM[unit], x * LENGTHS_MM[unit]


def _size(one: _Slice) -> str:
    return f"{one.shape[0]} x {one.shape[1]} {native_dtype(one.dtype)}"
