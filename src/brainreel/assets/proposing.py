"""A scene for data alone: roles by what the files are; a turntable, or a time course."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainreel.assets.opening import PHANTOM, open_source, options_of
from brainreel.data import Data, Mesh, Series, TimeAxis, Volume
from brainreel.errors import FormatError, UsageError
from brainreel.formats import ReadOptions, hemisphere_files, sniff
from brainreel.phantom import open_phantom
from brainreel.scene import ScalarSource, Scene, SurfaceSource, VolumeSource
from brainreel.scene.names import RESERVED

_RAW = ("dtype", "shape", "spacing", "byte_order")
TIME_COURSE_S = 10
"""Length of a movie of a time course."""


@dataclass
class _Roles:
    """Paths by what they are; a pair of hemispheres is one entry."""

    volumes: list[str] = field(default_factory=list)
    surfaces: list[list[str]] = field(default_factory=list)
    series: list[str] = field(default_factory=list)


SPACING = "z=50um,y=25um,x=25um"
log = logging.getLogger("brainreel")
SOFT_LIGHT = {"ambient": 0.35, "diffuse": 0.75}
"""Light that models a volume and keeps its hollows readable."""


def propose(data: Sequence[str], reading: Mapping[str, Any]) -> Scene:
    """A scene of `data` (paths or phantoms); `reading` holds the keys of a source that the files do not state.

    A volume turns once; a surface turns once while its series, if there is one, runs from its first moment to its
    last. Raises UsageError where the data make no picture and FormatError where a file cannot be read.
    """
    roles = _roles(data, reading)
    if len(roles.volumes) > 1:
        raise UsageError(f"{' and '.join(roles.volumes)}: this version draws one volume a movie; name one of them")
    if roles.series and not roles.surfaces:
        phantom = roles.series[0].startswith(PHANTOM)
        surface = "phantom:cortex" if phantom else "lh.pial"
        raise UsageError(
            f"{roles.series[0]}: values on the vertices of a surface; name the surface too, such as "
            f"brainreel movie {Path(roles.series[0]).name} {surface}"
        )
    taken: set[str] = set()
    mapping: dict[str, Any] = {"brainreel": 1, "movie": {"length": f"{TIME_COURSE_S}s"}}
    layers: dict[str, Any] = {}
    for path in roles.volumes:
        source = {"file": path, **_described(reading, "times")}
        layers[_name(path, "volume", taken)] = {"volume": source, "shading": dict(SOFT_LIGHT)}
        if next(iter(open_parts(path, reading).values())).unit == "none":  # pyright: ignore[reportAttributeAccessIssue]
            # (what was sniffed as a volume is one, so it has a unit)
            log.warning("%s: states no spacing, so its voxels are drawn as cubes; give --spacing %s", path, SPACING)
    for paths in roles.surfaces:
        name = "cortex" if "cortex" not in taken else _name(paths[0], "surface", taken)
        taken.add(name)
        source = {"file": paths[0]} if len(paths) == 1 else {"files": paths}
        layers[name] = {"surface": source, **_underlay(paths[0])}
    if roles.series:
        _add_time_courses(mapping, layers, roles, reading, taken)
    mapping["layers"] = layers
    mapping["camera"] = [{"orbit": {"around": "all", **_view(roles), "elevation": "15deg", "turn": "360deg"}}]
    return Scene(**mapping)


def open_parts(name: str, reading: Mapping[str, Any]) -> dict[str, Data]:
    """What one path or phantom holds, its other hemisphere included, by part: `volume`, or `left`, `right`, `whole`."""
    kind = _kind(name, reading)
    if kind == "volume":
        source = VolumeSource(file=name, **_described(reading, "times"))
    elif kind == "mesh":
        source = SurfaceSource(file=name)
    else:
        source = ScalarSource(file=name, **_described(reading, *_RAW))
    return open_source(source, options_of(source, "mm"))


def _roles(data: Iterable[str], reading: Mapping[str, Any]) -> _Roles:
    roles = _Roles()
    claimed: set[Path] = set()
    for text in data:
        kind = _kind(text, reading)
        if kind == "volume":
            roles.volumes.append(text)
        elif text.startswith(PHANTOM) or Path(text) not in claimed:
            pair = [] if text.startswith(PHANTOM) else list(hemisphere_files(text).values())
            stated = [path for path in pair if str(path) in {str(Path(other)) for other in data}]
            claimed.update(stated)
            if kind == "mesh":
                roles.surfaces.append([str(path) for path in stated] if len(stated) > 1 else [text])
            else:
                roles.series.append(text)
    return roles


def _kind(text: str, reading: Mapping[str, Any]) -> str:
    if not text.startswith(PHANTOM):
        shape = reading.get("shape")
        options = ReadOptions(dtype=reading.get("dtype"), shape=shape and (shape["z"], shape["y"], shape["x"]))
        return sniff(text, options)
    part = next(iter(open_phantom(text).values()))
    kinds = {"volume": Volume, "mesh": Mesh, "series": Series}
    found = [kind for kind, protocol in kinds.items() if isinstance(part, protocol)]
    if not found:
        raise FormatError(f"{text}: this version draws volumes and surfaces, no bundles of streamlines yet")
    return found[0]


def _add_time_courses(
    mapping: dict[str, Any], layers: dict[str, Any], roles: _Roles, reading: Mapping[str, Any], taken: set[str]
) -> None:
    """Paint the last surface with every series, with a label and a bar for the first.

    Series with times share one clock over all of them, hidden where they have nothing to show; items have their own.
    """
    surface = next(name for name in reversed(layers) if "surface" in layers[name])
    sources = {path: _series_source(path, reading) for path in roles.series}
    axes = {path: _times(path, source) for path, source in sources.items()}
    timed = [path for path, axis in axes.items() if axis.unit != "items" and axis.count > 1]
    clocks, paints = {}, []
    for path, source in sources.items():
        axis = axes[path]
        if axis.count > 1:
            shown = [axes[other] for other in timed] if path in timed else [axis]
            first, last = min(shown, key=lambda one: one.first_s), max(shown, key=lambda one: one.last_s)
            ends = {"0s": _moment(first, 0), "100%": _moment(last, last.count - 1)}
            clock = next((name for name, same in clocks.items() if same == ends), "") or _name(path, "data", taken)
            clocks[clock] = ends
            source |= {"clock": clock, "interpolate": "linear"} | ({"outside": "hide"} if len(shown) > 1 else {})
        paints.append({"scalars": source})
    if clocks:
        mapping["clocks"] = clocks
    layers[surface]["paint"] = paints[0] if len(paints) == 1 else paints
    labels = [
        {"time": clock, "format": "{t:.0f}" if "items" in ends["0s"] else "{t:+.0f} ms", "place": "top-left"}
        for clock, ends in clocks.items()
    ]
    mapping["overlays"] = [*labels, {"scalar_bar": surface, "place": "right"}]


def _series_source(path: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What a scene says of the series at `path`; `times` only where the file states none."""
    times = reading.get("times")
    return {"file": path, **({"times": times} if times and not _states_times(path) else {})}


