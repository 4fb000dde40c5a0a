"""Labels of a segmentation over time: which are shown, and in which colours."""

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass, field

from brainreel.data.facts import LabelTableFacts, VolumeFacts
from brainreel.data.labels import LabelEntry
from brainreel.scene.faults import Path
from brainreel.scene.label_colors import LabelColors
from brainreel.scene.labels import LabelPaint, LabelsLayer
from brainreel.scene.parcels import ParcelPaint
from brainreel.scene.values import Color as SceneColor
from brainreel.timeline.curves import Curve
from brainreel.timeline.cutting import MovingCut, is_empty, moving_cut
from brainreel.timeline.lights import ShadingCurve, shading_curve
from brainreel.timeline.looks import Color, LabelColor, LabelsLook, Shading, SliceLook, SlicePaint
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.setting import Setting, as_is, number

LIGHT = Shading(ambient=0.35, diffuse=0.65)
DIMMED = 0.08
"""Opacity of labels that are not highlighted, beside those that are."""
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Known:
    """What is known of labels: those that are there, and, of `every` part of the data, those that may be named.

    `nothing`: those that stand for no parcel and are hidden unless stated. `own`: what the data's own table says.
    """

    name: str
    labels: tuple[int, ...]
    every: tuple[int, ...]
    nothing: tuple[int, ...] = (0,)
    own: Mapping[int, LabelEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class MovingColors:
    """The colours of labels, some hidden, some highlighted."""

    colors: tuple[LabelColor, ...]
    hidden: Curve[tuple[int, ...]]
    highlighted: Curve[tuple[int, ...]]
    _last: dict[tuple, tuple[LabelColor, ...]] = field(default_factory=dict, compare=False, repr=False)

    def at(self, t_s: float, opacity: float = 1.0) -> tuple[LabelColor, ...]:
        """Those seen at `t_s`, their opacities times `opacity`; the very tuple of the last call where it is equal."""
        how = self.hidden.at(t_s), self.highlighted.at(t_s), opacity
        shown = self._last.get(how)
        if shown is None:
            shown = self._shown(*how)
            self._last.clear()
            self._last[how] = shown
        return shown

    def _shown(self, hide: tuple[int, ...], highlight: tuple[int, ...], opacity: float) -> tuple[LabelColor, ...]:
        hidden, highlighted = set(hide), set(highlight)
        shown = []
        for one in self.colors:
            part = opacity * (DIMMED if highlighted and one.label not in highlighted else 1.0)
            if one.label not in hidden and one.opacity * part > 0:
                shown.append(LabelColor(one.label, one.color, one.opacity * part))
        return tuple(shown)


@dataclass(frozen=True)
class MovingLabels:
    """A labels layer, every number a curve."""

    name: str
    asset: str
    time: MovingMoment
    colors: MovingColors
    opacity: Curve[float]
    shading: ShadingCurve | None
    cut: MovingCut
    alpha: Curve[float]
    visible: Curve[bool]

    @property
    def assets(self) -> tuple[str, ...]:
        """Keys of the data it shows."""
        return (self.asset,)

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of all its data."""
        return (self.time,)

    def at(self, t_s: float) -> LabelsLook | None:
        """How it looks at `t_s`; None while nothing of it is seen."""
        alpha, keep = self.alpha.at(t_s), self.cut.keep(t_s)
        data = self.time.reference(self.asset, t_s)
        colors = self.colors.at(t_s, self.opacity.at(t_s))
        if not self.visible.at(t_s) or alpha <= 0 or is_empty(keep) or data is None or not colors:
            return None
        shading = self.shading.at(t_s) if self.shading else None
        return LabelsLook(self.name, data, colors, shading, keep, alpha)

    def faces(self, t_s: float) -> tuple[SliceLook, ...]:
        """What covers its cut faces: the labels in their colours."""
        look = self.at(t_s)
        if look is None:
            return ()
        return self.cut.faces(t_s, self.name, SlicePaint(look.data, look.colors, look.alpha, nearest=True))


def moving_labels(setting: Setting, name: str, layer: LabelsLayer) -> MovingLabels:
    """The layer `name`, its numbers resolved."""
    path: Path = ("layers", name)
    asset = f"{name}.labels"
    facts = segmentation_facts(setting, asset, (*path, "labels"))
    shading = None if layer.shading == "none" else shading_curve(setting, layer.shading, LIGHT, (*path, "shading"))
    return MovingLabels(
        name,
        asset,
        moving_moment(setting, layer.labels, facts.times, (*path, "labels")),
        moving_colors(setting, asset, layer, facts, path),
        setting.curve(layer.opacity, (*path, "opacity"), number),
        shading,
        moving_cut(setting, layer.cut, facts, (*path, "cut")),
        setting.curve(layer.alpha, (*path, "alpha"), number),
        setting.curve(layer.visible, (*path, "visible"), as_is),
    )


def segmentation_facts(setting: Setting, asset: str, path: Path) -> VolumeFacts:
    """Facts of the label volume `asset`. Raises SceneError where it is none."""
    facts = setting.facts_of(asset, path).get(asset)
    if not isinstance(facts, VolumeFacts) or not facts.labels:
        raise setting.error("is no volume of labels", path)
    return facts


def moving_colors(
    setting: Setting, asset: str, layer: LabelsLayer | LabelPaint | ParcelPaint, facts: VolumeFacts | Known, path: Path
) -> MovingColors:
    """The colours of the labels of `asset` that `layer` shows. Raises SceneError for a label that is not there."""
    known = facts if isinstance(facts, Known) else Known(facts.name, facts.labels, facts.labels)
    for key in ("hide", "highlight"):
        values = getattr(layer, key)
        for labels in getattr(values, "values", (values,)):
            _check_labels(setting, labels, known, (*path, key))
    _check_labels(setting, tuple(layer.color.labels or ()), known, (*path, "color", "labels"))
    return MovingColors(
        _label_colors(setting, asset, layer.color, known),
        setting.curve(layer.hide, (*path, "hide"), tuple, smooth=False),
        setting.curve(layer.highlight, (*path, "highlight"), tuple, smooth=False),
    )


def _check_labels(setting: Setting, labels: tuple[int, ...], known: Known, path: Path) -> None:
    missing = [label for label in labels if label not in known.every]
    if missing:
        shown = ", ".join(map(str, known.every[:12])) + (" ..." if len(known.every) > 12 else "")
        raise setting.error(f"{known.name} has no label {missing[0]}; it has {shown}", path)


def _label_colors(setting: Setting, asset: str, colors: LabelColors, known: Known) -> tuple[LabelColor, ...]:
    """Stated colours before those of a table, these before `other`, which by itself is the data's own table.

    What stands for nothing only where it is stated.
    """
    table = setting.facts.assets.get(f"{asset}.table")
    from_file = {entry.label: entry for entry in table.entries} if isinstance(table, LabelTableFacts) else {}
    stated = colors.labels or {}
    found = []
    for place, label in enumerate(one for one in known.labels if one not in known.nothing or one in stated):
        if label in stated:
            found.append(LabelColor(label, stated[label].rgb))
        elif label in from_file:
            found.append(LabelColor(label, from_file[label].color, from_file[label].opacity))
        elif isinstance(colors.other, SceneColor):
            found.append(LabelColor(label, colors.other.rgb))
        elif colors.other == "auto" and label in known.own:
            found.append(LabelColor(label, known.own[label].color, known.own[label].opacity))
        elif colors.other == "auto":
            found.append(LabelColor(label, distinct(place)))
    return tuple(found)


def distinct(place: int) -> Color:
    """Colour number `place` of an endless row in which neighbours differ: hues a golden section apart, three tones."""
    hue = (0.02 + place * GOLDEN) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, (0.65, 0.45, 0.85)[place % 3], (0.95, 0.85, 0.75)[place // 3 % 3])
    return round(red, 4), round(green, 4), round(blue, 4)
