"""What a volume's look makes of its bricks: tables by value, luminance or label, what shows, and light."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.kernels import bricks, sampling
from brainreel.kernels.lanes import permutes_bytes
from brainreel.kernels.march import Scene
from brainreel.kernels.media import LUMINANCE, Medium
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.bricks_in_view import color_errors, shown
from brainreel.render.cpu.transfer import GradientTable, TransferTable
from brainreel.space import axis_lengths
from brainreel.store.levels import Level
from brainreel.store.pyramid import BINS, Pyramid
from brainreel.store.reduced import full_volume
from brainreel.timeline.looks import ColorVolumeLook, LabelsLook, Shading, VolumeLook

HALO, GRADIENT_HALO = 1, 2

Moments = tuple[tuple[Volume, str, float], ...]
"""Volumes of one grid with their fingerprints and weights: one, or two that are blended."""

Look = VolumeLook | ColorVolumeLook | LabelsLook


@dataclass(frozen=True)
class Part:
    """A look and its data: `channels` are the volume, or red, green and blue. `series`: see `store.cache.Wanted`."""

    look: Look
    channels: tuple[Moments, ...]
    series: tuple[str, ...] = ("", "", "")

    @property
    def moments(self) -> tuple[Moments, ...]:
        """What of the channels is drawn: of labels over time the nearest moment."""
        if not isinstance(self.look, LabelsLook):
            return self.channels
        volume, fingerprint, _ = max(self.channels[0], key=lambda moment: moment[2])
        return (((volume, fingerprint, 1.0),),)

    @property
    def volume(self) -> Volume:
        """One that has the part's grid."""
        return self.channels[0][0][0]

    @property
    def halo(self) -> int:
        """How many voxels around a brick drawing it needs."""
        look = self.look
        wide = isinstance(look, VolumeLook) and (look.preintegrated or look.transfer.gradient_opacities)
        return GRADIENT_HALO if look.shading is not None or wide else HALO

    @property
    def fingerprints(self) -> tuple[tuple[str, float], ...]:
        """The contents that are drawn, with their weights."""
        return tuple(moment[1:] for channel in self.moments for moment in channel)

    @property
    def content(self) -> tuple[bool, tuple[tuple[str, float], ...]]:
        """What its bricks depend on, their grid and halo aside: labels are sampled otherwise than values."""
        return isinstance(self.look, LabelsLook), self.fingerprints

    def key(self) -> str:
        """What its picture depends on: to order parts by, whatever order they come in."""
        return repr((type(self.look).__name__, self.look.shading is None, self.fingerprints, self.look))


@dataclass(frozen=True)
class Shown:
    """What a look's tables, a level each, show of its bricks: `cells` (bricks, CELLS**3), `showing`, `errors`."""

    tables: tuple[TransferTable, ...]
    cells: NDArray[np.bool_]
    reaches: NDArray[np.uint8]
    visible: NDArray[np.uint8]
    showing: NDArray[np.bool_]
    errors: NDArray[np.float64]

    def errors_of(self, levels: tuple[Level, ...]) -> Callable[[int], NDArray[np.float64]]:
        """What gives the errors of the bricks of a level."""
        return lambda index: self.errors[levels[index].first :][: levels[index].count]


@dataclass(frozen=True)
class Steps:
    """The step of samples in world units, its logarithm by level in those of the finest, and the grid's axes."""

    step: float
    strides: NDArray[np.int64]
    affine: NDArray[np.float64]

    @classmethod
    def of(cls, pyramid: Pyramid, affine: NDArray[np.float64], step: float) -> "Steps":
        """The steps of every level of `pyramid`."""
        finest = min(axis_lengths(affine))
        shortest = [shortest_edge(affine, level) for level in pyramid.levels]
        strides = np.array([math.floor(math.log2(edge / finest) + 1e-6) for edge in shortest])
        return cls(step, strides, affine)

    @property
    def distances(self) -> list[float]:
        """The length of every level's step."""
        return [self.step * 2.0**stride for stride in self.strides]


def find_shown(part: Part, pyramids: Sequence[Pyramid], affine: NDArray[np.float64], pool: Pool) -> Shown:
    """What `part` shows of the bricks of its channels."""
    first = pyramids[0]
    table = table_of(part, first)
    lowest, highest = first.lowest, first.highest
    if len(pyramids) > 1:
        lowest, highest = (luminance([getattr(p, name) for p in pyramids]) for name in ("lowest", "highest"))
    cells = np.empty(lowest.shape, np.bool_)
    arguments = (lowest, highest, table.seen(), table.scale, table.offset, cells)
    pool.run(bricks.mark_cells, len(cells), *arguments, chunk=16)
    errors = np.zeros(len(cells))
    for level in first.levels if first.labels is None else ():
        own = slice(level.first, level.first + level.count)
        for pyramid in pyramids:
            means = table.bin_means(pyramid.extent, BINS, shortest_edge(affine, level))
            counts = pyramid.counts[own], pyramid.fine_counts[own]
            errors[own] = np.maximum(errors[own], color_errors(*counts, means, means))
    return _measure(first, (table,) * len(first.levels), cells, errors, pool)


