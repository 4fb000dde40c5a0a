"""How layers look at one instant, in plain frozen values; units are those of `frame`."""

from dataclasses import dataclass

from brainreel.space import Box

Vector = tuple[float, float, float]
Color = tuple[float, float, float]


Matrix = tuple[tuple[float, float, float, float], ...]
"""An affine (4, 4), row by row: world to world."""


@dataclass(frozen=True, slots=True)
class WarpMove:
    """The warp of the data `asset`, or its `inverse`; of each point's way the part `amount`.

    `sampling`: how a volume is resampled by it; linear, nearest, or labels, which are nearest too.
    """

    asset: str
    amount: float = 1.0
    inverse: bool = False
    sampling: str = "linear"


Move = Matrix | WarpMove


@dataclass(frozen=True, slots=True)
class DataReference:
    """Rows of an asset with their weights, 1 to 4 of them; data without time have row 0.

    `moves`, first to last, take a volume or a surface from where its files put it.
    """

    asset: str
    rows: tuple[int, ...] = (0,)
    weights: tuple[float, ...] = (1.0,)
    channel: int = 0
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class ColorPoint:
    """A node of a colour transfer function; midpoint and sharpness act on the interval that starts here."""

    x: float
    color: Color
    midpoint: float = 0.5
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class OpacityPoint:
    """A node of an opacity function; midpoint and sharpness act on the interval that starts here."""

    x: float
    opacity: float
    midpoint: float = 0.5
    sharpness: float = 0.0


