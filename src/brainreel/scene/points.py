"""Points as balls: electrodes, foci."""

from typing import Annotated, ClassVar

from pydantic import PrivateAttr

from brainreel.scene.layers import AnyPaint, Light, Number, one_or_more, read_paint
from brainreel.scene.leaves import COLOR_LEAF, FLAG, FRACTION, fixed, quantity, word
from brainreel.scene.model import Model, Reads, plain_text
from brainreel.scene.sources import Source
from brainreel.scene.tracks import Track
from brainreel.scene.transfers import word_or
from brainreel.scene.transforms import Place, Transforms
from brainreel.scene.values import Color, Quantity
from brainreel.space import LENGTHS_MM

SIZE = quantity("length", not_negative=True, example="4mm")


class PointSource(Source):
    """A table with columns x, y and z; `unit` is that of its numbers, where no BIDS file beside it says so."""

    unit: Annotated[str | None, fixed(word("mm", "cm", "m", what="unit of points"))] = None
    _sizes_mm: tuple[float, ...] = PrivateAttr(())

    @property
    def sizes_mm(self) -> tuple[float, ...]:
        """The least and the largest diameter that its layer draws, or the only one."""
        return self._sizes_mm

    def of_sizes(self, sizes_mm: tuple[float, ...]) -> "PointSource":
        """A copy for a layer that draws these."""
        copy = self.model_copy()
        copy._sizes_mm = sizes_mm
        return copy


class PointsLayer(Model):
    """A ball of the diameter `size` at each point, painted as surfaces are; values are in the order of the file."""

    later: ClassVar = {
        "cut": "points are drawn whole; leave it out",
        "opacity": "points have one opacity; write alpha:",
    }
    points: Annotated[PointSource, Reads(plain_text(PointSource, "file"), {"type": "string"})]
    size: Annotated[Quantity | Track, SIZE] = Quantity(4.0, "mm", "4mm")
    color: Annotated[Color | Track, COLOR_LEAF] = Color((1.0, 0.82, 0.0), (1.0, 0.82, 0.0))
    paint: Annotated[tuple[AnyPaint, ...], Reads(read_paint, written=one_or_more)] = ()
    shading: Annotated[Light | str, word_or(Light, fixed(word("matte", "none", what="shading")))] = "matte"
    occlusion: Annotated[Number, FRACTION] = 0
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True

    @property
    def source(self) -> PointSource:
        """Where the points come from, and how large they are drawn."""
        values = self.size.values if isinstance(self.size, Track) else (self.size,)
        return self.points.of_sizes(tuple(sorted({min(map(size_mm, values)), max(map(size_mm, values))})))


def size_mm(size: Quantity) -> float:
    """The diameter in millimetres."""
    return size.number * LENGTHS_MM[size.unit]
