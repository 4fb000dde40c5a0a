"""ParaView's colour maps (`.json`) and states (`.pvsm`)."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from brainreel.scene.colormaps import bands
from brainreel.scene.faults import Fault, nearest
from brainreel.scene.presets.files import ascending_points, json_of, numbers, read_file, rows, xml_of

SPACES = {
    "RGB": "RGB", "HSV": "HSVNoWrap", "Lab": "Lab", "CIELAB": "Lab", "Diverging": "Diverging", "Step": "Step",
    "Lab/CIEDE2000": "LabCIEDE2000", "LabCIEDE2000": "LabCIEDE2000",
}  # fmt: skip
"""By ParaView's names; its HSV does not wrap unless a state says so."""
STATE_SPACES = ("RGB", "HSVNoWrap", "Lab", "Diverging", "LabCIEDE2000", "Step")


def color_map(path: Path, name: str | None) -> dict[str, Any]:
    """Keys of `color:` for the map `name` in a JSON file of ParaView's. Raises Fault.

    Its NanColor is left out: in a volume what is no number is transparent.
    """
    preset = _preset(path, name, "colour map")
    if "IndexedColors" in preset:
        return _categories(_points(preset, "IndexedColors", 3))
    space = _space(str(preset.get("ColorSpace", "RGB")))
    return {"points": ascending_points(_points(preset, "RGBPoints", 4)), "space": space, "range": "auto"}


def opacity_map(path: Path, name: str | None) -> dict[str, Any]:
    """Keys of `opacity:` for a preset that holds opacities. Raises Fault."""
    preset = _preset(path, name, "preset")
    if "Points" not in preset:
        raise Fault("the preset holds no opacities, only colours; write opacity: {points: [[x, opacity], ...]}")
    return {"points": ascending_points(_points(preset, "Points", 4)), "range": "auto"}


def _preset(path: Path, name: str | None, what: str) -> dict[str, Any]:
    """The first preset of that name, as ParaView takes it."""
    found = json_of(read_file(path))
    presets = [preset for preset in found if isinstance(preset, dict)] if isinstance(found, list) else []
    if not presets:
        raise Fault("holds no presets of ParaView, which are a list of mappings")
    return chosen({str(preset.get("Name")): preset for preset in reversed(presets)}, name, what)


def _categories(colors: list[list[float]]) -> dict[str, Any]:
    """Color k for values that round to k."""
    found = bands([tuple(color) for color in colors], -0.5, len(colors) - 0.5)
    return {"points": [list(point) for point in found.points], "space": found.space}


def _points(preset: dict[str, Any], key: str, width: int) -> list[list[float]]:
    values = preset.get(key)
    if not isinstance(values, list):
        raise Fault(f"the preset has no {key} in the file; save it again")
    return rows(numbers(values, key), width, key)


def _space(name: str) -> str:
    if name not in SPACES:
        raise Fault(f"the colour space {name[:40]} of the preset is not known; known: {', '.join(SPACES)}")
    return SPACES[name]


def chosen(presets: dict[str, Any], name: str | None, what: str) -> Any:
    """The preset `name`, which may be left out where there is one. Raises Fault that names those there are."""
    if name is None and len(presets) == 1:
        return next(iter(presets.values()))
    if name is None:
        raise Fault(f"holds {len(presets)} of them; write name: too, {nearest('', presets)}")
    if name not in presets:
        raise Fault(f"there is no such {what} in the file; {nearest(name, presets)}", ("name",), name)
    return presets[name]


def state_look(path: Path, name: str | None) -> dict[str, Any]:
    """Keys of a volume layer for a volume of a ParaView state, told by the array that colours it. Raises Fault."""
    root = xml_of(read_file(path), path)
    proxies = {proxy.get("id"): _properties(proxy) for proxy in root.iter("Proxy") if proxy.get("id")}
    volumes: dict[str, dict[str, list[str]]] = {}
    for properties in proxies.values():
        if properties.get("Representation") == ["Volume"] and properties.get("LookupTable"):
            array = (properties.get("ColorArrayName") or [""])[-1]
            if array not in volumes or properties.get("Visibility") == ["1"]:
                volumes[array] = properties
    if not volumes:
        raise Fault("the state renders no volume; in ParaView show the data as Volume and save the state again")
    if name is None:
        seen = {array: one for array, one in volumes.items() if one.get("Visibility") == ["1"]}
        volumes = seen or volumes
    volume = chosen(volumes, name, "volume")
    table = proxies.get(volume["LookupTable"][0])
    function = proxies.get((volume.get("ScalarOpacityFunction") or [""])[0])
    if table is None or function is None:
        raise Fault("the state does not hold the colours of its volume; save it again")
    look: dict[str, Any] = {"color": _state_colors(table), "opacity": {"points": _state_opacities(function)}}
    if "ScalarOpacityUnitDistance" in volume:
        look["unit_distance"] = numbers(volume["ScalarOpacityUnitDistance"], "ScalarOpacityUnitDistance")[0]
    if volume.get("Shade") == ["1"]:
        look["shading"] = _light(volume)
    return look


def _properties(proxy: ElementTree.Element) -> dict[str, list[str]]:
    """By name the values of a proxy's properties, or the ids of the proxies they are."""
    found = {}
    for item in proxy.findall("Property"):
        parts = [*item.findall("Element"), *item.findall("Proxy")]
        found[str(item.get("name"))] = [part.get("value", "") for part in parts]
    return found


def _state_colors(table: dict[str, list[str]]) -> dict[str, Any]:
    if table.get("UseLogScale") == ["1"]:
        raise Fault("the state maps colours by the logarithm of values, which volumes do not; turn it off in ParaView")
    if table.get("IndexedLookup") == ["1"]:
        colors = rows(numbers(table.get("IndexedColors", []), "IndexedColors"), 3, "IndexedColors")
        return _categories(colors)
    code = int(numbers(table.get("ColorSpace", ["0"]), "ColorSpace")[0])
    if not 0 <= code < len(STATE_SPACES):
        raise Fault(f"the colour space {code} of the state is not known")
    space = "HSV" if STATE_SPACES[code] == "HSVNoWrap" and table.get("HSVWrap") == ["1"] else STATE_SPACES[code]
    points = rows(numbers(table.get("RGBPoints", []), "RGBPoints"), 4, "RGBPoints")
    look: dict[str, Any] = {"points": ascending_points(points), "space": space}
    for key, used, color in (
        ("below", "UseBelowRangeColor", "BelowRangeColor"),
        ("above", "UseAboveRangeColor", "AboveRangeColor"),
    ):
        if table.get(used) == ["1"]:
            look[key] = numbers(table.get(color, []), color)
    return look


def _state_opacities(function: dict[str, list[str]]) -> list[list[float]]:
    return ascending_points(rows(numbers(function.get("Points", []), "Points"), 4, "Points"))


def _light(volume: dict[str, list[str]]) -> dict[str, float]:
    names = {"ambient": "Ambient", "diffuse": "Diffuse", "specular": "Specular", "specular_power": "SpecularPower"}
    return {key: numbers(volume[name], name)[0] for key, name in names.items() if volume.get(name)}
