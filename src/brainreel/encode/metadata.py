"""What a finished file says about itself: the scene, fingerprints and versions, as JSON in its comment."""

import json
from pathlib import Path
from typing import Any

import av
import av.error
from PIL import Image as Pictures

from brainreel.encode.encoder import Metadata
from brainreel.errors import FormatError

KEY = "brainreel"
"""The JSON's one top-level key, so that comments of other programs are not mistaken for ours."""


def pack(metadata: Metadata) -> str:
    """The comment's text, in ASCII, so that no container and no path with odd bytes can damage it."""
    return json.dumps({KEY: metadata}, sort_keys=True)


def read_metadata(path: Path) -> dict[str, Any]:
    """What brainreel wrote into the movie or picture at `path`; FormatError where it wrote nothing."""
    if not path.is_file():
        raise FormatError(f"{path}: there is no such file")
    comment = _png_comment(path) if path.suffix.lower() == ".png" else _movie_comment(path)
    try:
        return json.loads(comment)[KEY]
    except (ValueError, KeyError, TypeError):
        raise FormatError(f"{path}: holds no metadata of brainreel; another program wrote or changed it") from None


def _movie_comment(path: Path) -> str:
    try:
        with av.open(str(path)) as movie:
            return movie.metadata.get("comment", "")
    except av.error.FFmpegError as error:
        raise FormatError(f"{path}: cannot be read as a movie ({error.strerror})") from error


def _png_comment(path: Path) -> str:
    try:
        with Pictures.open(path, formats=["PNG"]) as picture:
            return picture.info.get("Comment", "")
    except (OSError, SyntaxError) as error:
        raise FormatError(f"{path}: cannot be read as PNG ({error})") from error
