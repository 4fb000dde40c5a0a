"""Folders whose files are the slices of one volume."""

import re
from pathlib import Path

from natsort import natsorted

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors

_LITTER = {"thumbs.db", "desktop.ini"}  # left by file managers, as are the hidden files that are passed over


def visible_entries(folder: Path) -> list[Path]:
    """What lies in `folder` in natural order (`slice.2` before `slice.10`), hidden files and litter left out.

    Raises FormatError where nothing does.
    """
    with foreign_errors(folder):
        entries = [e for e in folder.iterdir() if not e.name.startswith(".") and e.name.lower() not in _LITTER]
    if not entries:
        raise FormatError(f"{folder}: the folder is empty; give the one that holds the slices")
    return natsorted(entries, key=lambda entry: entry.name)


def commonest_names(entries: list[Path]) -> list[Path]:
    """Those of `entries` whose names differ only in their numbers, of such groups the largest."""
    groups: dict[str, list[Path]] = {}
    for entry in entries:
        groups.setdefault(re.sub(r"\d+", "#", entry.name), []).append(entry)
    return max(groups.values(), key=len)
