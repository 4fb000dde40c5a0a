"""What the readers of volumes share: regions, copies in native order, affines from a spacing."""

import logging
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region
from brainreel.errors import BrainreelError
from brainreel.formats.gate import foreign_errors
from brainreel.space import axis_lengths

_HUGE_MM = 1000.0
log = logging.getLogger("brainreel")


def region_shape(region: Region, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Voxels of `region` along (z, y, x); a region that leaves `shape` is a bug of the caller."""
    if any(
        part.step not in (None, 1) or not 0 <= part.start < part.stop <= n
        for part, n in zip(region, shape, strict=True)
    ):
        raise BrainreelError(f"region {region} is empty or leaves the volume of shape {shape}")
    z, y, x = (part.stop - part.start for part in region)
    return z, y, x


def native_dtype(dtype: np.dtype) -> np.dtype:
    """`dtype` in this machine's byte order."""
    return dtype.newbyteorder("=")


def map_array(path: Path, dtype: np.dtype, shape: tuple[int, ...], offset: int = 0) -> NDArray:
    """A read-only memory map of the file. Raises FormatError where it has become shorter since its size was checked."""
    with foreign_errors(path, ValueError, problem="the file has changed since it was opened"):
        return np.memmap(path, dtype, "r", offset, shape)


def affine_of(spacing: tuple[float, float, float] | None) -> tuple[NDArray[np.float64], str]:
    """`world_from_voxel` with voxel 0 at the origin and the unit, for a `spacing` (z, y, x) in mm or none stated."""
    z, y, x = spacing or (1.0, 1.0, 1.0)
    return np.diag([x, y, z, 1.0]), "mm" if spacing else "none"


def respaced(world_from_voxel: NDArray[np.float64], spacing: tuple[float, float, float]) -> NDArray[np.float64]:
    """The affine with voxels of `spacing` (z, y, x) mm, same directions, the same voxel at the world's origin."""
    origin_voxel = np.linalg.inv(world_from_voxel)[:3, 3]
    linear = world_from_voxel[:3, :3] / axis_lengths(world_from_voxel) * spacing[::-1]
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = linear, -linear @ origin_voxel
    return result


def warn_if_huge(path: Path, world_from_voxel: NDArray[np.float64], shape: tuple[int, int, int]) -> None:
    """Log a warning where the volume is longer than a metre: micrometres stated as millimetres are met in the wild."""
    longest_mm = max(length * n for length, n in zip(axis_lengths(world_from_voxel), reversed(shape), strict=True))
    if longest_mm > _HUGE_MM:
        log.warning(
            "%s: the volume is %.3g m long; if its header takes micrometres for millimetres, state the true spacing "
            "with --spacing z=...,y=...,x=...",
            path,
            longest_mm / 1000,
        )


def spelled(shape: tuple[int, ...], dtype: np.dtype) -> str:
    """`64 x 64 x 2 bytes = 8,192`, for messages."""
    return f"{' x '.join(map(str, shape))} x {dtype.itemsize} bytes = {math.prod(shape) * dtype.itemsize:,}"
