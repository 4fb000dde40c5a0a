"""What the exchange formats of surfaces share: arrays by their own names, and the space that 3D Slicer states."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.formats.freesurfer import read_morph
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import ReadOptions
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh

_SPACE = re.compile(rb"SPACE=(RAS|LPS)")
_NAMELESS = "unnamed"


@dataclass(frozen=True)
class Named:
    """An array as its file calls it, in `unit` where it says so; `is_direction`: it is turned with the space."""

    name: str
    values: NDArray = field(repr=False)
    is_direction: bool = False
    unit: str = ""


@dataclass(frozen=True)
class FileSurface:
    """What a file holds of a surface: `faces` (m, 3) as it winds them; `is_lps`: x and y point left and backwards."""

    points: NDArray = field(repr=False)
    faces: NDArray = field(repr=False)
    arrays: Sequence[Named] = ()
    face_arrays: Sequence[Named] = ()
    is_lps: bool = False


def content_of(path: Path) -> bytes:
    """All bytes of the file, which is there and not empty."""
    require_file(path)
    with foreign_errors(path):
        return path.read_bytes()


def states_lps(text: bytes) -> bool:
    """Whether a comment or header says SPACE=LPS, as 3D Slicer writes; who says nothing is taken to be in RAS."""
    stated = _SPACE.search(text)
    return stated is not None and stated[1] == b"LPS"


def mesh_of(path: Path, surface: FileSurface, options: ReadOptions) -> SurfaceMesh:
    """The surface in RAS, with its own arrays.

    FreeSurfer's beside it (lh.sulc beside lh.pial.ply) are not taken for its: whoever wrote such a file may have
    numbered the vertices anew, and as many values would be painted elsewhere without a word.
    """
    points = np.asarray(surface.points)
    if surface.is_lps:
        points = np.concatenate([-points[:, :2], points[:, 2:]], 1)
    arrays = MorphArrays({}, len(points), read_morph, _by_name(surface.arrays, surface.is_lps))
    hemi = options.hemi or hemisphere_of(path.name)
    face_arrays = _by_name(surface.face_arrays, surface.is_lps)
    units = {array.name: array.unit for array in (*surface.arrays, *surface.face_arrays) if array.unit}
    return surface_mesh(path, points, surface.faces, hemi, arrays, face_arrays, units, options.cloud)


def _by_name(arrays: Iterable[Named], is_lps: bool) -> dict[str, NDArray]:
    """Native arrays by name; the second of a name gets _2 behind it."""
    found: dict[str, NDArray] = {}
    for array in arrays:
        base = array.name.strip() or _NAMELESS
        name, number = base, 2
        while name in found:
            name, number = f"{base}_{number}", number + 1
        values = np.ascontiguousarray(array.values, array.values.dtype.newbyteorder("="))
        if is_lps and array.is_direction and values.shape[1:] == (3,) and values.dtype.kind != "u":
            values = np.concatenate([-values[:, :2], values[:, 2:]], 1)
        found[name] = values
    return found
