"""The camera as kernels need it: an orthonormal frame and the slopes of the picture's edges."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import SceneError
from brainreel.timeline.frame import Camera


@dataclass(frozen=True)
class View:
    """A pinhole at `eye` (world). Pixel (i, j), row 0 on top, looks along
    `forward + right * tan_x * (2 (i + .5) / width - 1) + up * tan_y * (1 - 2 (j + .5) / height)`.

    `right`, `up` and `forward` are orthonormal float64 (3,). A point's depth is its distance along `forward`.
    """

    eye: NDArray[np.float64]
    right: NDArray[np.float64]
    up: NDArray[np.float64]
    forward: NDArray[np.float64]
    tan_x: float
    tan_y: float
    width: int
    height: int

    @classmethod
    def of(cls, camera: Camera, size: tuple[int, int]) -> "View":
        """The view of `camera` on a picture of `size` (width, height) pixels, which are square.

        Raises SceneError where the camera stands on its focal point or looks along its view up.
        """
        width, height = size
        eye = np.array(camera.position, float)
        forward = np.array(camera.focal_point, float) - eye
        distance = np.linalg.norm(forward)
        if not distance > 0:
            raise SceneError(f"the camera stands on its focal point {camera.focal_point}; move one of the two")
        forward /= distance
        right = np.cross(forward, np.array(camera.view_up, float))
        if not np.linalg.norm(right) > 1e-12 * np.linalg.norm(camera.view_up):
            raise SceneError(f"the camera looks along its view up {camera.view_up}; turn view up away from the view")
        right /= np.linalg.norm(right)
        tan_y = math.tan(math.radians(camera.view_angle) / 2)
        return cls(eye, right, np.cross(right, forward), forward, tan_y * width / height, tan_y, width, height)

    @property
    def pixel_slope(self) -> float:
        """Edge of a pixel at depth 1."""
        return 2 * self.tan_y / self.height

    def project(self, points: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixel positions (n, 2) and depths (n,) of world `points` (n, 3); positions mean nothing at depths <= 0."""
        offset = np.asarray(points, float) - self.eye
        depth = offset @ self.forward
        with np.errstate(divide="ignore", invalid="ignore"):
            x = (offset @ self.right / (depth * self.tan_x) + 1) * self.width / 2
            y = (1 - offset @ self.up / (depth * self.tan_y)) * self.height / 2
        return np.stack([x, y], -1), depth
