"""Animated GIF with one palette for all pictures, so that no colour flickers."""

import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.error
import PIL
from av.filter import Graph
from av.video.format import VideoFormat

from brainreel.encode.encoder import Metadata, Part
from brainreel.encode.metadata import pack
from brainreel.encode.sequence import PNG, PictureSegment
from brainreel.errors import BrainreelError, InputError
from brainreel.work import Cancelled, check_writable, never, replacing, stop_if
from brainreel.work.disk import temporary

log = logging.getLogger(__name__)

TICK_S = Fraction(1, 100)
"""GIF's unit of time."""

FASTEST = 50
"""Frames a second that browsers still show at their own pace; shorter delays become a tenth of a second."""

DITHER = "dither=bayer:bayer_scale=3"
"""A fixed pattern, because one that spreads errors crawls from picture to picture."""

MOST_PX = 65535
HEADER_BYTES = 13


@dataclass(frozen=True, slots=True)
class Gif:
    """Segments are lossless pictures; joining reads them twice, for their common palette and to write the file.

    Frame i is shown at i / fps to the nearest hundredth of a second. Raises InputError for what GIF cannot hold.
    """

    size: tuple[int, int]
    fps: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.fps <= FASTEST:
            raise InputError(f"fps {self.fps}: browsers show GIFs with at most {FASTEST} frames a second; use --fps 25")
        if max(self.size) > MOST_PX:
            raise InputError(f"size {self.size[0]}x{self.size[1]}: GIF takes sides up to {MOST_PX} pixels")

    @property
    def suffix(self) -> str:
        """Of the lossless pictures."""
        return ".png"

    @property
    def bits(self) -> int:
        """See Encoder."""
        return 8

    @property
    def segment_frames(self) -> int:
        """One: equal pictures are kept once."""
        return 1

    @property
    def segments_at_once(self) -> int:
        """Two: one is compressed while the next is drawn."""
        return 2

    def identity(self) -> str:
        """The palette is made when joining, so a segment depends on its size alone."""
        return f"gif {self.size} pillow {PIL.__version__}"

    def check(self, output: Path) -> None:
        """See Encoder."""
        check_writable(output)

    def open(self, file: BinaryIO) -> PictureSegment:
        """See Encoder."""
        return PictureSegment(PNG, self.size, file)

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """See Encoder; the pictures get their 255 colours here, which is the one loss."""
        log.warning("%s: GIF holds 256 colours; its pictures are read once more to choose them for all", output.name)
        palette = self._palette(parts, cancelled)
        count = sum(len(part.frames) for part in parts)
        with temporary(scratch, "plain.gif") as plain, replacing(output, scratch) as written:
            self._write(self._paletted(parts, palette, cancelled), plain)
            self._verify(plain, count, cancelled)
            _copy_with_comment(plain, written, pack(metadata))

    def _palette(self, parts: Sequence[Part], cancelled: Cancelled) -> av.VideoFrame:
        """The colours (16x16 BGRA) that serve all pictures best, one of them for what does not change."""
        graph = Graph()
        source, choose, sink = self._source(graph), graph.add("palettegen", "stats_mode=full"), graph.add("buffersink")
        source.link_to(choose)
        choose.link_to(sink)
        graph.configure()
        found: list[av.VideoFrame] = []
        for frame in _frames(parts, self.fps, cancelled):
            source.push(frame)
            found += _ready(sink)  # without asking, frames would pile up before the filter
        source.push(None)
        found += _ready(sink)
        if not found:
            raise BrainreelError("no palette came of the pictures")
        palette = found[0]
        palette.pts = 0
        return palette

    def _paletted(self, parts: Sequence[Part], palette: av.VideoFrame, cancelled: Cancelled) -> Iterator[av.VideoFrame]:
        """The pictures in the palette's colours, at their times."""
        graph = Graph()
        source, use, sink = self._source(graph), graph.add("paletteuse", DITHER), graph.add("buffersink")
        colors = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=1 / self.fps
        )
        source.link_to(use, 0, 0)
        colors.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        colors.push(palette)
        colors.push(None)
        for frame in _frames(parts, self.fps, cancelled):
            source.push(frame)
            yield from _ready(sink)
        source.push(None)
        yield from _ready(sink)

    def _write(self, frames: Iterator[av.VideoFrame], path: Path) -> None:
        """Write the file without its comment, to be repeated for ever."""
        with av.open(str(path), "w", format="gif", options={"loop": "0"}) as movie:
            stream = movie.add_stream("gif", rate=self.fps)
            stream.width, stream.height = self.size
            stream.pix_fmt = "pal8"
            stream.codec_context.time_base = TICK_S
            for index, frame in enumerate(frames):
                frame.time_base, frame.pts = TICK_S, self._tick(index)
                frame.duration = self._tick(index + 1) - self._tick(index)
                movie.mux(stream.encode(frame))
            movie.mux(stream.encode(None))

    def _source(self, graph: Graph):
        width, height = self.size
        return graph.add_buffer(width=width, height=height, format=VideoFormat("rgb24"), time_base=1 / self.fps)

    def _tick(self, index: int) -> int:
        return int(index / self.fps / TICK_S + Fraction(1, 2))

    def _verify(self, path: Path, count: int, cancelled: Cancelled) -> None:
        found = 0
        with av.open(str(path)) as movie:
            for packet in movie.demux(video=0):
                stop_if(cancelled)
                if packet.size:
                    if packet.pts != self._tick(found):
                        raise BrainreelError(f"frame {found} of the GIF is at {packet.pts} cs: {self._tick(found)} due")
                    found += 1
        if found != count:
            raise BrainreelError(f"the GIF holds {found} frames instead of {count}; its segments are kept")


def _frames(parts: Sequence[Part], fps: Fraction, cancelled: Cancelled) -> Iterator[av.VideoFrame]:
    """The pictures of `parts`, one after the other."""
    index = 0
    for part in parts:
        with av.open(str(part.path)) as picture:
            image = next(picture.decode(video=0)).to_ndarray(format="rgb24")
        for _ in part.frames:
            stop_if(cancelled)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, 1 / fps
            yield frame
            index += 1


def _ready(sink) -> Iterator[av.VideoFrame]:
    """What a filter has finished."""
    while True:
        try:
            yield sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _copy_with_comment(plain: Path, path: Path, comment: str) -> None:
    """Copy a GIF with a comment extension, in blocks of 255 bytes, after its palette (GIF89a, 18 and 24)."""
    text = comment.encode("ascii")
    blocks = (text[at : at + 255] for at in range(0, len(text), 255))
    with plain.open("rb") as source, path.open("wb") as file:
        header = source.read(HEADER_BYTES)
        colors = 2 << (header[10] & 7) if header[10] & 128 else 0
        file.write(header + source.read(3 * colors) + b"\x21\xfe")
        file.writelines(bytes([len(block)]) + block for block in blocks)
        file.write(b"\0")
        shutil.copyfileobj(source, file)
