"""What moves a camera: its optics, the frames of a segment, and the segments one after the other."""

import math
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from brainreel.scene.segments import Names
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Vector

Array = NDArray[np.float64]
Value = TypeVar("Value", covariant=True)


class Timed(Protocol[Value]):
    """A value over the movie's time."""

    def at(self, t_s: float) -> Value:
        """The value at `t_s` of the movie."""
        ...


@dataclass(frozen=True)
class Optics:
    """The view angle before zooming (degrees), the magnification, and for a parallel camera half the picture's height
    before zooming (world units); where that is None it is as large as a perspective camera sees its focal point."""

    view_angle: Timed[float]
    zoom: Timed[float]
    parallel: bool = False
    scale: Timed[float] | None = None

    def camera(self, t_s: float, position: Array, focal: Array, up: Array) -> Camera:
        """A zoom of 2 shows things twice as large from the same place: it narrows the view angle."""
        angle, zoom = self.view_angle.at(t_s), self.zoom.at(t_s)
        tangent = math.tan(math.radians(angle) / 2) / zoom
        scale = float(np.linalg.norm(position - focal)) * tangent if self.scale is None else self.scale.at(t_s) / zoom
        if zoom != 1:
            angle = math.degrees(2 * math.atan(tangent))
        return Camera(vector(position), vector(focal), vector(up), angle, scale, self.parallel)


class Motion(Protocol):
    """A camera over time."""

    @property
    def optics(self) -> Optics:
        """What it sees with."""
        ...

    def at(self, t_s: float) -> Camera:
        """The camera at `t_s` of the movie."""
        ...


@dataclass(frozen=True)
class Frames:
    """The frames of a segment: `count` of them, the first at `first_s`."""

    first_s: float
    count: int
    fps: float

    def part(self, t_s: float) -> float:
        """0 at the first frame, 1 at the last and after it, as ParaView counts."""
        return min(max((t_s - self.first_s) * self.fps / max(self.count - 1, 1), 0.0), 1.0)


@dataclass(frozen=True)
class Ending:
    """How a segment leaves things to the next: view angle and parallel `scale` are those before zooming."""

    camera: Camera
    view_angle: float
    zoom: float
    scale: float | None
    around: Names

    @classmethod
    def of(cls, motion: Motion, t_s: float, around: Names) -> "Ending":
        """What `motion` around something is at its end."""
        optics = motion.optics
        scale = optics.scale.at(t_s) if optics.scale else None
        return cls(motion.at(t_s), optics.view_angle.at(t_s), optics.zoom.at(t_s), scale, around)

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


def unit(values: Array) -> Array:
    """`values` (..., 3) at length 1; those without length stay as they are."""
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    return values / np.where(lengths > 0, lengths, 1.0)
