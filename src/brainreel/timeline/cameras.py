"""The camera over time: segments, each beginning where the last one ended unless it says otherwise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from brainreel.scene.cameras import Orbit, Still
from brainreel.scene.faults import Path
from brainreel.scene.scene import segment_spans
from brainreel.scene.times import Moments, read_time
from brainreel.scene.tracks import Ease, Track
from brainreel.scene.values import Quantity
from brainreel.space import DIRECTIONS
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.frame import Vector
from brainreel.timeline.framing import Lens, fit
from brainreel.timeline.motions import Array, CameraReel, Ending, Optics, OrbitMotion, StillMotion, vector
from brainreel.timeline.setting import Setting, number

VIEW_ANGLE = 30.0
FIRST_SIDE = "left"
SAMPLES = 361
"""Instants of a segment at which the subject must fit."""
NO_VIEWS: Array = np.empty((0, 3))
MOST_ALONG_UP = 0.999
"""Views closer to the framing's up than this have no upright of it; they do not take part."""
LEAST_DISTANCE = 1e-9
"""World units between a camera and its focal point."""
LEAST_ACROSS = 1e-6
"""Sine of the angle between the view and its up."""
AnyMotionSegment = Orbit | Still


def camera_reel(setting: Setting) -> CameraReel:
    """The scene's camera; without one, one turn around everything.

    A segment that frames its subject leaves room for the views of those after it that keep its distance.
    """
    scene = setting.scene
    segments: tuple[AnyMotionSegment, ...] = scene.camera or (Orbit(),)
    spans = segment_spans(scene, setting.moments) or [(Fraction(0), setting.moments.length_s)]
    alone = _motions(setting, segments, spans, [NO_VIEWS] * len(segments))
    views = [_views(motion, *span) for motion, span in zip(alone, spans, strict=True)]
    later = [NO_VIEWS] * len(segments)
    for index in reversed(range(1, len(segments))):
        if _keeps_distance(segments[index]):
            later[index - 1] = np.concatenate([views[index], later[index]])
    motions = _motions(setting, segments, spans, later)
    return CameraReel(tuple(float(start) for start, _ in spans), motions, float(sum(spans[-1], Fraction(0))))


def _motions(
    setting: Setting,
    segments: tuple[AnyMotionSegment, ...],
    spans: Sequence[tuple[Fraction, Fraction]],
    later: Sequence[Array],
) -> tuple[OrbitMotion | StillMotion, ...]:
    """Each segment's motion; `later` (k, 3) are the views that its framing has to leave room for."""
    motions: list[OrbitMotion | StillMotion] = []
    ending: Ending | None = None
    for index, (segment, (start, length)) in enumerate(zip(segments, spans, strict=True)):
        path = ("camera", index, type(segment).__name__.lower())
        builder = _Builder(setting, setting.moments.within(start, length), path, ending, later[index])
        motion, around = builder.orbit(segment) if isinstance(segment, Orbit) else builder.still(segment)
        builder.check(motion)
        motions.append(motion)
        end_s = float(start + length)
        optics = motion.optics
        ending = Ending(motion.at(end_s), optics.view_angle.at(end_s), optics.zoom.at(end_s), around)
    return tuple(motions)


def _keeps_distance(segment: AnyMotionSegment) -> bool:
    """Whether it goes on at the distance, and around the point, of the segment before."""
    stated = ("around", "distance") if isinstance(segment, Orbit) else ("around", "view", "position", "focal")
    return all(getattr(segment, key) is None for key in stated)


def _views(motion: OrbitMotion | StillMotion, start: Fraction, length: Fraction) -> Array:
    """Unit vectors (k, 3) from the focal point to the camera that occur."""
    cameras = [motion.at(t_s) for t_s in np.linspace(float(start), float(start + length), SAMPLES)]
    offsets = np.array([np.subtract(camera.position, camera.focal_point) for camera in cameras])
    return offsets / np.linalg.norm(offsets, axis=1, keepdims=True)


