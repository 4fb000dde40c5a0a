"""Facts measured on opened data: bounds, quantiles, what is background, and the hull that a camera has to frame."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from brainreel.data import (
    ArrayFacts,
    LabelTable,
    LabelTableFacts,
    Mesh,
    MeshFacts,
    Parcellation,
    ParcellationFacts,
    Series,
    SeriesFacts,
    SeriesOfVectors,
    TimeAxis,
    Volume,
    VolumeFacts,
    VolumeSeries,
    WithMaps,
)
from brainreel.errors import FormatError
from brainreel.formats.arrows import ArrowSeries
from brainreel.formats.balls import Balls, PointValues
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.store.stored import StoredVolume

QUANTILE_COUNT = 2001
"""Quantiles kept: one every 0.05 %, so that p97.5 and p99.95 are among them."""

SAMPLE_VOXELS = 1 << 23
SAMPLE_ROWS = 256
SAMPLE_MOMENTS = 8
MOST_LABELS = 65_000
SKIN_HU = -300.0
"""Between air and what a patient is made of, in Hounsfield units."""
BLOCKS = 48
"""Blocks along the longest axis in which a volume's content is looked for."""

HULL_DIRECTIONS = 256
SERIES_VALUES = 1 << 22
"""Values of a series that are sorted for its quantiles: more are sampled by even rows, to stay within tens of MB."""
MOST_ROWS = 1 << 14
SAMPLED_ROWS, SAMPLED_VALUES = 128, 1 << 20
"""Where they are sampled so many rows do, or as many as have so many values: a million moments open in a second."""


def volume_facts(volume: Volume | VolumeSeries) -> VolumeFacts:
    """Facts of `volume`: quantiles, background and hull from an even sample of at most about 8 million voxels.

    Of several moments, a few even ones are sampled; all have the geometry of the first.
    """
    times = volume.times if isinstance(volume, VolumeSeries) else None
    return _facts(_sampled_moments(volume), volume.name, volume.fingerprint(), times)


def _sampled_moments(volume: Volume | VolumeSeries) -> list[Volume]:
    """A few even moments, the first and the last among them."""
    if not isinstance(volume, VolumeSeries):
        return [volume]
    count = volume.times.count
    return [volume.moment(int(k)) for k in np.unique(np.linspace(0, count - 1, min(count, SAMPLE_MOMENTS)).round())]


def labels_facts(volume: Volume | VolumeSeries) -> VolumeFacts:
    """Facts of a segmentation, with all its labels: every voxel is read. Raises FormatError where it is none."""
    times = volume.times if isinstance(volume, VolumeSeries) else None
    moments = [volume.moment(k) for k in range(volume.times.count)] if isinstance(volume, VolumeSeries) else [volume]
    found = set[int]()
    for moment in moments:
        depth, height, width = moment.shape
        rows = max(1, SAMPLE_VOXELS // (height * width))
        for z in range(0, depth, rows):
            values = np.unique(moment.read((slice(z, min(z + rows, depth)), slice(0, height), slice(0, width))))
            if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
                raise FormatError(
                    f"{volume.name}: holds {_fraction(values)}, labels are whole numbers; draw it as volume:"
                )
            found.update(int(value) for value in values)
            if len(found) > MOST_LABELS:
                raise FormatError(f"{volume.name}: has more than {MOST_LABELS:,} labels; draw it as volume:")
    facts = _facts(_sampled_moments(volume), volume.name, volume.fingerprint(), times)
    return replace(facts, labels=tuple(sorted(found)), background=0.5)


def _fraction(values: NDArray) -> str:
    return f"{float(values[values != np.rint(values)][0]):g}"


def table_facts(table: LabelTable) -> LabelTableFacts:
    """Facts of `table`: all of it."""
    return LabelTableFacts(table.name, table.entries, table.fingerprint())


def _facts(volumes: list[Volume], name: str, fingerprint: str, times: TimeAxis | None) -> VolumeFacts:
    """Facts of moments on one grid; what is background is that of the first.

    Of stores values and content are measured on a coarser level.
    """
    volume = volumes[0]
    measured = [_overview(each) for each in volumes]
    samples = [_sample(each) for each in measured]
    values = np.concatenate([sample[np.isfinite(sample)] for _, sample in samples])
    if not values.size:
        raise FormatError(f"{name}: holds no finite value")
    background = SKIN_HU if _is_hounsfield(values) else _background(values)
    nz, ny, nx = volume.shape
    ends = [(-0.5, n - 0.5) for n in (nx, ny, nz)]
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3)
    bounds = Box.around(apply_affine(volume.world_from_voxel, corners))
    content = np.concatenate([_content_points(*each, background, measured[0].shape) for each in samples])
    places = apply_affine(measured[0].world_from_voxel, content)
    hull = outermost(places if len(content) else apply_affine(volume.world_from_voxel, corners))
    return VolumeFacts(
        name=name,
        shape=volume.shape,
        dtype=volume.dtype.name,
        world_from_voxel=tuple(tuple(map(float, row)) for row in volume.world_from_voxel),
        unit=volume.unit,
        bounds=bounds,
        spacing=axis_lengths(volume.world_from_voxel),
        quantiles=_quantiles(values),
        background=background,
        hull=_points(hull),
        fingerprint=fingerprint,
        times=times,
    )


