"""A triangulated surface in memory, with its arrays and those that lie beside it: what every mesh format gives back."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint

log = logging.getLogger("brainreel")
ReadMorph = Callable[[Path], NDArray[np.float32]]
NOTHING: Mapping[str, NDArray] = MappingProxyType({})
FREESURFER_UNITS = {"thickness": "mm", "area": "mm^2", "volume": "mm^3", "curv": "1/mm"}
"""Of the values per vertex that FreeSurfer measures; its sulc has none."""

_INSIDE_OUT = -0.01  # of the bounding box; sheets and flat maps enclose next to nothing, whichever way they face


class MorphArrays(Mapping[str, NDArray]):
    """Values per vertex: those of a geometry's file itself, `own`, then those of files beside it, read when asked for.

    An array of the file goes before one of the same name beside it.
    """

    def __init__(
        self, files: Mapping[str, Path], vertex_count: int, read: ReadMorph, own: Mapping[str, NDArray] = NOTHING
    ):
        self.files = {name: path for name, path in files.items() if name not in own}
        self._vertex_count = vertex_count
        self._read = read
        self._values = dict(own)
        self._names = (*own, *self.files)

    def __getitem__(self, name: str) -> NDArray:
        """The values `name`, (n,) or (n, k). Raises FormatError where a file has values for another surface."""
        if name not in self._values:
            values = self._read(self.files[name])
            if len(values) != self._vertex_count:
                raise FormatError(
                    f"{self.files[name]}: {len(values):,} values, but the surface beside it has {self._vertex_count:,} "
                    "vertices; it belongs to another surface"
                )
            self._values[name] = values
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True)
class SurfaceMesh:
    """A surface of one hemisphere or of none, in RAS millimetres."""

    path: Path
    name: str
    points: NDArray[np.float32] = field(repr=False)
    faces: NDArray[np.int32] = field(repr=False)
    hemi: str | None
    arrays: MorphArrays = field(repr=False)
    face_arrays: Mapping[str, NDArray] = field(default_factory=dict, repr=False)
    stated_units: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def units(self) -> Mapping[str, str]:
        """Those that the file states, and those in which FreeSurfer writes what lies beside it."""
        beside = {name: FREESURFER_UNITS[name] for name in self.arrays.files if name in FREESURFER_UNITS}
        return {**beside, **self.stated_units}

    def fingerprint(self) -> str:
        """A hex digest of the file and of those of the arrays."""
        return fingerprint([self.path, *self.arrays.files.values()], arrays=list(self.arrays.files))


def surface_mesh(
    path: Path,
    points: ArrayLike,
    faces: ArrayLike,
    hemi: str | None,
    arrays: MorphArrays,
    face_arrays: Mapping[str, NDArray] = NOTHING,
    units: Mapping[str, str] | None = None,
    cloud: bool = False,
) -> SurfaceMesh:
    """A mesh of checked `points` (n, 3) and `faces` (m, 3), turned where they enclose space inside out; a `cloud` may
    have none.
    """
    xyz, corners = np.asarray(points), np.asarray(faces)
    if any(array.ndim != 2 or array.shape[1] != 3 for array in (xyz, corners)) or not len(xyz if cloud else corners):
        raise FormatError(f"{path}: {xyz.shape} points and {corners.shape} faces are no surface of triangles")
    if not np.isfinite(xyz).all():
        raise FormatError(
            f"{path}: vertex {int(np.argwhere(~np.isfinite(xyz))[0, 0])} has no finite place; it is damaged"
        )
    if len(corners) and (corners.min() < 0 or corners.max() >= len(xyz)):
        face = int(np.argwhere((corners < 0) | (corners >= len(xyz)))[0, 0])
        raise FormatError(
            f"{path}: face {face} is {corners[face].tolist()}, but there are {len(xyz):,} vertices; damaged"
        )
    if _enclosed_fraction(xyz, corners) < _INSIDE_OUT:
        log.info("%s: faces turned, they were clockwise seen from outside", path)
        corners = corners[:, ::-1]
    xyz32, corners32 = np.array(xyz, np.float32, order="C"), np.array(corners, np.int32, order="C")
    return SurfaceMesh(path, path.name, xyz32, corners32, hemi, arrays, face_arrays, units or {})


def _enclosed_fraction(points: NDArray, faces: NDArray) -> float:
    """Signed volume inside the faces, positive where they face outwards, as a part of the bounding box's."""
    centred = points.astype(float) - points.mean(0, dtype=float)
    a, b, c = (centred[faces[:, k]] for k in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c)) / 6
    box = np.prod(np.ptp(centred, axis=0))
    return float(volume / box) if box > 0 else 0.0
