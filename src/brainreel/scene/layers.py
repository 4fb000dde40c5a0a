"""Layers: what is drawn, and how it looks."""

from typing import Annotated, Any, ClassVar

from pydantic import ValidationError

from brainreel.scene.faults import Fault, faults_of, nearest
from brainreel.scene.leaves import (
    COLOR_LEAF,
    COLOR_POINTS,
    FILE,
    FLAG,
    FRACTION,
    LENGTH,
    OPACITY_POINTS,
    RANGE,
    Leaf,
    either,
    fixed,
    number,
    positive,
    quantity,
    word,
)
from brainreel.scene.model import VERSION, Model, Reads, first_of_union
from brainreel.scene.sources import ScalarData, SurfaceData, VolumeData
from brainreel.scene.tracks import Track, is_track
from brainreel.scene.values import Color, Percentile, Quantity

Number = float | Track
CUT = quantity("length", "percentage", bare=True, not_negative=True, example="50%")
SPACES: dict[str, str] = dict.fromkeys(("HSV", "Lab", "Diverging", "LabCIEDE2000", "Step"), "write RGB")
LATER_IN_LAYERS = {
    "transform": "layers stay where their files put them; leave it out",
    "place": "layers stay where their files put them; leave it out",
    "mix": "volumes are composited; leave it out",
}


class ColorTransfer(Model):
    """Colour by data value: `[x, r, g, b]`, linear between points."""

    later: ClassVar = {"map": "state points, or color: auto", "range": "state points, or color: auto"}
    points: Annotated[tuple[tuple[float | Percentile, float, float, float], ...] | Track, COLOR_POINTS]
    space: Annotated[str, fixed(word("RGB", what="colour space", later=SPACES))] = "RGB"


class OpacityTransfer(Model):
    """Opacity by data value: `[x, opacity]` or `[x, opacity, midpoint, sharpness]`."""

    points: Annotated[tuple[tuple[float | Percentile, ...], ...] | Track, OPACITY_POINTS]


class Light(Model):
    """How much light comes back: from everywhere, from what faces the light, and of a volume as a highlight.

    A volume's light is at the camera, a surface's over the viewer's left shoulder.
    """

    ambient: Annotated[Number | None, number(0, 1, "ambient", "0.2")] = None
    diffuse: Annotated[Number | None, number(0, 1, "diffuse", "0.8")] = None
    specular: Annotated[Number | None, number(0, 1, "specular", "0.2")] = None
    specular_power: Annotated[Number | None, positive("the highlight's power", "20")] = None


class Cut(Model):
    """What is taken away from each side: `%` of the layer's extent, or a length."""

    left: Annotated[Quantity | Track | None, CUT] = None
    right: Annotated[Quantity | Track | None, CUT] = None
    posterior: Annotated[Quantity | Track | None, CUT] = None
    anterior: Annotated[Quantity | Track | None, CUT] = None
    inferior: Annotated[Quantity | Track | None, CUT] = None
    superior: Annotated[Quantity | Track | None, CUT] = None


def word_or(model: type[Model], leaf: Leaf) -> Any:
    """A reader: a mapping without times is the `model`, anything else a leaf."""

    def read(value: Any) -> Any:
        if isinstance(value, model):
            return value
        if isinstance(value, dict) and not is_track(value):
            return model.model_validate(value)
        return leaf(value)

    return Reads(read, leaf.schema, written=first_of_union)


AUTO = fixed(word("auto"))


class VolumeLayer(Model):
    """A volume, composited along each ray. Opacity is per `unit_distance`."""

    later: ClassVar = {**LATER_IN_LAYERS, "paint": "volumes are coloured by color:"}
    volume: VolumeData
    color: Annotated[ColorTransfer | str, word_or(ColorTransfer, AUTO)] = "auto"
    opacity: Annotated[OpacityTransfer | str, word_or(OpacityTransfer, AUTO)] = "auto"
    unit_distance: Annotated[Quantity | Track | str, either("auto", LENGTH)] = "auto"
    shading: Annotated[Light | str, word_or(Light, fixed(word("none", "gradient", what="shading")))] = "none"
    cut: Cut | None = None
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True


class Underlay(Model):
    """An array of the geometry that darkens the surface's colour where it is positive."""

    array: Annotated[str, FILE]


def _read_map(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("expects the name of a colour map, such as viridis", value=value)
    if value != "auto":
        map_name(value)
    return str(value)


def map_name(name: str) -> str:
    """The full name of a colour map (`bids:viridis`); raises Fault where the package cmap has none of that name."""
    return _colormap(name).name


def map_is_diverging(name: str) -> bool:
    """Whether the map has a middle with two directions away from it."""
    return _colormap(name).category == "diverging"


def _colormap(name: str) -> Any:
    import logging

    import cmap

    logger = logging.getLogger("cmap")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        return cmap.Colormap(name)
    except ValueError:
        short = {key.split(":")[-1] for key in cmap.Catalog()}
        raise Fault(f"is no colour map; {nearest(name, short)}", value=name) from None
    finally:
        logger.setLevel(level)


class ColorMap(Model):
    """A colour map over `range`: two data values, or three (min, mid, max: alpha rises from min to mid).

    `below` the first value the paint is hidden or has the first colour; not stated: hidden where the range is auto
    or has three values.
    """

    map: Annotated[str, Leaf(_read_map, {"type": "string"}, "hot", fixed=True)] = "auto"
    range: Annotated[tuple[float | Percentile, ...] | Track | str, either("auto", RANGE)] = "auto"
    below: Annotated[str | None, fixed(word("hide", "first"))] = None


class Paint(Model):
    """Values laid over a surface."""

    scalars: ScalarData
    color: ColorMap = ColorMap()
    alpha: Annotated[Number, FRACTION] = 1


def _read_paint(value: Any) -> tuple[Paint, ...]:
    if isinstance(value, list | tuple):
        return tuple(_read_one(item, (index,)) for index, item in enumerate(value))
    return (_read_one(value, ()),)


def one_or_more(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of a list that may be written as its only item."""
    return {"anyOf": [schema["items"], schema]}


def _read_one(value: Any, path: tuple[int, ...]) -> Paint:
    try:
        return value if isinstance(value, Paint) else Paint.model_validate(value)
    except ValidationError as error:
        raise faults_of(error)[0].under(*path) from None


def _read_opaque(value: Any) -> int:
    if FRACTION.read(value) not in {0, 1}:
        raise Fault(f"surfaces are opaque in this version ({VERSION}); write 1, or 0 to hide", value=value)
    return int(value)


OPAQUE = Leaf(_read_opaque, {"enum": [0, 1]}, "1", smooth=False)


class SurfaceLayer(Model):
    """An opaque surface, painted bottom first; its `alpha` is 1, or 0 while it is hidden."""

    later: ClassVar = {
        **LATER_IN_LAYERS,
        "cut": "surfaces are drawn whole; leave it out",
        "opacity": "surfaces are opaque; alpha: 0 hides one",
    }
    surface: SurfaceData
    color: Annotated[Color | Track, COLOR_LEAF] = Color((0.82, 0.79, 0.76), (0.82, 0.79, 0.76))
    underlay: Underlay | None = None
    paint: Annotated[tuple[Paint, ...], Reads(_read_paint, written=one_or_more)] = ()
    shading: Annotated[Light | str, word_or(Light, fixed(word("matte", "none", what="shading")))] = "matte"
    alpha: Annotated[int | Track, OPAQUE] = 1
    visible: Annotated[bool | Track, FLAG] = True
