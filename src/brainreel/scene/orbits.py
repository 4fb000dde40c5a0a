"""Camera segments that go around, or rest: `orbit` and `still`."""

from typing import Annotated

from pydantic import model_validator

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import ANGLE, LENGTH, VECTOR, Leaf, either
from brainreel.scene.segments import ELEVATION, NAMES, PLACE, SIDE, UP, Names, Segment, Vector, opposed
from brainreel.scene.tracks import Ease, Track, read_ease
from brainreel.scene.values import Quantity

EASE = Leaf(read_ease, {"type": ["string", "object"]}, "in-out", fixed=True)


class Orbit(Segment):
    """Around layers or `all`, beginning at the side `start`, by `turn` about `up` (right-handed).

    `elevation` lifts the camera towards `up`. `distance` is from the centre; `auto` lets everything fit while it turns.
    The centre may `follow` a track of points, or a layer.
    """

    around: Annotated[Names | None, NAMES] = None
    follow: Annotated[Vector | str | Track | None, PLACE] = None
    start: Annotated[str | None, SIDE] = None
    up: Annotated[str | None, SIDE] = None
    turn: Annotated[Quantity | Track, ANGLE] = Quantity(360.0, "deg", "360deg")
    elevation: Annotated[Quantity | Track | None, ELEVATION] = None
    distance: Annotated[Quantity | Track | str | None, either("auto", LENGTH)] = None
    ease: Annotated[Ease | None, EASE] = None

    @model_validator(mode="after")
    def _up_is_across(self) -> "Orbit":
        if opposed(self.start, self.up):
            raise Fault(f"lies along start: {self.start}; choose an up across it", ("up",), self.up)
        if isinstance(self.turn, Track) and self.ease is not None:
            raise Fault("turn is a track; write its ease into the track", ("ease",))
        return self


class Still(Segment):
    """A camera at `position` looking at `focal`, or one that frames `around` from the side `view`.

    One that frames may `follow` a track of points or a layer: it travels along.
    """

    position: Annotated[Vector | Track | None, VECTOR] = None
    focal: Annotated[Vector | str | Track | None, PLACE] = None
    up: Annotated[Vector | str | None, UP] = None
    around: Annotated[Names | None, NAMES] = None
    view: Annotated[str | None, SIDE] = None
    follow: Annotated[Vector | str | Track | None, PLACE] = None

    @model_validator(mode="after")
    def _one_way(self) -> "Still":
        framing = [key for key in ("around", "view", "follow") if getattr(self, key) is not None]
        stated = [key for key in ("position", "focal") if getattr(self, key) is not None]
        if framing and stated:
            raise Fault(f"states {stated[0]} and {framing[0]}; keep position and focal, or around, view and follow")
        if opposed(self.view, self.up):
            raise Fault(f"lies along view: {self.view}; choose an up across it", ("up",), self.up)
        return self
