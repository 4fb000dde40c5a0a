"""Reading through a legacy VTK file from line to line and from array to array, text or big-endian binary."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import Named
from brainreel.formats.header_text import numbers_in_text
from brainreel.formats.vtk_legacy import LEGACY_TYPES

_LONGEST_LINE = 1 << 16
_LONGEST_UNIT = 80
_STRINGS = ("string", "utf8_string", "unicode_string")
_CODE = re.compile(r"%([0-9A-Fa-f]{2})")
_LENGTH_BYTES = (8, 4, 2, 1)
"""Bytes that hold the length of a binary string, by the two highest bits of their first."""


@dataclass
class VtkText:
    """The content of a file and the place in it that is read next."""

    path: Path
    content: bytes = field(repr=False)
    at: int = 0
    title: bytes = b""
    is_text: bool = False
    major: int = 0

    def begin(self) -> None:
        """Read the version, the title, and whether values are text."""
        stated = re.match(rb"# vtk DataFile Version\s+(\d{1,4})", self.raw_line(), re.IGNORECASE)
        if not stated:
            raise FormatError(f"{self.path}: this is no legacy VTK file: it does not begin with # vtk DataFile Version")
        self.major = int(stated[1])
        self.title = self.raw_line()
        coding = " ".join(self.line()).upper()
        if coding not in ("ASCII", "BINARY"):
            raise FormatError(f"{self.path}: its third line says {coding[:40]!r}, neither ASCII nor BINARY")
        self.is_text = coding == "ASCII"

    def raw_line(self) -> bytes:
        """The rest of the line, without its end."""
        end = self.content.find(b"\n", self.at, self.at + _LONGEST_LINE)
        end = min(len(self.content), self.at + _LONGEST_LINE) if end < 0 else end
        line = self.content[self.at : end]
        self.at = end + 1
        return line

    def line(self) -> list[str]:
        """The words of the next line that has any; none at the end."""
        while self.at < len(self.content):
            if words := self.raw_line().decode("latin-1").split():
                return words
        return []

    def ahead(self) -> list[str]:
        """The words of the next line that has any, which is read again by `line`."""
        here = self.at
        words = self.line()
        self.at = here
        return words

    def numbers(self, count: int, type_name: str) -> NDArray:
        """`count` values in this machine's byte order. Raises FormatError where fewer are there."""
        kind = type_name.lower()
        if kind == "bit":
            return self._bits(count)
        if kind not in LEGACY_TYPES:
            raise FormatError(f"{self.path}: values of type {type_name[:40]} are not read; convert them to float")
        dtype = np.dtype(LEGACY_TYPES[kind])
        if self.is_text:
            values, self.at = numbers_in_text(self.path, self.content, dtype, count, self.at)
            return values
        values = np.frombuffer(self._taken(count * dtype.itemsize), dtype.newbyteorder(">"))
        return values.astype(dtype)

    def pass_strings(self, count: int) -> None:
        """Go behind `count` strings: a line each, or the bytes of each behind their number."""
        for _ in range(count):
            if self.at >= len(self.content):
                raise FormatError(f"{self.path}: ends within an array of {count:,} strings; copy it again")
            if self.is_text:
                self.raw_line()
                continue
            width = _LENGTH_BYTES[self.content[self.at] >> 6]
            length = int.from_bytes(self._taken(width), "big") & ((1 << (8 * width - 2)) - 1)
            self._taken(length)

    def metadata(self) -> str:
        """Go behind the lines that describe the array just read, where there are any; the unit that they state."""
        if self.ahead()[:1] != ["METADATA"]:
            return ""
        self.line()
        unit, is_unit = "", False
        while self.at < len(self.content) and (line := self.raw_line().strip()):
            words = line[:_LONGEST_UNIT].decode("latin-1").split()
            if is_unit and words[:1] == ["DATA"]:
                unit = decoded(" ".join(words[1:]))
            is_unit = words[:2] == ["NAME", "UNITS_LABEL"]
        return unit

    def named_array(self) -> Named | None:
        """The next array of a FIELD, `name components count type`; None where it is of strings."""
        words = self.line()
        if len(words) != 4:
            raise FormatError(f"{self.path}: an array of a FIELD says {' '.join(words)[:60]!r}; it is damaged")
        components, count = (self.count(word) for word in words[1:3])
        if words[3].lower() in _STRINGS:
            self.pass_strings(components * count)
            self.metadata()
            return None
        values = self.numbers(components * count, words[3])
        values = values.reshape(count, components) if components != 1 else values
        return Named(decoded(words[0]), values, unit=self.metadata())

    def count(self, word: str) -> int:
        """The number of things that `word` is, at most as many as the file has bytes (or bits)."""
        if not word.isdecimal() or len(word) > 18 or int(word) > 8 * len(self.content):
            raise FormatError(f"{self.path}: {word[:40]!r} is no number of values that the file can hold; damaged")
        return int(word)

    def _bits(self, count: int) -> NDArray[np.uint8]:
        if self.is_text:
            return self.numbers(count, "unsigned_char")
        return np.unpackbits(np.frombuffer(self._taken(-(-count // 8)), np.uint8), count=count)

    def _taken(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.content):
            raise FormatError(
                f"{self.path}: {size:,} bytes are stated, but {len(self.content) - self.at:,} follow; it is cut off: "
                "copy it again"
            )
        taken = self.content[self.at : end]
        self.at = end
        return taken


def decoded(name: str) -> str:
    """The name of an array, in whose file blanks and signs are %20 and alike."""
    return _CODE.sub(lambda match: chr(int(match[1], 16)), name)
