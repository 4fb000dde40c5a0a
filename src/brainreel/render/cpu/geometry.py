"""All surfaces of a picture as one mesh, so that they share a depth buffer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh
from brainreel.errors import FormatError
from brainreel.kernels.visibility import pack_normals
from brainreel.render.view import View


@dataclass(frozen=True, eq=False)
class Part:
    """A mesh with what its pictures need of it."""

    mesh: Mesh
    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    normals: NDArray[np.float32]
    packed_normals: NDArray[np.int32]
    bounds: tuple[NDArray[np.float32], NDArray[np.float32]]
    closed: bool

    @classmethod
    def of(cls, mesh: Mesh) -> "Part":
        """Normals, bounds and closedness of `mesh`.

        Raises FormatError for what no kernel can read: vertices without a finite place, faces without their vertices.
        """
        # a read-only array would have every kernel compiled once more
        points = np.require(mesh.points, np.float32, ["C", "W"])
        faces = np.require(mesh.faces, np.int32, ["C", "W"])
        if not np.isfinite(points).all():
            raise FormatError(f"{mesh.name}: vertex {np.argwhere(~np.isfinite(points))[0, 0]} has no finite place")
        if faces.size and not 0 <= faces.min() <= faces.max() < len(points):
            raise FormatError(f"{mesh.name}: a face has vertex {faces.max()}, the surface has {len(points)} vertices")
        normals = vertex_normals(points, faces)
        limits = points.min(0, initial=np.inf), points.max(0, initial=-np.inf)
        return cls(mesh, points, faces, normals, pack_normals(normals), limits, is_closed(points, faces))

    def hides_backs(self, view: View) -> bool:
        """Whether a front lies before every back in `view`: it is closed and all rays begin outside."""
        low, high = self.bounds
        if view.parallel:
            nearest = np.where(view.forward > 0, low, high) @ view.forward - view.eye @ view.forward
            return self.closed and bool(nearest > 0)
        return self.closed and bool(((view.eye < low) | (view.eye > high)).any())


@dataclass(frozen=True, eq=False)
class Geometry:
    """Parts, layer by layer; layer k begins at triangle `first_faces[k]`, part j at vertex `first_vertices[j]`."""

    parts: tuple[Part, ...]
    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    normals: NDArray[np.float32]
    packed_normals: NDArray[np.int32]
    first_vertices: NDArray[np.int64]
    first_faces: NDArray[np.int32]

    @classmethod
    def of(cls, layers: tuple[tuple[Part, ...], ...]) -> "Geometry":
        """The parts of `layers` together."""
        parts = tuple(part for layer in layers for part in layer)
        first_vertices = np.cumsum([0, *(len(part.points) for part in parts)])
        face_counts = [sum(len(part.faces) for part in layer) for layer in layers]
        faces = [part.faces + np.int32(first) for part, first in zip(parts, first_vertices, strict=False)]
        only = parts[0] if len(parts) == 1 else None
        return cls(
            parts=parts,
            points=only.points if only else np.concatenate([part.points for part in parts]),
            faces=only.faces if only else np.concatenate(faces),
            normals=only.normals if only else np.concatenate([part.normals for part in parts]),
            packed_normals=only.packed_normals if only else np.concatenate([part.packed_normals for part in parts]),
            first_vertices=first_vertices,
            first_faces=np.cumsum([0, *face_counts[:-1]]).astype(np.int32),
        )


def vertex_normals(points: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit normals (n, 3): the mean of the triangles' around each vertex, weighted by area; 0 where there is none."""
    corners = points.astype(np.float64)[faces]
    doubled_areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = faces.ravel()
    sums = [np.bincount(flat, np.repeat(doubled_areas[:, axis], 3), len(points)) for axis in range(3)]
    normals = np.stack(sums, -1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-300)).astype(np.float32)


def is_closed(points: NDArray[np.float32], faces: NDArray[np.int32]) -> bool:
    """Whether every edge is walked once in each direction, and the triangles turn their fronts outwards."""
    if not len(faces):
        return False
    starts = faces.astype(np.int64).ravel()
    stops = np.roll(faces, -1, 1).astype(np.int64).ravel()
    edges = np.sort(starts << 32 | stops)
    if (edges[1:] == edges[:-1]).any() or not np.array_equal(edges, np.sort(stops << 32 | starts)):
        return False
    a, b, c = (points[faces[:, k]].astype(np.float64) - points[0] for k in range(3))
    return bool(np.einsum("ij,ij->", a, np.cross(b, c)) > 0)
