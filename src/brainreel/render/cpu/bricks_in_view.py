"""Which bricks a view is drawn from: what shows, as coarse as the error allows, front to back."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import bricks, march
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.space import apply_affine
from brainreel.store.levels import SIZE, Level, children, numbers_of

SUPERSAMPLED_PX = 0.6
"""Where pixels are means of several rays, level 0 is drawn until voxels of level 1 project to this much of one."""

LAST = np.iinfo(np.int64).max

CORNERS = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), -1)


@dataclass(frozen=True)
class Chosen:
    """Bricks to be drawn: `levels` (n,), `places` (n, 3) in the level's grid, and `spans` (n, 2): from which depth to
    which.
    """

    levels: NDArray[np.int64]
    places: NDArray[np.int64]
    spans: NDArray[np.float64]

    @classmethod
    def whole(cls, levels: NDArray[np.int64], places: NDArray[np.int64]) -> "Chosen":
        """Bricks that are drawn at all depths."""
        return cls(levels, places, np.tile([-np.inf, np.inf], (len(levels), 1)))


@dataclass(frozen=True)
class BricksInView(Chosen):
    """Front to back, with their `numbers` (n,) and `packets` (n, 4)."""

    numbers: NDArray[np.int64]
    packets: NDArray[np.int64]


def shown(levels: tuple[Level, ...], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which bricks show something at their own level, where they are `seen`, or at a finer one."""
    showing = seen.copy()
    for index in range(1, len(levels)):
        level = levels[index]
        found, owner = children(levels, index, level.places())
        np.logical_or.at(showing, level.first + owner, showing[numbers_of(levels[index - 1], found)])
    return showing


