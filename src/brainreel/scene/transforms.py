"""What moves a layer: files of registrations, matrices, translations, rotations, and a place for unitless data."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from brainreel.scene.faults import Fault, faults_of
from brainreel.scene.leaves import ANGLE, FILE, FLAG, LENGTH, NUMBER, VECTOR, Leaf, fixed, number
from brainreel.scene.model import Model, Reads, one_of
from brainreel.scene.segments import UP
from brainreel.scene.sources import TWO_MOMENTS, Source, TimedSource
from brainreel.scene.tracks import Track
from brainreel.scene.values import Quantity, read_number
from brainreel.space import is_invertible

Vector = tuple[float, float, float]
Matrix = tuple[tuple[float, ...], ...]
AMOUNT = number(what="amount", example="1")


def _read_matrix(value: Any) -> Matrix:
    rows = (
        [tuple(row) if isinstance(row, list | tuple) else () for row in value]
        if isinstance(value, list | tuple)
        else []
    )
    if len(rows) not in (3, 4) or any(len(row) != 4 for row in rows):
        raise Fault("expects a matrix of 4 rows of 4 numbers, or 3 of 4, [[1, 0, 0, 10], ...]", value=value)
    matrix = tuple(tuple(read_number(number) for number in row) for row in rows)
    whole = (*matrix[:3], *(matrix[3:] or ((0, 0, 0, 1),)))
    if not is_invertible(whole):
        raise Fault("the matrix flattens space, or does not end in [0, 0, 0, 1]", value=value)
    return matrix


_ROW = {"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 4}
MATRIX = Leaf(_read_matrix, {"type": "array", "items": _ROW, "minItems": 3, "maxItems": 4}, "[[1, 0, 0, 10], ...]")


class FileTransform(TimedSource):
    """A registration's file: the layer goes where its moving image went; `inverse`: the other way.

    `amount`: how much of it, 0 none, 1 all. A glob of several files is a transform over time. `from` and `to`: the
    volumes that a matrix of FSL lies between.
    """

    interpolate: Annotated[str, TWO_MOMENTS] = "hold"
    amount: Annotated[float | Track, AMOUNT] = 1
    inverse: Annotated[bool, fixed(FLAG)] = False
    moved: Annotated[str | None, FILE] = Field(None, alias="from")
    onto: Annotated[str | None, FILE] = Field(None, alias="to")

    @model_validator(mode="after")
    def _names_both(self) -> "FileTransform":
        if (self.moved is None) != (self.onto is None):
            missing = "to" if self.onto is None else "from"
            raise Fault(f"a matrix of FSL needs both volumes; write {missing}: too", (missing,))
        return self

    def located(self, folder: Path | None, origin: str) -> "FileTransform":
        """A copy whose relative paths begin at `folder`."""
        copy = super().located(folder, origin)
        ends = {
            name: Source(file=end).located(folder, origin).file
            for name in ("moved", "onto")
            if (end := getattr(self, name)) is not None
        }
        found = copy.model_copy(update=ends)
        found._origin = origin
        return found  # pyright: ignore[reportReturnType]  (a copy has its model's class)


class MatrixTransform(Model):
    """A matrix from world to world; as a track it turns, shifts and stretches evenly from one to the next."""

    matrix: Annotated[Matrix | Track, MATRIX]
    amount: Annotated[float | Track, AMOUNT] = 1
    inverse: Annotated[bool, fixed(FLAG)] = False


class Translation(Model):
    """A shift by [x, y, z] in world units."""

    translate: Annotated[Vector | Track, VECTOR]


class Rotation(Model):
    """A turn by `angle` about an axis that points to a side of the body or along [x, y, z], counter-clockwise seen from
    there; `about` is a point of the axis, where it is not stated the middle of the layer as it lies at the start."""

    axis: Annotated[str | Vector, fixed(UP)]
    angle: Annotated[Quantity | Track, ANGLE]
    about: Annotated[Vector | Track | None, VECTOR] = None


class Turn(Model):
    """A rotation."""

    rotate: Rotation


class Place(Model):
    """Where data without a place in the world go: their middle to its origin where `center`, `size` long at most."""

    center: Annotated[bool, fixed(FLAG)] = False
    size: Annotated[Quantity | None, fixed(LENGTH)] = None


AnyTransform = FileTransform | MatrixTransform | Translation | Turn
KINDS: dict[str, type[Model]] = {
    "file": FileTransform,
    "files": FileTransform,
    "matrix": MatrixTransform,
    "translate": Translation,
    "rotate": Turn,
}
_read_kind = one_of(KINDS, {}, "a transform")


def _read_transforms(value: Any) -> tuple[AnyTransform, ...]:
    if isinstance(value, list | tuple):
        return tuple(_read_one(item, (index,)) for index, item in enumerate(value))
    return (_read_one(value, ()),)


def _read_one(value: Any, path: tuple[int, ...]) -> AnyTransform:
    try:
        return _read_kind({"file": value} if isinstance(value, str) else value)
    except Fault as fault:
        raise fault.under(*path) from None
    except ValidationError as error:
        raise faults_of(error)[0].under(*path) from None


def _written(schema: dict[str, Any]) -> dict[str, Any]:
    """A list, its only item alone, or a bare file."""
    one = {"anyOf": [{"type": "string"}, schema["items"]]}
    return {"anyOf": [one, {**schema, "items": one}]}


Transforms = Annotated[tuple[AnyTransform, ...], Reads(_read_transforms, written=_written)]
