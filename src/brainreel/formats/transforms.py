"""Transforms of registrations: how a file's map of points becomes the one that moves data.

Whatever a format's own direction is, `point_maps` take points of the data that a registration moved (moving, source,
native) to where they come to lie in its fixed (target, template) space, as resampling the image does.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from brainreel.data import TimeAxis, Volume
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.gate import require_file
from brainreel.formats.itk_transforms import (
    is_hdf5_transform,
    maps_of_field,
    maps_of_hdf5,
    maps_of_matlab,
    maps_of_text,
)
from brainreel.formats.linear_transforms import flirt_map, maps_of_lta, maps_of_matrix, maps_of_xfm, read_matrix
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.transform_text import text_of
from brainreel.space import PointMap

_MAT_TYPES = 1 << 12
"""The first number of a MATLAB file of version 4 is less."""
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
ENDINGS = (".tfm", ".lta", ".xfm")
IMAGES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


@dataclass(frozen=True, eq=False)
class ReadTransform:
    """What moves points, from a file: `point_maps` first to last."""

    name: str
    point_maps: tuple[PointMap, ...]
    files: tuple[Path, ...]

    def fingerprint(self) -> str:
        """A hex digest of the files that it was read from."""
        return fingerprint(self.files, transform=True)


@dataclass(frozen=True, eq=False)
class ReadTransformSeries:
    """A transform over time, a file each moment."""

    name: str
    times: TimeAxis
    transforms: tuple[ReadTransform, ...]

    def transform(self, index: int) -> ReadTransform:
        """The one of moment `index`."""
        return self.transforms[index]

    def fingerprint(self) -> str:
        """A hex digest of all moments and their times."""
        told = repr(([one.fingerprint() for one in self.transforms], self.times))
        return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()


def open_transform(path: Path | str, options: ReadOptions = NO_OPTIONS) -> ReadTransform:
    """The transform in the file at `path`. Raises FormatError where it is none that is read; options are not asked."""
    return ReadTransform(Path(path).name, *_maps_of(Path(path)))


def open_flirt(path: Path, moving: Volume, fixed: Volume) -> ReadTransform:
    """FSL's matrix at `path`, which takes `moving` to `fixed` in millimetres of their voxels.

    Raises FormatError where it is no matrix of 4x4.
    """
    matrix, _ = read_matrix(path, text_of(path))
    return ReadTransform(path.name, (flirt_map(path, matrix, moving, fixed),), (path,))


def _maps_of(path: Path) -> tuple[tuple[PointMap, ...], tuple[Path, ...]]:
    head = require_file(path)
    name = path.name.lower()
    if name.endswith(IMAGES):
        return maps_of_field(path), (path,)
    if head.startswith(HDF5_MAGIC):
        return maps_of_hdf5(path), (path,)
    if name.endswith(".mat") and 0 <= int.from_bytes(head[:4], "little") < _MAT_TYPES:
        return maps_of_matlab(path), (path,)
    text = text_of(path)
    if text.lstrip().startswith("#Insight Transform File"):
        return maps_of_text(path, text), (path,)
    if text.lstrip().startswith("MNI Transform File"):
        return maps_of_xfm(path, text), (path,)
    if name.endswith(".lta"):
        return maps_of_lta(path, text), (path,)
    if name.endswith(".mat"):
        raise FormatError(
            f"{path}: FSL's matrices are between two volumes; write from: and to: beside file:, the volume that was "
            "moved (flirt -in) and the one it was moved to (flirt -ref)"
        )
    return maps_of_matrix(path, text), (path,)


def is_transform(path: Path | str) -> bool:
    """Whether the file at `path` can be nothing but a transform: by its ending, ITK's first line or ITK's groups.

    Displacement fields are images as well, and matrices are texts.
    """
    path = Path(path)
    if not path.is_file():
        return False
    if path.name.lower().endswith(ENDINGS):
        return True
    head = require_file(path)
    if head.startswith(HDF5_MAGIC):
        return path.suffix == ".h5" and is_hdf5_transform(path)
    return head.startswith(b"#Insight Transform File")
