"""Overlays: words, bars, letters and logos on the picture."""

import string
from typing import Annotated, Any

from pydantic import model_validator

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import (
    COLOR_LEAF,
    FILE,
    FRACTION,
    LENGTH,
    SCREEN,
    TEXT,
    TEXT_LEAF,
    Leaf,
    either,
    fixed,
    word,
)
from brainreel.scene.letters import missing_letters
from brainreel.scene.model import Model, Reads, one_of, plain_text
from brainreel.scene.sources import Source
from brainreel.scene.times import Time, read_duration, read_time
from brainreel.scene.tracks import Track
from brainreel.scene.values import Color, Quantity, read_number

PLACES = ("top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right")
PLACE = fixed(word(*PLACES, what="place"))


def _read_words(value: Any) -> str:
    text = TEXT_LEAF.read(value)
    if missing := missing_letters(text):
        raise Fault(f"the font has no {missing}; write it in other letters", value=value)
    return text


WORDS = Leaf(_read_words, TEXT, "Stimulus", smooth=False)


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


FIELDS = ("t", "unit", "min", "s", "label")


def _read_format(value: Any) -> str:
    text = _read_words(value)
    try:
        for _, name, _, _ in string.Formatter().parse(text):
            if name not in (None, *FIELDS):
                raise Fault(f"knows {{t}} and {{unit}}, {{min}} and {{s}}, or {{label}}, not {{{name}}}", value=value)
        text.format(t=0.0, unit="s", min=0, s=0.0, label="")
    except (ValueError, IndexError, KeyError) as error:
        if isinstance(error, Fault):
            raise
        raise Fault(f'is no format ({error}); write for example "{{t:+.0f}} ms"', value=value) from None
    return text


def _read_labels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects a list of words, one for each item, such as [rest, task]", value=value)
    words = []
    for index, item in enumerate(value):
        try:
            words.append(_read_words(item))
        except Fault as fault:
            raise fault.under(index) from None
    return tuple(words)


FORMAT = Leaf(_read_format, TEXT, '"{t:+.0f} ms"', fixed=True)
LABELS = Leaf(_read_labels, {"type": "array", "items": TEXT, "minItems": 1}, "[rest, task]", fixed=True)
MOST_TICKS = 20


def _read_ticks(value: Any) -> str | int | tuple[float, ...]:
    if value == "auto":
        return "auto"
    if isinstance(value, list | tuple):
        ticks = tuple(float(read_number(item)) for item in value)
        if len(set(ticks)) != len(ticks):
            raise Fault("has a value twice", value=value)
        return ticks
    count = read_number(value)
    if count != int(count) or not 2 <= count <= MOST_TICKS:
        raise Fault(f"expects auto, how many at most (2..{MOST_TICKS}), or a list of values", value=value)
    return int(count)


TICKS = Leaf(
    _read_ticks,
    {"anyOf": [{"const": "auto"}, {"type": "integer"}, {"type": "array", "items": {"type": "number"}}]},
    "[0, 5, 10]",
    fixed=True,
)


DURATION = Leaf(read_duration, TEXT, "300ms", fixed=True)


class Overlay(Model):
    """What all overlays share. `size` is the letters' height, `%` of the picture's; `color: auto` is legible on it.

    `fade` is how long it takes to appear and to vanish, at the ends of `show`.
    """

    show: Annotated[tuple[Time, Time] | None, SHOW] = None
    fade: Annotated[Time | None, DURATION] = None
    size: Annotated[Quantity | Track, SCREEN] = Quantity(36.0, "px", "36px")
    color: Annotated[Color | Track | str, either("auto", COLOR_LEAF)] = "auto"
    alpha: Annotated[float | Track, FRACTION] = 1

    @model_validator(mode="after")
    def _fades_what_is_shown(self) -> "Overlay":
        if self.fade is not None and self.show is None:
            raise Fault("is of show:, which is not there; write show: [1s, 3s], or a track under alpha:", ("fade",))
        return self


class Words(Overlay):
    """Overlays that are words alone may have a `box` behind them, of a colour, as opaque as `box_alpha`."""

    box: Annotated[Color | Track | None, COLOR_LEAF] = None
    box_alpha: Annotated[float | Track, FRACTION] = 0.6


class TimeLabel(Words):
    """The time that a clock shows, or the movie's. `{t}` is in the unit the clock is written in, `{unit}` its name,
    `{min}` and `{s}` are whole minutes and the seconds left. `labels` are words for the items, or moments, that
    `{label}` stands for; between two both are written.
    """

    time: Annotated[str, FILE]
    format: Annotated[str | None, FORMAT] = None
    labels: Annotated[tuple[str, ...] | None, LABELS] = None
    place: Annotated[str, PLACE] = "bottom-left"


class ScalarBar(Overlay):
    """The colours of a layer with numbers; of a surface the topmost paint's, or with `cortex.0` of that paint.

    `ticks` are auto, how many at most, or the values themselves.
    """

    scalar_bar: Annotated[str, FILE]
    title: Annotated[str | Track, WORDS] = ""
    unit: Annotated[str, fixed(WORDS)] = ""
    ticks: Annotated[str | int | tuple[float, ...], TICKS] = "auto"
    length: Annotated[Quantity | Track, SCREEN] = Quantity(36.0, "%", "36%")
    width: Annotated[Quantity | Track, SCREEN] = Quantity(2.0, "%", "2%")
    direction: Annotated[str, fixed(word("auto", "vertical", "horizontal", what="direction"))] = "auto"
    place: Annotated[str, PLACE] = "right"


class ScaleBar(Overlay):
    """A line as long as so much of the world at the point that the camera looks at; `auto`: a round length."""

    scale_bar: Annotated[Quantity | Track | str, either("auto", LENGTH)]
    place: Annotated[str, PLACE] = "bottom-left"


class Orientation(Overlay):
    """Where the sides of the body are: `letters` at the edges of the picture, or a `cube`, at a place, with letters."""

    orientation: Annotated[str, fixed(word("letters", "cube", what="orientation"))]
    place: Annotated[str, PLACE] = "bottom-right"

    @model_validator(mode="after")
    def _letters_have_their_places(self) -> "Orientation":
        if self.orientation == "letters" and "place" in self.model_fields_set:
            raise Fault("letters stand at the four edges; leave it out, or write orientation: cube", ("place",))
        return self


class PictureSource(Source):
    """One picture file."""

    @model_validator(mode="after")
    def _is_one(self) -> "PictureSource":
        if self.file is None:
            raise Fault("an image is one picture; write file: logo.png", ("files",))
        return self


PICTURE = Reads(plain_text(PictureSource, "file"), {"type": "string"})


class Image(Overlay):
    """A logo from a picture file; `size` is its height."""

    image: Annotated[PictureSource, PICTURE]
    size: Annotated[Quantity | Track, SCREEN] = Quantity(10.0, "%", "10%")
    place: Annotated[str, PLACE] = "top-right"


class Text(Words):
    """Words."""

    text: Annotated[str | Track, WORDS]
    place: Annotated[str, PLACE] = "bottom"


KINDS: dict[str, type[Overlay]] = {
    "time": TimeLabel,
    "scalar_bar": ScalarBar,
    "scale_bar": ScaleBar,
    "orientation": Orientation,
    "text": Text,
    "image": Image,
}
AnyOverlay = Annotated[
    TimeLabel | ScalarBar | ScaleBar | Orientation | Text | Image, Reads(one_of(KINDS, {}, "an overlay"))
]
