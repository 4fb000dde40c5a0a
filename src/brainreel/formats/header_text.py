"""What headers of text share: numbers, letters of orientation, and the names of the files that hold the voxels."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.blocks import Blocks, HeldBlocks, JoinedBlocks
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.space import LENGTHS_MM, TIMES_S

_MOST_HEADER_BYTES = 1 << 26
_MOST_AXES = 16
LARGEST = 1e30
"""More than any length or time is; its square is still a number."""

_PATTERN = re.compile(r"[^%]*%0?\d?\d?[di][^%]*")
_WORD = re.compile(rb"(?<!\S)(?!nan|inf)[A-Z_#<]", re.IGNORECASE)
"""Where numbers written as text end and something else begins."""

_LENGTH_WORDS = {"micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "millimeter": 1.0, "millimeters": 1.0}
_TIME_WORDS = {"sec": 1.0, "second": 1.0, "seconds": 1.0, "msec": 1e-3, "usec": 1e-6}
MM = {**LENGTHS_MM, **_LENGTH_WORDS}
"""Millimetres in one of each unit of length, as headers write them."""

SECONDS = {**TIMES_S, **_TIME_WORDS}
"""Seconds in one of each unit of time, as headers write them."""


def read_head(path: Path, end: bytes | re.Pattern[bytes]) -> tuple[bytes, int]:
    """The file up to where `end` matches for the first time, and the byte behind that match.

    Where it matches nowhere, all of the file and its size. Raises FormatError where a header of 64 MB does not end.
    """
    pattern = re.compile(re.escape(end)) if isinstance(end, bytes) else end
    content = b""
    with foreign_errors(path), path.open("rb") as file:
        while chunk := file.read(max(1 << 16, len(content))):
            content += chunk
            if match := pattern.search(content):
                return content[: match.start()], match.end()
            if len(content) > _MOST_HEADER_BYTES:
                raise FormatError(f"{path}: its header does not end within 64 MB; the file is damaged")
    return content, len(content)


def floats(path: Path, key: str, text: str, count: int | None = None) -> list[float]:
    """The numbers in `text`, `count` of them where that is given."""
    words = text.replace(",", " ").split()
    if len(words) > _MOST_AXES**2 and count is None:
        raise FormatError(f"{path}: {key} has {len(words)} numbers; the header is damaged")
    with foreign_errors(path, ValueError, problem=f"{key} holds no numbers: {text[:80]!r}"):
        values = [float(word) for word in words]
    if any(abs(value) > LARGEST for value in values):
        raise FormatError(f"{path}: {key} is beyond any measure: {text[:80]!r}; the header is damaged")
    if count is not None and len(values) != count:
        raise FormatError(f"{path}: {key} has {len(values)} numbers, {count} are wanted: {text[:80]!r}")
    return values


def whole_numbers(path: Path, key: str, text: str, count: int | None = None) -> list[int]:
    """The whole numbers in `text`, `count` of them where that is given."""
    words = text.split()
    if len(words) > _MOST_AXES or (count is not None and len(words) != count):
        raise FormatError(f"{path}: {key} has {len(words)} numbers, {count or 'some'} are wanted: {text[:80]!r}")
    with foreign_errors(path, ValueError, problem=f"{key} holds no whole numbers: {text[:80]!r}"):
        if any(len(word) > 18 for word in words):
            raise ValueError("a number is beyond any size")
        return [int(word) for word in words]


def one_number(path: Path, key: str, text: str) -> int:
    """The whole number that `text` is."""
    return whole_numbers(path, key, text, 1)[0]


def numbered_files(path: Path, pattern: str, first: int, last: int, step: int, most: int) -> list[Path]:
    """The files beside `path` that a printf pattern such as `slice.%03d` names for first, first + step ... last."""
    if not _PATTERN.fullmatch(pattern):
        raise FormatError(f"{path}: {pattern!r} is no pattern of file names; it needs one %d, such as slice.%03d")
    count = (last - first) // step + 1 if step else 0
    if not 0 < count <= most:
        raise FormatError(f"{path}: {pattern} from {first} to {last} by {step} is {count} files for {most} planes")
    return [beside(path, pattern % (first + step * number)) for number in range(count)]


def beside(path: Path, name: str) -> Path:
    """The file that a header at `path` calls `name`: relative names are meant from the header's folder.

    Raises FormatError where it is missing or no plain file.
    """
    with foreign_errors(path, ValueError, problem=f"{name[:80]!r} names no file"):
        file = path.parent / name.strip().replace("\\", "/")
        if file.exists() and not file.is_file():
            raise FormatError(f"{path}: {file} holds its voxels, but is no plain file")
    require_file(file)
    return file


def join(path: Path, files: Sequence[Path], block_count: int) -> int:
    """Blocks in each of `files`; raises FormatError where `block_count` cannot be shared out evenly among them."""
    if block_count % len(files):
        raise FormatError(
            f"{path}: {block_count} planes in {len(files)} files; each file has to hold as many whole planes"
        )
    return block_count // len(files)


def joined(parts: Sequence[Blocks]) -> Blocks:
    """One file's blocks, or several's one after the other."""
    return parts[0] if len(parts) == 1 else JoinedBlocks(tuple(parts))


def text_values(path: Path, text: bytes, dtype: np.dtype, sizes: tuple[int, ...], inner: int) -> HeldBlocks:
    """Blocks of numbers written as text, in this machine's byte order."""
    values, _ = numbers_in_text(path, text, dtype, math.prod(sizes))
    return HeldBlocks(values.reshape(-1, math.prod(sizes[:inner])))


def numbers_in_text(path: Path, text: bytes, dtype: np.dtype, count: int, at: int = 0) -> tuple[NDArray, int]:
    """`count` numbers (count,) written in `text` from `at` on, in this machine's byte order, and where they end.

    Raises FormatError where there are fewer, or one is none of `dtype`.
    """
    if count > len(text) - at:
        raise FormatError(f"{path}: {count:,} numbers cannot be written in {len(text) - at:,} bytes; copy it again")
    end = _end_of_words(text, at, count)
    wide = np.dtype(np.float64) if dtype.kind == "f" else np.dtype(f"{dtype.kind}8")
    part = text[at:end].replace(b",", b" ")
    behind = _WORD.search(part)
    with foreign_errors(path, ValueError, OverflowError, problem="its numbers cannot be read"):
        values = np.fromstring(part[: behind.start() if behind else None], wide, sep=" ")
    if len(values) < count:
        raise FormatError(f"{path}: {len(values):,} numbers where {count:,} are wanted; copy it again")
    values = values[:count]
    native = dtype.newbyteorder("=")
    if dtype.kind != "f" and count:
        limits = np.iinfo(native)
        if values.min() < limits.min or values.max() > limits.max:
            raise FormatError(f"{path}: {values.min()} to {values.max()} are no values of {native}")
    with np.errstate(over="ignore"):  # what is too large for the type is infinite
        return values.astype(native), end


def _end_of_words(text: bytes, at: int, count: int) -> int:
    """The place behind the word number `count` from `at` on; the end of the text where it has fewer.

    Words end at white space; a comma between numbers makes them fewer words, and then more is taken than is needed.
    """
    window = 32 * count + 64
    while True:
        is_space = np.frombuffer(text[at : at + window], np.uint8) <= 32
        ends = np.flatnonzero(~is_space[:-1] & is_space[1:])
        if len(ends) >= count:
            return at + int(ends[count - 1]) + 1 if count else at
        if at + window >= len(text):
            return len(text)
        window *= 2
