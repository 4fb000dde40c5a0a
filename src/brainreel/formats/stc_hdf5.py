"""MNE's source estimates in HDF5, `-stc.h5`: hemispheres, regions of a volume or both, as the package h5io writes them.

The group `mnepython` holds `key_data` (vertices of all structures, times), or (vertices, 3, times) of vectors,
`key_vertices/idx_0`, `idx_1`..., `key_tmin` and `key_tstep` in seconds, and `key_src_type` as letters.
"""

import logging
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Parts, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.boxes import StoredArray
from brainreel.formats.fingerprints import fingerprint_of_series
from brainreel.formats.gate import require_file
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import look_into
from brainreel.formats.mesh_series import stated_axis
from brainreel.formats.options import NO_OPTIONS, NO_SPACE, ReadOptions
from brainreel.formats.rows import ascending
from brainreel.formats.stc_columns import ColumnSeries, ColumnVectors, column
from brainreel.formats.stc_volumes import NAMED_BY, EstimateSeries, on_grid

log = logging.getLogger("brainreel")
_ROOT = "/mnepython/key_"
_REGIONS = f"{_ROOT}vertices/idx_"
_MOST_VERTICES = 1 << 27
_SURFACES = {"surface": 2, "mixed": 2, "volume": 0, "discrete": 0}
"""How many of the first structures are hemispheres."""


def open_stc_hdf5(path: Path, options: ReadOptions = NO_OPTIONS) -> Parts:
    """The hemispheres `left` and `right`, one without vertices left out; or the `volume`, in the options' source space.

    Of vectors in a volume these are the lengths. Raises FormatError for other source estimates, saying how they are
    saved so that they can be drawn.
    """
    require_file(path)
    listed = look_into(path).listed
    if f"{_ROOT}data" not in listed:
        raise FormatError(f"{path}: holds no {_ROOT}data; it is no source estimate that MNE-Python wrote")
    _, dtype = listed[f"{_ROOT}data"]
    if dtype.startswith("complex"):
        raise FormatError(
            f"{path}: complex numbers; save their absolute values in Python, stc = mne.read_source_estimate(file); "
            "stc.data = abs(stc.data); stc.save('meg')"
        )
    regions = sorted(
        (name for name in listed if name.startswith(_REGIONS)), key=lambda name: name.removeprefix(_REGIONS).zfill(9)
    )
    names = [f"{_ROOT}{key}" for key in ("data", "tmin", "tstep")] + regions
    said = [name for name in (f"{_ROOT}src_type",) if listed.get(name, ((), ""))[1] == "uint8"]
    layouts = look_into(path, (*names, *said)).layouts
    stated = _stated_kind(array_of(path, said[0], layouts[said[0]])) if said else ""
    kind = stated if stated in _SURFACES else {1: "volume", 2: "surface"}.get(len(regions), "mixed")  # older: not said
    _require_kind(path, kind, len(regions), options)
    data, tmin, tstep, *numbers = (array_of(path, name, layouts[name]) for name in names)
    counts = [math.prod(part.shape) for part in numbers]
    first_axis, *directions, moments = data.shape if len(data.shape) > 1 else (0, 0)
    if directions not in ([], [3]) or max(counts) > _MOST_VERTICES or sum(counts) != first_axis or not moments:
        found = " and ".join(f"{count:,}" for count in counts)
        raise FormatError(f"{path}: {found} vertices, but values of shape {data.shape}; it is damaged")
    times = stated_axis(moments, options) or _times(path, _number(tmin), _number(tstep), moments)
    vertices = [part.read((slice(0, count),)).astype(np.int64) for part, count in zip(numbers, counts, strict=True)]
    if options.space is not None:
        kept = _SURFACES[kind]
        volume = _in_volume(path, options.space, vertices[kept:], times, data, sum(counts[:kept]))
        return Parts(path.name, {"volume": volume})
    if kind == "mixed":
        log.warning("%s: what it has in a volume is drawn by a layer of its own, which names its source space", path)
    parts, first = {}, 0
    for hemi, own, count in zip(("left", "right"), vertices, counts, strict=False):
        if count:
            of = ColumnVectors if directions else ColumnSeries
            parts[hemi] = of(path, hemi, times, data, first, first + count, *ascending(path, own))
        first += count
    return Parts(path.name, parts)


def _in_volume(
    path: Path, space: Path, vertices: list[NDArray[np.int64]], times: TimeAxis, data: StoredArray, first: int
) -> EstimateSeries:
    """The values from row `first` on, of all regions, on the grid of `space`."""
    for own in vertices:
        ascending(path, own)  # which refuses what occurs twice
    count, dtype = data.shape[0], data.dtype
    if len(data.shape) == 3:
        dtype = np.result_type(dtype, np.float32)
    axis = [times.first_s, times.step_s, times.unit]
    content = fingerprint_of_series(path, times=axis)
    return on_grid(path, space, vertices, times, dtype, lambda index: column(data, first, count, index), content)


def _require_kind(path: Path, kind: str, structures: int, options: ReadOptions) -> None:
    """Raise FormatError for a volume without a source space, a surface with one, and sources on no grid."""
    if structures <= _SURFACES[kind] - (kind == "surface") or (kind == "surface" and structures > 2):
        raise FormatError(f"{path}: a {kind} source estimate of {structures} structures; it is damaged, copy it again")
    if options.space is not None and kind == "surface":
        raise FormatError(f"{path}: {NO_SPACE}")
    if options.space is None and kind == "volume":
        raise FormatError(f"{path}: a volume source estimate; {NAMED_BY}")
    if kind == "discrete":
        raise FormatError(f"{path}: a discrete source estimate, of sources on no grid; use a volume source space")


def _stated_kind(letters: StoredArray) -> str:
    """What the file says that it is."""
    size = math.prod(letters.shape)
    return letters.read((slice(0, size),)).tobytes().decode("ascii", "replace") if 0 < size < 64 else ""


def _number(array: StoredArray) -> float:
    return float(np.asarray(array.read(tuple(slice(0, min(size, 1)) for size in array.shape))).ravel()[0])


def _times(path: Path, first_s: float, step_s: float, count: int) -> TimeAxis:
    if not math.isfinite(first_s) or not math.isfinite(step_s) or (count > 1 and step_s <= 0):
        raise FormatError(f"{path}: times that begin at {first_s} s with a step of {step_s} s; the file is damaged")
    return TimeAxis(first_s, step_s if step_s > 0 else 1.0, count)  # one moment needs no step
