"""One picture as a file, for print and for pages."""

from pathlib import Path

from brainreel.encode.encoder import Image, Metadata
from brainreel.encode.pictures import KINDS, PictureKind
from brainreel.errors import UsageError
from brainreel.work import check_writable, replacing


def still_kind(path: Path, codec: str | None = None, quality: str | None = None, alpha: bool = False) -> PictureKind:
    """How the name `path`, or the `codec` of KINDS, asks a still to be written; InputError where that cannot be."""
    suffix = path.suffix.lower()
    fitting = [name for name, suffixes in KINDS.items() if suffix in suffixes]
    if not fitting:
        raise UsageError(f"-o {path}: stills are PNG, TIFF or JPEG; name it {path.stem}.png, .tif or .jpg")
    if codec is not None and codec not in fitting:
        raise UsageError(f"--codec {codec}: {path.name} is written as {' or '.join(fitting)}")
    return PictureKind(codec or fitting[0], quality, alpha)


def write_still(
    path: Path, image: Image, metadata: Metadata, kind: PictureKind | None = None, dpi: float | None = None
) -> None:
    """Write `image` (h, w, 3 or 4) to `path`, whole or not at all, with `metadata` in its comment.

    `kind` None goes by the name; `dpi` are pixels an inch, stated in the file.
    """
    kind = kind or still_kind(path, alpha=image.shape[2] == 4)
    check_writable(path)
    content = kind.encode(image, dpi, metadata)
    with replacing(path) as written:
        written.write_bytes(content)
