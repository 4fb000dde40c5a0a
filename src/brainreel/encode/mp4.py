"""Joining segments into one mp4 without re-encoding: packets are renumbered and copied, then counted again."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from brainreel.encode.encoder import Part
from brainreel.errors import BrainreelError
from brainreel.work import Cancelled, stop_if


def join_segments(parts: Sequence[Part], path: Path, fps: Fraction, comment: str, cancelled: Cancelled) -> None:
    """Write the pictures of `parts` to the mp4 `path`, the index before the pictures, frame i at exactly i / fps.

    Raises BrainreelError where a segment, or the file written, holds other pictures than it should.
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as movie:
        movie.metadata["comment"] = comment
        stream, headers, index = None, None, 0
        for part in parts:
            with av.open(str(part.path)) as segment:
                source = segment.streams.video[0]
                if stream is None:
                    headers = source.codec_context.extradata
                    stream = movie.add_stream_from_template(source, opaque=True)
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
    _verify(path, index, fps, cancelled)


def _packets(stream: VideoStream) -> Iterator[Packet]:
    """The coded pictures, without the empty packet that ends a demuxing."""
    return (packet for packet in stream.container.demux(stream) if packet.size)  # type: ignore[attr-defined]


def _place(packet: Packet, stream: VideoStream, index: int, fps: Fraction) -> None:
    packet.stream = stream
    packet.time_base = 1 / fps
    packet.pts = packet.dts = index
    packet.duration = 1


def _verify(path: Path, count: int, fps: Fraction, cancelled: Cancelled) -> None:
    """Read the joined file back: all pictures there, each at its time, the first one a starting point."""
    found = 0
    with av.open(str(path)) as movie:
        for packet in _packets(movie.streams.video[0]):
            stop_if(cancelled)
            shown = None if packet.pts is None else packet.pts * packet.time_base
            if shown != found / fps or (found == 0 and not packet.is_keyframe):
                raise BrainreelError(f"frame {found} of the joined movie is at {shown} s instead of {found / fps} s")
            found += 1
    if found != count:
        raise BrainreelError(f"the joined movie holds {found} frames instead of {count}; its segments are kept")
