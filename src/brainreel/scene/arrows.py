"""Arrows at points: vectors, as long as they are."""

from typing import Annotated

from pydantic import model_validator

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import LEVEL, Leaf, either, fixed, integer, quantity
from brainreel.scene.model import Model, Reads, plain_text
from brainreel.scene.sources import ScalarSource
from brainreel.scene.values import Percentile, Quantity, read_level

LONGEST = fixed(either("auto", quantity("length", above_zero=True, example="8mm")))
SCALE = fixed(quantity("length", above_zero=True, example="0.5mm"))


def _read_least(value: object) -> int | float | Percentile:
    level = read_level(value)
    if isinstance(level, int | float) and level < 0:
        raise Fault("is a length of vectors, 0 or more", value=value)
    return level


LEAST = Leaf(_read_least, LEVEL, "p90", fixed=True)


class Arrows(Model):
    """An arrow along each of the `vectors`: the longest is `length`, or each its vector times `scale`, length per unit.

    `every`: one of so many points has one. Vectors shorter than `least` have none.
    """

    vectors: Annotated[ScalarSource, Reads(plain_text(ScalarSource, "file"), {"type": "string"})]
    length: Annotated[Quantity | str, LONGEST] = "auto"
    scale: Annotated[Quantity | None, SCALE] = None
    every: Annotated[int, integer(1, "which points have an arrow")] = 1
    least: Annotated[float | Percentile | None, LEAST] = None

    @model_validator(mode="after")
    def _are_drawn_as_they_are(self) -> "Arrows":
        if self.scale is not None and "length" in self.model_fields_set:
            raise Fault("states both the length of the longest and the length per unit; keep one", ("length",))
        for key in ("smooth", "registered"):
            if getattr(self.vectors, key) is not None:
                message = "arrows stand where the vectors are, which are not spread or carried over; leave it out"
                raise Fault(message, ("vectors", key))
        return self
