"""H.264 in mp4, as every player and slide program shows it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.error
from av.codec.codec import Codec

from brainreel.encode.colour import BT709, LIMITED, Yuv
from brainreel.encode.encoder import Image, Metadata, Part
from brainreel.encode.metadata import pack
from brainreel.encode.mp4 import join_segments
from brainreel.errors import BrainreelError, InputError
from brainreel.work import Cancelled, check_writable, never, replacing

LARGEST_PX = 16384
"""The most that x264 takes for a side."""

LARGEST_FPS_TERM = 2**31 - 1
"""mp4 keeps the time scale in 32 bits."""


THREADS_SHARE = "SLICE"
"""What x264's threads divide among them: a picture, not several at once (PyAV's default, and part of the bits)."""


@dataclass(frozen=True, slots=True)
class H264:
    """Settings of libx264. `threads` belongs to the bits it writes, so it is fixed, whatever the machine has.

    Measured on 30 frames of a volume's orbit at 1920x1080, one core, CRF 18: `faster` 44 frames/s, 657 kB, 50.6 dB;
    `medium` 24 frames/s, 653 kB, 50.5 dB; `veryfast` 73 frames/s, 636 kB, 50.1 dB. No B-frames: 5 % more bytes,
    and every picture is shown in the order it is stored, so that joined segments have exact times without edit lists.
    A lookahead of 4 pictures in place of 10: equal bytes and dB, 35 MB less, and little to flush when a segment ends.
    """

    size: tuple[int, int]
    fps: Fraction
    crf: int = 18
    preset: str = "faster"
    threads: int = 4
    lookahead: int = 4

    def __post_init__(self) -> None:
        _check_size(self.size)
        if not self.fps > 0 or max(self.fps.numerator, self.fps.denominator) > LARGEST_FPS_TERM:
            raise InputError(f"fps {self.fps}: frames a second are positive, such as 30 or 30000/1001")
        try:
            Codec("libx264", "w")
        except av.error.FFmpegError as error:
            raise InputError("this PyAV has no libx264; install the wheel (pip install av), or write PNGs") from error

    @property
    def suffix(self) -> str:
        """Segments are small movies of their own."""
        return ".mp4"

    @property
    def segment_frames(self) -> int:
        """A second; at least 8 frames where they come slowly, at most 250 where fast."""
        return min(max(round(self.fps), 8), 250)

    @property
    def segments_at_once(self) -> int:
        """One: an encoder at 1920x1080 holds 100 MB."""
        return 1

    def identity(self) -> str:
        """Settings, and the versions of PyAV and FFmpeg's libraries (PyAV's wheels fix x264's)."""
        libraries = sorted(av.library_versions.items())
        return f"h264 {asdict(self)} {THREADS_SHARE} segment {self.segment_frames} av {av.__version__} {libraries}"

    def check(self, output: Path) -> None:
        """See Encoder."""
        check_writable(output)

    def open(self, file: BinaryIO) -> "H264Segment":
        """See Encoder."""
        return H264Segment(self, file)

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """See Encoder."""
        with replacing(output, scratch) as written:
            join_segments(parts, written, self.fps, pack(metadata), cancelled)


class H264Segment:
    """One closed group of pictures being encoded: its first is an IDR picture, none refers outside."""

    def __init__(self, settings: H264, file: BinaryIO) -> None:
        self._settings = settings
        self._container = av.open(file, "w", format="mp4")
        options = {
            "preset": settings.preset,
            "crf": str(settings.crf),
            "bf": "0",
            "g": str(settings.segment_frames),
            "rc-lookahead": str(settings.lookahead),
        }
        self._stream = self._container.add_stream("libx264", rate=settings.fps, options=options)
        self._stream.width, self._stream.height = settings.size
        self._stream.pix_fmt = "yuv420p"
        self._stream.thread_count, self._stream.thread_type = settings.threads, THREADS_SHARE
        context = self._stream.codec_context
        context.color_range = LIMITED
        context.color_primaries = context.color_trc = context.colorspace = BT709
        self._yuv = Yuv(settings.fps)
        self._count = 0

    def write(self, image: Image) -> None:
        """See Sink."""
        width, height = self._settings.size
        if image.shape != (height, width, 3):
            raise BrainreelError(f"a picture of shape {image.shape} came for a movie of {width}x{height}")
        self._container.mux(self._stream.encode(self._yuv.frame(image, self._count)))
        self._count += 1

    def close(self) -> None:
        """See Sink."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """See Sink."""
        with suppress(OSError, av.error.FFmpegError):  # the disk may be full; what this writes is thrown away
            self._container.close()


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width % 2 or height % 2:
        even = f"{width - width % 2}x{height - height % 2}"
        raise InputError(f"size {width}x{height}: H.264 needs even sides; use {even}, or write PNGs")
    if not 16 <= min(size) <= max(size) <= LARGEST_PX:
        raise InputError(f"size {width}x{height}: H.264 takes sides of 16 to {LARGEST_PX} pixels")
