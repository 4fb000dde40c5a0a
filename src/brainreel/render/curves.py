"""Colours of transfer functions as functions of values, as VTK has them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import SceneError
from brainreel.render.colors.mixing import MIXES
from brainreel.timeline.looks import ColorPoint, TransferFunction
from brainreel.timeline.piecewise import hermite, place_between, sharpened

Array = NDArray[np.float64]


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
    s = place_between(left, right, x)
    if left.sharpness > 0.99:
        return np.where((s < 0.5)[:, None], begin, end)
    if space == "Diverging":  # has no Hermite curve in VTK
        return MIXES[space](begin, end, s if left.sharpness < 0.01 else sharpened(s, left.sharpness))
    return MIXES[space](begin, end, hermite(0.0, 1.0, s, left.sharpness))
