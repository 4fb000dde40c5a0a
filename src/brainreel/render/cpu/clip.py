"""Triangles that leave the space in front of the camera, cut where they do.

The rasteriser needs vertices at a positive depth and not too far from the picture. A triangle that has others is cut by
five planes; what remains has new vertices, each on an edge of two earlier ones. An edge is cut once for all triangles
that share it, so no crack opens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.binning import LARGEST_PICTURE
from brainreel.render.view import View

NEAREST = 1e-4
"""Depth of the near plane, as a part of the distance of the farthest corner of what is drawn."""

WIDEST_PX = LARGEST_PICTURE / 2
"""Distance of the other planes from the picture's centre, in pixels."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """New vertices, appended to the old ones plane by plane: vertex `ends[:, 0]` and `ends[:, 1]` mixed.

    `parts` holds a plane's `ends` int32 (k, 2) and `weights` float32 (k,) of the second end.
    """

    parts: tuple[tuple[NDArray[np.int32], NDArray[np.float32]], ...]

    def extend(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """`values` (n, ...) of the old vertices, followed by those of the new ones."""
        count = len(values)
        longer = np.empty((count + sum(len(weights) for _, weights in self.parts), *values.shape[1:]), np.float32)
        longer[:count] = values
        for ends, weights in self.parts:
            weight = weights.reshape(-1, *[1] * (values.ndim - 1))
            new = longer[ends[:, 0]] * (1 - weight) + longer[ends[:, 1]] * weight
            longer[count : count + len(new)] = new
            count += len(new)
        return longer


@dataclass(frozen=True, eq=False)
class Clipped:
    """The triangles that remain: `faces` int32 (m, 3), `sources` (m,) ascending, the triangle each was cut from."""

    faces: NDArray[np.int32]
    sources: NDArray[np.int64]
    cuts: Cuts


def clip(points: NDArray[np.float32], faces: NDArray[np.int32], view: View, near: float) -> Clipped:
    """Cut `faces` (m, 3) of `points` (n, 3) to depths from `near` on and to WIDEST_PX around the picture's centre."""
    offset = points - view.eye
    seen = np.stack([offset @ view.right, offset @ view.up, offset @ view.forward], -1)
    slope = WIDEST_PX * view.pixel_slope
    wide = (0, slope) if view.parallel else (slope, 0)
    sides = [(0, 0, 1, -near), (1, 0, *wide), (-1, 0, *wide), (0, 1, *wide), (0, -1, *wide)]
    planes = np.array(sides, float)
    outside = np.packbits(seen @ planes[:, :3].T + planes[:, 3] < 0, axis=-1)[:, 0]
    a, b, c = outside[faces].T
    whole = np.flatnonzero((a | b | c) == 0)
    sources = np.flatnonzero(((a | b | c) != 0) & ((a & b & c) == 0))
    # from here on only with the vertices of triangles that are cut; vertex k of those is `names[k]` of all
    names, pieces = np.unique(faces[sources], return_inverse=True)
    pieces = pieces.reshape(-1, 3).astype(np.int32)
    seen = seen[names]
    parts, count = [], len(points)
    for plane in planes:
        heights = seen @ plane[:3] + plane[3]
        pieces, sources, ends = _cut(pieces, sources, heights < 0, len(seen))
        weights = heights[ends[:, 0]] / (heights[ends[:, 0]] - heights[ends[:, 1]])
        seen = np.concatenate([seen, seen[ends[:, 0]] + (seen[ends[:, 1]] - seen[ends[:, 0]]) * weights[:, None]])
        parts.append((names[ends].astype(np.int32), weights.astype(np.float32)))
        names = np.concatenate([names, np.arange(count, count + len(ends))])
        count += len(ends)
    sources = np.concatenate([whole, sources])
    order = np.argsort(sources, kind="stable")
    remaining = np.concatenate([faces[whole], names[pieces]])[order]
    return Clipped(np.ascontiguousarray(remaining, np.int32), sources[order], Cuts(tuple(parts)))


def _cut(
    faces: NDArray[np.int32], sources: NDArray[np.int64], outside: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """One plane: the triangles inside, what each was cut from, and the `ends` (k, 2) of new vertices `count` + k."""
    corners_out = outside[faces]
    how_many = corners_out.sum(-1)
    two_in = _begin_at(faces[how_many == 1], corners_out[how_many == 1])
    one_in = _begin_at(faces[how_many == 2], ~corners_out[how_many == 2])
    edges = np.concatenate([two_in[:, [0, 1]], two_in[:, [0, 2]], one_in[:, [0, 1]], one_in[:, [0, 2]]])
    ends, which = np.unique(np.sort(edges, -1), axis=0, return_inverse=True)
    new = (count + which.reshape(-1)).astype(np.int32)
    b, c, p, q = np.split(new, np.cumsum([len(two_in), len(two_in), len(one_in)]))
    kept = [
        faces[how_many == 0],
        np.stack([two_in[:, 1], two_in[:, 2], c], -1),
        np.stack([two_in[:, 1], c, b], -1),
        np.stack([one_in[:, 0], p, q], -1),
    ]
    cut_twice = sources[how_many == 1]
    origin = [sources[how_many == 0], cut_twice, cut_twice, sources[how_many == 2]]
    return np.concatenate(kept), np.concatenate(origin), ends.astype(np.int32).reshape(-1, 2)


def _begin_at(faces: NDArray[np.int32], chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Each triangle turned, keeping its orientation, so that its `chosen` corner comes first."""
    first = chosen.argmax(-1)
    turned = (first[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces, turned, -1)
