"""PNG pictures: a numbered sequence in place of a movie, and stills."""

import io
import logging
import re
import shutil
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import PIL
from PIL import Image as Pictures

from brainreel.encode.encoder import Image, Metadata, Part
from brainreel.encode.metadata import pack
from brainreel.errors import BrainreelError, InputError
from brainreel.work import Cancelled, check_writable, disk_errors, flush, never, replacing, stop_if

log = logging.getLogger(__name__)

NUMBERED = re.compile(r"[^%]*%(0\d)?d[^%]*\.png", re.IGNORECASE)
IN_FOLDER = "frame_%05d.png"
HEADER_BYTES = 33
"""The signature and the chunk IHDR, after which a comment may stand."""

LEVEL = 4
"""Of zlib: 93 ms and 621 kB for a volume at 1920x1080; 6, Pillow's own, takes 171 ms and 634 kB."""


@dataclass(frozen=True, slots=True)
class PngSequence:
    """A picture a frame, numbered as the film's frames are. A segment is one picture, without its comment.

    The output is a folder (a name without a suffix), which then holds frame_00000.png and so on, or a name such as
    pic_%05d.png.
    """

    size: tuple[int, int]

    @property
    def suffix(self) -> str:
        """Segments are pictures already."""
        return ".png"

    @property
    def segment_frames(self) -> int:
        """One: equal pictures are made once, and each is kept as soon as it is there."""
        return 1

    @property
    def segments_at_once(self) -> int:
        """Two: one is compressed while the next is drawn."""
        return 2

    def identity(self) -> str:
        """The level of compression and the version of Pillow."""
        return f"png {self.size} level {LEVEL} pillow {PIL.__version__}"

    def check(self, output: Path) -> None:
        """See Encoder."""
        if output.suffix:
            check_writable(output)
        elif output.is_dir():
            check_writable(output / IN_FOLDER)
        elif output.exists():
            raise InputError(f"{output}: is a file; a name without a suffix means a folder of PNGs, choose another")
        else:
            check_writable(output)

    def open(self, file: BinaryIO) -> "PngSegment":
        """See Encoder."""
        return PngSegment(self, file)

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """See Encoder. Pictures of a folder that was there before are replaced, its other files stay."""
        comment = pack(metadata)
        folder, pattern = (output.parent, output.name) if output.suffix else (output, IN_FOLDER)
        staged = scratch / "joined"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            with disk_errors(output):
                staged.mkdir()
                for part in parts:
                    stop_if(cancelled)
                    _stage(part, staged, pattern, comment)
                _move(staged, folder)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        _warn_of_others(folder, pattern, {pattern % index for part in parts for index in part.frames})


class PngSegment:
    """One picture on its way into a file."""

    def __init__(self, settings: PngSequence, file: BinaryIO) -> None:
        self._settings = settings
        self._file = file

    def write(self, image: Image) -> None:
        """See Sink."""
        width, height = self._settings.size
        if image.shape != (height, width, 3):
            raise BrainreelError(f"a picture of shape {image.shape} came for pictures of {width}x{height}")
        Pictures.fromarray(image).save(self._file, "PNG", compress_level=LEVEL)

    def close(self) -> None:
        """See Sink; all is written."""

    def abandon(self) -> None:
        """See Sink; nothing is held."""


def write_still(path: Path, image: Image, metadata: Metadata) -> None:
    """Write `image` (h, w, 3) as the PNG `path`, whole or not at all, with `metadata` in its comment."""
    if path.suffix.lower() != ".png":
        raise InputError(f"{path}: a still is a PNG; name it {path.with_suffix('.png').name}")
    check_writable(path)
    content = io.BytesIO()
    Pictures.fromarray(image).save(content, "PNG", compress_level=LEVEL)
    with replacing(path) as written:
        written.write_bytes(_with_comment(content.getvalue(), pack(metadata)))


def _stage(part: Part, staged: Path, pattern: str, comment: str) -> None:
    picture = _with_comment(part.path.read_bytes(), comment)
    for index in part.frames:
        path = staged / (pattern % index)
        path.write_bytes(picture)
        flush(path)


def _move(staged: Path, folder: Path) -> None:
    """At once where the folder is new, else picture by picture."""
    if folder.exists():
        for path in sorted(staged.iterdir()):
            path.replace(folder / path.name)
    else:
        staged.rename(folder)
        folder = folder.parent
    flush(folder)


def _warn_of_others(folder: Path, pattern: str, written: set[str]) -> None:
    before, after = re.split(r"%(?:0\d)?d", pattern)
    names = {path.name for path in folder.iterdir()} - written
    others = [name for name in names if name.startswith(before) and name.endswith(after)]
    if others:
        log.warning("%s also holds %d other pictures, such as %s", folder, len(others), min(others))


def _with_comment(png: bytes, comment: str) -> bytes:
    """The same picture with a chunk tEXt after its header (PNG specification, 11.3.3.2)."""
    chunk = b"tEXt" + b"Comment\0" + comment.encode("ascii")
    checksum = struct.pack(">I", zlib.crc32(chunk))
    return png[:HEADER_BYTES] + struct.pack(">I", len(chunk) - 4) + chunk + checksum + png[HEADER_BYTES:]
