"""What everything on the timeline is resolved against: the scene, the facts, the moments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brainreel.data.facts import AnyFacts, Facts
from brainreel.errors import SceneError
from brainreel.scene.faults import Fault, Path
from brainreel.scene.scene import Scene
from brainreel.scene.times import Moments
from brainreel.scene.values import UNITS, Color, Quantity
from brainreel.space import LENGTHS_MM
from brainreel.timeline.curves import Curve, curve_of


@dataclass(frozen=True)
class Setting:
    """The scene with what is known about its data. Errors name the scene's file and line."""

    scene: Scene
    facts: Facts
    moments: Moments

    def error(self, message: str, path: Path) -> SceneError:
        """The error for what `path` leads to."""
        return self.scene.fault(Fault(message, path))

    def value(self, read: Callable[[], Any], path: Path) -> Any:
        """What `read` returns; its Faults become errors at `path`."""
        try:
            return read()
        except Fault as fault:
            raise self.scene.fault(fault.under(*path)) from None

    def curve(
        self,
        leaf: Any,
        path: Path,
        convert: Callable[[Any], Any],
        smooth: bool = True,
        moments: Moments | None = None,
    ) -> Curve[Any]:
        """The curve of the leaf at `path`; `moments` of a camera segment in place of the movie's."""
        return self.value(lambda: curve_of(leaf, moments or self.moments, convert, smooth), path)

    def length(self, quantity: Quantity) -> float:
        """World units (millimetres, or none). Raises Fault where a unit meets a world without one."""
        if not quantity.unit:
            return quantity.number * self.bare_length
        if self.scene.movie.unit == "none":
            raise Fault("the world has no unit (movie.unit: none); write the bare number", value=quantity)
        return quantity.number * LENGTHS_MM[quantity.unit]

    @property
    def bare_length(self) -> float:
        """World units in a bare length of 1: millimetres in `movie.unit`, 1 where that is none."""
        return LENGTHS_MM.get(self.scene.movie.unit, 1.0)

    def facts_of(self, prefix: str, path: Path) -> dict[str, AnyFacts]:
        """Facts whose key is `prefix` or begins with it and a dot, by key. Raises SceneError where there are none."""
        found = {
            key: facts for key, facts in self.facts.assets.items() if key == prefix or key.startswith(f"{prefix}.")
        }
        if not found:
            raise self.error("nothing is known about its data; open them first", path)
        return found


def rgb(color: Color) -> tuple[float, float, float]:
    """Red, green, blue in 0..1."""
    return color.rgb


def number(value: Any) -> float:
    """A float."""
    return float(value)


def screen_part(quantity: Quantity) -> float:
    """A length on the screen as a part of the picture's height."""
    return quantity.number * {**UNITS["screen length"], **UNITS["percentage"]}[quantity.unit]


def as_is(value: Any) -> Any:
    """`value`."""
    return value
