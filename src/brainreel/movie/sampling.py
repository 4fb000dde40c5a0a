"""Pictures of a movie that are drawn and encoded before it is made, to see what that takes."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brainreel.encode import Encoder, Image
from brainreel.movie.memory import peak_bytes
from brainreel.movie.plan import Showable
from brainreel.work import Cancelled

if TYPE_CHECKING:
    from brainreel.render import Renderer
    from brainreel.timeline.frame import Frame

SAMPLING_S, LONGEST_S, FEWEST = 3.0, 10.0, 3
"""How long samples are drawn; how long where these are still few. One is drawn however long it takes."""

SMALL_PX = 64


@dataclass(frozen=True)
class Samples:
    """Frames `indices` that were drawn to see what drawing takes, after the ones before them where stores are read.

    `seconds` of each but for reading, the `bricks` that each read.
    """

    indices: tuple[int, ...]
    seconds: tuple[float, ...]
    bricks: tuple[int, ...]
    beginning_s: float
    brick_s: float
    encoding_s: float
    drawing_cores: float
    encoding_cores: float
    brick_bytes: int
    peak_bytes: int | None

    def between(self, values: Sequence[float], indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """`values` of the samples for the frames `indices`: those between samples have what lies between."""
        order = np.argsort(self.indices)
        return np.interp(indices, np.array(self.indices)[order], np.array(values)[order])

    @classmethod
    def draw(
        cls,
        film: Showable,
        indices: Sequence[int],
        make_renderer: "Callable[[], Renderer]",
        encoder: Encoder,
        cancelled: Cancelled,
    ) -> "Samples":
        """Draw some of the frames `indices` at full size for a while, and encode them."""
        began = time.monotonic()
        renderer = make_renderer()
        try:
            first = film.frame(indices[len(indices) // 2])
            renderer.expect([first], cancelled)
            renderer.draw(first.sized(_small(film.size)), cancelled)
            beginning_s = time.monotonic() - began
            drawn: list[_Drawn] = []
            images: list[Image] = []
            sampling = time.monotonic()
            for index in _spread(indices):
                image, seconds = _Drawn.of(film, index, renderer, cancelled)
                images.append(image)
                drawn.append(seconds)
                if time.monotonic() - sampling > (SAMPLING_S if len(drawn) >= FEWEST else LONGEST_S):
                    break
            encoding_s, encoding_cpu_s = _encode(images, encoder)
            brick_bytes, peak = renderer.held_bytes, peak_bytes()
        finally:
            renderer.close()
        brick_s = _brick_s(drawn)
        seconds = [max(one.again.wall_s - brick_s * one.again.bricks, 0.1 * one.again.wall_s) for one in drawn]
        return cls(
            tuple(one.index for one in drawn),
            tuple(seconds),
            tuple(one.again.bricks for one in drawn),
            beginning_s,
            brick_s,
            encoding_s / len(images),
            sum(one.again.cpu_s for one in drawn) / sum(one.again.wall_s for one in drawn),
            encoding_cpu_s / max(encoding_s, 1e-9),
            brick_bytes,
            peak,
        )


@dataclass(frozen=True)
class _Timed:
    """Drawing a picture: seconds, those of all cores, bricks that were read, and how long that took."""

    wall_s: float
    cpu_s: float
    bricks: int
    read_s: float

    @classmethod
    def of(cls, renderer: "Renderer", frame: "Frame", cancelled: Cancelled) -> "tuple[Image, _Timed]":
        """The picture too."""
        books = renderer.reads().values()
        bricks, read_s = sum(one.bricks for one in books), sum(one.seconds for one in books)
        wall_s, cpu_s = time.monotonic(), time.process_time()
        image = renderer.draw(frame, cancelled)
        wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
        return image, cls(
            wall_s, cpu_s, sum(one.bricks for one in books) - bricks, sum(one.seconds for one in books) - read_s
        )


@dataclass(frozen=True)
class _Drawn:
    """A frame that was drawn, after the one before it where stores are read, for most often memory has much of it."""

    index: int
    first: _Timed
    again: _Timed

    @classmethod
    def of(cls, film: Showable, index: int, renderer: "Renderer", cancelled: Cancelled) -> "tuple[Image, _Drawn]":
        """Draw it."""
        before, frame = pair(film, index)
        renderer.expect([before, frame], cancelled)
        image, first = _Timed.of(renderer, before, cancelled)
        if not renderer.reads():
            return image, cls(index, first, first)
        image, again = _Timed.of(renderer, frame, cancelled)
        return image, cls(index, first, again)


def pair(film: Showable, index: int) -> "tuple[Frame, Frame]":
    """The frame before `index`, and that frame."""
    return film.frame(max(index - 1, 0)), film.frame(index)


def _brick_s(drawn: Sequence[_Drawn]) -> float:
    """Seconds that a brick costs: by what frames took less that read fewer, else by how long reading took."""
    more = sum(one.first.bricks - one.again.bricks for one in drawn)
    bricks = sum(one.first.bricks + one.again.bricks for one in drawn)
    if 2 * more >= bricks > 0:
        return max(sum(one.first.wall_s - one.again.wall_s for one in drawn), 0.0) / more
    return sum(one.first.read_s + one.again.read_s for one in drawn) / max(bricks, 1)


def _encode(images: Sequence[Image], encoder: Encoder) -> tuple[float, float]:
    """Seconds to encode `images`, and those of all cores."""
    wall_s, cpu_s = time.monotonic(), time.process_time()
    sink = encoder.open(BytesIO())
    for image in images:
        sink.write(image)
    sink.close()
    return time.monotonic() - wall_s, time.process_time() - cpu_s


def _spread(indices: Sequence[int]) -> Iterator[int]:
    """All `indices`, the first of them far apart: the middle, the quarters, the eighths ..."""
    seen = set()
    parts = 2
    while len(seen) < len(indices):
        for part in range(1, parts, 2):
            place = part * len(indices) // parts
            if place not in seen:
                seen.add(place)
                yield indices[place]
        parts *= 2


def _small(size: tuple[int, int]) -> tuple[int, int]:
    """A size of few pixels, in the same proportions."""
    reduction = max(1.0, max(size) / SMALL_PX)
    width, height = (max(16, round(edge / reduction)) for edge in size)
    return width, height
