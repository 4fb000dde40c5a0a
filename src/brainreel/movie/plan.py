"""The plan of a movie: which frames make which segment, and the name that says all that its bytes depend on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from brainreel.encode import Encoder
from brainreel.errors import InputError
from brainreel.work import Cancelled, never, stop_if

if TYPE_CHECKING:  # so that a run that finds all its segments made loads neither scenes nor the compiler
    from brainreel.render.quality import Quality
    from brainreel.timeline.frame import Frame


class Showable(Protocol):
    """What a movie is made of (a timeline's Film): `frame(i)` is shown at i / `fps`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        ...

    @property
    def fps(self) -> Fraction:
        """Frames a second."""
        ...

    @property
    def frame_count(self) -> int:
        """Of the whole film."""
        ...

    @property
    def transparent(self) -> bool:
        """Whether its pictures have alpha."""
        ...

    def frame(self, index: int, /) -> "Frame":
        """Everything that is fixed at the instant `index` / `fps`."""
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """The film's `frames` with their digests; `name` is a hash of all that the segment's bytes depend on."""

    name: str
    frames: range
    digests: tuple[str, ...]


def plan(
    film: Showable,
    fingerprints: Mapping[str, str],
    quality: "Quality",
    encoder: Encoder,
    identity: str,
    frames: range | None = None,
    cancelled: Cancelled = never,
) -> list[Segment]:
    """Segments of about a second, in order; equal ones have equal names. `identity` is the drawing code's.

    A name does not hold the segment's place in the movie. Raises InputError where `frames` are not the film's.
    """
    chosen = _checked(frames, film.frame_count)
    common = {
        "drawing": identity,
        "encoder": encoder.identity(),
        "quality": asdict(quality),
        "fingerprints": dict(fingerprints),
    }
    segments = []
    for first in chosen[:: encoder.segment_frames]:
        stop_if(cancelled)
        part = range(first, min(first + encoder.segment_frames, chosen.stop))
        digests = tuple(film.frame(index).digest() for index in part)
        text = json.dumps({**common, "frames": digests}, sort_keys=True)
        name = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        segments.append(Segment(name, part, digests))
    return segments


def _checked(frames: range | None, count: int) -> range:
    if not count:
        raise InputError("the film has no frame; give it a longer movie.length or more fps")
    if frames is None:
        return range(count)
    if not frames or frames.step != 1 or frames.start < 0 or frames.stop > count:
        asked = f"{frames.start}:{frames.stop}" + (f":{frames.step}" if frames.step != 1 else "")
        raise InputError(f"frames {asked}: the film has frames 0:{count}; choose first:end within it, end not included")
    return frames
