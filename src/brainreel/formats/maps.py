"""One of several maps: a row of a series by its name, an array of a surface as values to paint."""

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, Series, TimeAxis, WithMaps
from brainreel.errors import BrainreelError, FormatError

_ONE = TimeAxis(0.0, 1.0, 1, "items")
_MOST_NAMES = 16


def chosen_map(what: Path | str, names: Sequence[str], wanted: str | None) -> int:
    """Which of `names` is `wanted`: a name, or a number from 0 where no map is called so; the first for None."""
    if wanted is None:
        return 0
    if wanted in names:
        return list(names).index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise FormatError(f"{what}: has no array {wanted}; {_offered(wanted, names)}")


def one_map(series: Series, wanted: str) -> Series:
    """The moment of `series` that is called `wanted`, by itself. Raises FormatError where there is none."""
    names = series.maps if isinstance(series, WithMaps) else ()
    return _OneMap(series, chosen_map(series.name, names or tuple(map(str, range(series.times.count))), wanted))


def painted_array(mesh: Mesh, wanted: str) -> Series:
    """The array of `mesh` that is called `wanted`. Raises FormatError where there is none, or it is of vectors."""
    if wanted not in mesh.arrays:
        raise FormatError(f"{mesh.name}: has no array {wanted}; {_offered(wanted, mesh.arrays)}")
    return _MeshArray(mesh, wanted)


def _offered(wanted: str, names: Iterable[str]) -> str:
    known = list(names)
    if near := difflib.get_close_matches(wanted, known, n=1):
        return f"did you mean {near[0]}?"
    return "it has " + (", ".join(known[:_MOST_NAMES]) + (" ..." if len(known) > _MOST_NAMES else "") or "none")


@dataclass(frozen=True)
class _OneMap:
    """Moment `index` of `inner`."""

    inner: Series
    index: int

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def times(self) -> TimeAxis:
        return _ONE

    @property
    def width(self) -> int:
        return self.inner.width

    @property
    def vertices(self) -> NDArray[np.int32] | None:
        return self.inner.vertices

    @property
    def hemi(self) -> str | None:
        return self.inner.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        _require_first(self, index)
        return self.inner.row(self.index)

    def fingerprint(self) -> str:
        return _digest(self.inner.fingerprint(), self.index)


@dataclass(frozen=True)
class _MeshArray:
    """The values that `mesh` has under `array`."""

    mesh: Mesh
    array: str
    vertices: NDArray[np.int32] | None = None
    times: TimeAxis = _ONE

    def __post_init__(self) -> None:
        shape = self.mesh.arrays[self.array].shape
        if len(shape) != 1 and shape[1:] != (1,):
            raise FormatError(
                f"{self.name}: {shape[1]} numbers a vertex; paint takes one: write their length to an array of its own"
            )

    @property
    def name(self) -> str:
        return f"{self.mesh.name} {self.array}"

    @property
    def width(self) -> int:
        return len(self.mesh.points)

    @property
    def hemi(self) -> str | None:
        return self.mesh.hemi

    def row(self, index: int) -> NDArray[np.float32]:
        _require_first(self, index)
        with np.errstate(over="ignore"):  # what no float32 can hold is infinite
            return np.array(self.mesh.arrays[self.array], np.float32).reshape(-1)

    def fingerprint(self) -> str:
        return _digest(self.mesh.fingerprint(), self.array)


def _require_first(series: Series, index: int) -> None:
    if index != 0:
        raise BrainreelError(f"{series.name} has 1 moment, there is no moment {index}")


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()
