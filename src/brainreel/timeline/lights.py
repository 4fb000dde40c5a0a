"""Light over time."""

from dataclasses import dataclass

from brainreel.scene.faults import Path
from brainreel.scene.layers import Light
from brainreel.timeline.curves import Curve, constant
from brainreel.timeline.looks import Shading
from brainreel.timeline.setting import Setting, number

PARTS = ("ambient", "diffuse", "specular", "specular_power")


@dataclass(frozen=True, slots=True)
class ShadingCurve:
    """Each number of a Shading as a curve, in the order of `PARTS`."""

    parts: tuple[Curve[float], ...]

    def at(self, t_s: float) -> Shading:
        """The light at `t_s`."""
        return Shading(*(curve.at(t_s) for curve in self.parts))


def shading_curve(setting: Setting, stated: Light | str, usual: Shading, path: Path) -> ShadingCurve:
    """What was stated, and the `usual` numbers for the rest."""
    curves = []
    for part in PARTS:
        leaf = getattr(stated, part) if isinstance(stated, Light) else None
        curves.append(constant(getattr(usual, part)) if leaf is None else setting.curve(leaf, (*path, part), number))
    return ShadingCurve(tuple(curves))
