"""Views: parts of the picture, each with a camera, layers and overlays of its own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import model_validator

from brainreel.scene.cameras import AnySegment
from brainreel.scene.faults import Fault, Path
from brainreel.scene.leaves import NUMBER, TEXT, Leaf
from brainreel.scene.model import Model
from brainreel.scene.overlays import AnyOverlay, Orientation, ScaleBar
from brainreel.scene.plots import Plot
from brainreel.scene.segments import NAMES, Names, Segment
from brainreel.scene.values import UNITS, Quantity, read_quantity

if TYPE_CHECKING:
    from brainreel.scene.scene import Scene

Area = tuple[Quantity, Quantity, Quantity, Quantity]
SLACK = 1e-9
"""How far a sum of parts may exceed the whole, for they are written with few digits."""


def _read_area(value: Any) -> tuple[Quantity, ...]:
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise Fault("expects [x, y, width, height] in parts of the picture, from its top left corner", value=value)
    parts = []
    for index, item in enumerate(value):
        try:
            part = item if isinstance(item, Quantity) else read_quantity(item, ("percentage",), True)
        except Fault as fault:
            raise fault.under(index) from None
        if not 0 <= _part(part) <= 1 or (index > 1 and _part(part) == 0):
            raise Fault("lies in 0%..100%" if index < 2 else "lies above 0% and at most at 100%", (index,), item)
        parts.append(part)
    for first, edge in ((0, "right"), (1, "lower")):
        if _part(parts[first]) + _part(parts[first + 2]) > 1 + SLACK:
            told = f"{parts[first]} + {parts[first + 2]}"
            raise Fault(f"reaches beyond the picture's {edge} edge, {told}; all of it is 0%..100%", value=value)
    return tuple(parts)


def _part(quantity: Quantity) -> float:
    """Of the whole, without rounding dust."""
    return round(quantity.number * (UNITS["percentage"][quantity.unit] if quantity.unit else 1), 12)


AREA = Leaf(
    _read_area,
    {"type": "array", "items": {"anyOf": [TEXT, NUMBER]}, "minItems": 4, "maxItems": 4},
    "[0%, 0%, 50%, 50%]",
    fixed=True,
)


class View(Model):
    """What is shown in an `area` of the picture, `[x, y, width, height]` from its top left corner.

    `show`: layers or their parts (`cortex.left`), all where not stated. Without a `camera` it has the scene's; without
    that one too, a still of what it shows. A `plot` stands in place of both.
    """

    area: Annotated[Area, AREA]
    plot: Plot | None = None
    show: Annotated[Names, NAMES] = "all"
    camera: tuple[AnySegment, ...] = ()
    overlays: tuple[AnyOverlay, ...] = ()

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """x, y, width and height as parts of the picture."""
        x, y, width, height = map(_part, self.area)
        return x, y, width, height

    @property
    def shown(self) -> tuple[str, ...]:
        """The names under `show`."""
        return (self.show,) if isinstance(self.show, str) else self.show

    @model_validator(mode="after")
    def _shows_one_thing(self) -> "View":
        for key in ("show", "camera") if self.plot else ():
            if key in self.model_fields_set:
                raise Fault(f"does nothing to a plot; leave it out, or make a view of its own of {key}", (key,))
        for index, overlay in enumerate(self.overlays if self.plot else ()):
            if key := key_of_camera(overlay):
                raise Fault("belongs to a camera, a plot has none; write it in another view", ("overlays", index, key))
        if len(set(self.shown)) < len(self.shown):
            raise Fault("names something twice", ("show",), self.shown)
        return self


def cameras_of(scene: "Scene") -> Iterator[tuple[Path, tuple[Segment, ...]]]:
    """Every camera that is written, and the path to it; without any, the empty one of the scene."""
    own = [(("views", name, "camera"), view.camera) for name, view in scene.views.items() if view.camera]
    if scene.camera or not own:
        yield ("camera",), scene.camera
    yield from own


def overlays_of(scene: "Scene") -> Iterator[tuple[Path, Any]]:
    """Every overlay and the path to it."""
    for index, overlay in enumerate(scene.overlays):
        yield ("overlays", index), overlay
    for name, view in scene.views.items():
        for index, overlay in enumerate(view.overlays):
            yield ("views", name, "overlays", index), overlay


def check_views(scene: "Scene") -> None:
    """Raise Fault where something of the whole scene has no meaning beside its views."""
    if not scene.views:
        return
    if scene.camera and all(view.camera or view.plot for view in scene.views.values()):
        raise Fault("every view has a camera of its own, so this one shows nothing; leave it out", ("camera",))
    for index, overlay in enumerate(scene.overlays):
        if key := key_of_camera(overlay):
            message = "belongs to one camera; write it under the overlays: of a view"
            raise Fault(message, ("overlays", index, key))


def key_of_camera(overlay: Any) -> str:
    """The key of an overlay that tells what one camera sees; nothing for others."""
    return "scale_bar" if isinstance(overlay, ScaleBar) else "orientation" if isinstance(overlay, Orientation) else ""
