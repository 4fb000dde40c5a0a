"""What proposed surfaces are painted with: time courses and parcels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainreel.assets.cortical import colors_of
from brainreel.assets.named_data import open_parts
from brainreel.assets.opening import PHANTOM
from brainreel.assets.proposed_clocks import moment_text, name_of
from brainreel.assets.roles import Roles
from brainreel.data import Series, TimeAxis
from brainreel.formats import hemisphere_of


def add_time_courses(
    mapping: dict[str, Any], layers: dict[str, Any], roles: Roles, reading: Mapping[str, Any], taken: set[str]
) -> None:
    """Paint the last surface with every series, with a label and a bar for the first.

    Series with times share one clock over all of them, hidden where they have nothing to show; items have their own.
    """
    surface = _painted(layers, roles.series[0])
    carrying = {"registered": roles.registered} if roles.registered else {}
    sources = {path: series_source(path, reading) | carrying for path in roles.series}
    axes = {path: _times(path, source) for path, source in sources.items()}
    timed = [path for path, axis in axes.items() if axis.unit != "items" and axis.count > 1]
    clocks, paints = {}, []
    for path, source in sources.items():
        axis = axes[path]
        if axis.count > 1:
            shown = [axes[other] for other in timed] if path in timed else [axis]
            first, last = min(shown, key=lambda one: one.first_s), max(shown, key=lambda one: one.last_s)
            ends = {"0s": moment_text(first, 0), "100%": moment_text(last, last.count - 1)}
            clock = next((name for name, same in clocks.items() if same == ends), "") or name_of(path, "data", taken)
            clocks[clock] = ends
            source |= {"clock": clock, "interpolate": "linear"} | ({"outside": "hide"} if len(shown) > 1 else {})
        paints.append({"scalars": source} | (colors_of(path) if axis.count == 1 else {}))
    if clocks:
        mapping["clocks"] = mapping.get("clocks", {}) | clocks
    layers[surface]["paint"] = paints[0] if len(paints) == 1 else paints
    labels = [
        {"time": clock, "format": "{t:.0f}" if "items" in ends["0s"] else "{t:+.0f} ms", "place": "top-left"}
        for clock, ends in clocks.items()
    ]
    mapping["overlays"] = [*mapping.get("overlays", []), *labels, {"scalar_bar": surface, "place": "right"}]


def _painted(layers: dict[str, Any], path: str) -> str:
    """The layer that the values at `path` are for: the last surface, or points where they name no hemisphere."""
    kinds = ("points", "surface") if hemisphere_of(Path(path).name) is None else ("surface", "points")
    return next(name for kind in kinds for name in reversed(layers) if kind in layers[name])


def add_parcels(layers: dict[str, Any], roles: Roles) -> None:
    """Paint the last surface with parcels: filled, or over values their borders."""
    surface = layers[_painted(layers, roles.parcels[0])]
    values = surface.get("paint", [])
    borders = {"boundaries": True} if values else {}
    carrying = {"registered": roles.registered} if roles.registered and not roles.series else {}
    parcels = [{"labels": {"file": path, **carrying}, **borders} for path in roles.parcels]
    paints = [*(values if isinstance(values, list) else [values]), *parcels]
    surface["paint"] = paints[0] if len(paints) == 1 else paints


def series_source(path: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What a scene says of the series at `path`; `times` only where the file states none."""
    times = reading.get("times")
    return {"file": path, **({"times": times} if times and not _states_times(path) else {})}


def _states_times(path: str) -> bool:
    return path.startswith(PHANTOM) or path.endswith((".stc", "-stc.h5"))


def told_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """What opening the data of a series' `source` needs to be told."""
    return {"times": source["times"]} if "times" in source else {}


def _times(path: str, source: Mapping[str, Any]) -> TimeAxis:
    opened = next(iter(open_parts(path, told_of(source)).values()))
    assert isinstance(opened, Series)
    return opened.times
