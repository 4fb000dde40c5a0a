"""What moves layers over time: matrices, shifts, rotations, poses and warps, first to last."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.space import Box, Reach, apply_affine, between, rotation
from brainreel.timeline.curves import Curve
from brainreel.timeline.looks import (
    ColorVolumeLook,
    DataReference,
    LabelsLook,
    Layer,
    Matrix,
    Move,
    SliceLook,
    SlicePaint,
    SurfaceLook,
    VolumeLook,
    WarpMove,
)
from brainreel.timeline.moments import MovingMoment

Array = NDArray[np.float64]
IDENTITY = np.eye(4)


class Step(Protocol):
    """One thing that moves a layer."""

    def at(self, t_s: float) -> Array | WarpMove | None:
        """The affine (4, 4) or the warp at `t_s`; None where its data hide the layer."""
        ...


@dataclass(frozen=True)
class Blend:
    """Affines one after the other: `place` counts from the first, `amount` is how much of the one there."""

    affines: tuple[Array, ...]
    place: Curve[float]
    amount: Curve[float]

    def at(self, t_s: float) -> Array:
        """The affine at `t_s`."""
        place = self.place.at(t_s)
        row = min(int(place), len(self.affines) - 1)
        following = min(row + 1, len(self.affines) - 1)
        whole = between(self.affines[row], self.affines[following], place - row) if place > row else self.affines[row]
        return _part_of(whole, self.amount.at(t_s))


@dataclass(frozen=True)
class Poses:
    """A transform over time, an affine each moment."""

    affines: tuple[Array, ...]
    time: MovingMoment
    amount: Curve[float]

    def at(self, t_s: float) -> Array | None:
        """The affine at `t_s`; None where its times are outside and hidden."""
        moment = self.time.at(t_s)
        if moment is None:
            return None
        first, last = (self.affines[row] for row in (moment.rows[0], moment.rows[-1]))
        whole = between(first, last, moment.weights[-1]) if len(moment.rows) > 1 else first
        return _part_of(whole, self.amount.at(t_s))


@dataclass(frozen=True)
class Shift:
    """A translation by world units."""

    offset: Curve[tuple[float, float, float]]

    def at(self, t_s: float) -> Array:
        """The affine at `t_s`."""
        return shift_by(np.array(self.offset.at(t_s)))


@dataclass(frozen=True)
class Rotating:
    """A turn by degrees about the unit `axis` through a point."""

    axis: Array
    angle: Curve[float]
    about: Curve[tuple[float, float, float]]

    def at(self, t_s: float) -> Array:
        """The affine at `t_s`."""
        center, turn = np.array(self.about.at(t_s)), np.eye(4)
        turn[:3, :3] = rotation(self.axis * np.radians(self.angle.at(t_s)))
        return shift_by(center) @ turn @ shift_by(-center)


@dataclass(frozen=True)
class Warping:
    """A warp of the data `asset`, of which `known` is what facts have."""

    asset: str
    known: tuple[Array | Reach, ...]
    amount: Curve[float]
    inverse: bool

    def at(self, t_s: float) -> WarpMove:
        """The warp at `t_s`."""
        return WarpMove(self.asset, self.amount.at(t_s), self.inverse)


@dataclass(frozen=True)
class MovingTransform:
    """All that moves one layer, first to last. `is_measured`: a length was stated for data that have no unit."""

    steps: tuple[Step, ...]
    is_measured: bool = False

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the warps."""
        return tuple(step.asset for step in self.steps if isinstance(step, Warping))

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return tuple(step.time for step in self.steps if isinstance(step, Poses))

    def at(self, t_s: float) -> tuple[Move, ...] | None:
        """What moves the layer at `t_s`, neighbouring affines as one; None where it is hidden."""
        moves: list[Array | WarpMove] = []
        for step in self.steps:
            move = step.at(t_s)
            if move is None:
                return None
            if not isinstance(move, WarpMove) and moves and not isinstance(moves[-1], WarpMove):
                moves[-1] = move @ moves[-1]
            elif not isinstance(move, WarpMove) or move.amount:
                moves.append(move)
        return tuple(move if isinstance(move, WarpMove) else plain(move) for move in moves if _moves(move))

    def moved(self, look: Layer, t_s: float) -> Layer | None:
        """`look` with its data moved; None where they are hidden."""
        moves = self.at(t_s)
        if moves is None:
            return None
        if isinstance(look, SurfaceLook):
            return replace(look, parts=tuple(replace(part, moves=moves) for part in look.parts))
        if isinstance(look, SliceLook):
            return replace(look, paints=tuple(_moved_paint(paint, moves) for paint in look.paints))
        moves = _sampled(moves, _sampling_of(look))
        if isinstance(look, ColorVolumeLook):
            red, green, blue = (replace(part, moves=moves) for part in look.data)
            return replace(look, data=(red, green, blue))
        return replace(look, data=replace(look.data, moves=moves))

    def places_of(self, points: Array, t_s: float) -> Array:
        """Where `points` (n, 3) are at `t_s`, and as far around them as warps may take them."""
        for step in self.steps:
            move = step.at(t_s)
            if isinstance(step, Warping) and isinstance(move, WarpMove):
                points = _reached(points, step, move.amount)
            elif move is not None and not isinstance(move, WarpMove):
                points = apply_affine(move, points)
        return points

    def affine_at(self, t_s: float) -> Array:
        """All of it as one affine; that of its affines where it warps."""
        affine = IDENTITY
        for step in self.steps:
            move = step.at(t_s)
            if move is not None and not isinstance(move, WarpMove):
                affine = move @ affine
        return affine


