"""One of several maps of a file, by its name."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Series, TimeAxis, WithMaps
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.fingerprints import fingerprint

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


def _offered(wanted: str, names: Iterable[str]) -> str:
    known = list(names)
    if near := difflib.get_close_matches(wanted, known, n=1):
        return f"did you mean {near[0]}?"
    return "it has " + (", ".join(known[:_MOST_NAMES]) + (" ..." if len(known) > _MOST_NAMES else "") or "none")


@dataclass(frozen=True)
class _OneMap:
    """Moment `index` of `inner`, a file at `path` where it is one."""

    inner: Series
    index: int

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def path(self) -> Path | None:
        return getattr(self.inner, "path", None)

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
        if index:
            raise BrainreelError(f"{self.name} has 1 moment, there is no moment {index}")
        return self.inner.row(self.index)

    def fingerprint(self) -> str:
        return fingerprint([], of=self.inner.fingerprint(), map=self.index)
