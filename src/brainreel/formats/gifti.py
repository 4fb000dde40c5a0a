"""GIFTI surfaces and values per vertex, gzip outside or not."""

import logging
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.parsers.expat import ExpatError

import numpy as np
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage
from nibabel.nifti1 import intent_codes
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.freesurfer import read_morph
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.hemispheres import hemisphere_of, morph_files
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.rows import RowSeries, time_axis
from brainreel.formats.streams import PackedStream, gunzip
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh
from brainreel.space import apply_affine, is_invertible

log = logging.getLogger("brainreel")
_FOREIGN = (ExpatError, ValueError, LookupError, TypeError, AttributeError, AssertionError, zlib.error)
"""What nibabel's parser raises on damaged files: it trusts their structure."""
_HEMISPHERES = {"CortexLeft": "left", "CortexRight": "right"}
_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT


def open_gifti(path: Path, options: ReadOptions = NO_OPTIONS) -> SurfaceMesh | RowSeries:
    """The surface in `path`, or its values as a series: one moment an array. Raises FormatError for neither."""
    image = _parse(path)
    point_sets, triangles = (_arrays(image, intent) for intent in ("NIFTI_INTENT_POINTSET", "NIFTI_INTENT_TRIANGLE"))
    if not point_sets:
        return _series(path, image, options)
    if len(point_sets) != 1 or len(triangles) != 1:
        raise FormatError(
            f"{path}: {len(point_sets)} point sets and {len(triangles)} sets of triangles; a surface has one"
        )
    points = _in_world(path, point_sets[0])
    hemi = _hemisphere(path, [point_sets[0].meta, image.meta], options)
    arrays = MorphArrays(morph_files(path), len(points), read_morph)
    return surface_mesh(path, points, np.asarray(triangles[0].data), hemi, arrays)


def read_scalars(path: Path) -> NDArray[np.float32]:
    """The values per vertex (n,) of a file that holds one array of them."""
    rows = _rows(path, _parse(path))
    if len(rows) != 1:
        raise FormatError(f"{path}: {len(rows)} arrays where one value a vertex is wanted")
    return np.array(rows[0], np.float32)


def sniff_gifti(path: Path) -> str:
    """ "mesh" or "array", by the intent of the first array, without reading any."""
    head = require_file(path)
    stream = PackedStream(path) if head.startswith(GZIP_MAGIC) else None
    with foreign_errors(path), path.open("rb") as file:
        text = b""
        while len(text) < 1 << 24:
            chunk = bytearray(1 << 16)
            count = stream.read_into(chunk) if stream else file.readinto(chunk)
            text += chunk[:count]
            if intent := re.search(rb"<DataArray[^>]*\sIntent=[\"'](\w+)", text):
                return "mesh" if intent[1] in (b"NIFTI_INTENT_POINTSET", b"NIFTI_INTENT_TRIANGLE") else "array"
            if not count:
                break
    raise FormatError(f"{path}: this is no readable GIFTI: it holds no data array")


def _parse(path: Path) -> GiftiImage:
    content = gunzip(path) if require_file(path).startswith(GZIP_MAGIC) else path.read_bytes()
    with foreign_errors(path, *_FOREIGN, problem="this is no readable GIFTI"):
        image = GiftiImage.from_bytes(content)
    if image is None or not image.darrays or any(array.data is None for array in image.darrays):
        raise FormatError(f"{path}: this is no readable GIFTI: it lacks data arrays")
    return image


def _arrays(image: GiftiImage, intent: str) -> list[GiftiDataArray]:
    return [array for array in image.darrays if array.intent == intent_codes.code[intent]]


def _series(path: Path, image: GiftiImage, options: ReadOptions) -> RowSeries:
    rows = _rows(path, image)
    hemi = _hemisphere(path, [image.meta], options)
    return RowSeries(path, path.name, time_axis(path, len(rows), options), hemi, rows)


def _hemisphere(path: Path, metas: Iterable[Mapping[str, str]], options: ReadOptions) -> str | None:
    """The options' hemisphere, else the one that the metadata state, else the name's."""
    stated = [_HEMISPHERES.get(meta.get("AnatomicalStructurePrimary", "")) for meta in metas]
    return options.hemi or next(filter(None, stated), None) or hemisphere_of(path.name)


def _rows(path: Path, image: GiftiImage) -> NDArray:
    """(array, vertex): the values, one array a moment."""
    if _arrays(image, "NIFTI_INTENT_LABEL"):
        raise FormatError(f"{path}: labels of a surface; this version paints values, not labels")
    arrays = [array.data for array in image.darrays]
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1 or arrays[0].ndim != 1 or arrays[0].dtype.kind not in "iuf":
        raise FormatError(
            f"{path}: arrays of shapes {sorted(shapes)}; values per vertex are one number each, all as many"
        )
    return np.stack(arrays)


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
