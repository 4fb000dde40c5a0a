"""Smooth solids by signed distance: positive inside, in millimetres, exact to first order at the surface.

Only + - * / and sqrt are used, which IEEE 754 rounds the same on every machine.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Triple = tuple[Any, Any, Any]


def ellipsoid(point: Triple, center: Triple, radii: Triple) -> Field:
    """Depth (mm) of `point` (x, y, z arrays) below the surface of an ellipsoid (Quilez' first-order bound)."""
    u, v, w = ((p - c) / r for p, c, r in zip(point, center, radii, strict=True))
    reach = np.sqrt(u * u + v * v + w * w) + 1e-9
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (w / radii[2]) ** 2) + 1e-9
    return reach * (1 - reach) / slope


def blend_union(a: Field, b: Field, width: float) -> Field:
    """The larger of two depths, rounded where they differ by less than `width` (mm)."""
    overlap = np.maximum(width - np.abs(a - b), 0) / width
    return np.maximum(a, b) + overlap * overlap * (width / 4)


def blend_intersection(a: Field, b: Field, width: float) -> Field:
    """The smaller of two depths, rounded where they differ by less than `width` (mm)."""
    return -blend_union(-a, -b, width)


def smooth_step(value: Any, start: float, end: float) -> Any:
    """0 at `start`, 1 at `end` (which may lie below it), with level ends between."""
    t = np.clip((value - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def segment_distance(point: Triple, start: Triple, end: Triple) -> tuple[Field, Field]:
    """Distance (mm) of `point` to a straight segment, and where along it (0..1) the nearest point lies."""
    along = tuple(b - a for a, b in zip(start, end, strict=True))
    offset = tuple(p - a for p, a in zip(point, start, strict=True))
    share = sum(o * d for o, d in zip(offset, along, strict=True)) / sum(d * d for d in along)
    share = np.clip(share, 0, 1)
    return np.sqrt(sum((o - share * d) ** 2 for o, d in zip(offset, along, strict=True))), share
