"""One TIFF file with a stack in it: plain pages, ImageJ hyperstacks, OME-TIFF, BigTIFF."""

import logging
import math
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.boxes import Box, KeptBoxes, MappedArray
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.images import ChannelLook, Image, moments, placed, scaled_mm, time_s
from brainreel.formats.ome_xml import ome_image
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.slice_files import Plane
from brainreel.formats.tiff_files import (
    FOREIGN,
    Page,
    calibration,
    check_page,
    decode_page,
    open_tiff,
    require_data,
    require_last_page,
)
from brainreel.formats.tiff_segments import Segments, segments_of
from brainreel.formats.voxels import spelled, warn_if_huge

log = logging.getLogger("brainreel")
_AXES = {"X": "x", "Y": "y", "Z": "z", "C": "c", "S": "c", "T": "t"}


class _Pages:
    """Pages (grid..., page...) that must be decoded, by segments or whole; the file is open only while one is."""

    def __init__(self, path: Path, file: tifffile.TiffFile, pages: list, grid: tuple[int, ...], page: Page) -> None:
        self.shape, self.dtype = (*grid, *page.shape), page.dtype.newbyteorder("=")
        self._path, self._file, self._grid, self._page = path, file, grid, page
        self._pages = [one and (segments_of(path, one, page.axes) or one) for one in pages]
        self._lock = threading.Lock()

    def read(self, box: Box) -> NDArray:
        """The elements of `box`, page by page."""
        grid, inside = box[: len(self._grid)], box[len(self._grid) :]
        result = np.empty([part.stop - part.start for part in box], self.dtype)
        numbers = np.arange(math.prod(self._grid)).reshape(self._grid)[grid]
        for place in np.ndindex(numbers.shape):
            page = self._pages[int(numbers[place])]
            result[place] = 0 if page is None else self._plane(page)[inside]  # OME may leave planes out
        return result

    def _plane(self, page: Segments | tifffile.TiffPage | tifffile.TiffFrame) -> Plane:
        if isinstance(page, Segments):
            return page
        with self._lock, foreign_errors(self._path):
            self._file.filehandle.open()
            try:
                return decode_page(self._path, page, self._page.shape)
            finally:
                self._file.filehandle.close()


@dataclass(frozen=True)
class _Stack:
    """What the file says: the array, its axes (of "tczyx"), and what its metadata add."""

    array: MappedArray | KeptBoxes
    axes: str
    page: Page
    sizes_mm: tuple[float | None, float | None, float | None]
    step_s: float | None
    looks: tuple[ChannelLook, ...]


