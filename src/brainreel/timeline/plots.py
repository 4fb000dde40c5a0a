"""Plots over time: their curves stand still, their cursor moves with the clock of the paint they tell of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brainreel.data.facts import MeshFacts, ParcellationFacts
from brainreel.scene.faults import Path, nearest
from brainreel.scene.movie import TRANSPARENT
from brainreel.scene.plots import MOST_CURVES
from brainreel.scene.plots import Plot as PlotModel
from brainreel.scene.values import Color as SceneColor
from brainreel.scene.views import View
from brainreel.timeline import automatic
from brainreel.timeline.clocks import DataClock
from brainreel.timeline.cycles import MovingCycle
from brainreel.timeline.frame import Area, Course, Plot, PlotCurve
from brainreel.timeline.layers import MovingLayer
from brainreel.timeline.looks import Color, DataReference
from brainreel.timeline.overlays import MovingOverlay, moving_overlays, overlays_at
from brainreel.timeline.paints import MovingPaint
from brainreel.timeline.parcels import MovingParcels
from brainreel.timeline.point_names import rows_of
from brainreel.timeline.scalar_bars import nice_ticks
from brainreel.timeline.setting import Setting, screen_part
from brainreel.timeline.styles import Backdrop
from brainreel.timeline.surfaces import MovingSurface

NAMES = {"gfp": "GFP", "rms": "RMS", "mean": "mean", "max": "maximum"}
ON_DARK = ("#f4b13d", "#5ab4f0", "#3fd09a", "#f2857b", "#d59cf0", "#e8e05a", "#a0b8c8", "#ffffff")
ON_LIGHT = ("#c96a00", "#0068ad", "#00805a", "#c0392b", "#8a3fb0", "#7a7000", "#4f6472", "#000000")
"""Colours of curves that differ in hue and tone, on dark and on light ground; after Okabe and Ito's (2008)."""
WHITE: Color = (1.0, 1.0, 1.0)
MOST_TICKS = 9
Pair = tuple[DataReference, DataReference]
"""Values and the surface that they are on."""


@dataclass(frozen=True)
class MovingPlot:
    """The view `name`: curves of what `paint` shows, in an `area` of the picture."""

    name: str
    area: Area
    paint: MovingPaint
    clock: DataClock
    courses: tuple[tuple[str, tuple[Course, ...]], ...]
    value: str
    span: tuple[float, float]
    title: str
    letters: float
    color: Color | None
    overlays: tuple[MovingOverlay, ...]
    outlined: bool

    def at(self, t_s: float, background: Color, size: tuple[int, int]) -> Plot:
        """The plot at `t_s`, its cursor at the time of the data that are shown then."""
        moment = self.paint.time.at(t_s)
        hues = ON_DARK if automatic.legible_on(background) == WHITE else ON_LIGHT
        return Plot(
            tuple(
                PlotCurve(name, _rgb(hue), courses, self.value)
                for (name, courses), hue in zip(self.courses, hues, strict=False)
            ),
            self.span,
            self.clock.unit,
            None if moment is None else self.clock.written(moment.shown),
            nice_ticks(*self.span, MOST_TICKS),
            self.title,
            self.letters,
            self.color or automatic.legible_on(background),
            overlays_at(self.overlays, t_s, Backdrop(background, None, size, self.area[3])),
            self.area,
            self.name,
            self.outlined,
        )


