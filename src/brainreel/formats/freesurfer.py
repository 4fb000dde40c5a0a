"""FreeSurfer's triangle surfaces (`lh.pial`) and per-vertex values (`lh.sulc`), big-endian both.

Read here and not through nibabel, which allocates what a damaged header claims and overlooks the useRealRAS tag.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of, morph_files
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh

_TRIANGLES = b"\xff\xff\xfe"
_MORPH = b"\xff\xff\xff"  # quadrangle surfaces of the last century begin with the same bytes
_CRAS = re.compile(rb"\ncras\s*=\s*(\S+)\s+(\S+)\s+(\S+)")
_USE_REAL_RAS = (2).to_bytes(4, "big") + (1).to_bytes(4, "big")


def open_surface(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The surface in `path`, moved from FreeSurfer's surface coordinates (tkRAS) by c_ras into the scanner's.

    Files without volume geometry stay where they are. Raises FormatError where the file is damaged or not of triangles.
    """
    require_file(path)
    with foreign_errors(path):
        content = path.read_bytes()
    if not content.startswith(_TRIANGLES):
        raise FormatError(f"{path}: no FreeSurfer triangle surface; convert it with mris_convert")
    start = content.find(b"\n\n") + 2
    counts = np.frombuffer(content[start : start + 8], ">i4") if start > 1 else np.empty(0)
    if len(counts) < 2 or min(counts) < 1:
        raise FormatError(f"{path}: the surface's header is damaged; copy it again")
    n, m = map(int, counts)
    end = start + 8 + 12 * (n + m)
    if end > len(content):
        raise FormatError(
            f"{path}: {n:,} vertices and {m:,} faces need {end:,} bytes, but the file holds "
            f"{len(content):,}; copy it again"
        )
    points = np.frombuffer(content, ">f4", 3 * n, start + 8).reshape(n, 3)
    faces = np.frombuffer(content, ">i4", 3 * m, start + 8 + 12 * n).reshape(m, 3)
    moved = points + _scanner_from_surface(path, content[end:])
    arrays = MorphArrays(morph_files(path), n, read_morph)
    return surface_mesh(path, moved, faces, options.hemi or hemisphere_of(path.name), arrays)


def open_morph(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The values in `path` as a series of one moment."""
    rows = read_morph(path).reshape(1, -1)
    return RowSeries(path, path.name, time_axis(path, 1, options), options.hemi or hemisphere_of(path.name), rows)


def read_morph(path: Path) -> NDArray[np.float32]:
    """The values per vertex (n,) in `path`, whether FreeSurfer wrote them or GIFTI."""
    if path.name.endswith((".gii", ".gii.gz")):
        from brainreel.formats.gifti import read_scalars

        return read_scalars(path)
    require_file(path)
    with foreign_errors(path):
        content = path.read_bytes()
    if not _is_morph(content):
        raise FormatError(
            f"{path}: {int.from_bytes(content[3:7], 'big'):,} values of 4 bytes behind 15 do not make up its "
            f"{len(content):,} bytes; it is cut off, or of a kind that is not read (old quadrangle surface, annotation)"
        )
    return np.frombuffer(content, ">f4", offset=15).astype(np.float32)


def _is_morph(content: bytes) -> bool:
    count, per_vertex = int.from_bytes(content[3:7], "big"), int.from_bytes(content[11:15], "big")
    return content.startswith(_MORPH) and per_vertex == 1 and count > 0 and len(content) == 15 + 4 * count


def _scanner_from_surface(path: Path, footer: bytes) -> NDArray[np.float32]:
    """c_ras (3,) in mm from what follows the faces, 0 where it is invalid, absent, or already applied."""
    stated = _CRAS.search(footer)
    if footer.startswith(_USE_REAL_RAS) or re.search(rb"valid\s*=\s*0", footer) or not stated:
        return np.zeros(3, np.float32)
    with foreign_errors(path, ValueError, problem="its c_ras is no point"):
        return np.array([float(value) for value in stated.groups()], np.float32)
