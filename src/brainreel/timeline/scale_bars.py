"""Scale bars over time: how long a length of the world is on the picture."""

import math
from dataclasses import dataclass

from brainreel.data.facts import VolumeFacts
from brainreel.scene.faults import Path
from brainreel.scene.overlays import ScaleBar
from brainreel.scene.values import Quantity
from brainreel.space import LENGTHS_MM
from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Camera, Overlay, ScaleBarOverlay
from brainreel.timeline.setting import Setting
from brainreel.timeline.styles import Backdrop, Style

LONGEST = 0.25
"""Part of the picture's width that an automatic bar takes at most; at least it takes two fifths of that."""

READABLE = ("m", "cm", "mm", "µm", "nm")
"""Units of labels, the longest first."""


@dataclass(frozen=True)
class MovingScaleBar:
    """A line as long as `length_mm` at the depth of the camera's focal point, with words; 0 is a round length.

    `unit` is that of the words, None for a readable one.
    """

    style: Style
    length_mm: Curve[float]
    unit: str | None

    def at(self, t_s: float, backdrop: Backdrop) -> Overlay | None:
        """The bar at `t_s`; None while it is hidden."""
        if not self.style.is_shown(t_s):
            return None
        assert backdrop.camera is not None  # bars stand in views
        height_mm = seen_height(backdrop.camera)
        width, height = backdrop.size
        length_mm = self.length_mm.at(t_s) or round_length(LONGEST * height_mm * width / height)
        style = self.style
        return ScaleBarOverlay(
            written_length(length_mm, self.unit),
            length_mm / height_mm * backdrop.part,
            style.place,
            style.size.at(t_s),
            style.color_on(backdrop.background, t_s),
            style.alpha_at(t_s),
        )


def moving_scale_bar(setting: Setting, model: ScaleBar, style: Style, path: Path) -> MovingScaleBar:
    """The scale bar at `path`. Raises SceneError where lengths in the world have no unit."""
    where = (*path, "scale_bar")
    if setting.scene.movie.unit == "none":
        raise setting.error("the world has no unit (movie.unit: none), so nothing to measure; leave it out", where)
    for facts in setting.facts.assets.values():
        if isinstance(facts, VolumeFacts) and facts.unit == "none":
            message = f"{facts.name} states no spacing, so nothing to measure; give spacing: beside its file:"
            raise setting.error(message, where)
    length = setting.curve(model.scale_bar, where, lambda value: _length(setting, value), smooth=False)
    unit = model.scale_bar.unit if isinstance(model.scale_bar, Quantity) else None
    return MovingScaleBar(style, length, {"um": "µm"}.get(unit, unit) if unit else None)


def _length(setting: Setting, value: Quantity | str) -> float:
    return 0.0 if isinstance(value, str) else setting.length(value)


def seen_height(camera: Camera) -> float:
    """World units from the picture's lower to its upper edge, at the depth of the camera's focal point."""
    if camera.parallel:
        return 2 * camera.parallel_scale
    return 2 * math.dist(camera.position, camera.focal_point) * math.tan(math.radians(camera.view_angle) / 2)


def round_length(most: float) -> float:
    """The longest 1, 2 or 5 times a power of ten that is no longer than `most`."""
    power = 10.0 ** math.floor(math.log10(most) + 1e-9)
    return max(factor * power for factor in (1, 2, 5) if factor * power <= most * (1 + 1e-9))


def written_length(length_mm: float, unit: str | None = None) -> str:
    """In `unit`, or the longest in which it is 1 or more; centimetres from 10 on."""
    if unit is None:
        readable = [one for one in READABLE if length_mm / LENGTHS_MM[one] >= (10 if one == "cm" else 1) * (1 - 1e-9)]
        unit = readable[0] if readable else READABLE[-1]
    return f"{float(f'{length_mm / LENGTHS_MM[unit]:.6g}'):g} {unit}"
