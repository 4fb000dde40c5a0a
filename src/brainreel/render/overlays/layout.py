"""Where overlays stand: inside a margin, each beside those before it, never over them."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.render.overlays.bars import Sample, bar_stamp
from brainreel.render.overlays.images import image_stamp
from brainreel.render.overlays.orientation import cube_stamp, edge_letters
from brainreel.render.overlays.scale_bars import scale_bar_stamp
from brainreel.render.overlays.stamps import Stamp, blend, text_stamp
from brainreel.timeline.frame import (
    ImageOverlay,
    OrientationOverlay,
    Overlay,
    ScalarBarOverlay,
    ScaleBarOverlay,
)

MARGIN = 0.035
"""Distance of an overlay from the picture's edge, and half of that between overlays, in picture heights."""

_KEPT = 16
"""Stamps that are kept: a bar is the same in every frame."""

Rectangle = tuple[int, int, int, int]
"""y, x, height, width in pixels."""


def draw_overlays(image: NDArray, overlays: tuple[Overlay, ...], sample: Sample, height: int | None = None) -> None:
    """Lay `overlays` over `image` (h, w, 3), or (h, w, 4) with straight alpha, integers or floats in 0..1, in place.

    `height` is that of the whole picture in pixels, where `image` is a part of it.

    Each stands at its place, or next to it towards the middle where one before it stands; letters at the edges come
    first, so that nothing moves as they come and go.
    """
    picture_height: int = height or image.shape[0]
    margin = round(MARGIN * picture_height)
    taken: list[Rectangle] = []
    for overlay in sorted(overlays, key=lambda one: not _is_letters(one)):
        if overlay.alpha <= 0:
            continue
        for stamp, place, alpha in _stamps(overlay, picture_height, sample):
            where = _free(place, stamp.size, image.shape[:2], margin, taken)
            taken.append(where)
            _lay(image, stamp, where, alpha * overlay.alpha)


def _is_letters(overlay: Overlay) -> bool:
    return isinstance(overlay, OrientationOverlay) and overlay.form == "letters"


def _stamps(overlay: Overlay, height: int, sample: Sample) -> list[tuple[Stamp, str, float]]:
    """What `overlay` lays: stamps, their places and how far they are to be seen."""
    if isinstance(overlay, OrientationOverlay) and overlay.form == "letters":
        return edge_letters(overlay, height)
    return [(_stamp(overlay, height, sample), overlay.place, 1.0)]


@lru_cache(_KEPT)
def _stamp(overlay: Overlay, height: int, sample: Sample) -> Stamp:
    if isinstance(overlay, ScalarBarOverlay):
        return bar_stamp(overlay, height, sample)
    if isinstance(overlay, ScaleBarOverlay):
        return scale_bar_stamp(overlay, height)
    if isinstance(overlay, ImageOverlay):
        return image_stamp(overlay, height)
    return cube_stamp(overlay, height) if isinstance(overlay, OrientationOverlay) else text_stamp(overlay, height)


def _free(
    place: str, size: tuple[int, int], picture: tuple[int, ...], margin: int, taken: list[Rectangle]
) -> Rectangle:
    """The rectangle of a stamp of `size`: at its place, moved inwards past those `taken` that it would meet.

    Things left and right move across, all others down from the top and the middle or up from the bottom, and from a
    corner across where that leads nowhere. On a picture too small for all it stays where it covers least.
    """
    (h, w), (height, width) = size, picture
    across, down = _position(place)
    x = (margin, (width - w) // 2, width - w - margin)[across + 1]
    y = (margin, (height - h) // 2, height - h - margin)[down + 1]
    upright, lying = (-1 if down > 0 else 1, 0), (0, -across)
    ways = (lying,) if place in ("left", "right") else (upright, lying) if across else (upright,)
    tried: list[Rectangle] = []
    for way in ways:
        steps = _steps((y, x, h, w), way, picture, max(1, margin // 2), taken)
        if not any(_shared(steps[-1], one) for one in taken):
            return steps[-1]
        tried += steps
    return min(tried, key=lambda one: sum(_shared(one, other) for other in taken))


def _steps(
    start: Rectangle, way: tuple[int, int], picture: tuple[int, ...], gap: int, taken: list[Rectangle]
) -> list[Rectangle]:
    """From `start` past each of `taken` along `way` (down, across), until none is met or the picture ends."""
    steps = [start]
    axis = 0 if way[0] else 1
    while met := next((one for one in taken if _shared(steps[-1], one, gap)), None):
        inwards = met[axis] + met[axis + 2] + gap if way[axis] > 0 else met[axis] - gap - start[axis + 2]
        if not 0 <= inwards <= picture[axis] - start[axis + 2]:
            break
        y, x, h, w = steps[-1]
        steps.append((inwards, x, h, w) if axis == 0 else (y, inwards, h, w))
    return steps


def _shared(one: Rectangle, other: Rectangle, gap: int = 0) -> int:
    """Pixels that two rectangles share, where `gap` pixels between them count as none between them."""
    overlaps = [
        min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) + gap - max(one[axis], other[axis])
        for axis in (0, 1)
    ]
    return max(overlaps[0], 0) * max(overlaps[1], 0)


def _position(place: str) -> tuple[int, int]:
    across = -1 if "left" in place else 1 if "right" in place else 0
    down = -1 if "top" in place else 1 if "bottom" in place else 0
    return across, down


def _lay(image: NDArray, stamp: Stamp, where: Rectangle, alpha: float) -> None:
    """Blend `stamp` over `image`; what would stick out is cut off."""
    y, x, h, w = where
    y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + h, image.shape[0]), min(x + w, image.shape[1])
    if x0 >= x1 or y0 >= y1:
        return
    cut = slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)
    cover = stamp.alpha[cut]
    at = np.nonzero(cover)  # most of a bar is nothing
    part = image[y0:y1, x0:x1]
    ground = part[at]
    whole = np.float32(np.iinfo(image.dtype).max if np.issubdtype(image.dtype, np.integer) else 1.0)
    color = ground[:, :3] / whole
    opaque = ground[:, 3] / whole if image.shape[2] == 4 else np.ones(len(color), np.float32)
    blend(color, opaque, stamp.color[cut][at], cover[at] * np.float32(alpha))
    laid = np.concatenate([color, opaque[:, None]], -1)[:, : image.shape[2]] * whole
    part[at] = np.rint(laid) if whole > 1 else laid
