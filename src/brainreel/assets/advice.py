"""What to do about a volume that memory does not hold: the command that converts it, and what it would bring."""

import math
import re
import shlex

import numpy as np

from brainreel.data import Data, Volume, VolumeSeries
from brainreel.scene import VolumeSource
from brainreel.scene.sources import Source
from brainreel.space import axis_lengths
from brainreel.store.plan import foretold_s
from brainreel.store.reduced import HeldVolume, ReducedVolume

STORED_LABELS = ("uint8", "uint16")
"""Types of labels that are drawn from stores."""


def convert_command(source: Source, unit: str, labels: bool) -> str:
    """How `brainreel convert` is called for `source`, whose bare lengths are in `unit`; "" where it is no volume."""
    if not isinstance(source, VolumeSource):
        return ""
    name, shape, spacing = source.paths[0], source.shape, source.spacing_zyx(unit)
    stem = re.split(r"[?.]", name.removeprefix("phantom:").rstrip("/").rsplit("/", 1)[-1])[0] or "volume"
    options = {
        "--reduce": "mode" if labels else None,
        "--dtype": source.dtype,
        "--shape": shape and f"z={shape.z},y={shape.y},x={shape.x}",
        "--spacing": spacing and ",".join(f"{axis}={mm:.9g}mm" for axis, mm in zip("zyx", spacing, strict=True)),
        "--byte-order": source.byte_order,
        "--component": source.component,
        "--space": source.space,
        "--times": _times(source),
    }
    stated = [word for option, value in options.items() if value for word in (option, value)]
    return shlex.join(["brainreel", "convert", name, "-o", f"{stem}.ome.zarr", *stated])


def reduced_advice(item: Data, full: Volume, drawn: Volume, budget_bytes: int, command: str, threads: int) -> str:
    """What is lost of a volume that is drawn coarser than it is, and how to have all of it.

    `item`: the volume, or the series whose moment `full` is; `drawn`: at the level that fits; `command`: what converts.
    """
    moments = item.times.count if isinstance(item, VolumeSeries) else 1
    each = math.prod(full.shape) * full.dtype.itemsize
    words = shlex.split(command)
    way = "its file's level" if not isinstance(drawn, ReducedVolume | HeldVolume) else "means"
    way = "what most have" if "mode" in words else way
    said = (
        f"{words[2] if words else item.name} ({_bytes(each)}, {' x '.join(map(str, full.shape[::-1]))} voxels"
        f"{', each moment' if moments > 1 else ''}) does not fit into --budget "
        f"{_bytes(budget_bytes).replace(' ', '')}: drawn with voxels of {_edges(drawn)}, {way} of "
        f"{_ratio(full, drawn)}, so finer detail is lost"
    )
    if not words or ("mode" in words and full.dtype.name not in STORED_LABELS):
        return f"{said}; a larger --budget shows more"
    time = _duration(foretold_s(full, moments, threads))
    return f"{said}. To draw all of it in as little memory: {command} (about {time}, once), then draw the store"


def _times(source: VolumeSource) -> str | None:
    times = source.times
    if times is None or isinstance(times, str):
        return times
    return f"first={times.first_s:.9g}s,step={times.step_s:.9g}s"


def _ratio(full: Volume, drawn: Volume) -> str:
    """How many voxels one stands for: `4 x 4 x 2`."""
    edges = np.array(axis_lengths(drawn.world_from_voxel)) / axis_lengths(full.world_from_voxel)
    return " x ".join(f"{edge:.3g}" for edge in edges)


def _edges(volume: Volume) -> str:
    """`0.2 x 0.2 x 0.4 mm`; without a unit where there is none."""
    edges = axis_lengths(volume.world_from_voxel)
    if volume.unit == "mm" and max(edges) < 0.1:
        return " x ".join(f"{1e3 * edge:.3g}" for edge in edges) + " um"
    return " x ".join(f"{edge:.3g}" for edge in edges) + (" mm" if volume.unit == "mm" else "")


def _bytes(count: float) -> str:
    return f"{count / 1e9:.3g} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
