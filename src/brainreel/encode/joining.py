"""Joining segments into one movie without re-encoding: packets are renumbered and copied, then counted again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from brainreel.encode.encoder import Part
from brainreel.errors import BrainreelError
from brainreel.work import Cancelled, stop_if


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file: FFmpeg's name and options for it, and the longest comment it holds (None: any).

    Times are multiples of `tick_s`, or exact where that is None.
    """

    muxer: str
    options: Mapping[str, str] = field(default_factory=dict)
    tick_s: Fraction | None = None
    comment_characters: int | None = None

    def shown_at_s(self, index: int, fps: Fraction) -> Fraction:
        """When the file says that picture `index` is shown: at index / fps, to the nearest tick."""
        time_s = index / fps
        return time_s if self.tick_s is None else int(time_s / self.tick_s + Fraction(1, 2)) * self.tick_s


MILLISECOND = Fraction(1, 1000)

CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container("mp4", {"movflags": "faststart"}),
    ".mov": Container("mov", {"movflags": "faststart"}, comment_characters=65_000),
    ".webm": Container("webm", {"cues_to_front": "1"}, MILLISECOND),
    ".wmv": Container("asf", {}, MILLISECOND, 32_000),
}
"""Indices before the pictures, so that browsers begin at once. The two limits are QuickTime's and ASF's 16 bits for a
text's length, the latter of UTF-16 with its end."""


def join_segments(
    parts: Sequence[Part], path: Path, container: Container, fps: Fraction, comment: str, cancelled: Cancelled
) -> None:
    """Write the pictures of `parts` to `path`, frame i at exactly i / fps, or at the container's nearest tick.

    Raises BrainreelError where a segment, or the file written, holds other pictures than it should.
    """
    options = {**container.options, "fflags": "+bitexact"}  # no random identifiers
    with av.open(str(path), "w", format=container.muxer, options=options) as movie:
        movie.metadata["comment"] = comment
        stream, headers, index = None, None, 0
        for part in parts:
            with av.open(str(part.path)) as segment:
                source = segment.streams.video[0]
                if stream is None:
                    headers = source.codec_context.extradata
                    stream = movie.add_stream_from_template(source, opaque=True)
                    stream.codec_context.codec_tag = source.codec_context.codec_tag  # a template's is forgotten
                    stream.time_base = 1 / fps
                if source.codec_context.extradata != headers:
                    raise BrainreelError(f"{part.path}: has other stream headers than the segments before it")
                before = index
                for packet in _packets(source):
                    stop_if(cancelled)
                    _place(packet, stream, index, fps)
                    movie.mux(packet)
                    index += 1
                if index - before != len(part.frames):
                    raise BrainreelError(f"{part.path}: holds {index - before} frames instead of {len(part.frames)}")
    _verify(path, container, index, fps, cancelled)


def _packets(stream: VideoStream) -> Iterator[Packet]:
    """The coded pictures, without the empty packet that ends a demuxing."""
    return (packet for packet in stream.container.demux(stream) if packet.size)  # type: ignore[attr-defined]


def _place(packet: Packet, stream: VideoStream, index: int, fps: Fraction) -> None:
    packet.stream = stream
    packet.time_base = 1 / fps
    packet.pts = packet.dts = index
    packet.duration = 1


def _verify(path: Path, container: Container, count: int, fps: Fraction, cancelled: Cancelled) -> None:
    """Read the joined file back: all pictures there, each at its time, the first one a starting point."""
    found = 0
    with av.open(str(path)) as movie:
        for packet in _packets(movie.streams.video[0]):
            stop_if(cancelled)
            shown, due = None if packet.pts is None else packet.pts * packet.time_base, container.shown_at_s(found, fps)
            if shown != due or (found == 0 and not packet.is_keyframe):
                raise BrainreelError(f"frame {found} of the joined movie is at {shown} s instead of {due} s")
            found += 1
    if found != count:
        raise BrainreelError(f"the joined movie holds {found} frames instead of {count}; its segments are kept")
