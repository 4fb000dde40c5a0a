"""Overlays: words and bars on the picture."""

import string
from typing import Annotated, Any

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import COLOR_LEAF, FILE, FRACTION, SCREEN, TEXT, TEXT_LEAF, Leaf, either, fixed, word
from brainreel.scene.model import Model, Reads, one_of
from brainreel.scene.times import Time, read_time
from brainreel.scene.tracks import Track
from brainreel.scene.values import Color, Quantity

PLACES = ("top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right")
PLACE = fixed(word(*PLACES, what="place"))


def _read_show(value: Any) -> tuple[Time, Time]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Fault("expects two times [from, to]", value=value)
    times = []
    for index, item in enumerate(value):
        try:
            times.append(read_time(item))
        except Fault as fault:
            raise fault.under(index) from None
    return times[0], times[1]


SHOW = Leaf(_read_show, {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}, "[1s, 2s]", fixed=True)


def _read_format(value: Any) -> str:
    text = TEXT_LEAF.read(value)
    try:
        for _, name, _, _ in string.Formatter().parse(text):
            if name not in (None, "t", "unit"):
                raise Fault(f"knows {{t}} and {{unit}}, not {{{name}}}", value=value)
        text.format(t=0.0, unit="s")
    except (ValueError, IndexError, KeyError) as error:
        if isinstance(error, Fault):
            raise
        raise Fault(f'is no format ({error}); write for example "{{t:+.0f}} ms"', value=value) from None
    return text


FORMAT = Leaf(_read_format, TEXT, '"{t:+.0f} ms"', fixed=True)


class Overlay(Model):
    """What all overlays share. `size` is the letters' height, `%` of the picture's; `color: auto` is legible on it."""

    show: Annotated[tuple[Time, Time] | None, SHOW] = None
    size: Annotated[Quantity | Track, SCREEN] = Quantity(36.0, "px", "36px")
    color: Annotated[Color | Track | str, either("auto", COLOR_LEAF)] = "auto"
    alpha: Annotated[float | Track, FRACTION] = 1


class TimeLabel(Overlay):
    """The time that a clock shows, or the movie's. `{t}` is in the unit the clock is written in, `{unit}` its name."""

    time: Annotated[str, FILE]
    format: Annotated[str | None, FORMAT] = None
    place: Annotated[str, PLACE] = "bottom-left"


class ScalarBar(Overlay):
    """The colours of a layer with numbers; of a surface the topmost paint's."""

    scalar_bar: Annotated[str, FILE]
    title: Annotated[str, TEXT_LEAF] = ""
    place: Annotated[str, PLACE] = "right"


class Text(Overlay):
    """Words."""

    text: Annotated[str | Track, TEXT_LEAF]
    place: Annotated[str, PLACE] = "bottom"


KINDS = {"time": TimeLabel, "scalar_bar": ScalarBar, "text": Text}
REMEDY = "its overlays are time, scalar_bar and text"
LATER_OVERLAYS: dict[str, str] = dict.fromkeys(("scale_bar", "orientation", "image"), REMEDY)
AnyOverlay = Annotated[TimeLabel | ScalarBar | Text, Reads(one_of(KINDS, LATER_OVERLAYS, "an overlay"))]
