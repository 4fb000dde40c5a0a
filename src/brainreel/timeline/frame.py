"""A Frame: everything that is fixed at one instant of the film, in plain frozen values.

Lengths are world units, angles degrees, colours display-space RGB in 0..1, screen lengths fractions of the picture's
height. A frame can be hashed, compared, pickled and sent away; what is not in it cannot change the picture.
"""

import hashlib
import math
from dataclasses import dataclass, replace

from brainreel.timeline.looks import Color, ColorRange, DataReference, Layer, TransferFunction, Vector


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as VTK has it: `view_angle` is vertical, in degrees; `view_up` need not be orthogonal.

    `parallel`: rays are parallel, and half the picture's height is `parallel_scale` world units.
    """

    position: Vector
    focal_point: Vector
    view_up: Vector
    view_angle: float
    parallel_scale: float
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class TextOverlay:
    """Words on the picture (a time label is one: its text is already formatted).

    `place`: top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right; lines are aligned
    towards it. `size` is the letter height (font size) as a fraction of the picture's height. `box` is the colour
    behind them, None for none.
    """

    text: str
    place: str
    size: float
    color: Color
    alpha: float = 1.0
    box: Color | None = None
    box_alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class ScalarBarOverlay:
    """A colour map with numbers; `ticks` are data values, at most the range wide.

    `length` and `width` of its colours are fractions of the picture's height. `horizontal`: values rise to the right,
    else upwards.
    """

    colors: ColorRange | TransferFunction
    title: str
    place: str
    size: float
    color: Color
    ticks: tuple[float, ...]
    alpha: float = 1.0
    length: float = 0.36
    width: float = 0.02
    horizontal: bool = False


@dataclass(frozen=True, slots=True)
class ScaleBarOverlay:
    """A line of `length` (a fraction of the picture's height) under words that say what it measures in the world."""

    text: str
    length: float
    place: str
    size: float
    color: Color
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class OrientationOverlay:
    """Where the sides of the body are, seen by a camera whose unit vectors (world, RAS) are `right` and `up`.

    `form`: letters, at the picture's edges whatever the place, or cube.
    """

    form: str
    right: Vector
    up: Vector
    place: str
    size: float
    color: Color
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageOverlay:
    """The picture in the file `path`, whose content has the BLAKE2b digest `digest`; `size` is its height."""

    path: str
    digest: str
    place: str
    size: float
    alpha: float = 1.0


Overlay = TextOverlay | ScalarBarOverlay | ScaleBarOverlay | OrientationOverlay | ImageOverlay


Area = tuple[float, float, float, float]
"""x, y, width and height in parts of the picture, from its top left corner."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One view in its `area`, which has a name where there are several. Screen lengths of its layers are fractions of
    its own height, those of its overlays of the picture's."""

    camera: Camera
    layers: tuple[Layer, ...]
    overlays: tuple[Overlay, ...] = ()
    area: Area = (0.0, 0.0, 1.0, 1.0)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """Values over time at `vertices` (from 0) of the surface part `surface`; None: at all that `data` have values for,
    or those in the `parcel`, a label of a Parcellation.

    At vertices the values are those that are painted there, spread as `smooth` says of a Paint. Where values are those
    of points, vertices are rows of the file of points.
    """

    data: DataReference
    surface: DataReference
    vertices: tuple[int, ...] | None = None
    smooth: int | None = None
    parcel: tuple[DataReference, int] | None = None


@dataclass(frozen=True, slots=True)
class PlotCurve:
    """A curve over the `courses` together: their `value` (gfp, rms, mean or max), or the one course there is."""

    name: str
    color: Color
    courses: tuple[Course, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """The view `name`: curves over data time in its `area`, from `span[0]` to `span[1]`, with a line at `cursor`, where
    there is one.

    Times are in `unit`, us, ms, s or min, or items; `ticks` are such times. `title` is that of the values, `size` the
    letters' as a fraction of the picture's height, `color` that of letters and axes. They are `outlined` where what is
    behind them is not known.
    """

    curves: tuple[PlotCurve, ...]
    span: tuple[float, float]
    unit: str
    cursor: float | None
    ticks: tuple[float, ...]
    title: str
    size: float
    color: Color
    overlays: tuple[Overlay, ...] = ()
    area: Area = (0.0, 0.0, 1.0, 1.0)
    name: str = ""
    outlined: bool = False


def pixels_of(area: Area, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """x, y, width and height of `area` in whole pixels of a picture of `size` (width, height).

    Edges are rounded, so that areas that meet share no pixel and leave none out.
    """
    x, y, width, height = area
    left, right, top, bottom = (
        math.floor(round(edge, 9) * pixels + 0.5)
        for edge, pixels in ((x, size[0]), (x + width, size[0]), (y, size[1]), (y + height, size[1]))
    )
    return left, top, right - left, bottom - top


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `size` (width, height) in pixels. Later panels cover earlier ones, `plots` all of them, and
    `overlays` lie over everything. `clocks` is what each clock shows, for people, not for pixels.

    `fade`: how far all of it, overlays too, has gone into the background, 0..1. `dissolve`: another picture over this
    one, and how far it is seen, 0..1. `transparent`: nothing is behind, `background` is what overlays are legible on.
    """

    size: tuple[int, int]
    background: Color
    panels: tuple[Panel, ...]
    index: int = 0
    time_s: float = 0.0
    clocks: tuple[tuple[str, float], ...] = ()
    fade: float = 0.0
    dissolve: "tuple[Frame, float] | None" = None
    transparent: bool = False
    overlays: tuple[Overlay, ...] = ()
    plots: tuple[Plot, ...] = ()

    def sized(self, size: tuple[int, int]) -> "Frame":
        """The same picture (width, height) pixels large, and all that is seen over it."""
        over = self.dissolve and (self.dissolve[0].sized(size), self.dissolve[1])
        return replace(self, size=size, dissolve=over)

    def digest(self) -> str:
        """A hex digest of what the pixels depend on: not the index, the time or the clocks."""
        over = self.dissolve and (self.dissolve[0].digest(), self.dissolve[1])
        pixels = (self.size, self.background, self.panels, self.fade, over, self.transparent, self.overlays, self.plots)
        return hashlib.blake2b(repr(pixels).encode(), digest_size=16).hexdigest()
