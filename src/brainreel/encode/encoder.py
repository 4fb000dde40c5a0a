"""What an encoder is: frozen settings that write segments and join them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import BrainreelError
from brainreel.work import Cancelled, never

Image = NDArray[np.uint8 | np.uint16]
"""(height, width, 3), display-space RGB, or (height, width, 4) with straight alpha, row 0 on top."""

Metadata = Mapping[str, Any]
"""What JSON can hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished segment file and the film's frames that it holds."""

    path: Path
    frames: range


class Sink(Protocol):
    """A segment being written; `close` or `abandon` ends it."""

    def write(self, image: Image) -> None:
        """Append one picture."""
        ...

    def close(self) -> None:
        """Write what is still held back and finish the file's content."""
        ...

    def abandon(self) -> None:
        """Let go of everything; the file's content means nothing."""
        ...


class Encoder(Protocol):
    """How pictures become a file. A segment's bytes depend on `identity()` and its pictures alone."""

    @property
    def suffix(self) -> str:
        """Of a segment's file."""
        ...

    @property
    def bits(self) -> int:
        """8, or 16 where more than 8 of a picture's channels are kept, so that pictures should have them."""
        ...

    @property
    def segment_frames(self) -> int:
        """Pictures a segment, about a second of them."""
        ...

    @property
    def segments_at_once(self) -> int:
        """How many may be open in one process."""
        ...

    def identity(self) -> str:
        """Settings and library versions, everything that changes a segment's bytes except its pictures."""
        ...

    def check(self, output: Path) -> None:
        """Raise InputError where `output` could not be written."""
        ...

    def open(self, file: BinaryIO) -> Sink:
        """Begin a segment in `file`, which can seek."""
        ...

    def join(
        self, parts: Sequence[Part], output: Path, scratch: Path, metadata: Metadata, cancelled: Cancelled = never
    ) -> None:
        """Make `output` of `parts` in their order, without re-encoding, and verify that no picture is missing.

        `scratch` is a folder on `output`'s file system. Nothing stands under the final name before it is whole.
        """
        ...


def fitting(image: Image, size: tuple[int, int], alpha: bool, bits: int) -> Image:
    """`image` with `bits` a channel, 8 widened to 16; BrainreelError where it is not of `size` or too deep."""
    width, height = size
    if image.shape != (height, width, 4 if alpha else 3):
        wanted = f"{width}x{height}{' with alpha' if alpha else ''}"
        raise BrainreelError(f"a picture of shape {image.shape} came for a movie of {wanted}")
    if image.itemsize * 8 > bits:
        raise BrainreelError(f"a picture of {image.dtype} came for a movie of {bits} bits a channel")
    return image if image.itemsize * 8 == bits else image * np.uint16(257)
