"""Lists of files over time: ParaView's collections (.pvd) and file series (.vtp.series, .vtk.series)."""

import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshSeries
from brainreel.data.safe_xml import attributes_in
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.mesh_series import FileMeshSeries, Listed, axis_of, stated_axis
from brainreel.formats.options import NO_OPTIONS, ReadOptions

_LARGEST_BYTES = 256 << 20
_LISTS = (".pvd", ".series")


def open_pvd(path: Path, options: ReadOptions = NO_OPTIONS) -> MeshSeries | Mesh:
    """The surfaces that a ParaView collection lists: files of one timestep are taken together, in their order.

    A collection whose files state no timestep, or all the same, is one surface. The options' times replace the file's.
    Raises FormatError where the list or its first or last file cannot be read.
    """
    listed = attributes_in(_content(path), path, "DataSet")
    if not listed:
        raise FormatError(f"{path}: lists no DataSet; a .pvd file is ParaView's list of files over time")
    return _series(path, [one.get("file") for one in listed], [one.get("timestep") or 0 for one in listed], options)


def open_file_series(path: Path, options: ReadOptions = NO_OPTIONS) -> MeshSeries | Mesh:
    """The surfaces that a file series (JSON) lists with their times. Raises as `open_pvd`."""
    with foreign_errors(path, ValueError, RecursionError, problem="this is no readable file series (JSON)"):
        content = json.loads(_content(path))
    listed = content.get("files") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise FormatError(f"{path}: lists no files; a file series has {{files: [{{name, time}}, ...]}}")
    entries = [item if isinstance(item, dict) else {"name": item} for item in listed]
    times = [entry.get("time", number) for number, entry in enumerate(entries)]
    return _series(path, [entry.get("name") for entry in entries], times, options)


def _content(path: Path) -> bytes:
    require_file(path)
    with foreign_errors(path):
        if path.stat().st_size > _LARGEST_BYTES:
            raise FormatError(f"{path}: {path.stat().st_size:,} bytes; more than {_LARGEST_BYTES:,} are no list")
        return path.read_bytes()


def _series(path: Path, names: Sequence[object], stated: Sequence[object], options: ReadOptions) -> MeshSeries | Mesh:
    """Files of one time together, in the order of the times, whatever the order of the list."""
    times = _times(path, stated)
    order = np.argsort(times, kind="stable")
    moments, first = np.unique(times[order], return_index=True)
    files = Listed(path.parent, [_name(path, names, int(k)) for k in order], first)
    axis = stated_axis(len(moments), options) or axis_of(moments)
    series = FileMeshSeries(
        path, axis, files, partial(listed_surface, cloud=options.cloud, hemi=options.hemi), options.hemi
    )
    beginning, _ = series.mesh(0), series.mesh(axis.count - 1)
    return beginning if axis.count == 1 else series


def _times(path: Path, stated: Sequence[object]) -> NDArray[np.float64]:
    try:
        times = np.array([float(time) for time in stated])  # type: ignore[arg-type]  (what is no number raises)
    except (ValueError, TypeError):
        times = np.array([_number(time) for time in stated])
    if not np.isfinite(times).all():
        number = int(np.argmin(np.isfinite(times)))
        raise FormatError(f"{path}: entry {number} has the time {stated[number]!r}; times are finite numbers")
    return times


def _number(stated: object) -> float:
    try:
        return float(stated)  # type: ignore[arg-type]  (what is no number raises)
    except (ValueError, TypeError):
        return math.nan


def _name(path: Path, names: Sequence[object], number: int) -> str:
    name = names[number]
    if not isinstance(name, str) or not name:
        raise FormatError(f"{path}: entry {number} names no file")
    return name.replace("\\", "/")


def listed_surface(path: Path, cloud: bool = False, hemi: str | None = None) -> Mesh:
    """The surface in one of several files that are moments of it. Raises FormatError where it is none."""
    from brainreel.formats.registry import open_data

    if path.suffix in _LISTS:
        raise FormatError(f"{path}: is a list of files itself; name the one to draw")
    found = open_data(path, ReadOptions(hemi=hemi, cloud=cloud))
    if not isinstance(found, Mesh):
        raise FormatError(f"{path}: is no surface; this version draws lists of surfaces: .vtp, .vtk, .stl, .ply, .gii")
    return found
