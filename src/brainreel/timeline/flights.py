"""A camera that flies from key to key: ParaView's interpolated camera, and smooth zooming and panning."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from brainreel.scene.flights import Flight
from brainreel.scene.segments import Names
from brainreel.timeline.curves import EASES
from brainreel.timeline.flight_keys import ANGLE, FOCAL, POSITION, SCALE, UP, FlightKeys
from brainreel.timeline.frame import Camera
from brainreel.timeline.motions import Array, Frames, Optics, unit
from brainreel.timeline.splines import interval, kochanek
from brainreel.timeline.stages import Stage
from brainreel.timeline.zooming import ZoomPan


@dataclass(frozen=True)
class Flown:
    """The row of a flight at any time: its keys lie at parts 0..1 of its frames, `along` goes from one to the other."""

    frames: Frames
    along: Callable[[float], Array]

    def at(self, t_s: float) -> Array:
        """The row at `t_s` of the movie."""
        return self.along(self.frames.part(t_s))


@dataclass(frozen=True)
class Column:
    """One number of a flight over time."""

    flown: Flown
    index: int

    def at(self, t_s: float) -> float:
        """The number at `t_s`."""
        return float(self.flown.at(t_s)[self.index])


@dataclass(frozen=True)
class FlightMotion:
    """Along the keys of a flight."""

    flown: Flown
    optics: Optics

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s`."""
        row = self.flown.at(t_s)
        return self.optics.camera(t_s, row[POSITION], row[FOCAL], unit(row[UP]))


def flight_motion(stage: Stage, segment: Flight) -> tuple[FlightMotion, Names]:
    """The motion, and what its last framing was around."""
    frames_anew = any(key.frame is not None or key.view is not None for key in segment.keys)
    optics = stage.optics(segment, anew=frames_anew)
    keys = FlightKeys(stage, segment, optics)
    begins, rows = keys.rows()
    if len(rows) == 1:
        along: Callable[[float], Array] = lambda part: rows[0]  # noqa: E731  (a key alone is a flight at rest)
    elif segment.interpolate == "spline":
        keys.check_ups(rows)
        along = kochanek(begins, rows)
    else:
        if segment.interpolate == "linear":
            keys.check_ups(rows)
        ease = EASES[segment.ease.words[0] if segment.ease else "linear"]
        between = _smooth(rows, optics.parallel) if segment.interpolate == "smooth" else _linear(rows)
        along = _piecewise(np.array(begins), between, ease)
    flown = Flown(stage.frames(), along)
    if segment.view_angle is None:
        optics = replace(optics, view_angle=Column(flown, ANGLE))
    if optics.parallel and segment.parallel_scale is None:
        optics = replace(optics, scale=Column(flown, SCALE))
    return FlightMotion(flown, optics), keys.around


def _piecewise(
    begins: Array, between: Callable[[int, float], Array], ease: Callable[[float], float]
) -> Callable[[float], Array]:
    def along(part: float) -> Array:
        index, s = interval(begins, part)
        return between(index, s if s in {0.0, 1.0} else ease(s))

    return along


def _linear(rows: Array) -> Callable[[int, float], Array]:
    return lambda index, s: rows[index] + (rows[index + 1] - rows[index]) * s


def _smooth(rows: Array, parallel: bool) -> Callable[[int, float], Array]:
    """Between two rows: what is seen along `ZoomPan`, and the camera turned evenly about one axis."""
    ways = [_Way(before, after, parallel) for before, after in pairwise(rows)]
    return lambda index, s: ways[index].at(s)


class _Way:
    """From one row to the next, smoothly zooming and panning."""

    def __init__(self, before: Array, after: Array, parallel: bool) -> None:
        from scipy.spatial.transform import Rotation, Slerp

        self.before, self.after, self.parallel = before, after, parallel
        pan = float(np.linalg.norm(after[FOCAL] - before[FOCAL]))
        self.zoom_pan = ZoomPan(_height(before, parallel), _height(after, parallel), pan)
        self.turning = Slerp([0.0, 1.0], Rotation.from_matrix([_axes(before), _axes(after)]))

    def at(self, s: float) -> Array:
        """The row at part `s` of the way; the rows themselves at its ends."""
        if s in {0.0, 1.0}:
            return self.after if s else self.before
        panned, height = self.zoom_pan.at(s)
        row = self.before + (self.after - self.before) * s
        row[FOCAL] = self.before[FOCAL] + (self.after[FOCAL] - self.before[FOCAL]) * panned
        _, up, back = self.turning(s).as_matrix().T
        distance = height / 2 / math.tan(math.radians(row[ANGLE]) / 2)
        if self.parallel:
            ends = [float(np.linalg.norm(end[POSITION] - end[FOCAL])) for end in (self.before, self.after)]
            distance, row[SCALE] = ends[0] + (ends[1] - ends[0]) * s, height / 2
        row[POSITION], row[UP] = row[FOCAL] + distance * back, up
        return row


def _height(row: Array, parallel: bool) -> float:
    """How high what is seen at the focal point is, in world units."""
    distance = float(np.linalg.norm(row[POSITION] - row[FOCAL]))
    return 2 * (row[SCALE] if parallel else distance * math.tan(math.radians(row[ANGLE]) / 2))


def _axes(row: Array) -> Array:
    """Right, up and back of the camera, as columns."""
    back = unit(row[POSITION] - row[FOCAL])
    right = unit(np.cross(row[UP], back))
    return np.stack([right, np.cross(back, right), back], axis=1)
