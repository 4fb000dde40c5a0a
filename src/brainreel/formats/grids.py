"""What a header says of an array of voxels, and the volumes that read parts of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Rows, TimeAxis, Volume
from brainreel.errors import BrainreelError
from brainreel.formats.blocks import Blocks, MappedBlocks
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.voxels import native_dtype, region_shape

Role = Literal["space", "time", "channel", "color", "component"]
"""What an axis counts: voxels, moments, channels, red/green/blue, or the numbers of a vector, tensor or complex."""


@dataclass(frozen=True)
class Axis:
    """One axis of the array."""

    size: int
    role: Role


@dataclass(frozen=True)
class Segment:
    """The voxels of channel `layer` with the value `label`; its name and color (0..1), as Slicer keeps them."""

    name: str
    layer: int
    label: int
    color: tuple[float, float, float] | None


@dataclass(frozen=True)
class Grid:
    """What a header says. `axes` are the array's, fastest first, exactly three of them "space" (x, y, z).

    A block is everything faster than z. `dtype` is the file's, byte order included; of complex numbers their halves'.
    `times` are the time axis's moments where the file states them.
    """

    path: Path
    files: tuple[Path, ...]
    axes: tuple[Axis, ...]
    dtype: np.dtype
    world_from_voxel: NDArray[np.float64]
    unit: str = "mm"
    scaling: tuple[float, float] | None = None
    times: TimeAxis | None = None
    is_complex: bool = False
    channel_names: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()

    @property
    def space(self) -> tuple[int, int, int]:
        """The numbers of the axes x, y, z."""
        x, y, z = (number for number, axis in enumerate(self.axes) if axis.role == "space")
        return x, y, z

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        x, y, z = (self.axes[number].size for number in self.space)
        return z, y, x

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of all axes, fastest first."""
        return tuple(axis.size for axis in self.axes)


@dataclass(frozen=True)
class GridVolume:
    """One number a voxel out of a grid's array; `fixed` says where along the axes that are not space."""

    grid: Grid = field(repr=False)
    blocks: Blocks = field(repr=False)
    name: str
    fixed: Mapping[int, int]
    scaling: tuple[float, float] | None

    @property
    def path(self) -> Path:
        """The file that messages name."""
        return self.grid.path

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        return self.grid.shape

    @property
    def unit(self) -> str:
        """ "mm", or "none" where the files state no spacing."""
        return self.grid.unit

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4), RAS."""
        return self.grid.world_from_voxel

    @property
    def dtype(self) -> np.dtype:
        """The file's, or float32 where its numbers are scaled."""
        return native_dtype(self.grid.dtype) if self.scaling is None else np.dtype(np.float32)

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; of packed files cheap where z ascends."""
        z, y, x = region
        result = np.empty(region_shape(region, self.shape), self.dtype)
        first = self._first_block()
        index = self._index(y, x)
        inner = self.grid.sizes[: self.grid.space[2]][::-1]
        for target, block in zip(result, self.blocks.read(first + z.start, first + z.stop), strict=True):
            plane = block.reshape(inner)[index]
            if self.scaling is None:
                target[...] = plane
            else:
                with np.errstate(over="ignore"):  # what no float32 can hold is infinite
                    target[...] = plane * np.float64(self.scaling[0]) + np.float64(self.scaling[1])
        return result

    def rows(self) -> Rows:
        """Bare where the file is not packed, x and y are its fastest axes, and its numbers are not scaled."""
        depth, height, _ = self.shape
        if not isinstance(self.blocks, MappedBlocks):
            return Rows(height, self.grid.files)
        if self.scaling is not None or self.grid.space != (0, 1, 2):
            return Rows(1, self.grid.files)
        block, first = self.blocks, self._first_block()
        offsets = tuple(block.offset + (first + z) * block.size * block.dtype.itemsize for z in range(depth))
        return Rows(1, (block.path,) * depth, offsets, block.dtype)

    def fingerprint(self) -> str:
        """A hex digest of the files, the geometry that was read from them, and which part of them this is."""
        return fingerprint(
            self.grid.files,
            world_from_voxel=self.world_from_voxel.tolist(),
            unit=self.unit,
            fixed=sorted(self.fixed.items()),
        )

    def _first_block(self) -> int:
        """The block of z = 0."""
        z = self.grid.space[2]
        first = 0
        for number in range(len(self.grid.axes) - 1, z, -1):
            first = first * self.grid.axes[number].size + self.fixed.get(number, 0)
        return first * self.grid.axes[z].size

    def _index(self, y: slice, x: slice) -> tuple[slice | int, ...]:
        """What picks (y, x) out of a block, whose axes are slowest first."""
        at = {self.grid.space[0]: x, self.grid.space[1]: y}
        return tuple(at.get(number, self.fixed.get(number, 0)) for number in range(self.grid.space[2] - 1, -1, -1))


@dataclass(frozen=True)
class CombinedVolume:
    """Voxels computed from those of `parts`, which lie on one grid; `combine` maps their voxels to a new array."""

    parts: tuple[GridVolume, ...]
    name: str
    dtype: np.dtype
    how: str
    combine: Callable[[list[NDArray]], NDArray] = field(repr=False)

    @property
    def path(self) -> Path:
        """The file that messages name."""
        return self.parts[0].path

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        return self.parts[0].shape

    @property
    def unit(self) -> str:
        """ "mm", or "none" where the files state no spacing."""
        return self.parts[0].unit

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4), RAS."""
        return self.parts[0].world_from_voxel

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        return np.ascontiguousarray(self.combine([part.read(region) for part in self.parts]), self.dtype)

    def rows(self) -> Rows:
        """As those of the parts that are hardest to read."""
        each = [part.rows() for part in self.parts]
        return Rows(max(rows.together for rows in each), tuple(dict.fromkeys(f for rows in each for f in rows.files)))

    def fingerprint(self) -> str:
        """A hex digest of the files and of what is computed from them."""
        return fingerprint(
            self.parts[0].grid.files, how=self.how, of=[part.fingerprint() for part in self.parts], unit=self.unit
        )


@dataclass(frozen=True)
class GridSeries:
    """A volume over time; `make(k)` is moment k."""

    grid: Grid = field(repr=False)
    name: str
    times: TimeAxis
    make: Callable[[int], Volume] = field(repr=False)

    @property
    def path(self) -> Path:
        """The file that messages name."""
        return self.grid.path

    def moment(self, index: int) -> Volume:
        """The volume at moment `index`; an index outside the moments is a bug of the caller."""
        if not 0 <= index < self.times.count:
            raise BrainreelError(f"{self.name} has {self.times.count} moments, there is no moment {index}")
        return self.make(index)

    def fingerprint(self) -> str:
        """A hex digest of the first moment, which is of all the files, and of the times."""
        axis = self.times
        times = [axis.first_s, axis.step_s, axis.count, axis.unit, *axis.uneven]
        return fingerprint(self.grid.files, first=self.moment(0).fingerprint(), times=times)
