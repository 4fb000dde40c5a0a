"""NIfTI-1 and NIfTI-2, one file or a .hdr/.img pair, plain or gzip, read lazily."""

import logging
import math
from pathlib import Path

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from brainreel.data import Channels, Parcellation, Parts, Series, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import file_blocks
from brainreel.formats.cifti import CIFTI_INTENTS, open_cifti, sniff_cifti
from brainreel.formats.gate import GZIP_MAGIC, foreign_errors, require_file
from brainreel.formats.grid_opening import open_grid, require_voxels
from brainreel.formats.grids import Axis, Grid
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.overlays import is_overlay, overlay
from brainreel.formats.streams import PackedStream

log = logging.getLogger("brainreel")
_MM = {"meter": 1000.0, "micron": 1e-3}  # millimetres, or nothing stated: 1
_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
_LONG_STEP_S = 120.0
_PAIRED = {".hdr": ".img", ".hdr.gz": ".img.gz"}


def open_nifti(
    path: Path, options: ReadOptions = NO_OPTIONS
) -> Volume | VolumeSeries | Channels | Series | Parcellation | Parts:
    """What is in `path` (.nii, .nii.gz, .hdr, .img): a volume, a series of them, the channels of a colour image, values
    of vertices (n x 1 x 1 of them, or any where the options say so), or what CIFTI holds.

    Its place in the world is the sform where its code is above 0, else the qform, else the voxel sizes with a warning
    (then x points left from the volume's centre, as nibabel and FSL have it). Stored integers are kept where the header
    does not scale them; scaled voxels are float32. Raises FormatError before any voxel is read where the header is
    wrong, or claims more than the file holds.
    """
    header_path, voxels_path = _pair_of(path)
    header = _read_header(header_path)
    if int(header["intent_code"]) in CIFTI_INTENTS:
        return open_cifti(path, options)
    paired = header_path != voxels_path
    _require_magic(path, header, paired)
    sizes = _sizes_of(path, header)
    per_vertex = options.per_vertex or is_overlay(sizes)
    dtype, inner, is_complex = _values_of(path, header, options)
    grid = Grid(
        path=path,
        files=(header_path, voxels_path) if paired else (path,),
        axes=(*inner, *_axes_of(path, sizes)),
        dtype=dtype,
        world_from_voxel=np.eye(4) if per_vertex else _affine_of(path, header),
        unit="none" if per_vertex else "mm",
        scaling=_scaling_of(path, header),
        times=_times_of(path, header, sizes),
        is_complex=is_complex,
    )
    codec = "gzip" if require_file(voxels_path).startswith(GZIP_MAGIC) else None
    offset = _voxel_offset(path, header, paired)
    blocks = file_blocks(voxels_path, dtype, grid.sizes, grid.space[2], codec, skipped=offset)
    opened = open_grid(grid, blocks, options)
    return overlay(path, opened, options) if per_vertex else opened


def sniff_nifti(path: Path) -> str:
    """ "volume", "array" for values of vertices, or what CIFTI holds, by the header."""
    header = _read_header(_pair_of(path)[0])
    if int(header["intent_code"]) in CIFTI_INTENTS:
        return sniff_cifti(path)
    return "array" if is_overlay(_sizes_of(path, header)) else "volume"


def _pair_of(path: Path) -> tuple[Path, Path]:
    """The files with the header and with the voxels, which are one where the name is not of a pair."""
    for header, voxels in _PAIRED.items():
        for ending, other in ((header, voxels), (voxels, header)):
            if path.name.lower().endswith(ending):
                twin = path.with_name(path.name[: -len(ending)] + other)
                require_file(twin)
                return (path, twin) if ending == header else (twin, path)
    return path, path


def _read_header(path: Path) -> Nifti1Header:
    """The header of either version and byte order, not yet believed."""
    block = bytearray(540)
    if require_file(path).startswith(GZIP_MAGIC):
        count = PackedStream(path).read_into(block)
    else:
        with foreign_errors(path), path.open("rb") as file:
            count = file.readinto(block)
    for kind, size in ((Nifti1Header, 348), (Nifti2Header, 540)):
        if count >= size and bytes(block[:4]) in (size.to_bytes(4, "little"), size.to_bytes(4, "big")):
            return kind(bytes(block[:size]), check=False)
    raise FormatError(f"{path}: this is no NIfTI file: its first four bytes state no header of 348 or 540 bytes")


def _require_magic(path: Path, header: Nifti1Header, paired: bool) -> None:
    magic = bytes(header["magic"])[:3]
    if magic not in (b"n+1", b"n+2", b"ni1", b"ni2"):
        raise FormatError(f"{path}: this is no NIfTI file: its magic is {magic!r} (Analyze 7.5 is not read)")
    if (magic[1:2] == b"i") != paired:
        raise FormatError(
            f"{path}: its magic {magic!r} is that of {'one file' if paired else 'a .hdr/.img pair'}, its name is not; "
            f"name it {'.nii' if paired else '.hdr and put its .img beside it'}"
        )


