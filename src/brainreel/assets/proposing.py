"""A scene for data alone: roles by what the files are; a turntable, or a time course."""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainreel.assets.cortical import HEMISPHERES, Subject, colors_of, turning_views, views_of
from brainreel.assets.measuring import volume_facts
from brainreel.assets.opening import PHANTOM, one_path, open_every_channel, open_source, options_of
from brainreel.assets.reading import read_volume
from brainreel.assets.roles import Roles, VolumeRole, described, kind_of, roles_of
from brainreel.assets.slicing import add_slices
from brainreel.data import Channels, Data, Mesh, MeshSeries, Series, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError, UsageError
from brainreel.formats import ReadOptions, hemisphere_of
from brainreel.formats.transforms import is_transform, open_transform
from brainreel.phantom import open_phantom
from brainreel.scene import LabelSource, ScalarSource, Scene, SurfaceSource, Times, VolumeSource
from brainreel.scene.names import RESERVED
from brainreel.space import TIMES_S
from brainreel.store.metadata import is_store
from brainreel.timeline.clocks import SLOW_S
from brainreel.timeline.segmentations import distinct

_RAW = ("dtype", "shape", "spacing", "byte_order", "component", "space")
TIME_COURSE_S = 10
"""Length of a movie of a time course."""


TABLES = (".csv", ".tsv")
SEEN_THROUGH = 0.35
"""Alpha of surfaces that points are in."""
SPACING = "z=50um,y=25um,x=25um"
log = logging.getLogger("brainreel")
CHANNEL_COLORS = ((0.2, 0.9, 0.3), (1.0, 0.25, 0.9), (0.2, 0.7, 1.0), (1.0, 0.75, 0.1))
"""Green, magenta, cyan, amber: told apart by the colour-blind too."""
_UNFOLDED = "infl|sphere|flat"
"""In names of surfaces whose shape no longer shows the folds."""
MOST_TOGETHER = 4
"""Volumes that are drawn at one place, each holding back the light of the others."""
SOFT_LIGHT = {"ambient": 0.35, "diffuse": 0.75}
"""Light that models a volume and keeps its hollows readable."""


def propose(
    data: Sequence[str], reading: Mapping[str, Any], mode: str = "auto", subject: Subject | None = None
) -> Scene:
    """A scene of `data` (paths or phantoms); `reading` holds the keys of a source that the files do not state.

    `mode` rotation: a volume turns once; a surface turns once while its series, if there is one, runs from its first
    moment to its last. views: hemispheres are seen from outside and from inside while that runs. sweep: a slice goes
    through a volume. fade: a slice goes over from one volume to another. auto: views of a series on hemispheres, else
    rotation. Several volumes are slices: the first, the others painted over it. Series without a surface are those of
    `subject`. Raises UsageError where the data make no picture and FormatError where a file cannot be read.
    """
    roles = roles_of(data, reading, _options(reading))
    sides = _sides(roles.series, reading)
    if subject is not None:
        _add_surfaces(roles, subject, sides or _sides(roles.parcels, reading))
    if mode == "auto":
        mode = "views" if sides and not roles.volumes and len(roles.surfaces) == 1 else "rotation"
    _check(roles, mode, reading, sides)
    taken: set[str] = set()
    mapping: dict[str, Any] = {"brainreel": 1, "movie": {"length": f"{TIME_COURSE_S}s"}}
    layers: dict[str, Any] = {}
    mapping["layers"] = layers
    _warn_of_cubes(roles.volumes)
    if mode in ("sweep", "fade") or len(roles.volumes) > 1 or any(volume.is_flat for volume in roles.volumes):
        named = [
            (_name(role.path, "slice", taken), role, _slice_source(role, reading, mapping, taken))
            for role in roles.volumes
        ]
        add_slices(mapping, named, mode, _reach(roles.volumes[0].path, reading) if mode == "sweep" else (0, 100))
    else:
        for role in roles.volumes:
            _add_volume(mapping, role, reading, taken)
    points = [paths for paths in roles.surfaces if paths[0].lower().endswith(TABLES)]
    for paths in (paths for paths in roles.surfaces if paths not in points):
        name = "cortex" if "cortex" not in taken else _name(paths[0], "surface", taken)
        taken.add(name)
        source: dict[str, Any] = {"file": paths[0]} if len(paths) == 1 else {"files": paths}
        source |= _moments_of(paths, mapping, taken)
        layers[name] = {"surface": source, **_underlay(paths[0]), **({"alpha": SEEN_THROUGH} if points else {})}
    for path in (path for paths in points for path in paths):
        layers[_name(path, "points", taken)] = {"points": path}
    if roles.series:
        _add_time_courses(mapping, layers, roles, reading, taken)
    if roles.parcels:
        _add_parcels(layers, roles)
    if mode == "views":
        mapping["views"] = views_of(next(iter(layers)), sides)
        return Scene(**mapping)
    orbit = {"around": "all", **_view(roles), "elevation": "15deg", "turn": "360deg"}
    if len(layers) == 1 and roles.surfaces and _lie_in_one_another(roles.surfaces[0], reading):
        mapping["views"] = turning_views(next(iter(layers)), orbit)
        return Scene(**mapping)
    mapping.setdefault("camera", [{"orbit": orbit}])
    return Scene(**mapping)


