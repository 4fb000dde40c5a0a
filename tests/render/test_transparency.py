"""Pictures that let what is behind shine through, and pictures of 16 bits."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.assets import open_assets
from brainreel.render import Renderer
from brainreel.render.transparency import straight
from brainreel.scene import Orbit, Scene, SurfaceLayer, Text, VolumeLayer
from brainreel.timeline import resolve
from brainreel.timeline.frame import Frame

VOLUME, SURFACE = VolumeLayer(volume="phantom:pli?size=48"), SurfaceLayer(surface="phantom:cortex?vertices=2500")


@pytest.fixture(scope="module", params=["volume", "surface", "both"])
def drawn(request):
    """A frame with words over a volume, a surface, or both, and a function that draws such frames."""
    layers = {"volume": {"v": VOLUME}, "surface": {"s": SURFACE}, "both": {"v": VOLUME, "s": SURFACE}}[request.param]
    scene = Scene(layers=layers, camera=[Orbit(start="anterior")], overlays=[Text(text="Transparent", size="10%")])
    scene = scene.with_values({"movie.size": "160x96", "movie.length": "1s"})
    assets = open_assets(scene)
    renderers = {bits: Renderer(assets.data, assets.fingerprints, bits=bits) for bits in (8, 16)}
    yield resolve(scene, assets.facts).frame(0), lambda frame, bits=8: renderers[bits].draw(frame)
    for renderer in renderers.values():
        renderer.close()


def over(picture: np.ndarray, background: tuple[float, float, float]) -> np.ndarray:
    """A straight-alpha picture laid over a colour, in 0..1."""
    parts = picture / np.iinfo(picture.dtype).max
    return parts[..., :3] * parts[..., 3:] + np.array(background) * (1 - parts[..., 3:])


@pytest.mark.parametrize("background", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.2, 0.6, 0.4)])
@pytest.mark.parametrize("fade", [0.0, 0.4])
def test_a_transparent_picture_over_a_colour_is_the_picture_drawn_before_it(drawn, background, fade):
    frame, draw = drawn
    clear = draw(replace(frame, transparent=True, fade=fade))
    whole = draw(replace(frame, background=background, fade=fade))
    assert clear.shape == (96, 160, 4)
    assert np.abs(over(clear, background) - whole / 255).max() <= 2 / 255
    assert clear[..., 3].min() == 0
    assert clear[..., 3].max() > 100


def test_16_bits_are_the_8_bits_and_more(drawn):
    frame, draw = drawn
    fine, coarse = draw(frame, 16), draw(frame)
    assert fine.dtype == np.uint16
    assert np.abs(fine / 65535 - coarse / 255).max() <= 1 / 255
    if "VolumeLook" in repr(frame):
        assert len(np.unique(fine)) > 4 * len(np.unique(coarse))


def test_transparent_pictures_of_16_bits_meet_any_colour_to_a_part_of_a_step(drawn):
    frame, draw = drawn
    clear = draw(replace(frame, transparent=True), 16)
    whole = draw(replace(frame, background=(0.2, 0.6, 0.4)), 16)
    exact = 2 / 65535 if frame.panels[0].layers and "SurfaceLook" not in repr(frame) else 2 / 255
    assert np.abs(over(clear, (0.2, 0.6, 0.4)) - whole / 65535).max() <= exact


def test_glass_of_known_colour_and_alpha_comes_back():
    alpha, color = np.array([0, 51, 128, 255])[None, :], np.array([200.0, 100.0, 50.0])
    light = np.rint(color * alpha[..., None] / 255).astype(np.uint8)
    found = straight(light, (light + (255 - alpha[..., None])).astype(np.uint8))
    assert found[0, :, 3].tolist() == [0, 51, 128, 255]
    assert np.abs(found[0, 1:, :3] - color).max() <= 3
    assert not found[0, 0].any()


def test_transparency_is_part_of_a_frames_digest(drawn):
    frame, _ = drawn
    assert isinstance(frame, Frame)
    assert frame.digest() != replace(frame, transparent=True).digest()


def test_a_frame_that_dissolves_into_another_is_transparent_as_both_are(drawn):
    frame, draw = drawn
    empty = replace(frame, panels=(replace(frame.panels[0], layers=(), overlays=()),))
    clear = draw(replace(frame, transparent=True))
    half = draw(replace(frame, transparent=True, dissolve=(replace(empty, transparent=True), 0.5)))
    assert np.abs(half[..., 3] - clear[..., 3] / 2).max() <= 2
