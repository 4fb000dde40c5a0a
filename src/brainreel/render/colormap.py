"""Values to colours: a ColorRange as a function of values, and as the tables that kernels read."""

from dataclasses import dataclass
from functools import lru_cache

import cmap
import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import SceneError
from brainreel.render.curves import transfer_colors
from brainreel.scene.colormaps import find_map
from brainreel.scene.faults import Fault
from brainreel.timeline.looks import ColorRange, TransferFunction

CELLS = 2048
"""Cells of a table between the ends of a range (of each half, where the map diverges)."""

_MAP_STEPS = 1 << 14  # the 256 that cmap takes by itself show in slow gradients


@dataclass(frozen=True, eq=False)
class ColorTable:
    """A ColorRange as kernels read it.

    `words` int32 (2 * entries,): entry k is `R | G << 16` and `B | A << 16`, 16 bits each. Entry `middle` belongs to
    values below the range, entry middle + 1 + cell to the cells of the range, middle - 1 - cell to their mirror image.
    The cell of a value (of its magnitude, where `mirrored`) is the whole part of `(value - low) * rise_low` below
    `mid`, and of `CELLS / 2 + (value - mid) * rise_high` from there.
    """

    words: NDArray[np.int32]
    middle: int
    low: float
    mid: float
    rise_low: float
    rise_high: float
    mirrored: bool


def colors_at(values: ArrayLike, colors: ColorRange) -> NDArray[np.float32]:
    """Colours (..., 4), RGBA in 0..1, of `values` (...); NaN has alpha 0.

    Raises SceneError for a map that is not known and a range that does not ascend.
    """
    low, mid, high = breakpoints(colors)
    shape = np.shape(values)
    values = np.asarray(values, float).reshape(-1)
    size = np.abs(values) if colors.diverging else values
    inside = size >= low
    place = np.interp(size, *_piecewise(low, mid, high)) * inside
    rgba = _rgba(place, inside, np.sign(values), colors)
    rgba[np.isnan(values), 3] = 0
    return rgba.reshape(*shape, 4)


@lru_cache(maxsize=64)
def color_table(colors: ColorRange) -> ColorTable:
    """The table of `colors`; each cell has the colour of its centre. Raises what `colors_at` raises."""
    low, mid, high = breakpoints(colors)
    place = (np.arange(CELLS) + 0.5) / CELLS
    ones = np.ones(CELLS)
    below = _rgba(np.zeros(1), np.zeros(1, bool), np.zeros(1), colors)
    rows = [below, _rgba(place, ones > 0, ones, colors)]
    if colors.diverging:
        rows.insert(0, _rgba(place, ones > 0, -ones, colors)[::-1])
    with np.errstate(divide="ignore"):
        rises = np.float64(CELLS / 2) / np.array([mid - low, high - mid])
    largest = float(np.finfo(np.float32).max)
    return ColorTable(
        words=pack_colors(np.concatenate(rows)),
        middle=CELLS if colors.diverging else 0,
        low=low,
        mid=mid,
        rise_low=min(float(rises[0]), largest),
        rise_high=min(float(rises[1]), largest),
        mirrored=colors.diverging,
    )


def sample_colors(colors: ColorRange | TransferFunction, count: int) -> NDArray[np.float32]:
    """Colours (count, 4) of evenly spaced values from one end of the range to the other, for a scalar bar.

    A transfer function's are opaque.
    """
    if isinstance(colors, TransferFunction):
        values = np.linspace(colors.colors[0].x, colors.colors[-1].x, count)
        return np.concatenate([transfer_colors(colors, values), np.ones((count, 1))], -1).astype(np.float32)
    low, _, high = breakpoints(colors)
    return colors_at(np.linspace(-high if colors.diverging else low, high, count), colors)


def pack_colors(rgba: NDArray[np.float32]) -> NDArray[np.int32]:
    """Colours (n, 4) in 0..1 as (2 n,) int32: `R | G << 16` and `B | A << 16`."""
    steps = np.rint(np.clip(rgba, 0, 1) * 65535).astype(np.uint32)
    return (steps[:, 0::2] | steps[:, 1::2] << 16).ravel().view(np.int32)


def breakpoints(colors: ColorRange) -> tuple[float, float, float]:
    """The values (low, mid, high) that lie at 0, 1/2 and 1 of the map (of each half, where it diverges).

    Raises SceneError where they do not ascend.
    """
    numbers = colors.range
    if len(numbers) == 2:
        numbers = (numbers[0], (numbers[0] + numbers[1]) / 2, numbers[1])
    if len(numbers) != 3 or not numbers[0] <= numbers[1] < numbers[2]:
        raise SceneError(f"colour range {list(colors.range)} of map {colors.map}: give two or three ascending numbers")
    if colors.diverging and numbers[0] < 0:
        raise SceneError(
            f"colour range {list(colors.range)} of diverging map {colors.map}: it is mirrored, so begin at 0 or above"
        )
    return numbers[0], numbers[1], numbers[2]


def _piecewise(low: float, mid: float, high: float) -> tuple[list[float], list[float]]:
    return ([low, mid, high], [0.0, 0.5, 1.0]) if low < mid else ([mid, high], [0.5, 1.0])


def _rgba(place: NDArray, inside: NDArray, sign: NDArray, colors: ColorRange) -> NDArray[np.float32]:
    """RGBA at `place` 0..1 between low and high; `inside` is false below low."""
    where = 0.5 + 0.5 * place * sign if colors.diverging else place
    rgba = np.asarray(colormap(colors.map)(np.clip(where, 0, 1), N=_MAP_STEPS), np.float32)
    if colors.below_hidden:
        ramp = np.clip(2 * place, 0, 1) if len(colors.range) == 3 else np.ones_like(place)
        rgba[..., 3] *= ramp * inside
    return rgba


def colormap(name: str) -> cmap.Colormap:
    """The colour map that the package cmap calls `name`, reversed where it ends in `_r`.

    Raises SceneError with the nearest name.
    """
    try:
        return find_map(name)
    except Fault as fault:
        raise SceneError(f"colour map {fault.sentence().removeprefix(' = ')}") from None
