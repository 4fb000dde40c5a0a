"""Stereolithography files (.stl), text or binary: triangles without numbers, whose equal corners become one vertex."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, content_of, mesh_of, states_lps
from brainreel.formats.gate import foreign_errors
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.surfaces import SurfaceMesh

_HEADER_BYTES = 80
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+\s+\S+\s+\S+)", re.IGNORECASE)
_SOLID = re.compile(rb"\s*solid\b", re.IGNORECASE)
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
"""Odd numbers without pattern, by which coordinates are multiplied."""


def open_stl(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh:
    """The triangles in `path`; those of which two corners are equal are left out, as VTK does.

    Facet normals follow from the corners and are not kept; the attribute of facets is an array where it is not 0.
    """
    content = content_of(path)
    facets = _binary(path, content)
    if facets is None:
        corners, attribute, head = _text(path, content), None, content.partition(b"\n")[0]
    else:
        corners, attribute, head = facets["corners"].reshape(-1, 3), facets["attribute"], content[:_HEADER_BYTES]
    points, numbers = merged(corners.astype(np.float32))
    faces = numbers.reshape(-1, 3)
    a, b, c = faces.T
    kept = (a != b) & (b != c) & (c != a)
    has_attribute = attribute is not None and attribute.any()
    face_arrays = [Named("attribute", attribute[kept])] if attribute is not None and has_attribute else []
    return mesh_of(path, FileSurface(points, faces[kept], (), face_arrays, states_lps(head)), options)


def merged(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The different ones of `points` (n, 3), as they first come, and for every point the number of its equal (n,)."""
    points = points + np.float32(0)  # -0 becomes 0, so that equal numbers have equal bits
    with np.errstate(over="ignore"):
        scattered = (points.view(np.uint32).astype(np.uint64) + 1) * _ODD
        mixed = (scattered ^ (scattered >> np.uint64(29))).sum(1, dtype=np.uint64)
    _, first, group = np.unique(mixed, return_index=True, return_inverse=True)
    if not np.array_equal(points[first[group]], points, equal_nan=True):  # two places with one sum: never seen
        _, first, group = np.unique(points, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return points[first[order]], rank[group.ravel()]


def _binary(path: Path, content: bytes) -> NDArray | None:
    """The facets (m,) of a binary file; None for text, which begins with solid and has another size."""
    begin = _HEADER_BYTES + 4
    count = int.from_bytes(content[_HEADER_BYTES:begin], "little") if len(content) >= begin else -1
    needed = begin + count * _FACET.itemsize
    if _SOLID.match(content) and needed != len(content):
        return None
    if count < 0 or needed > len(content):
        raise FormatError(
            f"{path}: {count:,} triangles need {needed:,} bytes, the file holds {len(content):,}; it is cut off, or no "
            "STL file: copy it again"
        )
    return np.frombuffer(content, _FACET, count, begin)


def _text(path: Path, content: bytes) -> NDArray[np.float64]:
    """The corners (3 m, 3)."""
    found = _VERTEX.findall(content)
    facets = len(re.findall(rb"\bendfacet\b", content, re.IGNORECASE))
    with foreign_errors(path, ValueError, problem="its numbers cannot be read"):
        numbers = np.fromstring(b" ".join(found), np.float64, sep=" ")
    if not facets or len(found) != 3 * facets or len(numbers) != 9 * facets:
        raise FormatError(
            f"{path}: {len(found):,} vertices of {len(numbers):,} numbers in {facets:,} facets; triangles have three; "
            "it is cut off: copy it again"
        )
    return numbers.reshape(-1, 3)
