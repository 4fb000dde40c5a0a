"""Where overlays stand: inside a margin, each beside those before it, never over them, in one view or in several."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from pathlib import Path

from numpy.typing import NDArray

from brainreel.errors import SceneError
from brainreel.render.overlays.bars import Sample, bar_stamp
from brainreel.render.overlays.images import image_stamp
from brainreel.render.overlays.orientation import cube_stamp, edge_letters
from brainreel.render.overlays.places import Rectangle, free_place, shared
from brainreel.render.overlays.scale_bars import scale_bar_stamp
from brainreel.render.overlays.stamps import Stamp, lay_stamp, text_stamp
from brainreel.timeline.frame import (
    Area,
    Frame,
    ImageOverlay,
    OrientationOverlay,
    Overlay,
    ScalarBarOverlay,
    ScaleBarOverlay,
    TextOverlay,
    pixels_of,
)

MARGIN = 0.035
"""Distance of an overlay from the picture's edge, and half of that between overlays, in picture heights."""

WHOLE: Area = (0.0, 0.0, 1.0, 1.0)

_KEPT = 64
"""Stamps that are kept: a bar is the same in every frame."""


@dataclass(frozen=True)
class Laid:
    """The `stamp` of an `overlay` of a `view`, by its place in the whole picture."""

    overlay: Overlay
    view: str
    stamp: Stamp
    where: Rectangle
    alpha: float


@dataclass(frozen=True)
class Layout:
    """What lies over each panel, each plot and all of a picture."""

    panels: tuple[tuple[Laid, ...], ...]
    plots: tuple[tuple[Laid, ...], ...]
    whole: tuple[Laid, ...]

    def within(self, area: Area, size: tuple[int, int]) -> list[Rectangle]:
        """What is taken of an `area` of a picture of `size` (width, height), by places in it."""
        top, left, _, _ = _rectangle(area, size)
        standing = (laid.where for laid in chain(*self.panels, *self.plots, self.whole))
        return [(y - top, x - left, h, w) for y, x, h, w in standing]


def laid_out(frame: Frame, sample: Sample) -> Layout:
    """Where the overlays of `frame` stand, those of the whole picture beside those of its views.

    None stands on a plot or on what a later view covers where there is room elsewhere.
    """
    parts = (*frame.panels, *frame.plots)
    areas = [_rectangle(part.area, frame.size) for part in parts]
    height, panels = frame.size[1], len(frame.panels)
    views = [
        arranged(part.overlays, area, height, sample, (), areas[index + 1 :], part.name)
        for index, (part, area) in enumerate(zip(parts, areas, strict=True))
    ]
    taken = [laid.where for view in views for laid in view]
    picture = _rectangle(WHOLE, frame.size)
    whole = arranged(frame.overlays, picture, height, sample, taken, areas[panels:])
    return Layout(tuple(views[:panels]), tuple(views[panels:]), whole)


def _rectangle(area: Area, size: tuple[int, int]) -> Rectangle:
    x, y, width, height = pixels_of(area, size)
    return y, x, height, width


def arranged(
    overlays: Sequence[Overlay],
    area: Rectangle,
    height: int,
    sample: Sample,
    taken: Sequence[Rectangle] = (),
    avoided: Sequence[Rectangle] = (),
    view: str = "",
) -> tuple[Laid, ...]:
    """Where the `overlays` of a `view` stand in its `area` of a picture of `height` pixels, beside what is `taken`.

    Each stands at its place, or the nearest where none before it stands; letters at the edges come first, so that
    nothing moves as they come and go.
    """
    margin = round(MARGIN * height)
    found: list[Laid] = []
    for overlay in sorted(overlays, key=lambda one: not _is_letters(one)):
        if overlay.alpha <= 0:
            continue
        for stamp, place, alpha in _stamps(overlay, height, sample):
            others = [*taken, *(laid.where for laid in found)]
            where = free_place(place, stamp.size, area, margin, others, avoided)
            found.append(Laid(overlay, view, stamp, where, alpha * overlay.alpha))
    return tuple(found)


def check_room(frame: Frame, sample: Sample) -> None:
    """Raise SceneError where an overlay of `frame` covers another, for there is no room left beside it."""
    layout = laid_out(frame, sample)
    for one, other in combinations(chain(*layout.panels, *layout.plots, layout.whole), 2):
        if one.overlay != other.overlay and shared(one.where, other.where):
            width, height = frame.size
            raise SceneError(
                f"overlays: {_told(other)} finds no room beside {_told(one)} in {width}x{height} at "
                f"{frame.time_s:.2f} s; give one a smaller size:, or show them at different times"
            )


def _told(laid: Laid) -> str:
    """An overlay as a person would name it."""
    overlay = laid.overlay
    if isinstance(overlay, TextOverlay):
        named = f"the words {overlay.text!r}"
    elif isinstance(overlay, ScalarBarOverlay):
        named = f"the scalar bar {overlay.title!r}" if overlay.title else "the scalar bar"
    elif isinstance(overlay, ScaleBarOverlay):
        named = f"the scale bar of {overlay.text}"
    elif isinstance(overlay, ImageOverlay):
        named = f"the image {Path(overlay.path).name}"
    else:
        return f"the orientation {overlay.form}"
    return f"{named} ({', '.join(filter(None, (overlay.place, laid.view)))})"


def _is_letters(overlay: Overlay) -> bool:
    return isinstance(overlay, OrientationOverlay) and overlay.form == "letters"


def _stamps(overlay: Overlay, height: int, sample: Sample) -> list[tuple[Stamp, str, float]]:
    """What `overlay` lays: stamps, their places and how far they are to be seen."""
    if isinstance(overlay, OrientationOverlay) and overlay.form == "letters":
        return edge_letters(overlay, height)
    return [(_stamp(overlay, height, sample), overlay.place, 1.0)]


@lru_cache(_KEPT)
def _stamp(overlay: Overlay, height: int, sample: Sample) -> Stamp:
    if isinstance(overlay, ScalarBarOverlay):
        return bar_stamp(overlay, height, sample)
    if isinstance(overlay, ScaleBarOverlay):
        return scale_bar_stamp(overlay, height)
    if isinstance(overlay, ImageOverlay):
        return image_stamp(overlay, height)
    return cube_stamp(overlay, height) if isinstance(overlay, OrientationOverlay) else text_stamp(overlay, height)


def lay(image: NDArray, laid: Sequence[Laid], area: Area = WHOLE, size: tuple[int, int] | None = None) -> None:
    """Blend what is `laid` over `image` (h, w, 3), or (h, w, 4) with straight alpha, integers or floats in 0..1.

    Where it is an `area` of a picture of `size` (width, height), what is laid stands by that. What would stick out is
    cut off.
    """
    top, left, _, _ = _rectangle(area, size or (image.shape[1], image.shape[0]))
    for one in laid:
        y, x, _, _ = one.where
        lay_stamp(image, one.stamp, (y - top, x - left), one.alpha)
