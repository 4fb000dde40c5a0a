"""Names of points: which are meant, and which are written beside what is drawn at them."""

from typing import Annotated, Any

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import COLOR_LEAF, SCREEN, Leaf, fixed
from brainreel.scene.model import Model
from brainreel.scene.values import Color, Quantity, read_text

WHITE = Color((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))


def _read_points(value: Any) -> tuple[int | str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects names of points, [E1, E2], or their rows in the file, [0, 1]", value=value)
    points = tuple(item if type(item) is int and item >= 0 else read_text(item) for item in value)
    if len(set(points)) < len(points):
        raise Fault("has a point twice", value=value)
    return points


POINTS = Leaf(
    _read_points,
    {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]}, "minItems": 1},
    "[E1, E2]",
    fixed=True,
)


class PointNames(Model):
    """The names of all points, or of the `points` named, in letters of this `size` and `color`."""

    points: Annotated[tuple[int | str, ...], POINTS] = ()
    size: Annotated[Quantity, fixed(SCREEN)] = Quantity(24.0, "px", "24px")
    color: Annotated[Color, fixed(COLOR_LEAF)] = WHITE
