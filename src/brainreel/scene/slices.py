"""Slices: one or several volumes on a plane."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ValidationError

from brainreel.scene.faults import Fault, faults_of, nearest
from brainreel.scene.labels import LabelPaint
from brainreel.scene.layers import Cut, one_or_more
from brainreel.scene.leaves import COLOR_LEAF, FLAG, FRACTION, SCREEN, VECTOR, Leaf, either, fixed, quantity, word
from brainreel.scene.model import Model, Reads
from brainreel.scene.sources import VolumeData
from brainreel.scene.tracks import Track
from brainreel.scene.transfers import ColorMap
from brainreel.scene.transforms import Place, Transforms
from brainreel.scene.values import Color, Quantity

Number = float | Track
PLANES = {"axial": (0.0, 0.0, 1.0), "coronal": (0.0, 1.0, 0.0), "sagittal": (1.0, 0.0, 0.0)}
"""Normals of the anatomical planes; positions on them grow towards superior, anterior and right."""
INTERPOLATE = fixed(word("linear", "nearest", what="interpolation"))


def _read_plane(value: Any) -> Any:
    if isinstance(value, str):
        if value not in PLANES:
            raise Fault(f"is no plane; {nearest(value, PLANES)}, or write its normal [x, y, z]", value=value)
        return value
    result = VECTOR.read(value)
    if not any(result):
        raise Fault("a normal points somewhere", value=value)
    return result


PLANE = Leaf(_read_plane, {"anyOf": [{"enum": list(PLANES)}, VECTOR.schema]}, "axial")
POSITION = quantity("length", "percentage", bare=True, example="50%")


class SlicePaint(Model):
    """Another volume over a slice: its values through a colour map, hidden below its range unless `below` says else."""

    scalars: VolumeData
    color: ColorMap = ColorMap()
    interpolate: Annotated[str, INTERPOLATE] = "linear"
    alpha: Annotated[Number, FRACTION] = 1


AnySlicePaint = SlicePaint | LabelPaint


def _read_paint(value: Any) -> tuple[AnySlicePaint, ...]:
    if isinstance(value, list | tuple):
        return tuple(_read_one(item, (index,)) for index, item in enumerate(value))
    return (_read_one(value, ()),)


def _read_one(value: Any, path: tuple[int, ...]) -> AnySlicePaint:
    if isinstance(value, SlicePaint | LabelPaint):
        return value
    kind = LabelPaint if isinstance(value, Mapping) and "labels" in value else SlicePaint
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise faults_of(error)[0].under(*path) from None


class SliceLayer(Model):
    """A volume on a plane, `paint` over it bottom first; its own `color` is gray unless stated.

    `plane` is axial, coronal, sagittal or a normal; `at` is where: `%` of the volume's extent along the normal, or a
    position in the world. `cut` bounds the slice. `crosshair` is a point of the world.
    """

    slice: VolumeData
    plane: Annotated[str | tuple[float, float, float] | Track, PLANE] = "axial"
    at: Annotated[Quantity | Track, POSITION] = Quantity(50.0, "%", "50%")
    color: ColorMap = ColorMap()
    interpolate: Annotated[str, INTERPOLATE] = "linear"
    paint: Annotated[tuple[AnySlicePaint, ...], Reads(_read_paint, written=one_or_more)] = ()
    outline: Annotated[Color | Track | str, either("none", COLOR_LEAF)] = "none"
    outline_width: Annotated[Quantity | Track, SCREEN] = Quantity(2.0, "px", "2px")
    crosshair: Annotated[tuple[float, float, float] | Track | None, VECTOR] = None
    cut: Cut | None = None
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True

    @property
    def hides_background(self) -> bool:
        """Whether the volume itself is drawn only where it is brighter than its background."""
        return self.color.range == "auto" and self.color.below == "hide"
