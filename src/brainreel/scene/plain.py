"""Models to plain mappings, lists and scalars, as a scene writes them."""

import inspect
from fractions import Fraction
from typing import Any

from brainreel.scene.layers import Paint
from brainreel.scene.model import Model
from brainreel.scene.segments import Segment
from brainreel.scene.sources import Source
from brainreel.scene.times import Time
from brainreel.scene.tracks import Ease, Track
from brainreel.scene.values import Color, Percentile, Quantity


def plain(value: Any) -> Any:
    """`value` in dicts, lists, text, numbers and flags: what was stated, in the shortest form that reads back equal."""
    if isinstance(value, Segment):
        return {type(value).__name__.lower(): _mapping(value)}
    if isinstance(value, Model):
        return _mapping(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return plain(value[0]) if len(value) == 1 and isinstance(value[0], Paint) else [plain(item) for item in value]
    if isinstance(value, Track):
        mapping = {str(time): plain(item) for time, item in value.items()}
        return mapping if value.ease is None else {**mapping, "ease": value.ease.plain()}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Quantity):
        return value.text if value.unit else _number(value.number)
    if isinstance(value, Time | Percentile):
        return value.text
    if isinstance(value, Color):
        return value.written if isinstance(value.written, str) else [_number(part) for part in value.written]
    if isinstance(value, Ease):
        return value.plain()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    if isinstance(value, str):
        return str(value)
    return value


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _mapping(model: Model) -> Any:
    """The keys that were stated, in the order of the model."""
    stated = {}
    for name in _written_order(type(model)):
        field = type(model).model_fields[name]
        value = getattr(model, name)
        if (name in model.model_fields_set and value is not None) or field.is_required() or name == "brainreel":
            stated[field.alias or name] = plain(value)
    if isinstance(model, Source) and list(stated) == ["file"]:
        return stated["file"]
    if "size" in stated:
        stated["size"] = _size(stated["size"])
    return stated


def _written_order(model: type[Model]) -> list[str]:
    """A class's own fields before those it shares with others; a source begins with its file."""
    own = inspect.get_annotations(model)
    return sorted(model.model_fields, key=lambda name: name not in own and not issubclass(model, Source))


def _size(size: Any) -> Any:
    return "x".join(map(str, size)) if isinstance(size, list) else size
