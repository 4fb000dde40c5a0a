"""What all camera segments share, and the leaves they are made of."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from brainreel.scene.faults import Fault, Path
from brainreel.scene.leaves import ANGLE, FLAG, LENGTH, NUMBER, TEXT, VECTOR, Leaf, fixed, positive, word
from brainreel.scene.model import Model
from brainreel.scene.times import TIME_PATTERN, Time, read_duration, read_time
from brainreel.scene.tracks import Track
from brainreel.scene.values import Quantity, read_text
from brainreel.space import DIRECTIONS

Vector = tuple[float, float, float]
Names = str | tuple[str, ...]
"""A layer, its part (`cortex.left`) or `all`, or several of them."""
SIDE = fixed(word(*DIRECTIONS, what="side of the body"))
DURATION = Leaf(read_duration, {"type": "string", "pattern": f"^{TIME_PATTERN}$"}, "8s", fixed=True)
MOMENT = Leaf(read_time, DURATION.schema, "2s", fixed=True)
ZOOM = positive("zoom", "1.5")
Number = float | Track


def _read_view_angle(value: Any) -> Quantity:
    result = ANGLE.read(value)
    if not 0 < result.number < 180:
        raise Fault("a view angle lies between 0deg and 180deg", value=value)
    return result


def _read_elevation(value: Any) -> Quantity:
    result = ANGLE.read(value)
    if not abs(result.number) < 90:
        raise Fault("an elevation lies between -90deg and 90deg, else the camera would look along its up", value=value)
    return result


def _read_up(value: Any) -> str | Vector:
    if isinstance(value, str):
        return SIDE.read(value)
    result = VECTOR.read(value)
    if not any(result):
        raise Fault("points nowhere", value=value)
    return result


def _read_names(value: Any) -> Names:
    if not isinstance(value, list | tuple):
        return read_text(value)
    if not value:
        raise Fault("names nothing; write a layer, a list of layers or all", value=value)
    return tuple(read_text(name) for name in value)


def _read_place(value: Any) -> str | Vector:
    return read_text(value) if isinstance(value, str) else VECTOR.read(value)


def _read_positions(value: Any) -> tuple[Vector, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects a list of positions [[x, y, z], ...]", value=value)
    positions = []
    for index, position in enumerate(value):
        try:
            positions.append(VECTOR.read(position))
        except Fault as fault:
            raise fault.under(index) from None
    return tuple(positions)


VIEW_ANGLE = Leaf(_read_view_angle, ANGLE.schema, "30deg")
ELEVATION = Leaf(_read_elevation, ANGLE.schema, "20deg")
UP = Leaf(_read_up, {"anyOf": [SIDE.schema, VECTOR.schema]}, "superior", fixed=True)
NAMES = Leaf(_read_names, {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}, "all", fixed=True)
PLACE = Leaf(_read_place, {"anyOf": [TEXT, VECTOR.schema]}, "[0, 0, 100]")
"""A point of the world, or a layer: its centre."""
_POINT = {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}
POSITIONS = Leaf(
    _read_positions, {"type": "array", "items": _POINT, "minItems": 1}, "[[0, 0, 9], [0, 9, 0]]", fixed=True
)


class Segment(Model):
    """What all segments share. `duration` is written `for`; the last segment may omit it.

    What a segment does not state is as the last one left it; the first begins at the left side of everything.
    """

    view_angle: Annotated[Quantity | Track | None, VIEW_ANGLE] = None
    zoom: Annotated[Number | None, ZOOM] = None
    parallel: Annotated[bool | None, fixed(FLAG)] = None
    parallel_scale: Annotated[Quantity | Track | None, LENGTH] = None
    duration: Annotated[Time | None, DURATION] = Field(None, alias="for")

    def names(self) -> Iterator[tuple[Path, str]]:
        """Every layer that is named, with the path to its name."""
        return _names_in(self, ())

    def key_times(self) -> list[tuple[Path, Time]]:
        """When its keys are, with the paths to these times; they have to increase."""
        return [(("keys", index, "at"), key.at) for index, key in enumerate(getattr(self, "keys", ()))]


NAMING = ("around", "frame", "focal", "follow")


def _names_in(model: Model, path: Path) -> Iterator[tuple[Path, str]]:
    for key in type(model).model_fields:
        value = getattr(model, key)
        if key in NAMING:
            yield from _names_of(value, (*path, key))
        elif key == "keys":
            for index, inner in enumerate(value or ()):
                yield from _names_in(inner, (*path, key, index))


def _names_of(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Track):
        for time, item in value.items():
            yield from _names_of(item, (*path, str(time)))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _names_of(item if isinstance(item, str) else None, (*path, index))


def opposed(side: str | None, other: str | Vector | None) -> bool:
    """Whether both are sides of the body, on one line."""
    if side is None or not isinstance(other, str):
        return False
    return tuple(map(abs, DIRECTIONS[side])) == tuple(map(abs, DIRECTIONS[other]))