def open_tiff_stack(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The image in `path`: its pages are z, or what ImageJ or OME say they are; a single page is one slice.

    Voxel sizes are the options', else ImageJ's (unit, resolution, distance of slices) or OME's (physical sizes), else
    nothing (`unit` "none"). The first image where OME has several. Uncompressed stacks are mapped, others decoded by
    strips, tiles or pages. Raises FormatError for damaged files, unknown axes, and images that lie in several files.
    """
    require_file(path)
    with foreign_errors(path, *FOREIGN, problem="this is no readable TIFF"):
        stack = _describe(path)
    world_from_voxel, unit = placed(scaled_mm(stack.sizes_mm), options)
    if unit == "none":
        log.info("%s: the stack states no spacing; give it with --spacing z=...,y=...,x=...", path)
    image = Image(
        path, path.name, stack.array, stack.axes, world_from_voxel, unit, (path,), None, stack.looks, stack.page.is_rgb
    )
    if unit == "mm":
        warn_if_huge(path, world_from_voxel, (image.size("z"), image.size("y"), image.size("x")))
    return replace(image, times=moments(image.size("t"), options, 0.0, stack.step_s)).opened()


def _describe(path: Path) -> _Stack:
    with open_tiff(path) as plain:
        description = plain.pages.first.description if plain.pages.first.description.lstrip().startswith("<") else ""
    ome = ome_image(description, path) if "OME" in description[:2000] else None
    with open_tiff(path, is_ome=ome is not None) as file:
        series = file.series[0]
        require_last_page(path, file)
        stated_by = "ome" if ome else "imagej" if file.is_imagej else series.kind
        if series.kind != stated_by:
            raise FormatError(
                f"{path}: what {stated_by} metadata say of its pages does not fit the {len(file.pages)} there are; "
                "it is cut off or was edited: copy it again, or save it anew"
            )
        page = check_page(path, file, file.pages.first if series.keyframe is None else series.keyframe.aspage())
        axes, shape = _axes(path, series)
        array = _array(path, file, series, page, shape)
        depth = shape[axes.index("z")] if "z" in axes else 1
        if ome:
            z, y, x = ome.sizes_mm
            return _Stack(array, axes, page, (z or x if depth == 1 else z, y, x), ome.step_s, ome.looks)
        stated = file.imagej_metadata or {}
        step, unit = stated.get("finterval"), time_s(stated.get("tunit", "s"))
        step_s = step * unit if isinstance(step, int | float) and unit else None
        return _Stack(array, axes, page, calibration(file, depth), step_s, _imagej_looks(stated))


def _axes(path: Path, series: tifffile.TiffPageSeries) -> tuple[str, tuple[int, ...]]:
    """Our axes of the series and their sizes: those of one element left out, unknown ones z where there is no z."""
    kept = [
        (letter, size) for letter, size in zip(series.axes, series.shape, strict=True) if size > 1 or letter in "YX"
    ]
    letters = [letter for letter, _ in kept]
    unknown = [letter for letter in letters if letter not in _AXES]
    if len(unknown) == 1 and "Z" not in letters:
        letters[letters.index(unknown[0])] = "Z"
    axes = "".join(_AXES.get(letter, letter) for letter in letters)
    if not set(axes) <= set("tczyx") or len(set(axes)) < len(axes):
        named = " x ".join(f"{size} ({letter})" for letter, size in kept)
        raise FormatError(
            f"{path}: {named} pixels; this version draws images over time, channel, z, y and x: save one position, "
            "angle or the like as a file of its own"
        )
    return axes, tuple(size for _, size in kept)


def _array(
    path: Path, file: tifffile.TiffFile, series: tifffile.TiffPageSeries, page: Page, shape: tuple[int, ...]
) -> MappedArray | KeptBoxes:
    """The series as an array of `shape`."""
    if math.prod(shape) % math.prod(page.shape) or series.dtype != page.dtype.newbyteorder("="):
        raise FormatError(f"{path}: pages of {page.spelled()} do not make up {shape} of {series.dtype}; it is damaged")
    offset = series.dataoffset
    if offset is not None:
        wanted, held = offset + math.prod(shape) * page.dtype.itemsize, path.stat().st_size
        if wanted > held:
            raise FormatError(
                f"{path}: {spelled(shape, page.dtype)} from byte {offset} do not fit into its {held:,} bytes; it is "
                "cut off, copy it again"
            )
        return MappedArray(path, shape, page.dtype, offset)
    page = replace(page, shape=tuple(n for n in page.shape if n > 1 or len(page.shape) == 2))
    grid = shape[: len(shape) - len(page.shape)]
    if (*grid, *page.shape) != shape:
        raise FormatError(f"{path}: pages of {page.spelled()} do not make up {shape}; it is damaged")
    pages = [series[k] for k in range(len(series))]
    if len(pages) != math.prod(grid):
        raise FormatError(f"{path}: {len(pages)} pages, but its description states {math.prod(grid)}; copy it again")
    for one in pages:
        if one is not None:
            require_data(path, one)
            if one.shape != series.keyframe.shape:
                raise FormatError(f"{path}: page {one.index} is {one.shape}, but the first is {page.spelled()}")
    if pages.count(None):
        log.warning("%s: %d of %d planes are missing; they are drawn as 0", path, pages.count(None), len(pages))
    stacked = _Pages(path, file, pages, grid, page)
    stacked.read(tuple(slice(0, 1) for _ in shape))  # on trial
    return KeptBoxes(stacked, (*(1 for _ in grid), *page.together))


def _imagej_looks(stated: dict) -> tuple[ChannelLook, ...]:
    """Colours and ranges that ImageJ wrote a channel."""
    tables, ranges = stated.get("LUTs") or [], stated.get("Ranges") or ()
    looks = []
    for k in range(max(len(tables), len(ranges) // 2)):
        low, high = (float(v) for v in ranges[2 * k : 2 * k + 2]) if 2 * k + 1 < len(ranges) else (0.0, 0.0)
        table = np.asarray(tables[k]) if k < len(tables) else np.empty(0)
        red, green, blue = (float(v) / 255 for v in table[:, -1]) if table.shape == (3, 256) else (0.0, 0.0, 0.0)
        color = (red, green, blue) if red + green + blue else None
        looks.append(ChannelLook("", color, (low, high) if low < high else None))
    return tuple(looks)
