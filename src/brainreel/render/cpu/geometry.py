"""All surfaces of a picture as one mesh, so that they share a depth buffer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.data import Mesh
from brainreel.errors import FormatError
from brainreel.formats.unshared import UnsharedMesh
from brainreel.kernels.visibility import pack_normals
from brainreel.render.view import View


@dataclass(frozen=True, eq=False)
class Topology:
    """The triangles of a surface, which moments of it may share; `shut`: each edge is walked once in each direction."""

    faces: NDArray[np.int32]
    vertex_count: int
    shut: bool

    @classmethod
    def of(cls, mesh: Mesh) -> "Topology":
        """The triangles of `mesh`. Raises FormatError where a face has no vertices that no kernel could read."""
        # a read-only array would have every kernel compiled once more
        faces, count = np.require(mesh.faces, np.int32, ["C", "W"]), len(mesh.points)
        if faces.size and not 0 <= faces.min() <= faces.max() < count:
            raise FormatError(f"{mesh.name}: a face has vertex {faces.max()}, the surface has {count} vertices")
        return cls(faces, count, _is_shut(faces))

    @cached_property
    def around(self) -> sparse.csr_array:
        """(vertices, triangles): 1 where a vertex is a corner of a triangle."""
        return _around(self.faces, self.vertex_count)

    @cached_property
    def unshared(self) -> "Topology":
        """The same triangles, of which none shares a vertex."""
        corners = self.faces.size
        return Topology(np.arange(corners, dtype=np.int32).reshape(-1, 3), corners, self.shut)

    def fits(self, mesh: Mesh) -> bool:
        """Whether `mesh` has these triangles."""
        return len(mesh.points) == self.vertex_count and np.array_equal(mesh.faces, self.faces)


@dataclass(frozen=True, eq=False)
class Part:
    """A mesh with what its pictures need of it; `shared`: the part whose triangles it has apart."""

    mesh: Mesh
    points: NDArray[np.float32]
    topology: Topology
    normals: NDArray[np.float32]
    packed_normals: NDArray[np.int32]
    bounds: tuple[NDArray[np.float32], NDArray[np.float32]]
    closed: bool
    shared: "Part | None" = None

    @classmethod
    def of(cls, mesh: Mesh, topology: Topology | None = None) -> "Part":
        """Normals, bounds and closedness of `mesh`, whose `topology` may be known.

        Raises FormatError for what no kernel can read: vertices without a finite place, faces without their vertices.
        """
        around = (
            None if topology is None else topology.around
        )  # what moves needs it again, what stands need not keep it
        topology = topology or Topology.of(mesh)
        points = np.require(mesh.points, np.float32, ["C", "W"])
        if not np.isfinite(points).all():
            raise FormatError(f"{mesh.name}: vertex {np.argwhere(~np.isfinite(points))[0, 0]} has no finite place")
        first, areas = _areas(points, topology.faces)
        normals = _normals(areas, _around(topology.faces, len(points)) if around is None else around)
        limits = points.min(0, initial=np.inf), points.max(0, initial=-np.inf)
        closed = topology.shut and _volume(first, areas) > 0
        return cls(mesh, points, topology, normals, pack_normals(normals), limits, closed)

    @property
    def faces(self) -> NDArray[np.int32]:
        """(m, 3) vertex numbers."""
        return self.topology.faces

    def unshared(self) -> "Part":
        """The part with three vertices of its own for each triangle, and the normals that they had."""
        corners = self.faces.ravel()
        normals = self.normals[corners]
        of_corners = UnsharedMesh(self.mesh), self.points[corners], self.topology.unshared, normals
        return Part(*of_corners, self.packed_normals[corners], self.bounds, self.closed, self)

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
    return _normals(_areas(points, faces)[1], _around(faces, len(points)))


def _around(faces: NDArray[np.int32], vertex_count: int) -> sparse.csr_array:
    """(vertices, triangles): 1 where a vertex is a corner of a triangle."""
    numbers = np.repeat(np.arange(len(faces), dtype=np.int32), 3)
    return sparse.csr_array((np.ones(faces.size), (faces.ravel(), numbers)), shape=(vertex_count, len(faces)))


def _areas(points: NDArray[np.float32], faces: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each triangle's first corner (m, 3), and its doubled area as a vector along its normal (m, 3)."""
    a, b, c = (points.take(faces[:, k], 0).astype(np.float64) for k in range(3))
    u, v = b - a, c - a
    areas = np.empty_like(u)
    for axis in range(3):  # several times as fast as np.cross
        i, j = (axis + 1) % 3, (axis + 2) % 3
        areas[:, axis] = u[:, i] * v[:, j] - u[:, j] * v[:, i]
    return a, areas


def _normals(areas: NDArray[np.float64], around: sparse.csr_array) -> NDArray[np.float32]:
    normals = around @ areas
    lengths = np.sqrt(np.einsum("ij,ij->i", normals, normals))[:, None]
    return (normals / np.maximum(lengths, 1e-300)).astype(np.float32)


def _volume(first: NDArray[np.float64], areas: NDArray[np.float64]) -> float:
    """Six times the volume inside triangles that are shut, positive where they turn their fronts outwards."""
    return float(np.einsum("ij,ij->", first - first[0], areas))


def is_closed(points: NDArray[np.float32], faces: NDArray[np.int32]) -> bool:
    """Whether every edge is walked once in each direction, and the triangles turn their fronts outwards."""
    return _is_shut(faces) and _volume(*_areas(points, faces)) > 0


def _is_shut(faces: NDArray[np.int32]) -> bool:
    if not len(faces):
        return False
    starts = faces.astype(np.int64).ravel()
    stops = np.roll(faces, -1, 1).astype(np.int64).ravel()
    edges = np.sort(starts << 32 | stops)
    if (edges[1:] == edges[:-1]).any():
        return False
    return np.array_equal(edges, np.sort(stops << 32 | starts))
