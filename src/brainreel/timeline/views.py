"""Views over time: what each area of the picture shows, and by which camera."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from brainreel.data.facts import MeshFacts
from brainreel.scene.faults import Path, nearest
from brainreel.scene.orbits import Orbit, Still
from brainreel.scene.segments import Segment
from brainreel.scene.views import View
from brainreel.timeline.cameras import camera_reel
from brainreel.timeline.frame import Area, Panel, pixels_of
from brainreel.timeline.layers import MovingLayer
from brainreel.timeline.looks import Color, Layer, SliceLook, SurfaceLook
from brainreel.timeline.motions import CameraReel
from brainreel.timeline.overlays import MovingOverlay, moving_overlays, overlays_at
from brainreel.timeline.setting import Setting
from brainreel.timeline.showing import ALL, Showing
from brainreel.timeline.styles import Backdrop
from brainreel.timeline.subjects import slice_sides

WHOLE: Area = (0.0, 0.0, 1.0, 1.0)
Looks = Sequence[tuple[str, Layer]]
"""What is seen at one instant, with the names of the layers."""


@dataclass(frozen=True)
class MovingView:
    """What is seen in an `area` of a picture of `size` (width, height) pixels."""

    name: str
    area: Area
    size: tuple[int, int]
    showing: Showing
    camera: CameraReel
    overlays: tuple[MovingOverlay, ...]

    def at(self, t_s: float, looks: Looks, background: Color) -> Panel:
        """The panel at `t_s`, where of all layers `looks` are seen."""
        camera = self.camera.at(t_s)
        shown = tuple(part for layer, look in looks for part in self.showing.of(layer, [look]))
        _, _, width, height = pixels_of(self.area, self.size)
        part = height / self.size[1]
        if part != 1:
            shown = tuple(_measured(look, part) for look in shown)
        backdrop = Backdrop(background, camera, (width, height), part)
        return Panel(camera, shown, overlays_at(self.overlays, t_s, backdrop), self.area, self.name)


def _measured(look: Layer, part: float) -> Layer:
    """`look` with the widths that are parts of the picture's height as those of a view's, which is a `part` of it."""
    if isinstance(look, SurfaceLook) and look.names:
        return replace(look, names=replace(look.names, size=look.names.size / part))
    return replace(look, outline_width=look.outline_width / part) if isinstance(look, SliceLook) else look


def moving_views(setting: Setting, layers: Mapping[str, MovingLayer]) -> tuple[MovingView, ...]:
    """The scene's views but for plots; without any view, one with its camera and overlays."""
    scene = setting.scene
    if not scene.views:
        flat = len(slice_sides(setting, "all")) == 1
        camera: tuple[Segment, ...] = scene.camera or ((Still(),) if flat else (Orbit(),))
        reel = camera_reel(setting, camera, ("camera",), scene.movie.size, ALL)
        overlays = moving_overlays(setting, scene.overlays, (), layers)
        return (MovingView("", WHOLE, scene.movie.size, ALL, reel, overlays),)
    return tuple(_moving_view(setting, name, view, layers) for name, view in scene.views.items() if not view.plot)


def _moving_view(setting: Setting, name: str, view: View, layers: Mapping[str, MovingLayer]) -> MovingView:
    path: Path = ("views", name)
    check_area(setting, view, path)
    scene, showing = setting.scene, Showing(view.shown)
    for shown in view.shown:
        _check_part(setting, shown, (*path, "show"))
    where: Path = (*path, "camera") if view.camera or not scene.camera else ("camera",)
    camera: tuple[Segment, ...] = view.camera or scene.camera or (Still(),)
    _, _, width, height = pixels_of(view.rectangle, scene.movie.size)
    reel = camera_reel(setting, camera, where, (width, height), showing)
    overlays = moving_overlays(setting, view.overlays, path, layers)
    return MovingView(name, view.rectangle, scene.movie.size, showing, reel, overlays)


def check_area(setting: Setting, view: View, path: Path) -> None:
    """Raise SceneError where the area of the view at `path` is smaller than a pixel."""
    size = setting.scene.movie.size
    if not all(pixels_of(view.rectangle, size)[2:]):
        raise setting.error(f"is no pixel of a picture of {size[0]}x{size[1]}; make it larger", (*path, "area"))


def _check_part(setting: Setting, name: str, path: Path) -> None:
    """Raise SceneError where `name` is a part that its layer does not have."""
    layer, _, part = name.partition(".")
    keys = setting.facts_of(f"{layer}.surface", path) if part and _is_surface(setting, layer) else {}
    parts = [key.split(".")[-1] for key in keys]
    if part and part not in parts:
        remedy = nearest(part, parts) if parts else f"only surfaces have parts, write {layer}"
        raise setting.error(f"{layer} has no part {part}; {remedy}", path)


def _is_surface(setting: Setting, layer: str) -> bool:
    prefix = f"{layer}.surface"
    return any(isinstance(one, MeshFacts) and key.startswith(prefix) for key, one in setting.facts.assets.items())
