"""Ambient occlusion: how much of the sky each vertex of a surface sees, by pictures of it from all around."""

from collections import OrderedDict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels import openness as kernels
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.binned import bin_triangles
from brainreel.render.cpu.geometry import Geometry, Part
from brainreel.render.cpu.shapes import Shapes
from brainreel.render.view import View
from brainreel.timeline.looks import DataReference, SurfaceLook

DIRECTIONS = 640
PICTURE_PX = 1024
LIFT_PX = 0.6
"""How far above the surface light is looked for, in pixels: whatever its slope, the nearest sample then lies below."""

_TILES_AT_A_TIME = 8
_SHAPES_KEPT = 16
_VERTICES_AT_A_TIME = 1 << 14
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def openness(pool: Pool, part: Part) -> NDArray[np.float32]:
    """(vertices,) the part of light from everywhere, weighed by Lambert's law, that nothing of `part` holds back."""
    if part.shared is not None:
        return openness(pool, part.shared)[part.shared.faces.ravel()]
    low, high = part.bounds
    middle, radius = (low.astype(float) + high) / 2, float(np.linalg.norm(high.astype(float) - low)) / 2
    sums = np.zeros((len(part.points), 2), np.float32)
    if not radius > 0:
        return np.ones(len(part.points), np.float32)
    pixel = 2 * radius / PICTURE_PX
    places = part.points + part.normals * np.float32(LIFT_PX * pixel)
    depths = np.empty((PICTURE_PX, PICTURE_PX, 4), np.float32)
    for direction in _directions(DIRECTIONS):
        view = _view_from(middle + 2 * radius * direction, -direction, radius)
        depths.fill(np.inf)
        _draw_depths(pool, part, view, depths)
        corner = view.eye - view.right * radius + view.up * radius
        camera = np.stack([view.right, -view.up, view.forward, corner]).astype(np.float32)
        arguments = (places, part.normals, camera, np.float32(pixel), depths, sums)
        pool.run(kernels.add_openness, len(places), *arguments, chunk=_VERTICES_AT_A_TIME)
    return sums[:, 0] / np.maximum(sums[:, 1], 1e-20) + (sums[:, 1] == 0)


class Skies:
    """What surfaces see of the sky, found once for each shape.

    Of a shape between others it is the mean of theirs, and where transforms move one what it was before.
    """

    def __init__(self, pool: Pool, shapes: Shapes) -> None:
        self._pool = pool
        self._shapes = shapes
        self._known: OrderedDict[tuple, NDArray[np.float32]] = OrderedDict()

    def open_to_light(self, looks: tuple[SurfaceLook, ...], geometry: Geometry) -> NDArray[np.float32]:
        """(vertices,) what is left of light where surfaces hold it back from themselves; (0,) where no look asks."""
        if all(look.occlusion <= 0 for look in looks):
            return np.zeros(0, np.float32)
        lefts = []
        for look in looks:
            for reference in look.parts:
                count = len(geometry.parts[len(lefts)].points)
                left = np.full(count, 1 - look.occlusion, np.float32)
                for row, weight in zip(reference.rows, reference.weights, strict=True):
                    if look.occlusion and weight:
                        left += np.float32(look.occlusion * weight) * self._of_shape(reference, row)
                lefts.append(left)
        return np.concatenate(lefts)

    def _of_shape(self, reference: DataReference, row: int) -> NDArray[np.float32]:
        still = replace(reference, rows=(row,), weights=(1.0,), moves=())
        key = self._shapes.content(still)
        if key not in self._known:
            self._known[key] = openness(self._pool, self._shapes.part(still))
            if len(self._known) > _SHAPES_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


def _draw_depths(pool: Pool, part: Part, view: View, depths: NDArray[np.float32]) -> None:
    matte, nothing = np.array([(1, 0, 0, 1)], np.float32), np.zeros(0, np.float32)
    binned = bin_triangles(pool, Geometry.of(((part,),)), nothing, nothing, matte, np.ones(1, np.float32), view)
    arguments = (binned.bins, binned.scene, binned.projected, depths)
    pool.run(kernels.depth_tiles, len(binned.bins.firsts) - 1, *arguments, chunk=_TILES_AT_A_TIME)


def _directions(count: int) -> NDArray[np.float64]:
    """(count, 3) unit vectors, evenly over the sphere: a spiral of the golden angle."""
    z = 1 - (2 * np.arange(count) + 1) / count
    around = np.arange(count) * _GOLDEN_ANGLE
    across = np.sqrt(1 - z * z)
    return np.stack([across * np.cos(around), across * np.sin(around), z], -1)


def _view_from(eye: NDArray[np.float64], forward: NDArray[np.float64], radius: float) -> View:
    """Parallel rays around `forward`, over a square of twice `radius`."""
    aside = np.eye(3)[np.abs(forward).argmin()]
    up = aside - (aside @ forward) * forward
    up /= np.linalg.norm(up)
    right = np.array(np.cross(forward, up), float)
    return View(eye, right, up, forward, radius, radius, PICTURE_PX, PICTURE_PX, parallel=True)
