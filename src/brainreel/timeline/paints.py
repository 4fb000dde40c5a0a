"""Paint on a surface over time: rows and weights of a series, and its colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brainreel.data.facts import SeriesFacts
from brainreel.data.times import TimeAxis
from brainreel.scene.colormaps import map_is_diverging, map_name
from brainreel.scene.faults import Fault, Path
from brainreel.scene.layers import Paint as PaintModel
from brainreel.scene.sources import ScalarSource
from brainreel.scene.transfers import ColorMap
from brainreel.scene.values import Percentile
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve
from brainreel.timeline.looks import ColorRange, DataReference, Paint
from brainreel.timeline.moments import MovingMoment, moving_moment
from brainreel.timeline.setting import Setting, number
from brainreel.timeline.statistics import ascending, series_distribution

_MOST_NAMES = 16


@dataclass(frozen=True)
class MovingPaint:
    """Values laid over the parts of a surface; `assets` in the order of the parts, None where one is not painted."""

    assets: tuple[str | None, ...]
    time: MovingMoment
    smooth: int | None
    map: str
    diverging_map: bool
    range: Curve[tuple[float, ...]]
    below_hidden: bool
    alpha: Curve[float]

    @property
    def moments(self) -> tuple[MovingMoment, ...]:
        """The moments of its data."""
        return (self.time,)

    def looks(self, t_s: float) -> tuple[Paint, ...]:
        """The paint at `t_s`; none while it is hidden."""
        alpha = self.alpha.at(t_s)
        moment = self.time.at(t_s)
        if alpha <= 0 or moment is None:
            return ()
        rows, weights = moment.rows, moment.weights
        data = tuple(None if asset is None else DataReference(asset, rows, weights) for asset in self.assets)
        return (Paint(data, self.colors(t_s), alpha, self.smooth),)

    def colors(self, t_s: float) -> ColorRange:
        """The colour map over its range at `t_s`; a diverging one whose range begins at 0 or above is mirrored."""
        levels = self.range.at(t_s)
        return ColorRange(self.map, levels, self.below_hidden, self.diverging_map and levels[0] >= 0)


@dataclass(frozen=True)
class Values:
    """The source of a paint: its asset key, without the part, and where the scene names it."""

    key: str
    source: ScalarSource
    path: Path


def moving_paint(setting: Setting, values: Values, paint: PaintModel, path: Path, parts: list[str]) -> MovingPaint:
    """The `values` in the colours of the paint at `path`, on the `parts` (asset keys) of its surface."""
    source = values.source
    facts = setting.facts_of(values.key, values.path)
    series = {key: found for key, found in facts.items() if isinstance(found, SeriesFacts)}
    if len(series) != len(facts):
        raise setting.error("are no values over time", values.path)
    axis = _one_axis(setting, series, values.path)
    described = tuple(series.values())
    maps = [one.name for one in described[0].maps]
    if source.clock is None and axis.count > 1 and maps:
        some = ", ".join(maps[:_MOST_NAMES]) + (" ..." if len(maps) > _MOST_NAMES else "")
        choice = f"clock: and one under clocks:, or array: with one of {some}"
        message = f"has {axis.count} moments and nothing says which to show; write {choice}"
        raise setting.error(message, values.path)
    chosen = _map(paint.color, described)
    diverging = map_is_diverging(chosen)
    hidden = paint.color.range == "auto" or _has_three(paint.color.range)
    below_hidden = hidden if paint.color.below is None else paint.color.below == "hide"
    return MovingPaint(
        on_parts(setting, list(series), parts, values.path),
        moving_moment(setting, source, axis, values.path),
        source.smooth,
        map_name(chosen),
        diverging,
        _range(setting, paint.color, described, diverging, (*path, "color", "range")),
        below_hidden,
        setting.curve(paint.alpha, (*path, "alpha"), number),
    )


def _map(color: ColorMap, series: tuple[SeriesFacts, ...]) -> str:
    if color.map != "auto":
        return color.map
    return automatic.DIVERGING_MAP if automatic.has_both_signs(series) else automatic.SEQUENTIAL_MAP


def _has_three(levels: Any) -> bool:
    values = getattr(levels, "values", None)
    return len(values[0] if values else levels) == 3


def _range(
    setting: Setting, color: ColorMap, series: tuple[SeriesFacts, ...], diverging: bool, path: Path
) -> Curve[tuple[float, ...]]:
    """Data values; percentiles are of absolute values where the map diverges."""
    values = series_distribution(series, diverging)

    def convert(levels: Any) -> tuple[float, ...]:
        if levels == "auto":
            return automatic.paint_range(series, diverging)
        numbers = [
            values.value_below(level.percent / 100) if isinstance(level, Percentile) else float(level)
            for level in levels
        ]
        try:
            return ascending(numbers)
        except ValueError as error:
            raise Fault(f"the values of a range increase, in these data {error}") from None

    return setting.curve(color.range, path, convert)


def _one_axis(setting: Setting, series: Mapping[str, SeriesFacts], path: Path) -> TimeAxis:
    axes = {facts.times for facts in series.values()}
    if len(axes) > 1:
        times = "; ".join(
            f"{facts.name}: {facts.times.count} from {facts.times.first_s:g} s "
            + ("unevenly" if facts.times.uneven else f"by {facts.times.step_s:g} s")
            for facts in series.values()
        )
        raise setting.error(f"the hemispheres have different times ({times})", path)
    return axes.pop()


def on_parts(setting: Setting, assets: list[str], parts: list[str], path: Path) -> tuple[str | None, ...]:
    """For each part of the surface the values on it: those of the same hemisphere, or the only ones."""
    if len(assets) == len(parts) == 1:
        return (assets[0],)
    by_part = {asset.split(".")[-1]: asset for asset in assets}
    found = tuple(by_part.get(part.split(".")[-1]) for part in parts)
    if len([asset for asset in found if asset]) < len(assets):
        has = ", ".join(part.split(".")[-1] for part in parts)
        raise setting.error(
            f"belong to {', '.join(by_part)}, the surface is {has}; name the hemispheres by hemi:", path
        )
    return found
