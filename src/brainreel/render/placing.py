"""Volumes where the moves of a look put them, their bricks named by their voxels, so that what moves keeps them."""

import copy
import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Transform, Volume
from brainreel.kernels.pool import Pool
from brainreel.space import PartUndone, axis_lengths, inverse_of
from brainreel.store.levels import plan_levels
from brainreel.store.placed import PlacedVolume
from brainreel.store.reduced import HeldVolume
from brainreel.store.stored import StoredVolume
from brainreel.store.warped import WarpedVolume
from brainreel.timeline.looks import DataReference, Move, WarpMove

WARPED_KEPT = 64
"""Warped volumes that are remembered, without their voxels."""

HELD_PART = 8
"""The voxels of volumes that warps move are kept where they take at most such a part of the budget."""

Moments = tuple[tuple[Volume, str, float], ...]


class Placer:
    """Puts volumes where moves put them; `data` and `fingerprints` go by asset key."""

    def __init__(
        self, pool: Pool, data: Mapping[str, Data], fingerprints: Mapping[str, str], budget_bytes: int
    ) -> None:
        self._pool, self._data, self._fingerprints = pool, data, fingerprints
        self._held_bytes = budget_bytes // HELD_PART
        self._held: dict[str, HeldVolume] = {}
        self._warped: OrderedDict[str, WarpedVolume] = OrderedDict()

    def moments(self, moments: Moments, moves: tuple[Move, ...], lasting: bool = False) -> Moments:
        """Volumes with their fingerprints and weights after `moves`; `lasting`: all frames show the same ones."""
        return tuple((*self._moved(volume, content, moves, lasting), weight) for volume, content, weight in moments)

    def _moved(self, volume: Volume, content: str, moves: tuple[Move, ...], lasting: bool) -> tuple[Volume, str]:
        affine = np.eye(4)
        if lasting and any(isinstance(move, WarpMove) for move in moves):
            volume = self._kept(volume, content)
        for move in moves:
            if isinstance(move, WarpMove):
                volume, content = self._warp(volume, content, affine, move)
                affine = np.eye(4)
            else:
                affine = np.array(move) @ affine
        if np.array_equal(affine, np.eye(4)):
            return volume, content
        there = placed(volume, affine)
        return there, content_of(volume, there, content)

    def _warp(
        self, volume: Volume, content: str, affine: NDArray[np.float64], move: WarpMove
    ) -> tuple[WarpedVolume, str]:
        """`volume` moved by an affine and then by a warp; it is sampled when it is read."""
        there = volume.world_from_voxel, affine
        told = repr((content, [one.tolist() for one in there], self._fingerprints[move.asset], replace(move, asset="")))
        name = hashlib.blake2b(told.encode(), digest_size=20).hexdigest()
        if name not in self._warped:
            transform = self._data[move.asset]
            if not isinstance(transform, Transform):
                raise TypeError(f"{move.asset} is a {type(transform).__name__}, a warp is a Transform")
            maps = inverse_of(transform.point_maps) if move.inverse else transform.point_maps
            source = placed(volume, affine)
            self._warped[name] = WarpedVolume(source, PartUndone(maps, move.amount), self._pool, move.sampling)
            while len(self._warped) > WARPED_KEPT:
                self._warped.popitem(last=False)
        self._warped.move_to_end(name)
        return self._warped[name], name

    def _kept(self, volume: Volume, content: str) -> Volume:
        """`volume`, its voxels held from the first read on where there is room: each amount of a warp reads them."""
        if content not in self._held:
            if sum(map(_byte_count, (volume, *self._held.values()))) > self._held_bytes:
                return volume
            self._held[content] = HeldVolume(volume)
        return self._held[content]


def _byte_count(volume: Volume) -> int:
    return math.prod(volume.shape) * volume.dtype.itemsize


def is_warped(reference: DataReference) -> bool:
    """Whether a warp is among what moves a volume."""
    return any(isinstance(move, WarpMove) for move in reference.moves)


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
