"""GIFTI surfaces, values per vertex and labels, gzip outside or not."""

import logging
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage
from numpy.typing import NDArray

from brainreel.data import LabelEntry, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.freesurfer_values import read_morph
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.gifti_arrays import arrays_of, parse_gifti
from brainreel.formats.hemispheres import hemisphere_of, morph_files
from brainreel.formats.maps import chosen_map
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.parcellations import VertexLabels, distinct_color, label_table, warn_of_unknown
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.streams import PackedStream
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh
from brainreel.space import apply_affine, is_invertible

log = logging.getLogger("brainreel")
_HEMISPHERES = {"CortexLeft": "left", "CortexRight": "right"}
_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
_MILLISECONDS_FROM = 50.0
"""Time steps from here on are ms (FreeSurfer writes the TR in them), below it seconds (as BIDS has it)."""
_KINDS = {"POINTSET": "mesh", "TRIANGLE": "mesh", "LABEL": "labels"}


def open_gifti(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh | RowSeries | VertexLabels:
    """The surface in `path`, or its labels, or its values as a series: one moment an array.

    Raises FormatError for anything else.
    """
    image = parse_gifti(path)
    point_sets, triangles = arrays_of(image, "NIFTI_INTENT_POINTSET"), arrays_of(image, "NIFTI_INTENT_TRIANGLE")
    if not point_sets and not triangles:
        return (
            _labels(path, image, options) if arrays_of(image, "NIFTI_INTENT_LABEL") else _series(path, image, options)
        )
    if len(point_sets) != 1 or len(triangles) != 1:
        raise FormatError(
            f"{path}: {len(point_sets)} point sets and {len(triangles)} sets of triangles; a surface has one of each"
        )
    points = _in_world(path, point_sets[0])
    hemi = _hemisphere(path, [point_sets[0].meta, image.meta], options)
    faces = np.asarray(triangles[0].data)
    own, of_faces = _own_arrays(path, image, len(points), len(faces))
    arrays = MorphArrays(morph_files(path), len(points), read_morph, own)
    return surface_mesh(path, points, faces, hemi, arrays, of_faces)


def read_scalars(path: Path) -> NDArray[np.float32]:
    """The values per vertex (n,) of a file that holds one array of them."""
    rows = _rows(path, parse_gifti(path).darrays)
    if len(rows) != 1:
        raise FormatError(f"{path}: {len(rows)} arrays where one value a vertex is wanted")
    return np.array(rows[0], np.float32)


def sniff_gifti(path: Path) -> str:
    """ "mesh", "labels" or "array", by the intent of the first array, without reading any."""
    intent = re.search(rb"<DataArray[^>]*\sIntent=[\"']NIFTI_INTENT_(\w+)", _head(path, b"<DataArray"))
    return _KINDS.get(intent[1].decode(), "array") if intent else "array"


def count_points(path: Path) -> int | None:
    """How many points the first array of the surface in `path` states, if it has them; nothing else is read."""
    tag = re.search(rb"<DataArray[^>]*>", _head(path, b"<DataArray"))
    size = re.search(rb"\sDim0=[\"'](\d{1,9})", tag[0]) if tag and b"POINTSET" in tag[0] else None
    return int(size[1]) if size else None


def _head(path: Path, until: bytes) -> bytes:
    """What the file begins with, to the end of the first tag `until`."""
    head = require_file(path)
    stream = PackedStream(path) if head.startswith(GZIP_MAGIC) else None
    with foreign_errors(path), path.open("rb") as file:
        text = b""
        while len(text) < 1 << 24:
            chunk = bytearray(1 << 16)
            count = stream.read_into(chunk) if stream else file.readinto(chunk)
            text += chunk[:count]
            if re.search(until + rb"[^>]*>", text):
                return text
            if not count:
                break
    raise FormatError(f"{path}: this is no readable GIFTI: it holds no data array")


def _own_arrays(
    path: Path, image: GiftiImage, vertex_count: int, face_count: int
) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """The values per vertex and per triangle that the file of a surface has too, by name."""
    geometry = (*arrays_of(image, "NIFTI_INTENT_POINTSET"), *arrays_of(image, "NIFTI_INTENT_TRIANGLE"))
    others = [array for array in image.darrays if not any(array is one for one in geometry)]
    on_vertices: dict[str, NDArray] = {}
    on_faces: dict[str, NDArray] = {}
    for number, array in enumerate(others):
        count = len(array.data) if array.data.ndim in (1, 2) else -1
        if count in (vertex_count, face_count):
            found = on_vertices if count == vertex_count else on_faces
            found.setdefault(array.meta.get("Name", "").strip() or f"array {number}", np.asarray(array.data))
        else:
            told = "%s: an array of shape %s belongs to no vertex and no triangle; it is left out"
            log.warning(told, path, array.data.shape)
    return on_vertices, on_faces


def _series(path: Path, image: GiftiImage, options: ReadOptions) -> RowSeries:
    rows = _rows(path, image.darrays)
    names = tuple(array.meta.get("Name", "").strip() for array in image.darrays)
    maps = names if len(rows) == len(names) == len(set(names)) and all(names) else ()
    hemi = _hemisphere(path, [image.meta, image.darrays[0].meta], options)
    return RowSeries(path, path.name, _times(path, image, len(rows), maps, options), hemi, rows, maps=maps)


def _times(path: Path, image: GiftiImage, count: int, maps: tuple[str, ...], options: ReadOptions) -> TimeAxis:
    """The options', else those of a time series that states its step, else items where the arrays have names."""
    step_s = _step_s(path, image) if options.times is None else None
    if step_s is not None:
        return TimeAxis(0.0, step_s, count)
    if maps and options.times is None:
        return TimeAxis(0.0, 1.0, count, "items")
    return time_axis(path, count, options)


def _step_s(path: Path, image: GiftiImage) -> float | None:
    """The step of a time series that states one above 0."""
    stated = next((text for one in (*image.darrays, image) if (text := one.meta.get("TimeStep"))), None)
    if stated is None or not arrays_of(image, "NIFTI_INTENT_TIME_SERIES"):
        return None
    with foreign_errors(path, ValueError, problem="its TimeStep is no number"):
        step = float(stated)
    if not 0 < step < math.inf:
        return None
    in_ms = step >= _MILLISECONDS_FROM
    log.info("%s: its time step of %g is taken for %s; times: states another", path, step, "ms" if in_ms else "seconds")
    return step / 1000 if in_ms else step


def _labels(path: Path, image: GiftiImage, options: ReadOptions) -> VertexLabels:
    """One of the arrays of labels, whose table all share."""
    arrays = arrays_of(image, "NIFTI_INTENT_LABEL")
    rows = _rows(path, arrays)
    if rows.dtype.kind == "f" and not (np.isfinite(rows).all() and (rows == np.rint(rows)).all()):
        raise FormatError(f"{path}: labels are whole numbers, these are not; the file is damaged")
    if abs(rows).max() >= 2**31:
        raise FormatError(f"{path}: has a label of {abs(rows).max():,}; it is damaged")
    names = tuple(array.meta.get("Name", "").strip() or f"map {number}" for number, array in enumerate(arrays))
    chosen = chosen_map(path, names, options.array)
    with foreign_errors(path, ValueError, TypeError, problem="its table of labels is damaged"):
        entries = [_entry(label, place) for place, label in enumerate(image.labeltable.labels)]
    hemi = _hemisphere(path, [image.meta, arrays[chosen].meta], options)
    labels = rows[chosen].astype(np.int32)
    if not entries:
        entries = [LabelEntry(int(one), str(one), distinct_color(k)) for k, one in enumerate(np.unique(labels))]
    table = label_table(path.name, entries)
    warn_of_unknown(path, labels, table)
    return VertexLabels(path, path.name, labels, table, hemi, maps=names, chosen=chosen)


def _entry(label: object, place: int) -> LabelEntry:
    """A row of the table, the `place`th; one without a colour gets one by its place, one without opacity is opaque."""
    red, green, blue, alpha = (getattr(label, name) for name in ("red", "green", "blue", "alpha"))
    color = distinct_color(place) if None in (red, green, blue) else (_share(red), _share(green), _share(blue))
    opacity = 1.0 if alpha is None else _share(alpha)
    return LabelEntry(int(getattr(label, "key", 0)), str(getattr(label, "label", None) or ""), color, opacity)


def _share(part: float) -> float:
    return min(max(float(part), 0.0), 1.0)


def _hemisphere(path: Path, metas: Iterable[Mapping[str, str]], options: ReadOptions) -> str | None:
    """The options' hemisphere, else the one that the metadata state, else the name's."""
    stated = [_HEMISPHERES.get(meta.get("AnatomicalStructurePrimary", "")) for meta in metas]
    return options.hemi or next(filter(None, stated), None) or hemisphere_of(path.name)


def _rows(path: Path, arrays: Sequence[GiftiDataArray]) -> NDArray:
    """(array, vertex): the values of `arrays`; one of (vertex, moment) is as good as many."""
    data = [np.asarray(array.data) for array in arrays]
    if len(data) == 1 and data[0].ndim == 2:
        data = list(data[0].T)
    shapes = {array.shape for array in data}
    if len(shapes) != 1 or data[0].ndim != 1:
        raise FormatError(
            f"{path}: arrays of shapes {sorted(shapes)}; values per vertex are one number each, all as many"
        )
    return np.stack(data)


def _in_world(path: Path, points: GiftiDataArray) -> NDArray[np.float64]:
    """The points in RAS mm, (n, 3).

    The file's transform is applied once where it does anything. Else FreeSurfer's surface coordinates, which are those
    of a file that states a volume's centre (`VolGeomC_R`) and does not say that it is in scanner space, move by it.
    """
    xyz = np.asarray(points.data, float)
    if xyz.ndim != 2 or xyz.shape[1] != 3:
        raise FormatError(f"{path}: points of shape {xyz.shape}; a surface has (vertex, 3)")
    system = points.coordsys
    if system is not None and not np.array_equal(system.xform, np.eye(4)):
        if not is_invertible(system.xform):
            raise FormatError(f"{path}: its coordinate transform {np.array(system.xform).tolist()} flattens space")
        log.info("%s: moved by the coordinate transform that it states", path)
        return apply_affine(system.xform, xyz)
    with foreign_errors(path, ValueError, problem="its VolGeomC is no point"):
        centre = [float(points.meta.get(f"VolGeomC_{axis}", 0)) for axis in "RAS"]
    return xyz if system is not None and system.dataspace == _SCANNER else xyz + centre
