"""RGB to the colours that video has: limited range, rounded correctly, by BT.709 wherever a file can say so."""

import functools
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

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

LEAST_HALVED_PX = 32
"""Sides of pictures that `kernels.yuv` converts; smaller and odd ones are swscale's, as is all but yuv420p."""

_SOURCES = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}
"""FFmpeg's names by channels and bytes of each."""


_OF_RED_AND_BLUE = {BT709: (0.2126, 0.0722), BT601: (0.299, 0.114)}
"""Their parts of luma, by matrix."""

_ON_FRAMES = {BT709: 1, BT601: 6}
"""What frames call a matrix (ITU-T H.273)."""


class Yuv:
    """Converts pictures of one size; keeps the scaler's tables between them. One thread at a time."""

    def __init__(self, fps: Fraction, layout: str = "yuv420p", matrix: int = BT709) -> None:
        self._time_base = 1 / fps
        self._layout = layout
        self._matrix = matrix
        self._scaler = VideoReformatter()

    def frame(self, image: Image, index: int) -> av.VideoFrame:
        """`image` (h, w, 3 or 4) uint8 or uint16 RGB as a frame in limited range, shown at `index` / fps."""
        frame = self._halved(image) if self._is_usual(image) else self._scaled(image)
        if self._matrix == BT709 and hasattr(frame, "color_trc"):  # ProRes repeats its pictures' own
            frame.color_primaries = frame.color_trc = BT709
        frame.pts, frame.time_base = index, self._time_base
        return frame

    def _is_usual(self, image: Image) -> bool:
        height, width, channels = image.shape
        plain = self._layout == "yuv420p" and channels == 3 and image.itemsize == 1
        return plain and not (height % 2 or width % 2) and min(height, width) >= LEAST_HALVED_PX

    def _halved(self, image: Image) -> av.VideoFrame:
        """By a kernel of our own, in a fifth of swscale's time (0.7 ms at 1920x1080)."""
        from brainreel.kernels.yuv import write_planes  # brings the compiler: only where pictures are coded

        frame = av.VideoFrame(image.shape[1], image.shape[0], self._layout)
        planes = [np.frombuffer(cast("Any", plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
        write_planes(np.ascontiguousarray(image), _weights(self._matrix), *planes)
        frame.colorspace, frame.color_range = _ON_FRAMES[self._matrix], LIMITED
        return frame

    def _scaled(self, image: Image) -> av.VideoFrame:
        source = _SOURCES[image.shape[2], image.itemsize]
        return self._scaler.reformat(
            av.VideoFrame.from_ndarray(cast("Any", np.ascontiguousarray(image)), format=source),
            format=self._layout,
            dst_colorspace=self._matrix,
            src_color_range=FULL,
            dst_color_range=LIMITED,
            interpolation=SCALING,
            **ONE_THREAD,
        )


@functools.cache
def _weights(matrix: int) -> NDArray[np.float32]:
    """(3, 4): what R, G, B and a constant add to luma, U and V of limited range, luma's half of rounding included."""
    red, blue = _OF_RED_AND_BLUE[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    u, v = ((np.array(pure) - luma) / (1 - part) for pure, part in (((0, 0, 1), blue), ((1, 0, 0), red)))
    rows = [[*(luma * 219 / 255), 16.5], [*(u * 112 / 255), 128], [*(v * 112 / 255), 128]]
    return np.array(rows, np.float32)
