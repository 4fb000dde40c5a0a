"""NIfTI-1 and NIfTI-2 volumes in one file, plain or gzip, read lazily."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from brainreel.data import Region
from brainreel.errors import FormatError
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.gzip_stream import GzipStream, inflated_bytes
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.voxels import map_array, native_dtype, region_shape, respaced, spelled, warn_if_huge
from brainreel.space import is_invertible

log = logging.getLogger("brainreel")
_MM = {"meter": 1000.0, "micron": 1e-3}  # millimetres, or nothing stated: 1
_KEPT_SLICES = 4  # neighbours read again for interpolation and gradients
_CIFTI_INTENTS = range(3000, 3100)
_ICO7_DIMS = (27307, 1, 6)  # how FreeSurfer fits fsaverage's 163842 vertices into NIfTI-1


class _Slices(Protocol):
    """Where a volume's planes come from."""

    def planes(self, start: int, stop: int) -> Iterator[NDArray]:
        """Planes `start` to `stop` as they are stored, (y, x) each."""
        ...


@dataclass(frozen=True)
class NiftiVolume:
    """A NIfTI volume. Stored integers are kept where the header does not scale them; scaled voxels are float32."""

    path: Path
    name: str
    shape: tuple[int, int, int]
    dtype: np.dtype
    world_from_voxel: NDArray[np.float64]
    scaling: tuple[np.float64, np.float64] | None
    slices: _Slices
    unit: str = "mm"

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; from gzip cheap where z ascends, from the start of the file where it goes back."""
        z, y, x = region
        result = np.empty(region_shape(region, self.shape), self.dtype)
        for target, plane in zip(result, self.slices.planes(z.start, z.stop), strict=True):
            if self.scaling is None:
                target[...] = plane[y, x]
            else:
                slope, intercept = self.scaling
                target[...] = plane[y, x] * slope + intercept
        return result

    def fingerprint(self) -> str:
        """A hex digest of the file and of the geometry that was read from it."""
        return fingerprint([self.path], world_from_voxel=self.world_from_voxel.tolist())


class _MappedSlices:
    """Planes of an uncompressed file, memory-mapped anew each time: a file that shrank is noticed, not crashed on."""

    def __init__(self, path: Path, dtype: np.dtype, shape: tuple[int, int, int], offset: int):
        self._path, self._dtype, self._shape, self._offset = path, dtype, shape, offset

    def planes(self, start: int, stop: int) -> Iterator[NDArray]:
        return iter(map_array(self._path, self._dtype, self._shape, self._offset)[start:stop])


class _GzipSlices:
    """Planes of a gzip file, inflated forward; the last few are kept, so that slabs may overlap by those."""

    def __init__(self, path: Path, dtype: np.dtype, shape: tuple[int, int, int], offset: int):
        self._path, self._dtype, self._shape, self._offset = path, dtype, shape, offset
        self._lock = threading.Lock()
        self._restart()

    def planes(self, start: int, stop: int) -> Iterator[NDArray]:
        with self._lock:
            if start < self._next - len(self._kept):
                self._restart()
            for z in range(start, stop):
                while self._next <= z:
                    self._inflate_plane()
                yield self._kept[z - self._next]

    def _restart(self) -> None:
        self._next = 0
        self._kept: deque[NDArray] = deque(maxlen=_KEPT_SLICES)
        self._stream = GzipStream(self._path)
        self._stream.skip(self._offset)

    def _inflate_plane(self) -> None:
        buffer = bytearray(self._shape[1] * self._shape[2] * self._dtype.itemsize)
        if self._stream.read_into(buffer) < len(buffer):
            raise FormatError(f"{self._path}: the file has become shorter since it was opened; start again")
        self._kept.append(np.frombuffer(buffer, self._dtype).reshape(self._shape[1:]))
        self._next += 1
        if self._next == self._shape[0]:
            self._stream.verify_end()


def open_nifti(path: Path, options: ReadOptions = NO_OPTIONS) -> NiftiVolume:
    """The volume in `path` (.nii, .nii.gz).

    Its place in the world is the sform where its code is above 0, else the qform, else the voxel sizes with a warning
    (then x points left from the volume's centre, as nibabel and FSL have it). Raises FormatError before any voxel is
    read where the header is wrong, or claims more than the file holds.
    """
    compressed = require_file(path).startswith(GZIP_MAGIC)
    header = _read_header(path, compressed)
    shape, stored = _shape_of(path, header), _dtype_of(path, header)
    offset = _voxel_offset(path, header)
    _require_voxels(path, compressed, shape, stored, offset)
    with foreign_errors(path, HeaderDataError, problem="the header is wrong"):
        slope, intercept = header.get_slope_inter()
    scaling = None if slope is None or (slope, intercept) == (1, 0) else (np.float64(slope), np.float64(intercept))
    source = (_GzipSlices if compressed else _MappedSlices)(path, stored, shape, offset)
    world_from_voxel = _affine_of(path, header, options)
    warn_if_huge(path, world_from_voxel, shape)
    dtype = native_dtype(stored) if scaling is None else np.dtype(np.float32)
    return NiftiVolume(path, path.name, shape, dtype, world_from_voxel, scaling, source)


def _read_header(path: Path, compressed: bool) -> Nifti1Header:
    """The header of either version and byte order, not yet believed."""
    block = bytearray(540)
    if compressed:
        count = GzipStream(path).read_into(block)
    else:
        with foreign_errors(path), path.open("rb") as file:
            count = file.readinto(block)
    for kind, size in ((Nifti1Header, 348), (Nifti2Header, 540)):
        if count >= size and bytes(block[:4]) in (size.to_bytes(4, "little"), size.to_bytes(4, "big")):
            header = kind(bytes(block[:size]), check=False)
            break
    else:
        raise FormatError(f"{path}: this is no NIfTI file: its first four bytes state no header of 348 or 540 bytes")
    magic = bytes(header["magic"])[:3]
    if magic in (b"ni1", b"ni2"):
        raise FormatError(f"{path}: its voxels lie in a second file (.hdr/.img pair); convert it to one .nii file")
    if magic not in (b"n+1", b"n+2"):
        raise FormatError(f"{path}: this is no NIfTI file: its magic is {magic!r} (Analyze 7.5 is not read)")
    return header


def _shape_of(path: Path, header: Nifti1Header) -> tuple[int, int, int]:
    """(z, y, x); refuses what is no single volume of one moment."""
    dims = [int(n) for n in header["dim"]]
    count = dims[0]
    if int(header["intent_code"]) in _CIFTI_INTENTS:
        raise FormatError(
            f"{path}: this is CIFTI, values on surfaces; write them as GIFTI with wb_command -cifti-separate"
        )
    if not 1 <= count <= 7:
        raise FormatError(f"{path}: the header states {count} dimensions, NIfTI has 1 to 7; the file is damaged")
    sizes = dims[1 : count + 1]
    named = " x ".join(map(str, sizes))
    if tuple(sizes[:3]) == _ICO7_DIMS or (count >= 3 and sizes[1] == sizes[2] == 1 and sizes[0] != 1):
        raise FormatError(f"{path}: {named} values for the vertices of a surface, not voxels; convert them to GIFTI")
    if min(sizes) < 1:
        raise FormatError(f"{path}: the header states {named} voxels; each must be at least 1; the file is damaged")
    if any(n != 1 for n in sizes[3:]):
        raise FormatError(
            f"{path}: {named} is more than one volume; this version draws 3-D: write one moment to its own file, "
            f"such as `fslroi {path.name} one.nii.gz 0 1`"
        )
    x, y, z = [*sizes, 1, 1][:3]
    return z, y, x


def _dtype_of(path: Path, header: Nifti1Header) -> np.dtype:
    with foreign_errors(path, HeaderDataError, KeyError, problem="the header's data type is wrong"):
        dtype = header.get_data_dtype()
    kind = "RGB colours" if dtype.fields else "complex numbers" if dtype.kind == "c" else str(dtype)
    if dtype.fields or dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FormatError(f"{path}: the voxels are {kind}; this version draws one real number a voxel, up to 64 bits")
    return dtype


def _voxel_offset(path: Path, header: Nifti1Header) -> int:
    """Where the voxels begin; 0 stands for right behind the header."""
    stated = float(header["vox_offset"])
    least = header.single_vox_offset
    if stated == 0:
        return least
    if not stated.is_integer() or stated < least:
        raise FormatError(
            f"{path}: voxels at byte {stated:g} would lie inside the header of {least} bytes; it is damaged"
        )
    return int(stated)


def _require_voxels(path: Path, compressed: bool, shape: tuple[int, int, int], dtype: np.dtype, offset: int) -> None:
    """Refuse a header that claims more than the file holds."""
    wanted = offset + shape[0] * shape[1] * shape[2] * dtype.itemsize
    held = inflated_bytes(path, wanted) if compressed else path.stat().st_size
    if held < wanted:
        raise FormatError(
            f"{path}: the header claims {spelled(shape[::-1], dtype)} bytes of voxels from byte {offset}, but the file "
            f"{'cannot hold' if compressed else 'holds'} {'more than ' if compressed else ''}{held:,} bytes; "
            "it is cut off or its header is wrong: copy it again"
        )


def _affine_of(path: Path, header: Nifti1Header, options: ReadOptions) -> NDArray[np.float64]:
    """`world_from_voxel` in mm, by sform, qform or voxel sizes, with the options' spacing over it."""
    with foreign_errors(
        path, HeaderDataError, ValueError, KeyError, problem="the header's place in the world is wrong"
    ):
        affine = np.array(header.get_best_affine(), float)
        length_unit = str(header.get_xyzt_units()[0])
    if int(header["sform_code"]) <= 0 and int(header["qform_code"]) <= 0:
        log.warning(
            "%s: neither sform nor qform is set; placed by its voxel sizes, so left and right may be wrong", path
        )
    if not is_invertible(affine):
        raise FormatError(f"{path}: the affine {affine[:3].tolist()} flattens space; set sform or qform anew")
    affine[:3] *= _MM.get(length_unit, 1.0)
    affine += 0.0  # no -0.0
    return respaced(affine, options.spacing) if options.spacing else affine
