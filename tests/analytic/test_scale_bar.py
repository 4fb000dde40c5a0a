"""A scale bar is as long as a square of that size at the point that the camera looks at, to 1 % of its pixels."""

import nibabel as nib
import numpy as np
import pytest

from brainreel.assets import open_assets
from brainreel.render import Renderer
from brainreel.render.colormap import sample_colors
from brainreel.render.overlays.layout import arranged, lay
from brainreel.render.view import View
from brainreel.scene import load
from brainreel.timeline import resolve
from brainreel.timeline.frame import Camera, ScaleBarOverlay
from brainreel.timeline.scale_bars import seen_height

SCENE = """
brainreel: 1
movie: {{length: 2s, fps: 1, size: {size}}}
layers:
  square: {{surface: square.surf.gii, color: white, shading: none}}
camera:
  - still: {{position: [30, 20, 240], focal: [0, 0, 0], up: anterior, view_angle: 40deg, {more}}}
overlays:
  - {{scale_bar: 50mm, place: bottom-left}}
"""


@pytest.fixture
def measured(tmp_path):
    """Pixels along the middle of a 50 mm square that faces the camera, and along the scale bar, of each frame."""
    corners = facing(np.array([30.0, 20.0, 240.0])) * 25
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    arrays = [
        nib.gifti.GiftiDataArray(corners.astype(np.float32), "NIFTI_INTENT_POINTSET"),
        nib.gifti.GiftiDataArray(faces, "NIFTI_INTENT_TRIANGLE"),
    ]
    nib.save(nib.gifti.GiftiImage(darrays=arrays), tmp_path / "square.surf.gii")

    def measure(size: str, more: str) -> list[tuple[float, float]]:
        path = tmp_path / "a.scene.yaml"
        path.write_text(SCENE.format(size=size, more=more))
        scene = load(path)
        assets = open_assets(scene)
        film = resolve(scene, assets.facts)
        with Renderer(assets.data, assets.fingerprints) as renderer:
            return [lengths(renderer.draw(frame)) for frame in film.frames()]

    return measure


def facing(position: np.ndarray) -> np.ndarray:
    """Corners (4, 3) of a square of edge 2 about the origin, upright across the view from `position`."""
    forward = -position / np.linalg.norm(position)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    return np.array([-right - up, right - up, right + up, -right + up])


def lengths(picture: np.ndarray) -> tuple[float, float]:
    """Of the square in the middle row, of the bar in the brightest row at the bottom."""
    light = picture[..., 0] / 255.0
    bottom = light[-light.shape[0] // 8 :]
    return float(light[light.shape[0] // 2].sum()), float(bottom.sum(1).max())


@pytest.mark.parametrize("size", ["320x240", "1280x720", "400x600"])
def test_the_bar_is_as_long_as_the_object(measured, size: str) -> None:
    for square, bar in measured(size, "zoom: {0s: 1, 1s: 1.3}"):
        assert square > 40
        assert bar == pytest.approx(square, rel=0.01)


@pytest.mark.parametrize("parallel", [False, True])
def test_the_bar_is_as_long_as_what_the_view_projects(parallel: bool) -> None:
    camera = Camera((300.0, 20.0, 40.0), (10.0, 0.0, 5.0), (0.0, 0.1, 1.0), 28.0, 70.0, parallel)
    view = View.of(camera, (640, 360))
    ends = np.array(camera.focal_point) + np.outer([-10.0, 10.0], view.right)
    places, _ = view.project(ends)
    image = np.zeros((360, 640, 3), np.uint8)
    bar = ScaleBarOverlay("20 mm", 20.0 / seen_height(camera), "bottom-left", 0.034, (1.0, 1.0, 1.0))
    lay(image, arranged((bar,), (0, 0, *image.shape[:2]), image.shape[0], sample_colors))
    assert lengths(image)[1] == pytest.approx(np.ptp(places[:, 0]), rel=0.01)


def test_the_bar_grows_with_the_zoom(measured) -> None:
    (_, before), (_, after) = measured("1280x720", "zoom: {0s: 1, 1s: 1.3}")
    assert after / before == pytest.approx(1.3, rel=0.005)
