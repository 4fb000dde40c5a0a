"""Parcels on a surface over time: which are shown, and in which colours."""

import re
from dataclasses import dataclass, field

from brainreel.data.facts import ParcellationFacts
from brainreel.data.labels import LabelEntry
from brainreel.scene.faults import Path
from brainreel.scene.parcels import ParcelPaint as ParcelModel
from brainreel.timeline.curves import Curve
from brainreel.timeline.looks import DataReference, LabelColor, ParcelPaint
from brainreel.timeline.moments import MovingMoment
from brainreel.timeline.paints import on_parts
from brainreel.timeline.segmentations import Known, MovingColors, moving_colors
from brainreel.timeline.setting import Setting, number

_NOTHING = re.compile(r"\?*|unknown|none|unassigned|.*medial[-_ ]?wall|.*background.*", re.IGNORECASE)
"""What tables call vertices that belong to no parcel."""


@dataclass(frozen=True)
class MovingParcels:
    """Labels over the parts of a surface; `assets` in the order of the parts, None where one has none.

    `colors`: of each part, whose tables may give one number different names.
    """

    assets: tuple[str | None, ...]
    colors: tuple[MovingColors | None, ...]
    boundaries: bool
    alpha: Curve[float]
    moments: tuple[MovingMoment, ...] = ()
    _last: list[tuple[tuple, tuple[ParcelPaint, ...]]] = field(default_factory=list, compare=False, repr=False)

    def looks(self, t_s: float) -> tuple[ParcelPaint, ...]:
        """The paint at `t_s`, several where parts have colours of their own; none while nothing is seen.

        They are the very ones of the last call where they are equal: comparing them and many colours takes long.
        """
        alpha = self.alpha.at(t_s)
        if alpha <= 0:
            return ()
        how = alpha, tuple(() if one is None else one.at(t_s) for one in self.colors)
        for known, paints in self._last:
            if known == how:
                return paints
        paints = self._looks(*how)
        self._last[:] = [(how, paints)]
        return paints

    def _looks(self, alpha: float, shown: tuple[tuple[LabelColor, ...], ...]) -> tuple[ParcelPaint, ...]:
        return tuple(
            ParcelPaint(
                tuple(
                    DataReference(asset) if asset and colors == each else None
                    for asset, colors in zip(self.assets, shown, strict=True)
                ),
                each,
                alpha,
                self.boundaries,
            )
            for each in dict.fromkeys(shown)
            if each
        )


def moving_parcels(setting: Setting, layer: str, index: int, paint: ParcelModel, parts: list[str]) -> MovingParcels:
    """Paint number `index` of `layer`, on the `parts` (asset keys) of its surface."""
    path: Path = ("layers", layer, "paint", index)
    key = f"{layer}.paint.{index}.labels"
    facts = setting.facts_of(key, (*path, "labels"))
    found = {asset: one for asset, one in facts.items() if isinstance(one, ParcellationFacts)}
    if not found:
        raise setting.error("are no labels of vertices", (*path, "labels"))
    assets = on_parts(setting, list(found), parts, (*path, "labels"))
    every = tuple(sorted({label for one in found.values() for label in one.labels}))
    return MovingParcels(
        assets,
        tuple(
            None if asset is None else moving_colors(setting, key, paint, _known(found[asset], every), path)
            for asset in assets
        ),
        paint.boundaries,
        setting.curve(paint.alpha, (*path, "alpha"), number),
    )


def _known(facts: ParcellationFacts, every: tuple[int, ...]) -> Known:
    """What is known of the labels of one part, and which there are on any."""
    own = {entry.label: entry for entry in facts.entries}
    nothing = tuple(entry.label for entry in facts.entries if _is_nothing(entry))
    return Known(facts.name, facts.labels, every, nothing, own)


def _is_nothing(entry: LabelEntry) -> bool:
    return entry.opacity == 0 or _NOTHING.fullmatch(entry.name.strip()) is not None
