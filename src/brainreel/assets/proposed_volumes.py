"""Layers that are proposed for volumes."""

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brainreel.assets.measuring import volume_facts
from brainreel.assets.named_data import open_parts
from brainreel.assets.proposed_clocks import name_of, run_through
from brainreel.assets.roles import VolumeRole, described
from brainreel.data import TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.scene import Times
from brainreel.store.metadata import is_store
from brainreel.timeline.segmentations import distinct

log = logging.getLogger("brainreel")
SPACING = "z=50um,y=25um,x=25um"
CHANNEL_COLORS = ((0.2, 0.9, 0.3), (1.0, 0.25, 0.9), (0.2, 0.7, 1.0), (1.0, 0.75, 0.1))
"""Green, magenta, cyan, amber: told apart by the colour-blind too."""
MOST_TOGETHER = 4
"""Volumes that are drawn at one place, each holding back the light of the others."""
SOFT_LIGHT = {"ambient": 0.35, "diffuse": 0.75}
"""Light that models a volume and keeps its hollows readable."""


def reach(path: str, reading: Mapping[str, Any]) -> tuple[int, int]:
    """From and to where a volume is more than background, in % of its extent upwards; at least a little inside."""
    item = next(iter(open_parts(path, reading).values()))
    if not isinstance(item, Volume | VolumeSeries):
        raise FormatError(f"{path}: is no volume")
    facts = volume_facts(item)
    heights = (np.array(facts.hull)[:, 2] - facts.bounds.lower[2]) / facts.bounds.extent[2] * 100
    return max(2, math.floor(heights.min())), min(98, math.ceil(heights.max()))


def warn_of_cubes(volumes: list[VolumeRole]) -> None:
    """Warn where voxels are drawn as cubes because nothing states how large they are."""
    for role in volumes:
        if role.unit == "none":
            log.warning(
                "%s: states no spacing, so its voxels are drawn as cubes; give --spacing %s", role.path, SPACING
            )


def add_volume(mapping: dict[str, Any], role: VolumeRole, reading: Mapping[str, Any], taken: set[str]) -> None:
    """A layer of the volume, one a channel where it has several."""
    layers, source = mapping["layers"], _volume_source(role, reading, mapping, taken)
    if role.is_labels and not role.channels:
        layers[name_of(role.path, "labels", taken)] = {"labels": source}
        return
    if not role.channels:
        # means of voxels give back other light than voxels do: a store would change its tone from afar to near
        light = {} if is_store(Path(role.path)) else {"shading": dict(SOFT_LIGHT)}
        layers[name_of(role.path, "volume", taken)] = {"volume": source, **light}
        return
    drawn = role.channels[:MOST_TOGETHER] if role.is_labels else role.channels
    if len(drawn) < len(role.channels):
        left_out = ", ".join(name for name, _ in role.channels[MOST_TOGETHER:])
        log.warning("%s: %d segments are drawn at once; left out: %s", role.path, MOST_TOGETHER, left_out)
    for index, (channel, color) in enumerate(drawn):
        if role.is_labels:
            hue = [round(part, 4) for part in color or distinct(index)]
            name = name_of(channel, "segment", taken)
            layers[name] = {"labels": source | {"channel": str(index)}, "color": {"other": hue}}
            continue
        shown = color or CHANNEL_COLORS[index % len(CHANNEL_COLORS)]
        points = [["p50", 0.0, 0.0, 0.0], ["p99.8", *(round(part, 4) for part in shown)]]
        layers[name_of(channel, "channel", taken)] = {
            "volume": source | {"channel": str(index)},
            "color": {"points": points},
            "mix": "add",
        }


def slice_source(
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
    return source | run_through(_stated_axis(role.axis, reading), mapping, taken)


def _stated_axis(axis: TimeAxis, reading: Mapping[str, Any]) -> TimeAxis:
    times = reading.get("times")
    if times is None:
        return axis
    if times == "none":
        return TimeAxis(0.0, 1.0, axis.count, "items")
    stated = Times.model_validate(times)
    return TimeAxis(stated.first_s, stated.step_s, axis.count)
