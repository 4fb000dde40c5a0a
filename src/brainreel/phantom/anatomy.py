"""The phantom's cerebral hemispheres: outline and sulci, in RAS millimetres of a human head.

Both are described for the right side; `x` is the distance from the midline plane.
"""

from itertools import pairwise

import numpy as np

from brainreel.phantom.folding import Waves
from brainreel.phantom.solids import (
    Field,
    Triple,
    blend_intersection,
    blend_union,
    ellipsoid,
    segment_distance,
    smooth_step,
)

CENTER = (22.0, -4.0, 8.0)
"""A point inside the right hemisphere that sees all of its outline."""

REFERENCE_RADII = (44.0, 80.0, 48.0)
"""Of the ellipsoid around `CENTER` on which sulci are drawn."""

GYRUS_MM = 9.5
"""From one sulcus to the next."""

_LOBES = (  # centre, radii, width of the blend with those before
    ((22, -8, 14), (44, 71, 47), 0.0),
    ((19, 33, 15), (35, 49, 41), 14.0),
    ((19, -53, 10), (30, 33, 37), 14.0),
    ((45, 6, -25), (20, 42, 20), 3.0),
)
"""Parietal, frontal, occipital and temporal lobe."""

_SYLVIAN = ((42.0, -20.0), (22.0, -16.0), (-8.0, -8.0), (-34.0, 2.0), (-44.0, 12.0))
"""The lateral fissure's course (y, z) on the reference ellipsoid, about `CENTER`."""


def outline_depth(point: Triple) -> Field:
    """Depth (mm) below the unfolded outline of the right hemisphere."""
    depth = ellipsoid(point, *_LOBES[0][:2])
    for center, radii, blend in _LOBES[1:]:
        depth = blend_union(depth, ellipsoid(point, center, radii), blend)
    return blend_intersection(depth, point[0] - 0.8, 6.0)


def on_reference(point: Triple) -> Triple:
    """The point of the reference ellipsoid, about `CENTER`, in whose direction `point` lies."""
    u, v, w = ((p - c) / r for p, c, r in zip(point, CENTER, REFERENCE_RADII, strict=True))
    length = np.sqrt(u * u + v * v + w * w) + 1e-9
    x, y, z = REFERENCE_RADII
    return u / length * x, v / length * y, w / length * z


def sulci(reference: Triple, side: int) -> tuple[Field, Field]:
    """Signed distance (mm) from the middle of the nearest sulcus and that sulcus' depth (0.2..1.2 of the usual).

    The two sides, 0 left and 1 right, differ by a slight shift of the pattern, as brains do.
    """
    bend = [5.0 * Waves(60 + axis, 55.0, count=5).at(reference) for axis in range(3)]
    shift = [2.0 * Waves(70 + 3 * side + axis, 60.0, count=3).at(reference) for axis in range(3)]
    bent = tuple(p + b + s for p, b, s in zip(reference, bend, shift, strict=True))
    depth = np.clip(0.8 + 0.4 * Waves(80 + side, 45.0, count=5).at(reference), 0.2, 1.2)
    return _nodal_distance(bent, _upright_share(reference)), depth


def _upright_share(reference: Triple) -> Field:
    """Where sulci run up and down (1), as around the central sulcus, or front to back (0)."""
    _, y, z = reference
    motor = smooth_step(np.abs(y + 2), 45, 10) * smooth_step(z, -23, 2)
    frontal = smooth_step(y, 24, 54)
    return smooth_step(0.6 * Waves(17, 70.0, count=5).at(reference) + 1.2 * motor - 0.6 * frontal, 0.2, 0.6)


def _nodal_distance(point: Triple, upright: Field) -> Field:
    """Signed distance (mm) from the nodal lines of two families of waves; `upright` is the first one's share."""
    first, first_slope = Waves(7, 2 * GYRUS_MM, (0.45, 1.0, 0.45)).with_gradient(point)
    second, second_slope = Waves(8, 2 * GYRUS_MM, (1.0, 0.4, 1.0)).with_gradient(point)
    value = upright * first + (1 - upright) * second
    slope = [upright * a + (1 - upright) * b for a, b in zip(first_slope, second_slope, strict=True)]
    normal = [p / (r * r) for p, r in zip(point, REFERENCE_RADII, strict=True)]
    length = np.sqrt(sum(n * n for n in normal)) + 1e-9
    radial = sum(s * n for s, n in zip(slope, normal, strict=True)) / length
    along = np.maximum(sum(s * s for s in slope) - radial * radial, 0)
    crest = 2.0 / GYRUS_MM * value  # so that a lone wave's crest lies half a gyrus away
    return value / np.sqrt(along + crest * crest + 1e-12)


def lateral_fissure(reference: Triple) -> tuple[Field, Field]:
    """Distance (mm) from the middle of the Sylvian fissure, and how much of its depth (0..1) it has there."""
    _, b, c = REFERENCE_RADII
    course = [(REFERENCE_RADII[0] * float(np.sqrt(1 - (y / b) ** 2 - (z / c) ** 2)), y, z) for y, z in _SYLVIAN]
    best, taper = np.full(np.shape(reference[0]), np.inf), np.zeros(np.shape(reference[0]))
    for number, (start, end) in enumerate(pairwise(course)):
        distance, share = segment_distance(reference, start, end)
        along = (number + share) / (len(course) - 1)
        taper = np.where(distance < best, np.minimum(smooth_step(along, 0, 0.2), smooth_step(along, 1, 0.7)), taper)
        best = np.minimum(best, distance)
    return best, taper
