"""The scenes that users see first, looked at as a film editor would: framed, never black, never cropped, no flicker."""

import itertools
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from brainreel.assets import open_assets
from brainreel.render import Renderer
from brainreel.scene import load, loads
from brainreel.timeline import resolve

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.scene.yaml"))
DEMO = files("brainreel.cli").joinpath("demo.scene.yaml").read_text("utf-8")
LIT = 24
"""Grey levels of 255 from which a pixel counts as part of the subject."""


def pictures(scene, indices=None, **settings):
    """Frames of `scene` without its overlays, (n, h, w, 3) int."""
    scene = scene.with_values(settings | {"overlays": []})
    assets = open_assets(scene)
    film = resolve(scene, assets.facts)
    chosen = range(film.frame_count) if indices is None else indices(film.frame_count)
    with Renderer(assets.data, assets.fingerprints) as renderer:
        return np.array([renderer.draw(film.frame(index)) for index in chosen], int)


@pytest.fixture(scope="module")
def demo():
    small = DEMO.replace("size=256", "size=96").replace("vertices=40000", "vertices=5000")
    return pictures(loads(small), **{"movie.size": "256x144", "movie.fps": 6})


def subject(picture):
    """Rows and columns (first, last) that the subject reaches."""
    lit = picture.max(-1) > LIT
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    return (rows[0], rows[-1]), (columns[0], columns[-1])


def test_the_demos_subject_fills_60_to_90_percent_of_the_short_side(demo):
    fills = [(last - first + 1) / picture.shape[0] for picture in demo for first, last in [subject(picture)[0]]]
    assert min(fills) >= 0.6
    assert max(fills) <= 0.9


def test_the_demos_subject_is_never_cropped(demo):
    for picture in demo:
        (top, bottom), (left, right) = subject(picture)
        assert top >= 3
        assert left >= 3
        assert bottom <= picture.shape[0] - 4
        assert right <= picture.shape[1] - 4


def test_no_frame_of_the_demo_is_black_and_none_flickers(demo):
    brightness = demo.mean((1, 2, 3))
    assert brightness.min() > 15
    cut = round(5.5 * 6)
    for index, (before, after) in enumerate(itertools.pairwise(brightness), 1):
        assert index == cut or abs(after - before) < 0.15 * before


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.split(".")[0])
def test_examples_draw_their_subject_whole(path):
    scene = load(path, {"size": "64"} if "$(size)" in path.read_text() else {})
    frames = pictures(scene, lambda count: (0, count // 2, count - 1), **{"movie.size": "256x144"})
    background = frames[0][0, 0]
    for picture in frames:
        (top, bottom), (left, right) = subject(np.abs(picture - background))
        assert 0.4 <= (bottom - top + 1) / picture.shape[0] <= 1.0
        if "own_transfer" not in path.name:  # which zooms into its subject
            assert min(top, left) >= 2
            assert bottom <= picture.shape[0] - 3
            assert right <= picture.shape[1] - 3
