"""What a finished file says about itself: the scene, fingerprints and versions, as JSON in its comment."""

import base64
import json
import logging
import zlib
from pathlib import Path
from typing import Any

import av
import av.error
from PIL import Image as Pictures

from brainreel.encode.encoder import Metadata
from brainreel.errors import FormatError

log = logging.getLogger(__name__)

KEY = "brainreel"
"""The JSON's one top-level key, so that comments of other programs are not mistaken for ours."""

PACKED = "brainreel-zlib"
"""The key of the same, deflated and in base 64, where a kind of file has little room."""

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".gif": "GIF"}
"""Pillow's names by suffix."""

MOVIES = (".mp4", ".mov", ".webm", ".wmv")
_TIFF_DESCRIPTION = 270
_LARGEST_BYTES = 1 << 26


def pack(metadata: Metadata, most: int | None = None) -> str:
    """The comment's text, in ASCII, so that no container and no path with odd bytes can damage it.

    At most `most` characters: deflated where it is longer, and without the scene, with a warning, where it still is.
    """
    text = json.dumps({KEY: metadata}, sort_keys=True)
    if most is None or len(text) <= most:
        return text
    text = json.dumps({PACKED: base64.b85encode(zlib.compress(text.encode(), 9)).decode()})
    if len(text) <= most:
        return text
    log.warning("the scene is too long for this kind of file, which goes without it; keep it beside the file")
    return json.dumps({KEY: {}})


def read_metadata(path: Path) -> dict[str, Any]:
    """What brainreel wrote into the movie or picture at `path`; FormatError where it wrote nothing."""
    if not path.is_file():
        raise FormatError(f"{path}: there is no such file")
    kind = PICTURES.get(path.suffix.lower())
    comment = _picture_comment(path, kind) if kind else _movie_comment(path)
    try:
        about = json.loads(comment)
        if PACKED in about:
            packed = base64.b85decode(about[PACKED])
            about = json.loads(zlib.decompressobj().decompress(packed, _LARGEST_BYTES))
        return about[KEY]
    except (ValueError, KeyError, TypeError, zlib.error):
        raise FormatError(f"{path}: holds no metadata of brainreel; another program wrote or changed it") from None


def find_metadata(path: Path) -> dict[str, Any] | None:
    """The same, None for pictures of other programs, which may be data; FormatError for movies of others."""
    if path.suffix.lower() in MOVIES or path.suffix.lower() == ".gif":
        return read_metadata(path)
    try:
        return read_metadata(path)
    except FormatError:
        return None


def _movie_comment(path: Path) -> str:
    try:
        with av.open(str(path)) as movie:
            return next((text for key, text in movie.metadata.items() if key.lower() == "comment"), "")
    except av.error.FFmpegError as error:
        raise FormatError(f"{path}: cannot be read as a movie ({error.strerror})") from error


def _picture_comment(path: Path, kind: str) -> str:
    try:
        with Pictures.open(path, formats=[kind]) as picture:
            if kind == "TIFF":
                return str(picture.getexif().get(_TIFF_DESCRIPTION, ""))
            comment = picture.info.get("Comment" if kind == "PNG" else "comment", "")
            return comment.decode("ascii", "replace") if isinstance(comment, bytes) else comment
    except (OSError, SyntaxError) as error:
        raise FormatError(f"{path}: cannot be read as {kind} ({error})") from error
