"""Lists of files over time: ParaView's collections (.pvd) and file series (.vtp.series, .vtk.series)."""

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

from brainreel.data import Mesh, MeshSeries
from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.mesh_series import FileMeshSeries, axis_of, stated_axis
from brainreel.formats.options import NO_OPTIONS, ReadOptions

_LARGEST_BYTES = 256 << 20
_LISTS = (".pvd", ".series")


def open_pvd(path: Path, options: ReadOptions = NO_OPTIONS) -> MeshSeries | Mesh:
    """The surfaces that a ParaView collection lists: files of one timestep are taken together, in their order.

    A collection whose files state no timestep, or all the same, is one surface. The options' times replace the file's.
    Raises FormatError where the list or its first or last file cannot be read.
    """
    root = parse_xml(_content(path), path)
    listed = list(root.iter("DataSet"))
    if root.tag != "VTKFile" or not listed:
        raise FormatError(f"{path}: lists no DataSet; a .pvd file is ParaView's list of files over time")
    moments: dict[float, list[Path]] = {}
    for number, item in enumerate(listed):
        moments.setdefault(_timestep(path, number, item.get("timestep")), []).append(
            _beside(path, f"DataSet {number}", item.get("file"))
        )
    return _series(path, moments, options)


def open_file_series(path: Path, options: ReadOptions = NO_OPTIONS) -> MeshSeries | Mesh:
    """The surfaces that a file series (JSON) lists with their times. Raises as `open_pvd`."""
    with foreign_errors(path, ValueError, RecursionError, problem="this is no readable file series (JSON)"):
        content = json.loads(_content(path))
    listed = content.get("files") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise FormatError(f"{path}: lists no files; a file series has {{files: [{{name, time}}, ...]}}")
    moments: dict[float, list[Path]] = {}
    for number, item in enumerate(listed):
        entry: dict[str, Any] = item if isinstance(item, dict) else {"name": item}
        time = _timestep(path, number, entry.get("time", number))
        moments.setdefault(time, []).append(_beside(path, f"file {number}", entry.get("name")))
    return _series(path, moments, options)


def _content(path: Path) -> bytes:
    require_file(path)
    with foreign_errors(path):
        if path.stat().st_size > _LARGEST_BYTES:
            raise FormatError(f"{path}: {path.stat().st_size:,} bytes; more than {_LARGEST_BYTES:,} are no list")
        return path.read_bytes()


def _timestep(path: Path, number: int, stated: object) -> float:
    with foreign_errors(path, ValueError, TypeError, problem=f"entry {number} has no readable time"):
        time = float(stated or 0)  # type: ignore[arg-type]
    if not math.isfinite(time):
        raise FormatError(f"{path}: entry {number} has the time {stated}; times are finite numbers")
    return time


def _beside(path: Path, what: str, name: object) -> Path:
    if not isinstance(name, str) or not name:
        raise FormatError(f"{path}: {what} names no file")
    return path.parent / name.replace("\\", "/")


def _series(path: Path, moments: dict[float, list[Path]], options: ReadOptions) -> MeshSeries | Mesh:
    """In the order of their times, whatever the order of the list."""
    times = sorted(moments)
    files = [tuple(moments[time]) for time in times]
    axis = stated_axis(len(times), options) or axis_of(times)
    series = FileMeshSeries(path, axis, files, partial(listed_surface, hemi=options.hemi), options.hemi)
    first, _ = series.mesh(0), series.mesh(axis.count - 1)
    return first if axis.count == 1 else series


def listed_surface(path: Path, hemi: str | None = None) -> Mesh:
    """The surface in one of several files that are moments of it. Raises FormatError where it is none."""
    from brainreel.formats.registry import open_data

    if path.suffix in _LISTS:
        raise FormatError(f"{path}: is a list of files itself; name the one to draw")
    found = open_data(path, ReadOptions(hemi=hemi))
    if not isinstance(found, Mesh):
        raise FormatError(f"{path}: is no surface; this version draws lists of surfaces: .vtp, .vtk, .stl, .ply, .gii")
    return found
