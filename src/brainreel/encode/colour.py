"""RGB to the colours that video has: limited range, rounded correctly, by BT.709 wherever a file can say so."""

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from brainreel.encode.encoder import Image

BT709 = 1
"""Its number for primaries, transfer and matrix alike (ITU-T H.273), and swscale's for the matrix."""

BT601 = 5
"""swscale's number for the matrix that players take where a file does not say one."""

LIMITED, FULL = 1, 2
"""Ranges, as FFmpeg numbers them: black to white is 16 to 235, or 0 to 255."""

SCALING = 0x4 | 0x4000 | 0x40000
"""swscale's bicubic, full chroma input, accurate rounding: within 0.5 of the exact value of flat colours; without
the last up to 0.9, at the same speed (3.7 ms at 1920x1080)."""

ONE_THREAD: dict[str, Any] = {"threads": 1} if int(av.__version__.partition(".")[0]) >= 17 else {}
"""PyAV's scaler starts a thread for each core unless told otherwise, since its version 17, and with several its colours
at slices' edges differ from run to run; before it had only one."""

_SOURCES = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}
"""FFmpeg's names by channels and bytes of each."""


class Yuv:
    """Converts pictures of one size; keeps the scaler's tables between them. One thread at a time."""

    def __init__(self, fps: Fraction, layout: str = "yuv420p", matrix: int = BT709) -> None:
        self._time_base = 1 / fps
        self._layout = layout
        self._matrix = matrix
        self._scaler = VideoReformatter()

    def frame(self, image: Image, index: int) -> av.VideoFrame:
        """`image` (h, w, 3 or 4) uint8 or uint16 RGB as a frame in limited range, shown at `index` / fps."""
        source = _SOURCES[image.shape[2], image.itemsize]
        frame = self._scaler.reformat(
            av.VideoFrame.from_ndarray(cast("Any", np.ascontiguousarray(image)), format=source),
            format=self._layout,
            dst_colorspace=self._matrix,
            src_color_range=FULL,
            dst_color_range=LIMITED,
            interpolation=SCALING,
            **ONE_THREAD,
        )
        if self._matrix == BT709 and hasattr(frame, "color_trc"):  # ProRes repeats its pictures' own
            frame.color_primaries = frame.color_trc = BT709
        frame.pts, frame.time_base = index, self._time_base
        return frame
