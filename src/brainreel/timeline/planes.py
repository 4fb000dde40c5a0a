"""The plane of a slice over time, and what it cuts from a volume."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Path
from brainreel.scene.slices import PLANES, SliceLayer
from brainreel.scene.values import Quantity
from brainreel.space import Box, apply_affine
from brainreel.timeline.curves import Curve
from brainreel.timeline.cutting import length_in
from brainreel.timeline.looks import Vector
from brainreel.timeline.setting import Setting

Array = NDArray[np.float64]
LEAST_HEIGHT = 1e-9
"""Corners that are nearer to a plane than this part of the volume's diagonal lie on it."""


@dataclass(frozen=True)
class MovingPlane:
    """A plane. `place` is how far it lies along the normal: in 0..1 of the extent of `bounds` where `is_part`, else in
    world units from the world's origin."""

    bounds: Box
    normal: Curve[Vector]
    place: Curve[float]
    is_part: bool

    @property
    def is_still(self) -> bool:
        """Whether it stays where it is."""
        return len({*self.normal.values}) == 1 and len({*self.place.values}) == 1

    def at(self, t_s: float) -> tuple[Array, Array]:
        """The point of the plane that is nearest to the middle of the volume, and its unit normal (3,)."""
        normal, place = self._unit_normal(t_s), self.place.at(t_s)
        along, half = _extent(self.bounds, normal)
        offset = (2 * place - 1) * half if self.is_part else place - along
        return np.array(self.bounds.center) + offset * normal, normal

    def reach(self, t_s: float) -> tuple[float, float]:
        """The first and the last place at which the plane at `t_s` meets the volume."""
        along, half = _extent(self.bounds, self._unit_normal(t_s))
        return (0.0, 1.0) if self.is_part else (along - half, along + half)

    def never_meets(self) -> bool:
        """Whether the plane stays on one side of the volume, at every time that a track states and so between them."""
        times_s = {*self.normal.times_s, *self.place.times_s}
        beyond = [(self.place.at(t_s), *self.reach(t_s)) for t_s in times_s]
        return all(place < first for place, first, _ in beyond) or all(place > last for place, _, last in beyond)

    def meets(self, box: Box, t_s: float) -> bool:
        """Whether at `t_s` it has a point in common with `box`."""
        origin, normal = self.at(t_s)
        along, half = _extent(box, normal)
        return abs(float(normal @ origin) - along) <= half + LEAST_HEIGHT * self.bounds.diagonal

    def _unit_normal(self, t_s: float) -> Array:
        normal = np.array(self.normal.at(t_s), float)
        return normal / np.linalg.norm(normal)


def _extent(box: Box, normal: Array) -> tuple[float, float]:
    """Where the middle of `box` lies along the unit `normal`, and how far it reaches on both sides."""
    return float(normal @ box.center), float(np.abs(normal) @ box.extent) / 2


def moving_plane(setting: Setting, name: str, layer: SliceLayer, facts: VolumeFacts) -> MovingPlane:
    """The plane of the slice `name` through the volume of `facts`. Raises SceneError where it never meets it."""
    path: Path = ("layers", name)
    is_part = _is_part(setting, layer.at, (*path, "at"))
    plane = MovingPlane(
        facts.bounds,
        setting.curve(layer.plane, (*path, "plane"), _normal),
        setting.curve(layer.at, (*path, "at"), lambda value: _place(setting, value, facts)),
        is_part,
    )
    if plane.never_meets():
        first, last = plane.reach(0.0)
        places = "0% to 100%" if is_part else f"{first:.4g} to {last:.4g} (in movie.unit)"
        raise setting.error(f"the plane passes the volume by, which it meets at {places}", (*path, "at"))
    return plane


def box_corners(facts: VolumeFacts, content: bool = False) -> Array:
    """Corners (8, 3) in the world of a volume's box along its grid, oblique where that is, to the outer faces of its
    voxels; of what is not background where `content`."""
    ends = np.array([[-0.5] * 3, np.array(facts.shape[::-1]) - 0.5])
    if content and facts.hull:
        voxels = apply_affine(np.linalg.inv(facts.world_from_voxel), facts.hull)
        ends = np.array([voxels.min(0), voxels.max(0)])
    pick = np.array(list(np.ndindex(2, 2, 2)), bool)
    return apply_affine(facts.world_from_voxel, np.where(pick, ends[1], ends[0]))


def cut_points(corners: Array, origin: Array, normal: Array) -> Array:
    """Corners (n, 3) of what the plane cuts from the box of `corners`, as `box_corners` has them; none where it misses.

    n is at most 12: on each edge of the box the point where its ends are on two sides, and the ends on the plane.
    """
    heights = (corners - origin) @ normal
    on_plane = np.abs(heights) <= LEAST_HEIGHT * np.linalg.norm(corners[7] - corners[0])
    found = list(corners[on_plane])
    for first in range(8):
        for second in (first | 1, first | 2, first | 4):
            if heights[first] * heights[second] < 0 and not (on_plane[first] or on_plane[second]):
                part = heights[first] / (heights[first] - heights[second])
                found.append(corners[first] + part * (corners[second] - corners[first]))
    return np.array(found).reshape(-1, 3)


def _normal(value: Any) -> Vector:
    x, y, z = PLANES[value] if isinstance(value, str) else value
    return float(x), float(y), float(z)


def _is_part(setting: Setting, leaf: Any, path: Path) -> bool:
    """Whether a position is in % of the extent; all values of a track are, or none."""
    kinds = {quantity.unit == "%" for quantity in getattr(leaf, "values", (leaf,))}
    if len(kinds) > 1:
        raise setting.error("goes from % to a position in the world; write both in one of the two", path)
    return kinds.pop()


def _place(setting: Setting, value: Quantity, facts: VolumeFacts) -> float:
    return value.number / 100 if value.unit == "%" else length_in(setting, value, facts, "% or a bare number")
