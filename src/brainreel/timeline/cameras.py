"""The camera over time: segments, each beginning where the last one ended unless it says otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from brainreel.scene.faults import Path as ScenePath
from brainreel.scene.flights import Flight, Path
from brainreel.scene.orbits import Orbit, Still
from brainreel.scene.scene import segment_spans
from brainreel.scene.segments import Names, Segment
from brainreel.timeline.flights import flight_motion
from brainreel.timeline.motions import Array, CameraReel, Ending, Motion
from brainreel.timeline.orbits import orbit_motion
from brainreel.timeline.paths import path_motion
from brainreel.timeline.setting import Setting
from brainreel.timeline.showing import Showing
from brainreel.timeline.stages import NO_VIEWS, SAMPLES, Stage
from brainreel.timeline.stills import still_motion

MOTIONS: dict[type[Segment], Callable[[Stage, Any], tuple[Motion, Names]]] = {
    Orbit: orbit_motion,
    Still: still_motion,
    Path: path_motion,
    Flight: flight_motion,
}
"""What makes the motion of a segment, by its kind."""
PLACED = {
    Orbit: ("around", "distance"),
    Still: ("around", "view", "position", "focal"),
    Path: ("positions", "keys"),
    Flight: ("keys",),
}
"""The keys by which a segment leaves the point and the distance of the segment before, by its kind."""


def camera_reel(
    setting: Setting, segments: tuple[Segment, ...], path: ScenePath, size: tuple[int, int], showing: Showing
) -> CameraReel:
    """The camera at `path`, on a picture of `size` (width, height) pixels in which `showing` is shown.

    A segment that frames its subject leaves room for the views of those after it that keep its distance.
    """
    spans = segment_spans(segments, setting.moments)
    stages = [
        Stage(
            setting,
            setting.moments.within(start, length),
            (*path, index, type(segment).__name__.lower()),
            size,
            showing,
        )
        for index, (segment, (start, length)) in enumerate(zip(segments, spans, strict=True))
    ]
    alone = _motions(segments, stages)
    views = [_views(motion, *span) for motion, span in zip(alone, spans, strict=True)]
    later = [NO_VIEWS] * len(segments)
    for index in reversed(range(1, len(segments))):
        if _keeps_distance(segments[index]):
            later[index - 1] = np.concatenate([views[index], later[index]])
    roomy = [replace(stage, later=views) for stage, views in zip(stages, later, strict=True)]
    motions = _motions(segments, roomy)
    return CameraReel(tuple(float(start) for start, _ in spans), motions, float(sum(spans[-1], Fraction(0))))


def _motions(segments: tuple[Segment, ...], stages: Sequence[Stage]) -> tuple[Motion, ...]:
    """Each segment's motion, beginning as the one before ends."""
    motions: list[Motion] = []
    ending: Ending | None = None
    for segment, alone in zip(segments, stages, strict=True):
        stage = replace(alone, last=ending)
        motion, around = MOTIONS[type(segment)](stage, segment)
        stage.check(motion)
        motions.append(motion)
        moments = stage.moments
        ending = Ending.of(motion, float(moments.start_s + moments.length_s), around)
    return tuple(motions)


def _keeps_distance(segment: Segment) -> bool:
    """Whether it goes on at the distance, and around the point, of the segment before."""
    return not any(getattr(segment, key) for key in PLACED[type(segment)])


def _views(motion: Motion, start: Fraction, length: Fraction) -> Array:
    """Unit vectors (k, 3) from the focal point to the camera that occur."""
    cameras = [motion.at(t_s) for t_s in np.linspace(float(start), float(start + length), SAMPLES)]
    offsets = np.array([np.subtract(camera.position, camera.focal_point) for camera in cameras])
    return offsets / np.linalg.norm(offsets, axis=1, keepdims=True)
