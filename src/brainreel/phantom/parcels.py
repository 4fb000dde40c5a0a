"""A parcellation of the phantom's cortex: what lies nearest to places spread evenly over a hemisphere."""

import colorsys
import hashlib
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainreel.data import LabelEntry, LabelTable
from brainreel.space.geodesic import divisions_for, geodesic_sphere

VERSION = 1
"""Changes whenever any label or colour does."""

_GOLDEN = (1 + 5**0.5) / 2


class CortexParcels:
    """`count` parcels, 1 and up, on all vertices of one hemisphere of `phantom:cortex`; a Parcellation."""

    vertices: NDArray[np.int32] | None = None

    def __init__(self, hemi: str, vertices: int, count: int) -> None:
        self.hemi: str | None = hemi
        self._divisions, self._count = divisions_for(vertices), count
        self.name = f"phantom:parcels?vertices={vertices}&count={count} ({hemi})"

    @property
    def labels(self) -> NDArray[np.int32]:
        """(n,) the parcel of each vertex."""
        return self._labels

    @cached_property
    def _labels(self) -> NDArray[np.int32]:
        sphere, _ = geodesic_sphere(self._divisions)
        return (1 + np.argmax(sphere @ _spread(self._count).T, axis=1)).astype(np.int32)

    @property
    def table(self) -> LabelTable:
        """Parcels by their numbers, neighbours in different colours."""
        entries = tuple(
            LabelEntry(k + 1, f"parcel {k + 1}", colorsys.hsv_to_rgb(k / _GOLDEN % 1, 0.55, 0.9))
            for k in range(self._count)
        )
        return LabelTable(self.name, entries, hashlib.sha256(f"parcels {VERSION} {self._count}".encode()).hexdigest())

    def fingerprint(self) -> str:
        """A hex digest of what the labels follow from."""
        said = f"phantom:parcels {VERSION} {self.hemi} {self._divisions} {self._count}"
        return hashlib.sha256(said.encode()).hexdigest()


def _spread(count: int) -> NDArray[np.float64]:
    """(count, 3) directions on a spiral of Fibonacci, each with as much room."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, 2 * np.pi * k / _GOLDEN
    across = np.sqrt(1 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], -1)
