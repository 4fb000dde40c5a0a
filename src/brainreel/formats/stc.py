"""MNE's surface source estimates, `-lh.stc` and `-rh.stc`.

Big-endian: float32 first moment in ms, float32 step in ms, uint32 n, uint32[n] vertex numbers (0-based, into the full
surface), uint32 t, float32[t][n], so 16 + 4 n + 4 n t bytes.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import MeshSeries, Series, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis

_OTHER_KINDS = {
    "-vl.stc": "a volume source estimate",
    "-vol.stc": "a volume source estimate",
    "-stc.h5": "an HDF5 source estimate",
    ".w": "a single-moment .w file",
}


def open_stc(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries:
    """The source estimate of one hemisphere, memory-mapped; sources are sorted by vertex number.

    MNE expects ascending vertex numbers, files in the wild have them in any order. The options' times replace the
    file's. Raises FormatError where the size does not match the header, or vertices repeat.
    """
    require_drawable_estimate(path)
    head = require_file(path)
    size = path.stat().st_size
    count = int.from_bytes(head[8:12], "big")
    if size < 16 or 16 + 4 * count > size:
        raise FormatError(
            f"{path}: the header states {count:,} vertices, so at least 16 + 4 x {count:,} = {16 + 4 * count:,} bytes, "
            f"but the file holds {size:,}; it is no source estimate, or cut off: copy it again"
        )
    vertices = _vertices(path, count)
    with foreign_errors(path), path.open("rb") as file:
        file.seek(12 + 4 * count)
        moments = int.from_bytes(file.read(4), "big")
    expected = 16 + 4 * count + 4 * count * moments
    if expected != size:
        raise FormatError(
            f"{path}: {count:,} vertices at {moments:,} moments are 16 + 4 x {count:,} + 4 x {count:,} x {moments:,} = "
            f"{expected:,} bytes, but the file holds {size:,}; it is cut off or damaged: copy it again"
        )
    if not count or not moments:
        raise FormatError(f"{path}: {count} vertices at {moments} moments hold no value to draw")
    rows = np.memmap(path, ">f4", "r", 16 + 4 * count, (moments, count))
    order = None if (np.diff(vertices) > 0).all() else np.argsort(vertices)
    ascending = vertices if order is None else vertices[order]
    if (np.diff(ascending) == 0).any():
        twice = int(ascending[:-1][np.diff(ascending) == 0][0])
        raise FormatError(f"{path}: vertex {twice} has two values a moment; a source estimate has each vertex once")
    times = _times(path, head, moments) if options.times is None else time_axis(path, moments, options)
    hemi = options.hemi or hemisphere_of(path.name)
    return RowSeries(path, path.name, times, hemi, rows, ascending.astype(np.int32), order)


def require_drawable_estimate(path: Path) -> None:
    """Raise FormatError where the name is of a kind of source estimate that this version does not draw."""
    for ending, kind in _OTHER_KINDS.items():
        if path.name.endswith(ending):
            raise FormatError(
                f"{path}: {kind}; this version draws surface source estimates, -lh.stc and -rh.stc: save it as such "
                "with MNE-Python's SourceEstimate.save"
            )


def check_pair(left: Series | MeshSeries, right: Series | MeshSeries) -> None:
    """Raise FormatError where two hemispheres do not share their moments."""
    if left.times != right.times:
        raise FormatError(
            f"{left.name} has {_spelled(left.times)}, but {right.name} has {_spelled(right.times)}: hemispheres of one "
            "estimate share their times; take both from one run"
        )


def _vertices(path: Path, count: int) -> NDArray[np.int64]:
    with foreign_errors(path):
        vertices = np.fromfile(path, ">u4", count, offset=12).astype(np.int64)
    if count and vertices.max() >= 2**31:
        raise FormatError(f"{path}: vertex number {vertices.max():,} is beyond any surface; the file is damaged")
    return vertices


def _times(path: Path, head: bytes, count: int) -> TimeAxis:
    first_ms, step_ms = (float(value) for value in np.frombuffer(head, ">f4", 2))
    if not math.isfinite(first_ms) or not math.isfinite(step_ms) or (count > 1 and step_ms <= 0):
        raise FormatError(f"{path}: times that begin at {first_ms} ms with a step of {step_ms} ms; the file is damaged")
    return TimeAxis(first_ms / 1000, step_ms / 1000 if step_ms > 0 else 1.0, count)  # one moment needs no step


def _spelled(times: TimeAxis) -> str:
    if times.unit != "s":
        return f"{times.count} items"
    return f"{times.count} moments from {times.first_s * 1000:g} ms by {times.step_s * 1000:g} ms"
