"""Plots as pictures: curves over time with axes, once; then a cursor that moves over them."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data
from brainreel.render.courses import Lines, read_lines
from brainreel.render.overlays.bars import format_ticks
from brainreel.render.overlays.layout import MARGIN
from brainreel.render.overlays.stamps import Stamp, contrast_with, letter_px, put, words_stamp
from brainreel.render.text import words
from brainreel.timeline.frame import Plot
from brainreel.timeline.looks import Color
from brainreel.timeline.scalar_bars import nice_ticks

PLOTS_KEPT = 8
LINE, AXIS, CURSOR, DOT = 0.09, 0.05, 0.07, 0.2
"""Widths of curves, of axes and of the cursor, and the radius of its dots, in font sizes."""
GRID_ALPHA, AXIS_ALPHA, ZERO_ALPHA = 0.14, 0.75, 0.45
HEADROOM = 0.06
"""Of the range of values, above and below the curves."""
FROM_ZERO = 0.5
"""Values of one sign are shown from 0 on where the least is nearer to it than this part of the greatest."""


@dataclass(frozen=True)
class Axes:
    """Where the axes are, in pixels: left, top, right and bottom; and the values at the latter two."""

    left: int
    top: int
    right: int
    bottom: int
    span: tuple[float, float]
    values: tuple[float, float]

    def x(self, time: NDArray | float) -> Any:
        """Pixels from the left, of times in the plot's unit."""
        first, last = self.span
        return self.left + (time - first) / (last - first) * (self.right - self.left)

    def y(self, value: NDArray | float) -> Any:
        """Pixels from the top."""
        low, high = self.values
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


class Plotter:
    """Draws plots; all but the cursor of the last ones is kept, and so are the numbers of their curves."""

    def __init__(self, data: Mapping[str, Data]) -> None:
        self._data = data
        self._lines: OrderedDict[tuple, Lines] = OrderedDict()
        self._grounds: OrderedDict[tuple, tuple[NDArray[Any], Axes]] = OrderedDict()

    def draw(self, plot: Plot, background: Color, height: int, image: NDArray[Any]) -> None:
        """Draw all of `plot` but its overlays into `image` (h, w, 3), a part of a picture of `height` pixels."""
        resting = replace(plot, cursor=None, overlays=())
        key = (resting, background, height, image.shape, image.dtype.str)
        if key not in self._grounds:
            _keep(self._grounds, key, self._ground(resting, background, height, image))
        self._grounds.move_to_end(key)
        ground, axes = self._grounds[key]
        image[:] = ground
        if plot.cursor is not None:
            _cursor(plot, self._read(resting), axes, letter_px(plot.size, height), image)

    def _read(self, plot: Plot) -> Lines:
        key = (plot.span, plot.unit, tuple((curve.courses, curve.value) for curve in plot.curves))
        if key not in self._lines:
            _keep(self._lines, key, read_lines(plot, self._data))
        self._lines.move_to_end(key)
        return self._lines[key]

    def _ground(self, plot: Plot, background: Color, height: int, image: NDArray[Any]) -> tuple[NDArray[Any], Axes]:
        lines = self._read(plot)
        picture = Stamp(np.empty((*image.shape[:2], 3), np.float32), np.ones(image.shape[:2], np.float32))
        picture.color[:] = background
        size_px = letter_px(plot.size, height)
        axes, ticks = _arranged(plot, lines, size_px, round(MARGIN * height), picture)
        _scales(plot, axes, ticks, size_px, picture)
        for curve, values in zip(plot.curves, lines.values, strict=True):
            x, y = _thinned(axes.x(lines.times), axes.y(values))
            cover = _stroke(x, y, LINE * size_px, picture.size)
            cover[:, : axes.left] = cover[:, axes.right + 1 :] = 0
            _blend(picture.color, curve.color, cover)
        whole = np.iinfo(image.dtype).max
        return np.rint(picture.color * whole).astype(image.dtype), axes


def _keep(kept: OrderedDict, key: tuple, value: Any) -> None:
    kept[key] = value
    if len(kept) > PLOTS_KEPT:
        kept.popitem(last=False)


