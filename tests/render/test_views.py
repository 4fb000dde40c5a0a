"""Several views in one picture: each is what it would be alone, and all of them what the budget allows."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.render import Renderer
from brainreel.render.plots import Plotter
from brainreel.timeline import Frame, resolve
from brainreel.timeline.frame import pixels_of

TEXT = """
brainreel: 1
movie: {length: 1s, fps: 10, size: 202x117, background: "#203040"}
clocks: {meg: {0s: 0ms, end+0s: 100ms}}
layers:
  cortex:
    surface: phantom:cortex?vertices=2000
    underlay: {array: sulc}
    paint: {scalars: {file: "phantom:activation?vertices=2000&times=251", clock: meg, interpolate: linear}}
  pli: {volume: "phantom:pli?size=24"}
views:
  left: {area: [0%, 0%, 33.3%, 50%], show: cortex.left, camera: [still: {view: left}], overlays: [{scale_bar: auto}]}
  both: {area: [33.3%, 0%, 66.7%, 50%], show: cortex, camera: [orbit: {}]}
  volume: {area: [0%, 50%, 33.3%, 50%], show: pli}
  mixed: {area: [33.3%, 50%, 33.3%, 50%], show: [pli, cortex.right], camera: [still: {view: right}]}
  power: {area: [66.6%, 50%, 33.4%, 50%], plot: {of: cortex, title: nAm}}
"""


@pytest.fixture(scope="module")
def made():
    """The film and its assets."""
    read = scene.loads(TEXT)
    assets = open_assets(read)
    return resolve(read, assets.facts), assets


@pytest.fixture
def draw(made):
    def drawn(*frames: Frame, **options) -> list[np.ndarray]:
        with Renderer(made[1].data, made[1].fingerprints, **options) as renderer:
            return [renderer.draw(frame) for frame in frames]

    return drawn


def test_each_view_is_what_it_is_alone(made, draw) -> None:
    frame = made[0].frame(3)
    (together,) = draw(frame)
    for panel in frame.panels:
        x, y, width, height = pixels_of(panel.area, frame.size)
        whole = replace(panel, area=(0.0, 0.0, 1.0, 1.0), overlays=())
        alone = replace(frame, size=(width, height), panels=(whole,), plots=())
        (image,) = draw(alone)
        seen = together[y : y + height, x : x + width]
        if not panel.overlays:
            np.testing.assert_array_equal(image, seen)
        else:
            assert 0 < (image != seen).any(-1).mean() < 0.3


def test_a_plot_stands_in_its_area(made, draw) -> None:
    frame = made[0].frame(3)
    (together,) = draw(frame)
    (plot,) = frame.plots
    x, y, width, height = pixels_of(plot.area, frame.size)
    alone = np.empty((height, width, 3), np.uint8)
    Plotter(made[1].data).draw(plot, frame.background, frame.size[1], alone)
    np.testing.assert_array_equal(alone, together[y : y + height, x : x + width])


def test_no_budget_or_number_of_threads_or_order_changes_a_pixel(made, draw) -> None:
    frames = [made[0].frame(index) for index in (0, 1, 2, 3)]
    ordinary = draw(*frames, threads=1)
    np.testing.assert_array_equal(draw(*reversed(frames), threads=3)[::-1], ordinary)
    np.testing.assert_array_equal(draw(*frames, budget_bytes=24 << 20), ordinary)


def test_what_no_view_covers_is_background_and_later_views_lie_above(made, draw) -> None:
    frame = made[0].frame(0)
    left, both = frame.panels[:2]
    far = replace(frame, plots=(), panels=(replace(left, area=(0.0, 0.0, 0.5, 0.5), overlays=()),))
    (image,) = draw(far)
    assert (image[59:] == (0x20, 0x30, 0x40)).all()
    assert (image[:, 101:] == (0x20, 0x30, 0x40)).all()
    same = [replace(panel, area=(0.0, 0.0, 1.0, 1.0), overlays=()) for panel in (left, both)]
    over, alone = draw(replace(far, panels=tuple(same)), replace(far, panels=(same[1],)))
    np.testing.assert_array_equal(over, alone)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (17, 400), (101, 58)])
def test_views_are_drawn_at_any_size(made, draw, size: tuple[int, int]) -> None:
    (image,) = draw(made[0].frame(2).sized(size))
    assert image.shape == (size[1], size[0], 3)


def test_views_are_transparent_where_nothing_is(made, draw) -> None:
    (image,) = draw(replace(made[0].frame(2), transparent=True))
    assert image.shape == (117, 202, 4)
    assert (image[..., 3] == 0).any()
    assert (image[..., 3] == 255).any()


def test_the_last_of_refined_pictures_is_the_drawn_one(made) -> None:
    frame = made[0].frame(1)
    with Renderer(made[1].data, made[1].fingerprints) as renderer:
        *_, last = renderer.refine(frame)
        np.testing.assert_array_equal(last, renderer.draw(frame))