def _underlay(path: str) -> dict[str, Any]:
    """Folds in a darker tone where the shape no longer shows them, as MNE and PySurfer do on inflated surfaces."""
    if not re.search("infl|sphere|flat", Path(path).name):
        return {}
    mesh = next(iter(open_parts(path, {}).values()))
    found = [name for name in ("curv", "sulc") if isinstance(mesh, Mesh) and name in mesh.arrays]
    return {"underlay": {"array": found[0]}} if found else {}


def _states_times(path: str) -> bool:
    return path.startswith(PHANTOM) or path.endswith(".stc")


def _times(path: str, source: Mapping[str, Any]) -> TimeAxis:
    opened = next(iter(open_parts(path, {"times": source["times"]} if "times" in source else {}).values()))
    assert isinstance(opened, Series)
    return opened.times


def _moment(axis: TimeAxis, index: int) -> str:
    if axis.unit == "items":
        return f"{index} items"
    return f"{(axis.first_s + index * axis.step_s) * 1e3:.12g}ms"


def _described(reading: Mapping[str, Any], *leave_out: str) -> dict[str, Any]:
    return {key: value for key, value in reading.items() if key not in leave_out}


def _view(roles: _Roles) -> dict[str, str]:
    """Where an orbit begins: at the side of a hemisphere, at the face of a head, at the first slice of a stack.

    Stacks and raw data state no anatomy; they begin as an image viewer shows a slice, x to the right and y down.
    """
    if roles.surfaces:
        return {"start": "left", "up": "superior"}
    path = roles.volumes[0]
    if path.startswith(PHANTOM) or path.endswith((".nii", ".nii.gz")):
        return {"start": "anterior", "up": "superior"}
    return {"start": "inferior", "up": "posterior"}


def _name(path: str, otherwise: str, taken: set[str]) -> str:
    """A name of the scene language made of a path: `MNI152_2009_template.nii.gz` is `mni152_2009_template`."""
    stem = re.split(r"[?.]", path.removeprefix(PHANTOM).rstrip("/").rsplit("/", 1)[-1])[0].lower()
    stem = re.sub(r"[^a-z0-9]+", "_", re.sub(r"[-_.](lh|rh|left|right)$", "", stem)).strip("_")
    name = stem if re.match(r"[a-z]", stem) and stem not in RESERVED else otherwise
    while name in taken:
        name += "_"
    taken.add(name)
    return name
