"""Volumes that do not fit into memory whole, fitted: each at the finest level at which those of a picture do."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from brainreel.data import Data, Volume, VolumeSeries
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.media import GRADIENT_HALO, HALO, Part
from brainreel.render.shares import Shares
from brainreel.space import axis_lengths
from brainreel.store.cache import Wanted
from brainreel.store.levels import SIZE
from brainreel.store.pyramid import building_bytes, bytes_needed
from brainreel.store.reduced import HeldVolume, ReducedSeries, coarser, steps_of
from brainreel.store.resampled import Grid, common_grid, on_grid
from brainreel.store.resampled_bricks import BRICKS_KEPT
from brainreel.store.stored import StoredSeries, StoredVolume
from brainreel.timeline.frame import Frame
from brainreel.timeline.looks import DataReference, LabelsLook, Layer, SliceLook, SurfaceLook, VolumeLook


@dataclass(frozen=True)
class Fitted:
    """Data that fit, with fingerprints that say at which level; `reduced`: what is coarser, as it is and as drawn."""

    data: Mapping[str, Data]
    fingerprints: Mapping[str, str]
    reduced: Mapping[str, tuple[Volume, Volume]]


@dataclass(frozen=True)
class _Drawn:
    """What of a look says which pyramids it needs: `assets` with how many of their moments.

    `panel`: where those that are not `alone` share a grid. `blended`: as one pyramid. `as_labels`: by their numbers.
    """

    assets: tuple[tuple[str, int], ...]
    halo: int
    panel: int
    alone: bool
    blended: bool = True
    as_labels: bool = False


_Picture = frozenset[_Drawn]
_POOL = Pool(1)


def fit(
    data: Mapping[str, Data], fingerprints: Mapping[str, str], frames: Iterable[Frame], budget_bytes: int
) -> Fitted:
    """The `data` of `frames` such that the volumes of each fit into memory together, those streamed from stores aside.

    `budget_bytes` is what the Renderer will have. Volumes of one grid are made coarser together; of several grids the
    one first whose next level saves most. Where the coarsest do not fit either nothing is changed, and drawing raises
    MemoryBudgetError.
    """
    unchanged, room = Fitted(data, fingerprints, {}), _room(data, budget_bytes)
    if _most(data) <= room:
        return unchanged
    pictures, labels = set[_Picture](), set[str]()
    for frame in frames:
        pictures.add(frozenset(_drawn_in(frame)))
        labels.update(_labels_in(frame))
    levels = _Levels(data, fingerprints, frozenset(labels), {})
    ordered = sorted(pictures, key=repr)
    while too_large := [picture for picture in ordered if levels.bytes_for(picture) > room]:
        found = levels.coarser_ones(too_large[0])
        if not found:
            return unchanged
        levels = min(found, key=lambda one: one.bytes_for(too_large[0]))
    return levels.fitted(pictures) if levels.steps else unchanged


@dataclass(frozen=True)
class _Levels:
    """How many `steps` coarser each asset is, none where they do not say; `labels` are assets that hold labels."""

    data: Mapping[str, Data]
    fingerprints: Mapping[str, str]
    labels: frozenset[str]
    steps: Mapping[str, int]

    def coarser_ones(self, picture: _Picture) -> list["_Levels"]:
        """With the next level for one grid of a picture's volumes, or for all of its grids where that has to be."""
        grids: dict[str, list[str]] = {}
        for asset in sorted({asset for drawn in picture for asset, _ in drawn.assets}):
            if _can_be_coarser(self.data[asset]):
                grids.setdefault(repr(_place(_first(self.data[asset]))), []).append(asset)
        can = [grid for grid in grids.values() if all(self._has_coarser(asset) for asset in grid)]
        each = [self._coarser(grid) for grid in can]
        now = self.bytes_for(picture)
        saving = [one for one in each if one.bytes_for(picture) < now]
        return saving or ([self._coarser([asset for grid in can for asset in grid])] if can else [])

    def bytes_for(self, picture: _Picture) -> int:
        """Memory of all pyramids of a picture, and of what making one takes where some are reduced."""
        wanted = list(self._wanted(picture))
        sizes = {key: one.byte_count for one in wanted for key in one.keys}
        held = sum(_byte_count(self._first_drawn(asset)) for asset in self._moved(picture))
        building = max((_building(one) for one in wanted), default=0) if self.steps else 0
        return sum(sizes.values()) + held + building + self._kept_of_stores(picture)

    def fitted(self, pictures: Iterable[_Picture]) -> Fitted:
        """The data at these levels."""
        moved = set[str]().union(*(self._moved(picture) for picture in pictures))
        drawn = {asset: self._drawn(asset, asset in moved) for asset in self.steps}
        fingerprints = {**self.fingerprints, **{asset: item.fingerprint() for asset, item in drawn.items()}}
        reduced = {asset: (_first(self.data[asset]), _first(item)) for asset, item in drawn.items()}
        return Fitted({**self.data, **drawn}, fingerprints, reduced)

    def _coarser(self, assets: list[str]) -> "_Levels":
        return replace(self, steps={**self.steps, **{asset: self.steps.get(asset, 0) + 1 for asset in assets}})

    def _has_coarser(self, asset: str) -> bool:
        return self.steps.get(asset, 0) < steps_of(_first(self.data[asset]), asset in self.labels)

    def _first_drawn(self, asset: str) -> Volume:
        return coarser(_first(self.data[asset]), self.steps.get(asset, 0), asset in self.labels)

    def _drawn(self, asset: str, moved: bool) -> Volume | VolumeSeries:
        """The asset as it is drawn; where that is on another grid all of its level is held, to be made once."""
        item = self.data[asset]
        if isinstance(item, VolumeSeries):
            return ReducedSeries(item, self.steps[asset], asset in self.labels, moved)
        volume = self._first_drawn(asset)
        return HeldVolume(volume) if moved else volume

    def _groups(self, picture: _Picture) -> Iterator[tuple[Grid, list[_Drawn]]]:
        """What is drawn on one grid, and that grid; not what is streamed from stores."""
        for group in _drawn_together(picture):
            volumes = [self._first_drawn(drawn.assets[0][0]) for drawn in group]
            if not any(isinstance(volume, StoredVolume) for volume in volumes):
                yield common_grid(volumes), group
                continue
            for volume, drawn in zip(volumes, group, strict=True):  # all are streamed, others from their own grids
                if not isinstance(volume, StoredVolume):
                    yield Grid.of(volume), [replace(drawn, halo=HALO, blended=False)]

    def _kept_of_stores(self, picture: _Picture) -> int:
        """Memory of what is kept of stores beside others that are not in their grid, see `store.resampled_bricks`."""
        kept = 0
        for group in _drawn_together(picture):
            volumes = {asset: (self._first_drawn(asset), count) for drawn in group for asset, count in drawn.assets}
            if not all(isinstance(volume, StoredVolume) for volume, _ in volumes.values()):
                kept += sum(count * _kept_bytes(volume) for volume, count in volumes.values())
        return kept

    def _moved(self, picture: _Picture) -> set[str]:
        """Reduced assets that are drawn on another grid than their own."""
        return {
            asset
            for grid, group in self._groups(picture)
            for drawn in group
            for asset, _ in drawn.assets
            if asset in self.steps and not Grid.of(self._first_drawn(asset)).is_same(grid)
        }

    def _wanted(self, picture: _Picture) -> Iterator[Wanted]:
        """The pyramids that are in memory together."""
        for grid, group in self._groups(picture):
            halo = max(drawn.halo for drawn in group)
            for drawn in group:
                for asset, count in drawn.assets:
                    moments = on_grid(self._moments(asset, count), grid, _POOL, drawn.as_labels)
                    for together in [moments] if drawn.blended else [(moment,) for moment in moments]:
                        yield Wanted(together, halo, drawn.as_labels)

    def _moments(self, asset: str, count: int) -> tuple[tuple[Volume, str, float], ...]:
        """As many moments, with names that are equal where contents are."""
        volume, name = self._first_drawn(asset), f"{self.fingerprints[asset]} {asset in self.labels}"
        return tuple((volume, f"{name} {k}", 1 / count) for k in range(count))


