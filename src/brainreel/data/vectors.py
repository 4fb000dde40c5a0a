"""What values and surfaces over time may offer beyond the Protocols of all, so that vectors are drawn as they are."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from brainreel.data.protocols import Mesh


@runtime_checkable
class SeriesOfVectors(Protocol):
    """A Series of the lengths of vectors, which has the vectors too."""

    def vectors(self, index: int) -> NDArray[np.float32]:
        """(width, 3) in the order of `row`. Raises FormatError where the values are no vectors in space."""
        ...


@runtime_checkable
class MeshSeriesBetween(Protocol):
    """A MeshSeries that knows what lies between its moments, which is not the mean of their vertices."""

    def between(self, moments: tuple[tuple[int, float], ...]) -> Mesh:
        """The surface at several moments (index, weight) at once."""
        ...
