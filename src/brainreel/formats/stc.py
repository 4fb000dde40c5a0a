"""MNE's source estimates of surfaces, `-lh.stc` and `-rh.stc`, and of volumes, `-vl.stc`; `.w` are those of one moment.

Big-endian, `.stc`: float32 first moment in ms, float32 step in ms, uint32 n, uint32[n] vertex numbers (0-based, into
the full surface), uint32 t, float32[t][n], so 16 + 4 n + 4 n t bytes. `.w`: two bytes, uint24 n, n times uint24 vertex
number and float32 value, so 5 + 7 n bytes.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import MeshSeries, Series, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of
from brainreel.formats.options import NO_OPTIONS, NO_SPACE, ReadOptions
from brainreel.formats.rows import RowSeries, ascending, time_axis
from brainreel.formats.stc_volumes import NAMED_BY, VOLUME_ESTIMATES, EstimateSeries, on_grid


def open_stc(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries | EstimateSeries:
    """The source estimate of one hemisphere, memory-mapped, or of a volume, on the grid of the options' source space.

    Sources are sorted by vertex number: MNE expects ascending ones, files in the wild have them in any order. The
    options' times replace the file's. Raises FormatError where the size does not match the header, vertices repeat, or
    the source space of a volume is not named.
    """
    _require_space(path, options)
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
        whole = (size - 16 - 4 * count) // (4 * count) if count else 0
        raise FormatError(
            f"{path}: {count:,} vertices at {moments:,} moments are 16 + 4 x {count:,} + 4 x {count:,} x {moments:,} = "
            f"{expected:,} bytes, but the file holds {size:,}"
            + (f", {whole:,} whole moments" if 0 < whole < moments else "")
            + "; it is cut off or damaged: copy it again"
        )
    if not count or not moments:
        raise FormatError(f"{path}: {count} vertices at {moments} moments hold no value to draw")
    rows = np.memmap(path, ">f4", "r", 16 + 4 * count, (moments, count))
    in_order, order = ascending(path, vertices)
    times = _times(path, head, moments) if options.times is None else time_axis(path, moments, options)
    hemi = options.hemi or hemisphere_of(path.name)
    return _in_space(RowSeries(path, path.name, times, hemi, rows, in_order, order), options)


def open_w(path: Path, options: ReadOptions = NO_OPTIONS) -> RowSeries | EstimateSeries:
    """The values of one moment on vertices of one hemisphere, or of a volume; sorted by vertex number.

    Raises FormatError where the size does not match the header, vertices repeat, or the source space of a volume is not
    named.
    """
    _require_space(path, options)
    head = require_file(path)
    count, size = int.from_bytes(head[2:5], "big"), path.stat().st_size
    if size != 5 + 7 * count or not count:
        whole = f", {(size - 5) // 7:,} whole ones" if 12 <= size < 5 + 7 * count else ""
        raise FormatError(
            f"{path}: the header states {count:,} vertices, which are 5 + 7 x {count:,} = {5 + 7 * count:,} bytes, but "
            f"the file holds {size:,}{whole}; it is no .w file, or cut off: copy it again"
        )
    with foreign_errors(path):
        pairs = np.fromfile(path, [("vertex", "u1", 3), ("value", ">f4")], count, offset=5)
    vertices = pairs["vertex"].astype(np.int64) @ [1 << 16, 1 << 8, 1]
    in_order, order = ascending(path, vertices)
    rows, hemi = pairs["value"].astype(np.float32)[None], options.hemi or hemisphere_of(path.name)
    series = RowSeries(path, path.name, time_axis(path, 1, options), hemi, rows, in_order, order)
    return _in_space(series, options)


def _require_space(path: Path, options: ReadOptions) -> None:
    """Raise FormatError for an estimate of a volume without a source space, and for one of a surface with one."""
    is_volume = path.name.endswith(VOLUME_ESTIMATES)
    if is_volume and options.space is None:
        raise FormatError(
            f"{path}: a volume source estimate, which says where its values lie only together with its source space; "
            f"{NAMED_BY}"
        )
    if options.space is not None and not is_volume:
        raise FormatError(f"{path}: {NO_SPACE}")


def _in_space(series: RowSeries, options: ReadOptions) -> RowSeries | EstimateSeries:
    """`series` as it is where it belongs to a surface."""
    if options.space is None or series.vertices is None:
        return series
    dtype = np.dtype(np.float32)
    return on_grid(
        series.path, options.space, (series.vertices,), series.times, dtype, series.row, series.fingerprint()
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
        return np.fromfile(path, ">u4", count, offset=12).astype(np.int64)


def _times(path: Path, head: bytes, count: int) -> TimeAxis:
    first_ms, step_ms = (float(value) for value in np.frombuffer(head, ">f4", 2))
    if not math.isfinite(first_ms) or not math.isfinite(step_ms) or (count > 1 and step_ms <= 0):
        raise FormatError(f"{path}: times that begin at {first_ms} ms with a step of {step_ms} ms; the file is damaged")
    return TimeAxis(first_ms / 1000, step_ms / 1000 if step_ms > 0 else 1.0, count)  # one moment needs no step


def _spelled(times: TimeAxis) -> str:
    if times.unit != "s":
        return f"{times.count} items"
    steps = "unevenly" if times.uneven else f"by {times.step_s * 1000:g} ms"
    return f"{times.count} moments from {times.first_s * 1000:g} ms {steps}"
