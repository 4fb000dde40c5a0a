"""Renderer: Frame and data to Image. It owns every cache; a picture depends on the frame, the data and the quality."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data, Volume, VolumeSeries
from brainreel.kernels.pool import Pool, available_cores
from brainreel.render.checking import check_volumes, is_projected, is_volume
from brainreel.render.colormap import sample_colors
from brainreel.render.cpu.media import Moments, Part
from brainreel.render.cpu.projection import ProjectionCaster
from brainreel.render.cpu.rays import Rays, add_rays, finish_rays, no_rays
from brainreel.render.cpu.slices import SliceCaster
from brainreel.render.cpu.stored_bricks import Need
from brainreel.render.cpu.surface import SurfaceCaster
from brainreel.render.cpu.volume import VolumeCaster, groups
from brainreel.render.fading import dissolve, fade_out
from brainreel.render.names import Namer
from brainreel.render.overlays import laid_out, lay
from brainreel.render.placing import Placer, is_warped
from brainreel.render.plots import Plotter
from brainreel.render.quality import FINAL, Quality
from brainreel.render.shares import Shares
from brainreel.render.transparency import BLACK, WHITE, before, straight
from brainreel.render.view import View
from brainreel.store.reads import Reads
from brainreel.store.resident import Skipping
from brainreel.store.stored import Store, StoredPyramid, StoredSeries, StoredVolume
from brainreel.timeline.frame import Area, Frame, Panel, pixels_of
from brainreel.timeline.looks import (
    Color,
    DataReference,
    Layer,
    SliceLook,
    SurfaceLook,
    VolumeLook,
)
from brainreel.work import Cancelled, never

log = logging.getLogger(__name__)

Image = NDArray[np.uint8 | np.uint16]
"""(height, width, 3), display-space RGB, row 0 on top; (height, width, 4) with straight alpha where transparent."""

DEFAULT_BUDGET_BYTES = 4 << 30


class Renderer:
    """Draws frames of one film.

    `data` and `fingerprints` go by asset key. `budget_bytes` bounds what the caches hold, `threads` the cores used;
    neither changes a pixel. Pictures have 8 or 16 `bits` a channel, surfaces and slices without a volume 8 of them.
    Close it, or use it in a `with`, so that its threads end. With `skipping` it cannot draw and reads nothing of
    stores: see `store.resident`.
    """

    def __init__(
        self,
        data: Mapping[str, Data],
        fingerprints: Mapping[str, str],
        quality: Quality = FINAL,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        threads: int | None = None,
        bits: int = 8,
        skipping: Skipping | None = None,
    ) -> None:
        self._made_of, self._skipping = (data, fingerprints, quality, budget_bytes), skipping
        self._coming: deque[Frame] = deque()
        self._among = 1
        self._ahead: Renderer | None = None
        self._kind = {8: np.uint8, 16: np.uint16}[bits]
        self._data = data
        self._fingerprints = fingerprints
        self._budget_bytes = budget_bytes
        self._pool = Pool(threads or available_cores())
        shares = Shares.of(data, budget_bytes)
        self._placer = Placer(self._pool, data, fingerprints, budget_bytes)
        self._surfaces = SurfaceCaster(self._pool, data, fingerprints, shares.surfaces)
        self._plotter = Plotter(data)
        self._namer = Namer(data, fingerprints, self._surfaces)
        self._quality = quality
        self._stores = _stores_in(data.values())
        if not skipping:  # what was read to measure the data is not of pictures
            books: dict[Path, Reads] = {}
            for store in self._stores:  # chapters open the same folder each for itself
                store.reads = books.setdefault(store.folder, store.new_reads())
        self._volumes = VolumeCaster(self._pool, quality, shares.volumes, shares.volumes / budget_bytes, skipping)
        self._projections = ProjectionCaster(self._pool, self._volumes.stores, quality)
        pyramids = self._volumes.pyramids
        self._slices = SliceCaster(self._pool, pyramids, quality, self._moments, shares.slices, skipping)

    def draw(self, frame: Frame, cancelled: Cancelled = never) -> Image:
        """The picture of `frame`. Raises Interrupted soon after `cancelled` says so."""
        if self._stores:
            self._foresee(frame)
        self._among = len(self._groups_in(frame))
        return self._draw(frame, cancelled)

    def rehearse(self, frame: Frame) -> None:
        """Go through what `draw` would read of stores, with `skipping`."""
        self._foresee(frame)
        for need in self.needs(frame):
            need.take()

    def _draw(self, frame: Frame, cancelled: Cancelled) -> Image:
        if frame.transparent:
            return straight(*(self._draw(before(frame, ground), cancelled) for ground in (BLACK, WHITE)))
        if frame.dissolve:
            image, over = (self._draw(one, cancelled) for one in (replace(frame, dissolve=None), frame.dissolve[0]))
            dissolve(image, over, frame.dissolve[1])
            return image
        width, height = frame.size
        image: NDArray[Any] = np.empty((height, width, 3), self._kind)
        image[:1] = np.rint(np.asarray(frame.background) * np.iinfo(self._kind).max)
        image[1:] = image[:1]  # far faster than three numbers at a time
        layout = laid_out(frame, sample_colors)
        for panel, laid in zip(frame.panels, layout.panels, strict=True):
            with _part_of(image, panel.area) as part:
                if part.size:
                    self._draw_panel(panel, frame.background, part, cancelled)
                    self._namer.draw(panel, part, layout.within(panel.area, frame.size), cancelled)
                    lay(part, laid, panel.area, frame.size)
        for plot, laid in zip(frame.plots, layout.plots, strict=True):
            with _part_of(image, plot.area) as part:
                if part.size:
                    self._plotter.draw(plot, frame.background, height, part)
                    lay(part, laid, plot.area, frame.size)
        lay(image, layout.whole)
        fade_out(image, frame.background, frame.fade)
        return image

    def refine(self, frame: Frame, cancelled: Cancelled = never) -> Iterator[Image]:
        """Pictures of `frame` at full size, coarse ones first; the last equals `draw`'s."""
        width, height = frame.size
        for reduction in (8, 3):
            small = (-(-width // reduction), -(-height // reduction))
            if min(small) >= 16:
                coarse = self.draw(frame.sized(small), cancelled)
                yield coarse.repeat(reduction, 0).repeat(reduction, 1)[:height, :width]
        yield self.draw(frame, cancelled)

    def expect(self, frames: Iterable[Frame], cancelled: Cancelled = never) -> None:
        """These are drawn next, in this order: fetch what memory has room for; changes no pixel.

        Of stores that happens one frame ahead. Raises Interrupted soon after `cancelled` says so.
        """
        frames = list(frames)
        self._coming = deque(frames)
        if self._skipping:
            return
        for look in {look for frame in frames for look in _looks(frame) if isinstance(look, SliceLook)}:
            if not any(is_warped(reference) for paint in look.paints for reference in paint.references):
                self._slices.prepare(look, cancelled)
        scenes = {self._assets(panel): panel for frame in reversed(frames) for panel in frame.panels}
        for panel in scenes.values():
            parts = self._parts(panel)
            composited, projected = _apart(parts)
            if any(part.series[0] for part in parts):  # moments come and go
                continue
            self._volumes.prepare(composited, cancelled)
            for part, _ in projected:
                self._projections.prepare(part.moments[0], cancelled)

    def needs(self, frame: Frame) -> Iterator[Need]:
        """What drawing `frame` needs of stores, in that order; less where bricks hide others."""
        self._among = len(self._groups_in(frame))
        yield from self._needs(frame)

    def _needs(self, frame: Frame) -> Iterator[Need]:
        if frame.transparent:
            for ground in (BLACK, WHITE):
                yield from self._needs(before(frame, ground))
            return
        for panel in frame.panels:
            _, _, width, height = pixels_of(panel.area, frame.size)
            if not (width and height):
                continue
            view = View.of(panel.camera, (width, height))
            slices = tuple(look for look in panel.layers if isinstance(look, SliceLook))
            yield from self._slices.needs(slices, view)
            composited, projected = _apart(self._parts(panel))
            if composited:
                yield from self._volumes.needs(composited, view, self._among)
            for part, look in projected:
                yield from self._projections.needs(part, look, view, self._among)
        if frame.dissolve:
            yield from self._needs(frame.dissolve[0])

    def _groups_in(self, frame: Frame) -> set[tuple]:
        """What of volumes shares the budget while `frame` is drawn, and the one that it dissolves into."""
        found = set()
        for panel in frame.panels:
            composited, projected = _apart(self._parts(panel))
            drawn = [("mixed", *group) for group in groups(composited)]
            for kind, *parts in [*drawn, *(("alone", part) for part, _ in projected)]:
                found.add((kind, max(part.halo for part in parts), *(part.content for part in parts)))
        return found | (self._groups_in(frame.dissolve[0]) if frame.dissolve else set())

    def reads(self) -> dict[Path, Reads]:
        """What was read of each store, by its folder."""
        return {store.folder: store.reads for store in self._stores}

    @property
    def held_bytes(self) -> int:
        """Memory that bricks of stores take now."""
        return self._volumes.stores.byte_count + self._slices.stored.byte_count

    def close(self) -> None:
        """End the threads, and let go of what stores hold; the log is told how often that was read."""
        if self._ahead:
            self._ahead.close()
        if not self._skipping:
            for folder, reads in self.reads().items():
                log.info("%s: %s", folder, reads)
        self._volumes.stores.close()
        self._slices.stored.close()
        self._pool.close()

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _foresee(self, frame: Frame) -> None:
        """Let those that keep bricks of stores know which the next frame needs."""
        while self._coming and self._coming[0].index <= frame.index:
            self._coming.popleft()
        self._volumes.stores.coming, self._slices.stored.coming = {}, {}
        if not self._coming:
            return
        self._ahead = self._ahead or Renderer(*self._made_of, threads=1, skipping=_ignore)
        for need in self._ahead.needs(self._coming[0]):
            keeper = self._slices.stored if need.at_once else self._volumes.stores
            earlier = keeper.coming.get(need.key, need.numbers[:0])
            keeper.coming = {**keeper.coming, need.key: np.concatenate([earlier, need.numbers])}
            if not keeper.holds(need.key):
                need.resident.announce(need.numbers)

    def _draw_panel(self, panel: Panel, background: Color, image: NDArray[Any], cancelled: Cancelled) -> None:
        view = View.of(panel.camera, (image.shape[1], image.shape[0]))
        surfaces = tuple(look for look in panel.layers if isinstance(look, SurfaceLook))
        volumes = self._parts(panel)
        slices = tuple(look for look in panel.layers if isinstance(look, SliceLook))
        if not volumes and image.itemsize > 1:
            coarse = np.empty(image.shape, np.uint8)
            self._draw_panel(panel, background, coarse, cancelled)
            np.multiply(coarse, 257, out=image, dtype=image.dtype)
            return
        if not volumes and not slices:
            self._surfaces.draw(surfaces, view, background, image, cancelled)
            return
        samples = self._surfaces.samples(surfaces, view, cancelled) if surfaces else None
        translucent = any(0 < look.alpha < 1 for look in surfaces)
        if not volumes and not translucent:
            self._slices.draw(slices, view, background, samples, image, cancelled)
            return
        depths, colors = (self._slices.merge(slices, view, samples, cancelled) if slices else samples) or (None, None)
        rays = self._cast(volumes, view, depths, colors, cancelled) if volumes else no_rays(view, depths)
        finish_rays(self._pool, rays, background, colors, image)

    def _cast(
        self,
        volumes: list[Part],
        view: View,
        depths: NDArray[np.float32] | None,
        colors: NDArray[np.uint32] | None,
        cancelled: Cancelled,
    ) -> Rays:
        """What rays bring through all `volumes`, those that are projected each by itself."""
        composited, projected = _apart(volumes)
        rays = self._volumes.march_together(composited, view, depths, cancelled, self._among) if composited else None
        for part, look in projected:
            light = self._projections.march(part, look, view, depths, colors, cancelled, self._among)
            if rays is None:
                rays = light
            else:
                add_rays(self._pool, rays, light)
        assert rays is not None  # there are volumes
        return rays

    def _parts(self, panel: Panel) -> list[Part]:
        """The volumes of `panel`, those that show anything."""
        parts = []
        for look in panel.layers:
            if is_volume(look):
                data = look.data if isinstance(look.data, tuple) else (look.data,)
                series = tuple(r.asset if self._comes_and_goes(r) else "" for r in data)
                parts.append(Part(look, tuple(self._moments(reference) for reference in data), series))
        return parts

    def _comes_and_goes(self, reference: DataReference) -> bool:
        """Whether other frames show other voxels of it."""
        return isinstance(self._data[reference.asset], VolumeSeries) or is_warped(reference)

    def _assets(self, panel: Panel) -> tuple:
        """Which bricks the volumes of `panel` need."""
        return tuple((part.series, part.halo, part.content) for part in self._parts(panel))

    def _moments(self, reference: DataReference) -> Moments:
        """What of a volume is shown, by the content of each moment, where its moves put it."""
        moments = self._unmoved(reference)
        if not reference.moves:
            return moments
        lasting = not isinstance(self._data[reference.asset], VolumeSeries)
        return self._placer.moments(moments, reference.moves, lasting)

    def _unmoved(self, reference: DataReference) -> Moments:
        data = self._data[reference.asset]
        if not isinstance(data, VolumeSeries):
            return ((self._volume(reference.asset), self._fingerprints[reference.asset], 1.0),)
        moments = [(data.moment(row), weight) for row, weight in zip(reference.rows, reference.weights, strict=True)]
        return tuple((moment, moment.fingerprint(), weight) for moment, weight in moments if weight)

    def _volume(self, asset: str) -> Volume:
        volume = self._data[asset]
        if not isinstance(volume, Volume):
            raise TypeError(f"{asset} is a {type(volume).__name__}, a volume layer draws a Volume")
        return volume


def _apart(volumes: list[Part]) -> tuple[list[Part], list[tuple[Part, VolumeLook]]]:
    """The composited volumes, and with their looks those that rays keep one value of, each in an order of its own.

    Raises SceneError where they cannot be drawn together.
    """
    check_volumes([part.look for part in volumes])
    composited = [part for part in volumes if not is_projected(part.look)]
    projected = [(part, part.look) for part in sorted(volumes, key=Part.key) if is_projected(part.look)]
    return composited, projected


@contextmanager
def _part_of(image: NDArray[Any], area: Area) -> Iterator[NDArray[Any]]:
    """The `area` of `image`, to be drawn anew; it has no pixel where a small area is one of a small picture."""
    x, y, width, height = pixels_of(area, (image.shape[1], image.shape[0]))
    where = image[y : y + height, x : x + width]
    part = where if where.shape == image.shape else np.empty_like(where, order="C")
    yield part
    if part is not where:
        where[:] = part


def _ignore(pyramid: StoredPyramid, number: int) -> None:
    """Nothing is read, and nobody asks."""


def _stores_in(data: Iterable[Data]) -> list[Store]:
    return list({id(one.store): one.store for one in data if isinstance(one, StoredVolume | StoredSeries)}.values())


def _looks(frame: Frame) -> Iterator[Layer]:
    return (look for panel in frame.panels for look in panel.layers)
