"""Axis-aligned boxes of the world."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """All points between `lower` and `upper` (x, y, z), both included."""

    lower: Vector
    upper: Vector

    @classmethod
    def around(cls, points: ArrayLike) -> "Box":
        """The smallest box that holds `points` (n, 3)."""
        array = np.asarray(points, float).reshape(-1, 3)
        return cls(_vector(array.min(0)), _vector(array.max(0)))

    @classmethod
    def union(cls, boxes: Iterable["Box"]) -> "Box":
        """The smallest box that holds all `boxes`, of which there must be one."""
        return cls.around([corner for box in boxes for corner in (box.lower, box.upper)])

    @property
    def center(self) -> Vector:
        """The middle."""
        return _vector((np.array(self.lower) + self.upper) / 2)

    @property
    def extent(self) -> Vector:
        """Edge lengths."""
        return _vector(np.array(self.upper) - self.lower)

    @property
    def diagonal(self) -> float:
        """Length of the space diagonal."""
        return float(np.linalg.norm(self.extent))

    def corners(self) -> NDArray[np.float64]:
        """The eight corners (8, 3)."""
        pick = np.array(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")).reshape(3, 8).T
        return np.where(pick, self.upper, self.lower).astype(float)


def _vector(values: ArrayLike) -> Vector:
    x, y, z = np.asarray(values, float)
    return float(x), float(y), float(z)
