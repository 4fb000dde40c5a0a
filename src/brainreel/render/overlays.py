"""Words and scalar bars laid over a finished picture.

Placed by their outer boxes inside a margin; things at one place are stacked in the order of the scene.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.render.text import words
from brainreel.timeline.frame import Color, ColorRange, Overlay, ScalarBarOverlay, TextOverlay, TransferFunction

MARGIN = 0.035
"""Distance of an overlay from the picture's edge, and half of that between overlays, in picture heights."""

BAR_LENGTH, BAR_WIDTH = 0.36, 0.02
"""Size of a scalar bar's colours, in picture heights."""

Sample = Callable[[ColorRange | TransferFunction, int], NDArray[np.float32]]
"""Colours (n, 4) RGBA in 0..1 of n evenly spaced values from the first to the last of a range."""


@dataclass(frozen=True)
class Stamp:
    """A small picture: `color` (h, w, 3) in 0..1 laid over with `alpha` (h, w)."""

    color: NDArray[np.float32]
    alpha: NDArray[np.float32]


def draw_overlays(image: NDArray[np.uint8], overlays: tuple[Overlay, ...], sample: Sample) -> None:
    """Lay `overlays` over `image` (h, w, 3), in place."""
    height = image.shape[0]
    margin = round(MARGIN * height)
    used: dict[str, int] = {}
    for overlay in overlays:
        if overlay.alpha <= 0:
            continue
        stamp = (
            _text_stamp(overlay, height) if isinstance(overlay, TextOverlay) else _bar_stamp(overlay, height, sample)
        )
        _lay(image, stamp, overlay.place, margin, used.get(overlay.place, 0), overlay.alpha)
        step = stamp.alpha.shape[1] if overlay.place in ("left", "right") else stamp.alpha.shape[0]
        used[overlay.place] = used.get(overlay.place, 0) + step + margin // 2


def _lay(image: NDArray[np.uint8], stamp: Stamp, place: str, margin: int, shift: int, alpha: float) -> None:
    """Blend `stamp` over `image` at `place`, `shift` pixels inwards; what would stick out is cut off."""
    (height, width, _), (h, w) = image.shape, stamp.alpha.shape
    across, down = _position(place)
    x = (margin, (width - w) // 2, width - w - margin)[across + 1]
    y = (margin, (height - h) // 2, height - h - margin)[down + 1]
    if place in ("left", "right"):
        x -= across * shift
    else:
        y += shift if down <= 0 else -shift
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    if x0 >= x1 or y0 >= y1:
        return
    cut = slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)
    ground = image[y0:y1, x0:x1]
    cover = stamp.alpha[cut][..., None] * np.float32(alpha)
    ground[:] = np.rint(ground * (1 - cover) + 255 * stamp.color[cut] * cover).astype(np.uint8)


def _position(place: str) -> tuple[int, int]:
    across = -1 if "left" in place else 1 if "right" in place else 0
    down = -1 if "top" in place else 1 if "bottom" in place else 0
    return across, down


def _text_stamp(overlay: TextOverlay, height: int) -> Stamp:
    return _words_stamp(overlay.text, round(overlay.size * height, 1), overlay.color)


@lru_cache(maxsize=256)
def _words_stamp(text: str, size_px: float, color: Color) -> Stamp:
    mask = words(text, size_px)
    outline = np.float32(0.0 if _luminance(color) > 0.18 else 1.0)
    letters = mask.letters[..., None]
    filled = outline * (1 - letters) + np.asarray(color, np.float32) * letters
    return Stamp(filled.astype(np.float32), mask.outlined)


def _luminance(color: Color) -> float:
    """Relative luminance of a display colour (WCAG 2, sRGB)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def _bar_stamp(overlay: ScalarBarOverlay, height: int, sample: Sample) -> Stamp:
    """A bar, vertical at the sides and horizontal at top and bottom, its ticks and its title above."""
    size_px = round(overlay.size * height, 1)
    upright = overlay.place not in ("top", "bottom", "center")
    colors = _bar_colors(overlay, height, upright, sample)
    low, high = bar_range(overlay.colors)
    labels = [
        ((tick - low) / (high - low) if high > low else 0.5, _words_stamp(text, size_px, overlay.color))
        for tick, text in zip(overlay.ticks, format_ticks(overlay.ticks), strict=True)
    ]
    title = _words_stamp(overlay.title, size_px, overlay.color) if overlay.title else None
    return _arrange(colors, labels, title, upright, _words_stamp("0", size_px, overlay.color).alpha.shape)


def _bar_colors(overlay: ScalarBarOverlay, height: int, upright: bool, sample: Sample) -> NDArray[np.float32]:
    """The bar itself (h, w, 3), framed; where the paint is transparent the frame's dark grey shows."""
    length, width = round(BAR_LENGTH * height), max(4, round(BAR_WIDTH * height))
    table = sample(overlay.colors, length)
    solid = table[:, :3] * table[:, 3:] + np.float32(0.25) * (1 - table[:, 3:])
    bar = np.repeat(solid[::-1, None], width, 1) if upright else np.repeat(solid[None], width, 0)
    edge = max(1, height // 720)
    return np.pad(bar, [(edge, edge), (edge, edge), (0, 0)], constant_values=0.6).astype(np.float32)


def _arrange(
    bar: NDArray[np.float32],
    labels: list[tuple[float, Stamp]],
    title: Stamp | None,
    upright: bool,
    letter: tuple[int, ...],
) -> Stamp:
    """Title, bar and tick labels on one stamp: labels right of an upright bar, below a lying one."""
    gap = max(2, letter[0] // 4)
    (bar_h, bar_w, _), half = bar.shape, letter[0] // 2
    label_w = max((stamp.alpha.shape[1] for _, stamp in labels), default=0)
    top = (title.alpha.shape[0] + gap if title else 0) + (half if upright else 0)
    side = 0 if upright else label_w // 2
    width = max(bar_w + gap + label_w if upright else bar_w + 2 * side, title.alpha.shape[1] if title else 0)
    height = top + bar_h + (half if upright else letter[0])
    color, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)

    def put(stamp: Stamp, y: int, x: int) -> None:
        h, w = stamp.alpha.shape
        y, x = min(max(y, 0), height - h), min(max(x, 0), width - w)
        cover = stamp.alpha[..., None]
        ground = slice(y, y + h), slice(x, x + w)
        color[ground] = color[ground] * (1 - cover) + stamp.color * cover
        alpha[ground] = np.maximum(alpha[ground], stamp.alpha)

    put(Stamp(bar, np.ones(bar.shape[:2], np.float32)), top, side)
    if title:
        put(title, 0, 0 if upright else (width - title.alpha.shape[1]) // 2)
    for fraction, stamp in labels:
        if upright:
            put(stamp, top + round((1 - fraction) * bar_h) - stamp.alpha.shape[0] // 2, bar_w + gap)
        else:
            put(stamp, top + bar_h, side + round(fraction * bar_w) - stamp.alpha.shape[1] // 2)
    return Stamp(color, alpha)


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
