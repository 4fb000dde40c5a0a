"""Cameras leave room for what warps move: also for what lies beyond the landmarks of a thin plate."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.render.cpu.shapes import Shapes
from brainreel.render.view import View
from brainreel.timeline import resolve

LANDMARKS = np.array([[x, y, z] for x in (-20, 20) for y in (-20, 20) for z in (-15, 15)], float)
SCENE = """
brainreel: 1
movie: {{length: 2s, fps: 10, size: 160x120}}
layers:
  cortex:
    surface: phantom:cortex?vertices=2000
    transform: {{file: plate.tfm, amount: {{0s: 0, 2s: 1}}{inverse}}}
camera: [still: {{around: cortex, view: {view}}}]
"""


def write_plate(path, targets):
    """In ITK's words, which are LPS; points go from the targets to the landmarks' places, as images do."""
    flipped = [(places * (-1, -1, 1)).ravel() for places in (LANDMARKS, targets)]
    fixed, moving = (" ".join(f"{value:.9g}" for value in one) for one in flipped)
    head = "#Insight Transform File V1.0\n#Transform 0\nTransform: ThinPlateSplineKernelTransform_double_3_3"
    path.write_text(f"{head}\nParameters: {moving}\nFixedParameters: {fixed}\n")


@pytest.mark.parametrize("view", ["anterior", "superior", "left"])
@pytest.mark.parametrize("inverse", [True, False])
@pytest.mark.parametrize("stretch", [(2.2, 1.0, 1.0), (1.0, 1.5, 0.6)])
def test_a_surface_that_a_thin_plate_stretches_stays_in_the_picture(tmp_path, view, inverse, stretch):
    write_plate(tmp_path / "plate.tfm", LANDMARKS * stretch)
    text = SCENE.format(inverse=", inverse: true" if inverse else "", view=view)
    (tmp_path / "a.scene.yaml").write_text(text)
    made = scene.load(tmp_path / "a.scene.yaml")
    assets = open_assets(made)
    film = resolve(made, assets.facts)
    shapes = Shapes(assets.data, assets.fingerprints)
    largest = 0.0
    for index in (0, 10, 19):
        (panel,) = film.frame(index).panels
        look = panel.layers[0]
        places = np.concatenate([shapes.part(part).points for part in look.parts])
        found, depths = View.of(panel.camera, film.size).project(places)
        assert depths.min() > 0
        assert (found >= 0).all()
        assert (found <= film.size).all()
        largest = max(largest, float((np.ptp(found, axis=0) / film.size).max()))
    assert largest > 0.25  # and no more room than that
