"""Scalar bars over time: which colours they explain, and round numbers beside them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from brainreel.scene.faults import Path
from brainreel.scene.overlays import ScalarBar
from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Overlay, ScalarBarOverlay
from brainreel.timeline.layers import MovingLayer
from brainreel.timeline.looks import ColorRange, TransferFunction, VolumeLook
from brainreel.timeline.parcels import MovingParcels
from brainreel.timeline.setting import Setting, as_is, screen_part
from brainreel.timeline.slices import MovingRange, MovingSlice
from brainreel.timeline.styles import Backdrop, Style
from brainreel.timeline.surfaces import MovingSurface
from brainreel.timeline.volumes import MovingVolume

Colors = Callable[[float], ColorRange | TransferFunction]
"""Colours over the movie's seconds."""

MOST_TICKS = 5


@dataclass(frozen=True)
class MovingBar:
    """The `colors` of a layer over time, with numbers. `ticks` are how many at most, or the values."""

    style: Style
    title: Curve[str]
    unit: str
    layer: MovingLayer
    colors: Colors
    ticks: int | tuple[float, ...]
    length: Curve[float]
    width: Curve[float]
    horizontal: bool

    def at(self, t_s: float, backdrop: Backdrop) -> Overlay | None:
        """The bar at `t_s`; None while it or the layer it explains is hidden."""
        if not self.style.is_shown(t_s) or self.layer.at(t_s) is None:
            return None
        colors = self.colors(t_s)
        low, high = _span(colors)
        ticks = nice_ticks(low, high, self.ticks) if isinstance(self.ticks, int) else self.ticks
        slack = 1e-9 * (high - low)
        return ScalarBarOverlay(
            colors,
            self._title(t_s),
            self.style.place,
            self.style.size.at(t_s),
            self.style.color_on(backdrop.background, t_s),
            tuple(tick for tick in ticks if low - slack <= tick <= high + slack),
            self.style.alpha_at(t_s),
            self.length.at(t_s),
            self.width.at(t_s),
            self.horizontal,
        )

    def _title(self, t_s: float) -> str:
        title = self.title.at(t_s)
        return f"{title} ({self.unit})" if title and self.unit else title or self.unit


def _span(colors: ColorRange | TransferFunction) -> tuple[float, float]:
    """The values at the two ends of a bar."""
    if isinstance(colors, TransferFunction):
        return colors.colors[0].x, colors.colors[-1].x
    return (-colors.range[-1] if colors.diverging else colors.range[0]), colors.range[-1]


def moving_bar(
    setting: Setting, model: ScalarBar, style: Style, layers: Mapping[str, MovingLayer], path: Path
) -> MovingBar:
    """The bar of the layer, or of the paint of it, that `model` names."""
    lies = model.direction == "horizontal" or (model.direction == "auto" and style.place in ("top", "bottom", "center"))
    name, _, part = model.scalar_bar.partition(".")
    return MovingBar(
        style,
        setting.curve(model.title, (*path, "title"), as_is),
        model.unit,
        layers[name],
        _explained(setting, layers[name], part, (*path, "scalar_bar")),
        MOST_TICKS if isinstance(model.ticks, str) else model.ticks,
        setting.curve(model.length, (*path, "length"), screen_part),
        setting.curve(model.width, (*path, "width"), screen_part),
        lies,
    )


def _explained(setting: Setting, layer: MovingLayer, part: str, path: Path) -> Colors:
    """The colours of the `part` of `layer`, or of its topmost. Raises SceneError where they have no numbers."""
    parts = _parts(layer)
    if not parts:
        what = "has no painted values" if isinstance(layer, MovingSurface) else "shows labels or colours of its own"
        raise setting.error(f"{layer.name} {what}, so there are no numbers to explain; leave it out", path)
    if not part:
        return list(parts.values())[-1]
    if part not in parts:
        known = ", ".join(f"{layer.name}.{name}" for name in parts if name)
        remedy = f"known: {known}" if known else f"write {layer.name}"
        raise setting.error(f"{layer.name} has no {part} with numbers; {remedy}", path)
    return parts[part]


def _parts(layer: MovingLayer) -> dict[str, Colors]:
    """Colours of values, bottom first, by what stands behind the layer's name and a dot."""
    if isinstance(layer, MovingSurface):
        paints = ((index, paint) for index, paint in enumerate(layer.paints) if not isinstance(paint, MovingParcels))
        return {str(index): paint.colors for index, paint in paints}
    if isinstance(layer, MovingSlice):
        names = ("slice", *map(str, range(len(layer.paints) - 1)))
        paints = zip(names, layer.paints, strict=True)
        return {name: paint.colors.at for name, paint in paints if isinstance(paint.colors, MovingRange)}
    if isinstance(layer, MovingVolume) and not layer.channels:
        return {"": partial(_transfer, layer)}
    return {}


def _transfer(layer: MovingVolume, t_s: float) -> TransferFunction:
    """The colours of a volume while it is seen."""
    look = layer.at(t_s)
    assert isinstance(look, VolumeLook)
    return look.transfer


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
