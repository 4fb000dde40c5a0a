"""One segment as a unit of work: its frames drawn by the run's one renderer while an encoder follows on a thread."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from brainreel.encode import Encoder, Image, Sink
from brainreel.movie.plan import Segment, Showable
from brainreel.work import Advance, Cancelled, disk_errors, never, stop_if

if TYPE_CHECKING:
    from brainreel.store.reads import Reads
    from brainreel.timeline.frame import Frame

AHEAD = 2
"""Pictures that may wait for the encoder."""


class Drawer(Protocol):
    """What draws (render's Renderer)."""

    def draw(self, frame: "Frame", cancelled: Cancelled = never, /) -> Image:
        """The picture of `frame`, an array of its own; raises Interrupted soon after `cancelled` says so."""
        ...

    def expect(self, frames: "Iterable[Frame]", cancelled: Cancelled = never, /) -> None:
        """These come next; raises Interrupted soon after `cancelled` says so."""
        ...

    def reads(self) -> "Mapping[Path, Reads]":
        """What was read of each store, by its folder."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def segments_folder(output: Path) -> Path:
    """Where the finished segments of a movie lie."""
    return output.with_name(f".{output.name}.segments")


def coming(film: Showable, segment: Segment) -> "Iterator[Frame]":
    """The frames of a segment."""
    return (film.frame(index) for index in segment.frames)


class Stage:
    """Where a run's segments are drawn, one at a time; the renderer is made when the first picture is needed."""

    def __init__(self, film: Showable, make_renderer: Callable[[], Drawer]) -> None:
        self._film = film
        self._make_renderer = make_renderer
        self._renderer: Drawer | None = None
        self._last: tuple[str, Image] | None = None
        self._turn = threading.Lock()
        self.drawn = 0

    @property
    def reads(self) -> "Mapping[Path, Reads]":
        """What was read of each store, by its folder."""
        return self._renderer.reads() if self._renderer else {}

    def pictures(self, segment: Segment, show: Callable[[Image], None], cancelled: Cancelled) -> None:
        """Hand each picture of `segment` to `show`; equal neighbours are drawn once."""
        with self._turn:
            stop_if(cancelled)
            self._renderer = self._renderer or self._make_renderer()
            frames = tuple(coming(self._film, segment))
            self._renderer.expect(frames, cancelled)
            for frame, digest in zip(frames, segment.digests, strict=True):
                stop_if(cancelled)
                if self._last is None or self._last[0] != digest:
                    self._last = digest, self._renderer.draw(frame, cancelled)
                    self.drawn += 1
                show(self._last[1])

    def close(self) -> None:
        """Close the renderer if there is one."""
        if self._renderer is not None:
            self._renderer.close()


@dataclass(frozen=True, slots=True)
class SegmentUnit:
    """A `work.Unit`."""

    segment: Segment
    stage: Stage
    encoder: Encoder

    @property
    def name(self) -> str:
        """See Unit."""
        return self.segment.name

    @property
    def steps(self) -> int:
        """One a frame."""
        return len(self.segment.frames)

    def run(self, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        """See Unit. Pictures are encoded while the next ones are drawn."""
        with disk_errors(path.parent):
            file = path.open("wb")
        sink = self.encoder.open(file)
        with ThreadPoolExecutor(1, "encode") as thread:
            try:
                self._feed(sink, thread, path, advance, cancelled)
                with disk_errors(path.parent):
                    thread.submit(sink.close).result()
                    file.close()
            except BaseException:
                thread.shutdown(cancel_futures=True)
                sink.abandon()
                with suppress(OSError):  # what it still holds does not matter any more
                    file.close()
                raise

    def _feed(self, sink: Sink, thread: ThreadPoolExecutor, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        waiting: deque[Future[None]] = deque()

        def settle(most: int) -> None:
            while len(waiting) > most:
                with disk_errors(path.parent):
                    waiting.popleft().result()

        def show(image: Image) -> None:
            waiting.append(thread.submit(sink.write, image))
            advance(1)
            settle(AHEAD)

        self.stage.pictures(self.segment, show, cancelled)
        settle(0)
