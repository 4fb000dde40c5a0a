"""What lies beneath and between the phantom's hemispheres: cerebellum, callosum, stem, ventricles, nuclei, fibres.

RAS millimetres of a human head; `x` is the distance from the midline plane.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.anatomy import outline_depth
from brainreel.phantom.folding import Waves
from brainreel.phantom.solids import Field, Triple, blend_union, ellipsoid, segment_distance, smooth_step

_CALLOSUM = ((22.0, 2.0), (29.0, 10.0), (20.0, 21.0), (-8.0, 27.0), (-34.0, 22.0), (-42.0, 11.0), (-37.0, 6.0))
"""Its course (y, z) in the midline plane."""

_VENTRICLES = (  # start, end, radius
    ((7, 32, 6), (9, 12, 15), 4.5),
    ((9, 12, 15), (12, -20, 17), 4.5),
    ((12, -20, 17), (21, -44, 6), 5.5),
    ((21, -44, 6), (20, -64, 3), 3.0),
    ((21, -44, 6), (34, -22, -15), 3.5),
    ((34, -22, -15), (31, 2, -21), 2.5),
)

_NUCLEI = (((10, -14, 3), (8, 14, 9)), ((25, 4, 2), (6, 19, 11)), ((12, 18, 8), (5, 11, 8)))
"""Thalamus, putamen and the caudate's head: centres and radii."""

_CAPSULE = (17.0, -10.0, -2.0)
"""From where the fibres of the corona radiata fan out."""

_CLEARANCE_MM = 1.0
_CEREBELLUM = (22.0, -56.0, -40.0)

FOLIUM_MM = 3.6
"""From one furrow of the cerebellum to the next."""


class Solids(NamedTuple):
    """Depths (mm) inside the parts of the brain, at the same places."""

    cerebrum: Field
    cerebellum: Field
    stem: Field
    callosum: Field

    def at(self, chosen: NDArray[np.bool_]) -> "Solids":
        """The depths at the chosen places alone."""
        return Solids(*(depth[chosen] for depth in self))


def solids_at(point: Triple) -> Solids:
    """Depths inside all parts; the cerebellum keeps clear of the cerebrum."""
    cerebrum = outline_depth(point)
    cerebellum = np.minimum(cerebellum_depth(point), -cerebrum - _CLEARANCE_MM)
    return Solids(cerebrum, cerebellum, stem_depth(point), callosum_depth(point))


def cerebellum_depth(point: Triple) -> Field:
    """Depth (mm) inside the cerebellum's outline."""
    return blend_union(ellipsoid(point, _CEREBELLUM, (29, 27, 21)), ellipsoid(point, (0, -58, -40), (14, 23, 20)), 8.0)


def stem_depth(point: Triple) -> Field:
    """Depth (mm) inside the brain stem and the diencephalon."""
    distance, _ = segment_distance(point, (0, -18, -10), (0, -30, -52))
    pons = ellipsoid(point, (0, -20, -36), (17, 12, 14))
    between = ellipsoid(point, (6, -14, 2), (14, 19, 13))
    return blend_union(blend_union(10.5 - distance, pons, 5.0), between, 8.0)


def callosum_depth(point: Triple) -> Field:
    """Depth (mm) inside the corpus callosum, which ends 16 mm from the midline."""
    x, y, z = point
    flat = (np.zeros_like(y), y, z - 0.02 * x * x)
    distance = np.minimum.reduce([segment_distance(flat, (0.0, *a), (0.0, *b))[0] for a, b in pairwise(_CALLOSUM)])
    return np.minimum(3.6 - distance, 16 - x)


def ventricle_depth(point: Triple) -> Field:
    """Depth (mm) inside the lateral, third and fourth ventricles."""
    horns = [radius - segment_distance(point, start, end)[0] for start, end, radius in _VENTRICLES]
    third = ellipsoid(point, (0, -10, 0), (2.0, 14, 10))
    fourth = ellipsoid(point, (0, -42, -34), (6, 5, 9))
    return np.maximum.reduce([*horns, third, fourth])


def nucleus_share(point: Triple) -> Field:
    """How much of the tissue is grey (0..0.8) in thalamus, putamen and caudate."""
    deepest = np.maximum.reduce([ellipsoid(point, center, radii) for center, radii in _NUCLEI])
    return 0.8 * smooth_step(deepest, -0.3, 0.8)


def folia(point: Triple) -> Field:
    """Signed distance (mm) from the middle of the cerebellum's nearest furrow; furrows lie in bowed sheets."""
    x, y, z = point
    waves = 1.5 * Waves(31, 24.0, count=4).at(point)
    turns = (z + 0.25 * (y + 56) + 0.006 * (y + 56) ** 2 + 0.008 * x * x + waves) / (2 * FOLIUM_MM)
    return (0.25 - np.abs(turns - np.rint(turns))) * FOLIUM_MM * 2


def bend(point: Triple) -> Triple:
    """`point` (mm) displaced by some mm, smoothly: what is straight in the result is curved in the brain."""
    x, y, z = (
        p + 3.5 * Waves(40 + k, 46.0, count=4).at(point) + 0.35 * Waves(44 + k, 9.0, count=4).at(point)
        for k, p in enumerate(point)
    )
    return x, y, z


def fibre_systems(bent: Triple, solids: Solids) -> tuple[Field, Field, Field, Field]:
    """Two pairs of coordinates (mm) that are constant along fibres: those that fan out, and those that run in arcs.

    `bent` is the place after `bend`.
    """
    source = [np.where(solids.cerebellum > 0, c, d) for c, d in zip(_CEREBELLUM, _CAPSULE, strict=True)]
    offset = [p - s for p, s in zip(bent, source, strict=True)]
    length = np.sqrt(sum(o * o for o in offset)) + 1e-3
    a1, b1 = 40 * offset[1] / length, 40 * offset[2] / length
    x, y, z = bent
    a2, b2 = np.sqrt((y + 10) ** 2 + (z + 8) ** 2), x
    a2, b2 = np.where(solids.stem > 0, x, a2), np.where(solids.stem > 0, y + 0.3 * z, b2)
    return a1, b1, np.where(solids.callosum > 0, y, a2), np.where(solids.callosum > 0, z - 0.02 * x * x, b2)


def arc_share(point: Triple, solids: Solids) -> Field:
    """Which system of fibres prevails: above 0 the arcs, below the fan."""
    field = 0.7 * Waves(50, 34.0, count=5).at(point) - 0.15
    field = np.where(solids.cerebellum > 0, -1, field)
    return np.where((solids.stem > 0) | (solids.callosum > 0), 1, field)