def _check(roles: Roles, mode: str, reading: Mapping[str, Any], sides: Sequence[str]) -> None:
    """Raise UsageError where the data make no picture of this mode, or have no use for what is said of them."""
    if "times" in reading and not roles.series and all(role.axis is None for role in roles.volumes):
        raise UsageError("--times: none of the data have more than one moment; leave it out")
    painted = [*roles.series, *roles.parcels]
    if painted and not roles.surfaces:
        phantom = painted[0].startswith(PHANTOM)
        surface = "phantom:cortex" if phantom else "lh.pial, or --subject fsaverage --subjects-dir FOLDER"
        raise UsageError(
            f"{painted[0]}: values on the vertices of a surface; name the surface too, such as "
            f"brainreel movie {Path(painted[0]).name} {surface}"
        )
    if mode == "views" and not (sides and len(roles.surfaces) == 1 and not roles.volumes):
        raise UsageError("--mode views shows values on the hemispheres of one cortex; name such values and surfaces")
    if mode in ("sweep", "fade") and not roles.volumes:
        raise UsageError(f"--mode {mode} goes through the slices of a volume; name one")
    if mode == "fade" and len(roles.volumes) != 2:
        raise UsageError("--mode fade goes from one volume to another; name two")


def _sides(painted: Sequence[str], reading: Mapping[str, Any]) -> list[str]:
    """The hemispheres, left and right, that the first of `painted` has values or labels on."""
    if not painted:
        return []
    found = open_parts(painted[0], _told(_series_source(painted[0], reading)))
    return [side for side in ("left", "right") if side in found]


def _add_surfaces(roles: Roles, subject: Subject, sides: Sequence[str]) -> None:
    """Give values and labels the surfaces of `subject`. Raises UsageError where nothing is to be put on them."""
    if roles.surfaces:
        raise UsageError(f"--subject {subject.name}: {roles.surfaces[0][0]} is a surface already; leave one out")
    if not sides:
        raise UsageError(f"--subject {subject.name}: none of the data are values on its hemispheres; leave it out")
    roles.surfaces.append(subject.surfaces(sides))
    roles.registered = subject.registered(sides)


def _reach(path: str, reading: Mapping[str, Any]) -> tuple[int, int]:
    """From and to where a volume is more than background, in % of its extent upwards; at least a little inside."""
    item = next(iter(open_parts(path, reading).values()))
    if not isinstance(item, Volume | VolumeSeries):
        raise FormatError(f"{path}: is no volume")
    facts = volume_facts(item)
    heights = (np.array(facts.hull)[:, 2] - facts.bounds.lower[2]) / facts.bounds.extent[2] * 100
    return max(2, math.floor(heights.min())), min(98, math.ceil(heights.max()))


def _warn_of_cubes(volumes: list[VolumeRole]) -> None:
    for role in volumes:
        if role.unit == "none":
            log.warning(
                "%s: states no spacing, so its voxels are drawn as cubes; give --spacing %s", role.path, SPACING
            )


