"""Words as masks, in the shipped font, with a thin outline that keeps them readable on any ground."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from brainreel.errors import SceneError

FONT = Path(__file__).parent / "fonts" / "Lato-Medium.ttf"
OUTLINE = 0.06
"""Width of the outline as a part of the font size."""


LINE_PITCH = 1.15
"""From line to line, in heights of a line."""


@dataclass(frozen=True)
class Words:
    """Coverage of letters and of letters with outline, both (h, w) float32 in 0..1; `ascent` is the baseline's row."""

    letters: NDArray[np.float32]
    outlined: NDArray[np.float32]
    ascent: int


@lru_cache(maxsize=8)
def _font(size_px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size_px)


@lru_cache(maxsize=256)
def words(text: str, size_px: float, align: float = 0.0) -> Words:
    """`text` (lines separated by newlines) at a font size of `size_px` pixels; `align` 0 is left, 1 right.

    Raises SceneError where the font lacks a letter: an empty box on a finished movie helps nobody.
    """
    font = _font(round(size_px, 1))
    missing = sorted({letter for letter in text if not letter.isspace() and _is_missing(letter, round(size_px, 1))})
    if missing:
        raise SceneError(
            f"the font has no {' '.join(missing)}, wanted for the text {text!r}; write it in other letters"
        )
    stroke = max(1, round(size_px * OUTLINE))
    ascent, descent = font.getmetrics()
    lines = text.split("\n")
    lengths = [font.getlength(line) for line in lines]
    width = max(1, *map(round, lengths)) + 2 * stroke
    pitch = round(LINE_PITCH * (ascent + descent))
    masks = []
    for outline in (0, stroke):
        mask = Image.new("L", (width, pitch * (len(lines) - 1) + ascent + descent + 2 * stroke))
        draw = ImageDraw.Draw(mask)
        for k, (line, length) in enumerate(zip(lines, lengths, strict=True)):
            x = stroke + round(align * (width - 2 * stroke - length))
            draw.text((x, stroke + k * pitch), line, fill=255, font=font, stroke_width=outline)
        masks.append(np.asarray(mask, np.float32) / 255)
    return Words(masks[0], masks[1], stroke + ascent)


@lru_cache(maxsize=4096)
def _is_missing(letter: str, size_px: float) -> bool:
    """Whether the font has no such letter: labels of time are new words of old letters in every frame."""
    font = _font(size_px)
    return _drawn(font, letter) == _drawn(font, "\uffff")


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    """The letter's pixels, by which two letters can be told apart."""
    side = 2 * sum(font.getmetrics())
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).text((0, 0), letter, fill=255, font=font)
    return picture.tobytes()
