"""Camera segments: `orbit` and `still`, one after the other."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from brainreel.scene.faults import Fault, faults_of, nearest
from brainreel.scene.leaves import ANGLE, FILE, LENGTH, VECTOR, Leaf, either, fixed, positive, word
from brainreel.scene.model import VERSION, Model, Reads
from brainreel.scene.times import TIME_PATTERN, Time, read_duration
from brainreel.scene.tracks import Ease, Track, read_ease
from brainreel.scene.values import Quantity
from brainreel.space import DIRECTIONS

SIDE = fixed(word(*DIRECTIONS, what="side of the body"))
DURATION = Leaf(read_duration, {"type": "string", "pattern": f"^{TIME_PATTERN}$"}, "8s", fixed=True)
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


VIEW_ANGLE = Leaf(_read_view_angle, ANGLE.schema, "30deg")
ELEVATION = Leaf(_read_elevation, ANGLE.schema, "20deg")


class Segment(Model):
    """What all segments share. `duration` is written `for`; the last segment may omit it.

    What a segment does not state is as the last one left it; the first begins at the left side of everything.
    """

    view_angle: Annotated[Quantity | Track | None, VIEW_ANGLE] = None
    zoom: Annotated[Number | None, ZOOM] = None
    duration: Annotated[Time | None, DURATION] = Field(None, alias="for")


class Orbit(Segment):
    """Around a layer or `all`, beginning at the side `start`, by `turn` about `up` (right-handed).

    `elevation` lifts the camera towards `up`. `distance` is from the centre; `auto` lets everything fit while it turns.
    """

    around: Annotated[str | None, FILE] = None
    start: Annotated[str | None, SIDE] = None
    up: Annotated[str | None, SIDE] = None
    turn: Annotated[Quantity | Track, ANGLE] = Quantity(360.0, "deg", "360deg")
    elevation: Annotated[Quantity | Track | None, ELEVATION] = None
    distance: Annotated[Quantity | Track | str | None, either("auto", LENGTH)] = None
    ease: Annotated[Ease | None, Leaf(read_ease, {"type": ["string", "object"]}, "in-out", fixed=True)] = None

    @model_validator(mode="after")
    def _up_is_across(self) -> "Orbit":
        if self.start and self.up and DIRECTIONS[self.start] in (DIRECTIONS[self.up], _opposite(self.up)):
            raise Fault(f"lies along start: {self.start}; choose an up across it", ("up",), self.up)
        if isinstance(self.turn, Track) and self.ease is not None:
            raise Fault("turn is a track; write its ease into the track", ("ease",))
        return self


def _opposite(side: str) -> tuple[float, ...]:
    return tuple(-part for part in DIRECTIONS[side])


def _read_up(value: Any) -> Any:
    if isinstance(value, str):
        return SIDE.read(value)
    result = VECTOR.read(value)
    if not any(result):
        raise Fault("points nowhere", value=value)
    return result


class Still(Segment):
    """A camera at `position` looking at `focal`, or one that frames `around` from the side `view`."""

    position: Annotated[tuple[float, float, float] | Track | None, VECTOR] = None
    focal: Annotated[tuple[float, float, float] | Track | None, VECTOR] = None
    up: Annotated[
        tuple[float, float, float] | str | None,
        Leaf(_read_up, {"anyOf": [SIDE.schema, VECTOR.schema]}, "superior", fixed=True),
    ] = None
    around: Annotated[str | None, FILE] = None
    view: Annotated[str | None, SIDE] = None

    @model_validator(mode="after")
    def _one_way(self) -> "Still":
        framing = [key for key in ("around", "view") if getattr(self, key) is not None]
        stated = [key for key in ("position", "focal") if getattr(self, key) is not None]
        if framing and stated:
            raise Fault(f"states {stated[0]} and {framing[0]}; keep position and focal, or around and view")
        if (
            isinstance(self.up, str)
            and self.view
            and DIRECTIONS[self.view] in (DIRECTIONS[self.up], _opposite(self.up))
        ):
            raise Fault(f"lies along view: {self.view}; choose an up across it", ("up",), self.up)
        return self


SEGMENTS: dict[str, type[Segment]] = {"orbit": Orbit, "still": Still}
LATER_SEGMENTS = {"path": "it moves by orbit and still", "flight": "it moves by orbit and still"}


def read_segment(value: Any) -> Segment:
    """The segment in `{orbit: {...}}` or `{still: {...}}`. Raises Fault for anything else."""
    if isinstance(value, Segment):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        raise Fault("a camera segment is {orbit: {...}} or {still: {...}}; `for` goes inside", value=value)
    ((key, body),) = value.items()
    if key in LATER_SEGMENTS:
        raise Fault(f"is not in this version ({VERSION}); {LATER_SEGMENTS[key]}", (str(key),))
    if key not in SEGMENTS:
        raise Fault(f"is no camera; {nearest(key, (*SEGMENTS, *LATER_SEGMENTS))}", (str(key),))
    return _read_body(str(key), body)


def _read_body(key: str, body: Any) -> Segment:
    try:
        return body if isinstance(body, SEGMENTS[key]) else SEGMENTS[key].model_validate(body)
    except ValidationError as error:
        raise faults_of(error)[0].under(key) from None


def _written_segments(schema: dict[str, Any]) -> dict[str, Any]:
    """`{orbit: {...}}` or `{still: {...}}`, from the schema of their insides."""
    wrapped = [
        {"type": "object", "properties": {key: body}, "required": [key], "additionalProperties": False}
        for key, body in zip(SEGMENTS, schema["anyOf"], strict=True)
    ]
    return {"anyOf": wrapped}


AnySegment = Annotated[Orbit | Still, Reads(read_segment, written=_written_segments)]
