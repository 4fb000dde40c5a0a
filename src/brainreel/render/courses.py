"""The curves of a plot as numbers: rows of series read in order, once, and reduced to what each curve shows."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.data import Data, Mesh, MeshSeries, Parcellation, Series, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.array_series import is_of_faces
from brainreel.formats.balls import PointValues
from brainreel.formats.unshared import shared
from brainreel.render.spread import spread_series
from brainreel.space import TIMES_S
from brainreel.timeline.frame import Course, Plot, PlotCurve
from brainreel.timeline.looks import DataReference

log = logging.getLogger(__name__)

MOST_VALUES = 1 << 30
"""Values that are read for a plot: of longer series every other row, every third ..., so that a plot is made in
seconds."""

BLOCK_VALUES = 1 << 22
"""Values that are held at once while they are read."""

STATISTICS: dict[str, Callable[[Any], Any]] = {
    "": lambda values: values[:, 0],
    "gfp": lambda values: values.std(1),
    "rms": lambda values: np.ma.sqrt(np.square(values).mean(1)),
    "mean": lambda values: values.mean(1),
    "max": lambda values: values.max(1),
}
"""Of masked arrays (moments, values), one number a moment. gfp is the global field power of Lehmann and Skrandies
(1980), as MNE draws it of EEG; rms is what MNE draws of estimates."""


@dataclass(frozen=True, eq=False)
class Lines:
    """`times` (n,) in the plot's unit, which ascend, and `values` (curves, n), NaN where there are none."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]


