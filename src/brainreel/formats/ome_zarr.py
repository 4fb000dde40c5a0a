"""OME-Zarr images, in a folder or zipped, versions 0.1 to 0.6, and plain Zarr arrays."""

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.storage import LocalStore, ZipStore

from brainreel.data import Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.boxes import Box, KeptBoxes
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.images import Image, moments, placed, uneven_moments
from brainreel.formats.ngff import channel_looks, read_multiscale
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.registry import split_inner
from brainreel.formats.voxels import warn_if_huge
from brainreel.formats.zarr_blosc import check_blosc_frames

log = logging.getLogger("brainreel")
_LARGEST_METADATA = 64 << 20
_LARGEST_CHUNK = 1 << 30
_METADATA = ("zarr.json", ".zattrs", ".zgroup", ".zarray")
_ODD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, zipfile.BadZipFile)
"""What metadata of another make than expected lead to."""


class _Folder:
    """A Zarr hierarchy in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self, name: str) -> bytes | None:
        file = self.path / name
        if not file.is_file():
            return None
        require_file(file)  # a git-LFS pointer among the metadata is named here
        return file.read_bytes() if file.stat().st_size <= _LARGEST_METADATA else None

    def children(self, group: str) -> list[str]:
        folder = self.path / group
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []

    def store(self) -> LocalStore:
        return LocalStore(self.path, read_only=True)

    def files(self, array: str) -> tuple[Path, ...]:
        return (self.path / array,)


class _Zip:
    """A Zarr hierarchy in a zip file, at its root or in its only folder."""

    def __init__(self, path: Path) -> None:
        require_file(path)
        self.path = path
        with foreign_errors(path, *_ODD, problem="this is no readable zip file"), zipfile.ZipFile(path) as archive:
            self._sizes = {one.filename: one.file_size for one in archive.infolist()}
        tops = {name.split("/")[0] for name in self._sizes}
        bare = not any(name in self._sizes for name in _METADATA)
        self.prefix = f"{tops.pop()}/" if bare and len(tops) == 1 else ""

    def text(self, name: str) -> bytes | None:
        if not 0 < self._sizes.get(self.prefix + name, 0) <= _LARGEST_METADATA:
            return None
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.prefix + name)

    def children(self, group: str) -> list[str]:
        start = self.prefix + (f"{group}/" if group else "")
        inside = [name[len(start) :] for name in self._sizes if name.startswith(start)]
        return sorted({name.split("/")[0] for name in inside if "/" in name})

    def store(self) -> ZipStore:
        return ZipStore(self.path, mode="r")

    def files(self, array: str) -> tuple[Path, ...]:
        return (self.path,)


class _ZarrArray:
    """An array as zarr-python reads it."""

    def __init__(self, path: Path, array: zarr.Array) -> None:
        self.shape, self.dtype = tuple(array.shape), np.dtype(array.dtype)
        self._path, self._array = path, array

    def read(self, box: Box) -> NDArray:
        try:
            return np.asarray(self._array[box])
        except Exception as error:  # zarr's, and those of every codec
            raise FormatError(f"{self._path}: {box} cannot be read: {error}; copy the image again") from error


def open_ome_zarr(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The image at `path` at full resolution, of bioformats2raw's collections the first (`x.zarr:/1` the second).

    Its place is what scale and translation say, in mm where the axes have units of length, anatomical directions as
    far as stated; names, colours and windows of channels are OMERO's. Chunks that are not there hold the fill value.
    Raises FormatError where the metadata are no image's, damaged, or git-LFS pointers.
    """
    file, inner = split_inner(path)
    tree = _Folder(file) if file.is_dir() else _Zip(file)
    with foreign_errors(file, *_ODD, problem="its metadata are not those of an OME-Zarr image"):
        group, described = _find_image(tree, inner.strip("/"))
        return _image(tree, group, described, path, options).opened()


def _find_image(tree: _Folder | _Zip, group: str) -> tuple[str, Mapping[str, Any]]:
    """The group or array that holds the image, and its attributes."""
    attributes, is_array = _attributes(tree, group)
    said = attributes.get("ome", attributes)
    if is_array or "multiscales" in said:
        return group, said
    images = [name for name in tree.children(group) if name.isdecimal()]
    if "bioformats2raw.layout" in said and images:
        if len(images) > 1:
            log.info("%s: image 0 of %d; name another as %s:/1", tree.path, len(images), tree.path.name)
        return _find_image(tree, f"{group}/{images[0]}".strip("/"))
    if not attributes and _is_missing(tree, group):
        raise FormatError(f"{tree.path}: there is no Zarr group or array at {group or 'its root'}; check the path")
    inside = ", ".join(tree.children(group)[:12]) or "nothing"
    raise FormatError(
        f"{tree.path}: {'a plate of many images' if 'plate' in said else 'no image'} at {group or 'its root'}, which "
        f"holds {inside}; name the image in it, as in {tree.path.name}:/0"
    )


def _is_missing(tree: _Folder | _Zip, group: str) -> bool:
    return all(tree.text(f"{group}/{name}".lstrip("/")) is None for name in _METADATA)


