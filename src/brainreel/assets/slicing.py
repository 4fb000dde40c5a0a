"""Scenes of slices for data alone: through a volume, and of one volume over another."""

from typing import Any

from brainreel.assets.roles import VolumeRole

Named = tuple[str, VolumeRole, dict[str, Any]]
"""Name of the layer, what the volume is, what a scene says of its source."""
PLANES = ("axial", "coronal", "sagittal")


def add_slices(mapping: dict[str, Any], volumes: list[Named], mode: str, reach: tuple[int, int]) -> None:
    """Put slices of the first of `volumes`, the others painted over it, into the scene `mapping`, and a camera.

    rotation: three planes through the middle, which turn; sweep: one that goes through; fade: one that goes over to
    the second volume and back. `reach`: from and to where, in % of its height, a sweep shows anything.
    """
    (name, role, source), over = volumes[0], volumes[1:]
    paints = [_paint(*named) for named in over]
    flat = role.is_flat
    if mode == "rotation" and not flat:
        for plane in PLANES:
            layer = _layer(source, role, plane, paints) | {"color": {"below": "hide"}}  # or planes hide one another
            mapping["layers"][f"{name}_{plane}"] = layer
        mapping["overlays"] = [*mapping.get("overlays", []), *_bar(f"{name}_axial", over)]
        return
    layer = _layer(source, role, "axial", paints)
    if mode == "sweep" and not flat:
        layer["at"] = {"0s": f"{reach[0]}%", "100%": f"{reach[1]}%"}
    if mode == "fade":
        second = layer["paint"][-1]
        second["alpha"] = {"0%": 0, "50%": 1, "100%": 0, "ease": "in-out"}
        if over[-1][1].is_color:
            second["color"] = {"below": "first"}
        elif "scalars" in second:
            second["color"] = {"map": "gray", "range": ["p0.5", "p99.8"], "below": "first"}  # as the first volume has
    mapping["layers"][name] = layer
    mapping["camera"] = [
        {
            "still": {
                "around": "all",
                "view": "inferior",
                "up": "anterior" if role.states_anatomy else "posterior",
                "parallel": True,
            }
        }
    ]
    letters = [{"orientation": "letters"}] if role.states_anatomy else []
    mapping["overlays"] = [*mapping.get("overlays", []), *letters, *(_bar(name, over) if mode != "fade" else [])]


def _layer(source: dict[str, Any], role: VolumeRole, plane: str, paints: list[dict[str, Any]]) -> dict[str, Any]:
    """A slice with `paints` over it; one of labels is painted with their colours first."""
    layer: dict[str, Any] = {"slice": source, "plane": plane}
    if role.is_labels:
        layer["interpolate"] = "nearest"
        paints = [{"labels": source}, *paints]
    return layer | ({"paint": [dict(paint) for paint in paints]} if paints else {})


def _paint(name: str, role: VolumeRole, source: dict[str, Any]) -> dict[str, Any]:
    if role.is_labels:
        return {"labels": source, "alpha": 0.6}
    return {"scalars": source}


def _bar(layer: str, over: list[Named]) -> list[dict[str, Any]]:
    """A bar where something that lies over the first volume has numbers to explain."""
    has_numbers = any(not (role.is_labels or role.is_color) for _, role, _ in over)
    return [{"scalar_bar": layer, "place": "right"}] if has_numbers else []
