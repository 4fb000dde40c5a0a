"""The Protocols that every format, phantom and store offers, and that everything above asks for.

Arrays of voxels are (z, y, x), points (x, y, z); lengths are millimetres unless `unit` is "none"; times are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from brainreel.data.labels import LabelTable
from brainreel.data.times import TimeAxis
from brainreel.space import PointMap

Region = tuple[slice, slice, slice]
"""Half-open slices (z, y, x) with both ends given, inside the volume's shape."""


@runtime_checkable
class Volume(Protocol):
    """A scalar field on a grid of voxels; voxel (x, y, z) has its centre at `world_from_voxel @ (x, y, z, 1)`."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (z, y, x)."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """Of what `read` returns: scaled, in native byte order."""
        ...

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4); RAS millimetres, or unitless where `unit` is "none"."""
        ...

    @property
    def unit(self) -> str:
        """ "mm", or "none" where the files state no spacing."""
        ...

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`, a C-contiguous array the caller may keep. Cheapest in ascending z."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of the content: equal exactly where all voxels and the geometry are."""
        ...


@dataclass(frozen=True)
class Rows:
    """How the rows of a volume lie in its files, for those who read a band of rows of all slices.

    `together`: how many rows are read at once at least, as many as a slice has where slices are packed whole. `files`:
    whose change changes the voxels. `offsets`: where the rows lie bare, x after x as `dtype`, row after row, the byte
    at which slice z begins in `files[z]`; None where they are not, and then `files` are in any order.
    """

    together: int
    files: tuple[Path, ...] = ()
    offsets: tuple[int, ...] | None = None
    dtype: np.dtype | None = None


@runtime_checkable
class VolumeInRows(Protocol):
    """A volume that knows how its rows lie in files; one that does not is taken to be packed whole."""

    def rows(self) -> Rows:
        """How its rows lie in files."""
        ...


@runtime_checkable
class VolumeInLevels(Protocol):
    """A volume whose files hold it at coarser levels too."""

    def coarser(self) -> "Volume | None":
        """The next coarser level, placed where its voxels lie; None where the files have none."""
        ...


@runtime_checkable
class Mesh(Protocol):
    """A triangulated surface."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) in RAS millimetres."""
        ...

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers, counter-clockwise seen from outside."""
        ...

    @property
    def hemi(self) -> str | None:
        """ "left", "right", or None where the file belongs to no hemisphere."""
        ...

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        """Named values per vertex, (n,) or (n, components), as the file has them or files beside it."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of points, faces and arrays."""
        ...


@runtime_checkable
class MeshWithFaceArrays(Protocol):
    """A surface whose file also has values per triangle."""

    @property
    def face_arrays(self) -> Mapping[str, NDArray]:
        """Named values per triangle, (m,) or (m, components)."""
        ...


@runtime_checkable
class MeshWithUnits(Protocol):
    """A surface that knows units of its values."""

    @property
    def units(self) -> Mapping[str, str]:
        """Of arrays whose unit is known, per vertex and per triangle, such as mm."""
        ...


@runtime_checkable
class Tracts(Protocol):
    """A bundle of streamlines: line k is `points[offsets[k]:offsets[k + 1]]`."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) in RAS millimetres."""
        ...

    @property
    def offsets(self) -> NDArray[np.int64]:
        """(lines + 1,), from 0 to n."""
        ...

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """Named values per point (n,)."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of points, offsets and arrays."""
        ...


@runtime_checkable
class VolumeSeries(Protocol):
    """A volume over time: one grid, one Volume a moment."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def times(self) -> TimeAxis:
        """When each moment was."""
        ...

    def moment(self, index: int) -> Volume:
        """The volume at moment `index`, with a fingerprint of its own. Reads no voxel."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of all moments and their times."""
        ...


@runtime_checkable
class MeshSeries(Protocol):
    """A surface over time, one Mesh a moment, whose triangles may change too."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def times(self) -> TimeAxis:
        """When each moment was."""
        ...

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        ...

    def mesh(self, index: int) -> Mesh:
        """The surface at moment `index`, with a fingerprint of its own."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of all moments and their times."""
        ...


@dataclass(frozen=True)
class Channel:
    """One channel of an image; `color` (0..1) and `window` (low, high) are what its file proposes, or None."""

    name: str
    data: Volume | VolumeSeries
    color: tuple[float, float, float] | None = None
    window: tuple[float, float] | None = None


@dataclass(frozen=True)
class Channels:
    """An image of several channels on one grid. `is_rgb`: they are its red, green and blue (0..255)."""

    name: str
    channels: tuple[Channel, ...]
    is_rgb: bool = False


@runtime_checkable
class Parcellation(Protocol):
    """A label for vertices of a surface, with the names and colours of the labels."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def labels(self) -> NDArray[np.int32]:
        """(k,) one of the table's labels each; others are of no parcel."""
        ...

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        """(k,) ascending vertex numbers that the labels belong to; None: one for every vertex, in order."""
        ...

    @property
    def table(self) -> LabelTable:
        """What each label is called, and its colour."""
        ...

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of labels, vertex numbers and table."""
        ...


@runtime_checkable
class Series(Protocol):
    """Values over time, read by row: row k belongs to moment k of `times`."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def times(self) -> TimeAxis:
        """When each row was."""
        ...

    @property
    def width(self) -> int:
        """Values in a row."""
        ...

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        """(width,) ascending vertex numbers that the values belong to; None: one value for every vertex, in order."""
        ...

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        ...

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`, in native byte order. Touches no other row."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of values, times and vertex numbers."""
        ...


@runtime_checkable
class WithMaps(Protocol):
    """A Series whose moments have names, or a Parcellation that its file has beside others."""

    @property
    def maps(self) -> tuple[str, ...]:
        """Of a Series one name a moment; of a Parcellation those of all that its file has. Empty: none are stated."""
        ...


@runtime_checkable
class MeshWithSeries(Protocol):
    """A surface, standing or over time, whose files have its arrays at several moments."""

    @property
    def over_time(self) -> Mapping[str, Series]:
        """Its arrays as series, by name; a row is read when it is asked for."""
        ...


@runtime_checkable
class Transform(Protocol):
    """Where a registration takes points of the data that it moved."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def point_maps(self) -> tuple[PointMap, ...]:
        """Applied first to last, world to world."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of what the maps were read from."""
        ...


@runtime_checkable
class TransformSeries(Protocol):
    """A transform over time."""

    @property
    def name(self) -> str:
        """What a message calls it."""
        ...

    @property
    def times(self) -> TimeAxis:
        """When each moment was."""
        ...

    def transform(self, index: int) -> Transform:
        """The one of moment `index`."""
        ...

    def fingerprint(self) -> str:
        """A hex digest of all moments and their times."""
        ...


Data = (
    Volume
    | VolumeSeries
    | Mesh
    | MeshSeries
    | Tracts
    | Series
    | Parcellation
    | LabelTable
    | Transform
    | TransformSeries
)


@dataclass(frozen=True)
class Parts:
    """What one file holds of several structures, each by the part of an asset key: left, right, volume or whole."""

    name: str
    parts: Mapping[str, Data]
