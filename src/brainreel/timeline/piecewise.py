"""Functions of values in pieces, with midpoints and sharpness, as VTK has them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.timeline.looks import ColorPoint, OpacityPoint

Array = NDArray[np.float64]


def opacity_curve(points: Sequence[OpacityPoint], x: ArrayLike) -> Array:
    """Opacity at `x` (n,): VTK's piecewise function with midpoints and sharpness, held outside the points.

    Above a sharpness of 0.99 it is a step at the midpoint, as ParaView documents it (VTK >= 9.3 draws a curve).
    """
    x = np.asarray(x, float)
    values = np.full(len(x), float(points[0].opacity))
    for left, right in pairwise(points):
        inside = (x >= left.x) & (x < right.x)
        if inside.any():
            s = place_between(left, right, x[inside])
            y1, y2 = left.opacity, right.opacity
            values[inside] = np.clip(hermite(y1, y2, s, left.sharpness), min(y1, y2), max(y1, y2))
    values[x >= points[-1].x] = points[-1].opacity
    return values


def place_between(left: ColorPoint | OpacityPoint, right: ColorPoint | OpacityPoint, x: Array) -> Array:
    """How far (0..1) `x` lies from one point to the next, the midpoint at 0.5."""
    middle = min(max(left.midpoint, 1e-5), 1 - 1e-5)
    s = (x - left.x) / (right.x - left.x)
    return np.where(s < middle, 0.5 * s / middle, 0.5 + 0.5 * (s - middle) / (1 - middle))


def sharpened(s: Array, sharpness: float) -> Array:
    """`s` drawn towards the ends."""
    power = 1 + 10 * sharpness
    return np.where(s < 0.5, 0.5 * (2 * s) ** power, 1 - 0.5 * (2 * np.clip(1 - s, 0, 0.5)) ** power)


def hermite(y1: float, y2: float, s: Array, sharpness: float) -> Array:
    """From `y1` to `y2` at `s`: even where sharpness is 0, a step at 0.5 where it is 1."""
    if sharpness > 0.99:
        return np.where(s < 0.5, y1, y2)
    if sharpness < 0.01:
        return y1 + s * (y2 - y1)
    s = sharpened(s, sharpness)
    slope = (1 - sharpness) * (y2 - y1)
    ss, sss = s * s, s * s * s
    return (2 * sss - 3 * ss + 1) * y1 + (3 * ss - 2 * sss) * y2 + (2 * sss - 3 * ss + s) * slope
