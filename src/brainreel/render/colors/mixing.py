"""Colours between two colours, in each space that VTK's colour transfer function has.

Source of Diverging: K. Moreland, "Diverging color maps for scientific visualization", 2009.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from brainreel.render.colors.difference import color_path
from brainreel.render.colors.spaces import hsv_from_rgb, lab_from_rgb, rgb_from_hsv, rgb_from_lab

Array = NDArray[np.float64]
Mix = Callable[[Array, Array, Array], Array]
"""Colours (n, 3) at places (n,) from 0 at the first colour (3,) to 1 at the second."""

WHITE_MAGNITUDE = 88.0


def _between(begin: Array, end: Array, s: Array) -> Array:
    return begin + s[:, None] * (end - begin)


def _rgb(begin: Array, end: Array, s: Array) -> Array:
    return _between(begin, end, s)


def _hsv(begin: Array, end: Array, s: Array) -> Array:
    """By the shorter way round the hues."""
    first, last = hsv_from_rgb(begin), hsv_from_rgb(end)
    if abs(first[0] - last[0]) > 0.5:
        (first if first[0] > last[0] else last)[0] -= 1
    return rgb_from_hsv(_between(first, last, s))


def _hsv_no_wrap(begin: Array, end: Array, s: Array) -> Array:
    """Through the hues between the two, never through red."""
    return rgb_from_hsv(_between(hsv_from_rgb(begin), hsv_from_rgb(end), s))


def _lab(begin: Array, end: Array, s: Array) -> Array:
    return rgb_from_lab(_between(lab_from_rgb(begin), lab_from_rgb(end), s))


def _step(begin: Array, end: Array, s: Array) -> Array:
    """The second colour, all the way."""
    return np.broadcast_to(end, (len(s), 3))


def _diverging(begin: Array, end: Array, s: Array) -> Array:
    """Moreland's: magnitude, saturation and hue of L*a*b* in polar form, through white between distinct hues.

    Near hues go the shorter way round. (VTK 9.7 turns back by as much where the second is the larger, and misses it.)
    """
    first, last = _msh_from_rgb(begin), _msh_from_rgb(end)
    if min(first[1], last[1]) <= 0.05:
        return _through_msh(first, last, s)
    turn = (last[2] - first[2] + np.pi) % (2 * np.pi) - np.pi
    if abs(turn) > 0.33 * np.pi:
        white = np.array([max(first[0], last[0], WHITE_MAGNITUDE), 0.0, 0.0])
        below, above = _through_msh(first, white, 2 * s), _through_msh(white, last, 2 * s - 1)
        return np.where((s < 0.5)[:, None], below, above)
    last[2] = first[2] + turn
    return _through_msh(first, last, s)


def _through_msh(first: Array, last: Array, s: Array) -> Array:
    first, last = first.copy(), last.copy()
    if first[1] < 0.05 < last[1]:
        first[2] = _hue_towards(last, first[0])
    elif last[1] < 0.05 < first[1]:
        last[2] = _hue_towards(first, last[0])
    magnitude, saturation, hue = _between(first, last, s).T
    along, across = magnitude * np.cos(saturation), magnitude * np.sin(saturation)
    return rgb_from_lab(np.stack([along, across * np.cos(hue), across * np.sin(hue)], -1))


def _msh_from_rgb(rgb: Array) -> Array:
    lightness, a, b = lab_from_rgb(rgb)
    magnitude = float(np.sqrt(lightness**2 + a**2 + b**2))
    saturation = np.arccos(lightness / magnitude) if magnitude > 0.001 else 0.0
    return np.array([magnitude, saturation, np.arctan2(b, a) if saturation > 0.001 else 0.0])


def _hue_towards(msh: Array, grey: float) -> float:
    """The hue of a grey of magnitude `grey` that makes the way from `msh` to it look even."""
    magnitude, saturation, hue = msh
    if magnitude >= grey - 0.1:
        return hue
    spin = saturation * np.sqrt(grey**2 - magnitude**2) / (magnitude * np.sin(saturation))
    return hue + spin if hue > -0.3 * np.pi else hue - spin


def _least_difference(begin: Array, end: Array, s: Array) -> Array:
    """Along the path of least CIEDE2000 difference, evenly in that difference, in 8 bits as VTK has it."""
    colors, distances = color_path(tuple(begin), tuple(end))
    labs = lab_from_rgb(colors)
    mixed = [np.interp(s * distances[-1], distances, part) for part in labs.T]
    return np.floor(rgb_from_lab(np.stack(mixed, -1)) * 255 + 0.5) / 255


MIXES: dict[str, Mix] = {
    "RGB": _rgb,
    "HSV": _hsv,
    "HSVNoWrap": _hsv_no_wrap,
    "Lab": _lab,
    "Diverging": _diverging,
    "LabCIEDE2000": _least_difference,
    "Step": _step,
}
"""By the name of the space."""
