"""The affine transforms of ITK, from their parameters: one function a class, the matrix and what follows from it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError

Array = NDArray[np.float64]
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def affine_ras(path: Path, kind: str, parameters: NDArray, fixed: Array) -> Array:
    """(4, 4) in RAS of the transform of class `kind`: x -> M (x - center) + center + translation, in LPS.

    Raises FormatError where it has not as many numbers as it should.
    """
    count, make = AFFINES[kind]
    if len(parameters) != count or len(fixed) not in (0, 3, 4):
        raise FormatError(
            f"{path}: {kind} has {len(parameters)} parameters and {len(fixed)} fixed ones, {count} and 3 are right; "
            "the file is cut off or damaged"
        )
    center = np.asarray([*fixed[:3], 0.0, 0.0, 0.0][:3], float)
    is_zyx = len(fixed) == 4 and fixed[3] != 0
    values = np.asarray(parameters, float)
    linear, translation = _euler(values, is_zyx) if kind == "Euler3DTransform" else make(values)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = linear, translation + center - linear @ center
    return _LPS @ affine @ _LPS


def _matrix(p: Array) -> tuple[Array, Array]:
    return p[:9].reshape(3, 3), p[-3:]


def _euler(p: Array, zyx: bool = False) -> tuple[Array, Array]:
    """Angles about x, y, z in radians; z x y unless `zyx`."""
    cosines, sines = np.cos(p[:3]), np.sin(p[:3])
    x = np.array([[1, 0, 0], [0, cosines[0], -sines[0]], [0, sines[0], cosines[0]]])
    y = np.array([[cosines[1], 0, sines[1]], [0, 1, 0], [-sines[1], 0, cosines[1]]])
    z = np.array([[cosines[2], -sines[2], 0], [sines[2], cosines[2], 0], [0, 0, 1]])
    return (z @ y @ x if zyx else z @ x @ y), p[-3:]


def _rotation(x: float, y: float, z: float, w: float) -> Array:
    """Of a unit quaternion."""
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _versor(p: Array) -> Array:
    """Rotation of the vector part of a versor."""
    x, y, z = p[:3]
    return _rotation(x, y, z, np.sqrt(max(1 - x * x - y * y - z * z, 0.0)))


def _versor_rigid(p: Array) -> tuple[Array, Array]:
    return _versor(p), p[3:6]


def _similarity(p: Array) -> tuple[Array, Array]:
    return _versor(p) * p[6], p[3:6]


def _scale_versor(p: Array) -> tuple[Array, Array]:
    return _versor(p) + np.diag(p[6:9] - 1), p[3:6]


def _scale_skew_versor(p: Array) -> tuple[Array, Array]:
    """As ITK has it: scales and skews (xy, xz, yx, yz, zx, zy) are added to the rotation."""
    skews = np.zeros((3, 3))
    skews[0, 1], skews[0, 2], skews[1, 0], skews[1, 2], skews[2, 0], skews[2, 1] = p[9:15]
    return _versor(p) + np.diag(p[6:9] - 1) + skews, p[3:6]


def _composed_versor(p: Array) -> tuple[Array, Array]:
    """Rotation times scales times skews (the upper triangle)."""
    skews = np.eye(3)
    skews[0, 1], skews[0, 2], skews[1, 2] = p[9:12]
    return _versor(p) @ np.diag(p[6:9]) @ skews, p[3:6]


def _quaternion(p: Array) -> tuple[Array, Array]:
    x, y, z, w = p[:4] / np.linalg.norm(p[:4])
    return _rotation(x, y, z, w), p[4:7]


AFFINES: dict[str, tuple[int, Callable[[Array], tuple[Array, Array]]]] = {
    "AffineTransform": (12, _matrix),
    "MatrixOffsetTransformBase": (12, _matrix),
    "FixedCenterOfRotationAffineTransform": (12, _matrix),
    "ScalableAffineTransform": (12, _matrix),
    "Rigid3DTransform": (12, _matrix),
    "Euler3DTransform": (6, _euler),
    "VersorTransform": (3, lambda p: (_versor(p), np.zeros(3))),
    "VersorRigid3DTransform": (6, _versor_rigid),
    "QuaternionRigidTransform": (7, _quaternion),
    "Similarity3DTransform": (7, _similarity),
    "ScaleVersor3DTransform": (9, _scale_versor),
    "ScaleSkewVersor3DTransform": (15, _scale_skew_versor),
    "ComposeScaleSkewVersor3DTransform": (12, _composed_versor),
    "ScaleTransform": (3, lambda p: (np.diag(p), np.zeros(3))),
    "TranslationTransform": (3, lambda p: (np.eye(3), p)),
    "IdentityTransform": (0, lambda _: (np.eye(3), np.zeros(3))),
}
"""How many parameters a class has, and what gives its matrix and its translation."""
