"""The keys of a flight as numbers: where the camera is at each, stated or framed."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from brainreel.scene.flights import Flight, FlightKey
from brainreel.space import DIRECTIONS
from brainreel.timeline.curves import constant
from brainreel.timeline.motions import Array, Optics, unit
from brainreel.timeline.stages import FIRST_SIDE, Stage, degrees, side_or_vector, usual_up

POSITION, FOCAL, UP, ANGLE, SCALE = slice(0, 3), slice(3, 6), slice(6, 9), 9, 10
"""Columns of a key's row: position, focal point, view up (unit), view angle (degrees), parallel scale; before zoom."""
OPPOSITE = 1e-6
"""Sums of two unit vectors that are shorter have no direction to speak of."""


class FlightKeys:
    """Turns the keys of a flight into rows; what a key does not state is as it was at the key before."""

    def __init__(self, stage: Stage, segment: Flight, optics: Optics) -> None:
        self.stage, self.segment, self.optics = stage, segment, optics
        self.around = stage.around
        self.angle = optics.view_angle.at(stage.start_s)
        self.scale = optics.scale.at(stage.start_s) if optics.scale else None

    def rows(self) -> tuple[list[float], Array]:
        """(parts of the segment, rows (n, 11)) of the keys; before a first key that is later than the segment's start,
        how the last segment ended."""
        moments = self.stage.moments
        begins = [float((moments.seconds(key.at) - moments.start_s) / moments.length_s) for key in self.segment.keys]
        ended = self._ended()
        rows = [ended] if ended is not None and begins[0] > 0 else []
        before = ended
        for index, key in enumerate(self.segment.keys):
            at_s = self.stage.start_s + begins[index] * float(moments.length_s)
            if self.segment.view_angle is not None:
                self.angle = self.optics.view_angle.at(at_s)
            before = self._row(key, index, before)
            self.stage.check_views([at_s], (before[POSITION] - before[FOCAL])[None], before[UP])
            rows.append(before)
        return [0.0] * (len(rows) - len(begins)) + begins, np.array(rows)

    def check_ups(self, rows: Array) -> None:
        """Raise SceneError where one up is opposite to the next, so that there is none halfway."""
        early = len(rows) - len(self.segment.keys)
        for index, (before, after) in enumerate(pairwise(rows)):
            if np.linalg.norm(before[UP] + after[UP]) < OPPOSITE:
                path = (*self.stage.path, "keys", index + 1 - early, "up")
                raise self.stage.setting.error("is opposite to the up before it; put a key between them", path)

    def _ended(self) -> Array | None:
        """The row of the last segment's end. A zoom that does not go on narrows its view angle and scale instead."""
        last = self.stage.last
        if last is None:
            return None
        camera = last.camera
        goes_on = self.optics.zoom.at(self.stage.start_s) == last.zoom
        angle = last.view_angle if goes_on else camera.view_angle
        if self.segment.view_angle is not None:
            angle = self.angle
        scale = camera.parallel_scale * (last.zoom if goes_on else 1.0)
        return _row_of(camera.position, camera.focal_point, camera.view_up, angle, scale)

    def _row(self, key: FlightKey, index: int, before: Array | None) -> Array:
        stage, at = self.stage, (*self.stage.path, "keys", index)
        if key.view_angle is not None:
            self.angle = degrees(key.view_angle)
        if key.frame is not None or key.view is not None:
            row = self._framed(key, index, before)
        else:
            row = self._placed(key, index, before)
        if key.parallel_scale is not None:
            stage.check_parallel(self.optics.parallel, ("keys", index))
            stated = key.parallel_scale
            self.scale = stage.setting.value(lambda: stage.setting.length(stated), (*at, "parallel_scale"))
            row[SCALE] = self.scale
        return row

    def _placed(self, key: FlightKey, index: int, before: Array | None) -> Array:
        stage, at = self.stage, ("keys", index)
        if key.position is not None:
            position = np.array(stage.point(key.position))
        elif before is not None:
            position = before[POSITION]
        else:
            raise stage.setting.error("states no position and no frame, and nothing is before it", (*stage.path, *at))
        if key.focal is not None:
            focal = np.array(stage.places(key.focal, "focal", at).at(stage.start_s))
        else:
            focal = np.array(stage.center("all")) if before is None else before[FOCAL]
        offset = position - focal
        up = self._up(key, None if before is None else before[UP], unit(offset))
        seen = float(np.linalg.norm(offset)) * math.tan(math.radians(self.angle) / 2)
        return _row_of(position, focal, up, self.angle, seen if self.scale is None else self.scale)

    @staticmethod
    def _up(key: FlightKey, before: Array | None, towards: Array) -> Array:
        if key.up is not None:
            return side_or_vector(key.up)
        return usual_up(towards) if before is None else before

    def _framed(self, key: FlightKey, index: int, before: Array | None) -> Array:
        stage = self.stage
        self.around = key.frame or self.around
        if key.view is not None or before is None:
            towards = np.array(DIRECTIONS[key.view or FIRST_SIDE])
        else:
            towards = unit(before[POSITION] - before[FOCAL])
        up = self._up(key, None if before is None or key.view is not None else before[UP], towards)
        is_last = index == len(self.segment.keys) - 1
        seen = stage if is_last else replace(stage, later=stage.later[:0])
        optics = Optics(constant(self.angle), constant(1.0), self.optics.parallel)
        framing = seen.framed(stage.points(self.around, ("keys", index, "frame")), towards[None], up, optics)
        self.scale = framing.scale
        seen = framing.distance * math.tan(math.radians(self.angle) / 2)
        position = framing.focal + framing.distance * towards
        return _row_of(position, framing.focal, up, self.angle, framing.scale or seen)


def _row_of(position: ArrayLike, focal: ArrayLike, up: ArrayLike, angle: float, scale: float) -> Array:
    return np.concatenate([np.asarray(position), np.asarray(focal), unit(np.asarray(up, float)), [angle, scale]])
