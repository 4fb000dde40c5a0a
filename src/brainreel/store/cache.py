"""The pyramids that are in memory, the least recently used going first where they would outgrow a budget."""

import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from brainreel.data import Volume
from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.space import axis_lengths
from brainreel.store.labels import numbers_type
from brainreel.store.pyramid import Pyramid, blend_pyramids, build_pyramid, bytes_needed
from brainreel.store.warped import is_warped
from brainreel.work import Cancelled, never

Key = tuple
MOMENTS_KEPT = 2


@dataclass(frozen=True)
class Wanted:
    """A pyramid to have: of volumes of one grid, with fingerprints and weights that add up to 1, of at most two.

    `series` names what the moments are of, "" for none: of one series no more than two moments and one blend are kept.
    """

    moments: tuple[tuple[Volume, str, float], ...]
    halo: int
    labels: bool = False
    series: str = ""

    @property
    def keys(self) -> list[Key]:
        """What it is kept under: its moments, the blend of two last."""
        moments = [(fingerprint, self.halo, self.labels) for _, fingerprint, _ in self.moments]
        weights = tuple(weight for *_, weight in self.moments)
        return [*moments, (*moments, weights)] if len(moments) > 1 else moments

    @property
    def byte_count(self) -> int:
        """Memory of each of `keys`."""
        volume = self.moments[0][0]
        dtype = numbers_type(volume.dtype) if self.labels else volume.dtype
        return bytes_needed(volume.shape, axis_lengths(volume.world_from_voxel), np.dtype(dtype), self.halo)


class PyramidCache:
    """Pyramids by the content they were built from, within `budget_bytes`."""

    def __init__(self, pool: Pool, budget_bytes: int, share: float = 1.0) -> None:
        """`share` is what part of the user's budget `budget_bytes` is, for the message where it is too small."""
        self._pool = pool
        self._budget_bytes = budget_bytes
        self._share = share
        self._held: OrderedDict[Key, Pyramid] = OrderedDict()
        self._room = budget_bytes
        self.leave: Callable[[int], int] = lambda _: 0
        """Told how many bytes are needed, has others let go of what they must; what they keep of the budget."""
        self._series: dict[Key, str] = {}

    def get(self, volume: Volume, fingerprint: str, halo: int, cancelled: Cancelled = never) -> Pyramid:
        """The pyramid of `volume`, whose content `fingerprint` names, with `halo` voxels around each brick.

        Raises MemoryBudgetError where it alone is larger than the budget.
        """
        return self.get_all([Wanted(((volume, fingerprint, 1.0),), halo)], cancelled)[0]

    def get_all(self, wanted: Sequence[Wanted], cancelled: Cancelled = never) -> list[Pyramid]:
        """All pyramids that one picture needs, together in memory.

        Raises MemoryBudgetError where they are larger than the budget.
        """
        sizes = {key: one.byte_count for one in wanted for key in one.keys}
        if sum(sizes.values()) > self._budget_bytes:
            names = ", ".join(dict.fromkeys(volume.name for one in wanted for volume, _, _ in one.moments))
            needed = sum(sizes.values())
            left, enough = self._budget_bytes // 10**6, _megabytes(needed / self._share)
            raise MemoryBudgetError(
                f"{names}: needs {_megabytes(needed)} MB of bricks, the budget leaves {left} MB; give "
                f"--budget {enough}MB{_other_ways(wanted)}"
            )
        self._room = self._budget_bytes - self.leave(sum(sizes.values()))
        return [self._one(one, sizes, cancelled) for one in wanted]

    @property
    def byte_count(self) -> int:
        """Memory of all that is held."""
        return sum(pyramid.byte_count for pyramid in self._held.values())

    def has(self, key: Key, pyramid: Pyramid) -> bool:
        """Whether `pyramid` is what is held under `key`."""
        return self._held.get(key) is pyramid

    def shrink(self, most_bytes: int, kept: Collection[Key]) -> int:
        """Hold at most `most_bytes` beside `kept`, the least recently used go first; what is left."""
        for key in [key for key in self._held if key not in kept]:
            if self.byte_count <= most_bytes:
                break
            self._drop(key)
        return self.byte_count

    def _one(self, wanted: Wanted, sizes: Collection[Key], cancelled: Cancelled) -> Pyramid:
        self._forget_moments(wanted, sizes)
        for key, (volume, _, _) in zip(wanted.keys, wanted.moments, strict=False):
            if key not in self._held:
                self._make_room(wanted.byte_count, sizes)
                self._held[key] = build_pyramid(volume, wanted.halo, self._pool, cancelled, wanted.labels)
            self._use(key, wanted)
        last = wanted.keys[-1]
        if last not in self._held:
            self._make_room(wanted.byte_count, sizes)
            first, second = (self._held[key] for key in wanted.keys[:2])
            weights = wanted.moments[0][2], wanted.moments[1][2]
            self._held[last] = blend_pyramids(first, second, weights, self._pool)
        self._use(last, wanted)
        return self._held[last]

    def _use(self, key: Key, wanted: Wanted) -> None:
        self._held.move_to_end(key)
        if wanted.series:
            self._series[key] = wanted.series

    def _forget_moments(self, wanted: Wanted, kept: Collection[Key]) -> None:
        """Forget what is held of a series beside what is wanted now, but for one moment more where one is wanted."""
        others = [key for key in self._held if wanted.series and self._series.get(key) == wanted.series]
        others = [key for key in others if key not in kept]
        spare = max(0, MOMENTS_KEPT - len(wanted.moments))
        moments = [key for key in others if isinstance(key[0], str)]
        for key in others:
            if key not in moments[len(moments) - spare :]:
                self._drop(key)

    def _make_room(self, needed: int, kept: Collection[Key]) -> None:
        for key in [key for key in self._held if key not in kept]:
            if self.byte_count + needed <= self._room:
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        del self._held[key]
        self._series.pop(key, None)


def _other_ways(wanted: Sequence[Wanted]) -> str:
    """What else can be done where pyramids are too large."""
    if warped := next((one for one in wanted for volume, *_ in one.moments if is_warped(volume)), None):
        name = warped.moments[0][0].name
        return (
            f"; a warp moves it, and what warps move is resampled in memory: a coarser copy of {name} does as well, or "
            "resample it with the tool that registered it (antsApplyTransforms, 3D Slicer) and name that"
        )
    name = wanted[0].moments[0][0].name
    return f", or convert it first (brainreel convert {name} -o NAME.ome.zarr): of a store only what is seen is read"


def _megabytes(count: float) -> int:
    """Whole megabytes that hold `count` bytes."""
    return math.ceil(count / 1e6)
