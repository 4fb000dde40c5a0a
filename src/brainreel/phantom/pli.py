"""A brain block as polarised light sees it: uint8 voxels of any number, made where they are read."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Rows
from brainreel.errors import BrainreelError
from brainreel.phantom.tissue import BOX_CENTER, BOX_HALF, tissue_fields

VERSION = 1
"""Changes whenever any voxel does."""

_CELLS = 128  # of the lattice along an axis: the folds and tracts need no finer sampling,
_LONGEST_CELL = 32  # voxels, but where there are more voxels their edges would show
_NODES_AT_ONCE = 1 << 19  # 25 MB


class PliVolume:
    """A brain that fills the box of `shape` (z, y, x) voxels; the box is `extent_mm` long from front to back."""

    unit = "mm"
    dtype = np.dtype(np.uint8)

    def __init__(self, shape: tuple[int, int, int], extent_mm: float) -> None:
        z, y, x = shape
        self.name = f"phantom:pli?z={z}&y={y}&x={x}"
        self.shape = shape
        self._extent_mm = extent_mm

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4); the block is centred on the origin."""
        edges = np.array(BOX_HALF) * self._extent_mm / max(BOX_HALF)
        counts = np.array(self.shape[::-1])
        affine = np.diag([*(edges / counts), 1.0])
        affine[:3, 3] = edges / counts / 2 - edges / 2
        return affine

    def read(self, region: Region) -> NDArray[np.uint8]:
        """The voxels of `region`, C-contiguous."""
        from brainreel.kernels.noise import fill_tissue

        if any(
            part.step not in (None, 1) or not 0 <= part.start < part.stop <= count
            for part, count in zip(region, self.shape, strict=True)
        ):
            raise BrainreelError(f"region {region} is empty or leaves the volume of shape {self.shape}")
        origin, end = (tuple(getattr(part, name) for part in region) for name in ("start", "stop"))
        strides = tuple(min(max(1, count // _CELLS), _LONGEST_CELL) for count in self.shape)
        depth, height, width = np.subtract(end, origin).tolist()
        out = np.empty((depth, height, width), np.uint8)
        plane = (height // strides[1] + 2) * (width // strides[2] + 2)
        for first, last in _slabs(origin[0], end[0], max(1, _NODES_AT_ONCE // plane) * strides[0]):
            spans = ((first, last), (origin[1], end[1]), (origin[2], end[2]))
            nodes = tuple((a // s, (b - 1) // s + 2) for (a, b), s in zip(spans, strides, strict=True))
            lattice = _lattice(self.shape, strides, nodes)
            slab = out[first - origin[0] : last - origin[0]]
            fill_tissue(slab, (first, *origin[1:]), lattice, tuple(a for a, _ in nodes), strides, VERSION)
        return out

    def rows(self) -> Rows:
        """Made where they are read, in any order."""
        return Rows(1)

    def fingerprint(self) -> str:
        """A hex digest of what the voxels follow from."""
        return hashlib.sha256(f"phantom:pli {VERSION} {self.shape} {self._extent_mm}".encode()).hexdigest()


def _slabs(start: int, end: int, thickness: int) -> Iterator[tuple[int, int]]:
    """`start`..`end` cut at the multiples of `thickness`, so that neighbouring reads share their lattices."""
    while start < end:
        last = min((start // thickness + 1) * thickness, end)
        yield start, last
        start = last


@lru_cache(maxsize=2)
def _lattice(shape: tuple[int, ...], strides: tuple[int, ...], nodes: tuple[tuple[int, int], ...]) -> NDArray[np.int32]:
    """`FIELDS` (fields, z, y, x) at `nodes`, half-open ranges along z, y, x; x is padded to a multiple of 16."""
    z, y, x = (
        center + half * ((2 * np.arange(*span) * stride + 1) / count - 1)
        for center, half, span, stride, count in zip(
            BOX_CENTER[::-1], BOX_HALF[::-1], nodes, strides, shape, strict=True
        )
    )
    voxel_mm = [2 * half / count for half, count in zip(BOX_HALF[::-1], shape, strict=True)]
    cell_mm = max(stride * mm for stride, mm in zip(strides, voxel_mm, strict=True))
    fields = tissue_fields((x, y[:, None], z[:, None, None]), 2 * min(voxel_mm), 2 * cell_mm)
    return np.pad(fields, ((0, 0), (0, 0), (0, 0), (0, -len(x) % 16)))
