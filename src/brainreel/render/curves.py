"""Transfer functions as functions of values: VTK's piecewise opacities and colours."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import SceneError
from brainreel.render.colors.mixing import MIXES
from brainreel.timeline.frame import ColorPoint, OpacityPoint, TransferFunction

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
            s = _place(left, right, x[inside])
            y1, y2 = left.opacity, right.opacity
            values[inside] = np.clip(_hermite(y1, y2, s, left.sharpness), min(y1, y2), max(y1, y2))
    values[x >= points[-1].x] = points[-1].opacity
    return values


def color_curve(points: Sequence[ColorPoint], x: ArrayLike, space: str = "RGB") -> Array:
    """Colours (n, 3) in 0..1 at `x` (n,), between points in `space`, held outside them.

    Raises SceneError for a space that is not known.
    """
    if space not in MIXES:
        raise SceneError(f"colour space {space}: write one of {', '.join(MIXES)}")
    x = np.asarray(x, float)
    colors = np.broadcast_to(np.array(points[0].color, float), (len(x), 3)).copy()
    for left, right in pairwise(points):
        inside = (x > left.x) & (x <= right.x)
        if inside.any():
            colors[inside] = _colors_between(left, right, x[inside], space)
    colors[x > points[-1].x] = points[-1].color
    return np.clip(colors, 0, 1)


def transfer_colors(transfer: TransferFunction, x: ArrayLike) -> Array:
    """Colours (n, 3) at `x` (n,): of so many `steps` where there are any, and `below` and `above` the points.

    Step i of n has the colour at i / (n - 1) of the way, as VTK's discretised maps have.
    """
    x = np.asarray(x, float)
    low, high = transfer.colors[0].x, transfer.colors[-1].x
    at = x
    if transfer.steps and high > low:
        step = np.clip(np.floor((x - low) / (high - low) * transfer.steps), 0, transfer.steps - 1)
        at = low + step / max(transfer.steps - 1, 1) * (high - low)
    colors = color_curve(transfer.colors, at, transfer.space)
    if transfer.below is not None:
        colors[x < low] = transfer.below
    if transfer.above is not None:
        colors[x > high] = transfer.above
    return colors


def _colors_between(left: ColorPoint, right: ColorPoint, x: Array, space: str) -> Array:
    """Colours at `x` between two points; sharpness bends the way as it does that of opacities."""
    begin, end = np.array(left.color, float), np.array(right.color, float)
    s = _place(left, right, x)
    if left.sharpness > 0.99:
        return np.where((s < 0.5)[:, None], begin, end)
    if space == "Diverging":  # has no Hermite curve in VTK
        return MIXES[space](begin, end, s if left.sharpness < 0.01 else _sharpened(s, left.sharpness))
    return MIXES[space](begin, end, _hermite(0.0, 1.0, s, left.sharpness))


def _place(left: ColorPoint | OpacityPoint, right: ColorPoint | OpacityPoint, x: Array) -> Array:
    """How far (0..1) `x` lies from one point to the next, the midpoint at 0.5."""
    middle = min(max(left.midpoint, 1e-5), 1 - 1e-5)
    s = (x - left.x) / (right.x - left.x)
    return np.where(s < middle, 0.5 * s / middle, 0.5 + 0.5 * (s - middle) / (1 - middle))


def _sharpened(s: Array, sharpness: float) -> Array:
    power = 1 + 10 * sharpness
    return np.where(s < 0.5, 0.5 * (2 * s) ** power, 1 - 0.5 * (2 * np.clip(1 - s, 0, 0.5)) ** power)


def _hermite(y1: float, y2: float, s: Array, sharpness: float) -> Array:
    """From `y1` to `y2` at `s`: even where sharpness is 0, a step at 0.5 where it is 1."""
    if sharpness > 0.99:
        return np.where(s < 0.5, y1, y2)
    if sharpness < 0.01:
        return y1 + s * (y2 - y1)
    s = _sharpened(s, sharpness)
    slope = (1 - sharpness) * (y2 - y1)
    ss, sss = s * s, s * s * s
    return (2 * sss - 3 * ss + 1) * y1 + (3 * ss - 2 * sss) * y2 + (2 * sss - 3 * ss + s) * slope