def _arranged(plot: Plot, lines: Lines, size_px: float, margin: int, picture: Stamp) -> tuple[Axes, tuple[float, ...]]:
    """Where axes stand beside their labels and the legend, which are laid on `picture`; and the ticks of values."""
    height, width = picture.size
    line_px = _words("0", size_px, plot.color, plot.outlined).size[0]
    margin = min(margin, height // 8, width // 8)
    top = margin // 2 + _head(plot, size_px, (margin // 2, margin, width - margin), picture)
    bottom = max(height - margin // 2 - line_px - line_px // 4, top + 1)
    values = _range(lines.values)
    ticks = nice_ticks(*values, max(2, min(6, int((bottom - top) / (1.4 * line_px)) + 1)))
    labels = [_words(text, size_px, plot.color, plot.outlined) for text in format_ticks(ticks)]
    left = margin + max(label.size[1] for label in labels) + line_px // 3
    unit_px = _words(plot.unit, size_px, plot.color, plot.outlined).size[1]
    axes = Axes(left, top, max(width - margin - unit_px - line_px // 2, left + 1), bottom, plot.span, values)
    for tick, label in zip(ticks, labels, strict=True):
        _put(picture, label, axes.y(tick) - label.size[0] / 2, left - line_px / 3 - label.size[1])
    return axes, ticks


def _head(plot: Plot, size_px: float, where: tuple[int, int, int], picture: Stamp) -> int:
    """Lay the title and the names of the curves on lines above the axes, `where` (top, left, right); how high that is.

    Names stand at the right, beside the title where there is room.
    """
    top, left, right = where
    title = _words(plot.title, size_px, plot.color, plot.outlined) if plot.title else None
    if title:
        _put(picture, title, top, left)
    names = [_words(curve.name, size_px, curve.color, plot.outlined) for curve in plot.curves]
    line_px = names[0].size[0]
    begin = left + (title.size[1] + line_px if title else 0)
    rows: list[list[Stamp]] = [[]]
    for name in names:
        if rows[-1] and sum(other.size[1] + line_px for other in rows[-1]) + name.size[1] > right - begin:
            rows.append([])
        rows[-1].append(name)
    for number, row in enumerate(rows):
        x = right - sum(name.size[1] + line_px for name in row) + line_px
        for name in row:
            _put(picture, name, top + number * line_px, x)
            x += name.size[1] + line_px
    return len(rows) * line_px + line_px // 4


def _scales(plot: Plot, axes: Axes, ticks: tuple[float, ...], size_px: float, picture: Stamp) -> None:
    """Lines at the ticks of values and at time 0, the two axes, and the ticks of time with their unit."""
    line_px = _words("0", size_px, plot.color, plot.outlined).size[0]
    thick = AXIS * size_px
    for tick in ticks:
        _bar(picture.color, axes.left, axes.right, axes.y(tick), thick, plot.color, GRID_ALPHA)
    columns = picture.color.transpose(1, 0, 2)
    if plot.span[0] < 0 < plot.span[1]:
        _bar(columns, axes.top, axes.bottom, axes.x(0.0), thick, plot.color, ZERO_ALPHA)
    if plot.outlined:
        edges = thick + 2, contrast_with(plot.color), AXIS_ALPHA
        _bar(picture.color, axes.left, axes.right, axes.bottom, *edges)
        _bar(columns, axes.top, axes.bottom, axes.left, *edges)
    _bar(picture.color, axes.left, axes.right, axes.bottom, thick, plot.color, AXIS_ALPHA)
    _bar(columns, axes.top, axes.bottom, axes.left, thick, plot.color, AXIS_ALPHA)
    labels = format_ticks(plot.ticks)
    for index, (tick, text) in enumerate(zip(plot.ticks, labels, strict=True)):
        x = axes.x(tick)
        _bar(columns, axes.bottom, axes.bottom + line_px // 5, x, thick, plot.color, AXIS_ALPHA)
        label = _words(text, size_px, plot.color, plot.outlined)
        at = x - label.size[1] / 2
        _put(picture, label, axes.bottom + line_px / 4, at)
        if index == len(labels) - 1:
            unit = _words(plot.unit, size_px, plot.color, plot.outlined)
            _put(picture, unit, axes.bottom + line_px / 4, at + label.size[1] + line_px / 6)


def _words(text: str, size_px: float, color: Color, outlined: bool) -> Stamp:
    """`text`, without an outline where the ground is that of the plot."""
    if outlined:
        return words_stamp(text, size_px, color)
    letters = words(text, size_px).letters
    return Stamp(np.broadcast_to(np.asarray(color, np.float32), (*letters.shape, 3)), letters)


def _put(picture: Stamp, stamp: Stamp, y: float, x: float) -> None:
    """Lay `stamp` on `picture`, unless it is larger."""
    if all(own <= whole for own, whole in zip(stamp.size, picture.size, strict=True)):
        put(picture, stamp, round(y), round(x))


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """From below the curves to above them; from 0 where that is not far."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if not high > low:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    room = HEADROOM * (high - low)
    bottom = 0.0 if 0 <= low < FROM_ZERO * high else low - room
    top = 0.0 if FROM_ZERO * low < high <= 0 else high + room
    return bottom, top


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of which a column of pixels has four at most: the first, the lowest, the highest and the last, in order.

    So a line through as many points as there are moments shows every peak.
    """
    if len(x) <= 4 * (x[-1] - x[0] + 1):
        return x, y
    column = np.floor(x).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    stops = np.append(starts[1:], len(x))
    chosen = set()
    for start, stop in zip(starts, stops, strict=True):
        part = y[start:stop]
        chosen |= {start, stop - 1}
        if np.isfinite(part).any():
            chosen |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
    kept = np.array(sorted(chosen))
    return x[kept], y[kept]


def _stroke(x: NDArray[np.float64], y: NDArray[np.float64], thick: float, size: tuple[int, int]) -> NDArray[np.float32]:
    """Coverage (h, w) of a line through points in pixels: of each pixel by how far its centre lies from the line."""
    cover = np.zeros(size, np.float32)
    half = max(thick, 1.0) / 2
    points = np.stack([x, y], 1)
    for one, other in pairwise(points):
        if not np.isfinite([one, other]).all():
            continue
        low = np.maximum(np.floor(np.minimum(one, other) - half - 1), 0).astype(int)
        high = np.minimum(np.ceil(np.maximum(one, other) + half + 1), size[::-1]).astype(int)
        if (high <= low).any():
            continue
        across, down = np.arange(low[0], high[0]) + 0.5 - one[0], np.arange(low[1], high[1])[:, None] + 0.5 - one[1]
        along = other - one
        square = float(along @ along)
        part = np.clip((across * along[0] + down * along[1]) / square, 0, 1) if square else 0.0
        distance = np.hypot(across - part * along[0], down - part * along[1])
        area = cover[low[1] : high[1], low[0] : high[0]]
        np.maximum(area, np.clip(half + 0.5 - distance, 0, 1), out=area, casting="same_kind")
    return cover


def _bar(
    rows: NDArray[np.float32], first: float, last: float, middle: float, thick: float, color: Color, alpha: float
) -> None:
    """A line along axis 1 of `rows` from `first` to `last` (pixels), its middle at `middle` across, on whole pixels."""
    count = max(1, round(thick))
    begin = round(middle - count / 2)
    part = rows[max(begin, 0) : max(begin + count, 0), round(first) : round(last) + 1]
    _blend(part, color, np.full(part.shape[:2], alpha, np.float32))


def _blend(picture: NDArray[np.float32], color: Color, cover: NDArray[np.float32]) -> None:
    picture += (np.asarray(color, np.float32) - picture) * cover[..., None]


def _cursor(plot: Plot, lines: Lines, axes: Axes, size_px: float, image: NDArray[Any]) -> None:
    """The line at the plot's cursor, and a dot on each curve, laid over `image` in place."""
    assert plot.cursor is not None
    x, radius = float(axes.x(plot.cursor)), DOT * size_px
    first, last = max(int(x - radius - 2), 0), min(int(x + radius + 3), image.shape[1])
    if first >= last:
        return
    whole = np.float32(np.iinfo(image.dtype).max)
    part = (image[:, first:last] / whole).astype(np.float32)
    half = max(CURSOR * size_px, 1.0) / 2
    columns = np.arange(first, last) + 0.5
    around = [(half + 1, contrast_with(plot.color))] if plot.outlined else []
    for reach, color in (*around, (half, plot.color)):
        cover = np.zeros(part.shape[:2], np.float32)
        cover[axes.top : axes.bottom] = np.clip(reach + 0.5 - np.abs(columns - x), 0, 1)
        _blend(part, color, cover)
    rows = np.arange(image.shape[0])[:, None] + 0.5
    for curve, values in zip(plot.curves, lines.values, strict=True):
        y = float(axes.y(np.interp(plot.cursor, lines.times, values)))
        if np.isfinite(y):
            distance = np.hypot(columns - x, rows - y)
            for reach, color in ((radius, plot.color), (0.7 * radius, curve.color)):
                _blend(part, color, np.clip(reach + 0.5 - distance, 0, 1).astype(np.float32))
    image[:, first:last] = np.rint(part * whole)
