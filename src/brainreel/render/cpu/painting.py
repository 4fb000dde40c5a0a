"""What surfaces are painted with at one moment: colours, tables, and rows of series on all vertices."""

import difflib
from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Mesh, Series
from brainreel.errors import FormatError, SceneError
from brainreel.formats.array_series import ArraySeries
from brainreel.formats.balls import PointValues
from brainreel.kernels.resolve import BORDERS, PARCELS, VALUES, Colors
from brainreel.kernels.visibility import BARE_BITS
from brainreel.render.colormap import CELLS, color_table
from brainreel.render.cpu.clip import Cuts
from brainreel.render.cpu.geometry import Geometry, Part, Topology
from brainreel.render.cpu.parcels import Parceller
from brainreel.render.spread import spread_series
from brainreel.render.view import View
from brainreel.space.spreading import Spread
from brainreel.timeline.looks import DataReference, Paint, ParcelPaint, SurfaceLook

UNDERLAY_DARKENING = 0.62
"""The base colour is multiplied by this where the underlay is positive: sulci beside gyri."""

COLOR_UNIT = 65535.0

Rows = dict[int, NDArray[np.float32]]
"""Values on all vertices, by moment."""


class Painter:
    """Reads rows of series, one at a time, and keeps only those that were painted on each surface last."""

    def __init__(self, data: Mapping[str, Data], fingerprints: Mapping[str, str]) -> None:
        self._data = data
        self._fingerprints = fingerprints
        self._spreads: WeakKeyDictionary[Topology, dict[tuple, Spread | None]] = WeakKeyDictionary()
        self._rows: WeakKeyDictionary[Topology, dict[tuple, Rows]] = WeakKeyDictionary()
        self._parceller = Parceller(data, fingerprints)

    def colors(self, looks: tuple[SurfaceLook, ...], geometry: Geometry, cuts: Cuts | None, view: View) -> Colors:
        """All that gives the samples of `geometry`, whose layers are `looks`, their colours in `view`."""
        paints = [paint for look in looks for paint in look.paints]
        scalars = self._scalars(looks, geometry)
        if cuts is not None:
            scalars = np.ascontiguousarray(cuts.extend(scalars.T).T)
        parcels = self._parceller.parcels(looks, geometry, cuts, view)
        values = (p * scalars.shape[1] for p in range(len(scalars)))
        found = iter(parcels.paints)
        curves, places, tables, entries, parcels_before = [], [], [], 0, 0
        for paint in paints:
            if isinstance(paint, ParcelPaint):
                parcel = next(found)
                words = parcel.table
                curves.append((parcel.half_width, parcel.far, parcel.rise, 0.0, paint.alpha))
                bit = parcels_before if parcels_before < BARE_BITS else -1
                places.append((parcel.first, entries, 0, BORDERS if paint.boundaries else PARCELS, bit))
                parcels_before += 1
            else:
                table = color_table(paint.colors)
                words = table.words
                curves.append((table.low, table.mid, table.rise_low, table.rise_high, paint.alpha))
                places.append((next(values), entries + 2 * table.middle, int(table.mirrored), VALUES, -1))
            tables.append(words)
            entries += len(words)
        return Colors(
            bases=_bases(looks),
            first_paints=np.cumsum([0, *(len(look.paints) for look in looks)]),
            curves=np.array(curves, np.float32).reshape(-1, 5),
            places=np.array(places, np.int64).reshape(-1, 5),
            scalars=scalars.ravel(),
            parcels=parcels.words,
            tables=np.concatenate(tables) if tables else np.zeros(2, np.int32),
            cells=CELLS,
        )

    def _scalars(self, looks: tuple[SurfaceLook, ...], geometry: Geometry) -> NDArray[np.float32]:
        """(paints, vertices): the values of each that has some, NaN where it does not paint."""
        count = sum(isinstance(paint, Paint) for look in looks for paint in look.paints)
        scalars = np.full((count, len(geometry.points)), np.nan, np.float32)
        rows: dict[tuple[Topology, tuple], Rows] = {}
        row_of_paint = iter(scalars)
        first_part = 0
        for look in looks:
            for paint in look.paints:
                if not isinstance(paint, Paint):
                    continue
                values = next(row_of_paint)
                for j, reference in enumerate(paint.data, first_part):
                    if reference is not None:
                        part = geometry.parts[j]
                        begin = geometry.first_vertices[j]
                        self._mix(reference, paint, part, rows, values[begin:][: len(part.points)])
            first_part += len(look.parts)
        for (topology, way), shown in rows.items():
            self._rows.setdefault(topology, {})[way] = shown
        return scalars

    def _mix(
        self,
        reference: DataReference,
        paint: Paint,
        part: Part,
        rows: dict[tuple[Topology, tuple], Rows],
        out: NDArray[np.float32],
    ) -> None:
        """`out` receives the weighted rows of `reference` on the vertices of `part`; `rows` keeps them."""
        series = self._data[reference.asset]
        if not isinstance(series, Series):
            raise TypeError(f"{reference.asset} is a {type(series).__name__}, a paint needs a Series")
        ways, way = self._spreads.setdefault(part.topology, {}), (self._fingerprints[reference.asset], paint.smooth)
        if way not in ways:
            own = isinstance(series, ArraySeries | PointValues)  # of as many vertices as the surface has at that moment
            ways[way] = None if own else spread_series(series, part.mesh, paint.smooth)
        shown, before = rows.setdefault((part.topology, way), {}), self._rows.get(part.topology, {}).get(way, {})
        begun = False
        for index, weight in zip(reference.rows, reference.weights, strict=True):
            if weight != 0:
                if index not in shown:
                    shown[index] = before[index] if index in before else self._row(series, index, ways[way], part)
                if begun:
                    out += np.float32(weight) * shown[index]
                else:
                    np.multiply(shown[index], np.float32(weight), out=out)
                    begun = True

    @staticmethod
    def _row(series: Series, index: int, spread: Spread | None, part: Part) -> NDArray[np.float32]:
        row = series.row(index)
        if spread is not None:
            return spread(row)
        if len(row) != len(part.points):
            raise FormatError(
                f"{series.name}: moment {index} has {len(row):,} vertices, the surface shown with it has "
                f"{len(part.points):,}; give surface and paint the same clock, and both interpolate: hold"
            )
        return row


