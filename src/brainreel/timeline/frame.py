"""A Frame: everything that is fixed at one instant of the film, in plain frozen values.

Lengths are world units, angles degrees, colours display-space RGB in 0..1, screen lengths fractions of the picture's
height. A frame can be hashed, compared, pickled and sent away; what is not in it cannot change the picture.
"""

import hashlib
from dataclasses import dataclass

from brainreel.space import Box

Vector = tuple[float, float, float]
Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera as VTK has it: `view_angle` is vertical, in degrees; `view_up` need not be orthogonal."""

    position: Vector
    focal_point: Vector
    view_up: Vector
    view_angle: float
    parallel_scale: float


@dataclass(frozen=True, slots=True)
class DataReference:
    """Rows of an asset with their weights, 1, 2 or 4 of them; data without time have row 0."""

    asset: str
    rows: tuple[int, ...] = (0,)
    weights: tuple[float, ...] = (1.0,)
    channel: int = 0


@dataclass(frozen=True, slots=True)
class ColorPoint:
    """A node of a colour transfer function."""

    x: float
    color: Color


@dataclass(frozen=True, slots=True)
class OpacityPoint:
    """A node of an opacity function; midpoint and sharpness act on the interval that starts here."""

    x: float
    opacity: float
    midpoint: float = 0.5
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class TransferFunction:
    """Value to colour and opacity; opacity is per `unit_distance` (Beer-Lambert). Points ascend in x."""

    colors: tuple[ColorPoint, ...]
    opacities: tuple[OpacityPoint, ...]
    unit_distance: float
    space: str = "RGB"


@dataclass(frozen=True, slots=True)
class Shading:
    """How light comes back, n the unit gradient or normal and l the unit vector towards the light.

    Volumes are lit from the camera, both sides of a gradient alike: ambient + diffuse |n.l| + specular
    |r.v|^specular_power. Surfaces are lit over the viewer's left shoulder, from (-0.30, 0.42, -0.86) in the camera's
    (right, up, forward): ambient + diffuse max(0, n.l), n turned to the side of the triangle that is seen.
    """

    ambient: float
    diffuse: float
    specular: float = 0.0
    specular_power: float = 1.0


@dataclass(frozen=True, slots=True)
class VolumeLook:
    """A composited volume. `keep` is the world box that a cut leaves, None for all; no shading where it is None."""

    name: str
    data: DataReference
    transfer: TransferFunction
    shading: Shading | None = None
    keep: Box | None = None
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class ColorRange:
    """A colour map (by name, of the package cmap) laid over values: two numbers, or MNE's three (min, mid, max).

    Below the first number the paint is hidden where `below_hidden`, else the first colour; with three numbers and
    `below_hidden` its alpha rises from 0 at min to 1 at mid. A `diverging` map is laid over -max..max, mirrored.
    """

    map: str
    range: tuple[float, ...]
    below_hidden: bool = False
    diverging: bool = False


@dataclass(frozen=True, slots=True)
class Paint:
    """Values laid over a surface, a reference a part (in the order of the surface's parts; None: not painted).

    `smooth`: how often values on some vertices are spread to their neighbours; None: until every vertex has one.
    """

    data: tuple[DataReference | None, ...]
    colors: ColorRange
    alpha: float = 1.0
    smooth: int | None = None


@dataclass(frozen=True, slots=True)
class SurfaceLook:
    """An opaque surface of one or more parts, painted bottom first.

    `underlay` names an array of the geometry (sulc, curv) that darkens the base colour where it is positive.
    """

    name: str
    parts: tuple[DataReference, ...]
    color: Color
    shading: Shading
    paints: tuple[Paint, ...] = ()
    underlay: str | None = None


Layer = VolumeLook | SurfaceLook


@dataclass(frozen=True, slots=True)
class TextOverlay:
    """Words on the picture (a time label is one: its text is already formatted).

    `place`: top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right. `size` is the letter
    height (font size) as a fraction of the picture's height.
    """

    text: str
    place: str
    size: float
    color: Color
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class ScalarBarOverlay:
    """A colour map with numbers; `ticks` are data values, at most the range wide."""

    colors: ColorRange | TransferFunction
    title: str
    place: str
    size: float
    color: Color
    ticks: tuple[float, ...]
    alpha: float = 1.0


Overlay = TextOverlay | ScalarBarOverlay


@dataclass(frozen=True, slots=True)
class Panel:
    """One view: `area` (x, y, width, height) in fractions of the picture, from its top left corner."""

    camera: Camera
    layers: tuple[Layer, ...]
    overlays: tuple[Overlay, ...] = ()
    area: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `size` (width, height) in pixels. `clocks` is what each clock shows, for people, not for pixels."""

    size: tuple[int, int]
    background: Color
    panels: tuple[Panel, ...]
    index: int = 0
    time_s: float = 0.0
    clocks: tuple[tuple[str, float], ...] = ()

    def digest(self) -> str:
        """A hex digest of what the pixels depend on: not the index, the time or the clocks."""
        pixels = (self.size, self.background, self.panels)
        return hashlib.blake2b(repr(pixels).encode(), digest_size=16).hexdigest()