def _add_volume(mapping: dict[str, Any], role: VolumeRole, reading: Mapping[str, Any], taken: set[str]) -> None:
    """A layer of the volume, one a channel where it has several."""
    layers, source = mapping["layers"], _volume_source(role, reading, mapping, taken)
    if role.is_labels and not role.channels:
        layers[_name(role.path, "labels", taken)] = {"labels": source}
        return
    if not role.channels:
        # means of voxels give back other light than voxels do: a store would change its tone from afar to near
        light = {} if is_store(Path(role.path)) else {"shading": dict(SOFT_LIGHT)}
        layers[_name(role.path, "volume", taken)] = {"volume": source, **light}
        return
    drawn = role.channels[:MOST_TOGETHER] if role.is_labels else role.channels
    if len(drawn) < len(role.channels):
        left_out = ", ".join(name for name, _ in role.channels[MOST_TOGETHER:])
        log.warning("%s: %d segments are drawn at once; left out: %s", role.path, MOST_TOGETHER, left_out)
    for index, (channel, color) in enumerate(drawn):
        if role.is_labels:
            hue = [round(part, 4) for part in color or distinct(index)]
            name = _name(channel, "segment", taken)
            layers[name] = {"labels": source | {"channel": str(index)}, "color": {"other": hue}}
            continue
        shown = color or CHANNEL_COLORS[index % len(CHANNEL_COLORS)]
        points = [["p50", 0.0, 0.0, 0.0], ["p99.8", *(round(part, 4) for part in shown)]]
        layers[_name(channel, "channel", taken)] = {
            "volume": source | {"channel": str(index)},
            "color": {"points": points},
            "mix": "add",
        }


def _slice_source(
    role: VolumeRole, reading: Mapping[str, Any], mapping: dict[str, Any], taken: set[str]
) -> dict[str, Any]:
    """What a scene says of the volume that a slice shows; of several channels the first."""
    source = _volume_source(role, reading, mapping, taken)
    if not role.channels:
        return source
    log.warning("%s: a slice shows one channel, %s; a scene chooses another", role.path, role.channels[0][0])
    return source | {"channel": "0"}


def _volume_source(
    role: VolumeRole, reading: Mapping[str, Any], mapping: dict[str, Any], taken: set[str]
) -> dict[str, Any]:
    """What a scene says of the volume; a volume over time gets a clock that runs through all of it, and a label."""
    source: dict[str, Any] = {"file": role.path, **described(role.path, reading, "times")}
    if role.axis is None:
        return source
    if "times" in reading:
        source["times"] = reading["times"]
    return source | _run_through(_stated_axis(role.axis, reading), mapping, taken)


