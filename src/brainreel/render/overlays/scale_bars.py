"""A scale bar: a line of known length, above it what it measures."""

import numpy as np
from numpy.typing import NDArray

from brainreel.render.overlays.stamps import Stamp, alignment, empty, letter_px, put, words_stamp
from brainreel.timeline.automatic import luminance
from brainreel.timeline.frame import ScaleBarOverlay

THICKNESS = 0.16
"""Of the line, in font sizes."""


def scale_bar_stamp(overlay: ScaleBarOverlay, height: int) -> Stamp:
    """The bar on a picture of `height` pixels; its length is exact, its end covers a part of a pixel.

    At the right the line's right end stands still while it grows, else its left one.
    """
    size_px, align = letter_px(overlay.size, height), alignment(overlay.place)
    label = words_stamp(overlay.text, size_px, overlay.color, align)
    line = _line(overlay, size_px, overlay.length * height)
    if align == 1:
        line = Stamp(line.color[:, ::-1], line.alpha[:, ::-1])
    stamp = empty(label.size[0] + line.size[0], max(label.size[1], line.size[1]))
    for part, y in ((label, 0), (line, label.size[0])):
        put(stamp, part, y, round(align * (stamp.size[1] - part.size[1])))
    return stamp


def _line(overlay: ScaleBarOverlay, size_px: float, length_px: float) -> Stamp:
    """The line with an outline around it."""
    edge = max(1, round(size_px * THICKNESS / 3))
    thick = max(2, round(size_px * THICKNESS))
    line = empty(thick + 2 * edge, int(np.ceil(length_px)) + 2 * edge)
    line.color[:] = 0.0 if luminance(overlay.color) > 0.18 else 1.0
    line.alpha[:] = _covered(line.size[1], 0, length_px + 2 * edge)
    inner = line.color[edge : edge + thick]
    inner[:] += (np.asarray(overlay.color, np.float32) - inner) * _covered(line.size[1], edge, edge + length_px)[
        :, None
    ]
    return line


def _covered(columns: int, begin: float, end: float) -> NDArray[np.float32]:
    """The part of each of so many pixel columns that lies between `begin` and `end` (pixels)."""
    left = np.arange(columns)
    return np.clip(np.minimum(left + 1, end) - np.maximum(left, begin), 0, 1).astype(np.float32)
