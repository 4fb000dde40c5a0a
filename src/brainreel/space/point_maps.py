"""Maps of points of the world: affine ones, warps and their inverses, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import FormatError
from brainreel.space.affine import apply_affine
from brainreel.space.fields import Field

Array = NDArray[np.float64]

EXACT_MM = 1e-6
"""Inverting stops once no point moves farther than this."""
ENOUGH_MM = 1e-3
"""An inverse that is nearer than this everywhere is one."""
_ROUNDS = 500


@dataclass(frozen=True, eq=False)
class Warp:
    """Point to point plus `field` there, or the way back from there where `inverse`. `name` is its file's."""

    field: Field
    name: str
    inverse: bool = False


PointMap = NDArray[np.floating] | Warp
"""An affine (4, 4) or a warp."""


def map_points(maps: Sequence[PointMap], points: ArrayLike) -> Array:
    """`points` (n, 3) after all `maps`, first to last, in float64. Raises FormatError where a warp has no way back."""
    places = np.array(points, float)
    for one in maps:
        if not isinstance(one, Warp):
            places = apply_affine(one, places)
        elif one.inverse:
            places = _undone(one, places)
        else:
            places = places + one.field.displacement(places)
    return places


def inverse_of(maps: Sequence[PointMap]) -> tuple[PointMap, ...]:
    """The way back through `maps`."""
    return tuple(
        replace(one, inverse=not one.inverse) if isinstance(one, Warp) else np.linalg.inv(one) for one in reversed(maps)
    )


def affine_of(maps: Sequence[PointMap]) -> Array | None:
    """The one affine that `maps` are, None where they bend."""
    result = np.eye(4)
    for one in maps:
        if isinstance(one, Warp):
            return None
        result = one @ result
    return result


def _undone(warp: Warp, targets: Array) -> Array:
    """The points that `warp` takes to `targets`: x = target - d(x), again and again until it stays.

    Each round halves the error or better where the field changes by less than half its length per length; the step
    is halved for points that come no nearer.
    """
    places, steps = targets.copy(), np.ones(len(targets))
    misses = np.full(len(targets), np.inf)
    left = np.arange(len(targets))
    for _ in range(_ROUNDS):
        off = targets[left] - places[left] - warp.field.displacement(places[left])
        lengths = np.linalg.norm(off, axis=1)
        steps[left] *= np.where(lengths < misses[left], 1.0, 0.5)
        misses[left] = lengths
        places[left] += steps[left, None] * off
        left = left[~(lengths <= EXACT_MM)]
        if not len(left):
            return places
    lost = left[~(misses[left] <= ENOUGH_MM)]
    if len(lost):
        where = ", ".join(f"{value:.4g}" for value in targets[lost[0]])
        raise FormatError(
            f"{warp.name}: the warp has no inverse at {len(lost):,} of {len(targets):,} points, such as ({where}), "
            "where it folds or ends; give the registration's warp of the other direction, with inverse: the other way"
        )
    return places
