"""Logos of a scene: their content's digests."""

import hashlib
from pathlib import Path

from brainreel.data.facts import ImageFacts
from brainreel.errors import FormatError
from brainreel.scene import Scene
from brainreel.scene.overlays import Image
from brainreel.scene.views import overlays_of


def image_facts(scene: Scene) -> dict[str, ImageFacts]:
    """Facts of the picture files that the scene's overlays show, by asset key; each is opened.

    Raises FormatError where one is not there, or is no picture.
    """
    folder = scene.path.parent if scene.path else None
    found = {}
    for path, overlay in overlays_of(scene):
        if isinstance(overlay, Image):
            origin = scene.place((*path, "image"))
            (name,) = overlay.image.located(folder, origin).paths
            key = ".".join(map(str, (*path, "image")))
            found[key] = ImageFacts(str(Path(name).absolute()), _digest(Path(name), origin))
    return found


def _digest(path: Path, origin: str) -> str:
    from PIL import Image as Picture

    try:
        content = path.read_bytes()
        with Picture.open(path) as picture:
            picture.verify()
    except OSError as error:  # Pillow's own errors of unknown and broken pictures are among them
        if error.strerror:
            raise FormatError(f"{origin}: {path} cannot be read: {error.strerror}") from None
        raise FormatError(f"{origin}: {path} is no picture; a logo is PNG, JPEG, TIFF or WebP") from None
    except (SyntaxError, ValueError):
        raise FormatError(f"{origin}: {path} is a broken picture; save it again as PNG") from None
    return hashlib.blake2b(content, digest_size=16).hexdigest()
