"""Two folded cortical surfaces: spheres drawn onto the hemispheres' outline and pressed in along the sulci."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.anatomy import CENTER, REFERENCE_RADII, lateral_fissure, outline_depth, sulci
from brainreel.phantom.solids import Triple, smooth_step
from brainreel.space.geodesic import divisions_for, geodesic_sphere

HEMISPHERES = ("left", "right")

VERSION = 1
"""Changes whenever any point or value does."""

_SULCUS_MM = 6.5
_FISSURE_MM = 11.0
_HALF_WIDTH_MM = 1.3
_EDGE_MM = 230.0  # of the triangles of a hemisphere of one vertex; coarse meshes cannot hold narrow sulci

Points = NDArray[np.float64]


class CortexMesh:
    """One hemisphere of about `vertices` vertices; a Mesh with the arrays `sulc` (mm) and `curv` (1/mm).

    Both are positive in sulci, as FreeSurfer has them.
    """

    def __init__(self, hemi: str, vertices: int) -> None:
        self.hemi: str | None = hemi
        self._divisions = divisions_for(vertices)
        self.name = f"phantom:cortex?vertices={vertices} ({hemi})"

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) in RAS millimetres."""
        return self._surface.points

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers, counter-clockwise seen from outside."""
        return self._surface.faces

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """`sulc` and `curv`, (n,) each."""
        return {"sulc": self._surface.sulc, "curv": self._surface.curv}

    def fingerprint(self) -> str:
        """A hex digest of what points, faces and arrays follow from."""
        return hashlib.sha256(f"phantom:cortex {VERSION} {self.hemi} {self._divisions}".encode()).hexdigest()

    @cached_property
    def _surface(self) -> "_Surface":
        sphere, faces = geodesic_sphere(self._divisions)
        reference = sphere * REFERENCE_RADII
        half_width = _HALF_WIDTH_MM + 0.2 * _EDGE_MM / np.sqrt(len(sphere))
        pressed = indentation(tuple(reference.T), HEMISPHERES.index(self.hemi or "left"), half_width)
        pressed = _around(pressed, faces)
        smooth = smooth_surface(sphere)
        points = smooth - vertex_normals(smooth, faces) * pressed[:, None]
        curvature = mean_curvature(points, faces)
        if self.hemi == "left":
            points, faces = points * (-1, 1, 1), np.ascontiguousarray(faces[:, ::-1])
        return _Surface(points.astype(np.float32), faces, (pressed - pressed.mean()).astype(np.float32), curvature)


class _Surface(NamedTuple):
    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    sulc: NDArray[np.float32]
    curv: NDArray[np.float32]


def indentation(reference: Triple, side: int, half_width_mm: float) -> Points:
    """How far (mm) the surface lies below the outline at points of the reference ellipsoid."""
    distance, depth = sulci(reference, side)
    fissure, taper = lateral_fissure(reference)
    shallow = _SULCUS_MM * depth / (1 + (distance / half_width_mm) ** 2) ** 1.5
    wall = smooth_step(reference[0] / REFERENCE_RADII[0], -0.92, -0.7)  # none where the hemispheres are joined
    return np.maximum(wall * shallow, _FISSURE_MM * taper / (1 + (fissure / (1.4 * half_width_mm)) ** 2) ** 1.5)


def smooth_surface(sphere: Points) -> Points:
    """Points (n, 3) of the right hemisphere's unfolded outline, where `sphere`'s directions from its centre meet it."""
    ray = sphere * REFERENCE_RADII
    inside, outside = np.zeros(len(ray)), np.full(len(ray), 2.0)
    for _ in range(24):
        middle = (inside + outside) / 2
        within = outline_depth(tuple((ray * middle[:, None] + CENTER).T)) > 0
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return ray * inside[:, None] + CENTER


def vertex_normals(points: Points, faces: NDArray[np.int32]) -> Points:
    """(n, 3) unit normals, the faces around a vertex weighted by area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    normals = _gather(np.cross(b - a, c - a), faces, len(points))
    return normals / np.sqrt((normals * normals).sum(1, keepdims=True))


def mean_curvature(points: Points, faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """(n,) 1/mm from the mean offset to the neighbours, positive where the surface is concave; smoothed once."""
    offset = np.column_stack([1.5 * (_around(axis, faces) - axis) for axis in points.T])  # a vertex is in its own faces
    edge = np.sqrt(((points[faces] - points[np.roll(faces, 1, axis=1)]) ** 2).sum(-1)).mean(1)
    total, count = _gather(np.column_stack([edge, np.ones(len(faces))]), faces, len(points)).T
    curvature = 2 * (offset * vertex_normals(points, faces)).sum(1) * (count / total) ** 2
    return _around(curvature, faces).astype(np.float32)


def _around(values: Points, faces: NDArray[np.int32]) -> Points:
    """Mean (n,) over the faces around each vertex of the mean of `values` (n,) at their corners."""
    means = np.column_stack([values[faces].mean(1), np.ones(len(faces))])
    total, count = _gather(means, faces, len(values)).T
    return total / count


def _gather(per_face: Points, faces: NDArray[np.int32], count: int) -> Points:
    """Sum (count, k) of the rows of `per_face` (m, k) at the three vertices of each face."""
    corners = faces.ravel()
    columns = np.repeat(per_face, 3, axis=0).T
    return np.column_stack([np.bincount(corners, column, count).astype(np.float64) for column in columns])
