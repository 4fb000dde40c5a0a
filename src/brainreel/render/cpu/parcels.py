"""Parcels as the kernels read them: for each vertex its parcel, and how far from it a border is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Parcellation
from brainreel.errors import SceneError
from brainreel.kernels.parcels import DISTANCES
from brainreel.render.colormap import pack_colors
from brainreel.render.cpu.clip import Cuts
from brainreel.render.cpu.geometry import Geometry, Part, Topology
from brainreel.render.view import View
from brainreel.timeline.looks import DataReference, LabelColor, ParcelPaint, SurfaceLook

BORDER_HEIGHT = 3 / 1080
"""Width of a border seen from straight above, as a part of the picture's height."""

LEAST_BORDER_PX = 1.5
SOFT_PX = 0.5
"""Pixels over which a border fades."""

WIDEST = 0.3
"""Half of the widest border, as a part of the distances that are known."""

REACH_EDGES = 3
"""Lengths of the longest edge beside a border, beyond which vertices' distances from it do not count."""

_RINGS = 4
_MOST_PARCELS = 32767


@dataclass(frozen=True, eq=False)
class Seams:
    """Where parcels change, whatever the shape: triangles of several, `mixed` (m, 3), and the `parcels` (m, 3) of their
    vertices; those and their neighbours `around` (k, 3); edges from there to the next vertices, ring by ring.
    """

    mixed: NDArray[np.int32]
    parcels: NDArray[np.int32]
    around: NDArray[np.int32]
    rings: tuple[NDArray[np.int32], ...]


@dataclass(frozen=True, eq=False)
class Borders:
    """How far vertices are from the nearest border: `distances` (vertices,), at most `reach`, in the world."""

    distances: NDArray[np.float32]
    reach: float


@dataclass(frozen=True, eq=False)
class ParcelColors:
    """One paint: where the word of vertex 0 is, the table of its colours, and its borders (see `kernels.resolve`)."""

    first: int
    table: NDArray[np.int32]
    half_width: float
    far: float
    rise: float


@dataclass(frozen=True, eq=False)
class Parcels:
    """All paints of parcels: their `words`, one paint after the other, as `kernels.parcels` has them."""

    words: NDArray[np.int32]
    paints: tuple[ParcelColors, ...]


class _Painted(NamedTuple):
    """A paint and the numbers of its parts."""

    parts: range
    paint: ParcelPaint


Words = tuple[NDArray[np.int32], tuple[NDArray[np.int32], ...], tuple[float, ...]]
"""Of several paints the words (paints, vertices), the tables, and what DISTANCES in the words is in the world."""


