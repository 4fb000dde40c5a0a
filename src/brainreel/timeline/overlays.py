"""Overlays over time: words, times, orientation and logos; bars have modules of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from brainreel.data.facts import ImageFacts
from brainreel.scene.faults import Path
from brainreel.scene.overlays import Image, Orientation, ScalarBar, ScaleBar, Text, TimeLabel, Words
from brainreel.timeline.clocks import DataClock, data_clock
from brainreel.timeline.curves import Curve
from brainreel.timeline.cycles import MovingCycle
from brainreel.timeline.driven import Driven, driven_by
from brainreel.timeline.frame import ImageOverlay, OrientationOverlay, Overlay, TextOverlay
from brainreel.timeline.labels import Label
from brainreel.timeline.layers import MovingLayer
from brainreel.timeline.looks import Color
from brainreel.timeline.motions import vector
from brainreel.timeline.scalar_bars import moving_bar
from brainreel.timeline.scale_bars import moving_scale_bar
from brainreel.timeline.setting import Setting, as_is, number, rgb
from brainreel.timeline.styles import Backdrop, Style, style_of
from brainreel.timeline.surfaces import MovingSurface

Layers = Mapping[str, MovingLayer]


class MovingOverlay(Protocol):
    """One overlay over the movie."""

    def at(self, t_s: float, backdrop: Backdrop, /) -> Overlay | None:
        """What stands on the picture at `t_s`; None while it is hidden."""
        ...


@dataclass(frozen=True)
class MovingText:
    """Words or times, on a `box` where they have one."""

    style: Style
    words: Curve[str] | Label
    box: Curve[Color] | None
    box_alpha: Curve[float]

    def at(self, t_s: float, backdrop: Backdrop) -> Overlay | None:
        """The words at `t_s`; None while they are hidden."""
        text = self.words.at(t_s)
        if not self.style.is_shown(t_s) or not text:
            return None
        style, box = self.style, self.box.at(t_s) if self.box else None
        color = style.color_on(box or backdrop.background, t_s)
        box_alpha = self.box_alpha.at(t_s) if box else 1.0
        size, alpha = style.size.at(t_s), style.alpha_at(t_s)
        return TextOverlay(text, style.place, size, color, alpha, box, box_alpha)


@dataclass(frozen=True)
class MovingOrientation:
    """Letters or a cube that turn with the camera."""

    style: Style
    form: str

    def at(self, t_s: float, backdrop: Backdrop) -> Overlay | None:
        """What the camera of `backdrop` sees; None while it is hidden."""
        if not self.style.is_shown(t_s):
            return None
        style, camera = self.style, backdrop.camera
        assert camera is not None  # it stands in a view
        forward = np.subtract(camera.focal_point, camera.position)
        right = np.cross(forward, camera.view_up)
        up = np.cross(right, forward)
        right, up = (vector(np.round(axis / np.linalg.norm(axis), 12)) for axis in (right, up))
        size, color = style.size.at(t_s), style.color_on(backdrop.background, t_s)
        return OrientationOverlay(self.form, right, up, style.place, size, color, style.alpha_at(t_s))


@dataclass(frozen=True)
class MovingImage:
    """A logo; `digest` is of its file's content."""

    style: Style
    path: str
    digest: str

    def at(self, t_s: float, backdrop: Backdrop) -> Overlay | None:
        """The logo at `t_s`; None while it is hidden."""
        style = self.style
        if not style.is_shown(t_s):
            return None
        return ImageOverlay(self.path, self.digest, style.place, style.size.at(t_s), style.alpha_at(t_s))


def overlays_at(overlays: Sequence[MovingOverlay], t_s: float, backdrop: Backdrop) -> tuple[Overlay, ...]:
    """Those that are shown at `t_s`."""
    return tuple(shown for one in overlays if (shown := one.at(t_s, backdrop)) is not None)


