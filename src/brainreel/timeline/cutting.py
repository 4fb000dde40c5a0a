"""Cuts: what is taken away from each side of a volume over time."""

from dataclasses import dataclass

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Fault, Path
from brainreel.scene.layers import Cut
from brainreel.scene.values import Quantity
from brainreel.space import DIRECTIONS, Box
from brainreel.timeline.curves import Curve
from brainreel.timeline.looks import SliceLook, SlicePaint
from brainreel.timeline.setting import Setting


@dataclass(frozen=True)
class MovingCut:
    """`sides` holds, by side, how many world units it reaches into `bounds`; `has_face`: the data cover the cut."""

    bounds: Box
    sides: tuple[tuple[str, Curve[float]], ...]
    has_face: bool = False

    def keep(self, t_s: float) -> Box | None:
        """The world box that is left at `t_s`; None for all."""
        lower, upper = list(self.bounds.lower), list(self.bounds.upper)
        for side, curve in self.sides:
            direction = DIRECTIONS[side]
            axis = next(index for index, part in enumerate(direction) if part)
            depth = curve.at(t_s)
            if direction[axis] < 0:
                lower[axis] += depth
            else:
                upper[axis] -= depth
        keep = Box((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2]))
        return None if keep == self.bounds else keep

    def faces(self, t_s: float, name: str, paint: SlicePaint) -> tuple[SliceLook, ...]:
        """The cut faces at `t_s`, covered with `paint`; none where `has_face` is false."""
        keep = self.keep(t_s)
        if not self.has_face or keep is None or is_empty(keep):
            return ()
        looks = []
        for side, curve in self.sides:
            if curve.at(t_s) > 0:
                normal = DIRECTIONS[side]
                axis, sign = next((index, part) for index, part in enumerate(normal) if part)
                origin = list(keep.center)
                origin[axis] = (keep.lower if sign < 0 else keep.upper)[axis]
                within = _opened(keep, axis)
                looks.append(SliceLook(f"{name} {side}", (origin[0], origin[1], origin[2]), normal, (paint,), within))
        return tuple(looks)


def _opened(box: Box, axis: int) -> Box:
    """`box` a little longer along `axis`, so that what lies on its face lies in it."""
    more = [0.0, 0.0, 0.0]
    more[axis] = 1e-6 * box.extent[axis]
    lower = tuple(value - part for value, part in zip(box.lower, more, strict=True))
    upper = tuple(value + part for value, part in zip(box.upper, more, strict=True))
    return Box((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2]))


def is_empty(keep: Box | None) -> bool:
    """Whether a cut leaves nothing."""
    return keep is not None and any(length <= 0 for length in keep.extent)


def moving_cut(setting: Setting, cut: Cut | None, facts: VolumeFacts, path: Path) -> MovingCut:
    """The cut at `path` of a volume of which `facts` are known."""
    curves = []
    for side in DIRECTIONS:
        leaf = getattr(cut, side) if cut else None
        if leaf is None:
            continue
        axis = next(index for index, part in enumerate(DIRECTIONS[side]) if part)
        extent = facts.bounds.extent[axis]

        def convert(quantity: Quantity, extent: float = extent) -> float:
            if quantity.unit == "%":
                return quantity.number * extent / 100
            return length_in(setting, quantity, facts, "% or a bare number")

        curves.append((side, setting.curve(leaf, (*path, side), convert)))
    return MovingCut(facts.bounds, tuple(curves), bool(cut and cut.face))


def length_in(setting: Setting, value: Quantity, facts: VolumeFacts, other: str) -> float:
    """World units. Raises Fault, with the `other` way to write it, where the voxels of the volume have no size."""
    length = setting.length(value)
    if value.unit and facts.unit == "none":
        raise Fault(f"the volume states no spacing; give spacing: beside file:, or write {other}", value=value)
    return length
