"""Names at points: beside their balls, hidden with them, the farther one gone where two would overlap.

How far a name is seen changes little by little with the camera, so that none flickers: it fades as surfaces come before
its ball, and as the name of a nearer one comes over it.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Data
from brainreel.render.cpu.shapes import Shapes
from brainreel.render.cpu.surface import Cancelled, SurfaceCaster
from brainreel.render.overlays.places import Rectangle
from brainreel.render.overlays.stamps import Stamp, lay_stamp, letter_px, words_stamp
from brainreel.render.view import View
from brainreel.timeline.frame import Panel
from brainreel.timeline.looks import NamesLook, SurfaceLook

GAP = 0.25
"""Between a ball and its name, in font sizes."""
FADING = 0.6
"""Of a name's height: two that overlap so far cannot both be read."""
SHARPNESS = 1.5
"""From no name to all of it while two thirds of the middle of its ball come into sight."""
INNER = 0.7
"""The middle of a ball, whose sight counts, in its radii."""
STAMPS_KEPT = 4096
DEPTHS_KEPT = 8
HALF = 2
"""Of what surfaces hide the depths are looked at in a picture of half the size, four samples a pixel."""
FAINTEST = 0.02
Spot = tuple[float, float, float, float]
"""y, x, height and width in pixels."""


@dataclass(frozen=True)
class _Name:
    """A word with its corner (y, x), which is between pixels, the `depth` of its ball and how far that is in sight."""

    stamp: Stamp
    corner: tuple[float, float]
    depth: float
    sight: float


class Namer:
    """Writes names; words and depths of the last pictures are kept."""

    def __init__(self, data: Mapping[str, Data], fingerprints: Mapping[str, str], surfaces: SurfaceCaster) -> None:
        self._shapes = Shapes(data, fingerprints)
        self._surfaces = surfaces
        self._stamps: OrderedDict[tuple, Stamp] = OrderedDict()
        self._depths: OrderedDict[tuple, NDArray[np.float32]] = OrderedDict()

    def draw(
        self, panel: Panel, image: NDArray[Any], taken: Sequence[Rectangle] = (), cancelled: Cancelled = None
    ) -> None:
        """Write the names of `panel` over its `image`, not over what is `taken` of it."""
        found: list[_Name] = []
        for look in panel.layers:
            if isinstance(look, SurfaceLook) and look.names and look.alpha > 0:
                found += self._found(look, look.names, panel, image.shape[:2], cancelled)
        standing: list[tuple[Spot, float]] = [(one, 1.0) for one in taken]
        for name in sorted(found, key=lambda one: (one.depth, one.corner)):
            where = (*name.corner, *name.stamp.size)
            alpha = name.sight
            for other, seen in standing:
                alpha *= 1 - seen * _met(where, other)
            if alpha > FAINTEST:
                standing.append((where, alpha))
                lay_stamp(image, name.stamp, (round(name.corner[0]), round(name.corner[1])), alpha)

    def _found(
        self, look: SurfaceLook, names: NamesLook, panel: Panel, size: tuple[int, ...], cancelled: Cancelled
    ) -> list[_Name]:
        """The names of a layer that lie in the picture and are in sight."""
        height, width = size
        points = self._shapes.part(look.parts[0]).points.astype(np.float64).reshape(len(names.texts), -1, 3)
        centers = points.mean(1)
        radii = np.linalg.norm(points[:, 0] - centers, axis=1)
        view = View.of(panel.camera, (width, height))
        places, depths = view.project(centers)
        radii_px = radii / np.maximum(view.pixel_edges(depths), 1e-12)
        size_px = letter_px(names.size, height)
        shown = (depths > radii) & (radii > 0) & np.isfinite(places).all(1)
        shown &= ((places > -width) & (places < 2 * width)).all(1)
        nearest = self._nearest(panel, (max(width // HALF, 1), max(height // HALF, 1)), cancelled)
        scale = np.array(nearest.shape[1::-1]) / (width, height)
        found = []
        for k in np.flatnonzero(shown):
            if not names.texts[k]:
                continue
            sight = _sight(nearest, places[k] * scale, radii_px[k] * scale[1], depths[k] - radii[k])
            if sight <= 0:
                continue
            stamp = self._stamp(names.texts[k], size_px, names.color)
            x = places[k, 0] + radii_px[k] + GAP * size_px
            corner = float(places[k, 1] - stamp.size[0] / 2), float(x)
            found.append(_Name(stamp, corner, float(depths[k]), sight * look.alpha))
        return found

    def _nearest(self, panel: Panel, size: tuple[int, int], cancelled: Cancelled) -> NDArray[np.float32]:
        """Depths (h, w, 4) of the opaque surfaces of `panel` in a picture of `size` (width, height)."""
        looks = tuple(_bare(look) for look in panel.layers if isinstance(look, SurfaceLook) and look.alpha >= 1)
        key = (tuple(look.parts for look in looks), panel.camera, size)
        if key not in self._depths:
            self._depths[key] = self._surfaces.samples(looks, View.of(panel.camera, size), cancelled)[0]
            if len(self._depths) > DEPTHS_KEPT:
                self._depths.popitem(last=False)
        self._depths.move_to_end(key)
        return self._depths[key]

    def _stamp(self, *key: Any) -> Stamp:
        if key not in self._stamps:
            self._stamps[key] = words_stamp(*key)
            if len(self._stamps) > STAMPS_KEPT:
                self._stamps.popitem(last=False)
        self._stamps.move_to_end(key)
        return self._stamps[key]


def _bare(look: SurfaceLook) -> SurfaceLook:
    """The same shape without what colours it."""
    return replace(look, paints=(), underlay=None, occlusion=0.0, names=None)


def _sight(nearest: NDArray[np.float32], place: NDArray[np.float64], radius: float, front: float) -> float:
    """How far the middle of a ball is in sight: of the pixels around `place` (x, y) those that nothing nearer than its
    `front` covers; 0 outside the picture."""
    reach = max(INNER * radius, 1.0)
    height, width, _ = nearest.shape
    (x0, y0), (x1, y1) = np.floor(place - reach).astype(int), np.ceil(place + reach).astype(int)
    if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
        return 0.0
    rows, columns = np.arange(max(y0, 0), min(y1, height)), np.arange(max(x0, 0), min(x1, width))
    inside = np.hypot(columns + 0.5 - place[0], rows[:, None] + 0.5 - place[1]) <= reach
    if not inside.any():
        return 0.0
    free = nearest[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][inside] >= front * (1 - 1e-4)
    return float(np.clip(SHARPNESS * free.mean() - (SHARPNESS - 1) / 2, 0, 1))


def _met(one: Spot, other: Spot) -> float:
    """How far two words are over each other, 0..1: 1 from where both cannot be read."""
    overlaps = [
        min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]) for axis in (0, 1)
    ]
    return float(np.clip(min(overlaps) / (FADING * min(one[2], other[2])), 0, 1))
