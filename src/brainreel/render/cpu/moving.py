"""Surfaces that transforms move: the same triangles at other places."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Mesh, Transform
from brainreel.space import apply_affine, inverse_of, map_points, mirrors
from brainreel.timeline.looks import Move, WarpMove

WAYS_KEPT = 8
"""Of warps, where all of each takes the points of a surface; a part of that is quick."""


@dataclass(frozen=True, eq=False)
class MovedMesh:
    """A surface whose points were moved; its arrays are those it was made of."""

    mesh: Mesh
    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    content: str

    @property
    def name(self) -> str:
        """What a message calls it."""
        return self.mesh.name

    @property
    def hemi(self) -> str | None:
        """ "left", "right" or None."""
        return self.mesh.hemi

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        """Those of the surface."""
        return self.mesh.arrays

    def fingerprint(self) -> str:
        """What it was made of."""
        return self.content


class Mover:
    """Moves surfaces; `data` and `fingerprints` go by asset key."""

    def __init__(self, data: Mapping[str, Data], fingerprints: Mapping[str, str]) -> None:
        self._data, self._fingerprints = data, fingerprints
        self._ways: OrderedDict[tuple, NDArray[np.float64]] = OrderedDict()

    def content(self, moves: tuple[Move, ...]) -> tuple[object, ...]:
        """What being moved by `moves` depends on."""
        return tuple(
            (self._fingerprints[move.asset], move.amount, move.inverse) if isinstance(move, WarpMove) else move
            for move in moves
        )

    def moved(self, mesh: Mesh, content: tuple[object, ...], moves: tuple[Move, ...]) -> Mesh:
        """`mesh`, whose content is `content`, after `moves`; what mirrors it turns its triangles round.

        Raises FormatError where a warp has no way back.
        """
        points, faces = np.asarray(mesh.points, float), mesh.faces
        for move in moves:
            if isinstance(move, WarpMove):
                points = points + move.amount * (self._all_of(move, points, content) - points)
            else:
                points = apply_affine(move, points)
                faces = faces[:, ::-1] if mirrors(np.array(move)) else faces
            content = (*content, *self.content((move,)))
        return MovedMesh(mesh, points.astype(np.float32), faces, repr(content))

    def _all_of(self, move: WarpMove, points: NDArray[np.float64], content: tuple) -> NDArray[np.float64]:
        """Where all of a warp takes `points`, which `content` names."""
        key = (content, self._fingerprints[move.asset], move.inverse)
        if key not in self._ways:
            transform = self._data[move.asset]
            if not isinstance(transform, Transform):
                raise TypeError(f"{move.asset} is a {type(transform).__name__}, a warp is a Transform")
            maps = transform.point_maps
            self._ways[key] = map_points(inverse_of(maps) if move.inverse else maps, points)
            if len(self._ways) > WAYS_KEPT:
                self._ways.popitem(last=False)
        self._ways.move_to_end(key)
        return self._ways[key]
