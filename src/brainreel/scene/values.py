"""Quantities, percentiles and colours: small values that keep the way they were written."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brainreel.scene.faults import Fault, nearest
from brainreel.space import LENGTHS_MM, TIMES_S, split_quantity


class Substituted(str):
    """Text that `$(name)` stood for: the only text that may stand where a number or a flag is expected."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit, `""` for a bare one."""

    number: float
    unit: str
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Percentile:
    """`p97.5`: the value below which 97.5 % of the data lie."""

    percent: float
    text: str = field(compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Color:
    """Display-space red, green, blue in 0..1; `written` is a name, `#rrggbb` or the three numbers."""

    rgb: tuple[float, float, float]
    written: str | tuple[float, float, float] = field(compare=False)

    def __str__(self) -> str:
        return self.written if isinstance(self.written, str) else str(list(self.written))


UNITS: dict[str, Mapping[str, float]] = {
    "length": LENGTHS_MM,
    "time": TIMES_S,
    "angle": {"deg": 1.0},
    "items": {"items": 1.0, "item": 1.0},
    "screen length": {"px": 1 / 1080},
    "percentage": {"%": 0.01},
}
"""Per dimension what one of each unit is: mm, s, degrees, items, parts of the picture's height, parts of 1."""


def read_number(value: Any) -> int | float:
    """A finite number. Raises Fault for anything else."""
    if isinstance(value, Substituted):
        value = _literal(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault("expects a number" + _number_remedy(value), value=value)
    if not math.isfinite(value):
        raise Fault("expects a finite number", value=value)
    return int(value) if isinstance(value, int) else float(value)


def _literal(text: str) -> Any:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)


def _number_remedy(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    try:
        number, unit = split_quantity(value)
    except ValueError:
        return ""
    return f", without the unit {unit}" if unit else f", without quotes: {number:g}"


def read_flag(value: Any) -> bool:
    """`true` or `false`, nothing else."""
    if isinstance(value, Substituted):
        value = _literal(value)
    if isinstance(value, bool):
        return value
    words = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    word = words.get(str(value).lower())
    raise Fault(f"is text in YAML 1.2; write {word}" if word else "expects true or false", value=value)


def read_text(value: Any) -> str:
    """Text; numbers must be quoted to be text."""
    if isinstance(value, str):
        return str(value)
    raise Fault(f'expects text; write it in quotes: "{value}"', value=value)


def read_quantity(value: Any, dimensions: tuple[str, ...], bare: bool) -> Quantity:
    """A number with a unit of one of `dimensions`; `bare` ones only where a bare number has a meaning."""
    if isinstance(value, Quantity):
        value = _again(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        number, unit, text = float(read_number(value)), "", f"{value}"
    elif isinstance(value, str):
        number, unit, text = (*_split(value, dimensions), str(value))
    else:
        raise Fault(f"expects {_examples(dimensions)}", value=value)
    if not math.isfinite(number):
        raise Fault("expects a finite number", value=value)
    known = [name for dimension in dimensions for name in UNITS[dimension]]
    if unit in known or (bare and unit == ""):
        return Quantity(number, unit, text)
    if unit == "":
        raise Fault(f"has no unit; write {' or '.join(f'{number:g}{name}' for name in known[:3])}", value=value)
    raise Fault(f"has the unit {unit}, which is no {' or '.join(dimensions)}; {nearest(unit, known)}", value=value)


def _again(quantity: Quantity) -> str | float:
    return quantity.text if quantity.unit else quantity.number


def _split(text: str, dimensions: tuple[str, ...]) -> tuple[float, str]:
    try:
        return split_quantity(text)
    except ValueError:
        raise Fault(f"expects {_examples(dimensions)}", value=text) from None


def _examples(dimensions: tuple[str, ...]) -> str:
    examples = {"length": "2mm", "time": "100ms", "angle": "45deg", "items": "3 items", "screen length": "36px"}
    return "a number with a unit, such as " + " or ".join(examples.get(name, "50%") for name in dimensions)


_PERCENTILE = re.compile(r"p(\d+\.?\d*)")


def read_level(value: Any) -> int | float | Percentile:
    """A data value: a number, or a percentile such as p97.5."""
    if isinstance(value, Percentile):
        return value
    match = _PERCENTILE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        if isinstance(value, str) and not isinstance(value, Substituted):
            raise Fault("expects a number or a percentile such as p97.5", value=value)
        return read_number(value)
    percent = float(match[1])
    if percent > 100:
        raise Fault("a percentile lies in p0..p100", value=value)
    return Percentile(percent, str(value))


def read_color(value: Any) -> Color:
    """A CSS name, `"#rrggbb"` or `[r, g, b]` in 0..1."""
    if isinstance(value, Color):
        return value
    if isinstance(value, str):
        return _named_color(value)
    if isinstance(value, list | tuple):
        red, green, blue = read_rgb(value)
        return Color((float(red), float(green), float(blue)), (red, green, blue))
    raise Fault('expects a colour: a CSS name, "#rrggbb" in quotes, or [r, g, b] in 0..1', value=value)


def read_rgb(value: Any) -> tuple[float, float, float]:
    """Three numbers in 0..1."""
    if len(value) != 3:
        raise Fault(f"a colour has three numbers, r, g and b, not {len(value)}", value=value)
    for index, part in enumerate(value):
        if not 0 <= read_number(part) <= 1:
            raise Fault('red, green and blue lie in 0..1; 0..255 are written "#rrggbb"', (index,), part)
    red, green, blue = map(read_number, value)
    return red, green, blue


def _named_color(text: str) -> Color:
    from PIL import ImageColor

    if re.fullmatch(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}", text) or text.lower() in ImageColor.colormap:
        red, green, blue = (part / 255 for part in ImageColor.getrgb(text)[:3])
        return Color((red, green, blue), text)
    if text.startswith("#"):
        raise Fault("a colour in hexadecimal has six digits: #rrggbb", value=text)
    raise Fault(f"is no CSS colour; {nearest(text, ImageColor.colormap)}", value=text)
