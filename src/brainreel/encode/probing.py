"""What a movie or a picture is, whoever wrote it: size, rate, pictures, codec, as FFmpeg reads them."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from brainreel.encode.metadata import PICTURES
from brainreel.errors import FormatError

STILLS = frozenset(PICTURES) - {".gif"}
"""Suffixes of single pictures, which have no rate and no length."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A file of pictures; `frames`, `fps` and `length_s` are None for a single picture.

    `codec`, `profile` and `pixel_layout` are FFmpeg's names, `file_bytes` the size of the whole file.
    """

    width: int
    height: int
    frames: int | None
    fps: Fraction | None
    length_s: float | None
    codec: str
    profile: str | None
    pixel_layout: str
    file_bytes: int


def probe(path: Path) -> Probe:
    """What the movie or picture at `path` is, without decoding its pictures; FormatError where it is neither."""
    if path.is_dir():
        raise FormatError(f"{path}: is a folder; name a movie in it")
    if not path.is_file():
        raise FormatError(f"{path}: there is no such file; check the name")
    try:
        with (
            path.open("rb") as file,
            av.open(file, "r") as container,
        ):  # by name: maybe an address
            if not container.streams.video:
                raise FormatError(f"{path}: holds no pictures, only other streams; name a movie")
            stream = container.streams.video[0]
            _check_whole(path, stream)
            frames, fps, length_s = (None, None, None) if path.suffix.lower() in STILLS else _course(container, stream)
            context = stream.codec_context
            return Probe(
                context.width,
                context.height,
                frames,
                fps,
                length_s,
                context.codec.canonical_name,
                context.profile,
                context.pix_fmt or "unknown",
                path.stat().st_size,
            )
    except av.error.FFmpegError as error:
        raise FormatError(
            f"{path}: cannot be read as a {'picture' if path.suffix.lower() in STILLS else 'movie'} "
            f"({error.strerror}); it is damaged, cut off or something else: make or copy it again"
        ) from error
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error


def _check_whole(path: Path, stream: VideoStream) -> None:
    """Raise FormatError where the movie's index, which may stand before its pictures, reaches beyond the file's end."""
    if not len(stream.index_entries):
        return
    last, size = stream.index_entries[-1], path.stat().st_size
    if last.pos + last.size > size:
        raise FormatError(
            f"{path}: is cut off: it holds {size:,} bytes, its last picture ends at {last.pos + last.size:,}; "
            "copy it again"
        )


def _course(container: InputContainer, stream: VideoStream) -> tuple[int, Fraction, float | None]:
    """Pictures, pictures a second, seconds. Containers that do not count their pictures have them counted."""
    length_s = None
    if stream.duration is not None and stream.time_base is not None:
        length_s = stream.duration * _fraction(stream.time_base)
    elif container.duration is not None:
        length_s = Fraction(container.duration, av.time_base)
    frames = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
    rate = _fraction(stream.average_rate or stream.guessed_rate or Fraction(0))
    if length_s and (stream.codec_context.name == "gif" or not rate):  # FFmpeg's guess for a GIF is off
        rate = Fraction(frames) / length_s
    return frames, rate, None if length_s is None else float(length_s)


def _fraction(ratio: Any) -> Fraction:
    """A ratio of PyAV, which since version 19 is of a type of its own, as Python's."""
    return Fraction(ratio.numerator, ratio.denominator)
