"""Slices on the CPU: planes through volumes, exact at each pixel, over each other, over surfaces and among volumes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import layering, merging, slicing
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.slice_colors import CurveTable, table_of
from brainreel.render.cpu.slice_places import Plane, box_edges, cross_edges, keep_edges, place_in_volume
from brainreel.render.cpu.stored_bricks import Need
from brainreel.render.cpu.stored_slices import Met, Slotted, StoredSlices
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.store.cache import PyramidCache, Wanted
from brainreel.store.levels import Level
from brainreel.store.resident import Skipping
from brainreel.store.stored import StoredVolume
from brainreel.timeline.looks import DataReference, SliceLook, SlicePaint
from brainreel.work import Cancelled, never

HALO = 1
BORDER_HEIGHT = 1.5 / 1080
"""Width of labels' borders, as a part of the picture's height."""

ROWS = 32

Moments = tuple[tuple[Volume, str, float], ...]
"""Volumes of one grid with their fingerprints and weights."""


@dataclass(frozen=True)
class _Source:
    """Where some planes of values come from."""

    source: slicing.Source
    weight: float
    adding: bool
    first_plane: int
    planes: int


@dataclass(frozen=True)
class _Plan:
    """What the kernels need of a picture's slices, and how many planes of values there are."""

    sources: tuple[_Source, ...]
    paints: layering.Paints
    slices: layering.Slices
    planes: int


