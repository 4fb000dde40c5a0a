"""A camera that goes around."""

import math
from dataclasses import dataclass

import numpy as np

from brainreel.scene.orbits import Orbit
from brainreel.scene.segments import Names
from brainreel.scene.times import read_time
from brainreel.scene.tracks import Ease, Track
from brainreel.scene.values import Quantity
from brainreel.space import DIRECTIONS
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Vector
from brainreel.timeline.motions import Array, Optics, vector
from brainreel.timeline.stages import FIRST_SIDE, Framing, Stage, degrees, usual_up


@dataclass(frozen=True)
class OrbitMotion:
    """Round `focal` about `up` (unit), from the unit vector `start` across it; `turn` and `elevation` in degrees."""

    focal: Curve[Vector]
    up: Array
    start: Array
    turn: Curve[float]
    elevation: Curve[float]
    distance: Curve[float]
    optics: Optics

    def towards(self, t_s: float) -> Array:
        """Unit vector from the focal point to the camera."""
        turn, elevation = math.radians(self.turn.at(t_s)), math.radians(self.elevation.at(t_s))
        level = math.cos(turn) * self.start + math.sin(turn) * np.cross(self.up, self.start)
        return math.cos(elevation) * level + math.sin(elevation) * self.up

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s`."""
        focal = np.array(self.focal.at(t_s))
        position = focal + self.distance.at(t_s) * self.towards(t_s)
        return self.optics.camera(t_s, position, focal, self.up)


def orbit_motion(stage: Stage, segment: Orbit) -> tuple[OrbitMotion, Names]:
    """The motion, and what it goes around."""
    named = segment.around or (segment.follow if isinstance(segment.follow, str) else None)
    around = named or stage.around
    up = _up(stage, segment)
    start, elevation = _start(stage, segment, up)
    optics = stage.optics(segment, anew=named is not None or segment.distance == "auto")
    turn = _turn(stage, segment)
    centre = None if segment.follow is None else stage.places(segment.follow, "follow")
    last = stage.last if named is None else None
    if last is not None and segment.distance is None:
        focal, distance = centre or constant(last.camera.focal_point), constant(float(np.linalg.norm(last.offset)))
        return OrbitMotion(focal, up, start, turn, elevation, distance, optics), around
    alone = OrbitMotion(constant((0.0, 0.0, 0.0)), up, start, turn, elevation, constant(1.0), optics)
    towards = np.array([alone.towards(t_s) for t_s in stage.samples()])
    fixed = np.array(centre.values[0]) if centre is not None and len(centre.values) == 1 else None
    framing = stage.framed(stage.points(around), towards, up, optics, fixed)
    distance, optics = _distance(stage, segment, framing, optics)
    focal = centre or constant(vector(framing.focal))
    if centre is None and last is not None and segment.distance != "auto":
        focal = constant(last.camera.focal_point)
    return OrbitMotion(focal, up, start, turn, elevation, distance, optics), around


def _distance(stage: Stage, segment: Orbit, framing: Framing, optics: Optics) -> tuple[Curve[float], Optics]:
    """As stated, or so that it frames. A parallel camera shows as much as one in perspective at a stated distance."""
    if segment.distance is None or segment.distance == "auto":
        return constant(framing.distance), stage.sized(optics, framing, segment)
    length = stage.setting.length
    distance = stage.curve(
        segment.distance, "distance", lambda value: framing.distance if value == "auto" else length(value)
    )
    if segment.parallel_scale is None:
        optics = Optics(optics.view_angle, optics.zoom, optics.parallel)
    return distance, optics


def _up(stage: Stage, segment: Orbit) -> Array:
    if segment.up is not None:
        return np.array(DIRECTIONS[segment.up])
    if stage.last is not None and segment.start is None:
        up = np.array(stage.last.camera.view_up)
        return up / np.linalg.norm(up)
    return usual_up(np.array(DIRECTIONS[segment.start or FIRST_SIDE]))


def _start(stage: Stage, segment: Orbit, up: Array) -> tuple[Array, Curve[float]]:
    """The unit vector across `up` from which it turns, and the elevation: as stated, or as the last ended."""
    start, elevation = np.array(DIRECTIONS[segment.start or FIRST_SIDE]), constant(0.0)
    if segment.start is None and stage.last is not None:
        towards = stage.last.offset / np.linalg.norm(stage.last.offset)
        level = towards - (towards @ up) * up
        if np.linalg.norm(level) < 1e-6:
            raise stage.setting.error("begins along its own up; state start:, or another up:", stage.path)
        start = level / np.linalg.norm(level)
        elevation = constant(math.degrees(math.asin(float(np.clip(towards @ up, -1, 1)))))
    elif abs(float(start @ up)) > 0.5:
        raise stage.setting.error("begins along its own up; state another start: or up:", stage.path)
    if segment.elevation is not None:
        elevation = stage.curve(segment.elevation, "elevation", degrees)
    return start, elevation


def _turn(stage: Stage, segment: Orbit) -> Curve[float]:
    """A constant turn is the whole of it, spread by its ease over the segment's whole frames, so that n frames of
    360deg are 360deg / n apart at any frame rate."""
    if isinstance(segment.turn, Track):
        return stage.curve(segment.turn, "turn", degrees)
    ends = (read_time("0%"), read_time("100%"))
    ease = segment.ease or Ease(("linear",))
    sweep = Track(ends, (Quantity(0.0, "deg", "0deg"), segment.turn), ease)
    moments, fps = stage.moments, stage.moments.fps
    frames = moments.within(moments.start_s, max(round(moments.length_s * fps), 1) / fps)
    key = "ease" if segment.ease else "turn"
    return stage.setting.curve(sweep, (*stage.path, key), degrees, moments=frames)