def _run_through(axis: TimeAxis, mapping: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """What a source says of its clock, which runs through all of `axis` and has a label."""
    unit = "s" if axis.step_s >= SLOW_S else "ms"
    ends = {"0s": _moment(axis, 0, unit), "100%": _moment(axis, axis.count, unit)}  # each is held equally long
    clocks = mapping.setdefault("clocks", {})
    clock = next((name for name, same in clocks.items() if same == ends), "") or _name("time", "time", taken)
    clocks[clock] = ends
    template = "{t:.0f}" if "items" in ends["0s"] else "{t:.1f} s" if unit == "s" else "{t:+.0f} ms"
    label = {"time": clock, "format": template, "place": "top-left"}
    if label not in mapping.setdefault("overlays", []):
        mapping["overlays"].append(label)
    return {"clock": clock, "interpolate": "hold", "outside": "hold"}


def _moments_of(paths: list[str], mapping: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """The same of a surface over time, in a list of files; nothing of one that keeps its shape."""
    if not paths[0].lower().endswith((".pvd", ".series")):
        return {}
    item = next(iter(open_parts(paths[0], {}).values()))
    return _run_through(item.times, mapping, taken) if isinstance(item, MeshSeries) else {}


def _stated_axis(axis: TimeAxis, reading: Mapping[str, Any]) -> TimeAxis:
    times = reading.get("times")
    if times is None:
        return axis
    if times == "none":
        return TimeAxis(0.0, 1.0, axis.count, "items")
    stated = Times.model_validate(times)
    return TimeAxis(stated.first_s, stated.step_s, axis.count)


def _options(reading: Mapping[str, Any]) -> ReadOptions:
    """How readers are told what the files do not state."""
    stated = {key: value for key, value in reading.items() if key != "times"}
    return options_of(VolumeSource(file="", **stated), "mm")


def open_parts(name: str, reading: Mapping[str, Any]) -> dict[str, Data]:
    """What one path or phantom holds, its other hemisphere and all its channels included, by part.

    Parts are `volume`, `red`, `green`, `blue`, `channel` and its name, or `left`, `right`, `whole`.
    """
    if is_transform(name):
        return {"volume": open_transform(name)}
    kind = kind_of(name, reading)
    if kind == "volume":
        volume = VolumeSource(file=name, **described(name, reading))
        return open_every_channel(volume, options_of(volume, "mm"))
    if kind == "labels":
        source = LabelSource(file=name)
    elif kind == "mesh":
        source = SurfaceSource(file=name)
    else:
        source = ScalarSource(file=name, **described(name, reading, *_RAW))
    return open_source(source, options_of(source, "mm"))


def open_image(name: str, reading: Mapping[str, Any]) -> Volume | VolumeSeries | Channels:
    """The one volume, or the image of several channels or moments, at a path or of a phantom."""
    if (kind := kind_of(name, reading)) != "volume":
        raise FormatError(f"{name}: is a {kind}; a volume is needed")
    source = VolumeSource(file=name, **described(name, reading))
    options = options_of(source, "mm")
    is_phantom = name.startswith(PHANTOM)
    found = open_phantom(name)["volume"] if is_phantom else read_volume(one_path(name, source), options)
    if not isinstance(found, Volume | VolumeSeries | Channels):
        raise FormatError(f"{name}: holds no volume")
    return found


def _add_time_courses(
    mapping: dict[str, Any], layers: dict[str, Any], roles: Roles, reading: Mapping[str, Any], taken: set[str]
) -> None:
    """Paint the last surface with every series, with a label and a bar for the first.

    Series with times share one clock over all of them, hidden where they have nothing to show; items have their own.
    """
    surface = _painted(layers, roles.series[0])
    carrying = {"registered": roles.registered} if roles.registered else {}
    sources = {path: _series_source(path, reading) | carrying for path in roles.series}
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


def _add_parcels(layers: dict[str, Any], roles: Roles) -> None:
    """Paint the last surface with parcels: filled, or over values their borders."""
    surface = layers[_painted(layers, roles.parcels[0])]
    values = surface.get("paint", [])
    borders = {"boundaries": True} if values else {}
    carrying = {"registered": roles.registered} if roles.registered and not roles.series else {}
    parcels = [{"labels": {"file": path, **carrying}, **borders} for path in roles.parcels]
    paints = [*(values if isinstance(values, list) else [values]), *parcels]
    surface["paint"] = paints[0] if len(paints) == 1 else paints


def _series_source(path: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What a scene says of the series at `path`; `times` only where the file states none."""
    times = reading.get("times")
    return {"file": path, **({"times": times} if times and not _states_times(path) else {})}


def _lie_in_one_another(paths: Sequence[str], reading: Mapping[str, Any]) -> bool:
    """Whether these are both hemispheres in a shape that has its middle in the world's origin."""
    if not re.search(_UNFOLDED, Path(paths[0]).name):
        return False
    return {side for path in paths for side in open_parts(path, reading)} >= set(HEMISPHERES)


def _underlay(path: str) -> dict[str, Any]:
    """Folds in a darker tone where the shape no longer shows them, as MNE and PySurfer do on inflated surfaces."""
    if not re.search(_UNFOLDED, Path(path).name):
        return {}
    mesh = next(iter(open_parts(path, {}).values()))
    found = [name for name in ("curv", "sulc") if isinstance(mesh, Mesh) and name in mesh.arrays]
    return {"underlay": {"array": found[0]}} if found else {}


def _states_times(path: str) -> bool:
    return path.startswith(PHANTOM) or path.endswith((".stc", "-stc.h5"))


def _told(source: Mapping[str, Any]) -> dict[str, Any]:
    """What opening the data of a series' `source` needs to be told."""
    return {"times": source["times"]} if "times" in source else {}


def _times(path: str, source: Mapping[str, Any]) -> TimeAxis:
    opened = next(iter(open_parts(path, _told(source)).values()))
    assert isinstance(opened, Series)
    return opened.times


def _moment(axis: TimeAxis, index: int, unit: str = "ms") -> str:
    if axis.unit == "items":
        return f"{index} items"
    return f"{axis.at(index) / TIMES_S[unit]:.12g}{unit}"


def _view(roles: Roles) -> dict[str, str]:
    """Where an orbit begins: at the side of a hemisphere, at the face of a head, at the first slice of a stack.

    Stacks and raw data state no anatomy; they begin as an image viewer shows a slice, x to the right and y down.
    """
    if roles.surfaces:
        return {"start": "left", "up": "superior"}
    if roles.volumes[0].states_anatomy:
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
