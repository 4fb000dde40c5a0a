"""Logos: pictures from files, with their alpha."""

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from brainreel.errors import SceneError
from brainreel.render.overlays.stamps import Stamp
from brainreel.timeline.frame import ImageOverlay


def image_stamp(overlay: ImageOverlay, height: int) -> Stamp:
    """The logo at its size on a picture of `height` pixels.

    Raises SceneError where the file cannot be read, is no picture or has changed since the film was made of it.
    """
    return _scaled(overlay.path, overlay.digest, max(1, round(overlay.size * height)))


@lru_cache(maxsize=16)
def _scaled(path: str, digest: str, height_px: int) -> Stamp:
    """Scaled with its colours weighted by alpha, so that what lies under transparent pixels does not bleed."""
    straight = _loaded(path, digest)
    width_px = max(1, round(height_px * straight.shape[1] / straight.shape[0]))
    alpha = straight[..., 3]
    planes = [straight[..., channel] * alpha for channel in range(3)] + [alpha]
    size, sampling = (width_px, height_px), Image.Resampling.LANCZOS
    resized = [np.asarray(Image.fromarray(plane).resize(size, sampling)) for plane in planes]
    cover = np.clip(resized[3], 0, 1)
    color = np.stack(resized[:3], -1) / np.maximum(cover, 1e-6)[..., None]
    return Stamp(np.clip(color, 0, 1).astype(np.float32), cover)


@lru_cache(maxsize=4)
def _loaded(path: str, digest: str) -> np.ndarray:
    """RGBA (h, w, 4) float32 in 0..1."""
    try:
        content = Path(path).read_bytes()
        if hashlib.blake2b(content, digest_size=16).hexdigest() != digest:
            raise SceneError(f"{path}: has changed since the movie was begun; start again")
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"), np.float32) / 255
    except UnidentifiedImageError:
        raise SceneError(f"{path}: is no picture; a logo is PNG, JPEG, TIFF or WebP") from None
    except OSError as error:
        raise SceneError(f"{path}: cannot be read: {error.strerror or error}") from None
