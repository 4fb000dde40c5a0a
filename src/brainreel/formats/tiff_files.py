"""What the readers of TIFF share: files opened by themselves, pages checked before they are decoded, calibration."""

import logging
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.images import length_mm
from brainreel.formats.tiff_segments import CODEC_REMEDY, LARGEST_RATIO, Segments, segments_of
from brainreel.formats.voxels import spelled

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it remarks on damaged files, FormatErrors say
_COLORS = (2, 6)  # RGB, and YCbCr that is decoded to it
FOREIGN = (
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AttributeError,
    AssertionError,
    struct.error,
)
"""What tifffile raises on damaged headers; its own error is a ValueError."""


@dataclass(frozen=True)
class Page:
    """What a page says of itself: `axes` are "yx", "yxc" or "cyx"; `offset` is where it lies bare, None if coded.

    `segments` are its strips or tiles where they are decoded one by one.
    """

    path: Path
    shape: tuple[int, ...]
    axes: str
    dtype: np.dtype
    offset: int | None
    is_rgb: bool
    segments: Segments | None = None

    @property
    def together(self) -> tuple[int, ...]:
        """Elements along each axis that are decoded together."""
        return self.segments.chunk if self.segments else self.shape

    def spelled(self) -> str:
        """`193 x 271 uint16`, with the channels where there are several."""
        return f"{' x '.join(map(str, self.shape))} {self.dtype.newbyteorder('=')}"


def open_tiff(path: Path, is_ome: bool = False) -> tifffile.TiffFile:
    """The file by itself: OME metadata may name others, which tifffile would open too."""
    return tifffile.TiffFile(path, is_ome=is_ome)


def check_page(path: Path, file: tifffile.TiffFile, page: tifffile.TiffPage) -> Page:
    """What `page` of `file` says; raises FormatError for what is no plane of numbers that can be decoded here."""
    dtype, bits = page.dtype, page.bitspersample
    if page.axes.replace("S", "") != "YX":
        raise FormatError(f"{path}: pages with the axes {page.axes or 'of none'}; save the stack plane by plane")
    if dtype is None or dtype.kind not in "iuf" or dtype.itemsize * 8 != bits:
        raise FormatError(f"{path}: pixels of {bits} bits; convert the stack to 8 or 16 bits, or to float32")
    offset = page.dataoffsets[0] if page.is_final else None
    if offset is None:
        _require_codecs(path, page)
        require_data(path, page)
    claimed, held = math.prod(page.shape) * dtype.itemsize, path.stat().st_size
    if not claimed or held < (claimed // LARGEST_RATIO if offset is None else offset + claimed):
        raise FormatError(
            f"{path}: {spelled(page.shape, dtype)} from byte {offset or 0} do not fit into its "
            f"{held:,} bytes; copy it again"
        )
    axes = page.axes.lower().replace("s", "c")
    is_rgb = "c" in axes and page.photometric in _COLORS
    segments = segments_of(path, page, axes) if offset is None else None
    return Page(path, page.shape, axes, dtype.newbyteorder(file.byteorder), offset, is_rgb, segments)


def _require_codecs(path: Path, page: tifffile.TiffPage) -> None:
    """Refuse what could only fail in the middle of a movie."""
    for table, key, what in (
        (tifffile.TIFF.DECOMPRESSORS, page.compression, "compression"),
        (tifffile.TIFF.UNPREDICTORS, page.predictor, "predictor"),
    ):
        if key not in table:
            raise FormatError(f"{path}: its {what} {getattr(key, 'name', key)} {CODEC_REMEDY}")


def require_data(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame) -> None:
    """Raise FormatError where the page's coded pieces reach beyond the end of the file."""
    held = path.stat().st_size
    ends = [start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if ends and max(ends) > held:
        raise FormatError(
            f"{path}: a page ends at byte {max(ends):,}, but the file holds {held:,}; it is cut off, copy it again"
        )


def require_last_page(path: Path, file: tifffile.TiffFile) -> None:
    """Raise FormatError where the last page that could be read names another: the file is cut off."""
    form, last = file.tiff, file.pages[len(file.pages) - 1]
    file.filehandle.seek(last.offset)
    tags = int.from_bytes(file.filehandle.read(form.tagnosize), _order(file))
    file.filehandle.seek(last.offset + form.tagnosize + tags * form.tagsize)
    after = file.filehandle.read(form.offsetsize)
    if len(after) < form.offsetsize or int.from_bytes(after, _order(file)):
        raise FormatError(
            f"{path}: behind page {len(file.pages)} there should be another, but there is none; the file is cut off or "
            "still being written: copy it again"
        )


def _order(file: tifffile.TiffFile) -> Literal["little", "big"]:
    return "little" if file.byteorder == "<" else "big"


def decode_page(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame, shape: tuple[int, ...]) -> NDArray:
    """The whole page, of `shape`, of an open file. Raises FormatError where it is damaged or its codec is not there."""
    try:
        return page.asarray().reshape(shape)
    except ImportError as error:
        raise FormatError(f"{path}: its compression {CODEC_REMEDY}") from error
    except Exception as error:  # every codec is another library with its own errors
        raise FormatError(f"{path}: the slice cannot be decoded: {error}; copy it again") from error


def calibration(file: tifffile.TiffFile, depth: int) -> tuple[float | None, float | None, float | None]:
    """Voxel sizes (z, y, x) in mm as ImageJ states them: unit, resolution in pixels a unit, distance of slices.

    None for what is not stated: resolutions in dots per inch are the scanner's or nobody's. A single slice is as thick
    as its pixels are wide.
    """
    stated = {**((file.shaped_metadata or ({},))[0]), **(file.imagej_metadata or {})}
    unit, distance = length_mm(stated.get("unit", "")), stated.get("spacing")
    ratios = [file.pages.first.tags.valueof(name) for name in ("YResolution", "XResolution")]
    if unit is None or not all(isinstance(r, tuple) and len(r) == 2 and min(r) > 0 for r in ratios):
        return None, None, None
    y, x = (unit_per_pixel / pixels * unit for pixels, unit_per_pixel in ratios)
    if depth == 1:
        return x, y, x
    return (abs(distance) * unit if isinstance(distance, int | float) and distance else None), y, x
