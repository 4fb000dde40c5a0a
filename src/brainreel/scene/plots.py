"""Plots: time courses of what is painted on a surface, in a view of their own."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import model_validator

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import COLOR_LEAF, FILE, SCREEN, Leaf, MappingLeaf, either, fixed, integer, word
from brainreel.scene.model import Model
from brainreel.scene.overlays import WORDS
from brainreel.scene.point_names import POINTS
from brainreel.scene.values import Color, Quantity, read_text

MOST_CURVES = 8
"""Curves whose colours are still told apart."""

Vertices = tuple[int, ...] | dict[str, tuple[int, ...]]
_NUMBER = integer(0, "a vertex number")


def _read_vertices(value: Any) -> Vertices:
    if isinstance(value, Mapping):
        if not value:
            raise Fault("names no part; write left: [1, 2], or leave it out for all")
        return {str(part): _read_list(item, str(part)) for part, item in value.items()}
    return _read_list(value)


def _read_list(value: Any, *path: str) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects vertex numbers, [1, 2], or those of each hemisphere, {left: [1, 2]}", path, value)
    numbers = []
    for index, item in enumerate(value):
        try:
            numbers.append(_NUMBER.read(item))
        except Fault as fault:
            raise fault.under(*path, index) from None
    if len(set(numbers)) < len(numbers):
        raise Fault("has a vertex twice", path, value)
    return tuple(numbers)


_LIST = {"type": "array", "items": _NUMBER.schema, "minItems": 1}
VERTICES: Leaf = MappingLeaf(
    _read_vertices,
    {"anyOf": [_LIST, {"type": "object", "additionalProperties": _LIST, "minProperties": 1}]},
    "{left: [1, 2]}",
    fixed=True,
)


def _read_names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects names of parcels, [V1, MT]", value=value)
    names = tuple(read_text(item) for item in value)
    if len(set(names)) < len(names):
        raise Fault("has a parcel twice", value=value)
    return names


PARCELS = Leaf(_read_names, {"type": "array", "items": {"type": "string"}, "minItems": 1}, "[V1, MT]", fixed=True)


class Plot(Model):
    """Time courses of the paint on a layer, `of: cortex`, or of one of its paints, `cortex.0`. A cursor stands at the
    time of the data that are shown.

    A curve each of the `vertices`, or one of their `value`: the standard deviation over them (`gfp`, the global field
    power), their root mean square, mean or maximum. Without `vertices` that is over all, or over each of the `parcels`
    of labels that are painted on the layer too; of parcels it is the mean. Of a layer of points there are `points` in
    place of vertices: names, or rows of the file from 0. `title` and `unit` are those of the values.
    """

    of: Annotated[str, FILE]
    vertices: Annotated[Vertices | None, VERTICES] = None
    points: Annotated[tuple[int | str, ...], POINTS] = ()
    parcels: Annotated[tuple[str, ...], PARCELS] = ()
    value: Annotated[str | None, fixed(word("gfp", "rms", "mean", "max", what="value"))] = None
    title: Annotated[str, fixed(WORDS)] = ""
    unit: Annotated[str, fixed(WORDS)] = ""
    size: Annotated[Quantity, fixed(SCREEN)] = Quantity(26.0, "px", "26px")
    color: Annotated[Color | str, fixed(either("auto", COLOR_LEAF))] = "auto"

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> "Plot":
        for key, others in (("parcels", ("vertices", "points")), ("points", ("vertices",))):
            beside = next((other for other in others if getattr(self, other)), None)
            if getattr(self, key) and beside:
                raise Fault(f"are named beside {beside}; keep one of the two", (key,))
        lists = self.vertices.values() if isinstance(self.vertices, dict) else [self.vertices or self.points]
        count = sum(len(one) for one in lists)
        if self.value is None and count > MOST_CURVES:
            message = f"are {count} curves, at most {MOST_CURVES} are told apart; write value: mean for one of all"
            raise Fault(message, ("points" if self.points else "vertices",))
        return self
