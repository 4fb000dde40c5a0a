"""How many vertices the surfaces in a folder have, to tell people which of them their values fit."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from brainreel.data import Mesh
from brainreel.errors import FormatError
from brainreel.formats.freesurfer import count_vertices
from brainreel.formats.gate import require_file
from brainreel.formats.gifti import count_points
from brainreel.formats.registry import open_data, sniff

_MOST_FILES = 300
_LARGEST_TO_OPEN = 16 << 20


def surfaces_of(count: int, folders: Iterable[Path]) -> list[Path]:
    """Files in `folders` that are surfaces of `count` vertices, of the first few hundred files there."""
    found = []
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            files = sorted(file for file in folder.iterdir() if file.is_file())
            found += [file for file in files[:_MOST_FILES] if vertex_count(file) == count]
    return found


def vertex_count(path: Path) -> int | None:
    """How many vertices the surface at `path` has, by its header where that says so; None where it is no surface."""
    with suppress(FormatError, OSError):
        if sniff(path) != "mesh":
            return None
        if path.name.endswith((".gii", ".gii.gz")) and (count := count_points(path)) is not None:
            return count
        if (count := count_vertices(require_file(path))) is not None:
            return count
        if path.stat().st_size <= _LARGEST_TO_OPEN and isinstance(mesh := open_data(path), Mesh):
            return len(mesh.points)
    return None
