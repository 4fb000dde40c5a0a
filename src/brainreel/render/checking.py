"""What cannot be drawn, told by a frame alone: the refusals of the Renderer before it has any data."""

from collections.abc import Sequence
from typing import TypeGuard

from brainreel.errors import SceneError
from brainreel.kernels.mixing import MOST
from brainreel.render.colormap import breakpoints, sample_colors
from brainreel.render.cpu.slice_colors import table_of
from brainreel.render.overlays import check_room
from brainreel.render.view import View
from brainreel.timeline.frame import Frame, Panel, pixels_of
from brainreel.timeline.looks import ColorVolumeLook, LabelsLook, Layer, Paint, SliceLook, SurfaceLook, VolumeLook


def check_frame(frame: Frame) -> None:
    """Raise the SceneError that drawing `frame` would raise whatever its data are, or where overlays find no room."""
    for panel in frame.panels:
        _check_panel(panel, frame.size)
    check_room(frame, sample_colors)
    if frame.dissolve:
        check_frame(frame.dissolve[0])


def _check_panel(panel: Panel, size: tuple[int, int]) -> None:
    _, _, *pixels = pixels_of(panel.area, size)
    if all(pixels):
        View.of(panel.camera, (pixels[0], pixels[1]))
    check_volumes(panel.layers)
    for look in panel.layers:
        if isinstance(look, SliceLook):
            for paint in look.paints:
                table_of(paint)
        elif isinstance(look, SurfaceLook):
            for paint in look.paints:
                if isinstance(paint, Paint):
                    breakpoints(paint.colors)


def check_volumes(looks: Sequence[Layer]) -> None:
    """Raise SceneError where the volumes among `looks` cannot be drawn together.

    Rays keep one value of a projected one: what lies before it and what behind has no meaning, so it is alone, but for
    those that add their light. At most MOST others mix.
    """
    over = [look for look in looks if is_volume(look) and not (isinstance(look, VolumeLook) and look.mix == "add")]
    names = ", ".join(one.name for one in over)
    for look in over if len(over) > 1 else ():
        if is_projected(look):
            raise SceneError(
                f"layers {names}: {look.name} has mode {look.mode}, so nothing lies before or behind it; give it mix: "
                "add, and its light is added, or hide the others in its view"
            )
    if len(over) > MOST:
        raise SceneError(f"layers {names}: at most {MOST} volumes mix at one place; draw the others by mix: add")


def is_volume(look: Layer) -> TypeGuard[VolumeLook | ColorVolumeLook | LabelsLook]:
    """Whether it is a volume that shows anything."""
    return isinstance(look, VolumeLook | ColorVolumeLook | LabelsLook) and look.alpha > 0


def is_projected(look: Layer) -> TypeGuard[VolumeLook]:
    """Whether rays keep one value of it."""
    return isinstance(look, VolumeLook) and look.mode != "composite"
