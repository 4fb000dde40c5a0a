"""The scenes that users see first, looked at as a film editor would: framed, never black, never cropped, no flicker."""

import itertools
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
import pytest

from brainreel.assets import open_assets
from brainreel.cli.app import run
from brainreel.render import Renderer
from brainreel.scene import load, load_any, loads
from brainreel.timeline import join, prefixed_keys, resolve

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


SMALL = {"size": "64", "slices": "58", "rows": "180", "columns": "194"}
CLOSE = ("own_transfer_function", "pli_seed", "slices")
"""Examples that go into their subject, or show all of a plane."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.split(".")[0])
def test_examples_draw_their_subject_whole(path):
    text = path.read_text()
    scene = load(path, {name: value for name, value in SMALL.items() if f"$({name})" in text})
    frames = pictures(scene, lambda count: (0, count // 2, count - 1), **{"movie.size": "256x144"})
    background = frames[0][0, 0]
    for picture in frames:
        (top, bottom), (left, right) = subject(np.abs(picture - background))
        assert 0.4 <= (bottom - top + 1) / picture.shape[0] <= 1.0
        if not path.name.startswith(CLOSE):
            assert min(top, left) >= 2
            assert bottom <= picture.shape[0] - 3
            assert right <= picture.shape[1] - 3


@pytest.mark.parametrize("path", sorted(EXAMPLES[0].parent.glob("*.yaml")), ids=lambda path: path.name.split(".")[0])
def test_an_examples_movie_is_rendered_whole_by_the_command(path, tmp_path):
    text, movie = path.read_text(), tmp_path / "small.mp4"
    smaller = [part for name, value in SMALL.items() if f"$({name})" in text for part in ("--var", f"{name}={value}")]
    assert run(["movie", str(path), "-o", str(movie), "--size", "160x90", "--fps", "5", *smaller]) == 0
    with av.open(str(movie)) as opened:
        shown = np.array([frame.to_ndarray(format="gray").mean() for frame in opened.decode(video=0)])
    assert len(shown) == 5 * load_any(path).length_s
    assert shown.min() > 2


def test_the_reel_dissolves_from_its_title_to_its_scenes():
    reel = load_any(EXAMPLES[0].parent / "talk.reel.yaml").sized(256, 144)
    scenes = [one and one.with_values({"movie.size": "256x144"}) for one in reel.scenes()]
    opened = [one and open_assets(one) for one in scenes]
    film = join(reel, [one and resolve(one, assets.facts) for one, assets in zip(scenes, opened, strict=True)])
    data = {key: value for k, one in enumerate(opened) if one for key, value in prefixed_keys(k, one.data).items()}
    prints = {
        key: value for k, one in enumerate(opened) if one for key, value in prefixed_keys(k, one.fingerprints).items()
    }
    with Renderer(data, prints) as renderer:
        card, both, volume = (renderer.draw(film.frame(index)).astype(int) for index in (10, 45, 70))
        assert film.frame(45).dissolve
        alone = renderer.draw(replace(film.frame(45), dissolve=None)).astype(int)
    assert card.max() > 200
    assert np.abs(both - alone).mean() > 1
    assert volume.mean() > card.mean()