def plain(affine: Array) -> Matrix:
    """(4, 4) as numbers, without a negative zero."""
    rows = (affine + 0.0).tolist()
    return tuple((a, b, c, d) for a, b, c, d in rows)


def _reached(points: Array, step: Warping, amount: float) -> Array:
    """`points` and, of each, the corners of the box in which a warp may put it."""
    ends = points
    for part in reversed(step.known) if step.inverse else step.known:
        if isinstance(part, np.ndarray):
            ends = apply_affine(np.linalg.inv(part) if step.inverse else part, ends)
        else:
            low, high = np.array(part) * (-1 if step.inverse else 1)
            corners = Box.around([low, high]).corners()
            ends = (ends[:, None] + corners).reshape(-1, 3)
    starts = np.repeat(points, len(ends) // len(points), axis=0)
    return starts + amount * (ends - starts)


def _moved_paint(paint: SlicePaint, moves: tuple[Move, ...]) -> SlicePaint:
    moves = _sampled(moves, _sampling_of(paint))
    if isinstance(paint.data, DataReference):
        return replace(paint, data=replace(paint.data, moves=moves))
    red, green, blue = (replace(part, moves=moves) for part in paint.data)
    return replace(paint, data=(red, green, blue))


def _sampling_of(shown: ColorVolumeLook | LabelsLook | SlicePaint | VolumeLook) -> str:
    """How warps sample what is shown."""
    if isinstance(shown, LabelsLook) or (isinstance(shown, SlicePaint) and isinstance(shown.colors, tuple)):
        return "labels"
    return "nearest" if isinstance(shown, SlicePaint | VolumeLook) and shown.nearest else "linear"


def _sampled(moves: tuple[Move, ...], sampling: str) -> tuple[Move, ...]:
    return tuple(replace(move, sampling=sampling) if isinstance(move, WarpMove) else move for move in moves)


def _moves(move: Array | WarpMove) -> bool:
    return isinstance(move, WarpMove) or not np.array_equal(move, IDENTITY)


def _part_of(affine: Array, amount: float) -> Array:
    return affine if amount == 1 else between(IDENTITY, affine, amount)


def shift_by(offset: Array) -> Array:
    """The affine of a translation by `offset` (3,)."""
    affine = np.eye(4)
    affine[:3, 3] = offset
    return affine
