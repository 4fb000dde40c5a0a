"""Slices as pictures: a folder of PNG or JPEG files, or one of them."""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.boxes import KeptBoxes
from brainreel.formats.folders import visible_entries
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.images import Image, placed
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.slice_files import SliceFiles
from brainreel.formats.voxels import spelled

log = logging.getLogger("brainreel")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
_LARGEST_RATIO = 1100  # the most that deflate can shrink; JPEG's blocks of 64 pixels cost more
_GREYS = {"1": "L", "L": "L", "LA": "L", "I;16": "I;16", "I;16B": "I;16B", "I;16L": "I;16L", "I": "I"}
_DTYPES = {"L": np.dtype(np.uint8), "I": np.dtype(np.int32), "RGB": np.dtype(np.uint8)}
_FOREIGN = (
    ValueError, LookupError, TypeError, ArithmeticError, SyntaxError, EOFError, RuntimeError, AttributeError,
    Pictures.DecompressionBombError, Pictures.DecompressionBombWarning, MemoryError,
)  # fmt: skip
"""What Pillow raises on damaged files, and on pictures so large that it takes them for an attack."""


@dataclass(frozen=True)
class _Picture:
    """A file with what it decodes to: (y, x) of greys or (y, x, 3) of colours."""

    path: Path
    mode: str
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype:
        return _DTYPES.get(self.mode, np.dtype(np.uint16))

    def decoded(self) -> NDArray:
        with foreign_errors(self.path, *_FOREIGN, problem="the picture cannot be decoded; copy it again"):
            with Pictures.open(self.path) as picture:
                array = np.asarray(picture if picture.mode == self.mode else picture.convert(self.mode))
            return array.reshape(self.shape).astype(self.dtype, copy=False)


def open_picture_slices(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The volume whose slices are the pictures in the folder `path`, in natural order of their names, or one picture.

    Greys of 8 and 16 bits are kept, black and white are 0 and 255, palettes become colours, alpha is left out. The
    spacing is the options': pictures state none that knows z. Raises FormatError naming the file that does not fit.
    """
    paths = visible_entries(path) if path.is_dir() else [path]
    strays = [entry for entry in paths if entry.suffix.lower() not in PICTURE_SUFFIXES]
    if strays:
        raise FormatError(f"{strays[0]}: no picture, but it lies among {len(paths) - len(strays)}; move it elsewhere")
    slices = tuple(map(_describe, paths))
    first = slices[0]
    first.decoded()
    for one in slices:
        if (one.shape, one.dtype) != (first.shape, first.dtype):
            raise FormatError(
                f"{one.path} is {_size(one)}, but {first.path.name} is {_size(first)}: slices of a volume are of one "
                "size and type; move those of another volume elsewhere"
            )
    world_from_voxel, unit = placed(None, options)
    if unit == "none":
        log.info("%s: pictures state no spacing; give it with --spacing z=...,y=...,x=...", path)
    files = SliceFiles(len(slices), first.shape, first.dtype, lambda k: slices[k].decoded())
    axes = "zyxc" if first.mode == "RGB" else "zyx"
    array = KeptBoxes(files, (1, *first.shape))
    return Image(path, path.name, array, axes, world_from_voxel, unit, tuple(paths), is_rgb=axes == "zyxc").opened()


def _describe(path: Path) -> _Picture:
    require_file(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable picture"), Pictures.open(path) as picture:
        (width, height), frames = picture.size, getattr(picture, "n_frames", 1)
        mode = _GREYS.get(picture.mode, "RGB")
    if frames != 1:
        raise FormatError(f"{path}: an animation of {frames} pictures; save them as pictures of their own")
    one = _Picture(path, mode, (height, width, 3) if mode == "RGB" else (height, width))
    if math.prod(one.shape) * one.dtype.itemsize > path.stat().st_size * _LARGEST_RATIO:
        raise FormatError(
            f"{path}: {spelled(one.shape, one.dtype)} cannot lie in {path.stat().st_size:,} bytes; copy it again"
        )
    return one


def _size(one: _Picture) -> str:
    return f"{' x '.join(map(str, one.shape))} {one.dtype}"
