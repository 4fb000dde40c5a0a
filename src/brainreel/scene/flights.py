"""Camera segments through given places: `path`, ParaView's path-based camera, and `flight`, its interpolated one."""

from typing import Annotated

from pydantic import model_validator

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import FLAG, LENGTH, VECTOR, fixed, word
from brainreel.scene.model import Model
from brainreel.scene.orbits import EASE
from brainreel.scene.segments import (
    MOMENT,
    NAMES,
    PLACE,
    POSITIONS,
    SIDE,
    UP,
    VIEW_ANGLE,
    Names,
    Segment,
    Vector,
    opposed,
)
from brainreel.scene.times import Time
from brainreel.scene.tracks import Ease, Track
from brainreel.scene.values import Quantity

PATH_KEYS = ("positions", "closed", "focal", "focal_positions", "focal_closed", "up")


class PathKey(Model):
    """A path from the time `at` until the next key; the last key only ends it."""

    at: Annotated[Time, MOMENT]
    positions: Annotated[tuple[Vector, ...] | None, POSITIONS] = None
    closed: Annotated[bool, fixed(FLAG)] = False
    focal: Annotated[Vector | str | Track | None, PLACE] = None
    focal_positions: Annotated[tuple[Vector, ...] | None, POSITIONS] = None
    focal_closed: Annotated[bool, fixed(FLAG)] = False
    up: Annotated[Vector | str | None, UP] = None
    view_angle: Annotated[Quantity | None, fixed(VIEW_ANGLE)] = None
    parallel_scale: Annotated[Quantity | None, fixed(LENGTH)] = None

    @model_validator(mode="after")
    def _one_focus(self) -> "PathKey":
        _check_focus(self)
        return self


class Path(Segment):
    """Through `positions`, smoothly and evenly along the chords, as ParaView's path-based camera; looking at `focal`.

    Several such paths after each other are `keys`.
    """

    positions: Annotated[tuple[Vector, ...] | None, POSITIONS] = None
    closed: Annotated[bool, fixed(FLAG)] = False
    focal: Annotated[Vector | str | Track | None, PLACE] = None
    focal_positions: Annotated[tuple[Vector, ...] | None, POSITIONS] = None
    focal_closed: Annotated[bool, fixed(FLAG)] = False
    up: Annotated[Vector | str | None, UP] = None
    keys: tuple[PathKey, ...] = ()

    @model_validator(mode="after")
    def _one_or_keys(self) -> "Path":
        _check_focus(self)
        stated = [key for key in PATH_KEYS if key in self.model_fields_set]
        if not self.keys:
            if self.positions is None:
                raise Fault("is missing; state where the camera goes, [[x, y, z], ...]", ("positions",))
            return self
        if stated:
            raise Fault(f"states {stated[0]} beside keys; write it into the keys", (stated[0],))
        if len(self.keys) < 2:
            raise Fault("a path has two keys at least, the last only ends it", ("keys",))
        for index, key in enumerate(self.keys[:-1]):
            if key.positions is None:
                raise Fault("is missing; only the last key has none", ("keys", index, "positions"))
        extra = sorted(self.keys[-1].model_fields_set - {"at"})
        if extra:
            raise Fault("the last key only ends the path; state its at: alone", ("keys", len(self.keys) - 1, extra[0]))
        _check_once(self, self.keys)
        return self


class FlightKey(Model):
    """Where the camera is at the time `at`: a position, or what it frames, as a `still` has them."""

    at: Annotated[Time, MOMENT]
    position: Annotated[Vector | None, fixed(VECTOR)] = None
    focal: Annotated[Vector | str | None, fixed(PLACE)] = None
    up: Annotated[Vector | str | None, UP] = None
    frame: Annotated[Names | None, NAMES] = None
    view: Annotated[str | None, SIDE] = None
    view_angle: Annotated[Quantity | None, fixed(VIEW_ANGLE)] = None
    parallel_scale: Annotated[Quantity | None, fixed(LENGTH)] = None

    @model_validator(mode="after")
    def _one_way(self) -> "FlightKey":
        framing = [key for key in ("frame", "view") if getattr(self, key) is not None]
        stated = [key for key in ("position", "focal") if getattr(self, key) is not None]
        if framing and stated:
            raise Fault(f"states {stated[0]} and {framing[0]}; keep position and focal, or frame and view")
        if opposed(self.view, self.up):
            raise Fault(f"lies along view: {self.view}; choose an up across it", ("up",), self.up)
        return self


class Flight(Segment):
    """From key to key: `spline` and `linear` as ParaView interpolates cameras, `smooth` so that what is seen flows past
    evenly while it zooms."""

    keys: tuple[FlightKey, ...]
    interpolate: Annotated[str, fixed(word("spline", "linear", "smooth", what="interpolation"))] = "spline"
    ease: Annotated[Ease | None, EASE] = None

    @model_validator(mode="after")
    def _keys_are_clear(self) -> "Flight":
        if not self.keys:
            raise Fault("a flight has one key at least", ("keys",))
        if self.ease is not None and (self.interpolate == "spline" or self.ease.times is not None):
            raise Fault("is one word, for interpolate: linear or smooth; a spline has its own", ("ease",))
        _check_once(self, self.keys)
        return self


def _check_focus(path: Path | PathKey) -> None:
    if path.focal is not None and path.focal_positions is not None:
        raise Fault("states focal and focal_positions; keep one of them", ("focal",))


def _check_once(segment: Segment, keys: tuple[PathKey, ...] | tuple[FlightKey, ...]) -> None:
    """What a key can state, the segment does not as well."""
    for name in ("view_angle", "parallel_scale"):
        if getattr(segment, name) is not None and any(getattr(key, name) is not None for key in keys):
            raise Fault("is stated by the segment and by its keys; keep one of them", (name,))
