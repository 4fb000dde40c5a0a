"""What a movie will take, before it is made: pictures drawn as samples, and a rehearsal of what is read of stores."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainreel.encode import Encoder
from brainreel.movie.identity import drawing_identity
from brainreel.movie.memory import peak_bytes
from brainreel.movie.plan import Segment, Showable, plan
from brainreel.movie.sampling import Samples, pair
from brainreel.movie.segment import coming, segments_folder
from brainreel.work import Cancelled, never, stop_if

if TYPE_CHECKING:
    from brainreel.render import Quality, Renderer
    from brainreel.store.reads import Reads
    from brainreel.store.resident import Skipping
    from brainreel.store.stored import StoredPyramid

REHEARSAL_S = 20.0
"""How long reading is rehearsed, before only some segments are."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is left to do of a movie of `frames` in `segments`, of which `done` are made.

    `counted` of the `drawn` frames were rehearsed; `reads`: what they read of each store if no brick hid another, which
    is not known before they are drawn; `bricks`: how many all will read by the `sampled` frames, which were drawn and
    timed. `brick_bytes`: memory of bricks of stores, `peak_bytes` that of the whole process (None where the
    system does not tell).
    """

    frames: int
    segments: int
    done: int
    drawn: int
    counted: int
    reads: "Mapping[Path, Reads]"
    brick_bytes: int
    peak_bytes: int | None
    sampled: int
    bricks: int
    beginning_s: float
    drawing_s: float
    encoding_s: float
    reading_s: float
    seconds: float

    @property
    def scale(self) -> float:
        """How many times what was counted all frames read."""
        return self.drawn / max(self.counted, 1)


def forecast(
    film: Showable,
    make_renderer: "Callable[[], Renderer]",
    make_rehearsal: "Callable[[Skipping], Renderer]",
    output: Path,
    *,
    fingerprints: Mapping[str, str],
    quality: "Quality",
    encoder: Encoder,
    cores: int,
    identity: str | None = None,
    frames: range | None = None,
    cancelled: Cancelled = never,
) -> Forecast:
    """Foretell what `render_movie` with the same arguments will take, on so many `cores`; writes nothing.

    `make_rehearsal` makes a renderer that skips reading. Raises what drawing raises.
    """
    segments = plan(film, fingerprints, quality, encoder, identity or drawing_identity(), frames, cancelled)
    folder = segments_folder(output.resolve())
    distinct = {segment.name: segment for segment in segments}.values()
    missing = [segment for segment in distinct if not any(folder.glob(f"{segment.name}.*{encoder.suffix}"))]
    done = len(segments) - len(missing)
    drawn = list(_drawn(missing))
    count = sum(len(part) for part in drawn)
    total = sum(len(segment.frames) for segment in segments)
    if not count:
        return Forecast(total, len(segments), done, 0, 0, {}, 0, peak_bytes(), 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    samples = Samples.draw(film, [index for part in drawn for index in part], make_renderer, encoder, cancelled)
    rehearsed = _rehearse(film, missing, drawn, make_rehearsal, cancelled)
    every = np.array([index for part in drawn for index in part])
    drawing_s = float(samples.between(samples.seconds, every).sum())
    bricks = _bricks(film, samples, rehearsed, make_rehearsal) * count / max(len(rehearsed.indices), 1)
    encoding_s = samples.encoding_s * sum(len(segment.frames) for segment in missing)
    reading_s = samples.brick_s * bricks
    busy_s = (drawing_s * samples.drawing_cores + encoding_s * samples.encoding_cores) / cores
    peak = samples.peak_bytes and samples.peak_bytes + max(0, rehearsed.brick_bytes - samples.brick_bytes)
    return Forecast(
        frames=total,
        segments=len(segments),
        done=done,
        drawn=count,
        counted=len(rehearsed.indices),
        reads=rehearsed.reads,
        brick_bytes=rehearsed.brick_bytes,
        peak_bytes=peak,
        sampled=len(samples.indices),
        bricks=round(bricks),
        beginning_s=samples.beginning_s,
        drawing_s=drawing_s,
        encoding_s=encoding_s,
        reading_s=reading_s,
        seconds=samples.beginning_s + max(drawing_s, encoding_s, busy_s) + reading_s,
    )


def _drawn(segments: Sequence[Segment]) -> Iterator[list[int]]:
    """The frames of each segment that are drawn: equal neighbours are drawn once."""
    last = None
    for segment in segments:
        part = []
        for index, digest in zip(segment.frames, segment.digests, strict=True):
            if digest != last:
                part.append(index)
            last = digest
        yield part


@dataclass(frozen=True)
class _Rehearsed:
    """What the frames `indices` would read, each `again` of bricks that had been read before."""

    indices: tuple[int, ...]
    again: tuple[int, ...]
    reads: "Mapping[Path, Reads]"
    brick_bytes: int


def _rehearse(
    film: Showable,
    segments: Sequence[Segment],
    drawn: Sequence[Sequence[int]],
    make_rehearsal: "Callable[[Skipping], Renderer]",
    cancelled: Cancelled,
) -> _Rehearsed:
    """Go through what is read for all frames `drawn`, or for those of evenly chosen segments where that takes long."""
    reads: dict[Path, Reads] = {}

    def skip(pyramid: "StoredPyramid", number: int) -> None:
        pyramid.skip(number, reads.setdefault(pyramid.store.folder, pyramid.store.new_reads()))

    renderer = make_rehearsal(skip)
    most, every, began = 0, 1, time.monotonic()
    indices: list[int] = []
    again = [0]
    try:
        if not renderer.reads():
            return _Rehearsed((), (), {}, 0)
        for k, (segment, part) in enumerate(zip(segments, drawn, strict=True)):
            if k % every:
                continue
            renderer.expect(coming(film, segment))
            for index in part:
                stop_if(cancelled)
                renderer.rehearse(film.frame(index))
                most = max(most, renderer.held_bytes)
                indices.append(index)
                again.append(sum(one.again for one in reads.values()))
            if k == 0:
                whole_s = (time.monotonic() - began) / max(len(part), 1) * sum(len(one) for one in drawn)
                every = max(1, int(np.ceil(whole_s / REHEARSAL_S)))
    finally:
        renderer.close()
    return _Rehearsed(tuple(indices), tuple(np.diff(again).tolist()), reads, most)


def _bricks(
    film: Showable, samples: Samples, rehearsed: _Rehearsed, make_rehearsal: "Callable[[Skipping], Renderer]"
) -> float:
    """How many bricks are read: all that were rehearsed once, and as many of them again as samples did of theirs.

    Stores among volumes that lie in none are not rehearsed: of those samples tell.
    """
    if not rehearsed.reads:
        return float(samples.between(samples.bricks, np.array(rehearsed.indices)).sum())
    once = sum(reads.bricks - reads.again for reads in rehearsed.reads.values())
    if not sum(rehearsed.again):
        return once
    count = 0

    def skip(pyramid: "StoredPyramid", number: int) -> None:
        nonlocal count
        count += 1

    parts = []
    renderer = make_rehearsal(skip)
    try:
        for index, read in zip(samples.indices, samples.bricks, strict=True):
            before, frame = pair(film, index)
            renderer.expect([before, frame])
            renderer.rehearse(before)
            count = 0
            renderer.rehearse(frame)
            parts.append(read / count if count else 1.0)
    finally:
        renderer.close()
    return once + float((samples.between(parts, np.array(rehearsed.indices)) * np.array(rehearsed.again)).sum())
