"""A camera that stands, or moves as its position and focal point are stated."""

from dataclasses import dataclass

import numpy as np

from brainreel.scene.orbits import Still
from brainreel.scene.segments import Names
from brainreel.space import DIRECTIONS
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Vector
from brainreel.timeline.motions import Array, Optics, vector
from brainreel.timeline.stages import FIRST_SIDE, LEAST_DISTANCE, Stage, side_or_vector, usual_up
from brainreel.timeline.subjects import facing_side


@dataclass(frozen=True)
class StillMotion:
    """Camera and focal point at given positions."""

    position: Curve[Vector]
    focal: Curve[Vector]
    up: Array
    optics: Optics

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s`."""
        return self.optics.camera(t_s, np.array(self.position.at(t_s)), np.array(self.focal.at(t_s)), self.up)


def still_motion(stage: Stage, segment: Still) -> tuple[StillMotion, Names]:
    """The motion, and what it looks at."""
    named = segment.around or (segment.follow if isinstance(segment.follow, str) else None)
    around = named or stage.around
    frames = named is not None or segment.view is not None
    optics = stage.optics(segment, anew=frames)
    if segment.position is not None or segment.focal is not None:
        return _placed(stage, segment, optics), around
    followed = None if segment.follow is None else stage.places(segment.follow, "follow")
    if stage.last is not None and not frames:
        camera, offset = stage.last.camera, stage.last.offset
        up = side_or_vector(segment.up) if segment.up else np.array(camera.view_up)
        focal = followed or constant(camera.focal_point)
        position = _shifted(followed, offset) if followed else constant(camera.position)
        return StillMotion(position, focal, up, optics), around
    towards = _side(stage, segment, around)
    up = _up(stage, segment, towards)
    fixed = np.array(followed.values[0]) if followed is not None and len(followed.values) == 1 else None
    framing = stage.framed(stage.points(around), towards[None], up, optics, fixed)
    optics = stage.sized(optics, framing, segment)
    focal = followed or constant(vector(framing.focal))
    return StillMotion(_shifted(focal, framing.distance * towards), focal, up, optics), around


def _shifted(focal: Curve[Vector], offset: Array) -> Curve[Vector]:
    """A camera that keeps its place beside `focal`."""
    return Curve(focal.times_s, tuple(vector(np.add(value, offset)) for value in focal.values), focal.eases)


def _placed(stage: Stage, segment: Still, optics: Optics) -> StillMotion:
    """A still whose position or focal point are stated."""
    last = stage.last
    if segment.focal is not None:
        focal = stage.places(segment.focal, "focal")
    else:
        focal = constant(last.camera.focal_point if last is not None else stage.center("all"))
    if segment.position is not None:
        position = stage.curve(segment.position, "position", stage.point)
    elif last is not None:
        position = constant(last.camera.position)
    else:
        raise stage.setting.error("states focal and no position, and there is no segment before it", stage.path)
    if segment.up is not None:
        up = side_or_vector(segment.up)
    elif last is not None:
        up = np.array(last.camera.view_up)
    else:
        offset = np.subtract(position.at(stage.start_s), focal.at(stage.start_s))
        up = usual_up(offset / max(float(np.linalg.norm(offset)), LEAST_DISTANCE))
    return StillMotion(position, focal, up, optics)


def _side(stage: Stage, segment: Still, around: Names) -> Array:
    """From where it looks: as stated, as the last ended, at the front of slices, else from the first side."""
    if segment.view is not None:
        return np.array(DIRECTIONS[segment.view])
    if stage.last is None:
        facing = facing_side(stage.setting, around, stage.showing)
        return np.array(DIRECTIONS[FIRST_SIDE]) if facing is None else facing
    return stage.last.offset / np.linalg.norm(stage.last.offset)


def _up(stage: Stage, segment: Still, towards: Array) -> Array:
    if segment.up is not None:
        return side_or_vector(segment.up)
    if segment.view is None and stage.last is not None:
        return np.array(stage.last.camera.view_up)
    return usual_up(towards)
