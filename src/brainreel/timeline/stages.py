"""What the motion of one camera segment is made from: its times, how the last one ended, and what it may frame."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from brainreel.scene.faults import Path
from brainreel.scene.segments import Names, Segment
from brainreel.scene.times import Moments
from brainreel.scene.values import Quantity
from brainreel.space import DIRECTIONS
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.frame import Camera
from brainreel.timeline.framing import Lens, clear_of, fit
from brainreel.timeline.looks import Vector
from brainreel.timeline.motions import Array, Ending, Frames, Motion, Optics, unit, vector
from brainreel.timeline.setting import Setting, number
from brainreel.timeline.showing import Showing
from brainreel.timeline.subjects import subject_points

VIEW_ANGLE = 30.0
FIRST_SIDE = "left"
SAMPLES = 361
"""Instants of a segment at which the subject must fit."""
MOST_ALONG_UP = 0.999
"""Views closer to the framing's up than this have no upright of it; they do not take part."""
LEAST_DISTANCE = 1e-9
"""World units between a camera and its focal point."""
NO_VIEWS: Array = np.empty((0, 3))
LEAST_ACROSS = 1e-6
"""Sine of the angle between the view and its up."""
NEAR, CLOSER = 1e-3, 3
"""Where between two instants a camera comes this close (a part of its farthest) to seeing nothing, so many more are
looked at."""


@dataclass(frozen=True)
class Framing:
    """Where a camera stands that frames: its focal point, its distance, and its scale where it is parallel."""

    focal: Array
    distance: float
    scale: float | None


@dataclass(frozen=True)
class Stage:
    """One segment of a camera, which begins as `last` ended; its framing leaves room for the views `later` (k, 3).

    Its picture has `size` (width, height) pixels, and `all` are the layers that it is `showing`.
    """

    setting: Setting
    moments: Moments
    path: Path
    size: tuple[int, int]
    showing: Showing
    last: Ending | None = None
    later: Array = field(default_factory=NO_VIEWS.copy)

    @property
    def start_s(self) -> float:
        """When it begins, in seconds of the movie."""
        return float(self.moments.start_s)

    @property
    def around(self) -> Names:
        """What the last segment was around; `all` where there is none."""
        return self.last.around if self.last else "all"

    def curve(self, leaf: Any, key: str, convert: Any) -> Curve[Any]:
        """The curve of the leaf at `key`, its times those of the segment."""
        return self.setting.curve(leaf, (*self.path, key), convert, moments=self.moments)

    def point(self, values: Sequence[float]) -> Vector:
        """World units, from bare lengths."""
        x, y, z = (float(value) * self.setting.bare_length for value in values)
        return x, y, z

    def points(self, around: Names, key: Path = ("around",)) -> Array:
        """The outermost points (n, 3) of what the camera looks at, which `key` named."""
        found = []
        for name in (around,) if isinstance(around, str) else around:
            parts = subject_points(self.setting, name, self.showing)
            if not parts:
                raise self.setting.error(f"there is nothing called {name} to frame", (*self.path, *key))
            found += parts
        return np.concatenate(found)

    def center(self, around: Names, key: Path = ("around",)) -> Vector:
        """The middle of the box around it."""
        points = self.points(around, key)
        return vector((points.min(0) + points.max(0)) / 2)

    def places(self, leaf: Any, key: str, at: Path = ()) -> Curve[Vector]:
        """The curve of `[x, y, z]`, or of layers by their centres."""

        def convert(value: Any) -> Vector:
            return self.center(value, (*at, key)) if isinstance(value, str) else self.point(value)

        return self.setting.curve(leaf, (*self.path, *at, key), convert, moments=self.moments)

    def optics(self, segment: Segment, anew: bool) -> Optics:
        """As stated, else as the last segment ended; what is framed `anew` is seen whole, so its zoom begins at 1."""
        last = self.last
        view_angle = constant(last.view_angle if last else VIEW_ANGLE)
        zoom = constant(last.zoom if last and not anew else 1.0)
        kept = last.scale if last and last.camera.parallel and not anew else None
        scale = None if kept is None else constant(kept)
        if segment.view_angle is not None:
            view_angle = self.curve(segment.view_angle, "view_angle", degrees)
        if segment.zoom is not None:
            zoom = self.curve(segment.zoom, "zoom", number)
        parallel = segment.parallel if segment.parallel is not None else bool(last and last.camera.parallel)
        if segment.parallel_scale is not None:
            self.check_parallel(parallel, ())
            scale = self.curve(segment.parallel_scale, "parallel_scale", self.setting.length)
        return Optics(view_angle, zoom, parallel, scale if parallel else None)

    def check_parallel(self, parallel: bool, key: Path) -> None:
        """Raise SceneError where a parallel scale, stated at `key`, has nothing to act on."""
        if not parallel:
            message = "does nothing to a camera in perspective; add parallel: true, or state a distance"
            raise self.setting.error(message, (*self.path, *key, "parallel_scale"))

    def framed(
        self,
        points: Array,
        towards: Array,
        up: Array,
        optics: Optics,
        focal: Array | None = None,
    ) -> Framing:
        """How `points` fit, seen from the unit vectors `towards` (one, or one for each of the samples).

        What is behind a parallel camera is not seen, so it stands before everything, whatever it frames.
        """
        times_s = self.samples() if len(towards) > 1 else [self.start_s]
        self.check_views(times_s, towards, up)
        up = unit(up)
        towards = np.concatenate([towards, self.later[np.abs(self.later @ up) < MOST_ALONG_UP]])
        angle = min(optics.view_angle.at(t_s) for t_s in self.samples())
        if not optics.parallel:
            return Framing(*fit(points, towards, up, Lens.of(angle, self.size), focal), None)
        focal, scale = fit(points, towards, up, Lens.parallel(self.size), focal)
        clear = clear_of(np.concatenate([points, self.points("all")]), towards, focal)
        distance = max(scale / math.tan(math.radians(angle) / 2), clear)
        return Framing(focal, distance, scale)

    def sized(self, optics: Optics, framing: Framing, segment: Segment) -> Optics:
        """The optics with the scale that frames, unless the segment states one."""
        if framing.scale is None or segment.parallel_scale is not None:
            return optics
        return replace(optics, scale=constant(framing.scale))

    def samples(self) -> list[float]:
        """Seconds of the movie, evenly from the segment's start to its end."""
        length = float(self.moments.length_s)
        return [self.start_s + length * index / (SAMPLES - 1) for index in range(SAMPLES)]

    def frames(self) -> Frames:
        """The frames that begin in the segment."""
        fps, whole = self.moments.fps, self.setting.moments
        first = math.ceil(self.moments.start_s * fps)
        stop = math.ceil((self.moments.start_s + self.moments.length_s) * fps)
        stop = min(stop, max(round(whole.length_s * fps), 1))
        return Frames(float(first / fps), max(stop - first, 1), float(fps))

    def check(self, motion: Motion) -> None:
        """Raise SceneError where at some frame, or between them, the camera sees nothing."""
        frames = self.frames()
        shown = [frames.first_s + index / frames.fps for index in range(frames.count)]
        times_s = sorted({*shown, *self.samples()})
        cameras = {t_s: motion.at(t_s) for t_s in times_s}
        for _ in range(CLOSER):
            offsets, ups = _offsets(cameras.values())
            nearest = {*_passing(times_s, offsets), *_passing(times_s, np.cross(offsets, ups))}
            cameras |= {t_s: motion.at(t_s) for t_s in nearest - cameras.keys()}
            cameras = dict(sorted(cameras.items()))
            times_s = list(cameras)
        self.check_views(times_s, *_offsets(cameras.values()))
        for t_s, camera in cameras.items():
            if not (0 < camera.view_angle < 180 and camera.parallel_scale > 0):
                what = "parallel scale" if 0 < camera.view_angle < 180 else "view angle"
                message = f"at {t_s:g}s its {what} swings beyond what there is; state interpolate: linear or smooth"
                raise self.setting.error(message, self.path)

    def check_views(self, times_s: Sequence[float], offsets: Array, up: Array) -> None:
        """Raise SceneError where one of `offsets` (k, 3), from the focal point to the camera, is none or along `up`."""
        distances = np.linalg.norm(offsets, axis=1)
        across = np.linalg.norm(np.cross(offsets, up), axis=1)
        along = across <= LEAST_ACROSS * distances * np.linalg.norm(up, axis=-1)
        for t_s, distance, is_along in zip(times_s, distances, along, strict=True):
            if distance <= LEAST_DISTANCE:
                raise self.setting.error(
                    f"at {t_s:g}s the camera stands on its focal point; move one of them", self.path
                )
            if is_along:
                raise self.setting.error(f"at {t_s:g}s the camera looks along its up; turn one of them", self.path)


