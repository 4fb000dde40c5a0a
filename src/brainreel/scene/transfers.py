"""Transfer functions: colours and opacities by data value."""

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, model_validator

from brainreel.scene.colormaps import check_map, map_name
from brainreel.scene.faults import Fault
from brainreel.scene.leaves import (
    COLOR_LEAF,
    COLOR_POINTS,
    FLAG,
    NUMBER,
    OPACITY_POINTS,
    RANGE,
    TEXT,
    Leaf,
    either,
    fixed,
    number,
    word,
)
from brainreel.scene.model import Model, Reads, also_written, first_of_union
from brainreel.scene.tracks import Track, is_track
from brainreel.scene.values import Color, Percentile, read_number

SPACES = ("RGB", "HSV", "HSVNoWrap", "Lab", "Diverging", "LabCIEDE2000", "Step")
MOST_STEPS = 4096


def word_or(model: type[Model], leaf: Leaf) -> Any:
    """A reader: a mapping without times is the `model`, anything else a leaf."""

    def read(value: Any) -> Any:
        if isinstance(value, model):
            return value
        if isinstance(value, dict) and not is_track(value):
            return model.model_validate(value)
        return leaf(value)

    return Reads(read, leaf.schema, written=first_of_union)


def _read_ends(value: Any) -> Any:
    levels = RANGE.read(value)
    if len(levels) != 2:
        raise Fault("the range of a transfer function has two values [min, max]; points bend it between", value=value)
    return levels


def _read_steps(value: Any) -> int:
    count = read_number(value)
    if count != int(count) or not 2 <= count <= MOST_STEPS:
        raise Fault(f"the number of steps is a whole number in 2..{MOST_STEPS}", value=value)
    return int(count)


def _read_map(value: Any) -> str:
    check_map(_text(value))
    return str(value)


def _read_paint_map(value: Any) -> str:
    if value != "auto":
        map_name(_text(value))
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("expects the name of a colour map, such as viridis", value=value)
    return value


ENDS = Leaf(_read_ends, RANGE.schema | {"maxItems": 2}, "[p1, p99]")
STEPS = Leaf(_read_steps, {"type": "integer", "minimum": 2, "maximum": MOST_STEPS}, "8", smooth=False)
BEYOND = either("hide", COLOR_LEAF)
MAP = Leaf(_read_map, {"type": "string"}, "viridis", fixed=True)

FROM_FILE = also_written(file=TEXT, name=TEXT)


class ColorTransfer(Model):
    """Colour by data value: `points` `[x, r, g, b]` in a colour `space`, or a colour `map`, laid over `range`.

    Points without a range lie at data values. `below` and `above` are what values outside have. What is no number is
    transparent.
    """

    later: ClassVar = {"nan": "voxels that are no number are transparent; leave it out"}
    model_config = ConfigDict(json_schema_extra=FROM_FILE)
    map: Annotated[str | None, MAP] = None
    points: Annotated[tuple[tuple[float | Percentile, ...], ...] | Track | None, COLOR_POINTS] = None
    space: Annotated[str, fixed(word(*SPACES, what="colour space"))] = "RGB"
    range: Annotated[tuple[float | Percentile, ...] | Track | str | None, either("auto", ENDS)] = None
    reverse: Annotated[bool, fixed(FLAG)] = False
    steps: Annotated[int | Track | None, STEPS] = None
    below: Annotated[Color | Track | str | None, BEYOND] = None
    above: Annotated[Color | Track | str | None, BEYOND] = None

    @model_validator(mode="after")
    def _has_one(self) -> "ColorTransfer":
        if (self.map is None) == (self.points is None):
            raise Fault("states both map and points; keep one" if self.map else "needs points: or map:")
        if self.map is not None and "space" in self.model_fields_set:
            raise Fault("a map has a space of its own; leave it out", ("space",), self.space)
        return self


class OpacityTransfer(Model):
    """Opacity by data value: `[x, opacity]` or `[x, opacity, midpoint, sharpness]`, at data values or over `range`."""

    model_config = ConfigDict(json_schema_extra=FROM_FILE)
    points: Annotated[tuple[tuple[float | Percentile, ...], ...] | Track, OPACITY_POINTS]
    range: Annotated[tuple[float | Percentile, ...] | Track | str | None, either("auto", ENDS)] = None


def _read_opacity(value: Any) -> Any:
    if value in ("auto", "ramp") and isinstance(value, str):
        return value
    if isinstance(value, str):
        raise Fault("expects auto, ramp, a number or {points: [[x, opacity], ...]}", value=value)
    return FRACTION_OPACITY.read(value)


FRACTION_OPACITY = number(0, 1, "opacity", "0.3")
OPACITY = Leaf(_read_opacity, {"anyOf": [{"enum": ["auto", "ramp"]}, NUMBER]}, "0.3")


def _read_gradients(value: Any) -> tuple[tuple[float, ...], ...]:
    result = OPACITY_POINTS.read(value)
    for index, (x, *_) in enumerate(result):
        if isinstance(x, Percentile) or x < 0:
            raise Fault("a length of the gradient is a number, 0 or more", (index, 0), x)
    return result


class GradientOpacity(Model):
    """What opacity is multiplied by, by the length of the gradient: `[length, factor]`, in values per world unit."""

    points: Annotated[
        tuple[tuple[float, ...], ...] | Track, Leaf(_read_gradients, OPACITY_POINTS.schema, OPACITY_POINTS.example)
    ]


class ColorMap(Model):
    """A colour map over `range`: two data values, or three (min, mid, max: alpha rises from min to mid).

    `below` the first value the paint is hidden or has the first colour; not stated: hidden where the range is auto
    or has three values.
    """

    later: ClassVar = {
        "steps": "the colours of paint are smooth; leave it out",
        "above": "above its range paint has the last colour; leave it out",
    }
    map: Annotated[str, Leaf(_read_paint_map, {"type": "string"}, "hot", fixed=True)] = "auto"
    range: Annotated[tuple[float | Percentile, ...] | Track | str, either("auto", RANGE)] = "auto"
    below: Annotated[str | None, fixed(word("hide", "first"))] = None
