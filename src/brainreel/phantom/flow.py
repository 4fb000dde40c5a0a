"""Where the activity of the phantom's cortex spreads: vectors along it, away from the places that wake."""

import hashlib
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.activation import PLACES, CortexActivity
from brainreel.phantom.cortex import vertex_normals
from brainreel.phantom.moments import moment_s
from brainreel.space.geodesic import geodesic_sphere

VERSION = 1
"""Changes whenever any value does."""

_LIFT = 0.3
"""How far vectors rise from the cortex, of their length: so that arrows in its folds are seen."""
_NEAR_MM = 3.0
"""At a place itself activity spreads nowhere; from about there on it does."""


class CortexFlow(CortexActivity):
    """Vectors as long as the activity that comes from each place, away from it; `row` has their lengths."""

    def __init__(self, hemi: str, vertices: int, times: int) -> None:
        super().__init__(hemi, vertices, times)
        self.name = f"phantom:flow?vertices={vertices}&times={times} ({hemi})"

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) lengths at moment `index`."""
        return np.linalg.norm(self._flow(index), axis=1).astype(np.float32)

    def vectors(self, index: int) -> NDArray[np.float32]:
        """(width, 3) vectors at moment `index`."""
        return self._flow(index).astype(np.float32)

    def fingerprint(self) -> str:
        """A hex digest of what the values follow from."""
        return hashlib.sha256(f"phantom:flow {VERSION} {super().fingerprint()}".encode()).hexdigest()

    def _flow(self, index: int) -> NDArray[np.float64]:
        answers = self._answers(moment_s(self.times, index))
        along = np.zeros((self.width, 3))
        for value, away in zip(answers, self._away, strict=True):
            along += value[:, None] * away
        along += _LIFT * np.linalg.norm(along, axis=1, keepdims=True) * self._normals
        return along * ((-1, 1, 1) if self.hemi == "left" else (1, 1, 1))

    @cached_property
    def _normals(self) -> NDArray[np.float64]:
        return vertex_normals(self._surface, geodesic_sphere(self._divisions)[1])

    @cached_property
    def _away(self) -> list[NDArray[np.float64]]:
        """For each place the direction (n, 3) away from it along the unfolded surface, shorter near by."""
        found = []
        for place in PLACES:
            off = self._surface - place
            off -= (off * self._normals).sum(1, keepdims=True) * self._normals
            found.append(off / (np.linalg.norm(off, axis=1, keepdims=True) + _NEAR_MM))
        return found
