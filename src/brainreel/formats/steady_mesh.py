"""Surfaces over time that keep their shape: the geometry once, its arrays as series."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshSeries, MeshWithFaceArrays, Series
from brainreel.formats.array_series import ArraysOverTime
from brainreel.formats.mesh_series import meshes_looked_at


@dataclass(frozen=True)
class SteadyMesh:
    """The surface of which all `moments` that were looked at have the points and triangles; others are checked when
    their values are read."""

    moments: MeshSeries
    first: Mesh = field(repr=False)

    @property
    def name(self) -> str:
        """That of the list of moments."""
        return self.moments.name

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) in RAS millimetres."""
        return self.first.points

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers."""
        return self.first.faces

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.first.hemi

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        """Those of the first moment."""
        return self.first.arrays

    @property
    def face_arrays(self) -> Mapping[str, NDArray]:
        """Those of the first moment."""
        return self.first.face_arrays if isinstance(self.first, MeshWithFaceArrays) else {}

    @property
    def over_time(self) -> Mapping[str, Series]:
        """Its arrays as series."""
        return ArraysOverTime(self.moments, stands=True)

    def fingerprint(self) -> str:
        """A hex digest of the first moment: no other is drawn."""
        return self.first.fingerprint()


def steady(series: MeshSeries) -> SteadyMesh | None:
    """The surface that `series` is all the time; None where one of the moments that are looked at has another."""
    first, *others = meshes_looked_at(series)
    if all(np.array_equal(first.points, one.points) and np.array_equal(first.faces, one.faces) for one in others):
        return SteadyMesh(series, first)
    return None