def color_errors(
    coarse_counts: NDArray, fine_counts: NDArray, coarse_means: NDArray[np.float64], fine_means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """By how much, at most, a coarse level shifts the colour (0..1) of its bricks.

    Compares mean opacity and colour over one length: `coarse_means` (bins, 4), of `TransferTable.bin_means`, weighed by
    the histograms (n, bins) of bricks, and `fine_means` by those of level 0 that they stand for. A relative error r of
    extinction shifts the opacity of a ray by at most r x exp(-x) <= r / e.
    """
    coarse, fine = _mean(coarse_counts, coarse_means), _mean(fine_counts, fine_means)
    both = np.maximum(np.maximum(coarse[:, 3], fine[:, 3]), 1e-9)
    tones = [mean[:, :3] / np.maximum(mean[:, 3:], 1e-9) for mean in (coarse, fine)]
    shift = np.abs(tones[0] - tones[1]).max(1) * np.minimum(coarse[:, 3], fine[:, 3]) / both
    return shift + np.abs(coarse[:, 3] - fine[:, 3]) / both / math.e


def _mean(counts: NDArray, means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means (n, k) weighted by `counts` (n, bins); rounded, for the last bits of a product are the library's choice."""
    return np.round(counts @ means / np.maximum(counts.sum(1), 1)[:, None], 9)


def choose_bricks(
    levels: tuple[Level, ...],
    world_from_voxel: NDArray[np.float64],
    showing: NDArray[np.bool_],
    errors: Callable[[int], NDArray[np.float64]],
    view: View,
    quality: Quality,
    parted: bool = True,
) -> Chosen:
    """The bricks to draw: at each depth the coarsest level whose voxel projects to at most `quality.error_px` there
    and whose colour is within `quality.color_error`, else the finest.

    Where a level begins is a plane, so that no edge of a brick shows, and nothing jumps when the camera moves: bricks
    that it cuts are drawn behind it, and the finer ones within them in front. If not `parted`, bricks are drawn whole,
    at the level of their nearest corner.

    What takes several rays a pixel is what coarse levels are worst at, so that is drawn of level 0 for longer.

    `showing` by number, see `shown`; `errors(level)`: those of the bricks of a level, see `color_errors`.
    """
    places, until, chosen = levels[-1].places(), np.full(levels[-1].count, np.inf), []
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        here = showing[numbers_of(level, places)]
        places, until = places[here], until[here]
        corners = brick_corners(world_from_voxel, level, places, np.array([0, 0, 0, SIZE, SIZE, SIZE]))
        boxes, near, far = screen_boxes(view, corners)
        inside = (boxes[:, 0] <= boxes[:, 1]) & (boxes[:, 2] <= boxes[:, 3]) & (near < until)
        places, until, near, far = places[inside], until[inside], near[inside], far[inside]
        begin = np.full(len(places), _first_depth(levels, index, world_from_voxel, view, quality))
        if (begin < far).any():
            begin[errors(index)[numbers_of(level, places) - level.first] > quality.color_error] = np.inf
        if index == 0:
            begin[:] = -np.inf
        elif not parted:
            begin = np.where(begin <= near, -np.inf, np.inf)
        drawn = (begin < far) & (begin < until)
        spans = np.stack([np.where(begin <= near, -np.inf, begin), np.where(far <= until, np.inf, until)], 1)
        chosen.append(Chosen(np.full(drawn.sum(), index), places[drawn], spans[drawn]))
        if index:
            finer = near < begin
            places, owner = children(levels, index, places[finer])
            until = np.minimum(until, begin)[finer][owner]
    return Chosen(*(np.concatenate([getattr(one, field.name) for one in chosen]) for field in fields(Chosen)))


def _first_depth(
    levels: tuple[Level, ...], index: int, world_from_voxel: NDArray[np.float64], view: View, quality: Quality
) -> float:
    """From which depth on voxels of a level are small enough."""
    edge = _refinable_edge(world_from_voxel, levels[index])
    if index and view.rays > 1:
        edge = max(edge, _refinable_edge(world_from_voxel, levels[1]) / SUPERSAMPLED_PX)
    allowed = quality.error_px * view.rays * view.pixel_slope  # at depth 1, where rays are parallel at all depths
    if view.parallel:
        return -math.inf if edge <= allowed else math.inf
    return edge / allowed if allowed else math.inf


def numbers_at(levels: tuple[Level, ...], drawn: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of bricks at `places` (n, 3) of the levels `drawn` (n,)."""
    numbers = np.zeros(len(drawn), np.int64)
    for index, level in enumerate(levels):
        numbers[drawn == index] = numbers_of(level, places[drawn == index])
    return numbers


def in_order(
    levels: tuple[Level, ...],
    world_from_voxel: NDArray[np.float64],
    view: View,
    chosen: Chosen,
    visible: NDArray[np.uint8],
) -> BricksInView:
    """The bricks `chosen` front to back, with the packets of what is `visible` (n, 7) of each.

    Those that show nothing or are out of the picture are left out.
    """
    drawn, places, spans = chosen.levels, chosen.places, chosen.spans
    numbers = numbers_at(levels, drawn, places)
    packets = np.zeros((len(places), 4), np.int64)
    for index, level in enumerate(levels):
        mine = drawn == index
        cells = visible[mine][:, :6].astype(int) * (SIZE // bricks.CELLS)
        packets[mine] = screen_boxes(view, brick_corners(world_from_voxel, level, places[mine], cells))[0]
    kept = (visible[:, 3] > 0) & (packets[:, 0] <= packets[:, 1]) & (packets[:, 2] <= packets[:, 3])
    distances = _distances(levels, drawn[kept], places[kept], np.linalg.inv(world_from_voxel.astype(float)), view)
    order = np.flatnonzero(kept)[np.lexsort(distances)]
    return BricksInView(drawn[order], places[order], spans[order], numbers[order], packets[order])


def _distances(
    levels: tuple[Level, ...], drawn: NDArray, places: NDArray, voxel_from_world: NDArray[np.float64], view: View
) -> list[NDArray]:
    """Sort keys, the last first: bricks of each level, from the coarsest, between the eye and each brick.

    Along any ray these numbers never fall; within a coarse brick the finer ones decide, and it comes after them. Where
    rays are parallel the eye is infinitely far.
    """
    factors = np.array([level.factors[::-1] for level in levels])
    corners = places * factors[drawn]
    if view.parallel:
        ahead = np.sign(voxel_from_world[:3, :3] @ view.forward).astype(int)
        return [corners // f @ ahead for f in factors]
    eye = apply_affine(voxel_from_world, view.eye)
    away = [np.abs(corners // f - np.floor((eye + 0.5) / (f * SIZE)).astype(int)).sum(1) for f in factors]
    return [np.where(drawn > k, LAST, distances) for k, distances in enumerate(away)]


def _refinable_edge(world_from_voxel: NDArray[np.float64], level: Level) -> float:
    """The longest edge of a level's voxel among those that a finer level shortens."""
    factors = np.array(level.factors[::-1])
    edges = np.linalg.norm(world_from_voxel[:3, :3], axis=0) * factors
    return float(np.where(factors > 1, edges, 0).max())


def brick_corners(world_from_voxel: NDArray, level: Level, places: NDArray, boxes: NDArray) -> NDArray[np.float64]:
    """Corners (n, 8, 3) in the world of `boxes` (n, 6) in voxels of the bricks at `places`: from x, y, z to x, y, z."""
    boxes = np.broadcast_to(boxes, (len(places), 6))
    local = np.where(CORNERS, boxes[:, None, 3:], boxes[:, None, :3])
    voxels = (places[:, None] * SIZE + local) * np.array(level.factors[::-1]) - 0.5
    return apply_affine(world_from_voxel, voxels)


def screen_boxes(
    view: View, corners: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Packets that boxes may touch (n, 4): first and last across, first and last down; nearest and farthest depths.

    Out of the picture the last comes before the first.
    """
    pixels, depths = view.project(corners.reshape(-1, 3))
    pixels, depths = pixels.reshape(-1, 8, 2), depths.reshape(-1, 8)
    nearest = depths.min(1)
    limits = np.array([view.width - 1, view.height - 1])
    with np.errstate(invalid="ignore"):
        low = np.nan_to_num(np.floor(pixels.min(1) - 1), nan=0, posinf=1e9, neginf=-1e9)
        high = np.nan_to_num(np.ceil(pixels.max(1) + 1), nan=0, posinf=1e9, neginf=-1e9)
    if not view.parallel:
        around = nearest <= 1e-6 * np.abs(depths).max(1)
        low[around], high[around] = 0, limits
    high[depths.max(1) <= 0] = -1
    low, high = np.clip(low, 0, limits + march.PACKET), np.clip(high, -march.PACKET, limits)
    box = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1) // march.PACKET
    return box.astype(np.int64), nearest, depths.max(1)
