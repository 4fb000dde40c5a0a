"""A camera along a curve through given positions: ParaView's path-based camera."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from brainreel.scene.flights import Path, PathKey
from brainreel.scene.segments import Names
from brainreel.timeline.curves import constant
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Vector
from brainreel.timeline.motions import Array, Frames, Optics, Timed, unit
from brainreel.timeline.splines import through
from brainreel.timeline.stages import LEAST_DISTANCE, Stage, degrees, side_or_vector, usual_up

TANGENT_STEP = 0.05
"""Part of a path over which its direction is taken, where that is the view up."""
ALONG_UP = math.sqrt(0.5)
"""Cosine of the angle to the view up within which a path sets out along it."""
AT_KEY = 1e-12
"""Parts of a segment by which an instant may miss the key that it is at."""


@dataclass(frozen=True)
class Focus:
    """A focal point that moves along a curve with the path."""

    curve: Callable[[float], Array]

    def along(self, u: float, t_s: float) -> Array:
        """Where it is at `u` of its path."""
        return self.curve(u)


@dataclass(frozen=True)
class Place:
    """A focal point that rests, or moves by itself."""

    point: Timed[Vector]

    def along(self, u: float, t_s: float) -> Array:
        """Where it is at `t_s` of the movie."""
        return np.array(self.point.at(t_s))


@dataclass(frozen=True)
class Stretch:
    """One curve, over `begin` to `end` (parts of the segment). `tangent`: its direction is the view up."""

    begin: float
    end: float
    position: Callable[[float], Array]
    focus: Focus | Place
    up: Array
    tangent: bool

    def camera(self, part: float, t_s: float, optics: Optics) -> Camera:
        """The camera at `part` of the segment."""
        u = min(max((part - self.begin) / (self.end - self.begin), 0.0), 1.0)
        return optics.camera(t_s, self.position(u), self.focus.along(u, t_s), self._view_up(u))

    def _view_up(self, u: float) -> Array:
        if not self.tangent:
            return self.up
        step = TANGENT_STEP
        before, after = (u, u + step) if u + step <= 1 else (u - step, u)
        return unit(self.position(after) - self.position(before))


@dataclass(frozen=True)
class Held:
    """A number that changes at the keys of a path, and not between them."""

    frames: Frames
    begins: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, t_s: float) -> float:
        """The last key's value at `t_s`."""
        return self.values[_index(self.begins, self.frames.part(t_s))]


@dataclass(frozen=True)
class PathMotion:
    """Curves one after the other, the first frame at the beginning of the first, the last at the end of the last."""

    frames: Frames
    stretches: tuple[Stretch, ...]
    optics: Optics

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s`."""
        part = self.frames.part(t_s)
        stretch = self.stretches[_index(tuple(one.begin for one in self.stretches), part)]
        return stretch.camera(part, t_s, self.optics)


def _index(begins: tuple[float, ...], part: float) -> int:
    return max(sum(1 for begin in begins if begin <= part + AT_KEY) - 1, 0)


def path_motion(stage: Stage, segment: Path) -> tuple[PathMotion, Names]:
    """The motion, and what the segment before was around."""
    keys = segment.keys[:-1] or (segment,)
    begins = [0.0, 1.0]
    if segment.keys:
        moments = [stage.moments.seconds(key.at) - stage.moments.start_s for key in segment.keys]
        begins = [float(moment / stage.moments.length_s) for moment in moments]
    stretches: list[Stretch] = []
    for index, key in enumerate(keys):
        before = stretches[-1] if stretches else None
        at = ("keys", index) if segment.keys else ()
        stretches.append(_stretch(stage, key, at, begins[index], begins[index + 1], before))
    frames = stage.frames()
    optics = stage.optics(segment, anew=False)
    for name in ("view_angle", "parallel_scale"):
        optics = _with_held(stage, segment, optics, frames, name, tuple(begins[:-1]))
    return PathMotion(frames, tuple(stretches), optics), stage.around


def _stretch(
    stage: Stage, key: Path | PathKey, at: tuple[str | int, ...], begin: float, end: float, before: Stretch | None
) -> Stretch:
    positions = np.array([stage.point(position) for position in key.positions or ()])
    position = through(positions, key.closed)
    if key.focal_positions is not None:
        points = np.array([stage.point(point) for point in key.focal_positions])
        focus: Focus | Place = Focus(through(points, key.focal_closed))
    elif key.focal is not None:
        focus = Place(stage.places(key.focal, "focal", at))
    elif before is not None:
        focus = before.focus
    else:
        focus = Place(constant(stage.last.camera.focal_point if stage.last else stage.center("all")))
    up = _up(stage, key, before, positions[0] - focus.along(0.0, stage.start_s))
    tangent = len(positions) > 1 and abs(float(unit(positions[1] - positions[0]) @ unit(up))) > ALONG_UP
    return Stretch(begin, end, position, focus, up, tangent)


def _up(stage: Stage, key: Path | PathKey, before: Stretch | None, offset: Array) -> Array:
    if key.up is not None:
        return side_or_vector(key.up)
    if before is not None:
        return before.up
    if stage.last is not None:
        return np.array(stage.last.camera.view_up)
    return usual_up(offset / max(float(np.linalg.norm(offset)), LEAST_DISTANCE))


def _with_held(
    stage: Stage, segment: Path, optics: Optics, frames: Frames, name: str, begins: tuple[float, ...]
) -> Optics:
    """The optics with what the keys of the path state of `name`; a key that does not is as the one before."""
    stated = [getattr(key, name) for key in segment.keys[:-1]]
    if not any(stated):
        return optics
    usual = optics.view_angle if name == "view_angle" else optics.scale
    convert = degrees if name == "view_angle" else stage.setting.length
    values: list[float] = []
    for index, value in enumerate(stated):
        key = ("keys", index)
        if name == "parallel_scale" and value is not None:
            stage.check_parallel(optics.parallel, key)
        if value is not None:
            values.append(stage.setting.value(lambda value=value: convert(value), (*stage.path, *key, name)))
        elif values:
            values.append(values[-1])
        elif usual is not None:
            values.append(usual.at(stage.start_s))
        else:
            raise stage.setting.error("is missing; a later key states one", (*stage.path, *key, name))
    held = Held(frames, begins, tuple(values))
    return replace(optics, view_angle=held) if name == "view_angle" else replace(optics, scale=held)
