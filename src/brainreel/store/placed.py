"""Volumes at another place of the world than their files put them."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume


class PlacedVolume:
    """The voxels of `source`, moved by an affine (4, 4) of the world."""

    def __init__(self, source: Volume, world_from_source: NDArray[np.float64]) -> None:
        self.source, self.world_from_source = source, world_from_source
        self.name, self.shape, self.dtype, self.unit = source.name, source.shape, source.dtype, source.unit
        self.world_from_voxel = world_from_source @ source.world_from_voxel

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        return self.source.read(region)

    def fingerprint(self) -> str:
        """The source's with the place."""
        told = repr((self.source.fingerprint(), self.world_from_source.tolist()))
        return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()