def _offsets(cameras: Iterable[Camera]) -> tuple[Array, Array]:
    """(k, 3) each: from the focal points to the cameras, and their ups."""
    offsets, ups = zip(
        *((np.subtract(camera.position, camera.focal_point), camera.view_up) for camera in cameras), strict=True
    )
    return np.array(offsets), np.array(ups)


def _passing(times_s: Sequence[float], vectors: Array) -> list[float]:
    """When `vectors` (k, 3), straight between their times, all but vanish."""
    begins, steps = vectors[:-1], np.diff(vectors, axis=0)
    squares = np.einsum("ij,ij->i", steps, steps)
    parts = np.divide(-np.einsum("ij,ij->i", begins, steps), squares, out=np.zeros(len(steps)), where=squares > 0)
    parts = np.clip(parts, 0, 1)
    least = np.linalg.norm(begins + parts[:, None] * steps, axis=1)
    near = (least <= NEAR * np.linalg.norm(vectors, axis=1).max()) & (parts > 0) & (parts < 1)
    times = np.asarray(times_s)
    return (times[:-1] + parts * np.diff(times))[near].tolist()


def side_or_vector(up: str | Vector) -> Array:
    """A vector (3,) from a side of the body or itself."""
    return np.array(DIRECTIONS[up] if isinstance(up, str) else up, float)


def usual_up(towards: Array) -> Array:
    """Superior; anterior where that is where one looks from above or below. `towards` is the unit vector to the
    camera."""
    return np.array(DIRECTIONS["anterior" if abs(towards[2]) > 0.9 else "superior"])


def degrees(quantity: Quantity) -> float:
    """Of an angle."""
    return quantity.number
