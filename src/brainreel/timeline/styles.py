"""What all overlays share: when, where, how large, in which colour; and the backdrop they stand before."""

from dataclasses import dataclass

from brainreel.scene.faults import Path
from brainreel.scene.overlays import Overlay as OverlayModel
from brainreel.timeline import automatic
from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Color
from brainreel.timeline.setting import Setting, number, rgb, screen_part


@dataclass(frozen=True)
class Backdrop:
    """What an overlay is laid over: the picture or a view of `size` (width, height) pixels, which is a `part` of the
    picture's height and seen by a `camera`; None for a picture of several views."""

    background: Color
    camera: Camera | None
    size: tuple[int, int]
    part: float = 1.0


@dataclass(frozen=True)
class Style:
    """What all overlays share; `color` None is chosen by the background. `fade_s`: how long it comes and goes."""

    show_s: tuple[float, float] | None
    fade_s: float
    place: str
    size: Curve[float]
    color: Curve[Color] | None
    alpha: Curve[float]

    def is_shown(self, t_s: float) -> bool:
        """Whether `t_s` lies in [from, to) and anything is seen."""
        inside = self.show_s is None or self.show_s[0] - 1e-9 <= t_s < self.show_s[1] - 1e-9
        return inside and self.alpha_at(t_s) > 0

    def alpha_at(self, t_s: float) -> float:
        """How far it is seen: `alpha`, less while it fades."""
        alpha = self.alpha.at(t_s)
        if self.show_s is None or self.fade_s <= 0:
            return alpha
        inwards_s = min(t_s - self.show_s[0], self.show_s[1] - t_s)
        return alpha * min(max(inwards_s / self.fade_s, 0.0), 1.0)

    def color_on(self, background: Color, t_s: float) -> Color:
        """The letters' colour."""
        return self.color.at(t_s) if self.color else automatic.legible_on(background)


def style_of(setting: Setting, model: OverlayModel, path: Path) -> Style:
    """The style of the overlay at `path`. Raises SceneError where it fades longer than it is shown."""
    show, fade_s = None, 0.0
    if model.show is not None:
        begin, end = (float(setting.moments.seconds(time)) for time in model.show)
        show = begin, end
        fade_s = float(setting.moments.span_s(model.fade)) if model.fade else 0.0
        if 2 * fade_s > end - begin + 1e-9:
            message = f"comes and goes in {2 * fade_s:g} s, but is shown for {end - begin:g} s; shorten it"
            raise setting.error(message, (*path, "fade"))
    color = None if model.color == "auto" else setting.curve(model.color, (*path, "color"), rgb)
    place: str = model.place  # type: ignore[attr-defined]
    size = setting.curve(model.size, (*path, "size"), screen_part)
    return Style(show, fade_s, place, size, color, setting.curve(model.alpha, (*path, "alpha"), number))