def _drawn_together(picture: _Picture) -> list[list[_Drawn]]:
    """What is drawn on one grid."""
    groups: dict[object, list[_Drawn]] = {}
    for drawn in sorted(picture, key=repr):
        groups.setdefault(drawn if drawn.alone else drawn.panel, []).append(drawn)
    return list(groups.values())


def _drawn_in(frame: Frame) -> Iterator[_Drawn]:
    """What `frame` needs pyramids for, with those of the picture that it dissolves into."""
    for number, panel in enumerate(frame.panels):
        for look in panel.layers:
            yield from _drawn_of(look, number)
    if frame.dissolve:
        for drawn in _drawn_in(frame.dissolve[0]):
            yield replace(drawn, panel=-1 - drawn.panel)


def _drawn_of(look: Layer, panel: int) -> Iterator[_Drawn]:
    if isinstance(look, SliceLook):
        for paint in look.paints:
            for reference in paint.references:
                yield _Drawn(((reference.asset, _count(reference)),), HALO, panel, True, blended=False)
    elif not isinstance(look, SurfaceLook) and look.alpha > 0:
        references = look.data if isinstance(look.data, tuple) else (look.data,)
        is_projected = isinstance(look, VolumeLook) and look.mode != "composite"
        is_added = isinstance(look, VolumeLook) and look.mix == "add"
        as_labels = isinstance(look, LabelsLook)
        assets = tuple((reference.asset, 1 if as_labels else _count(reference)) for reference in references)
        halo = HALO if is_projected else Part(look, ()).halo
        yield _Drawn(assets, halo, panel, is_projected or is_added, as_labels=as_labels)


