"""Points as balls, such as electrodes and foci, or as arrows along vectors."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import PrivateAttr, model_validator

from brainreel.scene.arrows import Arrows
from brainreel.scene.faults import Fault
from brainreel.scene.layers import AnyPaint, Light, Number, Paint, one_or_more, read_paint
from brainreel.scene.leaves import COLOR_LEAF, FLAG, FRACTION, NUMBER, Leaf, fixed, quantity, track_schema, word
from brainreel.scene.model import Model, Reads, plain_text
from brainreel.scene.point_names import PointNames
from brainreel.scene.sources import ScalarSource, SurfaceSource
from brainreel.scene.tracks import Track
from brainreel.scene.transfers import ColorMap, word_or
from brainreel.scene.transforms import Place, Transforms
from brainreel.scene.values import Color, Quantity, read_number
from brainreel.space import LENGTHS_MM

TABLES = (".csv", ".tsv", ".txt")
SIZE = quantity("length", not_negative=True, example="4mm")


def _read_two(read: Callable[[Any], Any], what: str, example: str) -> Callable[[Any], tuple[Any, ...]]:
    def read_both(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise Fault(f"expects two {what}, such as {example}", value=value)
        return tuple(map(read, value))

    return read_both


def _two(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema, "minItems": 2, "maxItems": 2}


SIZE_OVER_TIME = replace(SIZE, schema={"anyOf": [SIZE.schema, track_schema(SIZE.schema)]})
ENDS = Leaf(_read_two(read_number, "data values", "[0, 100]"), _two(NUMBER), "[0, 100]", fixed=True)
BY_LENGTH = {"map": "viridis", "range": [0, "p99.95"], "below": "first"}
"""Colours of arrows for which nothing is stated."""
SIZES = Leaf(_read_two(SIZE.read, "lengths", "[1mm, 6mm]"), _two(SIZE.schema), "[1mm, 6mm]", fixed=True)


class PointSource(SurfaceSource):
    """A table with columns x, y and z; `unit` is that of its numbers, where no BIDS file beside it says so.

    Of arrows also a surface, whose vertices are the points.
    """

    unit: Annotated[str | None, fixed(word("mm", "cm", "m", what="unit of points"))] = None
    _arrows: Arrows | None = PrivateAttr(None)
    _sizes_mm: tuple[float, ...] = PrivateAttr(())
    _range: tuple[float, ...] = PrivateAttr(())
    _column: str | None = PrivateAttr(None)

    @property
    def arrows(self) -> Arrows | None:
        """The arrows that its layer draws in place of balls."""
        return self._arrows

    @property
    def is_table(self) -> bool:
        """Whether its files are tables: always those of balls."""
        return self._arrows is None or all(path.lower().endswith(TABLES) for path in self.paths)

    @property
    def sizes_mm(self) -> tuple[float, ...]:
        """The least and the largest diameter that its layer draws, or the only one."""
        return self._sizes_mm

    @property
    def range(self) -> tuple[float, ...]:
        """The values that have the two sizes, where values drive them; else none."""
        return self._range

    @property
    def column(self) -> str | None:
        """The column of its own file that has these values; None where another file has."""
        return self._column

    def with_arrows(self, arrows: Arrows) -> "PointSource":
        """A copy for a layer that draws these."""
        copy = self.model_copy()
        copy._arrows = arrows
        return copy

    def of_sizes(
        self, sizes_mm: tuple[float, ...], ends: tuple[float, ...] = (), column: str | None = None
    ) -> "PointSource":
        """A copy for a layer that draws these, by values where `ends` are those of the two."""
        copy = self.model_copy()
        copy._sizes_mm, copy._range, copy._column = sizes_mm, ends, column
        return copy


class Sizes(Model):
    """Diameters by values, one a point: `range` goes over to `sizes`; from 0 or above it counts for absolute values."""

    scalars: Annotated[ScalarSource, Reads(plain_text(ScalarSource, "file"), {"type": "string"})]
    range: Annotated[tuple[float, ...], ENDS]
    sizes: Annotated[tuple[Quantity, ...], SIZES]

    @model_validator(mode="after")
    def _increase(self) -> "Sizes":
        if not self.range[0] < self.range[1]:
            raise Fault("the values of a range increase", ("range",), list(self.range))
        return self


class PointsLayer(Model):
    """A ball of the diameter `size` at each point, or an arrow, painted as surfaces are.

    Values are in the order of the file. `names` are written beside balls that no opaque surface hides. Arrows without
    a paint or a colour are coloured by their vectors' lengths.
    """

    later: ClassVar = {
        "cut": "points are drawn whole; leave it out",
        "opacity": "points have one opacity; write alpha:",
    }
    points: Annotated[PointSource, Reads(plain_text(PointSource, "file"), {"type": "string"})]
    size: Annotated[Sizes | Quantity | Track, word_or(Sizes, SIZE_OVER_TIME)] = Quantity(4.0, "mm", "4mm")
    arrows: Arrows | None = None
    color: Annotated[Color | Track, COLOR_LEAF] = Color((1.0, 0.82, 0.0), (1.0, 0.82, 0.0))
    paint: Annotated[tuple[AnyPaint, ...], Reads(read_paint, written=one_or_more)] = ()
    shading: Annotated[Light | str, word_or(Light, fixed(word("matte", "none", what="shading")))] = "matte"
    occlusion: Annotated[Number, FRACTION] = 0
    names: Annotated[PointNames | bool, word_or(PointNames, fixed(FLAG))] = False
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True

    @model_validator(mode="after")
    def _draws_one_of_both(self) -> "PointsLayer":
        if self.arrows is None:
            for key in ("clock", "times", "hemi", "morph"):
                if getattr(self.points, key) is not None:
                    raise Fault("is for the vertices of a surface, which have arrows:; leave it out", ("points", key))
            return self
        if self.names:
            raise Fault("stand beside balls; write them in a layer of balls at the same points", ("names",))
        if self.points.morph is not None:
            raise Fault("arrows stand on one surface; name it under file:", ("points", "morph"))
        if "size" in self.model_fields_set:
            raise Fault("arrows are as long as arrows: says, with length: or scale:; leave size: out", ("size",))
        if self.vectors.clock != (self.points.clock or self.vectors.clock):
            message = f"the points move by the clock {self.points.clock}, and so do vectors on them; leave it out here"
            raise Fault(message, ("arrows", "vectors", "clock"), self.vectors.clock)
        if not self.model_fields_set & {"paint", "color"}:
            by_length = Paint(scalars=self.vectors, color=ColorMap.model_validate(BY_LENGTH))
            object.__setattr__(self, "paint", (by_length,))  # not stated, so it is not written either
        return self

    @property
    def vectors(self) -> ScalarSource:
        """The vectors of its arrows; those of points that move are of the same moments."""
        assert self.arrows is not None
        vectors = self.arrows.vectors
        if self.points.clock is None or vectors.clock is not None:
            return vectors
        timed = {key: getattr(self.points, key) for key in ("clock", "interpolate", "outside")}
        return vectors.model_copy(update=timed)

    @property
    def source(self) -> PointSource:
        """Where the points come from, and how large they are drawn."""
        if self.arrows is not None:
            return self.points.with_arrows(self.arrows)
        if isinstance(self.size, Sizes):
            column = self.size.scalars.array if self.size.scalars.is_of_the_surface else None
            return self.points.of_sizes(tuple(map(size_mm, self.size.sizes)), self.size.range, column)
        values = self.size.values if isinstance(self.size, Track) else (self.size,)
        return self.points.of_sizes(tuple(sorted({min(map(size_mm, values)), max(map(size_mm, values))})))


def size_mm(size: Quantity) -> float:
    """The diameter in millimetres."""
    return size.number * LENGTHS_MM[size.unit]
