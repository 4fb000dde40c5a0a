"""RGB to BT.709 as video has it: limited range, 4:2:0, rounded correctly."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from brainreel.encode.encoder import Image

BT709 = 1
"""Its number for primaries, transfer and matrix alike (ITU-T H.273), and swscale's for the matrix."""

LIMITED, FULL = 1, 2
"""Ranges, as FFmpeg numbers them: black to white is 16 to 235, or 0 to 255."""

SCALING = 0x4 | 0x4000 | 0x40000
"""swscale's bicubic, full chroma input, accurate rounding: within 0.5 of the exact value of flat colours; without
the last up to 0.9, at the same speed (3.7 ms at 1920x1080)."""

ONE_THREAD: dict[str, Any] = {"threads": 1} if int(av.__version__.partition(".")[0]) >= 17 else {}
"""PyAV's scaler starts a thread for each core unless told otherwise, since its version 17; before it had only one."""


class Yuv:
    """Converts pictures of one size; keeps the scaler's tables between them. One thread at a time."""

    def __init__(self, fps: Fraction) -> None:
        self._time_base = 1 / fps
        self._scaler = VideoReformatter()

    def frame(self, image: Image, index: int) -> av.VideoFrame:
        """`image` (h, w, 3) uint8 RGB as a tagged yuv420p frame shown at `index` / fps."""
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame = self._scaler.reformat(
            rgb,
            format="yuv420p",
            dst_colorspace=BT709,
            src_color_range=FULL,
            dst_color_range=LIMITED,
            interpolation=SCALING,
            **ONE_THREAD,
        )
        frame.pts, frame.time_base = index, self._time_base
        return frame
