"""From the vertices of one registered sphere to those of another: FreeSurfer's sphere.reg, as MNE's morph maps."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

NEAR = 24
"""Triangles that are looked at for a vertex, by their centres."""
ROUNDNESS = 0.02
"""How far from its sphere a vertex may lie, in radii."""
_SMALLEST_WEIGHT = 1e-7
_CHUNK = 1 << 14

Points = NDArray[np.float64]


def on_unit_sphere(points: NDArray) -> Points:
    """Points (n, 3) of a sphere, wherever it lies and however large it is, on the one of radius 1 about the origin.

    Raises ValueError where they are on no sphere.
    """
    points = np.asarray(points, np.float64)
    if len(points) < 4 or not np.isfinite(points).all():
        raise ValueError("it has no four points in space")
    middle = points.mean(axis=0)
    about = points - middle
    # |p|^2 = 2 p.c + r^2 - |c|^2 is linear in the centre c
    terms = np.column_stack([2 * about, np.ones(len(about))])
    centre = np.linalg.lstsq(terms, (about**2).sum(axis=1), rcond=None)[0][:3]
    about = about - centre
    radii = np.linalg.norm(about, axis=1)
    radius = float(np.median(radii))
    farthest = float(np.abs(radii - radius).max())
    if not radius > 0 or farthest > ROUNDNESS * radius:
        raise ValueError(f"its vertices lie {radii.min():.4g} to {radii.max():.4g} from its middle")
    return about / radii[:, None]


def sphere_map(source: Points, faces: NDArray, target: Points) -> sparse.csr_array:
    """(targets, sources) weights of each vertex of the unit sphere `target` in the mesh of the unit sphere `source`.

    A vertex has the barycentric weights of the point of the mesh that is nearest to it, so each row sums to 1.
    """
    corners = source[faces]
    tree = KDTree(corners.mean(axis=1))
    near = min(NEAR, len(faces))
    weights, chosen = np.empty((len(target), 3)), np.empty(len(target), np.intp)
    for first in range(0, len(target), _CHUNK):
        part = slice(first, first + _CHUNK)
        candidates = tree.query(target[part], k=near)[1].reshape(-1, near)
        found, distances = _nearest_in(corners[candidates], target[part])
        best = distances.argmin(axis=1)
        rows = np.arange(len(best))
        weights[part], chosen[part] = found[rows, best], candidates[rows, best]
    weights[weights < _SMALLEST_WEIGHT] = 0  # a value that is missing there would spoil what has no part of it
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(target)), 3)
    shape = (len(target), len(source))
    matrix = sparse.csr_array((weights.ravel(), (rows, faces[chosen].ravel())), shape=shape)
    matrix.eliminate_zeros()
    return matrix


def nearest_vertices(source: Points, target: Points) -> NDArray[np.intp]:
    """For each vertex of the unit sphere `target` the nearest one of the unit sphere `source`."""
    return np.asarray(KDTree(source).query(target)[1], np.intp)


def _nearest_in(corners: Points, points: Points) -> tuple[Points, Points]:
    """Weights (n, k, 3) of the points of the triangles `corners` (n, k, 3, 3) nearest to `points` (n, 3), and how far
    these are, squared (n, k)."""
    first, second = corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    away = points[:, None] - corners[..., 0, :]
    a, b, c = _dot(first, first), _dot(second, second), _dot(first, second)
    along_first, along_second = _dot(away, first), _dot(away, second)
    area = a * b - c * c
    flat = area <= 1e-12 * a * b
    area = np.where(flat, 1, area)
    p, q = (b * along_first - c * along_second) / area, (a * along_second - c * along_first) / area
    across = _part(along_second - along_first + a - c, a + b - 2 * c)
    nothing = np.zeros_like(p)
    ways = np.array(  # over the triangle, and on each of its sides
        [[p, q], [_part(along_first, a), nothing], [nothing, _part(along_second, b)], [1 - across, across]]
    )
    p, q = ways[:, 0], ways[:, 1]
    distances = _dot(away, away) - 2 * (p * along_first + q * along_second) + p * p * a + q * q * b + 2 * p * q * c
    distances[0][flat | (p[0] < 0) | (q[0] < 0) | (p[0] + q[0] > 1)] = np.inf
    best = distances.argmin(axis=0)[None]
    p, q, distance = (np.take_along_axis(values, best, axis=0)[0] for values in (p, q, distances))
    return np.stack([1 - p - q, p, q], axis=-1), distance


def _dot(one: Points, other: Points) -> Points:
    return np.einsum("...i,...i->...", one, other)


def _part(along: Points, whole: Points) -> Points:
    """Which part of a side of squared length `whole` is nearest, 0 to 1."""
    return np.clip(along / np.where(whole > 0, whole, 1), 0, 1)
