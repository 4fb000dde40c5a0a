"""Free places on a picture: a rectangle at its place, or the nearest to it where it covers no other."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

Rectangle = tuple[int, int, int, int]
"""y, x, height, width in pixels."""

AGAINST_ITS_WAY = 4.0
"""How much farther a pixel counts that a rectangle moves against its way: things left and right move across, all others
down or up. So what stands beside words that change does not jump about them."""


def shared(one: Rectangle, other: Rectangle) -> int:
    """Pixels that two rectangles share."""
    overlaps = [
        min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]) for axis in (0, 1)
    ]
    return max(overlaps[0], 0) * max(overlaps[1], 0)


def free_place(
    place: str,
    size: tuple[int, int],
    area: Rectangle,
    margin: int,
    taken: Sequence[Rectangle],
    avoided: Sequence[Rectangle] = (),
) -> Rectangle:
    """Where in an `area` what has a `size` (height, width) stands: at its `place` inside the margin, or the nearest
    to it where it meets none of `taken`, with half a margin between, and none of `avoided`, as far as there is room.

    Where the area has no room left it covers least.
    """
    start = _start(place, size, area, margin)
    gap = max(1, margin // 2)
    tries = (([*taken, *avoided], gap), (taken, gap), (taken, 0))
    for others, apart in tries:
        corners = _corners(start, area, others, apart)
        free = corners[_covered(corners, size, others, apart) == 0]
        if len(free):
            return _nearest(free, start, place, area, margin)
    corners = _corners(start, area, taken, 0)
    covered = _covered(corners, size, taken, 0)
    return _nearest(corners[covered == covered.min()], start, place, area, margin)


def _start(place: str, size: tuple[int, int], area: Rectangle, margin: int) -> Rectangle:
    across, down = _position(place)
    (h, w), (top, left, height, width) = size, area
    x = left + (margin, (width - w) // 2, width - w - margin)[across + 1]
    y = top + (margin, (height - h) // 2, height - h - margin)[down + 1]
    return y, x, h, w


def _position(place: str) -> tuple[int, int]:
    across = -1 if "left" in place else 1 if "right" in place else 0
    down = -1 if "top" in place else 1 if "bottom" in place else 0
    return across, down


def _corners(start: Rectangle, area: Rectangle, others: Sequence[Rectangle], apart: int) -> NDArray[np.int64]:
    """Upper left corners (n, 2) of which one is nearest: those of `start`, beside each of `others`, at the edges of the
    area."""
    lines: list[list[int]] = []
    for axis in (0, 1):
        length, first = start[axis + 2], area[axis]
        last = first + area[axis + 2] - length
        beside = [one[axis] + one[axis + 2] + apart for one in others] + [one[axis] - apart - length for one in others]
        lines.append([start[axis], *sorted({line for line in (*beside, first, last) if first <= line <= last})])
    return np.array(list(product(*lines)))


def _covered(
    corners: NDArray[np.int64], size: tuple[int, int], others: Sequence[Rectangle], apart: int
) -> NDArray[np.int64]:
    """Pixels (n,) that something at each of `corners` shares with `others`, grown by so many pixels `apart`."""
    covered = np.zeros(len(corners), np.int64)
    for one in others:
        overlaps = [
            np.minimum(corners[:, axis] + size[axis], one[axis] + one[axis + 2] + apart)
            - np.maximum(corners[:, axis], one[axis] - apart)
            for axis in (0, 1)
        ]
        covered += np.maximum(overlaps[0], 0) * np.maximum(overlaps[1], 0)
    return covered


def _nearest(corners: NDArray[np.int64], start: Rectangle, place: str, area: Rectangle, margin: int) -> Rectangle:
    """The rectangle at the one of `corners` that is the shortest way from `start`, inside the margin if any is."""
    y, x, h, w = start
    weights = (AGAINST_ITS_WAY, 1.0) if place in ("left", "right") else (1.0, AGAINST_ITS_WAY)
    ways = np.abs(corners - (y, x)) @ np.array(weights)
    first = np.array(area[:2]) + margin
    last = np.array(area[:2]) + area[2:] - (h, w) - margin
    outside = ((corners < first) | (corners > last)).any(1) & (corners != (y, x)).any(1)
    best = corners[np.lexsort((ways, outside))[0]]
    return int(best[0]), int(best[1]), h, w
