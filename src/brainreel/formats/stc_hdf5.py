"""MNE's source estimates in HDF5, `-stc.h5`: both hemispheres in one file, as the package h5io writes dictionaries.

The group `mnepython` holds `key_data` (vertices of all hemispheres, times), `key_vertices/idx_0` and `idx_1`,
`key_tmin` and `key_tstep` in seconds, and `key_src_type` as letters.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Parts, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.boxes import StoredArray
from brainreel.formats.fingerprints import fingerprint_of_series
from brainreel.formats.gate import require_file
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import look_into
from brainreel.formats.mesh_series import stated_axis
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import ascending

_ROOT = "/mnepython/key_"
_MOST_VERTICES = 1 << 27
_REMEDIES = {
    "volume": "put it on a grid in Python, mne.read_source_estimate(file).save_as_volume('meg.nii.gz', "
    "mne.read_source_spaces('meg-src.fif')), and draw that as a volume over time",
    "discrete": "save a surface source estimate",
    "mixed": "save its surfaces in Python, mne.read_source_estimate(file).surface().save('meg')",
    "vector": "save its lengths in Python, mne.read_source_estimate(file).magnitude().save('meg')",
}


@dataclass(frozen=True)
class ColumnSeries:
    """The rows `first` to `last` of an array (vertex, moment): the vertices of one hemisphere."""

    path: Path
    hemi: str
    times: TimeAxis
    values: StoredArray = field(repr=False)
    first: int
    last: int
    vertices: NDArray[np.int32] = field(repr=False)
    order: NDArray[np.intp] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """That of the file."""
        return self.path.name

    @property
    def width(self) -> int:
        """Values at each moment."""
        return self.last - self.first

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        column = self.values.read((slice(self.first, self.last), slice(index, index + 1)))[:, 0]
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            values = np.array(column, np.float32, order="C", subok=False)
        return values if self.order is None else values[self.order]

    def fingerprint(self) -> str:
        """A hex digest of the file, the hemisphere and the times."""
        times = [self.times.first_s, self.times.step_s, self.times.unit]
        return fingerprint_of_series(self.path, hemi=self.hemi, times=times)


def open_stc_hdf5(path: Path, options: ReadOptions = NO_OPTIONS) -> Parts:
    """The hemispheres `left` and `right` of a surface source estimate; one without vertices is left out.

    Raises FormatError for other source estimates, saying how they are saved so that they can be drawn.
    """
    require_file(path)
    listed = look_into(path).listed
    if f"{_ROOT}data" not in listed:
        raise FormatError(f"{path}: holds no {_ROOT}data; it is no source estimate that MNE-Python wrote")
    _require_values_on_surfaces(path, listed)
    names = [f"{_ROOT}{key}" for key in ("data", "tmin", "tstep", "vertices/idx_0", "vertices/idx_1")]
    said = [name for name in (f"{_ROOT}src_type",) if listed.get(name, ((), ""))[1] == "uint8"]
    layouts = look_into(path, (*names, *said)).layouts
    for name in said:
        _require_kind(path, array_of(path, name, layouts[name]))
    data, tmin, tstep, left, right = (array_of(path, name, layouts[name]) for name in names)
    counts = [math.prod(part.shape) for part in (left, right)]
    if len(data.shape) != 2 or max(counts) > _MOST_VERTICES or sum(counts) != data.shape[0] or not data.shape[1]:
        raise FormatError(
            f"{path}: {counts[0]:,} and {counts[1]:,} vertices, but values of shape {data.shape}; it is damaged"
        )
    times = stated_axis(data.shape[1], options) or _times(path, _number(tmin), _number(tstep), data.shape[1])
    parts, first = {}, 0
    for hemi, numbers, count in zip(("left", "right"), (left, right), counts, strict=True):
        if count:
            vertices, order = ascending(path, numbers.read((slice(0, count),)).astype(np.int64))
            parts[hemi] = ColumnSeries(path, hemi, times, data, first, first + count, vertices, order)
        first += count
    return Parts(path.name, parts)


def _require_values_on_surfaces(path: Path, listed: dict[str, tuple[tuple[int, ...], str]]) -> None:
    """Raise FormatError for vectors, complex numbers, and other structures than two hemispheres."""
    shape, dtype = listed[f"{_ROOT}data"]
    if dtype.startswith("complex"):
        raise FormatError(
            f"{path}: complex numbers; save their absolute values in Python, stc = mne.read_source_estimate(file); "
            "stc.data = abs(stc.data); stc.save('meg')"
        )
    spaces = sum(name.startswith(f"{_ROOT}vertices/idx_") for name in listed)
    kind = {1: "volume", 2: "vector" if len(shape) == 3 else "surface"}.get(spaces, "mixed")
    if kind != "surface":
        raise FormatError(f"{path}: a {kind} source estimate; {_REMEDIES[kind]}")


def _require_kind(path: Path, letters: StoredArray) -> None:
    """Raise FormatError where the file says that it is of no surface; older ones do not say."""
    size = math.prod(letters.shape)
    kind = letters.read((slice(0, size),)).tobytes().decode("ascii", "replace") if 0 < size < 64 else ""
    if kind in _REMEDIES:
        raise FormatError(f"{path}: a {kind} source estimate; {_REMEDIES[kind]}")


def _number(array: StoredArray) -> float:
    return float(np.asarray(array.read(tuple(slice(0, min(size, 1)) for size in array.shape))).ravel()[0])


def _times(path: Path, first_s: float, step_s: float, count: int) -> TimeAxis:
    if not math.isfinite(first_s) or not math.isfinite(step_s) or (count > 1 and step_s <= 0):
        raise FormatError(f"{path}: times that begin at {first_s} s with a step of {step_s} s; the file is damaged")
    return TimeAxis(first_s, step_s if step_s > 0 else 1.0, count)  # one moment needs no step