def _overview(volume: Volume) -> Volume:
    return volume.overview() if isinstance(volume, StoredVolume) else volume


def mesh_facts(mesh: Mesh) -> MeshFacts:
    """Facts of `mesh`."""
    return MeshFacts(
        name=mesh.name,
        vertex_count=len(mesh.points),
        face_count=len(mesh.faces),
        hemi=mesh.hemi,
        bounds=Box.around(mesh.points),
        hull=_points(outermost(mesh.points.astype(float))),
        arrays=tuple(mesh.arrays),
        fingerprint=mesh.fingerprint(),
        point_names=mesh.names if isinstance(mesh, Balls) else (),
        point_rows=tuple(map(int, mesh.rows)) if isinstance(mesh, Balls) else (),
    )


def series_facts(series: Series) -> SeriesFacts:
    """Facts of `series`: exact quantiles up to 4 million values in 16,384 rows, else those of evenly spaced rows.

    Of values on arrows those at all points, with an arrow or without.
    """
    if isinstance(series, PointValues) and isinstance(series.glyphs, ArrowSeries):
        return replace(series_facts(series.inner), width=series.width, fingerprint=series.fingerprint())
    count, width = series.times.count, series.width
    if count * width > SERIES_VALUES or count > MOST_ROWS:
        count = max(1, min(SERIES_VALUES // width, max(SAMPLED_ROWS, SAMPLED_VALUES // width), MOST_ROWS))
    rows = np.unique(np.linspace(0, series.times.count - 1, count).round().astype(int))
    measured = [series.row(int(k)) for k in rows]
    values = np.concatenate(measured)
    total, values = values.size, values[np.isfinite(values)]
    if not values.size:
        raise FormatError(f"{series.name}: holds no finite value; name another file or array")
    return SeriesFacts(
        name=series.name,
        times=series.times,
        width=series.width,
        hemi=series.hemi,
        quantiles=_quantiles(values),
        magnitude_quantiles=_quantiles(np.abs(values)),
        fingerprint=series.fingerprint(),
        missing=total - values.size,
        maps=_maps(series, measured),
        are_lengths=isinstance(series, SeriesOfVectors),
    )


def _maps(series: Series, measured: list[NDArray[np.float32]]) -> tuple[ArrayFacts, ...]:
    """Name and range of each row, where all rows have names and were measured."""
    names = series.maps if isinstance(series, WithMaps) else ()
    if len(names) != len(measured):
        return ()
    finite = [row[np.isfinite(row)] for row in measured]
    ranges = [(float(row.min()), float(row.max())) if row.size else (0.0, 0.0) for row in finite]
    missing = [len(row) - len(left) for row, left in zip(measured, finite, strict=True)]
    return tuple(
        ArrayFacts(name, low, high, missing=gaps)
        for name, (low, high), gaps in zip(names, ranges, missing, strict=True)
    )


def parcellation_facts(parcels: Parcellation) -> ParcellationFacts:
    """Facts of `parcels`. Raises FormatError where no vertex has a label of the table."""
    known = {entry.label for entry in parcels.table.entries}
    labels, counts = np.unique(parcels.labels, return_counts=True)
    counted = {int(label): int(count) for label, count in zip(labels, counts, strict=True)}
    present = tuple(label for label in counted if label in known)
    if not present:
        raise FormatError(f"{parcels.name}: no vertex has a label that its table names")
    return ParcellationFacts(
        name=parcels.name,
        vertex_count=len(parcels.labels),
        hemi=parcels.hemi,
        labels=present,
        entries=parcels.table.entries,
        unlabelled=sum(count for label, count in counted.items() if label not in known),
        fingerprint=parcels.fingerprint(),
        maps=parcels.maps if isinstance(parcels, WithMaps) else (),
    )


def outermost(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of `points` (n, 3) that lie farthest in one of 256 even directions."""
    k = np.arange(HULL_DIRECTIONS) + 0.5
    z, turn = 1 - 2 * k / HULL_DIRECTIONS, k * np.pi * (1 + 5**0.5)
    directions = np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z])
    farthest = {int(np.argmax(points @ direction)) for direction in directions.T}
    return points[sorted(farthest)]


def even_sample(volume: Volume) -> NDArray:
    """About 8 million voxels of `volume` on an even grid, of a store of a coarser level."""
    return _sample(_overview(volume))[1]


def _sample(volume: Volume) -> tuple[list[NDArray[np.intp]], NDArray]:
    """Voxel indices (z, y, x) of an even grid and the voxels there, (len(z), len(y), len(x))."""
    nz, ny, nx = volume.shape
    x = _even(nx, SAMPLE_ROWS)
    y = _even(ny, SAMPLE_ROWS)
    z = _even(nz, max(16, SAMPLE_VOXELS // (len(x) * len(y))))
    planes = []
    for k in map(int, z):
        if ny * nx <= SAMPLE_VOXELS:
            planes.append(volume.read((slice(k, k + 1), slice(0, ny), slice(0, nx)))[0][np.ix_(y, x)])
        else:
            planes.append(
                np.stack([volume.read((slice(k, k + 1), slice(j, j + 1), slice(0, nx)))[0, 0, x] for j in map(int, y)])
            )
    return [z, y, x], np.stack(planes)


def _even(size: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(np.intp))


def _is_hounsfield(values: NDArray) -> bool:
    """Whether the values are those of a CT: air at -1000, padding often below, soft tissue at 0, bone above 300."""
    low, high = float(values.min()), float(np.quantile(values, 0.999))
    soft = np.mean((values > -150) & (values < 150))
    return -5000 <= low <= -900 and 200 < high < 5000 and bool(soft > 0.02)


def _background(values: NDArray) -> float:
    """Halfway from the mean of the darker of Otsu's two classes to his threshold (Otsu 1979, 256 bins).

    Bright outliers, the top half per cent, take no part.
    """
    low, high = np.quantile(values, (0.0, 0.995))
    if not high > low:
        return float(low)
    counts, edges = np.histogram(values, 256, (low, high))
    centers = (edges[1:] + edges[:-1]) / 2
    weight, moment = np.cumsum(counts), np.cumsum(counts * centers)
    inside = slice(0, -1)
    lower, upper = weight[inside], weight[-1] - weight[inside]
    spread = (moment[-1] * lower / weight[-1] - moment[inside]) ** 2 / np.maximum(lower * upper, 1)
    best = np.flatnonzero(spread >= spread.max() * (1 - 1e-9))  # a gap between the classes: all of it is as good
    threshold = float(edges[best + 1].mean())
    return float((moment[best[0]] / max(weight[best[0]], 1) + threshold) / 2)


def _content_points(indices: list[NDArray], sample: NDArray, background: float, shape: tuple[int, int, int]) -> NDArray:
    """Corners (n, 3), in voxels (x, y, z), of the blocks of the largest connected content above the background."""
    block = [max(1, -(-n // BLOCKS)) for n in sample.shape]
    occupied = _block_means(sample > background, block) > 0.25
    labels, count = ndimage.label(occupied)  # pyright: ignore[reportGeneralTypeIssues]  (SciPy types an int too)
    if not count:
        return np.empty((0, 3))
    sizes = np.bincount(np.asarray(labels, np.intp).ravel())[1:]
    cells = np.argwhere(np.isin(labels, np.flatnonzero(sizes >= 0.05 * sizes.max()) + 1))
    corners = []
    for offset in np.ndindex(2, 2, 2):
        at = (cells + offset) * block
        corners.append(
            np.stack([_edge(index, at[:, axis], shape[axis]) for axis, index in enumerate(indices)][::-1], -1)
        )
    return np.unique(np.concatenate(corners), axis=0)


def _edge(index: NDArray, at: NDArray, size: int) -> NDArray[np.float64]:
    """Voxel positions of the borders before sampled places `at`."""
    edges = np.concatenate([[-0.5], (index[1:] + index[:-1]) / 2, [size - 0.5]])
    return edges[np.minimum(at, len(index))]


def _block_means(mask: NDArray, block: list[int]) -> NDArray[np.floating]:
    padded = np.pad(mask.astype(np.float32), [(0, -n % b) for n, b in zip(mask.shape, block, strict=True)])
    (z, y, x), (bz, by, bx) = padded.shape, block
    return padded.reshape(z // bz, bz, y // by, by, x // bx, bx).mean((1, 3, 5))


def _quantiles(values: NDArray) -> tuple[float, ...]:
    return tuple(map(float, np.quantile(values, np.linspace(0, 1, QUANTILE_COUNT))))


def _points(points: NDArray) -> tuple[tuple[float, float, float], ...]:
    return tuple((float(x), float(y), float(z)) for x, y, z in points)