def _attributes(tree: _Folder | _Zip, group: str) -> tuple[Mapping[str, Any], bool]:
    """The attributes of the node at `group`, of either version of Zarr, and whether it is an array."""
    texts = {name: tree.text(f"{group}/{name}".lstrip("/")) for name in _METADATA}
    if texts["zarr.json"] is not None:
        node = json.loads(texts["zarr.json"])
        return node.get("attributes") or {}, node["node_type"] == "array"
    attributes = json.loads(texts[".zattrs"]) if texts[".zattrs"] is not None else {}
    if not isinstance(attributes, Mapping):
        raise FormatError(f"{tree.path}: the attributes of {group or 'its root'} are no mapping; copy them again")
    return attributes, texts[".zarray"] is not None


def _image(tree: _Folder | _Zip, group: str, said: Mapping[str, Any], path: Path, options: ReadOptions) -> Image:
    multiscale = said["multiscales"][0] if "multiscales" in said else None
    inside = "" if multiscale is None else str(multiscale["datasets"][0]["path"])
    where = f"{group}/{inside}".strip("/")
    array = _open_array(tree, where)
    plain = multiscale or {"datasets": [{"path": ""}], "axes": _plain_axes(array)}
    level = read_multiscale(plain, len(array.shape), tree.path)
    world_from_voxel, unit = _own_place(tree, group) or level.world_from_voxel()
    if options.spacing is not None or multiscale is None:
        world_from_voxel, unit = placed(world_from_voxel if multiscale else None, options)
    if unit == "none":
        log.info("%s: its axes have no unit of length; give the spacing with --spacing z=...,y=...,x=...", path)
    count = array.shape[level.axes.index("t")] if "t" in level.axes else 1
    image = Image(
        tree.path,
        path.name,
        KeptBoxes(_ZarrArray(tree.path, array), tuple(array.chunks)),
        level.axes,
        world_from_voxel,
        unit,
        tree.files(where),
        _moments(tree, group, moments(count, options, *level.seconds()), options),
        channel_looks(said.get("omero")),
        facts=_facts_of(where, array),
        open_coarser=lambda: _coarser(tree, group, multiscale, 1, image),
    )
    if unit == "mm":
        warn_if_huge(tree.path, world_from_voxel, (image.size("z"), image.size("y"), image.size("x")))
    return image


def _coarser(
    tree: _Folder | _Zip, group: str, multiscale: Mapping[str, Any] | None, level: int, finest: Image
) -> Image | None:
    """The level of that number, placed by how its metadata differ from those of the finest; None where none is."""
    if multiscale is None or level >= len(multiscale["datasets"]):
        return None
    where = f"{group}/{multiscale['datasets'][level]['path']}".strip("/")
    array = _open_array(tree, where)
    own, other = (read_multiscale(multiscale, len(array.shape), tree.path, k) for k in (0, level))
    return replace(
        finest,
        array=KeptBoxes(_ZarrArray(tree.path, array), tuple(array.chunks)),
        world_from_voxel=finest.world_from_voxel @ own.from_level(other),
        files=tree.files(where),
        facts=_facts_of(where, array),
        open_coarser=lambda: _coarser(tree, group, multiscale, level + 1, finest),
    )


def _facts_of(where: str, array: zarr.Array) -> dict[str, object]:
    return {"array": where, "shape": array.shape, "dtype": str(array.dtype), "fill": str(array.fill_value)}


def _own_place(tree: _Folder | _Zip, group: str) -> tuple[NDArray[np.float64], str] | None:
    """Where the voxels lie, and the unit, in a store that brainreel made: OME-Zarr has no words for oblique ones."""
    said = _attributes(tree, group)[0].get("brainreel")
    if not isinstance(said, Mapping) or "world_from_voxel" not in said:
        return None
    return np.array(said["world_from_voxel"], float).reshape(4, 4), str(said["unit"])


def _moments(tree: _Folder | _Zip, group: str, axis: TimeAxis, options: ReadOptions) -> TimeAxis:
    """`axis`, or the uneven moments of a store that brainreel made."""
    said = _attributes(tree, group)[0].get("brainreel")
    if not isinstance(said, Mapping) or options.times is not None:
        return axis
    return replace(axis, uneven=uneven_moments(tree.path, said.get("moments_s"), axis.count))


def _open_array(tree: _Folder | _Zip, where: str) -> zarr.Array:
    """The array at `where`. Raises FormatError where zarr cannot open it or its chunks are beyond reason."""
    check_blosc_frames()
    try:
        prefix = tree.prefix if isinstance(tree, _Zip) else ""
        array = zarr.open_array(tree.store(), path=(prefix + where).strip("/"), mode="r")
        chunks = tuple(array.chunks)
        bytes_each = int(np.prod(chunks, dtype=float)) * np.dtype(array.dtype).itemsize
    except Exception as error:  # zarr has no tree of errors
        raise FormatError(f"{tree.path}: the array {where or 'at its root'} cannot be opened: {error}") from error
    if not isinstance(array, zarr.Array) or not array.shape or min(chunks) < 1 or bytes_each > _LARGEST_CHUNK:
        raise FormatError(
            f"{tree.path}: the array {where} of {array.shape} has chunks of {chunks}; at most {_LARGEST_CHUNK >> 20} "
            "MB are read at once: write it in smaller ones"
        )
    return array


def _plain_axes(array: zarr.Array) -> list[str] | None:
    """What an array that is no OME-Zarr image calls its axes."""
    stated = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS")
    names = [str(name).lower() for name in stated] if isinstance(stated, list | tuple) else []
    return names if names and set(names) <= set("tczyx") else None
