"""Leaves of the scene's models: what kind of value a key takes, and that it may be a track."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from brainreel.scene.faults import Fault, nearest
from brainreel.scene.times import TIME_PATTERN
from brainreel.scene.tracks import EASES, Track, is_track, read_track
from brainreel.scene.values import (
    Substituted,
    read_color,
    read_flag,
    read_level,
    read_number,
    read_quantity,
    read_text,
)

Schema = dict[str, Any]
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
LEVEL: Schema = {"anyOf": [NUMBER, {"type": "string", "pattern": r"^p\d+(\.\d+)?$"}]}
COLOR: Schema = {"anyOf": [TEXT, {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}]}


@dataclass(frozen=True)
class Leaf:
    """Put into `Annotated`: `read` turns what was written into a value or raises Fault; unless `fixed`, a track of
    such values is taken as well. `smooth` values have something between them. `example` is shown where a mapping is
    neither."""

    read: Callable[[Any], Any]
    schema: Schema
    example: str
    smooth: bool = True
    fixed: bool = False

    def __call__(self, value: Any) -> Any:
        """What `value` writes: a value, or a Track of values."""
        if isinstance(value, Track):
            value = plain_track(value)
        if isinstance(value, Mapping):
            for key in value:
                if isinstance(key, int | float):
                    raise Fault(f"the key {key} is no time; write {key}s, {key}f or {key}%", (str(key),))
            if not is_track(value):
                raise Fault(f"expects {self._expected()}, not a mapping without times")
            if self.fixed:
                raise Fault(f"cannot change during the movie; write one value, such as {self.example}")
            return read_track(value, self.read, self.smooth)
        return self.read(value)

    def _expected(self) -> str:
        return self.example if self.fixed else f"a value such as {self.example} or a track {{0s: {self.example}, ...}}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> Schema:
        return self.schema if self.fixed else {"anyOf": [self.schema, track_schema(self.schema)]}


class MappingLeaf(Leaf):
    """A leaf whose value is a mapping of its own, such as a table or a whole scene; it is never a track."""

    def __call__(self, value: Any) -> Any:
        """What `value` writes."""
        return self.read(value)


def plain_track(track: Track) -> dict[str, Any]:
    """The mapping that a track was read from, its values as they were read."""
    mapping = {str(time): value for time, value in track.items()}
    return mapping if track.ease is None else {**mapping, "ease": track.ease.plain()}


def track_schema(value: Schema) -> Schema:
    """JSON schema of a track of `value`s."""
    word: Schema = {"enum": list(EASES)}
    times = f"^{TIME_PATTERN}$"
    ease = {"anyOf": [word, {"type": "object", "patternProperties": {times: word}, "additionalProperties": False}]}
    return {
        "type": "object",
        "patternProperties": {times: value},
        "properties": {"ease": ease},
        "additionalProperties": False,
        "minProperties": 1,
    }


def fixed(leaf: Leaf) -> Leaf:
    """The same kind of value, which cannot change during the movie."""
    return Leaf(leaf.read, leaf.schema, leaf.example, leaf.smooth, fixed=True)


def number(lowest: float | None = None, highest: float | None = None, what: str = "it", example: str = "0.5") -> Leaf:
    """A number, inside the bounds (included) where there are any."""

    def read(value: Any) -> int | float:
        result = read_number(value)
        if (lowest is not None and result < lowest) or (highest is not None and result > highest):
            bounds = f"lies in {lowest:g}..{highest:g}" if highest is not None else f"is at least {lowest:g}"
            raise Fault(f"{what} {bounds}", value=value)
        return result

    bounds = {"minimum": lowest, "maximum": highest}
    return Leaf(read, NUMBER | {key: bound for key, bound in bounds.items() if bound is not None}, example)


def integer(lowest: int, what: str) -> Leaf:
    """A whole number that cannot change during the movie."""

    def read(value: Any) -> int:
        result = read_number(value)
        if result != int(result) or result < lowest:
            raise Fault(f"{what} is a whole number, at least {lowest}", value=value)
        return int(result)

    return Leaf(read, {"type": "integer", "minimum": lowest}, str(max(lowest, 1)), fixed=True)


def positive(what: str, example: str = "1.5") -> Leaf:
    """A number above 0."""

    def read(value: Any) -> int | float:
        result = read_number(value)
        if result <= 0:
            raise Fault(f"{what} is above 0", value=value)
        return result

    return Leaf(read, NUMBER | {"exclusiveMinimum": 0}, example)


def word(*options: str, what: str = "word", later: Mapping[str, str] | None = None) -> Leaf:
    """One of `options`; those in `later` are known but not in this version."""

    def read(value: Any) -> str:
        if isinstance(value, str) and later and value in later:
            raise Fault(f"is not in this version (0.1); {later[value]}", value=value)
        if not isinstance(value, str) or value not in options:
            raise Fault(f"is no {what} here; {nearest(value, options)}", value=value)
        return str(value)

    return Leaf(read, {"enum": list(options)}, options[0], smooth=False)


def quantity(
    *dimensions: str, bare: bool = False, above_zero: bool = False, not_negative: bool = False, example: str
) -> Leaf:
    """A number with a unit of one of `dimensions`; `bare` numbers are world units."""

    def read(value: Any) -> Any:
        result = read_quantity(value, dimensions, bare)
        if above_zero and result.number <= 0:
            raise Fault("expects more than 0", value=value)
        if not_negative and result.number < 0:
            raise Fault("expects 0 or more", value=value)
        return result

    return Leaf(read, {"anyOf": [TEXT, NUMBER]} if bare else TEXT, example)


def either(option: str, leaf: Leaf) -> Leaf:
    """The word `option` or what `leaf` takes."""

    def read(value: Any) -> Any:
        return option if isinstance(value, str) and value == option else leaf.read(value)

    return Leaf(read, {"anyOf": [{"const": option}, leaf.schema]}, leaf.example, leaf.smooth, leaf.fixed)


def _read_vector(value: Any) -> tuple[int | float, ...]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise Fault("expects three numbers [x, y, z]", value=value)
    return tuple(_read_item(read_number, item, (index,)) for index, item in enumerate(value))


def _read_item(read: Callable[[Any], Any], item: Any, path: tuple[int, ...]) -> Any:
    try:
        return read(item)
    except Fault as fault:
        raise fault.under(*path) from None


def _read_range(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) not in {2, 3}:
        raise Fault("expects two data values [min, max] or three [min, mid, max], or auto", value=value)
    levels = tuple(_read_item(read_level, item, (index,)) for index, item in enumerate(value))
    numbers = [level for level in levels if isinstance(level, int | float)]
    if len(numbers) == len(levels) and not (sorted(numbers) == numbers and numbers[0] < numbers[-1]):
        raise Fault("the values of a range increase", value=value)
    return levels


def points(columns: str, read_rest: Callable[[tuple[Any, ...]], None], least: int, most: int) -> Leaf:
    """A list of lists `[x, ...]` of `least` to `most` numbers, x a data value that increases."""

    def read_point(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not least <= len(value) <= most:
            raise Fault(f"a point is {columns}", value=value)
        rest = tuple(_read_item(read_number, item, (index,)) for index, item in enumerate(value[1:], 1))
        read_rest(rest)
        return (_read_item(read_level, value[0], (0,)), *rest)

    def read(value: Any) -> tuple[tuple[Any, ...], ...]:
        if not isinstance(value, list | tuple) or not value:
            raise Fault(f"expects a list of points, each {columns}", value=value)
        result = tuple(_read_item(read_point, item, (index,)) for index, item in enumerate(value))
        _check_ascent([point[0] for point in result])
        return result

    point = {"type": "array", "minItems": least, "maxItems": most, "prefixItems": [LEVEL], "items": NUMBER}
    return Leaf(read, {"type": "array", "items": point, "minItems": 1}, f"[{columns}, ...]")


def _check_ascent(levels: list[Any]) -> None:
    numbers = [(index, level) for index, level in enumerate(levels) if isinstance(level, int | float)]
    for (_, before), (index, after) in pairwise(numbers):
        if after <= before:
            raise Fault(f"x increases from point to point, {after:g} comes after {before:g}", (index, 0), after)


def _check_rgb(rest: tuple[Any, ...]) -> None:
    for index, part in enumerate(rest[:3], 1):
        if not 0 <= part <= 1:
            raise Fault("red, green and blue lie in 0..1", (index,), part)
    _check_fractions(rest[3:], ("midpoint", "sharpness"), 4)


def _check_opacity(rest: tuple[Any, ...]) -> None:
    _check_fractions(rest, ("opacity", "midpoint", "sharpness"), 1)


def _check_fractions(parts: tuple[Any, ...], names: tuple[str, ...], first: int) -> None:
    """Raise Fault where a part of a point, whose number is `first` or higher, lies outside 0..1."""
    for index, (part, what) in enumerate(zip(parts, names, strict=False), first):
        if not 0 <= part <= 1:
            raise Fault(f"{what} lies in 0..1", (index,), part)


def _read_variable(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Fault('a variable is text: name: "text"', value=value)
    return str(Substituted(value))


TEXT_LEAF = Leaf(read_text, TEXT, "Stimulus", smooth=False)
FILE = Leaf(read_text, TEXT, "brain.nii.gz", fixed=True)
FLAG = Leaf(read_flag, {"type": "boolean"}, "true", smooth=False)
COLOR_LEAF = Leaf(read_color, COLOR, "white")
FRACTION = number(0, 1)
VECTOR = Leaf(_read_vector, {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}, "[0, 0, 100]")
RANGE = Leaf(_read_range, {"type": "array", "items": LEVEL, "minItems": 2, "maxItems": 3}, "[p96, p97.5, p99.95]")
COLOR_POINTS = points("[x, r, g, b] or [x, r, g, b, midpoint, sharpness]", _check_rgb, 4, 6)
OPACITY_POINTS = points("[x, opacity] or [x, opacity, midpoint, sharpness]", _check_opacity, 2, 4)
LENGTH = quantity("length", bare=True, above_zero=True, example="2mm")
ANGLE = quantity("angle", example="45deg")
SCREEN = quantity("screen length", "percentage", above_zero=True, example="36px")
VARIABLE = Leaf(_read_variable, {"type": ["string", "number"]}, "sub-01", fixed=True)
