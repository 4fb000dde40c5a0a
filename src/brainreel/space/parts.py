"""The way back through a part of a map: where a point was before it went that part of its straight way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.errors import FormatError
from brainreel.space.affine import apply_affine
from brainreel.space.point_maps import PointMap, Warp, inverse_of, map_points

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

Guess = Callable[[Array], Array]
"""About where the places of targets (n, 3) are."""

_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Found:
    """What `PartUndone.find` found: `places` (n, 3), their `sources` (n, 3), and how far `places` miss, (n, 3)."""

    places: Array
    sources: Array
    misses: Array


@dataclass(frozen=True, eq=False)
class PartUndone:
    """x for p = x + amount (M(x) - x), where M is all of `maps`.

    Found is a place v whose `blend` (1 - b) v + b W(v) is p: W is M, v is x and b is `amount`, or, where only the way
    back T of M is known without a search, W is T, x = T(v) and b is 1 - `amount`; so all of that needs no search.
    """

    maps: tuple[PointMap, ...]
    amount: float

    @property
    def names(self) -> str:
        """The files of its warps."""
        return ", ".join(dict.fromkeys(one.name for one in self.maps if isinstance(one, Warp)))

    @cached_property
    def affine(self) -> Array:
        """The part of the affines among the maps alone, (4, 4): what is left of all when warps move nothing."""
        return np.eye(4) + self.amount * (_affines_of(self.maps) - np.eye(4))

    @cached_property
    def is_direct(self) -> bool:
        """Whether nothing has to be searched."""
        return self._part == 0

    def begin(self, targets: Array) -> Array:
        """The places of `targets` (n, 3) if no warp moved anything: from there a search begins."""
        return targets if self.is_direct else apply_affine(self._straight, targets)

    def find(self, targets: Array, enough: float, near: Guess | None = None) -> Found:
        """The places of `targets` (n, 3), each searched by itself until it misses by less than `enough`.

        `near` says about where places are, `begin` unless it is given. Where it folds or tears some keep missing.
        """
        if self.is_direct:
            return Found(targets, self.sources(targets), np.zeros_like(targets))
        near = near or self.begin
        begun = near(targets)
        places, steps = begun.copy(), np.ones((len(begun), 1))
        misses, left = np.full(places.shape, np.inf), np.arange(len(places))
        for rounds in range(_ROUNDS):
            off = targets[left] - self.blend(places[left])
            length = np.linalg.norm(off, axis=1, keepdims=True)
            nearer = length < np.linalg.norm(misses[left], axis=1, keepdims=True)
            misses[left] = off
            going = ~(length[:, 0] <= enough)
            left, off, nearer = left[going], off[going], nearer[going]
            if not len(left) or rounds == _ROUNDS - 1:  # misses are those of places
                break
            steps[left] *= np.where(nearer, 1.0, 0.5)
            places[left] += steps[left] * (near(targets[left] + off) - begun[left])
        return Found(places, self.sources(places), misses)

    def sources(self, places: Array) -> Array:
        """x for v."""
        return map_points(self._direct, places) if self._is_backward else places

    def blend(self, places: Array) -> Array:
        """p for v."""
        return (1 - self._part) * places + self._part * map_points(self._direct, places)

    def turns_over(self, places: Array, targets: Array, steps: ArrayLike) -> Flags:
        """Whether around `places`, which lead to `targets`, space is turned over, as `steps` (3, 3) say, a row each.

        Not where one of them crosses the end of a field.
        """
        if self.is_direct:
            return np.zeros(len(places), bool)
        rows = np.asarray(steps, float)
        ways = np.stack([self.blend(places + row) - targets for row in rows], 1)
        found = np.asarray(np.linalg.det(ways) * np.linalg.det(rows) <= 0)
        for row in rows:
            found[found] = ~self.crosses_an_end(places[found], row)
        return found

    def crosses_an_end(self, places: Array, steps: Array) -> Flags:
        """Whether of `places` and `places` + `steps` one lies in a field and the other beyond it."""
        crossed = np.zeros(len(places), bool)
        here, there = places, np.asarray(places + steps, float)
        for one in self._direct:
            if isinstance(one, Warp) and not one.inverse:
                ways = [np.asarray(one.field.displacement(points)) for points in (here, there)]
                outside = [~way.any(1) for way in ways]
                crossed |= outside[0] != outside[1]
                here, there = here + ways[0], there + ways[1]
            else:
                here, there = map_points([one], here), map_points([one], there)
        return crossed

    @cached_property
    def _is_backward(self) -> bool:
        return not any(isinstance(one, Warp) and one.inverse for one in inverse_of(self.maps))

    @cached_property
    def _direct(self) -> tuple[PointMap, ...]:
        return inverse_of(self.maps) if self._is_backward else self.maps

    @cached_property
    def _part(self) -> float:
        return 1 - self.amount if self._is_backward else self.amount

    @cached_property
    def _straight(self) -> Array:
        """Places from targets without the warps, (4, 4)."""
        blended = np.eye(4) + self._part * (_affines_of(self._direct) - np.eye(4))
        if np.linalg.det(blended[:3, :3]) <= 0:
            raise FormatError(
                f"{self.names}: the part {self.amount:g} of the affine in it turns space over, so there is no volume "
                "between; write another amount"
            )
        return np.asarray(np.linalg.inv(blended), float)


def _affines_of(maps: Sequence[PointMap]) -> Array:
    result = np.eye(4)
    for one in maps:
        result = result if isinstance(one, Warp) else one @ result
    return result
