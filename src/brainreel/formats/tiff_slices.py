"""A folder of TIFF files, one slice each."""

import logging
from pathlib import Path

from numpy.typing import NDArray

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.boxes import KeptBoxes
from brainreel.formats.folders import visible_entries
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.images import Image, placed, scaled_mm
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.slice_files import Plane, SliceFiles
from brainreel.formats.tiff_files import FOREIGN, Page, calibration, check_page, decode_page, open_tiff
from brainreel.formats.voxels import map_array, native_dtype, warn_if_huge

log = logging.getLogger("brainreel")
TIFF_SUFFIXES = (".tif", ".tiff")


def open_tiff_slices(folder: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The volume whose slices are the TIFF files in `folder`, in natural order of their names; colours are channels.

    The spacing is the options', else what ImageJ wrote into the first slice (unit, resolution and distance of slices),
    else nothing (`unit` "none"): resolutions in dots per inch are the scanner's or nobody's, and know no z.
    Of plain files only the pages of a region are read, of compressed ones its strips or tiles are decoded.
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
        _plane(first)[tuple(slice(0, 1) for _ in first.shape)]  # on trial: some codecs are listed and still not there
    for one in slices:
        if (one.shape, one.axes, native_dtype(one.dtype)) != (first.shape, first.axes, native_dtype(first.dtype)):
            raise FormatError(
                f"{one.path} is {one.spelled()}, but {first.path.name} is {first.spelled()}: slices of a volume are of "
                "one size and type; move those of another volume elsewhere"
            )
    world_from_voxel, unit = placed(_world(first.path, len(slices)), options)
    if unit == "none":
        log.info("%s: the slices state no spacing; give it with --spacing z=...,y=...,x=...", folder)
    image = Image(
        folder,
        folder.name,
        _stacked(slices),
        "z" + first.axes,
        world_from_voxel,
        unit,
        tuple(one.path for one in slices),
        is_rgb=first.is_rgb,
    )
    if unit == "mm":
        warn_if_huge(folder, world_from_voxel, (image.size("z"), image.size("y"), image.size("x")))
    return image.opened()


def _stacked(slices: tuple[Page, ...]) -> SliceFiles | KeptBoxes:
    first = slices[0]
    alike = first.axes == "yx" and all(one.dtype == first.dtype for one in slices)
    bare = [(one.path, one.offset) for one in slices if one.offset is not None and alike]
    dtype = first.dtype if len(bare) == len(slices) else native_dtype(first.dtype)
    files = SliceFiles(
        len(slices), first.shape, dtype, lambda k: _plane(slices[k]), bare if len(bare) == len(slices) else ()
    )
    coded = [one.together for one in slices if one.offset is None]
    return KeptBoxes(files, (1, *map(max, zip(*coded, strict=True)))) if coded else files


def _plane(one: Page) -> Plane:
    """What the slice holds; of one that is decoded whole, the voxels."""
    if one.offset is not None:
        return map_array(one.path, one.dtype, one.shape, one.offset)
    return one.segments or _decode(one)


def _describe(path: Path) -> Page:
    """What the file says of itself; refuses what is not one plane."""
    require_file(path)
    with foreign_errors(path, *FOREIGN, problem="this is no readable TIFF"), open_tiff(path) as file:
        first = file.pages.first
        pages = max(len(file.pages), file.series[0].size // max(1, first.size))  # ImageJ may write many behind one
        if pages != 1:
            raise FormatError(
                f"{path}: {pages} pages in one slice of a stack; save the pages as an image sequence, or give this "
                "file by itself"
            )
        return check_page(path, file, first)


def _decode(one: Page) -> NDArray:
    problem = "the slice has changed since it was opened"
    with foreign_errors(one.path, *FOREIGN, problem=problem), open_tiff(one.path) as file:
        return decode_page(one.path, file.pages.first, one.shape)


def _world(path: Path, depth: int) -> NDArray | None:
    with foreign_errors(path, *FOREIGN, problem="its tags cannot be read"), open_tiff(path) as file:
        return scaled_mm(calibration(file, depth))
