"""Headerless voxels: one file, or a folder with one slice a file. Dtype, shape and byte order come from the options."""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Rows
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.folders import commonest_names, visible_entries
from brainreel.formats.gate import foreign_errors, require_exists, require_file
from brainreel.formats.options import ReadOptions
from brainreel.formats.voxels import affine_of, map_array, native_dtype, region_shape, spelled, warn_if_huge

log = logging.getLogger("brainreel")
EXAMPLE = "--dtype uint8 --shape z=93,y=64,x=64 --spacing z=2mm,y=3mm,x=3mm --byte-order little"
_SIDECAR_SUFFIXES = (".nhdr", ".mhd", ".hdr", ".txt", ".json", ".xml", ".log", ".md", ".csv", ".yaml", ".yml", ".toml")


@dataclass(frozen=True)
class RawVolume:
    """Voxels in C order (z, y, x), memory-mapped: `files` hold one slice each, or there is one and it holds all."""

    path: Path
    name: str
    shape: tuple[int, int, int]
    dtype: np.dtype
    world_from_voxel: NDArray[np.float64]
    unit: str
    files: tuple[Path, ...]
    stored: np.dtype

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; only its pages of the files are read."""
        z, y, x = region
        result = np.empty(region_shape(region, self.shape), self.dtype)
        if len(self.files) == 1:
            result[...] = map_array(self.files[0], self.stored, self.shape)[z, y, x]
            return result
        for target, file in zip(result, self.files[z], strict=True):
            target[...] = map_array(file, self.stored, self.shape[1:])[y, x]
        return result

    def rows(self) -> Rows:
        """Bare, in one file or in many."""
        depth, height, width = self.shape
        alone = len(self.files) == 1 < depth
        slice_bytes = height * width * self.stored.itemsize if alone else 0
        offsets = tuple(z * slice_bytes for z in range(depth))
        return Rows(1, self.files * depth if alone else self.files, offsets, self.stored)

    def fingerprint(self) -> str:
        """A hex digest of the files in order and of everything that the options state."""
        geometry = self.world_from_voxel.tolist()
        return fingerprint(
            self.files, stored=self.stored.str, shape=self.shape, world_from_voxel=geometry, unit=self.unit
        )


def open_raw(path: Path, options: ReadOptions) -> RawVolume:
    """The volume in the file or the folder `path`, as `options` describe it; without a spacing its unit is "none".

    In a folder the slices are the files whose names differ only in their numbers, the largest such group, in natural
    order; header and text files beside them are passed over with a logged note. Raises FormatError where an option is
    missing, a size does not match, or another file lies among the slices.
    """
    require_exists(path)
    if options.dtype is None or options.shape is None:
        missing = " and ".join(f"--{key}" for key in ("dtype", "shape") if getattr(options, key) is None)
        raise FormatError(f"{path}: raw voxels state nothing about themselves; add {missing}, for example: {EXAMPLE}")
    if options.byte_order is None and options.stored_dtype.itemsize > 1:
        raise FormatError(f"{path}: {options.dtype} has two byte orders; add --byte-order little or --byte-order big")
    files = _slices_in(path, options.shape[0]) if path.is_dir() else (path,)
    held = options.shape if len(files) == 1 else options.shape[1:]
    for file in files:
        _require_size(file, held, options.stored_dtype, "a slice" if path.is_dir() else "in all")
    world_from_voxel, unit = affine_of(options.spacing)
    if unit == "mm":
        warn_if_huge(path, world_from_voxel, options.shape)
    dtype = native_dtype(options.stored_dtype)
    return RawVolume(path, path.name, options.shape, dtype, world_from_voxel, unit, files, options.stored_dtype)


def _slices_in(folder: Path, count: int) -> tuple[Path, ...]:
    entries = visible_entries(folder)
    slices = commonest_names([entry for entry in entries if entry.suffix.lower() not in _SIDECAR_SUFFIXES] or entries)
    for other in sorted(set(entries) - set(slices)):
        if other.suffix.lower() not in _SIDECAR_SUFFIXES:
            raise FormatError(f"{other}: lies among {len(slices)} slices such as {slices[0].name}; move it elsewhere")
        log.info("%s: passed over, a header or text beside %d raw slices", other, len(slices))
    if len(slices) != count:
        raise FormatError(
            f"{folder}: --shape says z={count}, but the folder holds {len(slices)} slices; state z={len(slices)}"
        )
    return tuple(slices)


def _require_size(file: Path, shape: tuple[int, ...], dtype: np.dtype, of_what: str) -> None:
    require_file(file)
    with foreign_errors(file):
        size = file.stat().st_size
    if size != math.prod(shape) * dtype.itemsize:
        raise FormatError(f"{spelled(shape, dtype)} {of_what}, but {file} holds {size:,}; check --dtype and --shape")
