"""The fields from which the voxels of the phantom's brain block are made, at any set of places."""

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.noise import FIBRES, FIELDS
from brainreel.phantom import inside
from brainreel.phantom.anatomy import lateral_fissure, on_reference, sulci
from brainreel.phantom.solids import Field, Triple, smooth_step

BOX_CENTER = (0.0, -2.4, -1.2)
"""Of the brain, in the RAS millimetres of `anatomy`."""

BOX_HALF = (66.5, 85.0, 62.8)
"""Half the edges (x, y, z) of the box that the brain fills."""

_FAR_MM = 60.0
_FAR_FIBRES = 1e6
_BATCH = 8192  # points whose fields stay in the processor's cache
_SULCUS_MM = 13.0
_BELOW_SULCI_MM = 20.0  # the deepest sulcus and its cortex end above
_FISSURE_MM = 20.0
_FISSURE_HALF_MM = 0.8


def tissue_fields(point: Triple, fibre_mm: float, around_mm: float) -> NDArray[np.int32]:
    """`FIELDS` (12, ...) at `point` (x, y, z arrays, mm); the finest fibres are `fibre_mm` wide.

    Only the depths are worked out where no tissue lies within `around_mm`.
    """
    places = np.stack(np.broadcast_arrays(*point))
    flat = places.reshape(3, -1)
    out = np.empty((len(FIELDS), flat.shape[1]), np.int32)
    for start in range(0, flat.shape[1], _BATCH):
        part = slice(start, start + _BATCH)
        fields = _all_fields(flat[:, part], fibre_mm, around_mm)
        for row, name in zip(out, FIELDS, strict=True):
            far = _FAR_FIBRES if name in FIBRES else _FAR_MM
            row[part] = np.rint(256 * np.clip(fields[name], -far, far))
    return out.reshape(-1, *places.shape[1:])


def _all_fields(places: NDArray[np.float64], fibre_mm: float, around_mm: float) -> dict[str, Field]:
    """Fields (n,) by name at `places` (3, n)."""
    point = (np.abs(places[0]), places[1], places[2])
    solids = inside.solids_at(point)
    fields = {name: np.zeros(places.shape[1]) for name in FIELDS}
    fields["outline"] = np.maximum(solids.cerebrum, solids.cerebellum)
    fields["core"] = np.maximum(solids.stem, solids.callosum)
    near = np.maximum(fields["outline"], fields["core"]) > -around_mm
    x, y, z = (p[near] for p in point)
    for name, values in _near_fields((x, y, z), places[0, near] > 0, solids.at(near), fibre_mm).items():
        fields[name][near] = values
    return fields


def _near_fields(point: Triple, right: NDArray[np.bool_], solids: inside.Solids, fibre_mm: float) -> dict[str, Field]:
    """All fields but the core, where there is tissue."""
    in_cerebellum = solids.cerebellum > solids.cerebrum
    bent = inside.bend(point)
    reference = on_reference(bent)
    distance, depth = _sulci_of_both(reference, right, solids.cerebrum < _BELOW_SULCI_MM)
    lines = inside.fibre_systems(bent, solids)
    fissure, taper = lateral_fissure(reference)
    cut = np.minimum(solids.cerebrum, np.maximum(fissure - _FISSURE_HALF_MM, solids.cerebrum - _FISSURE_MM * taper))
    away = 1 - 0.7 * taper * smooth_step(fissure, 12, 3)  # other sulci grow shallow beside the fissure
    return {
        "outline": np.where(in_cerebellum, solids.cerebellum, cut),
        "sulcus": np.where(in_cerebellum, inside.folia(point), distance),
        "bottom": np.where(in_cerebellum, 5.0, _SULCUS_MM * depth * away),
        "ventricle": inside.ventricle_depth(point),
        "thinness": np.where(in_cerebellum, 2.0, 1.0),
        "tract": inside.arc_share(point, solids),
        "nucleus": np.where(in_cerebellum, 0.0, inside.nucleus_share(point)),
        **{name: line / fibre_mm for name, line in zip(FIBRES, lines, strict=True)},
    }


def _sulci_of_both(reference: Triple, right: NDArray[np.bool_], reached: NDArray[np.bool_]) -> tuple[Field, Field]:
    """`sulci` of the side on which each point lies, 0 where they do not reach."""
    distance, depth = np.zeros(right.shape), np.zeros(right.shape)
    for side, mask in enumerate((reached & ~right, reached & right)):
        distance[mask], depth[mask] = sulci(tuple(r[mask] for r in reference), side)
    return distance, depth
