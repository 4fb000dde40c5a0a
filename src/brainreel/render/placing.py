"""Volumes where the moves of a look put them, their bricks named by their voxels, so that what moves keeps them."""

import copy

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.errors import SceneError
from brainreel.space import axis_lengths
from brainreel.store.levels import plan_levels
from brainreel.store.placed import PlacedVolume
from brainreel.store.stored import StoredVolume
from brainreel.timeline.looks import DataReference, WarpMove


def affine_of(reference: DataReference) -> NDArray[np.float64]:
    """What moves a volume, (4, 4). Raises SceneError for a warp, which moves points only."""
    affine = np.eye(4)
    for move in reference.moves:
        if isinstance(move, WarpMove):
            raise SceneError(f"{reference.asset} is a volume, and warps move surfaces; resample its image by the warp")
        affine = np.array(move) @ affine
    return affine


def placed(volume: Volume, world_from_volume: NDArray[np.float64]) -> Volume:
    """`volume` moved by an affine; one of a store stays one."""
    if not isinstance(volume, StoredVolume):
        return PlacedVolume(volume, world_from_volume)
    moved = copy.copy(volume)
    moved.world_from_voxel = world_from_volume @ volume.world_from_voxel
    return moved


def content_of(volume: Volume, moved: Volume, fingerprint: str) -> str:
    """What names the bricks of `moved`, which is `volume` elsewhere: its `fingerprint` alone unless a stretch changes
    which voxels are averaged."""
    plans = [
        [level.factors for level in plan_levels(one.shape, axis_lengths(one.world_from_voxel))]
        for one in (volume, moved)
    ]
    return fingerprint if isinstance(volume, StoredVolume) or plans[0] == plans[1] else f"{fingerprint} {plans[1]}"