def relief(looks: tuple[SurfaceLook, ...], geometry: Geometry) -> NDArray[np.float32]:
    """(vertices,) the underlays' values, 0 where there is none; (0,) where no look has one.

    Raises SceneError where a surface has no array of that name.
    """
    if all(look.underlay is None for look in looks):
        return np.zeros(0, np.float32)
    names = [look.underlay for look in looks for _ in look.parts]
    pieces = [
        np.zeros(len(part.points), np.float32) if name is None else _array(part.mesh, name)
        for part, name in zip(geometry.parts, names, strict=True)
    ]
    return np.concatenate(pieces)


def _array(mesh: Mesh, name: str) -> NDArray[np.float32]:
    if name not in mesh.arrays:
        near = difflib.get_close_matches(name, mesh.arrays, n=1)
        known = f"did you mean {near[0]}?" if near else f"it has {', '.join(mesh.arrays) or 'none'}"
        raise SceneError(f"underlay: {mesh.name} has no array {name!r}; {known}")
    return np.asarray(mesh.arrays[name], np.float32)


def _bases(looks: tuple[SurfaceLook, ...]) -> NDArray[np.float32]:
    """(layers, 2, 3): each look's colour, plain and dark."""
    plain = np.array([look.color for look in looks], np.float32).reshape(-1, 1, 3)
    return np.concatenate([plain, plain * np.float32(UNDERLAY_DARKENING)], 1) * np.float32(COLOR_UNIT)
