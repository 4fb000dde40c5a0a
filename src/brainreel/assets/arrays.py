"""What is known of a surface's own arrays: read for those who ask, not for every movie."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.data import ArrayFacts, Data, Mesh, MeshSeries, MeshWithFaceArrays, MeshWithUnits
from brainreel.errors import FormatError
from brainreel.formats.mesh_series import meshes_looked_at
from brainreel.formats.steady_mesh import SteadyMesh


def arrays_of(item: Data) -> dict[str, tuple[ArrayFacts, ...]]:
    """Facts of the arrays of a surface: `arrays` per vertex, and `face_arrays` per triangle where it has such.

    Of one over time ranges are over the moments that are looked at. Nothing for what is no surface. An array that
    cannot be read has the problem in place of its range.
    """
    if isinstance(item, SteadyMesh):
        return arrays_of(item.moments)
    if isinstance(item, MeshSeries):
        every = [arrays_of(mesh) for mesh in meshes_looked_at(item)]
        return {kind: _over_time([one.get(kind, ()) for one in every]) for kind in every[0]}
    if not isinstance(item, Mesh):
        return {}
    units = item.units if isinstance(item, MeshWithUnits) else {}
    found = {"arrays": _all(item.arrays, units)}
    if isinstance(item, MeshWithFaceArrays) and item.face_arrays:
        found["face_arrays"] = _all(item.face_arrays, units)
    return found


def _all(arrays: Mapping[str, NDArray], units: Mapping[str, str]) -> tuple[ArrayFacts, ...]:
    return tuple(_facts(name, arrays, units.get(name, "")) for name in arrays)


def _over_time(moments: Sequence[tuple[ArrayFacts, ...]]) -> tuple[ArrayFacts, ...]:
    """Facts of the arrays that the first moment has, over those of all `moments` that have them."""
    found = []
    for first in moments[0]:
        same = [one for facts in moments for one in facts if one.name == first.name and not one.problem]
        low, high = min((one.low for one in same), default=0.0), max((one.high for one in same), default=0.0)
        missing, problem = sum(one.missing for one in same), "" if same else first.problem
        lengths = [one.lengths for one in same if one.lengths]
        reach = (min(low for low, _ in lengths), max(high for _, high in lengths)) if lengths else None
        found.append(replace(first, low=low, high=high, missing=missing, problem=problem, lengths=reach))
    return tuple(found)


def _facts(name: str, arrays: Mapping[str, NDArray], unit: str) -> ArrayFacts:
    try:
        values = arrays[name]
    except FormatError as error:
        return ArrayFacts(name, 0.0, 0.0, unit=unit, problem=str(error))
    components = int(np.prod(values.shape[1:]))
    finite = values if values.dtype.kind in "iu" else values[np.isfinite(values)]
    missing = values.size - finite.size
    if not finite.size:
        return ArrayFacts(name, 0.0, 0.0, components, values.dtype.name, missing, unit, "no number in it is finite")
    low, high, lengths = float(finite.min()), float(finite.max()), _lengths(values)
    return ArrayFacts(name, low, high, components, values.dtype.name, missing, unit, lengths=lengths)


def _lengths(values: NDArray) -> tuple[float, float] | None:
    """The shortest and the longest of vectors in space (n, 3), without those that are no numbers; None of all else."""
    if values.ndim != 2 or values.shape[1] != 3:
        return None
    lengths = np.linalg.norm(values.astype(np.float64), axis=1)
    finite = lengths[np.isfinite(lengths)]
    return (float(finite.min()), float(finite.max())) if finite.size else None
