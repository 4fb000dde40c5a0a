"""Scene and Facts to Film, Film to Frames: tracks, easing, camera paths, clocks."""

from brainreel.timeline.film import Film, resolve
from brainreel.timeline.frame import Frame
from brainreel.timeline.listing import frames_json
from brainreel.timeline.reels import ReelFilm, join, prefixed_keys

__all__ = ["Film", "Frame", "ReelFilm", "frames_json", "join", "prefixed_keys", "resolve"]
