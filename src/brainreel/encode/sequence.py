"""A numbered sequence of pictures in place of a movie."""

import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import PIL
import tifffile

from brainreel.encode.encoder import Image, Metadata, Part, fitting
from brainreel.encode.metadata import pack
from brainreel.encode.pictures import KINDS, PNG_LEVEL, PictureKind, png_comment, with_png_chunks
from brainreel.errors import InputError
from brainreel.work import Cancelled, check_writable, disk_errors, flush, never, stop_if

log = logging.getLogger(__name__)

PNG = PictureKind("png")
NUMBERED = re.compile(r"[^%]*%(0\d)?d[^%]*\.(png|tiff?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A picture a frame, numbered as the film's frames are. A segment is one picture, without its comment.

    `kind` is a PNG or a TIFF. The output is a folder (a name without a suffix), which then holds frame_00000.png and so
    on, or a name such as pic_%05d.png.
    """

    size: tuple[int, int]
    kind: PictureKind = PNG

    @property
    def suffix(self) -> str:
        """Segments are pictures already."""
        return KINDS[self.kind.name][0]

    @property
    def bits(self) -> int:
        """See Encoder."""
        return self.kind.bits

    @property
    def segment_frames(self) -> int:
        """One: equal pictures are made once, and each is kept as soon as it is there."""
        return 1

    @property
    def segments_at_once(self) -> int:
        """Two: one is compressed while the next is drawn."""
        return 2

    def identity(self) -> str:
        """The kind, the level of compression and the versions of the libraries that write."""
        versions = f"pillow {PIL.__version__} tifffile {version('tifffile')}"
        return f"{self.kind} {self.size} level {PNG_LEVEL} {versions}"

    def check(self, output: Path) -> None:
        """See Encoder."""
        if output.suffix:
            check_writable(output)
        elif output.is_dir():
            check_writable(output / self._in_folder)
        elif output.exists():
            raise InputError(f"{output}: is a file; a name without a suffix means a folder of pictures, choose another")
        else:
            check_writable(output)

    def open(self, file: BinaryIO) -> "PictureSegment":
        """See Encoder."""
        return PictureSegment(self.kind, self.size, file)

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """See Encoder. Pictures of a folder that was there before are replaced, its other files stay."""
        comment = pack(metadata)
        folder, pattern = (output.parent, output.name) if output.suffix else (output, self._in_folder)
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

    @property
    def _in_folder(self) -> str:
        return f"frame_%05d{self.suffix}"


class PictureSegment:
    """One picture on its way into a file."""

    def __init__(self, kind: PictureKind, size: tuple[int, int], file: BinaryIO) -> None:
        self._kind, self._size, self._file = kind, size, file

    def write(self, image: Image) -> None:
        """See Sink."""
        self._file.write(self._kind.encode(fitting(image, self._size, self._kind.alpha, self._kind.bits)))

    def close(self) -> None:
        """See Sink; all is written."""

    def abandon(self) -> None:
        """See Sink; nothing is held."""


def _stage(part: Part, staged: Path, pattern: str, comment: str) -> None:
    picture = part.path.read_bytes()
    is_png = part.path.suffix == ".png"
    if is_png:
        picture = with_png_chunks(picture, png_comment(comment))
    for index in part.frames:
        path = staged / (pattern % index)
        path.write_bytes(picture)
        if not is_png:
            tifffile.tiffcomment(path, comment)
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