def _sizes_of(path: Path, header: Nifti1Header) -> tuple[int, ...]:
    """(x, y, z) and what may follow: moments, numbers a voxel.

    FreeSurfer writes -1 where NIfTI-1 has no room for the number of vertices, and states it in `glmin`.
    """
    dims = [int(n) for n in header["dim"]]
    count = dims[0]
    if dims[1:4] == [-1, 1, 1] and "glmin" in header:
        dims[1] = int(header["glmin"])
    if not 1 <= count <= 7:
        raise FormatError(f"{path}: the header states {count} dimensions, NIfTI has 1 to 7; the file is damaged")
    sizes = tuple(dims[1 : count + 1])
    require_voxels(path, sizes)
    return (*sizes, 1, 1)[: max(3, count)]


def _axes_of(path: Path, sizes: tuple[int, ...]) -> tuple[Axis, ...]:
    """The fourth axis counts moments, the fifth the numbers of a vector or tensor."""
    if any(n != 1 for n in sizes[5:]):
        raise FormatError(
            f"{path}: {' x '.join(map(str, sizes))} has more axes than space, time and one for vectors; write the part "
            "to draw to its own file"
        )
    roles = ("space", "space", "space", "time", "component")
    return tuple(Axis(size, role) for size, role in zip(sizes, roles, strict=False))


def _values_of(path: Path, header: Nifti1Header, options: ReadOptions) -> tuple[np.dtype, tuple[Axis, ...], bool]:
    """The dtype of one number, the axis of several numbers a voxel if there is one, and whether they are complex."""
    with foreign_errors(path, HeaderDataError, KeyError, problem="the header's data type is wrong"):
        dtype = header.get_data_dtype()
    if dtype.fields:
        role = "color" if options.component is None else "component"
        return np.dtype(np.uint8), (Axis(len(dtype.fields), role),), False
    if dtype.kind == "c" and dtype.itemsize <= 16:
        return np.dtype(f"f{dtype.itemsize // 2}").newbyteorder(header.endianness), (Axis(2, "component"),), True
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FormatError(
            f"{path}: the voxels are {dtype}; numbers of up to 64 bits are read: convert it with "
            "fslmaths, mrconvert or nibabel to float32"
        )
    return dtype, (), False


def _voxel_offset(path: Path, header: Nifti1Header, paired: bool) -> int:
    """Where the voxels begin; 0 stands for right behind the header, or for the start of a file of their own."""
    stated = float(header["vox_offset"])
    least = 0 if paired else header.single_vox_offset
    if stated == 0:
        return least
    if not stated.is_integer() or not least <= stated < 2**62:
        raise FormatError(
            f"{path}: voxels at byte {stated:g} would lie inside the header of {least} bytes; it is damaged"
        )
    return int(stated)


def _scaling_of(path: Path, header: Nifti1Header) -> tuple[float, float] | None:
    with foreign_errors(path, HeaderDataError, problem="the header is wrong"):
        slope, intercept = header.get_slope_inter()
    if slope is None or intercept is None or (slope, intercept) == (1, 0):
        return None
    return float(slope), float(intercept)


def _times_of(path: Path, header: Nifti1Header, sizes: tuple[int, ...]) -> TimeAxis | None:
    """The moments where the header states a unit of time and a step above 0."""
    if len(sizes) < 4 or sizes[3] == 1:
        return None
    with foreign_errors(path, ValueError, KeyError, problem="the header's units are wrong"):
        unit = str(header.get_xyzt_units()[1])
    step, first = float(header["pixdim"][4]), float(header["toffset"])
    if unit not in _SECONDS or not 0 < step < math.inf or not math.isfinite(first):
        log.info("%s: the header states no unit or step of time; its moments are items 0, 1, 2...", path)
        return None
    if step * _SECONDS[unit] > _LONG_STEP_S:
        log.warning(
            "%s: its moments are %g s apart; if its header takes milliseconds for seconds, state the true times",
            path,
            step,
        )
    return TimeAxis(first * _SECONDS[unit], step * _SECONDS[unit], sizes[3])


def _affine_of(path: Path, header: Nifti1Header) -> NDArray[np.float64]:
    """`world_from_voxel` in mm, by sform, qform or voxel sizes."""
    with foreign_errors(
        path, HeaderDataError, ValueError, KeyError, problem="the header's place in the world is wrong"
    ):
        affine = np.array(header.get_best_affine(), float)
        length_unit = str(header.get_xyzt_units()[0])
    if int(header["sform_code"]) <= 0 and int(header["qform_code"]) <= 0:
        log.warning(
            "%s: neither sform nor qform is set; placed by its voxel sizes, so left and right may be wrong", path
        )
    with np.errstate(over="ignore"):  # what is beyond any length is refused later
        affine[:3] *= _MM.get(length_unit, 1.0)
    return affine + 0.0  # no -0.0
