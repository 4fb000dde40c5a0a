"""What a frame alone tells cannot be drawn is refused before anything is drawn, in the Renderer's own words."""

from dataclasses import replace

import pytest

from brainreel.errors import SceneError
from brainreel.render.checking import check_frame
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import (
    ColorPoint,
    ColorRange,
    DataReference,
    LabelColor,
    OpacityPoint,
    Paint,
    Shading,
    SliceLook,
    SlicePaint,
    SurfaceLook,
    TransferFunction,
    VolumeLook,
)

CAMERA = Camera((0.0, -10.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 30.0, 1.0)
ENDS = ColorPoint(0.0, (0.0, 0.0, 0.0)), ColorPoint(1.0, (1.0, 1.0, 1.0))
TRANSFER = TransferFunction(ENDS, (OpacityPoint(0.0, 0.0), OpacityPoint(1.0, 1.0)), 1.0)


def volume(name, **changes) -> VolumeLook:
    return replace(VolumeLook(name, DataReference(name), TRANSFER), **changes)


def frame(*looks, camera=CAMERA) -> Frame:
    return Frame((64, 48), (0.0, 0.0, 0.0), (Panel(camera, looks),))


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ((volume("a", mode="maximum"), volume("b", mode="maximum")), "layers a, b: a has mode maximum"),
        ((volume("a"), volume("b", mode="minimum")), "b has mode minimum, so nothing lies before or behind it"),
        (tuple(volume(name) for name in "abcde"), "layers a, b, c, d, e: at most 4 volumes mix at one place"),
    ],
)
def test_volumes_that_cannot_be_drawn_together(looks, told):
    with pytest.raises(SceneError, match=told):
        check_frame(frame(*looks))
    hidden = tuple(replace(look, alpha=0.0) for look in looks[1:])
    check_frame(frame(looks[0], *hidden))
    check_frame(frame(*(replace(look, mix="add") for look in looks)))


def test_what_is_dissolved_into_is_checked_too():
    wrong = frame(volume("a", mode="maximum"), volume("b", mode="maximum"))
    with pytest.raises(SceneError, match="layers a, b"):
        check_frame(replace(frame(), dissolve=(wrong, 0.5)))


@pytest.mark.parametrize(
    ("camera", "told"),
    [
        (replace(CAMERA, position=CAMERA.focal_point), "stands on its focal point"),
        (replace(CAMERA, view_up=(0.0, 1.0, 0.0)), "looks along its view up"),
        (replace(CAMERA, parallel=True, parallel_scale=0.0), "give a positive length"),
    ],
)
def test_cameras_that_see_nothing(camera, told):
    with pytest.raises(SceneError, match=told):
        check_frame(frame(camera=camera))


def test_colours_that_mean_nothing():
    paint = Paint((DataReference("a"),), ColorRange("hot", (5.0, 1.0)))
    surface = SurfaceLook("a", (DataReference("s"),), (1.0, 1.0, 1.0), Shading(0.25, 0.75), (paint,))
    with pytest.raises(SceneError, match="ascending"):
        check_frame(frame(surface))
    labels = SlicePaint(DataReference("a"), (LabelColor(1 << 30, (1.0, 0.0, 0.0), 1.0),))
    with pytest.raises(SceneError, match="number them anew"):
        check_frame(frame(SliceLook("b", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (labels,))))
