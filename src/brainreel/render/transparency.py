"""Transparent pictures, from the same picture over black and over white: what differs is what shines through.

So whatever lies in a picture (surfaces, volumes, overlays, fades) need not know of alpha.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.timeline.frame import Frame
from brainreel.timeline.looks import Color

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def before(frame: Frame, background: Color) -> Frame:
    """The frame, and the one that it dissolves into, before `background`."""
    over = frame.dissolve and (before(frame.dissolve[0], background), frame.dissolve[1])
    return replace(frame, background=background, dissolve=over, transparent=False)


def straight(on_black: NDArray, on_white: NDArray) -> NDArray:
    """(h, w, 4) with straight alpha, of the same whole-numbered type as the two pictures (h, w, 3).

    Over any background it gives the picture drawn over it, to a step: light = on_black, light + (1 - alpha) = on_white.
    """
    full = np.float32(np.iinfo(on_black.dtype).max)
    through = (on_white.astype(np.float32) - on_black).mean(-1)
    alpha = np.clip(np.rint(full - through), 0, full)
    out = np.empty((*alpha.shape, 4), on_black.dtype)
    scale = full / np.maximum(alpha, 1)
    out[..., :3] = np.minimum(np.rint(on_black * scale[..., None]), full)
    out[..., 3] = alpha
    out[alpha == 0] = 0
    return out