def _rgb(written: str) -> Color:
    red, green, blue = (int(written[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def moving_plot(
    setting: Setting, name: str, view: View, layers: Mapping[str, MovingLayer], times_s: Sequence[float]
) -> MovingPlot:
    """The plot of the view `name`, over the data times that its clock shows at `times_s`, those of all frames and the
    movie's end.

    Raises SceneError where there is no paint over time, or no such vertex.
    """
    model, path = view.plot, ("views", name, "plot")
    assert model is not None
    layer, paint = _paint(setting, model, layers, (*path, "of"))
    clock = paint.time.clock
    if clock is None:
        raise setting.error(f"{model.of} shows one moment, so there is no course over time", (*path, "of"))
    title = f"{model.title} ({model.unit})" if model.title and model.unit else model.title or model.unit
    return MovingPlot(
        name,
        view.rectangle,
        paint,
        clock,
        _courses(setting, model, layer, paint, path),
        model.value or ("mean" if model.parcels else "gfp" if model.vertices is None and not model.points else ""),
        _span(paint, clock, times_s),
        title,
        setting.value(lambda: screen_part(model.size), (*path, "size")),
        model.color.rgb if isinstance(model.color, SceneColor) else None,
        moving_overlays(setting, view.overlays, ("views", name), layers),
        setting.scene.movie.background == TRANSPARENT,
    )


def _paint(
    setting: Setting, model: PlotModel, layers: Mapping[str, MovingLayer], path: Path
) -> tuple[MovingSurface, MovingPaint]:
    """The layer and the paint that `model` is of: the one that it numbers, or the topmost."""
    name, _, number = model.of.partition(".")
    layer = layers[name]
    paints = (
        {str(index): paint for index, paint in enumerate(layer.paints) if isinstance(paint, MovingPaint)}
        if isinstance(layer, MovingSurface)
        else {}
    )
    if not isinstance(layer, MovingSurface) or not paints:
        turns = isinstance(layer, MovingSurface) and any(isinstance(paint, MovingCycle) for paint in layer.paints)
        problem = "has no values on a surface but those that take turns" if turns else "has no values on a surface"
        raise setting.error(f"{name} {problem}; paint those that are to be plotted by themselves", path)
    if number and number not in paints:
        raise setting.error(
            f"{name} has no paint {number}; known: {', '.join(f'{name}.{key}' for key in paints)}", path
        )
    return layer, paints[number] if number else list(paints.values())[-1]


def _courses(
    setting: Setting, model: PlotModel, layer: MovingSurface, paint: MovingPaint, path: Path
) -> tuple[tuple[str, tuple[Course, ...]], ...]:
    """The courses of each curve, with its name."""
    parts = {
        surface.split(".")[-1]: (DataReference(data), DataReference(surface))
        for surface, data in zip(layer.geometry.parts, paint.assets, strict=True)
        if data is not None
    }
    if model.parcels:
        return _parcel_courses(setting, model, layer, parts, (*path, "parcels"))
    if model.points:
        return _point_courses(setting, model, parts, (*path, "points"))
    if model.vertices is None:
        everywhere = tuple(Course(data, surface) for data, surface in parts.values())
        return ((NAMES[model.value or "gfp"], everywhere),)
    if any(_point_facts(setting, part) for part in parts.values()):
        raise setting.error(f"{layer.name} has points; name them, points: [E1, E2], or by rows", (*path, "vertices"))
    chosen = _by_part(setting, model, list(parts), path)
    at = {part: Course(*parts[part], vertices, paint.smooth) for part, vertices in chosen.items()}
    for part, course in at.items():
        _check_vertices(setting, course, (*path, "vertices", part))
    if model.value:
        return ((NAMES[model.value], tuple(at.values())),)
    alone = len(parts) == 1
    return tuple(
        (f"vertex {vertex}" if alone else f"{part} {vertex}", (Course(*parts[part], (vertex,), paint.smooth),))
        for part, vertices in chosen.items()
        for vertex in vertices
    )


def _point_facts(setting: Setting, part: Pair) -> MeshFacts | None:
    """What is known of the points that `part` is drawn at; None of other surfaces."""
    facts = setting.facts.assets[part[1].asset]
    return facts if isinstance(facts, MeshFacts) and facts.point_names else None


def _point_courses(
    setting: Setting, model: PlotModel, parts: Mapping[str, Pair], path: Path
) -> tuple[tuple[str, tuple[Course, ...]], ...]:
    """Those of each of the points, which a layer of points has in one part, or one of their value."""
    found = [(part, facts) for part in parts.values() if (facts := _point_facts(setting, part))]
    if not found:
        raise setting.error(f"{model.of} is no layer of balls at points; name vertices: of it", path)
    part, facts = found[0]
    rows = rows_of(setting, facts, model.points, path)
    if model.value:
        return ((NAMES[model.value], (Course(*part, tuple(rows)),)),)
    names = dict(zip(facts.point_rows, facts.point_names, strict=True))
    return tuple((names[row] or f"point {row}", (Course(*part, (row,)),)) for row in rows)


def _parcel_courses(
    setting: Setting, model: PlotModel, layer: MovingSurface, parts: Mapping[str, Pair], path: Path
) -> tuple[tuple[str, tuple[Course, ...]], ...]:
    """Those of each parcel, of each part that has it, by the names of the topmost labels on `layer`."""
    painted = [paint for paint in layer.paints if isinstance(paint, MovingParcels)]
    if not painted:
        raise setting.error(f"no labels are painted on {layer.name}; paint some, with alpha: 0 to hide them", path)
    labels = {asset.split(".")[-1]: asset for asset in painted[-1].assets if asset is not None}
    known: dict[str, dict[str, int]] = {}
    for part, asset in labels.items():
        facts = setting.facts.assets[asset]
        if part in parts and isinstance(facts, ParcellationFacts):
            known[part] = {entry.name: entry.label for entry in facts.entries if entry.label in facts.labels}
    curves = []
    for name in model.parcels:
        having = [part for part in known if name in known[part]]
        if not having:
            every = {one for names in known.values() for one in names}
            raise setting.error(f"no vertex has the label {name}; {nearest(name, every)}", path)
        for part in having:
            parcel = DataReference(labels[part]), known[part][name]
            told = name if len(parts) == 1 else f"{part} {name}"
            curves.append((told, (Course(*parts[part], parcel=parcel),)))
    if len(curves) > MOST_CURVES:
        message = f"are {len(curves)} curves with both hemispheres, at most {MOST_CURVES} are told apart; name fewer"
        raise setting.error(message, path)
    return tuple(curves)


def _by_part(setting: Setting, model: PlotModel, parts: list[str], path: Path) -> dict[str, tuple[int, ...]]:
    """The vertices of each part that has some."""
    if not isinstance(model.vertices, dict):
        if len(parts) > 1:
            message = f"says not on which part; write {{{parts[0]}: [...]}}, known: {', '.join(parts)}"
            raise setting.error(message, (*path, "vertices"))
        return {parts[0]: model.vertices or ()}
    for part in model.vertices:
        if part not in parts:
            message = f"{model.of} is not painted on a part {part}; {nearest(part, parts)}"
            raise setting.error(message, (*path, "vertices", part))
    return model.vertices


def _check_vertices(setting: Setting, course: Course, path: Path) -> None:
    facts = setting.facts.assets[course.surface.asset]
    if not isinstance(facts, MeshFacts):
        return
    for vertex in course.vertices or ():
        if vertex >= facts.vertex_count:
            message = f"{vertex} is beyond {facts.name}, which has the vertices 0 to {facts.vertex_count - 1}"
            raise setting.error(message, path)


def _span(paint: MovingPaint, clock: DataClock, times_s: Sequence[float]) -> tuple[float, float]:
    """From the first to the last time that the clock shows, in its unit, as far as there are data; all of the data
    where it stands still."""
    axis = paint.time.axis
    counts = clock.counts_items or axis.unit == "items"
    first, last = (0.0, axis.count - 1.0) if counts else (clock.written(axis.first_s), clock.written(axis.last_s))
    shown = [min(max(clock.written(clock.at(t_s)), first), last) for t_s in times_s]
    if min(shown) < max(shown):
        return round(min(shown), 9), round(max(shown), 9)
    return (first, last) if last > first else (first, first + 1)
