"""Where an NRRD's voxels lie in the world."""

import logging
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.header_text import MM, floats
from brainreel.formats.nrrd_header import NrrdHeader

log = logging.getLogger("brainreel")
_SIGNS = {
    "right-anterior-superior": (1, 1, 1),
    "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1),
    "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1),
    "lps": (-1, -1, 1),
}
"""What takes each anatomical space to RAS."""

_UNKNOWN = ("scanner-xyz", "3d-right-handed", "3d-left-handed")


def place_of(header: NrrdHeader, is_space: Sequence[bool]) -> tuple[NDArray[np.float64], str]:
    """`world_from_voxel` and the unit: "mm", or "none" where the header does not say how far apart voxels are.

    `is_space` tells of each axis of the grid whether it is one of x, y, z; axes that the header does not have were
    added behind. Spaces that are not anatomical are taken as they are.
    """
    numbers = [number for number, flag in enumerate(is_space) if flag]
    if header.vectors("space directions") is not None:
        affine, complete = _by_directions(header, numbers)
    else:
        affine, complete = _by_spacings(header, numbers)
    if not complete:
        log.warning(
            "%s: states no distance of its slices or voxels; give it with --spacing z=...,y=...,x=...", header.path
        )
    affine[:3] *= np.array(_signs(header))[:, None]
    return affine + 0.0, "mm" if complete else "none"


def _signs(header: NrrdHeader) -> tuple[int, int, int]:
    space = header.fields.get("space", "").lower()
    name = space.removesuffix("-time") if "-" in space else (space[:3] if len(space) == 4 else space)
    if not name or name in _UNKNOWN:
        return 1, 1, 1
    if name not in _SIGNS:
        raise FormatError(f"{header.path}: space {space!r} is not among {', '.join((*_SIGNS, *_UNKNOWN))}")
    return _SIGNS[name]


def _by_directions(header: NrrdHeader, numbers: Sequence[int]) -> tuple[NDArray[np.float64], bool]:
    directions = header.vectors("space directions") or []
    units = np.array(_units(header, "space units", 3))
    affine, complete = np.eye(4), True
    for column, number in enumerate(numbers):
        direction = directions[number] if number < len(directions) else None
        if direction is None:
            complete &= number >= len(directions)  # one slice needs no distance to the next
            affine[:3, column] = _across(affine, column)
        else:
            affine[:3, column] = _in_space(header, "space directions", direction) * units
    for origin in header.vectors("space origin") or []:
        if origin is not None:
            affine[:3, 3] = _in_space(header, "space origin", origin) * units
    return affine, complete


def _across(affine: NDArray[np.float64], column: int) -> NDArray[np.float64]:
    """One unit along an axis without a direction: across the two others where it is the last."""
    if column < 2:
        return np.eye(3)[column]
    normal = np.cross(affine[:3, 0], affine[:3, 1])
    length = float(np.linalg.norm(normal))
    return normal / length if length > 0 and math.isfinite(length) else np.eye(3)[2]


def _in_space(header: NrrdHeader, name: str, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) of a vector in two dimensions of space, three, or three and time."""
    if not 1 <= len(vector) <= 4:
        raise FormatError(f"{header.path}: {name} has a vector of {len(vector)} numbers; 2 or 3 are read")
    result = np.zeros(3)
    result[: min(3, len(vector))] = vector[:3]
    return result


def _by_spacings(header: NrrdHeader, numbers: Sequence[int]) -> tuple[NDArray[np.float64], bool]:
    """Diagonal; the first voxel at `axis mins`, half a voxel further where those are borders of cells."""
    sizes = header.sizes
    count = len(sizes)
    spacings = floats(header.path, "spacings", header.fields.get("spacings", "nan " * count), count)
    lower = floats(header.path, "axis mins", header.fields.get("axis mins", "nan " * count), count)
    upper = floats(header.path, "axis maxs", header.fields.get("axis maxs", "nan " * count), count)
    centers = header.words("centers") or ["???"] * count
    units = _units(header, "units", count)
    affine, complete = np.eye(4), True
    for column, number in enumerate(numbers):
        if number >= count:
            continue
        is_cell = number < len(centers) and centers[number].lower() == "cell"
        step = spacings[number]
        if math.isnan(step) and sizes[number] > 1:
            step = (upper[number] - lower[number]) / (sizes[number] - (not is_cell))
        complete &= not math.isnan(step)
        step = 1.0 if math.isnan(step) else step
        first = 0.0 if math.isnan(lower[number]) else lower[number] + (step / 2 if is_cell else 0.0)
        affine[column, column], affine[column, 3] = step * units[number], first * units[number]
    return affine, complete


def _units(header: NrrdHeader, name: str, count: int) -> list[float]:
    """Millimetres in the unit of each axis; nothing stated is millimetres."""
    words = header.words(name) or []
    return [MM.get(word, 1.0) for word in [*words, *[""] * count][:count]]