class Parceller:
    """Finds the parcels and their borders on parts, once for as long as somebody holds the part."""

    def __init__(self, data: Mapping[str, Data], fingerprints: Mapping[str, str]) -> None:
        self._data = data
        self._fingerprints = fingerprints
        self._known: WeakKeyDictionary[Part, dict[tuple, Any]] = WeakKeyDictionary()
        self._seams: WeakKeyDictionary[Topology, dict[tuple, tuple[NDArray[np.int32], Seams]]] = WeakKeyDictionary()
        self._last: WeakKeyDictionary[Geometry, tuple[tuple[_Painted, ...], Words]] = WeakKeyDictionary()

    def parcels(self, looks: tuple[SurfaceLook, ...], geometry: Geometry, cuts: Cuts | None, view: View) -> Parcels:
        """What kernels need of each paint of parcels, in the order of `looks`; borders are as wide as `view` has it."""
        every, first = [], 0
        for look in looks:
            parts = range(first, first + len(look.parts))
            first = parts.stop
            every += [_Painted(parts, paint) for paint in look.paints if isinstance(paint, ParcelPaint)]
        words, tables, reaches = self._all_words(tuple(every), geometry)
        if cuts is not None:
            words = np.stack([extend_words(row, cuts) for row in words]) if len(words) else words
        paints = []
        for k, (painted, table, reach) in enumerate(zip(every, tables, reaches, strict=True)):
            pixel = _pixel([geometry.parts[j] for j in painted.parts], view)
            paints.append(ParcelColors(k * words.shape[1], table, *_line(pixel, view.height, reach)))
        return Parcels(words.ravel(), tuple(paints))

    def _all_words(self, every: tuple["_Painted", ...], geometry: Geometry) -> "Words":
        """What is known of all paints: kept while the paints of a geometry are those of its last picture."""
        last = self._last.get(geometry)
        if last is None or last[0] != every:
            found = [self._words(painted.paint, painted.parts, geometry) for painted in every]
            rows = np.array([row for row, _ in found], np.int32).reshape(len(found), len(geometry.points))
            tables = tuple(_table(painted.paint.colors) for painted in every)
            last = every, (rows, tables, tuple(reach for _, reach in found))
            self._last[geometry] = last
        return last[1]

    def _words(self, paint: ParcelPaint, parts: range, geometry: Geometry) -> tuple[NDArray[np.int32], float]:
        """The words (vertices,) of one paint, and what DISTANCES in them is in the world."""
        row = np.full(len(geometry.points), DISTANCES, np.int32)
        painted = [(j, one) for j, one in zip(parts, paint.data, strict=True) if one is not None]
        every = [self._borders(one, paint, geometry.parts[j]) for j, one in painted]
        reach = max((borders.reach for _, borders in every), default=1.0)
        for (j, one), (parcels, borders) in zip(painted, every, strict=True):
            part, begin = geometry.parts[j], geometry.first_vertices[j]
            key = self._fingerprints[one.asset], paint.colors, reach
            known = self._known[part]
            if key not in known:
                distances = np.clip(np.rint(borders.distances * (DISTANCES / reach)), 1, DISTANCES)
                known[key] = parcels << 16 | distances.astype(np.int32)
            row[begin : begin + len(part.points)] = known[key]
        return row, reach

    def _borders(self, reference: DataReference, paint: ParcelPaint, part: Part) -> tuple[NDArray[np.int32], Borders]:
        key = self._fingerprints[reference.asset], paint.colors
        known = self._known.setdefault(part, {})
        if key not in known:
            parcellation = self._data[reference.asset]
            if not isinstance(parcellation, Parcellation):
                raise TypeError(f"{reference.asset} is a {type(parcellation).__name__}, parcels need a Parcellation")
            seams = self._seams.setdefault(part.topology, {})
            if key not in seams:
                parcels = parcels_of(parcellation, part, paint.colors)
                seams[key] = parcels, seams_of(parcels, part.faces)
            parcels, seam = seams[key]
            known[key] = parcels, borders_of(seam, part.points)
        return known[key]


def _table(colors: tuple[LabelColor, ...]) -> NDArray[np.int32]:
    """The colours of parcels as kernels read them, the first of none."""
    return pack_colors(np.array([(0, 0, 0, 0), *((*entry.color, entry.opacity) for entry in colors)], np.float32))


def _line(pixel: float, height: int, reach: float) -> tuple[float, float, float]:
    """Of borders the half width, how far nothing of them is in a triangle, and how they fade per unit, in 1 / DISTANCES
    of `reach`; a pixel's edge is `pixel`.
    """
    unit = DISTANCES / reach
    half = min(max(BORDER_HEIGHT * height, LEAST_BORDER_PX) / 2 * pixel * unit, WIDEST * DISTANCES)
    soft = min(max(SOFT_PX * pixel * unit, 1.0), WIDEST * DISTANCES)
    return half, min(half + soft + DISTANCES / REACH_EDGES, DISTANCES - 1.0), 1 / soft


def _pixel(parts: list[Part], view: View) -> float:
    """The edge of a pixel where the middle of `parts` is, in the world."""
    low, high = np.min([part.bounds[0] for part in parts], 0), np.max([part.bounds[1] for part in parts], 0)
    return float(view.pixel_edges(np.linalg.norm((low + high) / 2 - view.eye)))


def parcels_of(parcellation: Parcellation, part: Part, colors: tuple[LabelColor, ...]) -> NDArray[np.int32]:
    """(vertices,) for each vertex of `part` the place of its label in `colors`, counted from 1, 0 for none.

    Raises SceneError where the labels are of another surface.
    """
    if len(colors) > _MOST_PARCELS:
        raise SceneError(
            f"{parcellation.name} has {len(colors)} labels with colours, at most {_MOST_PARCELS} are drawn"
        )
    labels, vertices, count = parcellation.labels, parcellation.vertices, len(part.points)
    wrong = len(labels) != count if vertices is None else bool(len(vertices)) and int(vertices.max()) >= count
    if wrong:
        last = len(labels) if vertices is None else int(vertices.max()) + 1
        raise SceneError(f"{parcellation.name} has labels of {last} vertices, {part.mesh.name} has {count} vertices")
    order = np.argsort([entry.label for entry in colors])
    known = np.array([colors[k].label for k in order], np.int64)
    at = np.searchsorted(known, labels)
    found = np.append(known, 0)[at] == labels
    found &= at < len(known)
    own = np.where(found, np.append(order + 1, 0)[at], 0).astype(np.int32)
    if vertices is None:
        return own
    parcels = np.zeros(count, np.int32)
    parcels[vertices] = own
    return parcels


