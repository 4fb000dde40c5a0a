"""Values that take turns on a surface."""

import math
from dataclasses import dataclass, replace

from brainreel.scene.cycles import CyclingSource
from brainreel.scene.faults import Path
from brainreel.scene.layers import Paint as PaintModel
from brainreel.timeline.clocks import SEAM
from brainreel.timeline.looks import ColorRange, Paint
from brainreel.timeline.moments import MovingMoment
from brainreel.timeline.paints import MovingPaint, Values, moving_paint
from brainreel.timeline.setting import Setting


@dataclass(frozen=True, slots=True)
class Turns:
    """Which of `count` things is seen: each for `each_s`, going over into the next for `blend_s` about every turn."""

    count: int
    each_s: float
    blend_s: float

    def at(self, t_s: float) -> float:
        """Its number, from 0; in between 1.25 is a quarter of the way from 1 to 2. After the last comes the first."""
        turn = math.floor(t_s / self.each_s + SEAM)
        since_s = max(t_s - turn * self.each_s, 0.0)
        half_s, left_s = self.blend_s / 2, self.each_s - since_s
        part = 0.0
        if turn > 0 and since_s < half_s:
            part = since_s / self.blend_s - 0.5
        elif left_s < half_s:
            part = 0.5 - left_s / self.blend_s
        if min(part % 1, -part % 1) < SEAM:
            part = round(part)
        return (turn + part) % self.count


@dataclass(frozen=True)
class MovingCycle:
    """Paints that take turns, called `names`.

    Where they blend, the next lies over the one before.
    """

    paints: tuple[MovingPaint, ...]
    names: tuple[str, ...]
    turns: Turns

    @property
    def assets(self) -> tuple[str | None, ...]:
        """Keys of all its data."""
        return tuple(asset for paint in self.paints for asset in paint.assets)

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return tuple(paint.time for paint in self.paints)

    def looks(self, t_s: float) -> tuple[Paint, ...]:
        """The paint at `t_s`, or the two that go over into each other, the next one on top."""
        place = self.turns.at(t_s)
        row = math.floor(place)
        part = place - row
        if part == 0:
            return self.paints[row].looks(t_s)
        before, after = self.paints[row], self.paints[(row + 1) % len(self.paints)]
        going, coming = _shares(part, before.alpha.at(t_s), covers=not after.below_hidden)
        looks = (*((look, going) for look in before.looks(t_s)), *((look, coming) for look in after.looks(t_s)))
        return tuple(replace(look, alpha=look.alpha * share) for look, share in looks)

    def colors(self, t_s: float) -> ColorRange:
        """The colours of the one that is seen most at `t_s`."""
        return self.paints[math.floor(self.turns.at(t_s) + 0.5) % len(self.paints)].colors(t_s)


def _shares(part: float, alpha: float, covers: bool) -> tuple[float, float]:
    """What the alphas of two paints of `alpha`, the next over the one before, are multiplied by, `part` of the way.

    Where the next `covers` all, colours are (1 - part) of one and `part` of the other, and as much of what is beneath
    as ever. Where it may be hidden at places, it comes first and the other goes then, so nothing beneath shines through
    where both paint and nothing jumps where one does.
    """
    if not covers:
        return min(1.0, 2 - 2 * part), min(1.0, 2 * part)
    return (1 - part) / (1 - alpha * part), part


def moving_values(
    setting: Setting, layer: str, index: int, paint: PaintModel, parts: list[str]
) -> MovingPaint | MovingCycle:
    """Paint number `index` of `layer`, on the `parts` (asset keys) of its surface."""
    path: Path = ("layers", layer, "paint", index)
    key, within, source = f"{layer}.paint.{index}", (*path, "scalars"), paint.scalars
    if not isinstance(source, CyclingSource):
        return moving_paint(setting, Values(key, source, within), paint, path, parts)
    paints = [
        moving_paint(setting, Values(f"{key}.{number}", one, (*within, "cycle", number)), paint, path, parts)
        for number, one in enumerate(source.cycle)
    ]
    return MovingCycle(tuple(paints), source.names, _turns(setting, source, within))


def _turns(setting: Setting, source: CyclingSource, path: Path) -> Turns:
    """When each of the source at `path` is seen."""
    each_s = float(setting.moments.span_s(source.each))
    blend_s = float(setting.moments.span_s(source.blend)) if source.blend else 0.0
    if blend_s > each_s:
        raise setting.error(f"takes longer than each is seen, {each_s:g} s; shorten it", (*path, "blend"))
    return Turns(len(source.cycle), each_s, blend_s)
