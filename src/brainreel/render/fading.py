"""A whole picture fading into its background."""

import numpy as np
from numpy.typing import NDArray

from brainreel.timeline.looks import Color


def fade_out(image: NDArray, background: Color, amount: float) -> None:
    """Take `image` (h, w, 3), integers or floats in 0..1, by `amount` (0..1) towards `background`, in place.

    One with straight alpha (h, w, 4) has no background: it becomes transparent.
    """
    if amount <= 0:
        return
    is_whole = np.issubdtype(image.dtype, np.integer)
    scale = np.iinfo(image.dtype).max if is_whole else 1
    changing = image[..., 3:] if image.shape[2] == 4 else image
    target = 0.0 if image.shape[2] == 4 else np.asarray(background) * scale * amount
    faded = changing * (1 - amount) + target
    changing[:] = np.rint(faded) if is_whole else faded


def dissolve(image: NDArray, over: NDArray, part: float) -> None:
    """Lay `part` (0..1) of `over` over `image`, in place; both of one shape and type."""
    mixed = image * np.float32(1 - part) + over * np.float32(part)
    image[:] = np.rint(mixed)
