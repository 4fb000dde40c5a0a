"""3D Slicer's volume rendering presets (MRML, `.xml`)."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from brainreel.scene.faults import Fault
from brainreel.scene.presets.files import ascending_points, numbers, read_file, rows, xml_of
from brainreel.scene.presets.paraview import chosen

LIGHT = {"ambient": "ambient", "diffuse": "diffuse", "specular": "specular", "specular_power": "specularPower"}


def volume_look(path: Path, name: str | None) -> dict[str, Any]:
    """Keys of a volume layer for the preset `name`. Raises Fault."""
    root = xml_of(read_file(path), path)
    presets = {node.get("name", ""): node for node in root.iter("VolumeProperty")}
    if not presets:
        raise Fault("holds no VolumeProperty, so no preset of 3D Slicer")
    node = chosen(presets, name, "preset")
    look: dict[str, Any] = {
        "color": {"points": _points(node, "colorTransfer", 4)},
        "opacity": {"points": _points(node, "scalarOpacity", 2)},
        "unit_distance": "1mm",
        "interpolate": "linear" if node.get("interpolation", "1") == "1" else "nearest",
    }
    if node.get("gradientOpacity"):
        look["gradient_opacity"] = {"points": [point for point in _points(node, "gradientOpacity", 2) if point[0] >= 0]}
    if node.get("shade") == "1":
        look["shading"] = {key: numbers([node.get(name)], name)[0] for key, name in LIGHT.items() if node.get(name)}
    return look


def _points(node: ElementTree.Element, key: str, width: int) -> list[list[float]]:
    """Points of the attribute `key`: how many numbers, then the numbers."""
    count, *values = numbers(node.get(key, "0").split(), key) or [0.0]
    if count != len(values):
        raise Fault(f"{key} says {count:g} numbers in the file and has {len(values)}; save the preset again")
    return ascending_points(rows(values, width, key))
