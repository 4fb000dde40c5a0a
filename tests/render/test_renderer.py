"""The promise: pixels depend on frame, data and quality, not on threads, budget, order or what is cached."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from brainreel.assets import open_assets
from brainreel.errors import Interrupted
from brainreel.render import DRAFT, Renderer
from brainreel.scene import loads
from brainreel.timeline import resolve

SCENE = """
brainreel: 1
movie: {length: 1s, fps: 8, size: 160x96}
clocks:
  meg: {0s: 100ms, 100%: 200ms}
layers:
  pli:
    volume: "phantom:pli?size=72&extent_mm=150"
    opacity: {points: [[0, 0], [254, 0.05]]}
    shading: gradient
    cut: {left: {0s: 0%, 1s: 50%}}
  cortex:
    surface: phantom:cortex?vertices=2500
    paint: {scalars: {file: "phantom:activation?vertices=2500", clock: meg, interpolate: linear}}
camera:
  - orbit: {around: all, turn: 40deg, for: 50%}
  - still: {view: anterior}
overlays:
  - {time: meg, format: "{t:+.0f} ms", place: top-left}
  - {scalar_bar: cortex, place: right}
"""


@pytest.fixture(scope="module")
def film_and_assets():
    scene = loads(SCENE)
    assets = open_assets(scene)
    return resolve(scene, assets.facts), assets


def drawn(film_and_assets, order, **options):
    film, assets = film_and_assets
    with Renderer(assets.data, assets.fingerprints, **options) as renderer:
        pictures = {index: renderer.draw(film.frame(index)) for index in order}
    return [pictures[index] for index in range(film.frame_count)]


@pytest.fixture(scope="module")
def reference(film_and_assets):
    return drawn(film_and_assets, range(8), threads=1)


@pytest.mark.parametrize("threads", [2, 4])
def test_pictures_are_the_same_bits_for_any_number_of_threads(film_and_assets, reference, threads):
    assert np.array_equal(drawn(film_and_assets, range(8), threads=threads), reference)


@pytest.mark.parametrize("budget_bytes", [8_000_000, 1 << 30])
def test_pictures_are_the_same_bits_for_any_budget(film_and_assets, reference, budget_bytes):
    assert np.array_equal(drawn(film_and_assets, range(8), threads=2, budget_bytes=budget_bytes), reference)


def test_pictures_are_the_same_bits_in_any_order(film_and_assets, reference):
    assert np.array_equal(drawn(film_and_assets, [5, 0, 7, 6, 3, 3, 1, 2, 4, 0], threads=2), reference)


def test_every_picture_shows_something_and_neighbours_differ(reference):
    assert all(picture.max() > 100 for picture in reference)
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(reference))


def test_refining_ends_with_the_drawn_picture_and_begins_with_a_coarse_one(film_and_assets, reference):
    film, assets = film_and_assets
    with Renderer(assets.data, assets.fingerprints) as renderer:
        *coarse, last = renderer.refine(film.frame(2))
    assert np.array_equal(last, reference[2])
    assert coarse
    assert all(picture.shape == last.shape for picture in coarse)
    assert np.abs(coarse[-1].astype(int) - last).mean() < 40


def test_expecting_frames_changes_no_pixel(film_and_assets, reference):
    film, assets = film_and_assets
    with Renderer(assets.data, assets.fingerprints) as renderer:
        renderer.expect(film.frames())
        assert np.array_equal(renderer.draw(film.frame(4)), reference[4])


def test_a_draft_is_close_to_the_final_picture(film_and_assets, reference):
    pictures = drawn(film_and_assets, range(8), quality=DRAFT)
    assert np.abs(np.asarray(pictures, int) - reference).mean() < 3


def test_a_surface_in_front_hides_the_volume_and_one_behind_does_not(film_and_assets):
    scene = loads(SCENE)
    hidden = scene.with_values({"layers.cortex.visible": False})
    alone = scene.with_values({"layers.pli.visible": False})
    _, assets = film_and_assets
    pictures = []
    for one in (scene, hidden, alone):
        with Renderer(assets.data, assets.fingerprints) as renderer:
            pictures.append(renderer.draw(resolve(one, assets.facts).frame(0)).astype(int))
    both, volume, surface = pictures
    middle = slice(30, 66), slice(60, 100)
    assert np.abs(both - surface)[middle].mean() < np.abs(both - volume)[middle].mean()
    assert not np.array_equal(both[middle], surface[middle])


def test_volumes_drawn_together_look_the_same_in_any_order_and_for_any_number_of_threads(film_and_assets):
    film, assets = film_and_assets
    frame = film.frame(0)
    pli = frame.panels[0].layers[0]
    other = replace(pli, name="other", keep=None, shading=None, alpha=0.5)
    pictures = []
    for layers, threads in (((pli, other), 1), ((other, pli), 2)):
        with Renderer(assets.data, assets.fingerprints, threads=threads) as renderer:
            pictures.append(renderer.draw(replace(frame, panels=(replace(frame.panels[0], layers=layers),))))
    assert np.array_equal(*pictures)
    assert pictures[0].max() > 50


def test_cancelling_ends_the_drawing(film_and_assets):
    film, assets = film_and_assets
    with Renderer(assets.data, assets.fingerprints) as renderer, pytest.raises(Interrupted):
        renderer.draw(film.frame(0), lambda: True)
