"""Facts of surfaces over time."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainreel.assets.measuring import mesh_facts, outermost
from brainreel.data import MeshFacts, MeshSeries
from brainreel.formats.arrows import ArrowSeries
from brainreel.formats.balls import balls_of
from brainreel.formats.mesh_series import looked_at
from brainreel.space import Box

MOST_POINTS = 1 << 22
"""Vertices that are looked at together, but always those of the first and the last moment."""


def mesh_series_facts(series: MeshSeries) -> MeshFacts:
    """Facts of `series`: bounds and hull around all moments, of many around evenly spaced ones (`measured`)."""
    if isinstance(series, ArrowSeries) and len(series.faces):
        facts = mesh_series_facts(series.outline)
        return replace(facts, vertex_count=series.vertex_count, face_count=len(series.faces))
    chosen = looked_at(series.times.count)
    first, balls = series.mesh(0), balls_of(series)
    most = max(2, MOST_POINTS // max(len(first.points), 1))
    if len(chosen) > most:
        chosen = [chosen[k] for k in np.unique(np.linspace(0, len(chosen) - 1, most).round().astype(int))]
    faces: NDArray = first.faces
    found, same_faces = [], True
    for index in chosen:
        mesh = series.mesh(index)
        same_faces &= len(mesh.points) == len(first.points) and np.array_equal(mesh.faces, faces)
        found.append(mesh_facts(mesh))
    hull = outermost(np.array([point for facts in found for point in facts.hull], float))
    lower, upper = (np.array([getattr(facts.bounds, side) for facts in found]) for side in ("lower", "upper"))
    return MeshFacts(
        name=series.name,
        vertex_count=len(first.points),
        face_count=len(faces),
        hemi=series.hemi,
        bounds=Box.around(np.concatenate([lower, upper])),
        hull=tuple((float(x), float(y), float(z)) for x, y, z in hull),
        arrays=tuple(name for name in first.arrays if all(name in facts.arrays for facts in found)),
        fingerprint=series.fingerprint(),
        times=series.times,
        measured=len(chosen),
        same_faces=same_faces,
        point_names=balls.names if balls else (),
        point_rows=tuple(map(int, balls.rows)) if balls else (),
    )