def moving_overlays(setting: Setting, models: Sequence[Any], path: Path, layers: Layers) -> tuple[MovingOverlay, ...]:
    """The overlays of the scene, or of the view at `path`."""
    return tuple(
        moving_overlay(setting, model, (*path, "overlays", index), layers) for index, model in enumerate(models)
    )


def moving_overlay(setting: Setting, model: Any, path: Path, layers: Layers) -> MovingOverlay:
    """The overlay at `path`."""
    style = style_of(setting, model, path)
    if isinstance(model, TimeLabel):
        return _words(setting, model, style, _label(setting, model, layers, path), path)
    if isinstance(model, ScalarBar):
        return moving_bar(setting, model, style, layers, path)
    if isinstance(model, ScaleBar):
        return moving_scale_bar(setting, model, style, path)
    if isinstance(model, Orientation):
        return MovingOrientation(style, model.orientation)
    if isinstance(model, Image):
        prefix = ".".join(map(str, path))
        facts = setting.facts_of(prefix, (*path, "image"))[f"{prefix}.image"]
        assert isinstance(facts, ImageFacts)
        return MovingImage(style, facts.name, facts.fingerprint)
    assert isinstance(model, Text)
    return _words(setting, model, style, setting.curve(model.text, (*path, "text"), as_is), path)


def _words(setting: Setting, model: Words, style: Style, words: Curve[str] | Label, path: Path) -> MovingText:
    box = None if model.box is None else setting.curve(model.box, (*path, "box"), rgb)
    return MovingText(style, words, box, setting.curve(model.box_alpha, (*path, "box_alpha"), number))


def _label(setting: Setting, model: TimeLabel, layers: Layers, path: Path) -> Label:
    if model.time == "movie":
        if model.labels:
            raise setting.error("the movie has no items to name; name a clock", (*path, "labels"))
        return Label(model.format or "{t:.1f} s", None, ())
    if model.time not in setting.scene.clocks:
        return _label_of_cycle(setting, model, layers, path)
    clock = data_clock(setting, model.time)
    usual = "{t:.0f}" if clock.counts_items else "{t:+.0f} {unit}" if clock.unit in {"ms", "us"} else "{t:.2f} {unit}"
    driven = tuple(driven_by(model.time, layers.values()))
    if model.labels:
        usual = "{label}"
        _check_labels(setting, model.labels, clock, driven, (*path, "labels"))
    elif "{label" in (model.format or ""):
        raise setting.error("{label} stands for one of labels:; write labels: [rest, task]", (*path, "format"))
    return Label(model.format or usual, clock, driven, model.labels or ())


def _label_of_cycle(setting: Setting, model: TimeLabel, layers: Layers, path: Path) -> Label:
    """Of the values that take turns in the layer, or the paint, that `model` names."""
    name, _, number = model.time.partition(".")
    layer = layers[name]
    assert isinstance(layer, MovingSurface)
    cycles = {str(index): paint for index, paint in enumerate(layer.paints) if isinstance(paint, MovingCycle)}
    cycle = cycles[number] if number else list(cycles.values())[-1]
    names = model.labels or cycle.names
    if len(names) != len(cycle.names):
        raise setting.error(
            f"has {len(names)} words for {len(cycle.names)} that take turns; write one for each", (*path, "labels")
        )
    return Label(model.format or "{label}", DataClock(cycle.turns, "items"), (), names, round=True)


def _check_labels(
    setting: Setting, labels: tuple[str, ...], clock: DataClock, driven: tuple[Driven, ...], path: Path
) -> None:
    """Raise SceneError where what the clock shows has more moments than there are `labels`, or none."""
    count = max((one.data.axis.count for one in driven), default=0)
    if not driven and not clock.counts_items:
        raise setting.error("the clock drives no data, so it has no moments to name; leave it out", path)
    if count > len(labels):
        raise setting.error(f"has {len(labels)} words for {count} moments; write one for each", path)
