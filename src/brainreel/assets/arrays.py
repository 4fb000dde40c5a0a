"""What is known of a surface's own arrays: read for those who ask, not for every movie."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from brainreel.data import ArrayFacts, Data, Mesh, MeshWithFaceArrays, MeshWithUnits
from brainreel.errors import FormatError


def arrays_of(item: Data) -> dict[str, tuple[ArrayFacts, ...]]:
    """Facts of the arrays of a surface: `arrays` per vertex, and `face_arrays` per triangle where it has such.

    Nothing for what is no surface. An array that cannot be read has the problem in place of its range.
    """
    if not isinstance(item, Mesh):
        return {}
    units = item.units if isinstance(item, MeshWithUnits) else {}
    found = {"arrays": _all(item.arrays, units)}
    if isinstance(item, MeshWithFaceArrays) and item.face_arrays:
        found["face_arrays"] = _all(item.face_arrays, units)
    return found


def _all(arrays: Mapping[str, NDArray], units: Mapping[str, str]) -> tuple[ArrayFacts, ...]:
    return tuple(_facts(name, arrays, units.get(name, "")) for name in arrays)


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
    return ArrayFacts(name, float(finite.min()), float(finite.max()), components, values.dtype.name, missing, unit)
