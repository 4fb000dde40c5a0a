"""The first half of rasterising: a geometry, seen from a view, as triangles in tiles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import UsageError
from brainreel.kernels import binning
from brainreel.kernels.pool import Pool
from brainreel.kernels.visibility import Scene, pack_normals
from brainreel.render.cpu.clip import NEAREST, WIDEST_PX, Cuts, clip
from brainreel.render.cpu.geometry import Geometry
from brainreel.render.view import View

LIGHT_IN_CAMERA = (-0.30, 0.42, -0.86)
"""Towards the light in the camera's (right, up, forward): over the viewer's left shoulder, so that folds show."""

_LANES = 16


@dataclass(frozen=True, eq=False)
class Binned:
    """What the kernels over tiles need of one view."""

    scene: Scene
    projected: binning.Projected
    bins: binning.Bins
    cuts: Cuts | None


def bin_triangles(
    pool: Pool,
    geometry: Geometry,
    relief: NDArray[np.float32],
    open_to_light: NDArray[np.float32],
    shading: NDArray[np.float32],
    alphas: NDArray[np.float32],
    view: View,
) -> Binned:
    """Project, clip where it is needed, and sort the triangles of `geometry` into the tiles of `view`.

    `relief` and `open_to_light` (vertices,) or (0,), `shading` (layers, 4), `alphas` (layers,), those below 1 last: see
    `visibility.Scene`.
    """
    if max(view.width, view.height) > binning.LARGEST_PICTURE:
        limit = f"{binning.LARGEST_PICTURE} x {binning.LARGEST_PICTURE}"
        raise UsageError(f"size = {view.width}x{view.height}: surfaces are drawn up to {limit} pixels")
    points, faces, normals, first_faces = geometry.points, geometry.faces, geometry.packed_normals, geometry.first_faces
    cuts = None
    farthest = _farthest(geometry, view)
    flat = 2 * farthest if view.parallel else 0.0
    projected, nearest, widest = _project(pool, points, view, flat)
    near = 0.0 if view.parallel else NEAREST * farthest
    if nearest < near or widest > 256 * WIDEST_PX:
        clipped = clip(points, faces, view, near)
        faces, cuts = clipped.faces, clipped.cuts
        points = cuts.extend(points)
        new_normals = cuts.extend(geometry.normals)[len(normals) :]
        normals = np.concatenate([normals, pack_normals(new_normals)])
        relief = cuts.extend(relief) if len(relief) else relief
        open_to_light = cuts.extend(open_to_light) if len(open_to_light) else open_to_light
        first_faces = np.searchsorted(clipped.sources, first_faces).astype(np.int32)
        projected, _, _ = _project(pool, points, view, flat)
    translucent = np.flatnonzero(alphas < 1)
    cull = not len(translucent) and all(part.hides_backs(view) for part in geometry.parts)
    to_light = np.array(LIGHT_IN_CAMERA) @ np.stack([view.right, view.up, view.forward])
    light = (to_light / np.linalg.norm(to_light)).astype(np.float32)
    opaque = int(first_faces[translucent[0]]) if len(translucent) else len(faces)
    glossy = bool((shading[:, 2] > 0).any())
    scene = Scene(
        faces,
        normals,
        relief,
        open_to_light,
        first_faces,
        shading,
        alphas,
        light,
        _rays(view),
        cull,
        flat,
        opaque,
        glossy,
    )
    return Binned(scene, projected, _bins(pool, faces, projected, view, cull), cuts)


def _rays(view: View) -> NDArray[np.float32]:
    """As `visibility.Scene` has them."""
    across, down = view.right * view.pixel_slope, -view.up * view.pixel_slope
    if view.parallel:
        return np.stack([view.forward, np.zeros(3), np.zeros(3)]).astype(np.float32)
    corner = view.forward - across * (view.width / 2) - down * (view.height / 2)
    return np.stack([corner, across, down]).astype(np.float32)


def _project(
    pool: Pool, points: NDArray[np.float32], view: View, flat: float
) -> tuple[binning.Projected, float, float]:
    """The vertices in the picture, the least depth, and the farthest place from the picture's centre."""
    room = len(points) + _LANES
    projected = binning.Projected(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.float32))
    scale = 256 / view.pixel_slope
    camera = np.stack([view.right * scale, -view.up * scale, view.forward, view.eye]).astype(np.float32)
    center = np.array([view.width * 128, view.height * 128], np.float32)
    blocks = -(-len(points) // binning.VERTEX_BLOCK)
    extremes = np.empty((blocks, 2), np.float32)
    pool.run(binning.project, blocks, points, camera, center, flat, projected, extremes)
    nearest = float(extremes[:, 0].min(initial=np.inf))
    return projected, nearest, float(extremes[:, 1].max(initial=0.0))


def _farthest(geometry: Geometry, view: View) -> float:
    """Distance from the eye to the farthest corner of the parts' bounds."""
    corners = [np.maximum(np.abs(low - view.eye), np.abs(high - view.eye)) for low, high in _bounds(geometry)]
    return max((float(np.linalg.norm(corner)) for corner in corners), default=1.0)


def _bounds(geometry: Geometry) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    return [part.bounds for part in geometry.parts]


def _bins(pool: Pool, faces: NDArray[np.int32], projected: binning.Projected, view: View, cull: bool) -> binning.Bins:
    across, down = (-(-extent // binning.TILE) for extent in (view.width, view.height))
    blocks = -(-len(faces) // binning.FACE_BLOCK)
    numbers = np.empty(len(faces) + _LANES, np.int32)
    boxes = np.empty(len(faces) + _LANES, np.int32)
    kept = np.zeros(blocks, np.int64)
    counts = np.zeros((blocks, across * down), np.int64)
    firsts = np.zeros(across * down + 1, np.int64)
    size = (view.width, view.height)
    pool.run(binning.select, blocks, faces, projected, size, cull, numbers, boxes, kept, counts)
    listed = np.empty(binning.offsets(counts, firsts), np.int32)
    pool.run(binning.fill, blocks, numbers, boxes, kept, counts, across, listed)
    return binning.Bins(listed, firsts, across)
