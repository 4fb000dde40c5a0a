"""Several surfaces that belong together, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Mesh, MeshWithFaceArrays
from brainreel.formats.fingerprints import fingerprint


@dataclass(frozen=True)
class JoinedMesh:
    """Points and triangles of several surfaces one after the other, with the arrays that all of them have."""

    meshes: tuple[Mesh, ...] = field(repr=False)
    points: NDArray[np.float32] = field(repr=False)
    faces: NDArray[np.int32] = field(repr=False)
    arrays: Mapping[str, NDArray] = field(repr=False)
    face_arrays: Mapping[str, NDArray] = field(repr=False)

    @property
    def name(self) -> str:
        """Those of the surfaces."""
        return " and ".join(mesh.name for mesh in self.meshes)

    @property
    def hemi(self) -> str | None:
        """The one that all of them are of."""
        sides = {mesh.hemi for mesh in self.meshes}
        return sides.pop() if len(sides) == 1 else None

    def fingerprint(self) -> str:
        """A hex digest of the surfaces in their order."""
        return fingerprint([], joined=[mesh.fingerprint() for mesh in self.meshes])


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """`meshes` as one; of one itself."""
    if len(meshes) == 1:
        return meshes[0]
    first_points = np.cumsum([0, *(len(mesh.points) for mesh in meshes)])
    faces = [mesh.faces + np.int32(first) for mesh, first in zip(meshes, first_points, strict=False)]
    points = np.concatenate([mesh.points for mesh in meshes])
    of_faces = [mesh.face_arrays if isinstance(mesh, MeshWithFaceArrays) else {} for mesh in meshes]
    of_points = [mesh.arrays for mesh in meshes]
    return JoinedMesh(tuple(meshes), points, np.concatenate(faces), _common(of_points), _common(of_faces))


def _common(several: list[Mapping[str, NDArray]]) -> dict[str, NDArray]:
    """The arrays that all have, with as many components."""
    found = {}
    for name in several[0]:
        values = [arrays[name] for arrays in several if name in arrays]
        if len(values) == len(several) and len({value.shape[1:] for value in values}) == 1:
            found[name] = np.concatenate(values)
    return found