class SliceCaster:
    """Draws slices; pixels depend on volumes, looks, view and quality only.

    A slice goes to the outer faces of its volumes' outermost voxels, whose values hold from their centres on.
    """

    def __init__(
        self,
        pool: Pool,
        pyramids: PyramidCache,
        quality: Quality,
        moments: Callable[[DataReference], Moments],
        stored_bytes: int = 256 << 20,
        skipping: Skipping | None = None,
    ) -> None:
        """`moments` says what a paint's data are; volumes of stores may take `stored_bytes`, see there `skipping`."""
        self.stored = StoredSlices(pool, stored_bytes, skipping)
        self._pool = pool
        self._pyramids = pyramids
        self._quality = quality
        self._moments = moments

    def draw(
        self,
        looks: tuple[SliceLook, ...],
        view: View,
        background: tuple[float, float, float],
        surfaces: tuple[NDArray[np.float32], NDArray[np.uint32]] | None,
        out: NDArray[np.uint8],
        cancelled: Cancelled = never,
    ) -> None:
        """Draw `looks` and surfaces over `background` into `out` (h, w, 3).

        `surfaces` are depths and colours (h, w, 4) of samples as `SurfaceCaster.samples` gives them. Raises
        MemoryBudgetError where a volume outgrows the budget, Interrupted where `cancelled` says so.
        """
        plan = self._plan(looks, view, cancelled)
        depths, colors = surfaces or (None, None)
        behind = np.asarray(background, np.float32)
        out[:1] = np.rint(np.clip(background, 0, 1) * 255)
        out[1:] = out[:1]  # far faster than three bytes at a time

        def draw_rows(begin: int, end: int) -> None:
            values = _values(plan, begin, end, view.width)
            layers = plan.slices, plan.paints, values
            room = layering.room(plan.slices, plan.paints)
            layering.paint_rows(begin, end, begin, *layers, depths, colors, behind, room, out)

        self._pool.run(draw_rows, view.height, chunk=ROWS, cancelled=cancelled)

    def merge(
        self,
        looks: tuple[SliceLook, ...],
        view: View,
        surfaces: tuple[NDArray[np.float32], NDArray[np.uint32]] | None,
        cancelled: Cancelled = never,
    ) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
        """The samples (h, w, 4) of `surfaces` and slices together, for a volume around them.

        Where slices are translucent a pixel's samples are its layers: `kernels.merging` says how. Raises what `draw`
        raises.
        """
        plan = self._plan(looks, view, cancelled)
        shape = (view.height, view.width, slicing.SAMPLES)
        depths, colors = surfaces or (np.full(shape, np.inf, np.float32), np.zeros(shape, np.uint32))

        def merge_rows(begin: int, end: int) -> None:
            values = _values(plan, begin, end, view.width)
            room = layering.room(plan.slices, plan.paints)
            layers = np.empty((len(plan.slices.alphas) + slicing.SAMPLES, 5), np.float32)
            planes = plan.slices, plan.paints, values
            merging.merge_rows(begin, end, begin, *planes, room, layers, depths, colors)

        self._pool.run(merge_rows, view.height, chunk=ROWS, cancelled=cancelled)
        return depths, colors

    def prepare(self, look: SliceLook, cancelled: Cancelled = never) -> None:
        """Cut now the bricks that `look` will need, of stores none. Raises what `draw` raises."""
        self._bricks((look,), cancelled)

    def needs(self, looks: tuple[SliceLook, ...], view: View) -> Iterator[Need]:
        """What `draw` needs of stores. Raises MemoryBudgetError where that does not fit."""
        return self.stored.needs(self._met(_drawn(looks, view), view))

    def _plan(self, looks: tuple[SliceLook, ...], view: View, cancelled: Cancelled) -> _Plan:
        sources: list[_Source] = []
        edges, tables, places, first_paints = [], [], [], [0]
        planes = 0
        drawn = _drawn(looks, view)
        bricks = self._bricks(looks, cancelled)
        bricks |= self.stored.bricks(self._met(drawn, view), cancelled)
        for look, plane in drawn:
            around = keep_edges(plane, look.keep)
            for paint in look.paints:
                count = 1 if _kind(paint) == slicing.LINEAR else slicing.SAMPLES
                first = planes
                channels = [self._moments(reference) for reference in paint.references]
                inside = _inside(plane, channels[0][0][0], around)
                for channel in channels:
                    moments = channel if _kind(paint) == slicing.LINEAR else [_heaviest(channel)]
                    for n, (volume, fingerprint, weight) in enumerate(moments):
                        source = self._source(bricks[fingerprint], volume, plane, paint, inside, view)
                        sources.append(_Source(source, weight, n > 0, planes, count))
                    planes += count
                edges.append(inside)
                tables.append(table_of(paint))
                places.append((first, planes - first))
            first_paints.append(len(edges))
        return _Plan(tuple(sources), _paints(edges, tables, places), _slices(drawn, first_paints, view), max(planes, 1))

    def _bricks(self, looks: tuple[SliceLook, ...], cancelled: Cancelled) -> dict[str, Slotted]:
        """All that `looks` need of volumes that are no stores, by fingerprint."""
        paints = [paint for look in looks for paint in look.paints]
        wanted = {
            fingerprint: Wanted(((volume, fingerprint, 1.0),), HALO)
            for paint in paints
            for reference in paint.references
            for volume, fingerprint, _ in self._moments(reference)
            if not isinstance(volume, StoredVolume)
        }
        pyramids = self._pyramids.get_all(list(wanted.values()), cancelled)
        return {key: Slotted.of(pyramid) for key, pyramid in zip(wanted, pyramids, strict=True)}

    def _met(self, drawn: list[tuple[SliceLook, Plane]], view: View) -> list[Met]:
        """Where `drawn` slices go through volumes of stores."""
        found = []
        for look, plane in drawn:
            for paint in look.paints:
                for reference in paint.references:
                    for volume, fingerprint, _ in self._moments(reference):
                        if isinstance(volume, StoredVolume):
                            edges = _inside(plane, volume, keep_edges(plane, look.keep))
                            level = self._level(volume.pyramid.levels, volume, plane, paint, edges)
                            found.append(Met(volume, fingerprint, level, look.origin, look.normal, view))
        return found

    def _level(self, levels: tuple[Level, ...], volume: Volume, plane: Plane, paint: SlicePaint, edges: NDArray) -> int:
        """The coarsest level whose voxels are at most as large as the error allows; labels are never averaged."""
        if isinstance(paint.colors, tuple):
            return 0
        allowed = self._quality.error_px * plane.least_pixel_edge(edges)
        return next((k for k in range(len(levels) - 1, -1, -1) if _edge(volume, levels[k]) <= allowed), 0)

    def _source(
        self, bricks: Slotted, volume: Volume, plane: Plane, paint: SlicePaint, edges: NDArray, view: View
    ) -> slicing.Source:
        level = bricks.levels[self._level(bricks.levels, volume, plane, paint, edges)]
        x, y, z = level.grid[::-1]
        last_x, last_y, last_z = (n - 1 for n in level.shape[::-1])
        return slicing.Source(
            bricks.pool,
            bricks.halo,
            bricks.offset,
            level.first,
            bricks.slots,
            (x, y, z),
            (last_x, last_y, last_z),
            place_in_volume(plane, volume, level.factors),
            edges,
            _kind(paint),
            max(BORDER_HEIGHT * view.height, 1.0),
        )


