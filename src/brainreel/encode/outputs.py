"""Which encoder an output's name asks for."""

from fractions import Fraction
from pathlib import Path

from brainreel.encode.codecs import CODECS
from brainreel.encode.encoder import Encoder
from brainreel.encode.gif import Gif
from brainreel.encode.pictures import KINDS, PictureKind
from brainreel.encode.sequence import NUMBERED, Sequenced
from brainreel.encode.video import Video
from brainreel.errors import InputError, UsageError

KNOWN = (
    "name.mp4 (H.264; --codec h265 or av1), name.webm (VP9), name.mov (ProRes), name.wmv, name.gif, "
    "name_%05d.png or .tif (numbered pictures), a name without a suffix (a folder of pictures)"
)

DEFAULTS = {".mp4": "h264", ".webm": "vp9", ".mov": "prores", ".wmv": "wmv2"}
"""Codecs by suffix."""


def encoder_for(
    output: Path,
    size: tuple[int, int],
    fps: Fraction,
    *,
    codec: str | None = None,
    quality: str | None = None,
    alpha: bool = False,
) -> Encoder:
    """The encoder for `output` by the form of its name, for pictures of `size` (width, height), transparent or not.

    `codec` is a name of CODECS, `gif`, or of KINDS, `quality` a word or number of its scale. Raises InputError where
    these do not go together; whether the output can be written is for `Encoder.check`.
    """
    suffix = output.suffix.lower()
    allowed = _allowed(output)
    if codec is not None and codec not in allowed:
        known = [*CODECS, "gif", *KINDS]
        remedy = f"choose {' or '.join(allowed)}" if codec in known else f"known: {', '.join(known)}"
        raise UsageError(f"--codec {codec}: {output.name} cannot hold it; {remedy}")
    codec = codec or (DEFAULTS.get(suffix) if not (alpha and suffix == ".mov") else "prores4444") or allowed[0]
    if codec in CODECS:
        return Video(size, fps, codec, suffix, quality, alpha)
    if codec == "gif":
        if quality is not None:
            raise UsageError(f"--quality {quality}: a GIF has one quality; leave it out, or choose a smaller --size")
        if alpha:
            raise InputError("background transparent: GIF keeps no soft edges; write .mov, or give it a colour")
        return Gif(size, fps)
    return Sequenced(size, PictureKind(codec, quality, alpha))


def _allowed(output: Path) -> list[str]:
    """Codecs that the name can hold."""
    suffix = output.suffix.lower()
    if suffix == ".gif":
        return ["gif"]
    if videos := [name for name, row in CODECS.items() if suffix in row.suffixes]:
        return videos
    pictures = [name for name, suffixes in KINDS.items() if suffix in suffixes]
    if NUMBERED.fullmatch(output.name):
        return pictures
    if not suffix:
        return [name for name in KINDS if name != "jpeg"]
    if pictures and "jpeg" not in pictures:
        raise UsageError(f"{output}: a movie has many pictures; write {output.stem}_%05d{suffix}, or {output.stem}.mp4")
    raise UsageError(f"{output}: movies do not end in {output.suffix}; known: {KNOWN}")
