"""What a finished file says about itself: the scene, fingerprints and versions, as JSON in its comment."""

import base64
import json
import logging
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import av.error
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from brainreel.encode.codecs import CODECS, WORDS
from brainreel.encode.encoder import Metadata
from brainreel.errors import FormatError

log = logging.getLogger(__name__)

KEY = "brainreel"
"""The JSON's one top-level key, so that comments of other programs are not mistaken for ours."""

PACKED = "brainreel-zlib"
"""The key of the same, deflated and in base 64, where a kind of file has little room."""

PICTURES: Mapping[str, type[ImageFile]] = {
    ".png": PngImageFile,
    ".jpg": JpegImageFile,
    ".jpeg": JpegImageFile,
    ".tif": TiffImageFile,
    ".tiff": TiffImageFile,
    ".gif": GifImageFile,
}
"""Pillow's readers by suffix. Called by themselves they read the head alone, so that posters of more pixels than Pillow
decodes give their scene back too."""

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
    about = find_metadata(path)
    if about is None:
        raise FormatError(f"{path}: holds no metadata of brainreel; another program wrote or changed it")
    return about


def find_metadata(path: Path) -> dict[str, Any] | None:
    """The same, None where brainreel wrote nothing; FormatError where `path` is no movie and no picture."""
    if not path.is_file():
        raise FormatError(f"{path}: there is no such file; check the name")
    reader = PICTURES.get(path.suffix.lower())
    comment = _picture_comment(path, reader) if reader else _movie_comment(path)
    try:
        about = json.loads(comment)
        if PACKED in about:
            packed = base64.b85decode(about[PACKED])
            about = json.loads(zlib.decompressobj().decompress(packed, _LARGEST_BYTES))
        return about[KEY] if isinstance(about[KEY], dict) else None
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error):
        return None


def encoding(about: Mapping[str, Any]) -> dict[str, str | int]:
    """How the movie that carries `about` was encoded: the name of its codec, the number and the word of its quality.

    Empty where that is not stated, as in pictures and GIFs; see `Video.identity`, which states it.
    """
    versions = about.get("versions")
    identity = str(versions.get("encoder", "")) if isinstance(versions, dict) else ""
    named = re.match(r"\('([\w-]+)', ", identity)
    if not named or named[1] not in CODECS:
        return {}
    scale = CODECS[named[1]].scale
    if scale is None:
        return {"codec": named[1]}
    stated = re.search(rf"'{scale.options[0]}': '(\d+)'", identity)
    if not stated:
        return {"codec": named[1]}
    number = int(stated[1])
    word = {"quality": WORDS[scale.words.index(number)]} if number in scale.words else {}
    return {"codec": named[1], scale.options[0]: number, **word}


def _movie_comment(path: Path) -> str:
    try:
        with path.open("rb") as file, av.open(file) as movie:
            return next((text for key, text in movie.metadata.items() if key.lower() == "comment"), "")
    except (av.error.FFmpegError, OSError) as error:
        raise FormatError(
            f"{path}: cannot be read as a movie ({error.strerror}); it is damaged or cut off: make or copy it again"
        ) from error


def _picture_comment(path: Path, reader: type[ImageFile]) -> str:
    try:
        with reader(path) as picture:
            if reader is TiffImageFile:
                return str(picture.getexif().get(_TIFF_DESCRIPTION, ""))
            comment = picture.info.get("Comment" if reader is PngImageFile else "comment", "")
            return comment.decode("ascii", "replace") if isinstance(comment, bytes) else comment
    except (OSError, SyntaxError, ValueError) as error:
        raise FormatError(
            f"{path}: cannot be read as {reader.format} ({error}); it is damaged: make or copy it again"
        ) from error
