"""Surfaces on the CPU: rasterise, or colour again what a resting camera saw before."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data
from brainreel.errors import SceneError
from brainreel.kernels import resolve, visibility
from brainreel.kernels.pool import Pool
from brainreel.render.cpu.binned import Binned, bin_triangles
from brainreel.render.cpu.clip import Cuts
from brainreel.render.cpu.geometry import Geometry
from brainreel.render.cpu.painting import Painter, relief
from brainreel.render.cpu.shapes import Shapes
from brainreel.render.view import View
from brainreel.timeline.frame import Color, SurfaceLook

Cancelled = Callable[[], bool] | None

_TILES_AT_A_TIME = 8
_RECORDS_AT_A_TIME = 4096
_VIEWS_KNOWN = 64
_GEOMETRIES_KEPT = 4


@dataclass(eq=False)
class _Seen:
    """What is known of a view that was drawn before: quads per tile, and their records once they are kept."""

    quads: NDArray[np.int64]
    cuts: Cuts | None
    records: visibility.Records | None = field(default=None)

    @property
    def bytes(self) -> int:
        """What keeping the records takes."""
        return int(self.quads.sum()) * visibility.RECORD_BYTES


class SurfaceCaster:
    """Draws opaque surfaces; a view that is drawn again is rasterised once, and only coloured from then on.

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
        self._geometries: OrderedDict[tuple, Geometry] = OrderedDict()
        self._seen: OrderedDict[tuple, _Seen] = OrderedDict()

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
        out[:1] = behind
        out[1:] = out[:1]  # far faster than three bytes at a time
        if not looks:
            return
        _check(looks)
        key = self._key(looks, view)
        geometry = self._geometry(looks)
        seen = self._seen.get(key)
        if seen is None or seen.bytes > self._budget_bytes:
            self._seen[key] = self._draw_anew(looks, view, geometry, behind, out, cancelled)
            if len(self._seen) > _VIEWS_KNOWN:
                self._seen.popitem(last=False)
            return
        self._seen.move_to_end(key)
        if seen.records is None:
            seen.records = self._remember(looks, view, geometry, seen, cancelled)
        colors = self._painter.colors(looks, geometry, seen.cuts)
        args = (seen.records, colors, behind, out)
        count = len(seen.records.corners)
        self._pool.run(resolve.put_records, count, *args, chunk=_RECORDS_AT_A_TIME, cancelled=cancelled)

    def samples(
        self, looks: tuple[SurfaceLook, ...], view: View, cancelled: Cancelled = None
    ) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
        """Depths (h, w, 4) along the view's forward, inf for none, and colours (h, w, 4), R | G << 8 | B << 16.

        Sample s of a pixel lies at `raster.SAMPLE_OFFSETS[s]`. The mean of a pixel's four, the background where there
        is none, is what `draw` draws, to one step of 8 bits.
        """
        shape = (view.height, view.width, 4)
        depths = np.full(shape, np.inf, np.float32)
        out = np.zeros(shape, np.uint32)
        if looks:
            _check(looks)
            geometry = self._geometry(looks)
            binned = self._bin(looks, view, geometry)
            colors = self._painter.colors(looks, geometry, binned.cuts)
            self._over_tiles(resolve.sample_tiles, binned, cancelled, colors, depths, out)
        return depths, out

    def _draw_anew(
        self,
        looks: tuple[SurfaceLook, ...],
        view: View,
        geometry: Geometry,
        behind: tuple[int, int, int],
        out: NDArray[np.uint8],
        cancelled: Cancelled,
    ) -> _Seen:
        """Rasterise and colour in one go; what it returns tells how large the view's records would be."""
        binned = self._bin(looks, view, geometry)
        colors = self._painter.colors(looks, geometry, binned.cuts)
        quads = np.zeros(len(binned.bins.firsts) - 1, np.int64)
        self._over_tiles(resolve.draw_tiles, binned, cancelled, colors, behind, quads, out)
        return _Seen(quads, binned.cuts)

    def _remember(
        self, looks: tuple[SurfaceLook, ...], view: View, geometry: Geometry, seen: _Seen, cancelled: Cancelled
    ) -> visibility.Records:
        """The records of a view, for which the oldest ones make room."""
        kept = sum(other.bytes for other in self._seen.values() if other.records is not None)
        for other in self._seen.values():
            if kept + seen.bytes > self._budget_bytes and other.records is not None:
                kept -= other.bytes
                other.records = None
        binned = self._bin(looks, view, geometry)
        count = int(seen.quads.sum())
        records = visibility.Records(
            np.empty((count, 2), np.int32),
            np.empty(count * 48, np.int32),
            np.empty(count * 32, np.float32),
            np.empty(count * 16, np.int32),
        )
        starts = np.cumsum(seen.quads) - seen.quads
        self._over_tiles(visibility.remember, binned, cancelled, starts, records)
        return records

    def _over_tiles(self, kernel: Callable, binned: Binned, cancelled: Cancelled, *args: object) -> None:
        tiles = len(binned.bins.firsts) - 1
        first = (binned.bins, binned.scene, binned.projected)
        self._pool.run(kernel, tiles, *first, *args, chunk=_TILES_AT_A_TIME, cancelled=cancelled)

    def _bin(self, looks: tuple[SurfaceLook, ...], view: View, geometry: Geometry) -> Binned:
        shading = np.array([(look.shading.ambient, look.shading.diffuse) for look in looks], np.float32)
        return bin_triangles(self._pool, geometry, relief(looks, geometry), shading, view)

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
        layers = tuple((tuple(map(self._shapes.content, look.parts)), look.underlay, look.shading) for look in looks)
        camera = b"".join(axis.tobytes() for axis in (view.eye, view.right, view.up, view.forward))
        return (layers, camera, view.pixel_slope, view.width, view.height, view.parallel)


def _check(looks: tuple[SurfaceLook, ...]) -> None:
    """Refuse what is not drawn yet, rather than draw something else."""
    if len(looks) > visibility.LAYER_LIMIT:
        raise SceneError(f"{len(looks)} surface layers in one view: at most {visibility.LAYER_LIMIT} are drawn")
    for look in looks:
        if look.shading.specular:
            raise SceneError(
                f"layer {look.name}: surfaces have matte light; set specular to 0, not {look.shading.specular}"
            )
