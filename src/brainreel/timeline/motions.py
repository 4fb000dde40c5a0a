"""How a camera moves: optics, orbits and stills as functions of the movie's time."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Camera, Vector

Array = NDArray[np.float64]


class Motion(Protocol):
    """A camera over time."""

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s` of the movie."""
        ...


@dataclass(frozen=True)
class Optics:
    """The view angle before zooming (degrees), and the magnification."""

    view_angle: Curve[float]
    zoom: Curve[float]

    def camera(self, t_s: float, position: Array, focal: Array, up: Array) -> Camera:
        """A zoom of 2 shows things twice as large from the same place: it narrows the view angle."""
        angle, zoom = self.view_angle.at(t_s), self.zoom.at(t_s)
        tangent = math.tan(math.radians(angle) / 2) / zoom
        scale = float(np.linalg.norm(position - focal)) * tangent
        if zoom != 1:
            angle = math.degrees(2 * math.atan(tangent))
        return Camera(vector(position), vector(focal), vector(up), angle, scale)


@dataclass(frozen=True)
class OrbitMotion:
    """Round `focal` about `up` (unit), from the unit vector `start` across it; `turn` and `elevation` in degrees."""

    focal: Array
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
        position = self.focal + self.distance.at(t_s) * self.towards(t_s)
        return self.optics.camera(t_s, position, self.focal, self.up)


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


@dataclass(frozen=True)
class Ending:
    """How a segment leaves things to the next."""

    camera: Camera
    view_angle: float
    zoom: float
    around: str

    @property
    def offset(self) -> Array:
        """From the focal point to the camera."""
        return np.array(self.camera.position) - self.camera.focal_point


@dataclass(frozen=True)
class CameraReel:
    """All segments, by the second of the movie at which they begin."""

    starts_s: tuple[float, ...]
    motions: tuple[Motion, ...]
    end_s: float

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s`, the last one after the end."""
        index = max(sum(1 for start in self.starts_s if start <= t_s + 1e-9) - 1, 0)
        return self.motions[index].at(min(t_s, self.end_s))


def vector(values: Array) -> Vector:
    """Three floats, without a negative zero."""
    x, y, z = (float(value) + 0.0 for value in values)
    return x, y, z
