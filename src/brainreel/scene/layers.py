"""Layers: what is drawn, and how it looks."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, ValidationError

from brainreel.scene.cycles import Values
from brainreel.scene.faults import faults_of
from brainreel.scene.leaves import (
    COLOR_LEAF,
    FILE,
    FLAG,
    FRACTION,
    LENGTH,
    TEXT,
    either,
    fixed,
    number,
    positive,
    quantity,
    word,
)
from brainreel.scene.model import Model, Reads, also_written
from brainreel.scene.parcels import ParcelPaint
from brainreel.scene.sources import SurfaceData, VolumeData
from brainreel.scene.tracks import Track
from brainreel.scene.transfers import OPACITY, ColorMap, ColorTransfer, GradientOpacity, OpacityTransfer, word_or
from brainreel.scene.transforms import Place, Transforms
from brainreel.scene.values import Color, Quantity

Number = float | Track
CUT = quantity("length", "percentage", bare=True, not_negative=True, example="50%")


class Light(Model):
    """How much light comes back: from everywhere, from what faces the light, and as a white highlight.

    A volume's light is at the camera, a surface's over the viewer's left shoulder.
    """

    ambient: Annotated[Number | None, number(0, 1, "ambient", "0.2")] = None
    diffuse: Annotated[Number | None, number(0, 1, "diffuse", "0.8")] = None
    specular: Annotated[Number | None, number(0, 1, "specular", "0.2")] = None
    specular_power: Annotated[Number | None, positive("the highlight's power", "20")] = None


class Cut(Model):
    """What is taken away from each side: `%` of the layer's extent, or a length. `face`: the data cover the cut."""

    left: Annotated[Quantity | Track | None, CUT] = None
    right: Annotated[Quantity | Track | None, CUT] = None
    posterior: Annotated[Quantity | Track | None, CUT] = None
    anterior: Annotated[Quantity | Track | None, CUT] = None
    inferior: Annotated[Quantity | Track | None, CUT] = None
    superior: Annotated[Quantity | Track | None, CUT] = None
    face: Annotated[bool, fixed(FLAG)] = False


AUTO = fixed(word("auto"))
PRESET = {"type": "object", "properties": {"file": TEXT, "name": TEXT}, "required": ["file"]}
MODES = ("composite", "maximum", "minimum", "average")


class VolumeLayer(Model):
    """A volume. Opacity is per `unit_distance`, times what `gradient_opacity` says of the place.

    `mode`: composited along each ray, or the maximum, minimum or average along it. `interpolate: nearest` draws voxels
    as they are. `mix`: where volumes meet, colours are weighed by extinction (over) or light is added.
    `classification: preintegrated` takes the mean of the transfer function between samples, which leaves no rings.
    """

    later: ClassVar = {"paint": "volumes are coloured by color:"}
    model_config = ConfigDict(json_schema_extra=also_written(preset=PRESET))
    volume: VolumeData
    color: Annotated[ColorTransfer | str, word_or(ColorTransfer, AUTO)] = "auto"
    opacity: Annotated[OpacityTransfer | float | Track | str, word_or(OpacityTransfer, OPACITY)] = "auto"
    gradient_opacity: GradientOpacity | None = None
    unit_distance: Annotated[Quantity | Track | str, either("auto", LENGTH)] = "auto"
    mode: Annotated[str, fixed(word(*MODES, what="mode"))] = "composite"
    interpolate: Annotated[str, fixed(word("linear", "nearest", what="interpolation"))] = "linear"
    mix: Annotated[str, fixed(word("over", "add", what="mix"))] = "over"
    classification: Annotated[str, fixed(word("sampled", "preintegrated", what="classification"))] = "sampled"
    shading: Annotated[Light | str, word_or(Light, fixed(word("none", "gradient", what="shading")))] = "none"
    cut: Cut | None = None
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True


class Underlay(Model):
    """An array of the geometry that darkens the surface's colour where it is positive."""

    array: Annotated[str, FILE]


class Paint(Model):
    """Values laid over a surface."""

    scalars: Values
    color: ColorMap = ColorMap()
    alpha: Annotated[Number, FRACTION] = 1


AnyPaint = Paint | ParcelPaint


def read_paint(value: Any) -> tuple[AnyPaint, ...]:
    """A paint, or several in a list."""
    if isinstance(value, list | tuple):
        return tuple(_read_one(item, (index,)) for index, item in enumerate(value))
    return (_read_one(value, ()),)


def one_or_more(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of a list that may be written as its only item."""
    return {"anyOf": [schema["items"], schema]}


def _read_one(value: Any, path: tuple[int, ...]) -> AnyPaint:
    if isinstance(value, Paint | ParcelPaint):
        return value
    kind = ParcelPaint if isinstance(value, Mapping) and "labels" in value else Paint
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise faults_of(error)[0].under(*path) from None


class SurfaceLayer(Model):
    """A surface, painted bottom first; below an `alpha` of 1 what is behind it shows, its own back too.

    `occlusion`: how much darker places are from which less of the sky is seen, the depths of sulci.
    """

    later: ClassVar = {
        "cut": "surfaces are drawn whole; leave it out",
        "opacity": "a surface has one opacity; write alpha:",
    }
    surface: SurfaceData
    color: Annotated[Color | Track, COLOR_LEAF] = Color((0.82, 0.79, 0.76), (0.82, 0.79, 0.76))
    underlay: Underlay | None = None
    paint: Annotated[tuple[AnyPaint, ...], Reads(read_paint, written=one_or_more)] = ()
    shading: Annotated[Light | str, word_or(Light, fixed(word("matte", "none", what="shading")))] = "matte"
    occlusion: Annotated[Number, FRACTION] = 0
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True
