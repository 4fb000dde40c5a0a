"""Scene and Facts to Film, Film to Frames: tracks, easing, camera paths, clocks."""

from brainreel.timeline.film import Film, resolve
from brainreel.timeline.frame import Frame
from brainreel.timeline.listing import frames_json

__all__ = ["Film", "Frame", "frames_json", "resolve"]
