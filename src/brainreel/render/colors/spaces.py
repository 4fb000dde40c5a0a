"""Display colours in other spaces, and back; constants are VTK's, so that colours agree to its digits."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_XYZ_FROM_RGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_RGB_FROM_XYZ = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_WHITE = np.array([0.9505, 1.0, 1.089])  # D65


def lab_from_rgb(rgb: Array) -> Array:
    """CIE L*a*b* (..., 3) of display colours (..., 3)."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    ratio = linear @ _XYZ_FROM_RGB.T / _WHITE
    x, y, z = np.moveaxis(np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def rgb_from_lab(lab: Array) -> Array:
    """Display colours (..., 3); those that no display has are scaled down to 1 and cut off at 0."""
    y = (lab[..., 0] + 16) / 116
    parts = np.stack([lab[..., 1] / 500 + y, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(parts**3 > 0.008856, parts**3, (parts - 16 / 116) / 7.787) * _WHITE
    linear = xyz @ _RGB_FROM_XYZ.T
    gamma = 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    rgb = np.where(linear > 0.0031308, gamma, 12.92 * linear)
    return np.maximum(rgb / np.maximum(rgb.max(-1, keepdims=True), 1), 0)


def hsv_from_rgb(rgb: Array) -> Array:
    """Hue, saturation and value, each in 0..1, of one colour (3,)."""
    high, low = float(rgb.max()), float(rgb.min())
    if high == low:
        return np.array([0.0, 0.0, high])
    r, g, b = rgb
    span = high - low
    sector = (g - b) / span if r == high else 2 + (b - r) / span if g == high else 4 + (r - g) / span
    return np.array([sector / 6 % 1.0, span / high, high])


def rgb_from_hsv(hsv: Array) -> Array:
    """Display colours (n, 3) of hue, saturation and value (n, 3); a hue counts without its whole part."""
    hue, saturation, value = hsv.T
    place = (hue[:, None] + np.array([1, 2 / 3, 1 / 3])) % 1 * 6
    tint = np.clip(np.abs(place - 3) - 1, 0, 1)
    return value[:, None] * (1 + saturation[:, None] * (tint - 1))
