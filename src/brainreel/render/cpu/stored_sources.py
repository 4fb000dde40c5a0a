"""Where the bricks of a picture come from: stores on its grid, and whatever is on another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from brainreel.data import Volume
from brainreel.render.cpu.media import HALO, Moments, Part
from brainreel.space import axis_lengths
from brainreel.store.cache import Key, PyramidCache, Wanted
from brainreel.store.levels import Level, plan_levels
from brainreel.store.pyramid import Pyramid
from brainreel.store.resampled import Grid
from brainreel.store.resampled_bricks import HeldVoxels, ResampledBricks, StoredVoxels
from brainreel.store.resident import Mixture
from brainreel.store.stored import StoredVolume
from brainreel.timeline.looks import LabelsLook
from brainreel.work import Cancelled, never


@dataclass(frozen=True)
class Sources:
    """What `parts` are drawn from on `grid`: `pyramids`, under `keys`, of their volumes that lie in no store."""

    parts: tuple[Part, ...]
    grid: Grid
    pyramids: tuple[Pyramid, ...]
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, parts: Sequence[Part], grid: Grid, pyramids: PyramidCache, cancelled: Cancelled = never) -> "Sources":
        """Raises MemoryBudgetError where the volumes that lie in no store do not fit."""
        wanted = [
            Wanted(((volume, fingerprint, 1.0),), HALO, isinstance(part.look, LabelsLook), series)
            for part in parts
            for moments, series in zip(part.moments, part.series, strict=False)
            for volume, fingerprint, _ in moments
            if not isinstance(volume, StoredVolume)
        ]
        found = pyramids.get_all(wanted, cancelled) if wanted else []
        return cls(tuple(parts), grid, tuple(found), tuple(key for one in wanted for key in one.keys))

    def mixtures(self) -> tuple[Mixture, ...]:
        """The sources of each channel of all parts."""
        held, levels = iter(self.pyramids), self._levels()
        return tuple(
            self._mixture(moments, levels, held, isinstance(part.look, LabelsLook))
            for part in self.parts
            for moments in part.moments
        )

    def places(self) -> tuple[object, ...]:
        """Of the places of the volumes, what bricks depend on: none where all are a store's own."""
        volumes = [volume for part in self.parts for moments in part.moments for volume, _, _ in moments]
        levels = self._levels()
        if all(self._fits(volume, levels) for volume in volumes):
            return (self.grid.shape,)
        worlds = [self.grid.world_from_voxel, *(volume.world_from_voxel for volume in volumes)]
        return (self.grid.shape, *(np.asarray(world, float).tobytes() for world in worlds))

    def _levels(self) -> tuple[Level, ...]:
        """Those of a store on the grid, else such as a store on it would have."""
        for part in self.parts:
            for volume, _, _ in (moment for moments in part.moments for moment in moments):
                if isinstance(volume, StoredVolume) and Grid.of(volume).is_same(self.grid):
                    return volume.pyramid.levels
        return plan_levels(self.grid.shape, axis_lengths(self.grid.world_from_voxel))

    def _mixture(
        self, moments: Moments, levels: tuple[Level, ...], held: Iterator[Pyramid], is_labels: bool
    ) -> Mixture:
        stored = [(volume.pyramid, weight) for volume, _, weight in moments if isinstance(volume, StoredVolume)]
        if len(stored) == len(moments) and all(self._fits(volume, levels) for volume, _, _ in moments):
            return tuple(stored)
        return tuple(
            (ResampledBricks(volume, _voxels(volume, held), self.grid, levels, is_labels), weight)
            for volume, _, weight in moments
        )

    def _fits(self, volume: Volume, levels: tuple[Level, ...]) -> bool:
        """Whether a volume's own bricks are those of the grid."""
        return (
            isinstance(volume, StoredVolume) and Grid.of(volume).is_same(self.grid) and volume.pyramid.levels == levels
        )


def kept_bytes(mixtures: Sequence[Mixture]) -> int:
    """Memory that sources take beside slots and pyramids."""
    sources = [source for mixture in mixtures for source, _ in mixture]
    return sum(source.voxels.kept_bytes for source in sources if isinstance(source, ResampledBricks))


def _voxels(volume: Volume, held: Iterator[Pyramid]) -> StoredVoxels | HeldVoxels:
    return StoredVoxels(volume.pyramid) if isinstance(volume, StoredVolume) else HeldVoxels(next(held))
