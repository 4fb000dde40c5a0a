"""Names and clocks of proposed scenes."""

import re
from typing import Any

from brainreel.assets.opening import PHANTOM
from brainreel.data import TimeAxis
from brainreel.scene.names import RESERVED
from brainreel.space import TIMES_S
from brainreel.timeline.clocks import SLOW_S


def run_through(axis: TimeAxis, mapping: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    """What a source says of its clock, which runs through all of `axis` and has a label."""
    unit = "s" if axis.step_s >= SLOW_S else "ms"
    ends = {"0s": moment_text(axis, 0, unit), "100%": moment_text(axis, axis.count, unit)}  # each is held equally long
    clocks = mapping.setdefault("clocks", {})
    clock = next((name for name, same in clocks.items() if same == ends), "") or name_of("time", "time", taken)
    clocks[clock] = ends
    template = "{t:.0f}" if "items" in ends["0s"] else "{t:.1f} s" if unit == "s" else "{t:+.0f} ms"
    label = {"time": clock, "format": template, "place": "top-left"}
    if label not in mapping.setdefault("overlays", []):
        mapping["overlays"].append(label)
    return {"clock": clock, "interpolate": "hold", "outside": "hold"}


def moment_text(axis: TimeAxis, index: int, unit: str = "ms") -> str:
    """A moment as a scene writes it."""
    if axis.unit == "items":
        return f"{index} items"
    return f"{axis.at(index) / TIMES_S[unit]:.12g}{unit}"


def name_of(path: str, otherwise: str, taken: set[str]) -> str:
    """A name of the scene language made of a path: `MNI152_2009_template.nii.gz` is `mni152_2009_template`."""
    stem = re.split(r"[?.]", path.removeprefix(PHANTOM).rstrip("/").rsplit("/", 1)[-1])[0].lower()
    stem = re.sub(r"[^a-z0-9]+", "_", re.sub(r"[-_.](lh|rh|left|right)$", "", stem)).strip("_")
    name = stem if re.match(r"[a-z]", stem) and stem not in RESERVED else otherwise
    while name in taken:
        name += "_"
    taken.add(name)
    return name
