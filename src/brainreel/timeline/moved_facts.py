"""Facts of data that move: where they are in the course of the movie."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.data.facts import MeshFacts, VolumeFacts
from brainreel.space import Box, apply_affine, axis_lengths
from brainreel.timeline.transforms import MovingTransform, plain

Array = NDArray[np.float64]

SAMPLES = 73
"""Instants of the movie, evenly, at which a camera makes room for what moves."""
SIDES = 128
"""Sides from which the outermost points of what moves are kept."""


def moved_facts(facts: VolumeFacts | MeshFacts, transform: MovingTransform, length_s: float) -> VolumeFacts | MeshFacts:
    """Bounds and hull over the whole movie; a volume's grid as it is at the beginning."""
    times_s = np.linspace(0, length_s, SAMPLES)
    corners = facts.bounds.corners()
    if isinstance(facts, VolumeFacts):
        ends = np.array([[-0.5] * 3, np.array(facts.shape[::-1]) - 0.5])
        pick = np.array(list(np.ndindex(2, 2, 2)), bool)
        corners = apply_affine(facts.world_from_voxel, np.where(pick, ends[1], ends[0]))
    outline = np.array(facts.hull, float) if facts.hull else corners
    every = _visited(transform, outline, times_s)
    hull = tuple((float(x), float(y), float(z)) for x, y, z in every) if facts.hull else ()
    bounds = Box.around(every if isinstance(facts, MeshFacts) and facts.hull else _visited(transform, corners, times_s))
    if isinstance(facts, MeshFacts):
        return replace(facts, bounds=bounds, hull=hull)
    world = transform.affine_at(0.0) @ np.array(facts.world_from_voxel)
    unit = "mm" if transform.is_measured else facts.unit
    return replace(
        facts, bounds=bounds, hull=hull, world_from_voxel=plain(world), spacing=axis_lengths(world), unit=unit
    )


def _visited(transform: MovingTransform, points: Array, times_s: Array) -> Array:
    """The outermost of all places (n, 3) where `points` are at one of `times_s`; all of them where they rest."""
    places = [transform.places_of(points, t_s) for t_s in times_s]
    if len(places[0]) == len(points) and all(np.array_equal(places[0], later) for later in places[1:]):
        return places[0]
    return _outermost(np.concatenate(places))


def _outermost(points: Array) -> Array:
    """Those of `points` that lie farthest towards some side, evenly all around."""
    turns = np.arange(SIDES) + 0.5
    heights, angles = 1 - 2 * turns / SIDES, np.pi * (1 + 5**0.5) * turns
    radii = np.sqrt(1 - heights**2)
    sides = np.stack([radii * np.cos(angles), radii * np.sin(angles), heights])
    straight = np.concatenate([sides, np.eye(3), -np.eye(3)], axis=1)
    return points[np.unique(np.concatenate([np.argmax(points @ side) for side in straight.T], axis=None))]
