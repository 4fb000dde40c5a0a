"""Affines that lie between affines: rotations turn evenly, stretches and shifts are straight lines."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mirrors(affine: Array) -> bool:
    """Whether `affine` (4, 4) turns right hands into left ones."""
    return bool(np.linalg.det(affine[:3, :3]) < 0)


def between(first: Array, second: Array, part: float) -> Array:
    """The affine (4, 4) that lies `part` of the way from `first` to `second`; parts below 0 and above 1 go on.

    Each is a stretch, then a rotation (its polar decomposition), then a shift: stretches and shifts are linear, the
    rotation is spherically linear (Shoemake 1985). Both mirror or none does, else something between them is flat.
    """
    (turn, stretch), (other_turn, other_stretch) = _polar(first), _polar(second)
    result = np.eye(4)
    angle_vector = _rotation_vector(turn.T @ other_turn)
    stretched = stretch + part * (other_stretch - stretch)
    result[:3, :3] = turn @ rotation(angle_vector * part) @ stretched
    result[:3, 3] = first[:3, 3] + part * (second[:3, 3] - first[:3, 3])
    return result


def rotation(vector: Array) -> Array:
    """(3, 3): a turn about `vector` (3,) by its length in radians, counter-clockwise seen from where it points."""
    angle = float(np.linalg.norm(vector))
    if angle == 0:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


def _polar(affine: Array) -> tuple[Array, Array]:
    """Rotation and stretch of which the linear part is the product; of mirrors the stretch is negative."""
    left, lengths, right = np.linalg.svd(affine[:3, :3])
    sign = np.sign(np.linalg.det(left @ right))
    return sign * (left @ right), sign * (right.T * lengths) @ right


def _rotation_vector(turn: Array) -> Array:
    """Axis times angle (0 to pi) of a rotation (3, 3)."""
    axial = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
    sine, cosine = float(np.linalg.norm(axial)), (float(np.trace(turn)) - 1) / 2
    angle = np.arctan2(sine, cosine)
    if sine > 1e-6:
        return axial * (angle / sine)
    if cosine > 0:
        return axial
    squares = (turn + turn.T) / 4 + np.eye(3) / 2  # the outer product of the axis, at half a turn
    axis = squares[:, np.argmax(np.diag(squares))]
    axis = axis / np.linalg.norm(axis)
    return axis * (angle if axial @ axis >= 0 else -angle)
