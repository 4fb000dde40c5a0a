"""Movies by the codecs that FFmpeg brings: one class for all rows of the table."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, cast

import av
import av.error
from av.video.stream import VideoStream

from brainreel.encode.codecs import CODECS, Codec, present, quality_number
from brainreel.encode.colour import BT601, BT709, LIMITED, Yuv
from brainreel.encode.encoder import Image, Metadata, Part, fitting
from brainreel.encode.joining import CONTAINERS, join_segments
from brainreel.encode.metadata import pack
from brainreel.errors import InputError, UsageError
from brainreel.work import Cancelled, check_writable, never, replacing

LARGEST_FPS_TERM = 2**31 - 1
"""mp4 keeps the time scale in 32 bits."""

THREADS_SHARE = "SLICE"
"""What an encoder's threads divide among them: a picture, not several at once (PyAV's default, part of the bits)."""

MACROBLOCK_PX, MACROBLOCKS_AT_ONCE = 16, 8
"""x264 spreads its macroblock tree along a row by this many at once where there is AVX-512, and does not mask what lies
behind the row's end: other widths take what memory held, and one picture in some thousand movies is coded otherwise.
There the tree stays away, for a tenth more bytes at equal dB (decisions/0003)."""


@dataclass(frozen=True, slots=True)
class Video:
    """A movie of pictures (width, height) of `size` in a container named by its `suffix`.

    `codec` is a name of CODECS; `quality` a word or a number of its scale; `alpha` keeps transparency, straight.
    Raises InputError where codec, container, quality, size, rate and alpha do not go together.
    """

    size: tuple[int, int]
    fps: Fraction
    codec: str = "h264"
    suffix: str = ".mp4"
    quality: str | None = None
    alpha: bool = False

    def __post_init__(self) -> None:
        row = present(self.codec)
        if self.suffix not in row.suffixes:
            raise UsageError(f"--codec {self.codec}: {row.title} goes into {' or '.join(row.suffixes)}")
        if self.alpha and row.alpha_layout is None:
            raise InputError(
                f"background transparent: {row.title} keeps no transparency; write .mov (ProRes 4444) or "
                "name_%05d.png, or give movie.background a colour"
            )
        _check_size(self.size, row)
        if not self.fps > 0 or max(self.fps.numerator, self.fps.denominator) > LARGEST_FPS_TERM:
            raise InputError(f"fps {self.fps}: frames a second are positive, such as 30 or 30000/1001")
        quality_number(row, self.quality)

    @property
    def row(self) -> Codec:
        """The codec's settings."""
        return CODECS[self.codec]

    @property
    def bits(self) -> int:
        """See Encoder: 16 where the codec keeps more than 8."""
        return self.row.bits

    @property
    def segment_frames(self) -> int:
        """A second; at least 8 frames where they come slowly, at most 250 where fast."""
        return min(max(round(self.fps), 8), 250)

    @property
    def segments_at_once(self) -> int:
        """One: an encoder at 1920x1080 holds 100 MB and more."""
        return 1

    @property
    def layout(self) -> str:
        """FFmpeg's pixel format."""
        return (self.row.alpha_layout if self.alpha else None) or self.row.layout

    @property
    def options(self) -> Mapping[str, str]:
        """What the library is told."""
        options = {**self.row.options, "g": str(self.segment_frames)}
        if self.row.library == "libx264" and -(-self.size[0] // MACROBLOCK_PX) % MACROBLOCKS_AT_ONCE:
            options["mbtree"] = "0"
        number = quality_number(self.row, self.quality)
        if self.row.scale is not None and number is not None:
            options |= dict.fromkeys(self.row.scale.options, str(number))
        return options

    def identity(self) -> str:
        """Settings, and the versions of PyAV and FFmpeg's libraries (PyAV's wheels fix those of the codecs)."""
        row = self.row
        how = (self.codec, self.suffix, self.size, str(self.fps), self.layout, dict(self.options), row.tagged, row.tag)
        threads = (row.threads, THREADS_SHARE)
        return f"{how} {threads} av {av.__version__} {sorted(av.library_versions.items())}"

    def check(self, output: Path) -> None:
        """See Encoder."""
        check_writable(output)

    def open(self, file: BinaryIO) -> "VideoSegment":
        """See Encoder."""
        return VideoSegment(self, file)

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """See Encoder."""
        container = CONTAINERS[self.suffix]
        with replacing(output, scratch) as written:
            comment = pack(metadata, container.comment_characters)
            join_segments(parts, written, container, self.fps, comment, cancelled)


class VideoSegment:
    """One closed group of pictures being encoded: its first needs no other, none refers outside."""

    def __init__(self, settings: Video, file: BinaryIO) -> None:
        self._settings = settings
        row = settings.row
        os.environ.setdefault("SVT_LOG", "1")  # errors only; SVT-AV1 has no other way to be quiet
        container = CONTAINERS[settings.suffix]
        self._container = av.open(file, "w", format=container.muxer, options={"fflags": "+bitexact"})
        stream = self._container.add_stream(row.library, rate=settings.fps, options=dict(settings.options))
        self._stream = cast("VideoStream", stream)
        self._stream.width, self._stream.height = settings.size
        self._stream.pix_fmt = settings.layout
        self._stream.thread_count, self._stream.thread_type = row.threads, THREADS_SHARE
        context = self._stream.codec_context
        if row.tag:
            context.codec_tag = row.tag
        if row.tagged:
            context.color_range = LIMITED
            context.color_primaries = context.color_trc = context.colorspace = BT709
        self._yuv = Yuv(settings.fps, settings.layout, BT709 if row.tagged else BT601)
        self._count = 0

    def write(self, image: Image) -> None:
        """See Sink."""
        settings = self._settings
        fitted = fitting(image, settings.size, settings.alpha, settings.bits)
        self._container.mux(self._stream.encode(self._yuv.frame(fitted, self._count)))
        self._count += 1

    def close(self) -> None:
        """See Sink."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """See Sink."""
        with suppress(OSError, av.error.FFmpegError):  # the disk may be full; what this writes is thrown away
            self._container.close()


def _check_size(size: tuple[int, int], row: Codec) -> None:
    width, height = size
    if not row.least_px <= min(size) <= max(size) <= row.most_px:
        raise InputError(f"size {width}x{height}: {row.title} takes sides of {row.least_px} to {row.most_px} pixels")
    if width % row.multiple or height % row.multiple:
        even = f"{width + width % 2}x{height + height % 2}"
        other = f"--codec {row.whole}" if row.whole else ".webm"
        raise InputError(f"size {width}x{height}: {row.title} needs even sides; use {even}, {other}, or pictures")
