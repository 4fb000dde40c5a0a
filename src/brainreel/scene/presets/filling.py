"""Presets put into layers: `preset:` under the layer's own keys, `file:` under colours and opacities."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from brainreel.scene.faults import Fault
from brainreel.scene.presets.paraview import color_map, opacity_map, state_look
from brainreel.scene.presets.slicer import volume_look

Reader = Callable[[Path, str | None], dict[str, Any]]


def with_presets(layer: Any, folder: Path | None) -> Any:
    """The layer with what its presets say, its own keys before theirs; files are relative to `folder`.

    Raises Fault, its path inside the layer.
    """
    if not isinstance(layer, Mapping) or "volume" not in layer:
        return layer
    if "preset" in layer:
        found = _read(layer["preset"], folder, "preset", _whole_look)
        layer = {**found, **{key: value for key, value in layer.items() if key != "preset"}}
    for key, reader in (("color", color_map), ("opacity", opacity_map)):
        if isinstance(layer.get(key), Mapping) and "file" in layer[key]:
            layer = {**layer, key: _read(layer[key], folder, key, reader)}
    return layer


def _read(stated: Any, folder: Path | None, key: str, reader: Reader) -> dict[str, Any]:
    """What the file says, and the keys beside `file` and `name` over it."""
    if not isinstance(stated, Mapping) or not isinstance(stated.get("file"), str):
        raise Fault("expects {file: ..., name: ...}", (key,), stated)
    name = stated.get("name")
    if name is not None and not isinstance(name, str):
        raise Fault('expects text; write it in quotes: "..."', (key, "name"), name)
    path = Path(stated["file"]).expanduser()
    try:
        found = reader(path if folder is None else folder / path, name)
    except Fault as fault:
        inside = fault.path or ("file",)
        raise Fault(fault.message, (key, *inside), fault.value if fault.path else stated["file"]) from None
    return {**found, **{part: value for part, value in stated.items() if part not in ("file", "name")}}


def _whole_look(path: Path, name: str | None) -> dict[str, Any]:
    if path.suffix == ".pvsm":
        return state_look(path, name)
    if path.suffix == ".json":
        raise Fault(f"holds colours alone; write color: {{file: {path.name}, name: ...}}")
    return volume_look(path, name)
