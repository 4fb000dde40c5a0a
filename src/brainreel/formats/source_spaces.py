"""MNE's source spaces, `-src.fif`, also inside `-fwd.fif` and `-inv.fif`: where sources of activity may lie.

Surfaces are those of the two hemispheres, with the vertices in use; a volume is a grid of which some voxels are in use.
Files count metres in FreeSurfer's surface coordinates (tkRAS) or the head's, vertices of triangles from 1.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.fif import MRI, RAS, VOXEL, Block, Fif, open_fif_file
from brainreel.formats.voxels import warn_if_huge

SURFACE, VOLUME, DISCRETE = 1, 2, 3
SPACE, PARENT_MRI = 351, 353
"""Blocks: a source space, and in it what is known of the MRI that it lies in."""
SELECTION, KIND, ID = 3513, 3518, 3517
_SIZES, _POINT_COUNT, _NAME = 3596, 3512, 206
_MM = 1000.0


@dataclass(frozen=True)
class GridSpace:
    """The grid (z, y, x) of a volume source space; `used` are the flat numbers of voxels in use, of each region."""

    path: Path
    shape: tuple[int, int, int]
    world_from_voxel: NDArray[np.float64] = field(repr=False)
    used: tuple[NDArray[np.int64], ...] = field(repr=False)
    names: tuple[str, ...] = ()


def kind_of_space(file: Fif, space: Block) -> int:
    """SURFACE, VOLUME or DISCRETE."""
    return file.number(file.tag(space, KIND), "kind of source space")


def used_of(file: Fif, space: Block) -> NDArray[np.bool_]:
    """(n,) whether each of the points is in use."""
    count = file.number(file.tag(space, _POINT_COUNT), "number of sources")
    used = file.numbers(file.needed(file.tag(space, SELECTION), "list of the sources in use")).ravel()
    if len(used) != count or not count:
        raise FormatError(f"{file.path}: says of {len(used):,} sources whether they are in use, but has {count:,}")
    return used != 0


def read_grid(path: Path) -> GridSpace:
    """The grid of the volume source spaces in `path`; of a mixed one without its surfaces.

    Raises FormatError where there is none, or several that do not share one grid.
    """
    file = open_fif_file(path)
    spaces = list(file.blocks(SPACE))
    if not spaces:
        raise FormatError(f"{path}: holds no source space; name the one of the estimate, such as meg-vol-src.fif")
    kinds = [kind_of_space(file, space) for space in spaces]
    if DISCRETE in kinds:
        raise FormatError(f"{path}: a discrete source space, whose sources are on no grid; make a volume source space")
    grids = [_one_grid(file, space) for space, kind in zip(spaces, kinds, strict=True) if kind == VOLUME]
    if not grids:
        raise FormatError(f"{path}: a source space of surfaces; name the volume source space of the estimate")
    first = grids[0]
    for other in grids[1:]:
        if other.shape != first.shape or not np.array_equal(other.world_from_voxel, first.world_from_voxel):
            raise FormatError(f"{path}: its volumes lie on different grids; save one that has all of them")
    used, names = (tuple(part for grid in grids for part in getattr(grid, name)) for name in ("used", "names"))
    return GridSpace(path, first.shape, first.world_from_voxel, used, names)


def _one_grid(file: Fif, space: Block) -> GridSpace:
    path, used = file.path, used_of(file, space)
    sizes = file.numbers(file.needed(file.tag(space, _SIZES), "size of the volume's grid")).ravel().tolist()
    if len(sizes) != 3 or min(sizes) < 1 or math.prod(sizes) != len(used):
        raise FormatError(f"{path}: a grid of {' x '.join(map(str, sizes))} voxels for {len(used):,} sources; damaged")
    mri = next((block for block in space.blocks if block.kind == PARENT_MRI), None)
    surface_from_voxel = file.transform(space, VOXEL, MRI)
    ras_from_surface = None if mri is None else file.transform(mri, MRI, RAS)
    if surface_from_voxel is None or ras_from_surface is None:
        raise FormatError(f"{path}: does not say where its grid lies in the MRI; make it again with MNE 0.9 or later")
    world_from_voxel = ras_from_surface @ surface_from_voxel
    world_from_voxel[:3] *= _MM
    shape = (sizes[2], sizes[1], sizes[0])
    warn_if_huge(path, world_from_voxel, shape)
    tag = file.tag(space, _NAME)
    return GridSpace(path, shape, world_from_voxel, (np.flatnonzero(used),), (file.text(tag) if tag else "",))
