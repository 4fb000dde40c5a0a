"""Tables of labels, their names and colours: FreeSurfer's colour tables and ITK-SNAP's label descriptions.

FreeSurfer: `label name R G B A`, A being the transparency (0 opaque). ITK-SNAP: `label R G B A visible mesh "name"`, A
being the opacity in 0..1. Both have comments that begin with #.
"""

import hashlib
import re
from pathlib import Path

from brainreel.data import LabelEntry, LabelTable
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file

_LABEL, _BYTE, _SHARE = r"(-?\d{1,10})", r"(\d{1,9})", r"(\d{1,9}\.?\d{0,9}|\.\d{1,9})"
_FREESURFER = re.compile(rf"{_LABEL}\s+(\S+)\s+{_BYTE}\s+{_BYTE}\s+{_BYTE}(?:\s+{_BYTE})?\s*$", re.ASCII)
_ITKSNAP = re.compile(
    rf"{_LABEL}\s+{_BYTE}\s+{_BYTE}\s+{_BYTE}\s+{_SHARE}(?:\s+{_BYTE})?(?:\s+{_BYTE})?(?:\s+\"(.*)\")?\s*$", re.ASCII
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""Bytes that no text has."""
_MOST_BYTES = 16 << 20


def open_label_table(path: Path) -> LabelTable:
    """The table at `path`. Raises FormatError, with the line, where it is neither of the two formats."""
    require_file(path)
    remedy = "name the text file with the labels' colours, FreeSurfer's or ITK-SNAP's"
    with foreign_errors(path):
        if path.stat().st_size > _MOST_BYTES:
            raise FormatError(f"{path}: is larger than a table of labels can be; {remedy}")
        content = path.read_bytes()
    if _CONTROL.search(content):
        raise FormatError(f"{path}: is no text, so no table of labels; {remedy}")
    text = content.decode("utf-8-sig", "replace")
    entries: dict[int, LabelEntry] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            entry = _entry(line.strip(), path, number)
            if entry.label in entries:
                raise FormatError(
                    f"{path}:{number}: label {entry.label} was in the table before; keep one line of the two"
                )
            entries[entry.label] = entry
    if not entries:
        raise FormatError(f"{path}: holds no label; a line is `17 Left-Hippocampus 220 216 20 0`")
    digest = hashlib.blake2b(repr(sorted(entries.items())).encode(), digest_size=20).hexdigest()
    return LabelTable(str(path), tuple(entries[label] for label in sorted(entries)), digest)


def _entry(line: str, path: Path, number: int) -> LabelEntry:
    if match := _ITKSNAP.match(line):
        label, red, green, blue, opacity, visible, _, name = match.groups()
        shown = float(opacity) if visible != "0" else 0.0
        return _checked(label, name or label, (red, green, blue), shown, path, number)
    if match := _FREESURFER.match(line):
        label, name, red, green, blue, transparency = match.groups()
        return _checked(label, name, (red, green, blue), 1 - int(transparency or 0) / 255, path, number)
    raise FormatError(
        f"{path}:{number}: {line[:60]!r} is no line of a table of labels; write `17 Left-Hippocampus 220 216 20 0`"
    )


def _checked(label: str, name: str, rgb: tuple[str, str, str], opacity: float, path: Path, number: int) -> LabelEntry:
    red, green, blue = (int(part) for part in rgb)
    if max(red, green, blue) > 255 or not 0 <= opacity <= 1:
        raise FormatError(f"{path}:{number}: red, green, blue and alpha lie in 0..255")
    return LabelEntry(int(label), name, (red / 255, green / 255, blue / 255), opacity)
