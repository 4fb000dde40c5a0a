"""Which encoder an output's name asks for."""

from fractions import Fraction
from pathlib import Path

from brainreel.encode.encoder import Encoder
from brainreel.encode.h264 import H264
from brainreel.encode.png import NUMBERED, PngSequence
from brainreel.errors import UsageError

KNOWN = "name.mp4 (H.264 movie), name_%05d.png (numbered pictures), a name without a suffix (a folder of pictures)"


def encoder_for(output: Path, size: tuple[int, int], fps: Fraction) -> Encoder:
    """The encoder for `output` by the form of its name alone, for pictures of `size` (width, height).

    Raises InputError where the name, or the size, cannot be; whether it can be written is for `Encoder.check`.
    """
    suffix = output.suffix.lower()
    if suffix == ".mp4":
        return H264(size, fps)
    if NUMBERED.fullmatch(output.name) or not suffix:
        return PngSequence(size)
    if suffix == ".png":
        raise UsageError(f"{output}: a movie has many pictures; write {output.stem}_%05d.png, or {output.stem}.mp4")
    raise UsageError(f"{output}: movies do not end in {output.suffix}; known: {KNOWN}")
