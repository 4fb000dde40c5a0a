"""Scalar bars: colours with their numbers, title, and what is below, above and without a value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.render.overlays.stamps import Stamp, alignment, empty, letter_px, put, words_stamp
from brainreel.timeline.frame import ScalarBarOverlay
from brainreel.timeline.looks import Color, ColorRange, TransferFunction

FRAME_GREY = 0.6
THROUGH_GREY = 0.25
"""What shows where a colour is transparent."""

Sample = Callable[[ColorRange | TransferFunction, int], NDArray[np.float32]]
"""Colours (n, 4) RGBA in 0..1 of n evenly spaced values from the first to the last of a range."""


@dataclass(frozen=True)
class _Strip:
    """The colours lying, values rising to the right: `first` and `length` are the pixels that the range takes."""

    color: NDArray[np.float32]
    alpha: NDArray[np.float32]
    first: int
    length: int


@dataclass(frozen=True)
class _Parts:
    """What a bar is arranged of: labels with their pixel along the strip, the swatch of no value with its label.

    `align`: where an upright bar and a wider title meet, 0 at their left edges, 1 at their right ones.
    """

    strip: _Strip
    marks: list[tuple[float, Stamp]]
    title: Stamp | None
    without: tuple[Stamp, Stamp] | None
    line_px: int
    align: float


def bar_stamp(overlay: ScalarBarOverlay, height: int, sample: Sample) -> Stamp:
    """The bar on a picture of `height` pixels: labels right of an upright bar, below a lying one, its title above."""
    size_px = letter_px(overlay.size, height)
    strip = _strip(overlay, height, sample)
    low, high = bar_range(overlay.colors)
    labels = [
        ((tick - low) / (high - low) if high > low else 0.5, words_stamp(text, size_px, overlay.color))
        for tick, text in zip(overlay.ticks, format_ticks(overlay.ticks), strict=True)
    ]
    middle = strip.length - 1
    marks = [(strip.first + fraction * middle, label) for fraction, label in labels]
    title = words_stamp(overlay.title, size_px, overlay.color, 0.5 if overlay.horizontal else 0.0)
    without = _without_value(overlay, strip.color.shape[0], size_px)
    line_px = words_stamp("0", size_px, overlay.color).size[0]
    align = alignment(overlay.place)
    parts = _Parts(strip, marks, title if overlay.title else None, without, line_px, align)
    return _lying(parts) if overlay.horizontal else _upright(parts)


def _strip(overlay: ScalarBarOverlay, height: int, sample: Sample) -> _Strip:
    """The colours in a thin frame, with pointed ends for what is below and above where that has its own colour."""
    length, width = max(2, round(overlay.length * height)), max(4, round(overlay.width * height))
    table = sample(overlay.colors, length)
    solid = table[:, :3] * table[:, 3:] + np.float32(THROUGH_GREY) * (1 - table[:, 3:])
    edge = max(1, height // 720)
    below, above, _ = _outside(overlay.colors)
    before, after = (width if color else 0 for color in (below, above))
    row = np.concatenate([np.tile(below or (0, 0, 0), (before, 1)), solid, np.tile(above or (0, 0, 0), (after, 1))])
    inner = _pointed(row.shape[0], width, before, after, 0)
    outer = _pointed(row.shape[0], width, before, after, edge)
    color = np.full((*outer.shape, 3), FRAME_GREY, np.float32)
    body = color[edge:-edge, edge:-edge]
    body[:] += (row[None] - body) * inner[..., None]
    return _Strip(color, outer, edge + before, length)


def _pointed(length: int, width: int, before: int, after: int, edge: int) -> NDArray[np.float32]:
    """Coverage (width + 2 edge, length + 2 edge) of a strip, its ends triangles so long, grown by `edge` pixels."""
    x = np.arange(length + 2 * edge) + 0.5 - edge
    y = np.abs(np.arange(width + 2 * edge) + 0.5 - edge - width / 2)
    reach = np.full(x.shape, width / 2 + edge)
    slope = 0.5 * width / max(before, after, 1)
    grown = edge * np.hypot(1, slope)
    for part, distance in ((before, x), (after, length - x)):
        if part:
            reach = np.minimum(reach, np.maximum(distance, -2.0 * edge) * slope + grown)
    return np.clip(reach[None] - y[:, None] + 0.5, 0, 1).astype(np.float32)


def _without_value(overlay: ScalarBarOverlay, width: int, size_px: float) -> tuple[Stamp, Stamp] | None:
    """A swatch, `width` pixels wide, of the colour of no value, and its label."""
    nan = _outside(overlay.colors)[2]
    if nan is None:
        return None
    swatch = empty(width, width)
    edge = max(1, width // 12)
    swatch.color[:], swatch.alpha[:] = FRAME_GREY, 1
    swatch.color[edge:-edge, edge:-edge] = nan
    return swatch, words_stamp("NaN", size_px, overlay.color)


def _outside(colors: ColorRange | TransferFunction) -> tuple[Color | None, Color | None, Color | None]:
    """The colours of values below, above and of none, where they have their own."""
    return (colors.below, colors.above, colors.nan) if isinstance(colors, TransferFunction) else (None, None, None)


def _upright(parts: _Parts) -> Stamp:
    """Values rise; labels right of the colours, the swatch of no value below."""
    strip, title, without = parts.strip, parts.title, parts.without
    half, gap = parts.line_px // 2, max(2, parts.line_px // 4)
    bar = Stamp(strip.color.transpose(1, 0, 2)[::-1], strip.alpha.T[::-1])
    top = (title.size[0] + gap if title else 0) + half
    labels = [label for _, label in parts.marks] + ([without[1]] if without else [])
    label_w = max((label.size[1] for label in labels), default=0)
    swatch_top = top + bar.size[0] + half + gap
    block = bar.size[1] + gap + label_w
    width = max(block, title.size[1] if title else 0)
    stamp = empty(swatch_top + max(without[0].size[0], parts.line_px) if without else swatch_top - gap, width)
    left = round(parts.align * (width - block))
    beside = left + bar.size[1] + gap
    put(stamp, bar, top, left)
    if title:
        put(stamp, title, 0, 0)
    for place, label in parts.marks:
        put(stamp, label, round(top + bar.size[0] - place - label.size[0] / 2), beside)
    if without:
        swatch, name = without
        rest = stamp.size[0] - swatch_top
        put(stamp, swatch, swatch_top + (rest - swatch.size[0]) // 2, left)
        put(stamp, name, swatch_top + (rest - name.size[0]) // 2, beside)
    return stamp


def _lying(parts: _Parts) -> Stamp:
    """Values rise to the right; labels below the colours, the swatch of no value at their right."""
    strip, title, without = parts.strip, parts.title, parts.without
    gap = max(2, parts.line_px // 4)
    bar = Stamp(strip.color, strip.alpha)
    side = max((label.size[1] for _, label in parts.marks), default=0) // 2
    top = title.size[0] + gap if title else 0
    swatch_w = max(part.size[1] for part in without) + 2 * gap if without else 0
    across = bar.size[1] + 2 * side
    stamp = empty(top + bar.size[0] + parts.line_px, max(across, title.size[1] if title else 0) + swatch_w)
    side = (stamp.size[1] - swatch_w - bar.size[1]) // 2
    put(stamp, bar, top, side)
    if title:
        put(stamp, title, 0, (stamp.size[1] - swatch_w - title.size[1]) // 2)
    for place, label in parts.marks:
        put(stamp, label, top + bar.size[0], round(side + place - label.size[1] / 2))
    if without:
        centre = stamp.size[1] - swatch_w // 2 + gap
        for part, y in zip(without, (top, top + bar.size[0]), strict=True):
            put(stamp, part, y, centre - part.size[1] // 2)
    return stamp


def bar_range(colors: ColorRange | TransferFunction) -> tuple[float, float]:
    """The values at the two ends of a scalar bar."""
    if isinstance(colors, TransferFunction):
        return colors.colors[0].x, colors.colors[-1].x
    return (-colors.range[-1], colors.range[-1]) if colors.diverging else (colors.range[0], colors.range[-1])


def format_ticks(ticks: tuple[float, ...]) -> list[str]:
    """Tick labels with as many decimals as tell neighbours apart, and a true minus sign."""
    gaps = np.diff(np.sort(np.asarray(ticks, float)))
    smallest = float(gaps[gaps > 0].min()) if (gaps > 0).any() else max(map(abs, ticks), default=1.0) or 1.0
    largest = max(map(abs, ticks), default=0.0)
    if largest >= 1e5 or smallest < 1e-4:
        digits = max(3, int(np.ceil(np.log10(max(largest, smallest) / smallest))) + 1)
        return [f"{tick:.{digits}g}".replace("-", "−") for tick in ticks]
    decimals = max(0, int(np.ceil(-np.log10(smallest) - 1e-9)))
    decimals += not all(np.isclose(tick, round(tick, decimals), rtol=0, atol=smallest * 0.01) for tick in ticks)
    return [f"{tick:.{decimals}f}".replace("-", "−") for tick in ticks]
