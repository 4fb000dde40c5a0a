"""What a scene means to show and never does: told before anything is drawn, so that a black picture has a reason."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence

from brainreel.data.facts import MeshFacts, VolumeFacts
from brainreel.scene.faults import Path
from brainreel.scene.layers import SurfaceLayer
from brainreel.timeline.cutting import is_empty
from brainreel.timeline.layers import Cuttable, MovingLayer
from brainreel.timeline.looks import VolumeLook
from brainreel.timeline.piecewise import opacity_curve
from brainreel.timeline.segmentations import MovingLabels
from brainreel.timeline.setting import Setting
from brainreel.timeline.showing import Showing
from brainreel.timeline.slices import MovingRange, MovingSlice
from brainreel.timeline.surfaces import MovingSurface
from brainreel.timeline.volumes import MovingVolume

log = logging.getLogger("brainreel")
Times = Sequence[float]
_MOST_SHARED = 0.25
"""Of the width of a hemisphere that may lie in the other; folded ones meet in some hundredths of it."""


def tell_unseen(setting: Setting, layers: Sequence[MovingLayer], used: Collection[str], times_s: Times) -> None:
    """Warn of layers of which at none of `times_s` anything is seen, as far as the scene and the facts tell.

    Layers that are hidden by `visible` or `alpha` are meant to be. `used` are the names of those in some view.
    """
    for layer in layers:
        if layer.name not in used:
            place = setting.scene.place(("layers", layer.name))
            log.warning("%s: no view shows it; name it under show:, or leave it out", place)
            continue
        if not isinstance(layer, Cuttable | MovingSlice):
            continue
        if any(layer.visible.at(t_s) and layer.alpha.at(t_s) > 0 for t_s in times_s):
            for path, problem in _problems(setting, layer, times_s):
                log.warning("%s: %s", setting.scene.place(("layers", layer.name, *path)), problem)


def tell_hidden_hemispheres(setting: Setting, layers: Iterable[MovingLayer], showings: Iterable[Showing]) -> None:
    """Warn of surfaces whose hemispheres lie in one another, as inflated ones do, where a view shows both."""
    showings = tuple(showings)
    for layer in layers:
        if not isinstance(layer, MovingSurface) or not isinstance(setting.scene.layers[layer.name], SurfaceLayer):
            continue
        parts = {part.rpartition(".")[2]: setting.facts.assets.get(part) for part in layer.geometry.parts}
        left, right = parts.get("left"), parts.get("right")
        both = any(showing.has(layer.name, "left") and showing.has(layer.name, "right") for showing in showings)
        if not both or not isinstance(left, MeshFacts) or not isinstance(right, MeshFacts):
            continue
        shared = min(left.bounds.upper[0], right.bounds.upper[0]) - max(left.bounds.lower[0], right.bounds.lower[0])
        if shared > _MOST_SHARED * min(left.bounds.extent[0], right.bounds.extent[0]):
            log.warning(
                "%s: %s and %s lie in one another and hide each other; show each in a view of its own, show: %s.left, "
                "or one of them, hemi: left",
                *(setting.scene.place(("layers", layer.name, "surface")), left.name, right.name, layer.name),
            )


def _problems(setting: Setting, layer: Cuttable | MovingSlice, times_s: Times) -> Iterator[tuple[Path, str]]:
    """Where in the layer what keeps it from being seen, and what to do."""
    if all(is_empty(layer.cut.keep(t_s)) for t_s in times_s):
        yield ("cut",), f"nothing of {layer.name} is left; cut opposite sides by less than 100% together"
    elif isinstance(layer, MovingSlice) and all(_is_cut_away(layer, t_s) for t_s in times_s):
        yield ("cut",), f"nothing of {layer.name} is left, its plane lies in what is cut away; cut less, or move at:"
    for path, assets in _sources(layer):
        known = [facts for asset in assets if isinstance(facts := setting.facts.assets.get(asset), VolumeFacts)]
        empty = _emptiness(known) if known else ""
        if empty:
            yield path, f"{empty}; check the file, or channel:, component: and dtype:"
        elif isinstance(layer, MovingVolume) and _is_transparent(layer, known[0], times_s):
            values = f"{known[0].quantiles[0]:g} to {known[0].quantiles[-1]:g}"
            yield ("opacity",), f"is 0 at all values of the data, {values}, so nothing is seen; move its points there"
        elif isinstance(layer, MovingLabels) and _shows_no_label(layer, times_s):
            yield (), "none of its labels is shown; see color, hide and opacity"
    if isinstance(layer, MovingSlice):
        yield from _hidden_paints(setting, layer, times_s)


def _is_cut_away(layer: MovingSlice, t_s: float) -> bool:
    keep = layer.cut.keep(t_s)
    return keep is not None and not layer.plane.meets(keep, t_s)


def _sources(layer: Cuttable | MovingSlice) -> list[tuple[Path, tuple[str, ...]]]:
    """The data of a layer, by the key that names them."""
    if not isinstance(layer, MovingSlice):
        return [(("labels" if isinstance(layer, MovingLabels) else "volume",), layer.assets)]
    return [(_source_path(paint.asset), paint.assets) for paint in layer.paints]


def _source_path(asset: str) -> Path:
    """Of what a slice shows: `a.slice`, `a.paint.0`, `a.paint.0.labels`."""
    _, role, *rest = asset.split(".")
    return (role,) if role == "slice" else (role, int(rest[0]), rest[1] if len(rest) > 1 else "scalars")


def _emptiness(parts: list[VolumeFacts]) -> str:
    """What is wrong with data of which all `parts` are everywhere the same; nothing where they are not."""
    if all(facts.labels for facts in parts):
        return "holds no label but 0" if all(facts.labels == (0,) for facts in parts) else ""
    if any(facts.quantiles[0] < facts.quantiles[-1] for facts in parts):
        return ""
    return f"every voxel that was sampled is {parts[0].quantiles[0]:g}, which is one even tone, or nothing"


def _shows_no_label(layer: MovingLabels, times_s: Times) -> bool:
    return not any(layer.colors.at(t_s, layer.opacity.at(t_s)) for t_s in times_s)


def _is_transparent(layer: MovingVolume, facts: VolumeFacts, times_s: Times) -> bool:
    """Whether opacity is 0 at all values of the data; what holds its own colours has no such values."""
    low, high = facts.quantiles[0], facts.quantiles[-1]

    def is_none(look: object) -> bool:
        if not isinstance(look, VolumeLook) or look.mode != "composite":
            return False
        points = look.transfer.opacities
        inside = [point.opacity for point in points if low <= point.x <= high]
        return max(*opacity_curve(points, (low, high)), *inside) == 0

    return all(is_none(layer.at(t_s)) for t_s in times_s if layer.visible.at(t_s))


def _hidden_paints(setting: Setting, layer: MovingSlice, times_s: Times) -> Iterator[tuple[Path, str]]:
    """Paints whose values all lie below a range that hides what does."""
    for paint in layer.paints:
        facts, colors = setting.facts.assets.get(paint.asset), paint.colors
        if not isinstance(facts, VolumeFacts) or not isinstance(colors, MovingRange) or not colors.below_hidden:
            continue
        low, high = facts.quantiles[0], facts.quantiles[-1]
        highest = max(abs(low), abs(high)) if colors.diverging else high
        if low < high and all(colors.at(t_s).range[0] > highest for t_s in times_s):
            path = () if paint.asset.endswith(".slice") else _source_path(paint.asset)[:2]
            told = f"all values of the data lie below it, at most {high:g}, and are hidden"
            yield (*path, "color", "range"), f"{told}; begin it lower, or write below: first"
