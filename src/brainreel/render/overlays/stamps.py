"""Stamps: small pictures with coverage, the form in which every overlay is laid on a picture."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.render.text import words
from brainreel.timeline.automatic import luminance
from brainreel.timeline.frame import TextOverlay
from brainreel.timeline.looks import Color

SMALLEST_LETTERS_PX = 10.0
"""Font size that letters have at least; smaller ones cannot be read on small pictures."""

BOX_PADDING = 0.35
"""From the letters to the edge of the box behind them, in font sizes."""


@dataclass(frozen=True)
class Stamp:
    """A small picture: `color` (h, w, 3) in 0..1 laid over with `alpha` (h, w)."""

    color: NDArray[np.float32]
    alpha: NDArray[np.float32]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.alpha.shape
        return height, width

    @cached_property
    def covering(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], NDArray[np.float32], int]:
        """The pixels (rows, columns) that it covers at all, most of a bar being nothing, their colours and coverage;
        those from the last number on it covers wholly.
        """
        partly = np.flatnonzero((self.alpha > 0) & (self.alpha < 1))
        at = np.concatenate([partly, np.flatnonzero(self.alpha >= 1)])
        rows, columns = np.divmod(at, self.alpha.shape[1])
        return rows, columns, self.color.reshape(-1, 3).take(at, 0), self.alpha.take(at), len(partly)


def empty(height: int, width: int) -> Stamp:
    """A stamp of nothing, to put others on."""
    return Stamp(np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32))


def put(ground: Stamp, stamp: Stamp, y: int, x: int) -> None:
    """Lay `stamp` over `ground` in place, its upper left corner at (y, x), pushed inwards where it would stick out."""
    (h, w), (height, width) = stamp.size, ground.size
    y, x = min(max(y, 0), height - h), min(max(x, 0), width - w)
    part = slice(y, y + h), slice(x, x + w)
    blend(ground.color[part], ground.alpha[part], stamp.color, stamp.alpha)


def blend(color: NDArray, alpha: NDArray, over: NDArray, cover: NDArray) -> None:
    """Lay colours `over` (.., 3) with coverage `cover` (..) over straight `color` with `alpha`, in place."""
    seen = alpha * (1 - cover)
    total = np.maximum(seen + cover, np.float32(1e-6))[..., None]
    color[:] = (color * seen[..., None] + over * cover[..., None]) / total
    alpha[:] = seen + cover


def lay_stamp(image: NDArray, stamp: Stamp, corner: tuple[int, int], alpha: float) -> None:
    """Blend `stamp` over `image` (h, w, 3 or 4), its `corner` at (y, x); what would stick out is cut off."""
    (height, width, channels), (y, x) = image.shape, corner
    rows, columns, over, cover, solid = stamp.covering
    if y < 0 or x < 0 or y + stamp.size[0] > height or x + stamp.size[1] > width:
        inside = (rows >= -y) & (rows < height - y) & (columns >= -x) & (columns < width - x)
        solid = int(inside[:solid].sum())
        rows, columns, over, cover = rows[inside], columns[inside], over[inside], cover[inside]
    at = (rows + y) * width + (columns + x)
    solid = solid if alpha == 1 else len(at)
    whole = np.float32(np.iinfo(image.dtype).max if np.issubdtype(image.dtype, np.integer) else 1.0)
    pixels = np.ascontiguousarray(image).reshape(-1, channels)
    ground = pixels[at[:solid]]
    color = ground[:, :3] / whole
    opaque = ground[:, 3] / whole if channels == 4 else np.ones(len(color), np.float32)
    blend(color, opaque, over[:solid], cover[:solid] * np.float32(alpha))
    laid = np.ones((len(at), channels), np.float32)
    laid[:solid, :3], laid[solid:, :3] = color, over[solid:]
    laid[:solid, 3:] = opaque[:, None]
    laid *= whole
    pixels[at] = np.rint(laid) if whole > 1 else laid
    if not image.flags.c_contiguous:
        image[:] = pixels.reshape(image.shape)


def alignment(place: str) -> float:
    """Where things of different width meet at a place: 0 at their left edges, 0.5 in their middles, 1 at the right."""
    return 0.0 if "left" in place else 1.0 if "right" in place else 0.5


def letter_px(size: float, height: int) -> float:
    """The font size in pixels of letters of `size` (a fraction) on a picture of `height` pixels."""
    return max(round(size * height, 1), SMALLEST_LETTERS_PX)


@lru_cache(maxsize=256)
def words_stamp(text: str, size_px: float, color: Color, align: float = 0.0) -> Stamp:
    """`text` in `color` with an outline that it contrasts with; `align` 0 is left, 0.5 centred, 1 right."""
    mask = words(text, size_px, align)
    outline = np.float32(contrast_with(color)[0])
    letters = mask.letters[..., None]
    filled = outline * (1 - letters) + np.asarray(color, np.float32) * letters
    return Stamp(filled.astype(np.float32), mask.outlined)


def contrast_with(color: Color) -> Color:
    """Black or white, for an outline around `color`."""
    return (0.0, 0.0, 0.0) if luminance(color) > 0.18 else (1.0, 1.0, 1.0)


def text_stamp(overlay: TextOverlay, height: int) -> Stamp:
    """The words of `overlay` on a picture of `height` pixels, in their box where they have one."""
    size_px = letter_px(overlay.size, height)
    letters = words_stamp(overlay.text, size_px, overlay.color, alignment(overlay.place))
    if overlay.box is None:
        return letters
    padding = round(BOX_PADDING * size_px)
    height_px, width_px = letters.size
    boxed = empty(height_px + padding, width_px + 2 * padding)
    boxed.color[:], boxed.alpha[:] = overlay.box, overlay.box_alpha
    put(boxed, letters, padding // 2, padding)
    return boxed