def _labels_in(frame: Frame) -> Iterator[str]:
    """The assets that are labels."""
    for look in (look for panel in frame.panels for look in panel.layers):
        if isinstance(look, LabelsLook):
            yield look.data.asset
        elif isinstance(look, SliceLook):
            for paint in look.paints:
                if isinstance(paint.colors, tuple):
                    yield from (reference.asset for reference in paint.references)
    if frame.dissolve:
        yield from _labels_in(frame.dissolve[0])


def _count(reference: DataReference) -> int:
    """How many moments are blended."""
    return max(1, sum(weight > 0 for weight in reference.weights))


def _can_be_coarser(item: Data) -> bool:
    return isinstance(item, Volume | VolumeSeries) and not isinstance(item, StoredVolume | StoredSeries)


def _most(data: Mapping[str, Data]) -> int:
    """No less than the memory of all volumes in any picture, which is quicker found than what pictures there are."""
    volumes = [_first(item) for item in data.values() if isinstance(item, Volume | VolumeSeries)]
    if all(isinstance(volume, StoredVolume) for volume in volumes):
        return 0
    grid = common_grid(volumes)
    kept = 3 if any(isinstance(item, VolumeSeries) for item in data.values()) else 1
    sizes = [_most_of(one, grid, halo) for one in volumes for halo in (HALO, GRADIENT_HALO)]
    return kept * (sum(sizes) + sum(map(_kept_bytes, volumes)))


def _most_of(volume: Volume, grid: Grid, halo: int) -> int:
    """Memory of a volume on its own grid or on one with others, where bool becomes float32, whichever is more."""
    moved = np.dtype(np.float32) if volume.dtype.kind == "b" else volume.dtype
    places = (Grid.of(volume), volume.dtype), (grid, moved)
    return max(bytes_needed(one.shape, axis_lengths(one.world_from_voxel), dtype, halo) for one, dtype in places)


def _kept_bytes(volume: Volume) -> int:
    """What is kept of a volume of a store where it is drawn on another grid."""
    return BRICKS_KEPT * SIZE**3 * volume.pyramid.kind.itemsize if isinstance(volume, StoredVolume) else 0


def _first(item: Data) -> Volume:
    """A volume, or the first moment of one over time."""
    volume = item.moment(0) if isinstance(item, VolumeSeries) else item
    assert isinstance(volume, Volume)  # others have no pyramids
    return volume


def _place(volume: Volume) -> tuple[object, ...]:
    return volume.shape, np.round(volume.world_from_voxel, 9).tolist()


def _byte_count(volume: Volume) -> int:
    return math.prod(volume.shape) * volume.dtype.itemsize


def _building(wanted: Wanted) -> int:
    volume = wanted.moments[0][0]
    return building_bytes(volume.shape, axis_lengths(volume.world_from_voxel), volume.dtype, wanted.halo)


def _room(data: Mapping[str, Data], budget_bytes: int) -> int:
    """What a Renderer leaves of its budget for pyramids; a quarter of that is for bricks of stores."""
    shares = Shares.of(data, budget_bytes)
    return shares.volumes * 3 // 4 if shares.slices else shares.volumes
