"""The scene's transforms resolved: numbers for what it leaves open, and what is known of the data that they move."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data.facts import Facts, MeshFacts, TransformFacts, VolumeFacts
from brainreel.scene.faults import Path
from brainreel.scene.tracks import Track
from brainreel.scene.transforms import FileTransform, MatrixTransform, Place, Translation, Turn
from brainreel.space import DIRECTIONS, Reach, apply_affine, mirrors
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.moments import moving_moment
from brainreel.timeline.moved_facts import moved_facts
from brainreel.timeline.setting import Setting, number
from brainreel.timeline.transforms import Blend, MovingTransform, Poses, Rotating, Shift, Step, Warping

Array = NDArray[np.float64]


def moving_transforms(setting: Setting) -> tuple[Mapping[str, MovingTransform], Facts]:
    """What moves each layer that is moved, and the facts of all data where that takes them over the movie."""
    found = {}
    for name, layer in setting.scene.layers.items():
        if layer.transform or layer.place is not None:
            found[name] = _moving_transform(setting, name, layer)
    length_s = float(setting.moments.length_s)
    facts = dict(setting.facts.assets)
    for key, known in setting.facts.assets.items():
        if key.split(".")[0] in found and isinstance(known, VolumeFacts | MeshFacts):
            facts[key] = moved_facts(known, found[key.split(".")[0]], length_s)
    return found, Facts(facts)


def _moving_transform(setting: Setting, name: str, layer: Any) -> MovingTransform:
    path: Path = ("layers", name)
    steps: list[Step] = []
    corners = _corners(setting, name)
    if layer.place is not None:
        placed = _placed(setting, layer.place, corners, (*path, "place"))
        steps.append(Blend((placed,), constant(0.0), constant(1.0)))
        corners = apply_affine(placed, corners)
    for index, one in enumerate(layer.transform):
        steps.append(_step(setting, name, index, one, corners))
        begun = steps[-1].at(0.0)
        corners = apply_affine(begun, corners) if isinstance(begun, np.ndarray) else corners
    return MovingTransform(tuple(steps), layer.place is not None and layer.place.size is not None)


def _step(setting: Setting, name: str, index: int, one: Any, corners: Array) -> Step:
    path: Path = ("layers", name, "transform", index)
    if isinstance(one, Translation):
        return Shift(setting.curve(one.translate, (*path, "translate"), lambda value: _lengths(setting, value)))
    if isinstance(one, Turn):
        return _rotating(setting, one, corners, (*path, "rotate"))
    amount = setting.curve(one.amount, (*path, "amount"), number)
    if isinstance(one, MatrixTransform):
        values = one.matrix.values if isinstance(one.matrix, Track) else (one.matrix,)
        affines = [_whole(value) for value in values]
        places = iter(range(len(affines)))
        place = setting.curve(one.matrix, (*path, "matrix"), lambda _: float(next(places)))
        blend = Blend(_turned(affines, one.inverse), place, amount)
        _check_mirrors(setting, blend.affines, amount, path)
        return blend
    return _from_file(setting, f"{name}.transform.{index}", one, amount, path)


def _from_file(setting: Setting, asset: str, one: FileTransform, amount: Curve[float], path: Path) -> Step:
    facts = next(iter(setting.facts_of(asset, path).values()))
    if not isinstance(facts, TransformFacts):
        raise setting.error(f"is a {facts.kind}, not a transform", path)
    known = [tuple(_known(part) for part in maps) for maps in facts.moments]
    if facts.times is None and not all(isinstance(part, np.ndarray) for part in known[0]):
        return Warping(asset, known[0], amount, one.inverse)
    affines = _turned([_composed(maps) for maps in known], one.inverse)
    _check_mirrors(setting, affines, amount, path, jumps=one.interpolate == "hold")
    if facts.times is None:
        return Blend(affines, constant(0.0), amount)
    return Poses(affines, moving_moment(setting, one, facts.times, path), amount)


def _rotating(setting: Setting, one: Turn, corners: Array, path: Path) -> Rotating:
    turn = one.rotate
    axis = np.array(DIRECTIONS[turn.axis] if isinstance(turn.axis, str) else turn.axis, float)
    middle = (corners.min(0) + corners.max(0)) / 2
    about = constant((float(middle[0]), float(middle[1]), float(middle[2])))
    if turn.about is not None:
        about = setting.curve(turn.about, (*path, "about"), lambda value: _lengths(setting, value))
    angle = setting.curve(turn.angle, (*path, "angle"), lambda quantity: quantity.number)
    return Rotating(axis / np.linalg.norm(axis), angle, about)


def _check_mirrors(
    setting: Setting, affines: Sequence[Array], amount: Curve[float], path: Path, jumps: bool = False
) -> None:
    """Raise SceneError where something would have to lie between a mirror and what is none."""
    kinds = {mirrors(affine) for affine in affines}
    if True in kinds and set(amount.values) != {1.0}:
        raise setting.error("the transform mirrors, and there is no part of a mirror; write 1", (*path, "amount"))
    if len(kinds) > 1 and not jumps:
        raise setting.error("some of the transforms mirror and some do not, nothing lies between them", path)


def _corners(setting: Setting, name: str) -> Array:
    """Of the boxes (n, 3) of a layer's own data, not of what is painted on them."""
    own = [
        facts.bounds.corners()
        for key, facts in setting.facts.assets.items()
        if isinstance(facts, VolumeFacts | MeshFacts) and key.split(".")[0] == name and ".paint." not in key
    ]
    if not own:
        raise setting.error("nothing is known about its data; open them first", ("layers", name))
    return np.concatenate(own)


def _placed(setting: Setting, place: Place, corners: Array, path: Path) -> Array:
    lower, upper = corners.min(0), corners.max(0)
    affine = np.eye(4)
    if place.size is not None:
        size = setting.value(lambda: setting.length(place.size), (*path, "size"))  # pyright: ignore[reportArgumentType]
        affine[:3, :3] *= size / float((upper - lower).max() or 1.0)
    middle = (lower + upper) / 2
    affine[:3, 3] = -affine[:3, :3] @ middle + (0 if place.center else middle)
    return affine


def _known(part: Any) -> Array | Reach:
    return np.array(part) if len(part) == 4 else part


def _composed(maps: Sequence[Array | Reach]) -> Array:
    affine = np.eye(4)
    for one in maps:
        affine = np.asarray(one) @ affine
    return affine


def _turned(affines: Sequence[Array], inverse: bool) -> tuple[Array, ...]:
    return tuple(np.asarray(np.linalg.inv(affine) if inverse else affine, float) for affine in affines)


def _whole(rows: Sequence[Sequence[float]]) -> Array:
    return np.array([*rows[:3], (0, 0, 0, 1)], float)


def _lengths(setting: Setting, value: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (float(part) * setting.bare_length for part in value)
    return x, y, z
