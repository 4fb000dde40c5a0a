"""Transfer functions over time: colours and opacities at data values, each number a curve."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brainreel.data.facts import VolumeFacts
from brainreel.scene.colormaps import map_points
from brainreel.scene.faults import Fault, Path
from brainreel.scene.transfers import ColorTransfer, GradientOpacity, OpacityTransfer
from brainreel.scene.values import Color as ColorValue
from brainreel.scene.values import Percentile
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.looks import Color, ColorPoint, OpacityPoint, TransferFunction
from brainreel.timeline.piecewise import opacity_curve
from brainreel.timeline.setting import Setting, as_is, number
from brainreel.timeline.statistics import Distribution, ascending, volume_distribution

Points = tuple[tuple[float, ...], ...]
"""[x, r, g, b] or [x, opacity], with midpoint and sharpness or without."""
COMPOSITE = "composite"
PIECES = 512


@dataclass(frozen=True)
class MovingPoints:
    """Points at data values, or laid over `ends`; `reverse` turns them round.

    `stepped`: the colour of an interval is that of its upper point.
    """

    points: Curve[Points]
    ends: Curve[tuple[float, ...]] | None = None
    reverse: bool = False
    stepped: bool = False

    def at(self, t_s: float) -> Points:
        """The points at `t_s`, at data values."""
        points = self.points.at(t_s)
        if self.reverse:
            points = _reversed(points, self.stepped)
        return points if self.ends is None else _laid_over(points, *self.ends.at(t_s))


@dataclass(frozen=True)
class MovingColors:
    """The colours of a transfer function; `below` and `above` are colours, or the word hide."""

    points: MovingPoints
    space: str = "RGB"
    steps: Curve[int] | None = None
    below: Curve[Color | str] | None = None
    above: Curve[Color | str] | None = None


@dataclass(frozen=True)
class MovingTransfer:
    """A transfer function over time. `opacities` None: from 0 at the first colour to 1 at the last."""

    colors: MovingColors
    opacities: MovingPoints | None
    gradients: Curve[Points] | None
    unit_distance: Curve[float]

    def at(self, t_s: float) -> TransferFunction:
        """The function at `t_s`."""
        colors = tuple(ColorPoint(x, (r, g, b), *rest) for x, r, g, b, *rest in self.colors.points.at(t_s))
        low, high = colors[0].x, colors[-1].x
        rows = self.opacities.at(t_s) if self.opacities else ((low, 0.0), (high, 1.0))
        opacities = tuple(OpacityPoint(*point) for point in rows)
        below, above = (side.at(t_s) if side else None for side in (self.colors.below, self.colors.above))
        if "hide" in (below, above):
            opacities = hidden(opacities, low if below == "hide" else None, high if above == "hide" else None)
        gradients = tuple(OpacityPoint(*point) for point in self.gradients.at(t_s)) if self.gradients else ()
        return TransferFunction(
            colors,
            opacities,
            self.unit_distance.at(t_s),
            self.colors.space,
            self.colors.steps.at(t_s) if self.colors.steps else 0,
            below if isinstance(below, tuple) else None,
            above if isinstance(above, tuple) else None,
            gradient_opacities=() if all(point.opacity == 1 for point in gradients) else gradients,
        )


def moving_transfer(
    setting: Setting, layer: Any, facts: VolumeFacts, unit_distance: Curve[float], path: Path
) -> MovingTransfer:
    """The transfer function of the volume layer at `path`."""
    gradients: GradientOpacity | None = layer.gradient_opacity
    return MovingTransfer(
        _colors(setting, layer.color, layer.mode, facts, (*path, "color")),
        _opacities(setting, layer, facts, (*path, "opacity")),
        setting.curve(gradients.points, (*path, "gradient_opacity", "points"), _floats) if gradients else None,
        unit_distance,
    )


def _colors(setting: Setting, stated: ColorTransfer | str, mode: str, facts: VolumeFacts, path: Path) -> MovingColors:
    if not isinstance(stated, ColorTransfer):
        points = automatic.volume_colors(facts) if mode == COMPOSITE else automatic.projection_colors(facts)
        return MovingColors(MovingPoints(constant(points)))
    values = volume_distribution(facts)
    if stated.map is not None:
        found = map_points(stated.map)
        space, points = found.space, constant(found.points)
    else:
        space = stated.space
        points = setting.curve(stated.points, (*path, "points"), _at_values(values))
    ends = stated.range or ("auto" if stated.map is not None else None)
    return MovingColors(
        MovingPoints(points, _ends(setting, ends, facts, (*path, "range")), stated.reverse, space == "Step"),
        space,
        None if stated.steps is None else setting.curve(stated.steps, (*path, "steps"), as_is, smooth=False),
        None if stated.below is None else setting.curve(stated.below, (*path, "below"), _color_or_word),
        None if stated.above is None else setting.curve(stated.above, (*path, "above"), _color_or_word),
    )


def _opacities(setting: Setting, layer: Any, facts: VolumeFacts, path: Path) -> MovingPoints | None:
    stated = layer.opacity
    if isinstance(stated, OpacityTransfer):
        points = setting.curve(stated.points, (*path, "points"), _at_values(volume_distribution(facts)))
        return MovingPoints(points, _ends(setting, stated.range, facts, (*path, "range")))
    if stated == "ramp":
        return None
    if stated == "auto":
        points = automatic.volume_opacities(facts) if layer.mode == COMPOSITE else automatic.OPAQUE
        return MovingPoints(constant(points))
    opacity = setting.curve(stated, path, number)
    rows = tuple(((0.0, value),) for value in opacity.values)
    return MovingPoints(replace(opacity, values=rows))


def _ends(setting: Setting, stated: Any, facts: VolumeFacts, path: Path) -> Curve[tuple[float, ...]] | None:
    """The two data values that points are laid over."""
    if stated is None:
        return None
    values = volume_distribution(facts)

    def convert(levels: Any) -> tuple[float, ...]:
        if levels == "auto":
            return automatic.volume_range(facts)
        return _ascending([_value(values, level) for level in levels], "the values of a range increase")

    return setting.curve(stated, path, convert)


def _at_values(values: Distribution) -> Callable[[Any], Points]:
    """A reader of points that puts values in the place of percentiles."""

    def convert(points: Any) -> Points:
        levels = _ascending([_value(values, x) for x, *_ in points], "x increases from point to point")
        return tuple((x, *map(float, point[1:])) for x, point in zip(levels, points, strict=True))

    return convert


def _value(values: Distribution, level: Any) -> float:
    return values.value_below(level.percent / 100) if isinstance(level, Percentile) else float(level)


def _ascending(levels: list[float], rule: str) -> tuple[float, ...]:
    try:
        return ascending(levels)
    except ValueError as error:
        raise Fault(f"{rule}, in these data {error}") from None


def _floats(points: Any) -> Points:
    return tuple(tuple(map(float, point)) for point in points)


def _color_or_word(value: ColorValue | str) -> Color | str:
    return value.rgb if isinstance(value, ColorValue) else value


def _laid_over(points: Points, low: float, high: float) -> Points:
    """The points, the first at `low` and the last at `high`; a single one in the middle."""
    first, last = points[0][0], points[-1][0]
    if first == last:
        return tuple(((low + high) / 2, *point[1:]) for point in points)
    scale = (high - low) / (last - first)
    moved = [low + (point[0] - first) * scale for point in points]
    return tuple((x, *point[1:]) for x, point in zip((*moved[:-1], high), points, strict=True))


def _reversed(points: Points, stepped: bool) -> Points:
    """The colours the other way round; midpoint and sharpness go with their intervals."""
    ends = points[0][0] + points[-1][0]
    bends = [tuple(part if index else 1 - part for index, part in enumerate(point[4:])) for point in points[:-1]]
    colors = [point[1:4] for point in reversed(points)]
    if stepped:
        colors = [colors[0], *colors[:-1]]
    return tuple(
        (ends - point[0], *color, *bend)
        for point, color, bend in zip(reversed(points), colors, [*reversed(bends), ()], strict=True)
    )


def hidden(points: tuple[OpacityPoint, ...], low: float | None, high: float | None) -> tuple[OpacityPoint, ...]:
    """The points with opacity 0 below `low` and above `high`.

    The step at an end is a millionth of the distance between the outermost points wide.
    """
    places = [points[0].x, points[-1].x, *(end for end in (low, high) if end is not None)]
    least = 1e-6 * (max(places) - min(places) or 1.0)
    if low is not None:
        at_low = _split(points, low)
        points = (OpacityPoint(low - least, 0.0), *(point for point in at_low if point.x >= low))
    if high is not None:
        at_high = _split(points, high)
        points = (*(point for point in at_high if point.x <= high), OpacityPoint(high + least, 0.0))
    return points


def _split(points: tuple[OpacityPoint, ...], x: float) -> tuple[OpacityPoint, ...]:
    """The same function with a point at `x`; the interval around it, where it is bent, in `PIECES` even ones."""
    before = [point for point in points if point.x < x]
    after = [point for point in points if point.x > x]
    if len(before) + len(after) < len(points):
        return points
    places = [x]
    if before and after and (before[-1].midpoint != 0.5 or before[-1].sharpness >= 0.01):
        places = sorted({x, *(float(place) for place in np.linspace(before[-1].x, after[0].x, PIECES + 1)[1:-1])})
        before[-1] = OpacityPoint(before[-1].x, before[-1].opacity)
    between = zip(places, map(float, opacity_curve(points, places)), strict=True)
    return (*before, *(OpacityPoint(*point) for point in between), *after)
