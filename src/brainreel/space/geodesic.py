"""Spheres of nearly equal triangles."""

import numpy as np
from numpy.typing import NDArray

_GOLDEN = (1 + np.sqrt(5)) / 2
_CORNERS = np.array([(0, i, j * _GOLDEN) for i in (-1, 1) for j in (-1, 1)])
_CORNERS = np.concatenate([np.roll(_CORNERS, k, axis=1) for k in range(3)]) / np.sqrt(1 + _GOLDEN**2)


def divisions_for(vertices: int) -> int:
    """Parts into which each edge of the icosahedron is cut so that `10 parts^2 + 2` comes nearest to `vertices`."""
    return max(1, round(np.sqrt((vertices - 2) / 10)))


def geodesic_sphere(divisions: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Points (10 d^2 + 2, 3) on the unit sphere and faces (20 d^2, 3), counter-clockwise seen from outside."""
    steps = np.array([(i, j) for i in range(divisions + 1) for j in range(divisions + 1 - i)])
    weights = np.column_stack([divisions - steps.sum(1), steps])
    corners = _icosahedron_faces()
    shares = np.zeros((len(corners), len(weights), 12), np.int16)
    for face, ids in enumerate(corners):
        shares[face][:, ids] = weights
    unique, index = np.unique(shares.reshape(-1, 12), axis=0, return_inverse=True)
    points = unique @ _CORNERS
    points /= np.sqrt((points * points).sum(1, keepdims=True))
    local = _grid_triangles(divisions)
    index = index.reshape(len(corners), -1)
    return points, np.concatenate([row[local] for row in index]).astype(np.int32)


def _icosahedron_faces() -> NDArray[np.int64]:
    """The 20 triples of neighbouring corners, counter-clockwise from outside."""
    near = _CORNERS @ _CORNERS.T > 0.4
    triples = [
        (a, b, c) for a in range(12) for b in range(a) for c in range(b) if near[a, b] and near[b, c] and near[a, c]
    ]
    faces = np.array(triples)
    a, b, c = (_CORNERS[faces[:, k]] for k in range(3))
    inward = (np.cross(b - a, c - a) * a).sum(1) < 0
    faces[inward] = faces[inward][:, ::-1]
    return faces


def _grid_triangles(divisions: int) -> NDArray[np.int64]:
    """Triangles between the grid points (i, j), i + j <= divisions, numbered row by row."""
    first = np.concatenate([[0], np.cumsum(np.arange(divisions + 1, 0, -1))])
    triangles = []
    for i in range(divisions):
        for j in range(divisions - i):
            a, b = first[i] + j, first[i + 1] + j
            triangles.append((a, b, a + 1))
            if j < divisions - i - 1:
                triangles.append((b, b + 1, a + 1))
    return np.array(triangles)
