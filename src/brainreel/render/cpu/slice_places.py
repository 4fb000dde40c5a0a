"""Where a slice is in the picture: rows (1, x, y) of linear functions of the place in the picture, in pixels.

Coordinates of what a ray meets are such functions over a common one, `over`, which is positive in front of the eye.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.render.view import View
from brainreel.space import Box
from brainreel.timeline.looks import Vector

EDGE_ON = 1e-9
NOWHERE = 1e9


@dataclass(frozen=True)
class Plane:
    """A plane seen: `world` (3, 3) rows of x, y and z, `over` (3,) what they are divided by, `depth` (2, 3) both rows.

    `normal` is the unit normal.
    """

    world: NDArray[np.float64]
    over: NDArray[np.float64]
    depth: NDArray[np.float64]
    normal: NDArray[np.float64]
    view: View

    @classmethod
    def of(cls, origin: Vector, normal: Vector, view: View) -> "Plane | None":
        """The plane through `origin` as `view` sees it; None where it is seen edge on."""
        n = np.array(normal, float)
        n /= np.linalg.norm(n)
        to_plane = n @ (np.array(origin, float) - view.eye)
        across = np.array([-view.tan_x, 2 * view.tan_x / view.width, 0])
        up = np.array([view.tan_y, 0, -2 * view.tan_y / view.height])
        one = np.array([1.0, 0, 0])
        sideways = np.outer(view.right, across) + np.outer(view.up, up)
        facing = n @ view.forward
        if view.parallel:
            if abs(facing) < EDGE_ON:
                return None
            depth = (to_plane * one - n @ sideways) / facing
            world = np.outer(view.eye, one) + sideways + np.outer(view.forward, depth)
            return cls(world, one, np.stack([depth, one]), n, view)
        rays = sideways + np.outer(view.forward, one)
        if abs(to_plane) < EDGE_ON * np.linalg.norm(np.array(origin, float) - view.eye):
            return None
        over = n @ rays / to_plane
        return cls(np.outer(view.eye, over) + rays, over, np.stack([one, over]), n, view)

    def least_pixel_edge(self, edges: NDArray[np.float64]) -> float:
        """The edge of a pixel in the world where the slice, between its borders `edges`, is nearest in the picture."""
        if self.view.parallel:
            return self.view.pixel_slope
        corners = _clip_picture(edges, self.view)
        nearest = max((float(corner @ self.over) for corner in corners), default=1.0)
        return self.view.pixel_slope / max(nearest, 1e-30)


def place_in_volume(plane: Plane, volume: Volume, factors: tuple[int, int, int]) -> NDArray[np.float64]:
    """(4, 3): rows of x, y and z in voxels of a level of `volume`, and what they are divided by."""
    voxel = _in_voxels(plane, volume)
    coarse = np.array(factors[::-1], float)[:, None]
    return np.concatenate([(voxel + 0.5 * plane.over) / coarse - 0.5 * plane.over, plane.over[None]])


def box_edges(plane: Plane, volume: Volume) -> NDArray[np.float64]:
    """(6, 3): distances in pixels from the outer faces of the outermost voxels, inside positive."""
    voxel = _in_voxels(plane, volume)
    lengths = np.array(volume.shape[::-1], float)
    low = voxel + 0.5 * plane.over
    high = np.outer(lengths - 0.5, plane.over) - voxel
    return _in_pixels(np.stack([low, high], 1).reshape(6, 3), plane.view)


def keep_edges(plane: Plane, keep: Box | None) -> NDArray[np.float64]:
    """(2 or 8, 3): distances in pixels from the eye's plane, where anything is in front of it, and from `keep`."""
    front = plane.depth[0] if plane.view.parallel else plane.over
    edges = np.stack([front, np.array([NOWHERE, 0, 0])])
    if keep is not None:
        low = plane.world - np.outer(keep.lower, plane.over)
        high = np.outer(keep.upper, plane.over) - plane.world
        edges = np.concatenate([edges, np.stack([low, high], 1).reshape(6, 3)])
    return _in_pixels(edges, plane.view)


def cross_edges(plane: Plane, cross: Vector) -> NDArray[np.float64]:
    """(2, 3): distances in pixels from two lines through `cross`, along the world's axes where the plane is."""
    nearest = int(np.argmin(np.abs(plane.normal)))
    first: NDArray[np.float64] = np.eye(3)[nearest] - plane.normal[nearest] * plane.normal
    first /= np.linalg.norm(first)
    second: NDArray[np.float64] = np.cross(plane.normal, first)
    from_cross = plane.world - np.outer(cross, plane.over)
    lines: NDArray[np.float64] = np.stack([first, second]) @ from_cross
    return _in_pixels(lines, plane.view)


def _in_voxels(plane: Plane, volume: Volume) -> NDArray[np.float64]:
    voxel_from_world = np.linalg.inv(volume.world_from_voxel)
    return voxel_from_world[:3, :3] @ plane.world + np.outer(voxel_from_world[:3, 3], plane.over)


def _in_pixels(edges: NDArray[np.float64], view: View) -> NDArray[np.float64]:
    """Signed distances (n, 3) of the lines where `edges` (n, 3) are 0; far off where such a line is not in sight."""
    slope = np.linalg.norm(edges[:, 1:], axis=1)
    size = np.abs(edges[:, 0]) + slope * max(view.width, view.height)
    lines = slope > 1e-12 * size
    result = np.zeros_like(edges)
    result[lines] = edges[lines] / slope[lines, None]
    result[~lines, 0] = np.where(edges[~lines, 0] >= 0, NOWHERE, -NOWHERE)
    return result


def _clip_picture(edges: NDArray[np.float64], view: View) -> list[NDArray[np.float64]]:
    """Corners (1, x, y) of the picture's rectangle, cut by all `edges`."""
    w, h = float(view.width), float(view.height)
    corners = [np.array([1.0, x, y]) for x, y in ((0, 0), (w, 0), (w, h), (0, h))]
    for edge in edges:
        heights = [float(edge @ corner) for corner in corners]
        cut = []
        for k, corner in enumerate(corners):
            before, its = corners[k - 1], heights[k - 1]
            if (its < 0) != (heights[k] < 0):
                cut.append(before + (corner - before) * (its / (its - heights[k])))
            if heights[k] >= 0:
                cut.append(corner)
        corners = cut
    return corners