def _drawn(looks: tuple[SliceLook, ...], view: View) -> list[tuple[SliceLook, Plane]]:
    """Slices that are seen from another side than their edges."""
    return [(look, plane) for look in looks if (plane := Plane.of(look.origin, look.normal, view)) is not None]


def _inside(plane: Plane, volume: Volume, around: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances from the borders of a volume, and from those `around` it."""
    return np.concatenate([box_edges(plane, volume), around])


def _values(plan: _Plan, begin: int, end: int, width: int) -> NDArray[np.float32]:
    """The planes of values of rows `begin` .. `end` - 1."""
    across = -(-width // slicing.PACKET) * slicing.PACKET
    values = np.empty((plan.planes, end - begin, across), np.float32)
    for source in plan.sources:
        mine = values[source.first_plane : source.first_plane + source.planes]
        slicing.sample_rows(begin, end, begin, width, source.source, source.weight, source.adding, mine)
    return values


def _kind(paint: SlicePaint) -> int:
    if isinstance(paint.colors, tuple):
        return slicing.BORDERS if paint.boundaries else slicing.NEAREST
    return slicing.NEAREST if paint.nearest else slicing.LINEAR


def _heaviest(moments: Moments) -> tuple[Volume, str, float]:
    """The moment that is nearest in time, alone."""
    volume, fingerprint, _ = max(moments, key=lambda moment: moment[2])
    return volume, fingerprint, 1.0


def _edge(volume: Volume, level: Level) -> float:
    """The longest edge of a level's voxel, among those that a finer level shortens."""
    factors = np.array(level.factors[::-1])
    edges = np.linalg.norm(volume.world_from_voxel[:3, :3], axis=0) * factors
    return float(np.where(factors > 1, edges, 0).max())


def _paints(edges: list[NDArray], tables: list[CurveTable], places: list[tuple[int, int]]) -> layering.Paints:
    begins = np.cumsum([0, *(len(table.words) for table in tables)])
    rows = [
        (*place, begin + 2 * table.middle, int(table.mirrored), int(table.cells == 0))
        for place, begin, table in zip(places, begins, tables, strict=False)
    ]
    most = max((len(each) for each in edges), default=0)
    all_edges = np.zeros((len(edges), most, 3))
    all_edges[:, :, 0] = 1e9  # no border
    for mine, each in zip(all_edges, edges, strict=True):
        mine[: len(each)] = each
    return layering.Paints(
        all_edges,
        np.array([table.curve for table in tables], np.float32).reshape(-1, 5),
        np.array(rows, np.int64).reshape(-1, 5),
        np.concatenate([np.zeros(0, np.int32), *(table.words for table in tables)]),
        np.array([table.cells for table in tables], np.int64),
    )


def _slices(drawn: list[tuple[SliceLook, Plane]], first_paints: list[int], view: View) -> layering.Slices:
    lines = np.zeros((len(drawn), 4), np.float32)
    crosses = np.zeros((len(drawn), 2, 3))
    crosses[:, :, 0] = 1e9
    for k, (look, plane) in enumerate(drawn):
        if look.outline is not None:
            lines[k] = (*look.outline, look.outline_width * view.height)
        if look.cross is not None:
            crosses[k] = cross_edges(plane, look.cross)
    return layering.Slices(
        np.array(first_paints, np.int64),
        np.array([plane.depth for _, plane in drawn]).reshape(-1, 2, 3),
        np.array([look.alpha for look, _ in drawn], np.float32),
        lines,
        crosses,
    )
