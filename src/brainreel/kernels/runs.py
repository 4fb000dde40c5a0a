"""Runs of records, and in which of them a paint shows that hides low values.

What is mixed of vertices lies between their values, so where all of a run are hidden, so is all of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel


class Runs(NamedTuple):
    """Run k is records `ends[k]` to `ends[k + 1]`, int64; they see `vertices[firsts[k] : firsts[k + 1]]`, int32, each
    of which is there once. Sixteen more follow the last.
    """

    ends: NDArray[np.int64]
    firsts: NDArray[np.int64]
    vertices: NDArray[np.int32]


class Hiding(NamedTuple):
    """Paints that show nothing of a value below `limits` float32 (of its magnitude, where `mirrored`); vertex 0's
    is at `places` int64 in the scalars.
    """

    places: NDArray[np.int64]
    limits: NDArray[np.float32]
    mirrored: NDArray[np.bool_]


@kernel
def list_vertices(begin, end, ends, records, vertex_count, firsts, listed):
    """List the vertices of runs `begin` to `end` in `listed` from `firsts[run]` on; where that has no room yet only
    count them: `firsts[run + 1]` receives how many they are.
    """
    run_of_vertex = np.full(vertex_count, -1, np.int64)
    filling = len(listed) > 0
    for run in range(begin, end):
        count = 0
        for k in range(ends[run], ends[run + 1]):
            for at in range(16):
                if records.grounds[k * 16 + at] >= 0:
                    for corner in range(k * 48 + at, k * 48 + 48, 16):
                        vertex = records.vertices[corner]
                        if run_of_vertex[vertex] != run:
                            run_of_vertex[vertex] = run
                            if filling:
                                listed[firsts[run] + count] = vertex
                            count += 1
        if not filling:
            firsts[run + 1] = count


@kernel
def find_shown(begin, end, runs, hiding, scalars, shown):
    """`shown` (runs,) bool receives for runs `begin` to `end` whether any of the paints may show in them."""
    for run in range(begin, end):
        shown[run] = False
        for p in range(len(hiding.places)):
            at, last = runs.firsts[run], runs.firsts[run + 1]
            while at < last and not shown[run]:
                there = L.iota() < np.int32(last - at)
                values = L.gather_f32_at(scalars, hiding.places[p], L.load_i32(runs.vertices, at), there)
                seen = values >= hiding.limits[p]
                if hiding.mirrored[p]:
                    seen = seen | (values <= -hiding.limits[p])
                shown[run] = L.any_lane(seen & there)
                at += 16
