"""What surface layers refer to, as parts: meshes as they are, moments of a mesh over time, and what lies between."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Mesh, MeshSeries, MeshSeriesBetween
from brainreel.errors import FormatError
from brainreel.formats.unshared import UnsharedMesh, UnsharedMeshSeries
from brainreel.render.cpu.geometry import Part, Topology
from brainreel.render.cpu.moving import Mover
from brainreel.timeline.looks import DataReference

Content = tuple[str, tuple[tuple[int, float], ...], tuple[object, ...]]
"""A fingerprint, the moments with their weights, and what moves them: what a part is made of."""


class Shapes:
    """Makes parts; those that change are kept for as long as somebody else holds them, the others for good.

    `data` and `fingerprints` go by asset key.
    """

    def __init__(self, data: Mapping[str, Data], fingerprints: Mapping[str, str]) -> None:
        self._data = data
        self._fingerprints = fingerprints
        self._still: dict[Content, Part] = {}
        self._moving: WeakValueDictionary[Content, Part] = WeakValueDictionary()
        self._topologies: dict[str, Topology] = {}
        self._mover = Mover(data, fingerprints)

    def content(self, reference: DataReference) -> Content:
        """What the part of `reference` depends on."""
        moments = zip(reference.rows, reference.weights, strict=True)
        moves = self._mover.content(reference.moves)
        return self._fingerprints[reference.asset], tuple(moment for moment in moments if moment[1]), moves

    def part(self, reference: DataReference) -> Part:
        """The part of `reference`.

        Raises FormatError where a file cannot be read, where nothing lies between two moments (their triangles differ),
        and where a warp has no way back.
        """
        item, content = self._data[reference.asset], self.content(reference)
        if isinstance(item, MeshSeries) or (isinstance(item, Mesh) and reference.moves):
            found = self._moving.get(content)
            if found is None:
                found = self._moving[content] = self._at(item, content, reference)
            return found
        if not isinstance(item, Mesh):
            raise TypeError(f"{reference.asset} is a {type(item).__name__}, a surface layer draws a Mesh")
        if content not in self._still:
            self._still[content] = Part.of(item.shared).unshared() if isinstance(item, UnsharedMesh) else Part.of(item)
        return self._still[content]

    def _at(self, item: Mesh | MeshSeries, content: Content, reference: DataReference) -> Part:
        fingerprint, moments, _ = content
        is_apart = isinstance(item, UnsharedMesh | UnsharedMeshSeries)
        whole = item.shared if is_apart else item
        mesh = between(whole, moments) if isinstance(whole, MeshSeries) else whole
        if reference.moves:
            mesh = self._mover.moved(mesh, content[:2], reference.moves)
        known = self._topologies.get(fingerprint)
        if known is None or not known.fits(mesh):
            known = self._topologies[fingerprint] = Topology.of(mesh)
        part = Part.of(mesh, known)
        return part.unshared() if is_apart else part


def between(series: MeshSeries, moments: tuple[tuple[int, float], ...]) -> Mesh:
    """The surface at one moment, or the weighted mean of several (moment, weight). Raises FormatError as `Shapes`."""
    if isinstance(series, MeshSeriesBetween):
        return series.between(moments)
    meshes = [series.mesh(row) for row, _ in moments]
    if moments[1:] == () and moments[0][1] == 1:
        return meshes[0]
    first = meshes[0]
    for mesh, (row, _) in zip(meshes[1:], moments[1:], strict=True):
        if mesh.points.shape != first.points.shape or not np.array_equal(mesh.faces, first.faces):
            raise FormatError(
                f"{series.name}: {first.name} (moment {moments[0][0]}) has {_counted(first)}, {mesh.name} (moment "
                f"{row}) has {_counted(mesh)}, not the same ones, so nothing lies between them; write interpolate: hold"
            )
    weights = tuple(weight for _, weight in moments)
    return _Blend(tuple(meshes), weights, _mean([mesh.points for mesh in meshes], weights))


def _counted(mesh: Mesh) -> str:
    return f"{len(mesh.points):,} vertices and {len(mesh.faces):,} triangles"


@dataclass(frozen=True, eq=False)
class _Blend:
    """A weighted mean of surfaces with the same triangles, and of their arrays."""

    meshes: tuple[Mesh, ...]
    weights: tuple[float, ...]
    points: NDArray[np.float32]

    @property
    def name(self) -> str:
        return " and ".join(mesh.name for mesh in self.meshes)

    @property
    def faces(self) -> NDArray[np.int32]:
        return self.meshes[0].faces

    @property
    def hemi(self) -> str | None:
        return self.meshes[0].hemi

    @property
    def arrays(self) -> Mapping[str, NDArray]:
        return _BlendedArrays(self.meshes, self.weights)

    def fingerprint(self) -> str:
        return str([*zip((mesh.fingerprint() for mesh in self.meshes), self.weights, strict=True)])


class _BlendedArrays(Mapping[str, NDArray[np.float32]]):
    """The arrays that all of several surfaces have."""

    def __init__(self, meshes: tuple[Mesh, ...], weights: tuple[float, ...]) -> None:
        self._arrays = [mesh.arrays for mesh in meshes]
        self._weights = weights

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return _mean([arrays[name] for arrays in self._arrays], self._weights)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._arrays[0] if all(name in other for other in self._arrays[1:]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _mean(arrays: list[NDArray], weights: tuple[float, ...]) -> NDArray[np.float32]:
    """Where all are equal that value itself, for weights add up to 1 only nearly."""
    first = np.asarray(arrays[0], np.float64)
    total = first.copy()
    for array, weight in zip(arrays[1:], weights[1:], strict=True):
        total += weight * (array - first)
    return total.astype(np.float32)