@dataclass(frozen=True, slots=True)
class TransferFunction:
    """Value to colour and opacity; opacity is per `unit_distance` (Beer-Lambert). Points ascend in x.

    `space`: RGB, HSV (the shorter way round the hues), HSVNoWrap, Lab, Diverging, LabCIEDE2000 or Step, as VTK has
    them. `steps`: colours are of so many equal parts of the range, 0 for smooth. `below`, `above`, `nan`: colours of
    values outside the points and of none; None: as at the ends, and transparent. In a volume what is no number is
    always transparent. `gradient_opacities`: what opacity is multiplied by, by the length of the gradient (value per
    world unit).
    """

    colors: tuple[ColorPoint, ...]
    opacities: tuple[OpacityPoint, ...]
    unit_distance: float
    space: str = "RGB"
    steps: int = 0
    below: Color | None = None
    above: Color | None = None
    nan: Color | None = None
    gradient_opacities: tuple[OpacityPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Shading:
    """How light comes back, n the unit gradient or normal and l the unit vector towards the light.

    Volumes are lit from the camera, both sides of a gradient alike: ambient + diffuse |n.l| + specular
    |r.v|^specular_power. Surfaces are lit over the viewer's left shoulder, from (-0.30, 0.42, -0.86) in the camera's
    (right, up, forward): ambient + diffuse max(0, n.l), n turned to the side of the triangle that is seen, and where
    that is lit white specular max(0, r.v)^specular_power, r the light's mirror image and v towards the eye.
    """

    ambient: float
    diffuse: float
    specular: float = 0.0
    specular_power: float = 1.0


@dataclass(frozen=True, slots=True)
class VolumeLook:
    """A volume. `keep` is the world box that a cut leaves, None for all; no shading where it is None.

    `mode`: composite, maximum, minimum or average of the values along each ray, the last three coloured at the end as
    VTK does. `nearest`: values are those of the nearest voxel, not interpolated. `mix`: how its colour meets that of
    other volumes at one place: "over" weights colours by extinction, "add" adds light, as fluorescence does.
    `preintegrated`: opacity and colour are means over each sample's interval of values, without rings.
    """

    name: str
    data: DataReference
    transfer: TransferFunction
    shading: Shading | None = None
    keep: Box | None = None
    alpha: float = 1.0
    mode: str = "composite"
    nearest: bool = False
    mix: str = "over"
    preintegrated: bool = False


@dataclass(frozen=True, slots=True)
class ColorVolumeLook:
    """A volume that holds its own colours: `data` are red, green and blue (0..255 each).

    `transfer.opacities` is by luminance, 0.2126 R + 0.7152 G + 0.0722 B; `transfer.colors` is not looked at.
    """

    name: str
    data: tuple[DataReference, DataReference, DataReference]
    transfer: TransferFunction
    shading: Shading | None = None
    keep: Box | None = None
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelColor:
    """How one label of a segmentation looks; opacity is over one voxel edge."""

    label: int
    color: Color
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelsLook:
    """A segmentation: labels are classified first and then interpolated, never the numbers themselves.

    Labels that `colors` does not name are transparent.
    """

    name: str
    data: DataReference
    colors: tuple[LabelColor, ...]
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
class ParcelPaint:
    """Labels (a Parcellation a part of the surface, None: not painted) in their colours, or only their `boundaries`.

    The opacity of a label is that of its paint. Labels that `colors` does not name, and vertices of none, are bare.
    """

    data: tuple[DataReference | None, ...]
    colors: tuple[LabelColor, ...]
    alpha: float = 1.0
    boundaries: bool = False


@dataclass(frozen=True, slots=True)
class NamesLook:
    """Words beside the balls of a layer, `texts[k]` beside the k-th; "" for none. `size` is the letters' (font size) as
    a fraction of the picture's height."""

    texts: tuple[str, ...]
    size: float
    color: Color


@dataclass(frozen=True, slots=True)
class SurfaceLook:
    """A surface of one or more parts, painted bottom first.

    `underlay` names an array of the geometry (sulc, curv) that darkens the base colour where it is positive. `alpha`
    is that of each place of it, whose front and back are seen where it is below 1. `occlusion`: how much darker places
    are from which less of the sky is seen, 0..1. `names`: those of the points whose balls its only part is made of.
    """

    name: str
    parts: tuple[DataReference, ...]
    color: Color
    shading: Shading
    paints: tuple[Paint | ParcelPaint, ...] = ()
    underlay: str | None = None
    alpha: float = 1.0
    occlusion: float = 0.0
    names: NamesLook | None = None


@dataclass(frozen=True, slots=True)
class OwnColors:
    """Red, green and blue (0..255) as they are, where their luminance (as of `ColorVolumeLook`) is above `above`."""

    above: float = -1.0


@dataclass(frozen=True, slots=True)
class SlicePaint:
    """A volume's values on a slice, in colours of its own; `transfer.opacities` are those of the paint, whatever its
    unit distance. With `labels` values are labels in their colours, or only their `boundaries` where that is true.
    `data` are red, green and blue with `OwnColors`.
    """

    data: DataReference | tuple[DataReference, DataReference, DataReference]
    colors: "ColorRange | TransferFunction | tuple[LabelColor, ...] | OwnColors"
    alpha: float = 1.0
    nearest: bool = False
    boundaries: bool = False

    @property
    def references(self) -> tuple[DataReference, ...]:
        """The data, one or three."""
        return self.data if isinstance(self.data, tuple) else (self.data,)


@dataclass(frozen=True, slots=True)
class SliceLook:
    """Volumes on a plane through `origin` (world) with the unit `normal`, painted bottom first.

    Opaque where the lowest paint has a voxel and is opaque, see-through where none is. `keep` is the world box that
    bounds it, None for all. `outline` is the colour of its border, `outline_width` a fraction of the picture's height.
    `cross`: where its crosshair is (world), drawn in the outline's colour.
    """

    name: str
    origin: Vector
    normal: Vector
    paints: tuple[SlicePaint, ...]
    keep: Box | None = None
    outline: Color | None = None
    outline_width: float = 0.0
    cross: Vector | None = None
    alpha: float = 1.0


Layer = VolumeLook | ColorVolumeLook | LabelsLook | SliceLook | SurfaceLook
