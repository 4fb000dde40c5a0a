"""Surfaces on the CPU: rasterise, or colour again what a resting camera saw before."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data
from brainreel.errors import SceneError
from brainreel.kernels import peeling, resolve, visibility
from brainreel.kernels.binning import TILE
from brainreel.kernels.pool import Pool
from brainreel.kernels.resolve import Colors
from brainreel.render.cpu.binned import Binned, bin_triangles
from brainreel.render.cpu.geometry import Geometry
from brainreel.render.cpu.openness import Skies
from brainreel.render.cpu.painting import Painter, relief
from brainreel.render.cpu.resting import Seen, blocks_of, bytes_of, note_bare, runs_of, shown_runs, without_hiding
from brainreel.render.cpu.shapes import Shapes
from brainreel.render.view import View
from brainreel.timeline.looks import Color, SurfaceLook

Cancelled = Callable[[], bool] | None

_TILES_AT_A_TIME = 8
_RUNS_AT_A_TIME = 64
_VIEWS_KNOWN = 64
_GEOMETRIES_KEPT = 8


class _Again(NamedTuple):
    """A view that was drawn before, and over what it is drawn now."""

    key: tuple
    seen: Seen
    records: visibility.Records
    view: View
    geometry: Geometry
    behind: tuple[int, int, int]
    cancelled: Cancelled


class SurfaceCaster:
    """Draws surfaces; a view that is drawn again is rasterised once, and only coloured from then on.

    `data` and `fingerprints` go by asset key. What is kept of views takes at most `budget_bytes`; that, the pool and
    the order of pictures change no pixel. For one thread at a time.
    """

    def __init__(
        self,
        pool: Pool,
        data: Mapping[str, Data],
        fingerprints: Mapping[str, str],
        budget_bytes: int,
    ) -> None:
        self._pool = pool
        self._budget_bytes = budget_bytes
        self._painter = Painter(data, fingerprints)
        self._shapes = Shapes(data, fingerprints)
        self._skies = Skies(pool, self._shapes)
        self._geometries: OrderedDict[tuple, Geometry] = OrderedDict()
        self._seen: OrderedDict[tuple, Seen] = OrderedDict()

    def draw(
        self,
        looks: tuple[SurfaceLook, ...],
        view: View,
        background: Color,
        out: NDArray[np.uint8],
        cancelled: Cancelled = None,
    ) -> None:
        """Draw `looks` over `background` into `out` (height, width, 3). Raises Interrupted soon after `cancelled`."""
        red, green, blue = (int(channel) for channel in np.rint(np.clip(background, 0, 1) * 255))
        behind = (red, green, blue)
        looks = _in_order(looks)
        if not looks:
            _fill(out, behind)
            return
        key = self._key(looks, view)
        geometry = self._geometry(looks)
        seen = self._seen.get(key)
        if seen is None or not (seen.records or self._has_room(key, seen.record_bytes)):
            _fill(out, behind)
            self._seen[key] = self._draw_anew(looks, view, geometry, behind, out, cancelled)
            self._seen.move_to_end(key)
            if len(self._seen) > _VIEWS_KNOWN:
                self._seen.popitem(last=False)
            return
        records = seen.records or self._remember(looks, view, geometry, seen, cancelled)
        self._draw_again(looks, _Again(key, seen, records, view, geometry, behind, cancelled), out)
        self._seen.move_to_end(key)

    def samples(
        self, looks: tuple[SurfaceLook, ...], view: View, cancelled: Cancelled = None
    ) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
        """Depths (h, w, 4) along the view's forward, inf for none, and colours (h, w, 4), R | G << 8 | B << 16.

        Sample s of a pixel lies at `raster.SAMPLE_OFFSETS[s]`. The mean of a pixel's four, the background where there
        is none, is what `draw` draws, to one step of 8 bits. Where something translucent shows they are the pixel's
        layers: `kernels.merging` says how.
        """
        shape = (view.height, view.width, 4)
        depths = np.full(shape, np.inf, np.float32)
        out = np.zeros(shape, np.uint32)
        looks = _in_order(looks)
        if looks:
            geometry = self._geometry(looks)
            binned = self._bin(looks, view, geometry)
            colors = self._painter.colors(looks, geometry, binned.cuts, view)
            kernel = peeling.sample_peeled if _is_translucent(looks) else resolve.sample_tiles
            self._over_tiles(kernel, binned, cancelled, colors, depths, out)
        return depths, out

    def _draw_anew(
        self,
        looks: tuple[SurfaceLook, ...],
        view: View,
        geometry: Geometry,
        behind: tuple[int, int, int],
        out: NDArray[np.uint8],
        cancelled: Cancelled,
    ) -> Seen:
        """Rasterise and colour in one go; what it returns tells how large the view's records would be."""
        binned = self._bin(looks, view, geometry)
        colors = self._painter.colors(looks, geometry, binned.cuts, view)
        quads = np.zeros(len(binned.bins.firsts) - 1, np.int64)
        kernel = peeling.draw_peeled if _is_translucent(looks) else resolve.draw_tiles
        self._over_tiles(kernel, binned, cancelled, colors, behind, quads, out)
        return Seen(quads, binned.cuts, binned.scene.glossy)

    def _draw_again(self, looks: tuple[SurfaceLook, ...], again: _Again, out: NDArray[np.uint8]) -> None:
        """Colour a view's records, over its picture without the paints that hide only where these show.

        A picture is kept when it is drawn for the second time.
        """
        seen = again.seen
        asked, whole = seen.pictures.find((again.behind, looks))
        if whole is not None:
            out[:] = whole
            return
        colors = self._painter.colors(looks, again.geometry, seen.cuts, again.view)
        note_bare(self._pool, seen, again.records, looks, colors)
        ground = self._ground(looks, again, out)
        if ground is None or seen.runs is None:
            self._color_all(looks, again, colors, out)
        else:
            out[:] = ground
            self._color(looks, again, colors, shown_runs(self._pool, seen.runs, looks, colors), out)
        if asked and self._has_room(again.key, out.nbytes):
            seen.pictures.keep((again.behind, looks), out.copy())

    def _ground(
        self, looks: tuple[SurfaceLook, ...], again: _Again, out: NDArray[np.uint8]
    ) -> NDArray[np.uint8] | None:
        """The picture without the paints that hide low values, where there are some, there is room, and it was wanted
        before. What `out` holds is lost.
        """
        seen, under = again.seen, without_hiding(looks)
        asked, ground = (False, None) if under == looks else seen.pictures.find((again.behind, under))
        if ground is not None or not asked or seen.crowded:
            return ground
        runs = seen.runs or runs_of(self._pool, again.records, seen.run_ends)
        if self._has_room(again.key, out.nbytes + (0 if seen.runs else bytes_of(runs))):
            seen.runs = runs
            self._color_all(under, again, self._painter.colors(under, again.geometry, seen.cuts, again.view), out)
            ground = out.copy()
            seen.pictures.keep((again.behind, under), ground)
        seen.crowded = ground is None
        return ground

    def _color_all(self, looks: tuple[SurfaceLook, ...], again: _Again, colors: Colors, out: NDArray[np.uint8]) -> None:
        _fill(out, again.behind)
        self._color(looks, again, colors, np.arange(len(again.seen.run_ends) - 1), out)

    def _color(
        self,
        looks: tuple[SurfaceLook, ...],
        again: _Again,
        colors: Colors,
        runs: NDArray[np.int64],
        out: NDArray[np.uint8],
    ) -> None:
        """Colour the `runs` of a view's records."""
        seen = again.seen
        known = (seen.run_ends, again.records, colors)
        if _is_translucent(looks):
            args = (runs, -(-again.view.width // TILE), *known, _alphas(looks), again.behind, out)
            self._pool.run(peeling.put_peeled, len(runs), *args, chunk=_TILES_AT_A_TIME, cancelled=again.cancelled)
        else:
            args = (runs, *known, again.behind, out)
            self._pool.run(resolve.put_runs, len(runs), *args, chunk=_RUNS_AT_A_TIME, cancelled=again.cancelled)

    def _has_room(self, key: tuple, needed_bytes: int) -> bool:
        """Make room for more of a view by letting go of what is kept of those that have not been drawn since it was.

        So the views of one picture do not drive each other out.
        """
        kept = [(one, other) for one, other in self._seen.items() if other.records is not None]
        room = self._budget_bytes - needed_bytes - sum(other.bytes for _, other in kept)
        older = set(takewhile(lambda one: one != key, self._seen))
        if room + sum(other.bytes for one, other in kept if one in older) < 0:
            return False
        for one, other in kept:
            if room < 0 and one in older:
                room += other.bytes
                other.forget()
        return True

    def _remember(
        self, looks: tuple[SurfaceLook, ...], view: View, geometry: Geometry, seen: Seen, cancelled: Cancelled
    ) -> visibility.Records:
        """Keep the records of a view."""
        binned = self._bin(looks, view, geometry)
        records = visibility.room_for_records(int(seen.quads.sum()), seen.glossy)
        kernel = peeling.remember_peeled if _is_translucent(looks) else visibility.remember
        self._over_tiles(kernel, binned, cancelled, seen.ends[:-1], records)
        seen.records, seen.run_ends = records, seen.ends if _is_translucent(looks) else blocks_of(records)
        return records

    def _over_tiles(self, kernel: Callable, binned: Binned, cancelled: Cancelled, *args: object) -> None:
        tiles = len(binned.bins.firsts) - 1
        first = (binned.bins, binned.scene, binned.projected)
        self._pool.run(kernel, tiles, *first, *args, chunk=_TILES_AT_A_TIME, cancelled=cancelled)

    def _bin(self, looks: tuple[SurfaceLook, ...], view: View, geometry: Geometry) -> Binned:
        lights = [look.shading for look in looks]
        shading = [(light.ambient, light.diffuse, light.specular, light.specular_power) for light in lights]
        per_vertex = relief(looks, geometry), self._skies.open_to_light(looks, geometry)
        return bin_triangles(self._pool, geometry, *per_vertex, np.array(shading, np.float32), _alphas(looks), view)

    def _geometry(self, looks: tuple[SurfaceLook, ...]) -> Geometry:
        """The looks' surfaces together; those of the last pictures are kept."""
        key = tuple(tuple(map(self._shapes.content, look.parts)) for look in looks)
        if key not in self._geometries:
            self._geometries[key] = Geometry.of(tuple(tuple(map(self._shapes.part, look.parts)) for look in looks))
            if len(self._geometries) > _GEOMETRIES_KEPT:
                self._geometries.popitem(last=False)
        self._geometries.move_to_end(key)
        return self._geometries[key]

    def _key(self, looks: tuple[SurfaceLook, ...], view: View) -> tuple:
        """All that records depend on."""
        layers = tuple(
            (tuple(map(self._shapes.content, look.parts)), look.underlay, look.shading, look.alpha, look.occlusion)
            for look in looks
        )
        camera = b"".join(axis.tobytes() for axis in (view.eye, view.right, view.up, view.forward))
        return (layers, camera, view.pixel_slope, view.width, view.height, view.parallel)


def _fill(out: NDArray[np.uint8], behind: tuple[int, int, int]) -> None:
    out[:1] = behind
    out[1:] = out[:1]  # far faster than three bytes at a time


def _in_order(looks: tuple[SurfaceLook, ...]) -> tuple[SurfaceLook, ...]:
    """Those that show: opaque ones as they come, then translucent ones, of which it shows at one depth, in an order of
    their own that time does not change. Raises SceneError where they are too many.
    """
    if len(looks) > visibility.LAYER_LIMIT:
        raise SceneError(f"{len(looks)} surface layers in one view: at most {visibility.LAYER_LIMIT} are drawn")
    translucent = sorted((look for look in looks if 0 < look.alpha < 1), key=_own_place)
    return (*(look for look in looks if look.alpha >= 1), *translucent)


def _own_place(look: SurfaceLook) -> tuple[str, ...]:
    return (*(part.asset for part in look.parts), repr(replace(look, name="")))


def _is_translucent(looks: tuple[SurfaceLook, ...]) -> bool:
    return looks[-1].alpha < 1


def _alphas(looks: tuple[SurfaceLook, ...]) -> NDArray[np.float32]:
    return np.array([look.alpha for look in looks], np.float32)