def seams_of(parcels: NDArray[np.int32], faces: NDArray[np.int32]) -> Seams:
    """Where `parcels` (vertices,) change in `faces`, and the edges by which one goes away from there."""
    own = parcels[faces]
    mixed = faces[(own != own[:, [1, 2, 0]]).any(-1)]
    reached = np.zeros(len(parcels), bool)
    reached[mixed] = True
    near = reached.copy()
    for _ in range(_RINGS):
        near[faces[near[faces].any(-1)]] = True
    close = faces[near[faces].any(-1)]
    ways = np.concatenate([close[:, [j, k]] for j, k in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2))])
    around = faces[reached[faces].any(-1)]
    rings = []
    for _ in range(_RINGS):
        rings.append(ways[reached[ways[:, 0]] & ~reached[ways[:, 1]]])
        reached[rings[-1][:, 1]] = True
    return Seams(mixed, parcels[mixed], around, tuple(rings))


def borders_of(seams: Seams, points: NDArray[np.float32]) -> Borders:
    """How far each of `points` (n, 3) is from where parcels change: half way along edges, and in the middle of
    triangles of three.
    """
    starts, stops, corners = _segments(seams.parcels, points, seams.mixed)
    if not len(starts):
        return Borders(np.ones(len(points), np.float32), 1.0)
    around = points[seams.around]
    reach = REACH_EDGES * float(np.linalg.norm(around - around[:, [1, 2, 0]], axis=-1).max())
    nearest, which = _nearest(corners.ravel(), np.repeat(np.arange(len(starts)), 3), points, starts, stops)
    for ring in seams.rings:
        found, segments = _nearest(ring[:, 1], which[ring[:, 0]], points, starts, stops)
        new = segments >= 0
        nearest[new] = found[new]
        which[new] = segments[new]
    return Borders(np.minimum(nearest, np.float32(reach)), reach)


def _segments(
    own: NDArray[np.int32], points: NDArray[np.float32], faces: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """The borders in `faces`, which all have some, `own` (m, 3) being the parcels of their vertices: their ends (s, 3),
    and the triangle (s, 3) that each lies in.
    """
    corners = points[faces]
    middles = (corners + corners[:, [1, 2, 0]]) * np.float32(0.5)
    differ = own != own[:, [1, 2, 0]]
    three = differ.all(-1)
    lone = np.argmin(differ[~three], -1)  # the edge without a border
    rows = np.arange(len(lone))
    two = middles[~three]
    centers = np.repeat(corners[three].mean(1, dtype=np.float32), 3, 0)
    starts = np.concatenate([two[rows, (lone + 1) % 3], centers])
    stops = np.concatenate([two[rows, (lone + 2) % 3], middles[three].reshape(-1, 3)])
    return starts, stops, np.concatenate([faces[~three], np.repeat(faces[three], 3, 0)])


def _nearest(
    vertices: NDArray[np.integer],
    segments: NDArray[np.integer],
    points: NDArray[np.float32],
    starts: NDArray[np.float32],
    stops: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each of `points` the least distance from those `segments` (k,) that its `vertices` (k,) name, inf for none,
    and which that is, -1 for none.
    """
    nearest, which = np.full(len(points), np.inf, np.float32), np.full(len(points), -1, np.int64)
    start, along = starts[segments], (stops - starts)[segments]
    away = points[vertices] - start
    share = np.einsum("ij,ij->i", away, along) / np.maximum(np.einsum("ij,ij->i", along, along), 1e-30)
    distances = np.linalg.norm(away - along * np.clip(share, 0, 1)[:, None], axis=-1)
    order = np.argsort(-distances, kind="stable")  # the least one is written last
    nearest[vertices[order]] = distances[order]
    which[vertices[order]] = segments[order]
    return nearest, which


def extend_words(words: NDArray[np.int32], cuts: Cuts) -> NDArray[np.int32]:
    """Words (n,) of the old vertices, followed by those of the new ones: the parcel that is there, and its distance."""
    for ends, weights in cuts.parts:
        first, second = words[ends[:, 0]], words[ends[:, 1]]
        near, far = (1 - weights) * (first & DISTANCES), weights * (second & DISTANCES)
        same = first >> 16 == second >> 16
        parcels = np.where(near >= far, first, second) >> 16
        distances = np.where(same, near + far, np.abs(near - far))
        new = parcels << 16 | np.clip(np.rint(distances), 1, DISTANCES).astype(np.int32)
        words = np.concatenate([words, new.astype(np.int32)])
    return words
