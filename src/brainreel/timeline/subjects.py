"""What a camera has to show of each layer."""

import numpy as np
from numpy.typing import NDArray

from brainreel.data.facts import AnyFacts, MeshFacts, VolumeFacts
from brainreel.scene.labels import LabelPaint
from brainreel.scene.scene import Scene
from brainreel.scene.segments import Names
from brainreel.scene.slices import PLANES, SliceLayer
from brainreel.scene.tracks import Track
from brainreel.timeline.planes import box_corners, cut_points, moving_plane
from brainreel.timeline.setting import Setting
from brainreel.timeline.showing import ALL, Showing

Array = NDArray[np.float64]
SAME_DIRECTION = 0.999
"""Cosine of the angle between the normals of slices that are seen from one side."""
RADIOLOGICAL = (-1.0, 1.0, -1.0)
"""Left, anterior and inferior along x, y and z."""


def subject_points(setting: Setting, name: str, showing: Showing = ALL) -> list[Array]:
    """The outermost points (n, 3) of what `name` means: a layer, its part, or `all` that a view is `showing` and that
    is visible at some time.

    Of a volume it is what is brighter than the background; of a slice all that its plane cuts from the boxes of its
    volumes (where their background is not drawn, of what is none), the whole boxes where it moves. Raises SceneError
    where a plane does not meet its volume.
    """
    layer, _, part = name.partition(".")
    hidden = _never_visible(setting.scene, showing)
    found = []
    for asset, facts in setting.facts.assets.items():
        owner, *_, last = asset.split(".")
        if name == "all":
            belongs = owner not in hidden and showing.has(owner, _part(facts, last))
        else:
            belongs = owner == layer and part in ("", last)
        if belongs and isinstance(facts, VolumeFacts | MeshFacts):
            points = _points(setting, owner, asset, facts)
            found += [points] if len(points) else []
    return found


def slice_sides(setting: Setting, around: Names, showing: Showing = ALL) -> list[Array]:
    """The unit vectors (3,) from which slices are seen, one a direction, where `around` means nothing else; else none.

    Each is the one of a normal's two sides that is nearer to inferior, anterior or left, from where radiologists look.
    """
    names = (around,) if isinstance(around, str) else around
    layers = setting.scene.layers
    hidden = _never_visible(setting.scene, showing)
    every = [name for name in layers if showing.has(name) and name not in hidden]
    meant = {one: None for name in names for one in (every if name == "all" else [name.partition(".")[0]])}
    found: list[Array] = []
    for name in meant:
        layer = layers.get(name)
        if not isinstance(layer, SliceLayer) or isinstance(layer.plane, Track):
            return []
        normal = np.array(PLANES[layer.plane] if isinstance(layer.plane, str) else layer.plane, float)
        axis = int(np.argmax(np.abs(normal)))
        side = normal / np.linalg.norm(normal) * np.sign(normal[axis]) * RADIOLOGICAL[axis]
        if all(float(side @ other) < SAME_DIRECTION for other in found):
            found.append(side)
    return found


def facing_side(setting: Setting, around: Names, showing: Showing = ALL) -> Array | None:
    """The unit vector (3,) from which slices are seen, of several directions from between them and above; None where
    `around` means other layers too."""
    sides = slice_sides(setting, around, showing)
    if not sides:
        return None
    between = sides[0] if len(sides) == 1 else np.sum(sides, axis=0) * (1.0, 1.0, -1.0)
    return between / np.linalg.norm(between)


def _part(facts: AnyFacts, last: str) -> str:
    """The part of its layer that something is by the end of its key; only surfaces have parts."""
    return last if isinstance(facts, MeshFacts) else ""


def _never_visible(scene: Scene, showing: Showing) -> set[str]:
    """Layers that no time of the movie shows; none where that are all that a view is `showing`."""
    shown = {name for name in scene.layers if showing.has(name)}
    hidden = {name for name in shown if not any(_values(scene.layers[name].visible))}
    return set() if hidden == shown else hidden


def _values(leaf: object) -> tuple:
    return getattr(leaf, "values", (leaf,))


def _points(setting: Setting, owner: str, asset: str, facts: VolumeFacts | MeshFacts) -> Array:
    layer = setting.scene.layers.get(owner)
    if isinstance(layer, SliceLayer) and isinstance(facts, VolumeFacts):
        return _slice_points(setting, owner, layer, asset, facts)
    return np.array(facts.hull, float) if facts.hull else facts.bounds.corners()


def _slice_points(setting: Setting, name: str, layer: SliceLayer, asset: str, facts: VolumeFacts) -> Array:
    """Of the volume `asset` on the slice `name`; nothing of a paint that its plane does not meet."""
    found = setting.facts_of(f"{name}.slice", ("layers", name, "slice"))
    base = next((one for one in found.values() if isinstance(one, VolumeFacts)), facts)
    plane, corners = moving_plane(setting, name, layer, base), box_corners(facts, _hides_background(layer, asset))
    if not plane.is_still:
        return corners
    points = cut_points(corners, *plane.at(0.0))
    return corners if facts is base and not len(points) else points


def _hides_background(layer: SliceLayer, asset: str) -> bool:
    """Whether of `asset` on a slice nothing is drawn that is background."""
    _, role, *parts = asset.split(".")
    if role == "slice":
        return layer.hides_background and layer.outline == "none"
    paint = layer.paint[int(parts[0])]
    return isinstance(paint, LabelPaint) or paint.color.below != "first"
