"""Scene and Facts to Film, Film to Frames: tracks, easing, camera paths, clocks."""

from brainreel.timeline.film import Film, resolve
from brainreel.timeline.finding import first_showing, shown_span
from brainreel.timeline.frame import Frame
from brainreel.timeline.listing import frames_json
from brainreel.timeline.reels import ReelFilm, join, prefixed_keys

__all__ = [
    "Film",
    "Frame",
    "ReelFilm",
    "first_showing",
    "frames_json",
    "join",
    "prefixed_keys",
    "resolve",
    "shown_span",
]
