"""Overlays over time: formatted times, colour bars with their numbers, words."""

import math
from dataclasses import dataclass
from typing import Any

from brainreel.scene.faults import Path
from brainreel.scene.overlays import Overlay as OverlayModel
from brainreel.scene.overlays import ScalarBar, Text, TimeLabel
from brainreel.scene.values import UNITS, Quantity
from brainreel.timeline import automatic
from brainreel.timeline.clocks import DataClock, data_clock
from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Color, Overlay, ScalarBarOverlay, TextOverlay, TransferFunction, VolumeLook
from brainreel.timeline.paints import MovingPaint
from brainreel.timeline.setting import Setting, as_is, number, rgb
from brainreel.timeline.surfaces import MovingSurface
from brainreel.timeline.volumes import MovingVolume

Layers = dict[str, MovingVolume | MovingSurface]
MOST_TICKS = 5


@dataclass(frozen=True)
class Style:
    """What all overlays share; `color` None is chosen by the background."""

    show_s: tuple[float, float] | None
    place: str
    size: Curve[float]
    color: Curve[Color] | None
    alpha: Curve[float]

    def is_shown(self, t_s: float) -> bool:
        """Whether `t_s` lies in [from, to) and anything is seen."""
        inside = self.show_s is None or self.show_s[0] - 1e-9 <= t_s < self.show_s[1] - 1e-9
        return inside and self.alpha.at(t_s) > 0

    def color_on(self, background: Color, t_s: float) -> Color:
        """The letters' colour."""
        return self.color.at(t_s) if self.color else automatic.legible_on(background)


@dataclass(frozen=True)
class MovingText:
    """Words, or with a `label` a time."""

    style: Style
    words: Curve[str] | None
    label: "Label | None" = None

    def at(self, t_s: float, background: Color) -> Overlay | None:
        """The words at `t_s`; None while they are hidden."""
        text = self.words.at(t_s) if self.words else self.label.at(t_s) if self.label else ""
        if not self.style.is_shown(t_s) or not text:
            return None
        style = self.style
        return TextOverlay(text, style.place, style.size.at(t_s), style.color_on(background, t_s), style.alpha.at(t_s))


@dataclass(frozen=True)
class Label:
    """A time in words. With a `paint` it states the time of the data that the paint shows."""

    format: str
    clock: DataClock | None
    paint: MovingPaint | None

    def at(self, t_s: float) -> str:
        """The text at `t_s` of the movie."""
        unit = self.clock.unit if self.clock else "s"
        return written_time(self.format, self.shown(t_s), unit)

    def shown(self, t_s: float) -> float:
        """The time in the clock's unit."""
        if self.clock is None:
            return t_s
        moment = self.paint.time.at(t_s) if self.paint else None
        return self.clock.written(self.clock.at(t_s) if moment is None else moment.shown)


def written_time(template: str, value: float, unit: str) -> str:
    """`template` with {t} and {unit}; never a minus before zero, which would flicker."""
    value = round(value, 9)
    text = template.format(t=value, unit=unit)
    at_zero = template.format(t=0.0, unit=unit)
    return at_zero if text.replace("-", "") == at_zero.replace("+", "").replace("-", "") else text


@dataclass(frozen=True)
class MovingBar:
    """The colours of a layer, with numbers; of a surface those of its topmost paint."""

    style: Style
    title: Curve[str]
    layer: MovingVolume | MovingSurface

    def at(self, t_s: float, background: Color) -> Overlay | None:
        """The bar at `t_s`; None while it or the layer it explains is hidden."""
        look = self.layer.at(t_s) if self.style.is_shown(t_s) else None
        if look is None:
            return None
        if isinstance(look, VolumeLook):
            shown, (low, high) = look.transfer, _span(look.transfer)
        else:
            assert isinstance(self.layer, MovingSurface)
            shown = self.layer.paints[-1].colors(t_s)
            low, high = (-shown.range[-1] if shown.diverging else shown.range[0]), shown.range[-1]
        style, color = self.style, self.style.color_on(background, t_s)
        ticks = nice_ticks(low, high)
        title, size, alpha = self.title.at(t_s), style.size.at(t_s), style.alpha.at(t_s)
        return ScalarBarOverlay(shown, title, style.place, size, color, ticks, alpha)


def _span(transfer: TransferFunction) -> tuple[float, float]:
    xs = [point.x for point in transfer.colors]
    return xs[0], xs[-1]


def nice_ticks(low: float, high: float, most: int = MOST_TICKS) -> tuple[float, ...]:
    """At most `most` multiples of 1, 2, 2.5 or 5 times a power of ten inside [low, high], on its ends if possible."""
    if not high > low:
        return (low,)
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    choices = [_multiples(low, high, factor * power) for factor in (1, 2, 2.5, 5, 10)]
    fitting = [ticks for ticks in choices if 2 <= len(ticks) <= most]
    on_ends = [ticks for ticks in fitting if math.isclose(ticks[0], low) and math.isclose(ticks[-1], high)]
    return next(iter(on_ends or fitting), (low, high))


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    """The multiples of `step` inside [low, high], free of rounding dust."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = 12 - math.floor(math.log10(step))
    return tuple(round(index * step, digits) + 0.0 for index in range(first, last + 1))


def moving_overlay(setting: Setting, index: int, model: Any, layers: Layers) -> MovingText | MovingBar:
    """Overlay number `index` of the scene."""
    path: Path = ("overlays", index)
    style = _style(setting, model, path)
    if isinstance(model, TimeLabel):
        return MovingText(style, None, _label(setting, model, layers))
    if isinstance(model, ScalarBar):
        layer = layers[model.scalar_bar.split(".")[0]]
        if isinstance(layer, MovingSurface) and not layer.paints:
            raise setting.error(f"{layer.name} has no paint, so no colours to explain", (*path, "scalar_bar"))
        return MovingBar(style, setting.curve(model.title, (*path, "title"), as_is), layer)
    assert isinstance(model, Text)
    return MovingText(style, setting.curve(model.text, (*path, "text"), as_is))


def _style(setting: Setting, model: OverlayModel, path: Path) -> Style:
    show = None
    if model.show is not None:
        begin, end = (float(setting.moments.seconds(time)) for time in model.show)
        show = begin, end
    color = None if model.color == "auto" else setting.curve(model.color, (*path, "color"), rgb)
    place: str = model.place  # type: ignore[attr-defined]
    size = setting.curve(model.size, (*path, "size"), _height)
    return Style(show, place, size, color, setting.curve(model.alpha, (*path, "alpha"), number))


def _height(quantity: Quantity) -> float:
    """Parts of the picture's height."""
    units = {**UNITS["screen length"], **UNITS["percentage"]}
    return quantity.number * units[quantity.unit]


def _label(setting: Setting, model: TimeLabel, layers: Layers) -> Label:
    if model.time == "movie":
        return Label(model.format or "{t:.1f} s", None, None)
    clock = data_clock(setting, model.time)
    usual = "{t:.0f}" if clock.counts_items else "{t:+.0f} {unit}" if clock.unit in {"ms", "us"} else "{t:.2f} {unit}"
    return Label(model.format or usual, clock, _first_paint(model.time, layers))


def _first_paint(clock: str, layers: Layers) -> MovingPaint | None:
    """The first paint that the clock drives, in the order of the scene."""
    surfaces = [layer for layer in layers.values() if isinstance(layer, MovingSurface)]
    return next((paint for layer in surfaces for paint in layer.paints if paint.time.clock_name == clock), None)
