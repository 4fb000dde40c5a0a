"""The movie itself."""

import re
from fractions import Fraction
from typing import Annotated, Any

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import COLOR_LEAF, Leaf, either, fixed, number, word
from brainreel.scene.model import Model
from brainreel.scene.segments import DURATION
from brainreel.scene.times import Time
from brainreel.scene.tracks import Track
from brainreel.scene.values import Color

LARGEST = 16384

SIZES = {
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "1440p": (2560, 1440),
    "4k": (3840, 2160),
    "square": (1080, 1080),
    "portrait": (1080, 1920),
}
"""Width and height in pixels by the words that stand for them."""

TRANSPARENT = "transparent"


def _read_size(value: Any) -> tuple[int, int]:
    if isinstance(value, str) and value.lower() in SIZES:
        return SIZES[value.lower()]
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+) ?[x×] ?(\d+)", value)):
        value = [int(match[1]), int(match[2])]
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(type(item) is int for item in value):
        words = ", ".join(SIZES)
        raise Fault(f"expects width and height in pixels, such as 1920x1080, or one of {words}", value=value)
    width, height = value
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
        raise Fault(f"width and height lie in 1..{LARGEST}", value=f"{width}x{height}")
    return width, height


def _read_rate(value: Any) -> Fraction:
    try:
        rate = Fraction(str(value)) if not isinstance(value, bool) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        raise Fault("expects frames per second, such as 30, 23.976 or 30000/1001", value=value) from None
    if not 0 < rate <= 1000:
        raise Fault("frames per second lie above 0 and at most at 1000", value=value)
    return rate


def _read_length(value: Any) -> Time:
    time = DURATION.read(value)
    if time.unit == "%":
        raise Fault("the movie's own length cannot be a part of it; write 10s or 300f", value=value)
    return time


class _BackgroundLeaf(Leaf):
    """A colour, or a track of colours, or for the whole movie none."""

    def __call__(self, value: Any) -> Any:
        return TRANSPARENT if value == TRANSPARENT else COLOR_LEAF(value)


BACKGROUND = _BackgroundLeaf(COLOR_LEAF.read, {"anyOf": [{"const": TRANSPARENT}, COLOR_LEAF.schema]}, "black")


class Movie(Model):
    """Length, frame rate, size in pixels, background (a colour or `transparent`); `unit` is that of bare lengths.

    The unit `none` is for unitless data.
    The length `auto`: until the last camera segment ends where all state how long, else until the last clock
    has shown everything once where that is fixed in seconds, else 10 s. `fade`: how far all has gone into the
    background.
    """

    length: Annotated[Time | str, either("auto", Leaf(_read_length, DURATION.schema, "10s", fixed=True))] = "auto"
    fps: Annotated[Fraction, Leaf(_read_rate, {"type": ["number", "string"]}, "30", fixed=True)] = Fraction(30)
    size: Annotated[tuple[int, int], Leaf(_read_size, {"type": ["string", "array"]}, "1920x1080", fixed=True)] = (
        1920,
        1080,
    )
    background: Annotated[Color | Track | str, BACKGROUND] = Color((0.0, 0.0, 0.0), "black")
    fade: Annotated[float | Track, number(0, 1, "fade", "0.5")] = 0
    unit: Annotated[str, fixed(word("mm", "nm", "um", "µm", "cm", "m", "none", what="unit"))] = "mm"