@dataclass(frozen=True)
class _Builder:
    """Makes the motion of one segment, which begins as `last` ended."""

    setting: Setting
    moments: Moments
    path: Path
    last: Ending | None
    later: Array

    def orbit(self, segment: Orbit) -> tuple[OrbitMotion, str]:
        """The motion, and what it goes around."""
        up = self._orbit_up(segment)
        start, elevation = self._orbit_start(segment, up)
        around = segment.around or (self.last.around if self.last else "all")
        optics = self._optics(segment)
        turn = self._turn(segment)
        motion = OrbitMotion(np.zeros(3), up, start, turn, elevation, constant(1.0), optics)
        inherits = self.last is not None and segment.around is None
        if self.last is not None and inherits and segment.distance is None:
            focal, distance = np.array(self.last.camera.focal_point), constant(float(np.linalg.norm(self.last.offset)))
            return OrbitMotion(focal, up, start, turn, elevation, distance, optics), around
        focal, needed = self._frame(around, np.array([motion.towards(t_s) for t_s in self._samples()]), up, optics)
        distance = constant(needed)
        if segment.distance is not None:
            distance = self._curve(
                segment.distance, "distance", lambda value: needed if value == "auto" else self.setting.length(value)
            )
        if self.last is not None and inherits and segment.distance != "auto":
            focal = np.array(self.last.camera.focal_point)
        return OrbitMotion(focal, up, start, turn, elevation, distance, optics), around

    def still(self, segment: Still) -> tuple[StillMotion, str]:
        """The motion, and what it looks at."""
        around = segment.around or (self.last.around if self.last else "all")
        optics = self._optics(segment)
        if segment.position is not None or segment.focal is not None:
            return self._placed(segment, optics), around
        if self.last is not None and segment.around is None and segment.view is None:
            up = self._vector_up(segment.up) if segment.up else np.array(self.last.camera.view_up)
            camera = self.last.camera
            return StillMotion(constant(camera.position), constant(camera.focal_point), up, optics), around
        towards = self._side(segment)
        up = self._still_up(segment, towards)
        focal, distance = self._frame(around, towards[None], up, optics)
        position = focal + distance * towards
        return StillMotion(constant(vector(position)), constant(vector(focal)), up, optics), around

    def check(self, motion: OrbitMotion | StillMotion) -> None:
        """Raise SceneError where at some frame, or between them, the camera sees nothing."""
        fps, start, end = self.moments.fps, self.moments.start_s, self.moments.start_s + self.moments.length_s
        frames = [float(index / fps) for index in range(math.ceil(start * fps), math.ceil(end * fps))]
        times_s = sorted({*frames, *self._samples()})
        cameras = [motion.at(t_s) for t_s in times_s]
        positions, focals, ups = (
            np.array([getattr(camera, key) for camera in cameras]) for key in ("position", "focal_point", "view_up")
        )
        self._check_views(times_s, positions - focals, ups)

    def _check_views(self, times_s: Sequence[float], offsets: Array, up: Array) -> None:
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

    def _placed(self, segment: Still, optics: Optics) -> StillMotion:
        """A still whose position or focal point are stated."""
        if segment.focal is not None:
            focal = self._curve(segment.focal, "focal", self._point)
        elif self.last is not None:
            focal = constant(self.last.camera.focal_point)
        else:
            points = self._points("all")
            focal = constant(vector((points.min(0) + points.max(0)) / 2))
        if segment.position is not None:
            position = self._curve(segment.position, "position", self._point)
        elif self.last is not None:
            position = constant(self.last.camera.position)
        else:
            raise self.setting.error("states focal and no position, and there is no segment before it", self.path)
        if segment.up is not None:
            up = self._vector_up(segment.up)
        elif self.last is not None:
            up = np.array(self.last.camera.view_up)
        else:
            start_s = float(self.moments.start_s)
            offset = np.subtract(position.at(start_s), focal.at(start_s))
            up = _usual_up(offset / max(float(np.linalg.norm(offset)), LEAST_DISTANCE))
        return StillMotion(position, focal, up, optics)

    def _point(self, values: tuple[float, ...]) -> Vector:
        """World units, from bare lengths."""
        x, y, z = (float(value) * self.setting.bare_length for value in values)
        return x, y, z

    def _side(self, segment: Still) -> Array:
        if segment.view is not None or self.last is None:
            return np.array(DIRECTIONS[segment.view or FIRST_SIDE])
        return self.last.offset / np.linalg.norm(self.last.offset)

    def _still_up(self, segment: Still, towards: Array) -> Array:
        if segment.up is not None:
            return self._vector_up(segment.up)
        if segment.view is None and self.last is not None:
            return np.array(self.last.camera.view_up)
        return _usual_up(towards)

    def _orbit_up(self, segment: Orbit) -> Array:
        if segment.up is not None:
            return np.array(DIRECTIONS[segment.up])
        if self.last is not None and segment.start is None:
            up = np.array(self.last.camera.view_up)
            return up / np.linalg.norm(up)
        return _usual_up(np.array(DIRECTIONS[segment.start or FIRST_SIDE]))

    def _orbit_start(self, segment: Orbit, up: Array) -> tuple[Array, Curve[float]]:
        """The unit vector across `up` from which it turns, and the elevation: as stated, or as the last ended."""
        start, elevation = np.array(DIRECTIONS[segment.start or FIRST_SIDE]), constant(0.0)
        if segment.start is None and self.last is not None:
            towards = self.last.offset / np.linalg.norm(self.last.offset)
            level = towards - (towards @ up) * up
            if np.linalg.norm(level) < 1e-6:
                raise self.setting.error("begins along its own up; state start:, or another up:", self.path)
            start = level / np.linalg.norm(level)
            elevation = constant(math.degrees(math.asin(float(np.clip(towards @ up, -1, 1)))))
        elif abs(float(start @ up)) > 0.5:
            raise self.setting.error("begins along its own up; state another start: or up:", self.path)
        if segment.elevation is not None:
            elevation = self._curve(segment.elevation, "elevation", _degrees)
        return start, elevation

    def _turn(self, segment: Orbit) -> Curve[float]:
        """A constant turn is the whole of it, spread by its ease over the segment's whole frames, so that n frames of
        360deg are 360deg / n apart at any frame rate."""
        if isinstance(segment.turn, Track):
            return self._curve(segment.turn, "turn", _degrees)
        ends = (read_time("0%"), read_time("100%"))
        ease = segment.ease or Ease(("linear",))
        sweep = Track(ends, (Quantity(0.0, "deg", "0deg"), segment.turn), ease)
        moments, fps = self.moments, self.moments.fps
        frames = moments.within(moments.start_s, max(round(moments.length_s * fps), 1) / fps)
        key = "ease" if segment.ease else "turn"
        return self.setting.curve(sweep, (*self.path, key), _degrees, moments=frames)

    def _optics(self, segment: Orbit | Still) -> Optics:
        """What is framed anew is seen whole, so its zoom begins at 1."""
        view_angle = constant(self.last.view_angle if self.last else VIEW_ANGLE)
        anew = segment.around or getattr(segment, "view", None) or getattr(segment, "distance", None) == "auto"
        zoom = constant(self.last.zoom if self.last and not anew else 1.0)
        if segment.view_angle is not None:
            view_angle = self._curve(segment.view_angle, "view_angle", _degrees)
        if segment.zoom is not None:
            zoom = self._curve(segment.zoom, "zoom", number)
        return Optics(view_angle, zoom)

    def _frame(self, around: str, towards: Array, up: Array, optics: Optics) -> tuple[Array, float]:
        times_s = self._samples() if len(towards) > 1 else [float(self.moments.start_s)]
        self._check_views(times_s, towards, up)
        narrowest = min(optics.view_angle.at(t_s) for t_s in self._samples())
        up = up / np.linalg.norm(up)
        across = np.abs(self.later @ up) < MOST_ALONG_UP
        towards = np.concatenate([towards, self.later[across]])
        return fit(self._points(around), towards, up, Lens.of(narrowest, self.setting.scene.movie.size))

    def _points(self, around: str) -> Array:
        """The outermost points of what the camera goes around."""
        layer, _, part = around.partition(".")
        points = []
        for key, facts in self.setting.facts.assets.items():
            belongs = around == "all" or key.split(".")[0] == layer
            if belongs and facts.kind in {"volume", "mesh"} and (not part or key.split(".")[-1] == part):
                hull = getattr(facts, "hull", ())
                points.append(np.array(hull, float) if len(hull) else getattr(facts, "bounds").corners())  # noqa: B009
        if not points:
            raise self.setting.error(f"there is nothing called {around} to frame", (*self.path, "around"))
        return np.concatenate(points)

    def _samples(self) -> list[float]:
        start, length = float(self.moments.start_s), float(self.moments.length_s)
        return [start + length * index / (SAMPLES - 1) for index in range(SAMPLES)]

    def _curve(self, leaf: Any, key: str, convert: Any) -> Curve[Any]:
        return self.setting.curve(leaf, (*self.path, key), convert, moments=self.moments)

    def _vector_up(self, up: str | tuple[float, float, float]) -> Array:
        return np.array(DIRECTIONS[up] if isinstance(up, str) else up, float)


def _usual_up(towards: Array) -> Array:
    """Superior; anterior where that is where one looks from above or below."""
    return np.array(DIRECTIONS["anterior" if abs(towards[2]) > 0.9 else "superior"])


def _degrees(quantity: Quantity) -> float:
    return quantity.number
