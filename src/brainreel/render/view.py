"""The camera as kernels need it: an orthonormal frame and the slopes of the picture's edges."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import SceneError
from brainreel.timeline.frame import Camera


@dataclass(frozen=True)
class View:
    """A pinhole at `eye` (world). Pixel (i, j), row 0 on top, looks along
    `forward + right * tan_x * (2 (i + .5) / width - 1) + up * tan_y * (1 - 2 (j + .5) / height)`.

    `right`, `up` and `forward` are orthonormal float64 (3,). A point's depth is its distance along `forward`. Where
    rays are `parallel` all look along `forward`, and what is right of it and above moves the eye instead: `tan_x` and
    `tan_y` are half the picture's width and height in world units. What is behind the eye is not seen either way.
    What is wanted are pixels that are the means of `rays` times `rays` of these.
    """

    eye: NDArray[np.float64]
    right: NDArray[np.float64]
    up: NDArray[np.float64]
    forward: NDArray[np.float64]
    tan_x: float
    tan_y: float
    width: int
    height: int
    parallel: bool = False
    rays: int = 1

    @classmethod
    def of(cls, camera: Camera, size: tuple[int, int]) -> "View":
        """The view of `camera` on a picture of `size` (width, height) pixels, which are square.

        Raises SceneError where the camera stands on its focal point, looks along its view up or has a parallel scale
        of nothing.
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
        tan_y = camera.parallel_scale if camera.parallel else math.tan(math.radians(camera.view_angle) / 2)
        if not tan_y > 0:
            raise SceneError(f"parallel scale {tan_y}: it is half the picture's height, so give a positive length")
        up = np.cross(right, forward)
        return cls(eye, right, up, forward, tan_y * width / height, tan_y, width, height, camera.parallel)

    @property
    def pixel_slope(self) -> float:
        """Edge of a pixel at depth 1; at any depth where rays are parallel."""
        return 2 * self.tan_y / self.height

    @property
    def tangents(self) -> tuple[float, float]:
        """How far rays lean at the picture's borders, to the right and up; parallel ones do not."""
        return (0.0, 0.0) if self.parallel else (self.tan_x, self.tan_y)

    def pixel_edges(self, depths: ArrayLike) -> NDArray[np.float64]:
        """Edges of pixels at `depths`, in the world; 0 behind a pinhole."""
        depths = np.asarray(depths, float)
        return self.pixel_slope * (np.ones_like(depths) if self.parallel else np.maximum(depths, 0))

    def project(self, points: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixel positions (n, 2) and depths (n,) of world `points` (n, 3); positions mean nothing at depths <= 0."""
        offset = np.asarray(points, float) - self.eye
        depth = offset @ self.forward
        per = np.ones_like(depth) if self.parallel else depth
        with np.errstate(divide="ignore", invalid="ignore"):
            x = (offset @ self.right / (per * self.tan_x) + 1) * self.width / 2
            y = (1 - offset @ self.up / (per * self.tan_y)) * self.height / 2
        return np.stack([x, y], -1), depth