def shortest_edge(affine: NDArray[np.float64], level: Level) -> float:
    """Of a voxel of `level`, in world units."""
    return float(min(np.array(axis_lengths(affine)) * level.factors[::-1]))


def union(pyramid: Pyramid, several: Sequence[Shown], pool: Pool) -> Shown:
    """What any of `several` shows of bricks of one geometry; its table is the first's."""
    if len(several) == 1:
        return several[0]
    cells = np.logical_or.reduce([one.cells for one in several])
    errors = np.max([one.errors for one in several], 0)
    return _measure(pyramid, several[0].tables, cells, errors, pool)


def _measure(pyramid: Pyramid, tables: tuple[TransferTable, ...], cells: NDArray, errors: NDArray, pool: Pool) -> Shown:
    reaches = np.empty(cells.size + 16, np.uint8)
    visible = np.empty((len(cells), 7), np.uint8)
    rows = reaches[: cells.size].reshape(cells.shape)
    pool.run(bricks.measure_shown, len(cells), cells, rows, visible, chunk=16)
    return Shown(tables, cells, reaches, visible, shown(pyramid.levels, visible[:, 3] > 0), errors)


def table_of(part: Part, pyramid: Pyramid) -> TransferTable:
    """Colour and opacity by value, luminance or number of a label."""
    look = part.look
    if not isinstance(look, LabelsLook):
        kind = pyramid.pool.dtype
        extent = pyramid.extent if isinstance(look, VolumeLook) else (0.0, 255.0)
        return TransferTable.of(look.transfer, look.alpha, kind, extent, pyramid.offset)
    labels = [] if pyramid.labels is None else pyramid.labels.tolist()
    by_label = {color.label: (*color.color, color.opacity * look.alpha) for color in look.colors}
    colors = np.clip([by_label.get(label, (0.0, 0.0, 0.0, 0.0)) for label in labels], 0, 1)
    edge = min(axis_lengths(full_volume(part.volume).world_from_voxel))
    return TransferTable(colors[:, :3], colors[:, 3], edge, 1.0, 0.0)


def luminance(channels: Sequence[NDArray]) -> NDArray[np.float32]:
    """Of red, green and blue."""
    red, green, blue = (channel.astype(np.float32) for channel in channels)
    return np.asarray(red * LUMINANCE[0] + green * LUMINANCE[1] + blue * LUMINANCE[2], np.float32)


def medium_of(
    part: Part, pyramids: Sequence[Pyramid], seen: Shown, scene: Scene, steps: Steps, bounds: NDArray | None
) -> Medium:
    """What the kernels need of `part`; `scene` has the geometry of its bricks."""
    look, by_value = part.look, seen.tables[0]
    first, *others = [
        scene._replace(pool=pyramid.pool, reaches=seen.reaches, visible=seen.visible) for pyramid in pyramids
    ]
    entries = np.concatenate([t.entries([d]) for t, d in zip(seen.tables, steps.distances, strict=True)])
    table = sampling.Table(entries, len(by_value.opacities), by_value.scale, by_value.offset)
    light = light_of(look.shading, pyramids[0], steps)
    blocks = True if first.pool.dtype == np.uint8 and permutes_bytes() else None
    wide = None if light is None else True
    if isinstance(look, LabelsLook):
        return Medium(first, table, light, labels=True, bounds=bounds)
    if isinstance(look, ColorVolumeLook):
        return Medium(first, table, light, others=tuple(others), blocks=blocks, wide=wide, bounds=bounds)
    fading = means = None
    if look.transfer.gradient_opacities:
        fading = _fading(GradientTable.of(look.transfer.gradient_opacities), steps)
        light = light or light_of(Shading(1.0, 0.0), pyramids[0], steps)
    if look.preintegrated and not look.nearest:
        means = np.concatenate([t.integrals([d]) for t, d in zip(seen.tables, steps.distances, strict=True)])
    wide = None if light is None and means is None else True
    nearest = True if look.nearest else None
    return Medium(first, table, light, fading, means, nearest=nearest, blocks=blocks, wide=wide, bounds=bounds)


def light_of(shading: Shading | None, pyramid: Pyramid, steps: Steps) -> sampling.Light | None:
    """The light of `shading` on the gradients of every level."""
    if shading is None:
        return None
    squared = np.linspace(0, 1, sampling.GLINTS)
    glint = shading.specular * np.maximum(2 * squared - 1, 0) ** shading.specular_power
    covector = np.linalg.inv(steps.affine[:3, :3]).T
    world = np.ascontiguousarray(  # one layout, so that the kernel is compiled once
        [
            covector / level.factors[::-1] * distance
            for level, distance in zip(pyramid.levels, steps.distances, strict=True)
        ]
    )
    return sampling.Light(shading.ambient, shading.diffuse, glint.astype(np.float32), world)


def _fading(table: GradientTable, steps: Steps) -> sampling.Fading:
    """Kernels know gradients per step, over two voxels."""
    return sampling.Fading(table.factors, table.scale / (2 * np.array(steps.distances)))
