"""Single pictures as files: PNG and TIFF with 8 or 16 bits and alpha, JPEG; density and comment inside them."""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import tifffile
from PIL import Image as Pictures

from brainreel.encode.encoder import Image, Metadata
from brainreel.encode.metadata import pack
from brainreel.errors import InputError, UsageError

PNG_LEVEL = 4
"""Of zlib: 93 ms and 621 kB for a volume at 1920x1080; 6, Pillow's own, takes 171 ms and 634 kB."""

PNG_HEADER_BYTES = 33
"""The signature and the chunk IHDR, after which density and comment may stand."""

JPEG_WORDS = {"draft": 75, "good": 92, "best": 98}
JPEG_MOST_PX = 65500
JPEG_COMMENT_CHARACTERS = 65_000
"""A JPEG's segment counts its bytes in 16 bits."""

INCH_M = 0.0254

KINDS = {
    "png": (".png",),
    "png16": (".png",),
    "tiff": (".tif", ".tiff"),
    "tiff16": (".tif", ".tiff"),
    "jpeg": (".jpg", ".jpeg"),
}
"""Suffixes by the names that `--codec` takes; the first of a suffix is meant where none is given."""


@dataclass(frozen=True, slots=True)
class PictureKind:
    """A name of KINDS, with what `--quality` says and whether pictures are transparent.

    Raises InputError where the three do not go together.
    """

    name: str
    quality: str | None = None
    alpha: bool = False

    def __post_init__(self) -> None:
        if self.name != "jpeg":
            if self.quality is not None:
                raise UsageError(f"--quality {self.quality}: {self.title} keeps every bit; leave it out")
            return
        if self.alpha:
            raise InputError(
                "background transparent: JPEG keeps no transparency; write PNG, or give movie.background a colour"
            )
        if self.quality is not None and self.quality not in JPEG_WORDS and self._number() is None:
            raise UsageError(f"--quality {self.quality}: JPEG takes draft, good, best, or 1 to 100 (best)")

    @property
    def title(self) -> str:
        """As people call it."""
        return self.name.rstrip("16").upper()

    @property
    def bits(self) -> int:
        """Of each channel."""
        return 16 if self.name.endswith("16") else 8

    @property
    def jpeg_quality(self) -> int:
        """From 1 to 100."""
        return JPEG_WORDS.get(self.quality or "good") or self._number() or 0

    def _number(self) -> int | None:
        text = self.quality or ""
        return int(text) if text.isdecimal() and 1 <= int(text) <= 100 else None

    def encode(self, image: Image, dpi: float | None = None, metadata: Metadata | None = None) -> bytes:
        """The file of `image` (h, w, 3 or 4), with its density in pixels an inch and its metadata."""
        if self.title == "TIFF":
            return _tiff(image, dpi, pack(metadata or {}))
        if self.title == "JPEG":
            return _jpeg(image, self.jpeg_quality, dpi, metadata)
        png = _png16(image) if self.bits == 16 else _png8(image)
        density = png_density(dpi) if dpi else b""
        return with_png_chunks(png, density + (png_comment(pack(metadata)) if metadata is not None else b""))


def _png8(image: Image) -> bytes:
    content = io.BytesIO()
    Pictures.fromarray(image).save(content, "PNG", compress_level=PNG_LEVEL)
    return content.getvalue()


def _png16(image: Image) -> bytes:
    """16 bits a channel, in colour, which Pillow cannot; each row as its difference to the one above (filter 2)."""
    height, width, channels = image.shape
    rows = np.ascontiguousarray(image, ">u2").view(np.uint8).reshape(height, -1)
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    color_type = 6 if channels == 4 else 2
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    data = zlib.compress(filtered.tobytes(), PNG_LEVEL)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_comment(comment: str) -> bytes:
    """A chunk tEXt (PNG specification, 11.3.3.2)."""
    return _chunk(b"tEXt", b"Comment\0" + comment.encode("ascii"))


def png_density(dpi: float) -> bytes:
    """A chunk pHYs: pixels a metre, both ways (PNG specification, 11.3.4.3)."""
    a_metre = round(dpi / INCH_M)
    return _chunk(b"pHYs", struct.pack(">IIB", a_metre, a_metre, 1))


def with_png_chunks(png: bytes, chunks: bytes) -> bytes:
    """The same picture with `chunks` after its header."""
    return png[:PNG_HEADER_BYTES] + chunks + png[PNG_HEADER_BYTES:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _tiff(image: Image, dpi: float | None, comment: str) -> bytes:
    """Deflated; alpha unassociated, that is straight."""
    content = io.BytesIO()
    tifffile.imwrite(
        content,
        np.ascontiguousarray(image),
        photometric="rgb",
        extrasamples=["unassalpha"] if image.shape[2] == 4 else None,
        compression="zlib",
        predictor=True,
        resolution=(dpi, dpi) if dpi else None,
        resolutionunit="INCH" if dpi else None,
        description=comment,
        metadata=None,
        software="brainreel",
    )
    return content.getvalue()


def _jpeg(image: Image, quality: int, dpi: float | None, metadata: Metadata | None) -> bytes:
    """Colour at full resolution, so that fine lines keep theirs."""
    content = io.BytesIO()
    about = {"comment": pack(metadata, JPEG_COMMENT_CHARACTERS)} if metadata is not None else {}
    density = {"dpi": (dpi, dpi)} if dpi else {}
    if max(image.shape[:2]) > JPEG_MOST_PX:
        raise InputError(f"size {image.shape[1]}x{image.shape[0]}: JPEG takes sides up to {JPEG_MOST_PX}; write PNG")
    Pictures.fromarray(image).save(content, "JPEG", quality=quality, subsampling=0, **density, **about)
    return content.getvalue()
