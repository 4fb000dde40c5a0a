"""Surf Ice's and NiiVue's surfaces (.mz3), packed or not; without triangles such a file holds values per vertex."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.exchange import FileSurface, Named, mesh_of
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.streams import PackedStream, unpacked
from brainreel.formats.surfaces import SurfaceMesh

_HEADER = np.dtype([("magic", "<u2"), ("holds", "<u2"), ("faces", "<u4"), ("vertices", "<u4"), ("skip", "<u4")])
_MAGIC = b"MZ"
_FACES, _POINTS, _COLORS, _SCALARS, _DOUBLES = 1, 2, 4, 8, 16
"""Bits of `holds`; the parts come in this order."""


@dataclass
class _File:
    path: Path
    content: bytes
    at: int = 0

    def take(self, dtype: str, count: int) -> NDArray:
        """`count` values. Raises FormatError where fewer are left."""
        kind = np.dtype(dtype)
        if count * kind.itemsize > len(self.content) - self.at:
            raise FormatError(
                f"{self.path}: {count * kind.itemsize:,} bytes are stated, but {len(self.content) - self.at:,} follow; "
                "it is cut off: copy it again"
            )
        values = np.frombuffer(self.content, kind, count, self.at)
        self.at += values.nbytes
        return values


def open_mz3(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh | RowSeries:
    """The surface in `path` with its `colors` and `scalars`, or the scalars alone as a series: one moment a layer."""
    file = _File(path, unpacked(path))
    header = _header(path, file.content[: _HEADER.itemsize])
    file.at = _HEADER.itemsize + int(header["skip"])
    holds, n, m = (int(header[key]) for key in ("holds", "vertices", "faces"))
    faces = file.take("<i4", 3 * m).reshape(m, 3) if holds & _FACES else None
    points = file.take("<f4", 3 * n).reshape(n, 3) if holds & _POINTS else None
    arrays = [Named("colors", file.take("u1", 4 * n).reshape(n, 4))] if holds & _COLORS else []
    layers = _scalars(file, holds, n)
    if faces is not None and points is not None:
        scalars = [] if layers is None else [Named("scalars", layers[0] if len(layers) == 1 else layers.T)]
        return mesh_of(path, FileSurface(points, faces, [*arrays, *scalars]), options)
    if layers is None:
        raise FormatError(f"{path}: has neither triangles with vertices nor values of vertices to draw")
    hemi = options.hemi or hemisphere_of(path.name)
    return RowSeries(path, path.name, time_axis(path, len(layers), options), hemi, layers)


def sniff_mz3(path: Path) -> str:
    """ "mesh", or "array" where it has no triangles, by the header."""
    head = bytearray(require_file(path)[: _HEADER.itemsize])
    if head.startswith(GZIP_MAGIC):
        head = bytearray(_HEADER.itemsize)
        with foreign_errors(path):
            del head[PackedStream(path).read_into(head) :]
    return "mesh" if int(_header(path, bytes(head))["holds"]) & _FACES else "array"


def _header(path: Path, head: bytes) -> np.void:
    if len(head) < _HEADER.itemsize or not head.startswith(_MAGIC):
        raise FormatError(f"{path}: this is no mz3 file: it does not begin with MZ and a header")
    return np.frombuffer(head, _HEADER)[0]


def _scalars(file: _File, holds: int, vertex_count: int) -> NDArray | None:
    """(layer, vertex) of all that is left of the file."""
    if not holds & (_SCALARS | _DOUBLES) or not vertex_count:
        return None
    dtype = "<f8" if holds & _DOUBLES else "<f4"
    count = max((len(file.content) - file.at) // (np.dtype(dtype).itemsize * vertex_count), 1)
    return file.take(dtype, count * vertex_count).reshape(count, vertex_count)
