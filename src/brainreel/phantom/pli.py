"""A brain block as polarised light sees it: uint8 voxels of any number, made where they are read."""

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region
from brainreel.phantom.tissue import BOX_CENTER, BOX_HALF, tissue_fields

VERSION = 1
"""Changes whenever any voxel does."""

_NODES = 128  # lattice cells along an axis of many voxels: the folds and tracts need no finer sampling
_SLAB = 16  # lattice cells along z that are worked on at once


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

        strides = tuple(max(1, count // _NODES) for count in self.shape)
        starts = tuple(part.start for part in region)
        out = np.empty(tuple(part.stop - part.start for part in region), np.uint8)
        step = _SLAB * strides[0]
        first = starts[0]
        while first < region[0].stop:
            last = min((first // step + 1) * step, region[0].stop)
            spans = ((first, last), *((part.start, part.stop) for part in region[1:]))
            nodes = tuple((a // s, (b - 1) // s + 2) for (a, b), s in zip(spans, strides, strict=True))
            lattice = _lattice(self.shape, strides, nodes)
            piece = out[first - starts[0] : last - starts[0]]
            fill_tissue(piece, (first, *starts[1:]), lattice, tuple(a for a, _ in nodes), strides, VERSION)
            first = last
        return out

    def fingerprint(self) -> str:
        """A hex digest of what the voxels follow from."""
        return hashlib.sha256(f"phantom:pli {VERSION} {self.shape} {self._extent_mm}".encode()).hexdigest()


@lru_cache(maxsize=4)
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
