"""What a film shows, frame by frame, as plain objects for people and other programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from brainreel.timeline.film import Film
from brainreel.timeline.frame import Course, Frame, Panel, Plot, PlotCurve
from brainreel.timeline.looks import (
    ColorVolumeLook,
    DataReference,
    LabelsLook,
    Layer,
    Paint,
    ParcelPaint,
    SliceLook,
    VolumeLook,
    WarpMove,
)
from brainreel.timeline.reels import ReelFilm


def frames_json(film: "Film | ReelFilm") -> Iterator[dict[str, Any]]:
    """One object a frame, ready for JSON; clocks in seconds or items, lengths in world units, angles in degrees."""
    return map(_listed, film.frames())


def _listed(frame: Frame) -> dict[str, Any]:
    about = {"frame": frame.index, "time_s": frame.time_s, "clocks": dict(frame.clocks)}
    if len(frame.panels) == 1 and not frame.panels[0].name:
        return about | _listed_panel(frame.panels[0])
    views = {panel.name: {"area": list(panel.area), **_listed_panel(panel)} for panel in frame.panels}
    return about | {"views": views | {plot.name: _listed_plot(plot) for plot in frame.plots}}


def _listed_panel(panel: Panel) -> dict[str, Any]:
    return {
        "camera": {
            key: _listed_value(value)
            for key, value in asdict(panel.camera).items()
            if key != "parallel" or panel.camera.parallel
        },
        "layers": {layer.name: _listed_layer(layer) for layer in panel.layers},
    }


def _listed_plot(plot: Plot) -> dict[str, Any]:
    return {
        "area": list(plot.area),
        "plot": [_listed_curve(curve) for curve in plot.curves],
        "unit": plot.unit,
        "span": list(plot.span),
        "cursor": plot.cursor,
        "title": plot.title,
    }


def _listed_curve(curve: PlotCurve) -> dict[str, Any]:
    value = {"value": curve.value} if curve.value else {}
    return {"name": curve.name, **value, "courses": [_listed_course(course) for course in curve.courses]}


def _listed_course(course: Course) -> dict[str, Any]:
    """What it is of: vertices or a parcel only where it is not of all."""
    vertices = {} if course.vertices is None else {"vertices": list(course.vertices)}
    parcel = {} if course.parcel is None else {"labels": course.parcel[0].asset, "parcel": course.parcel[1]}
    return {"data": course.data.asset, **vertices, **parcel}


def _listed_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _listed_layer(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, VolumeLook | ColorVolumeLook | LabelsLook):
        references = layer.data if isinstance(layer, ColorVolumeLook) else (layer.data,)
        keep = layer.keep and [list(layer.keep.lower), list(layer.keep.upper)]
        kind = "labels" if isinstance(layer, LabelsLook) else "volume"
        return {"kind": kind, **_listed_data(references), "alpha": layer.alpha, "keep": keep}
    if isinstance(layer, SliceLook):
        paints = [{**_listed_data(paint.references), "alpha": paint.alpha} for paint in layer.paints]
        plane = {"origin": list(layer.origin), "normal": list(layer.normal)}
        return {"kind": "slice", **plane, "paint": paints, "alpha": layer.alpha}
    paints = [
        {
            "data": [reference and reference.asset for reference in paint.data],
            "rows": next((list(reference.rows) for reference in paint.data if reference), []),
            "weights": next((list(reference.weights) for reference in paint.data if reference), []),
            **_listed_colors(paint),
            "alpha": paint.alpha,
        }
        for paint in layer.paints
    ]
    moments = {key: value for key, value in _listed_data(layer.parts).items() if key != "data"}
    return {
        "kind": "surface",
        "data": [part.asset for part in layer.parts],
        **moments,
        "alpha": layer.alpha,
        "paint": paints,
    }


def _listed_colors(paint: Paint | ParcelPaint) -> dict[str, Any]:
    if isinstance(paint, ParcelPaint):
        return {"labels": [one.label for one in paint.colors], "boundaries": paint.boundaries}
    return {"map": paint.colors.map, "range": list(paint.colors.range)}


def _listed_data(references: tuple[DataReference, ...]) -> dict[str, Any]:
    """One asset by its name, several as a list; rows and weights only where there is a choice of moments, and what
    moves them only where something does."""
    assets = [reference.asset for reference in references]
    first = references[0]
    timed = {} if first.rows == (0,) else {"rows": list(first.rows), "weights": list(first.weights)}
    moves = [asdict(move) if isinstance(move, WarpMove) else [list(row) for row in move] for move in first.moves]
    return {"data": assets[0] if len(assets) == 1 else assets, **timed, **({"moves": moves} if moves else {})}
