"""The header of NRRD and NHDR files: fields, keys and values, and the names of data files."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from brainreel.errors import FormatError
from brainreel.formats.gate import require_file
from brainreel.formats.header_text import beside, floats, numbered_files, one_number, read_head, whole_numbers

_END = re.compile(rb"\r?\n\r?\n")
_MAGIC = b"NRRD000"
_MOST_FILES = 1 << 20
_TYPES = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_DTYPES = {name: code for code, names in _TYPES.items() for name in names.split(", ")}
_SYNONYMS = {"datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip", "centerings": "centers"}
_VECTOR = re.compile(r"\(([^()]*)\)|(none)", re.IGNORECASE)


@dataclass(frozen=True)
class NrrdHeader:
    """`fields` by their lower-case names, `keys` the key/value pairs, `names` the lines of a LIST of data files.

    `end` is the byte behind the header, where the voxels of a file without data files begin.
    """

    path: Path
    fields: dict[str, str]
    keys: dict[str, str]
    end: int
    names: tuple[str, ...] = field(default=(), repr=False)

    def required(self, name: str) -> str:
        """A field without which there is nothing to read."""
        if name not in self.fields:
            raise FormatError(f"{self.path}: its header has no field `{name}:`; it is no NRRD, or damaged")
        return self.fields[name]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the axes, fastest first."""
        dimension = one_number(self.path, "dimension", self.required("dimension"))
        return tuple(whole_numbers(self.path, "sizes", self.required("sizes"), dimension))

    @property
    def number_type(self) -> str:
        """NumPy's code of the type, without a byte order."""
        stated = self.required("type").lower()
        if stated not in _DTYPES:
            raise FormatError(f"{self.path}: type {stated!r} is no number of up to 64 bits; convert it to float")
        return _DTYPES[stated]

    def words(self, name: str) -> list[str] | None:
        """What a field says of each axis, quotes removed; None where it is not there. Raises FormatError for others."""
        if name not in self.fields:
            return None
        words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^\s"]+)', self.fields[name])]
        if '""' in self.fields[name]:
            words = [word.strip('"') for word in re.findall(r'"[^"]*"|[^\s"]+', self.fields[name])]
        return words

    def vectors(self, name: str) -> list[np.ndarray | None] | None:
        """The vectors `(x,y,z)` of a field, None for `none`."""
        if name not in self.fields:
            return None
        text = self.fields[name]
        return [None if none else np.array(floats(self.path, name, inside)) for inside, none in _VECTOR.findall(text)]

    def data_files(self, most: int) -> list[Path]:
        """The files that hold the voxels, at most `most`; none where they are in the header's own file."""
        stated = self.fields.get("data file")
        if stated is None:
            return []
        if re.match(r"LIST\b", stated):
            if not 0 < len(self.names) <= most:
                raise FormatError(f"{self.path}: lists {len(self.names)} data files for {most} planes")
            return [beside(self.path, name) for name in self.names]
        if numbered := re.fullmatch(r"(\S.*\S|\S)\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})(\s+\d)?", stated):
            pattern, *bounds = numbered.groups()[:4]
            if "%" in pattern:
                first, last, step = map(int, bounds)
                return numbered_files(self.path, pattern, first, last, step, most)
        return [beside(self.path, stated)]


def read_nrrd_header(path: Path) -> NrrdHeader:
    """The header of `path`. Raises FormatError where it is none."""
    if not require_file(path).startswith(_MAGIC):
        raise FormatError(f"{path}: this is no NRRD file: it does not begin with NRRD000")
    content, end = read_head(path, _END)
    fields: dict[str, str] = {}
    keys: dict[str, str] = {}
    lines = content.decode("utf-8", "replace").splitlines()[1:]
    for number, line in enumerate(lines):
        if line.startswith("#") or not line.strip():
            continue
        key, separator, value = line.partition(":=")
        name, colon, rest = line.partition(":")
        if separator and len(key) <= len(name):
            keys[key.strip()] = value.strip()
        elif colon:
            name = name.strip().lower()
            fields[_SYNONYMS.get(name, name)] = rest.strip()
            if _SYNONYMS.get(name, name) == "data file" and re.match(r"LIST\b", rest.strip()):
                return NrrdHeader(path, fields, keys, end, tuple(line for line in lines[number + 1 :] if line.strip()))
        else:
            raise FormatError(f"{path}: line {number + 2} of the header, {line[:60]!r}, is no field; it is damaged")
    return NrrdHeader(path, fields, keys, end)