def read_lines(plot: Plot, data: Mapping[str, Data]) -> Lines:
    """The curves of `plot` at all moments within its span, and at the one before and after.

    Of series of more than `MOST_VALUES` values only even rows are read.
    """
    courses = [course for curve in plot.curves for course in curve.courses]
    axis = _series(courses[0], data).times
    times = np.arange(axis.count, dtype=float)
    if plot.unit != "items":
        times = _moments(axis) / TIMES_S[plot.unit]
    first = max(int(np.searchsorted(times, plot.span[0], "right")) - 1, 0)
    stop = min(int(np.searchsorted(times, plot.span[1], "left")) + 1, axis.count)
    width = sum(series.width for series in _series_of(courses, data).values())
    step = max(1, -(-(stop - first) * width // MOST_VALUES))
    rows = range(first, stop, step)
    if step > 1:
        told = "%s: a plot would read %d moments of %d values; one in %d is read, so a short peak may be missing"
        log.warning(told, _series(courses[0], data).name, stop - first, width, step)
    pickers = {course: _picker(course, data) for course in courses}
    values = np.empty((len(plot.curves), len(rows)))
    together = max(1, BLOCK_VALUES // width)
    for start in range(0, len(rows), together):
        part = rows[start : start + together]
        read = {asset: _block(series, part) for asset, series in _series_of(courses, data).items()}
        for line, curve in zip(values, plot.curves, strict=True):
            line[start : start + len(part)] = _values(curve, read, pickers)
    return Lines(times[first:stop:step], values)


def _block(series: Series, rows: range) -> NDArray[np.float32]:
    """(rows, width) values. Raises FormatError where there are more or fewer at some moment."""
    block = np.empty((len(rows), series.width), np.float32)
    for place, index in enumerate(rows):
        row = series.row(index)
        if len(row) != block.shape[1]:
            raise FormatError(
                f"{series.name}: has {block.shape[1]:,} values at moment 0, {len(row):,} at moment {index}; a plot "
                "follows values that stay as many, so leave it out, or plot values on a surface that keeps its vertices"
            )
        block[place] = row
    return block


def _values(
    curve: PlotCurve,
    read: Mapping[str, NDArray[np.float32]],
    pickers: Mapping[Course, sparse.csr_array | None],
) -> NDArray[np.float64]:
    """What `curve` is at the moments of the rows that were `read`, NaN where there is no value."""
    parts = []
    for course in curve.courses:
        rows, picker = read[course.data.asset], pickers[course]
        parts.append(rows if picker is None else (picker @ rows.T).T)
    values = np.ma.masked_invalid(np.concatenate(parts, 1).astype(np.float64))
    return np.ma.filled(STATISTICS[curve.value](values), np.nan)


def _moments(axis: TimeAxis) -> NDArray[np.float64]:
    """Seconds of every moment."""
    return np.asarray(axis.uneven or axis.first_s + axis.step_s * np.arange(axis.count), np.float64)


def _picker(course: Course, data: Mapping[str, Data]) -> sparse.csr_array | None:
    """(vertices, width) the map from a row to the values at the vertices of `course`; None for the row itself.

    Raises FormatError where no value reaches a vertex.
    """
    series, mesh = _series(course, data), shared(data[course.surface.asset])
    if is_of_faces(series) and (course.parcel or course.vertices) is not None:
        raise FormatError(f"{series.name}: are values of triangles, which have no course at a vertex; plot gfp or mean")
    values = data[course.data.asset]
    if isinstance(values, PointValues):
        return _picked(_places_of_points(course.vertices, values), series)
    if course.parcel is not None:
        return _picked(_places_in(course.parcel, series, data), series)
    if course.vertices is None:
        return None
    if isinstance(mesh, MeshSeries):
        mesh = mesh.mesh(0)
    if not isinstance(mesh, Mesh):
        raise TypeError(f"{course.surface.asset} is a {type(mesh).__name__}, a course has vertices of a Mesh")
    spread = spread_series(series, mesh, course.smooth)
    numbers = np.array(course.vertices)
    if spread is None:
        return _picked(numbers, series)
    for vertex in numbers[np.isin(numbers, spread.unreached)]:
        message = f"no value reaches vertex {vertex} of {mesh.name}; plot another, or spread them by smooth: farther"
        raise FormatError(f"{series.name}: {message}")
    return sparse.csr_array(spread.matrix[numbers])


def _picked(places: NDArray[np.intp], series: Series) -> sparse.csr_array:
    """(places, width) the map from a row to its values at `places`."""
    ones = np.ones(len(places), np.float32)
    return sparse.csr_array((ones, (np.arange(len(places)), places)), shape=(len(places), series.width))


def _places_of_points(points: tuple[int, ...] | None, values: PointValues) -> NDArray[np.intp]:
    """Where in a row the values of `points` are, or of all that are drawn. Raises FormatError where one has none."""
    wanted = values.glyphs.rows_at(0) if points is None else np.array(points)
    own = np.arange(values.inner.width) if values.inner.vertices is None else values.inner.vertices
    if points is not None and (strange := wanted[~np.isin(wanted, own)]).size:
        raise FormatError(f"{values.name}: has no value for point {strange[0]}; plot another")
    order = np.argsort(own, kind="stable")
    return order[np.searchsorted(own, wanted[np.isin(wanted, own)], sorter=order)]


def _places_in(parcel: tuple[DataReference, int], series: Series, data: Mapping[str, Data]) -> NDArray[np.intp]:
    """Which values of a row lie in the parcel, as MNE takes those of a label. Raises FormatError where none do."""
    parcels, label = shared(data[parcel[0].asset]), parcel[1]
    if not isinstance(parcels, Parcellation):
        raise TypeError(f"{parcel[0].asset} is a {type(parcels).__name__}, a parcel is one of a Parcellation")
    inside = np.flatnonzero(parcels.labels == label)
    inside = inside if parcels.vertices is None else parcels.vertices[inside]
    own = np.arange(series.width) if series.vertices is None else series.vertices
    places = np.flatnonzero(np.isin(own, inside))
    if not len(places):
        raise FormatError(f"{series.name}: has no value in the parcel {label} of {parcels.name}; plot another")
    return places


def _series_of(courses: Iterable[Course], data: Mapping[str, Data]) -> dict[str, Series]:
    """What all `courses` are of, each once, by asset key."""
    return {course.data.asset: _series(course, data) for course in courses}


def _series(course: Course, data: Mapping[str, Data]) -> Series:
    """The values of `course`; of points one each, not those on the vertices of what is drawn there."""
    series = shared(data[course.data.asset])
    series = series.inner if isinstance(series, PointValues) else series
    if not isinstance(series, Series):
        raise TypeError(f"{course.data.asset} is a {type(series).__name__}, a course is one of a Series")
    return series
