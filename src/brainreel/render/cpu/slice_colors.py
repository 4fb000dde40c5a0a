"""Colours of slices as the tables that kernels read."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import SceneError
from brainreel.render.colormap import CELLS, color_table, pack_colors
from brainreel.render.curves import transfer_colors
from brainreel.timeline.looks import ColorRange, LabelColor, OwnColors, SlicePaint, TransferFunction
from brainreel.timeline.piecewise import opacity_curve

LARGEST_LABEL = 1 << 22


@dataclass(frozen=True, eq=False)
class CurveTable:
    """A table of colours, its entry of values below the range, its cells and curve: `kernels.resolve` says of what.

    Without cells values are colours themselves, and the curve's first number the luminance above which they are shown.
    """

    words: NDArray[np.int32]
    middle: int
    mirrored: bool
    cells: int
    curve: tuple[float, float, float, float, float]


def table_of(paint: SlicePaint) -> CurveTable:
    """The colours of `paint`. Raises SceneError where they mean nothing."""
    colors = paint.colors
    if isinstance(colors, TransferFunction):
        words, (low, mid, rise_low, rise_high) = _transfer_words(colors)
        return CurveTable(words, 0, False, CELLS, (low, mid, rise_low, rise_high, paint.alpha))
    if isinstance(colors, ColorRange):
        table = color_table(colors)
        curve = (table.low, table.mid, table.rise_low, table.rise_high, paint.alpha)
        return CurveTable(table.words, table.middle, table.mirrored, CELLS, curve)
    if isinstance(colors, OwnColors):
        return CurveTable(np.zeros(0, np.int32), 0, False, 0, (colors.above, 0.0, 0.0, 0.0, paint.alpha))
    words = _label_words(colors)
    cells = len(words) // 2 - 1
    # cell k holds label k: the curve's two halves have one slope
    return CurveTable(words, 0, False, cells, (-0.5, cells // 2 - 0.5, 1.0, 1.0, paint.alpha))


@lru_cache(maxsize=64)
def _transfer_words(transfer: TransferFunction) -> tuple[NDArray[np.int32], tuple[float, float, float, float]]:
    """Words and the first four numbers of the curve: cells between the outermost points, one below and one above."""
    nodes = [point.x for point in (*transfer.colors, *transfer.opacities)]
    low, high = min(nodes), max(nodes)
    width = (high - low or 1.0) / (CELLS - 1)
    values = np.concatenate([[low - width], low + (np.arange(CELLS) + 0.5) * width])
    alpha = opacity_curve(transfer.opacities, values)[:, None]
    words = pack_colors(np.concatenate([transfer_colors(transfer, values), alpha], 1).astype(np.float32))
    return words, (low, low + width * (CELLS // 2), 1 / width, 1 / width)


@lru_cache(maxsize=64)
def _label_words(colors: tuple[LabelColor, ...]) -> NDArray[np.int32]:
    """Entry 1 + k is of label k; 0 and the last, which what is below and above has, are transparent."""
    known = [color for color in colors if color.label >= 0]
    most = max((color.label for color in known), default=0)
    if most > LARGEST_LABEL:
        raise SceneError(f"label {most}: slices show labels up to {LARGEST_LABEL}; number them anew")
    rgba = np.zeros((most + 3, 4), np.float32)
    for color in known:
        rgba[color.label + 1] = (*color.color, color.opacity)
    return pack_colors(rgba)
