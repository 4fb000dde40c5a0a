"""Channels that are each projected by itself and add their light, as image viewers show them."""

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from brainreel.assets import open_assets, propose
from brainreel.errors import SceneError
from brainreel.render import Renderer
from brainreel.timeline import resolve
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import DataReference, SliceLook, SlicePaint
from contracts.volumes import MemoryVolume, look, noisy_ball

EDGE, WIDE, DEEP = 32, 40, 12
"""Pixels of the picture, voxels of the volume across, and along the rays."""
GREEN, MAGENTA, AMBER = (0.2, 0.9, 0.3), (1.0, 0.25, 0.9), (1.0, 0.75, 0.1)
BACKGROUND = (0.1, 0.2, 0.05)
TOLERANCE = 1.001 / 255
FOUND = {"maximum": np.max, "minimum": np.min, "average": np.mean}


def channel(name, color, opacities=((0, 1), (255, 1)), **others):
    one = look(((0, (0, 0, 0)), (255, color)), opacities, **({"mode": "maximum", "mix": "add"} | others))
    return replace(one, name=name, data=DataReference(name))


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (DEEP, WIDE, WIDE)).astype(np.uint8)


def picture(layers, arrays, threads=2, **changes):
    """What parallel rays bring that run down the columns of voxels, a pixel each, 0..1."""
    middle = (WIDE - 1) / 2
    camera = Camera((middle, middle, 100), (middle, middle, 0), (0, 1, 0), 30, EDGE / 2, True)
    frame = Frame((EDGE, EDGE), BACKGROUND, (Panel(camera, tuple(layers)),))
    data = {name: MemoryVolume(array) for name, array in arrays.items()}
    fingerprints = {name: volume.fingerprint() for name, volume in data.items()}
    with Renderer(data, fingerprints, threads=threads) as renderer:
        return renderer.draw(replace(frame, **changes)) / 255


def along(values):
    """Of (y, x) voxels those that pixels see, row 0 on top."""
    border = (WIDE - EDGE) // 2
    return values[border:-border, border:-border][::-1, :, None] / 255


@pytest.mark.parametrize("mode", FOUND)
def test_the_light_of_two_channels_is_the_sum_of_their_colors_at_their_extremes(mode):
    arrays = {"a": noise(1), "b": noise(2)}
    found = [along(FOUND[mode](array, axis=0)) for array in arrays.values()]
    if mode == "average":  # both ends of a ray weigh half
        found = [
            along((array.sum(0) - (array[0] + array[-1].astype(float)) / 2) / (DEEP - 1)) for array in arrays.values()
        ]
    drawn = picture([channel("a", GREEN, mode=mode), channel("b", MAGENTA, mode=mode)], arrays)
    expected = np.minimum(found[0] * GREEN + found[1] * MAGENTA, 1)
    assert np.abs(drawn - expected).max() <= TOLERANCE
    assert mode != "maximum" or (expected == 1).mean() > 0.3


def test_modes_and_opacities_of_their_own_add_over_the_background():
    arrays = {"a": noise(1), "b": noise(2), "c": noise(3) // 4}
    ramp, half = ((0, 0), (255, 1)), ((0, 0.5), (255, 0.5))
    layers = [channel("a", GREEN, ramp, mode="minimum"), channel("b", MAGENTA, half), channel("c", AMBER, half)]
    a, b, c = (along(find(arrays[name], axis=0)) for name, find in (("a", np.min), ("b", np.max), ("c", np.max)))
    expected = a * a * GREEN + b / 2 * MAGENTA + c / 2 * AMBER + (1 - a) / 4 * BACKGROUND
    assert np.abs(picture(layers, arrays) - np.minimum(expected, 1)).max() <= TOLERANCE
    assert np.array_equal(picture(layers, arrays), picture(layers[::-1], arrays, threads=1))


def test_light_of_a_composited_volume_adds_to_that_of_a_projected_one():
    arrays = {"a": noise(1), "fog": np.full((DEEP, WIDE, WIDE), 100, np.uint8)}
    fog = replace(look(((0, MAGENTA),), ((0, 0.05),)), name="fog", data=DataReference("fog"))
    stays = 0.95 ** (DEEP - 1)
    expected = np.minimum(along(arrays["a"].max(0)) * GREEN + (1 - stays) * np.array(MAGENTA), 1)
    for mix in ("over", "add"):
        drawn = picture([channel("a", GREEN), replace(fog, mix=mix)], arrays)
        assert np.abs(drawn - expected).max() <= TOLERANCE


@pytest.mark.parametrize("alpha", [0.4, 1.0])
def test_a_slice_among_projected_channels_ends_rays_where_it_is_opaque_and_else_is_seen_through_their_light(alpha):
    arrays = {"a": noise(1), "b": noise(2), "flat": np.full((DEEP, WIDE, WIDE), 120, np.uint8)}
    half = ((0, 0.5), (255, 0.5))
    paint = SlicePaint(DataReference("flat"), look(((0, AMBER),), ((0, 1),)).transfer)
    plane = SliceLook("slice", (WIDE / 2, WIDE / 2, 5.0), (0.0, 0.0, 1.0), (paint,), alpha=alpha)
    drawn = picture([channel("a", GREEN, half), channel("b", MAGENTA, half), plane], arrays)
    seen = slice(5, None) if alpha == 1 else slice(None)  # the eye is above the slice
    light = sum(along(arrays[k][seen].max(0)) / 2 * color for k, color in (("a", GREEN), ("b", MAGENTA)))
    behind = alpha * np.array(AMBER) + (1 - alpha) * np.array(BACKGROUND)
    assert np.abs(drawn - np.minimum(light + behind / 4, 1)).max() <= 2 * TOLERANCE  # slices have 8 bits of their own


def test_projected_channels_before_nothing_keep_their_light_over_any_background():
    arrays = {"a": noise(1), "b": noise(2) // 3}
    layers = [channel("a", GREEN, ((0, 0), (255, 0.5))), channel("b", (0, 0, 1), ((0, 0), (255, 1)))]
    cut_out = picture(layers, arrays, transparent=True)
    laid = cut_out[..., :3] * cut_out[..., 3:] + (1 - cut_out[..., 3:]) * BACKGROUND
    assert np.abs(laid - picture(layers, arrays)).max() <= 2 * TOLERANCE


@pytest.mark.parametrize(
    "looks",
    [
        (channel("a", GREEN, mix="over"), channel("b", MAGENTA, mix="over")),
        (channel("a", GREEN, mix="over"), channel("b", MAGENTA, mode="composite", mix="over")),
    ],
)
def test_a_projected_volume_among_others_that_do_not_add_is_refused_before_anything_is_drawn(looks):
    arrays = {"a": noise(1), "b": noise(2)}
    message = "layers a, b: a has mode maximum, so nothing lies before or behind it; give it mix: add"
    with pytest.raises(SceneError, match=message):
        picture(looks, arrays)
    frame = Frame((EDGE, EDGE), BACKGROUND, (Panel(Camera((0, 0, 9), (0, 0, 0), (0, 1, 0), 30, 1.0), looks),))
    data = {name: MemoryVolume(array) for name, array in arrays.items()}
    with Renderer(data, dict.fromkeys(data, "f")) as renderer, pytest.raises(SceneError, match=message):
        renderer.expect([frame])


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    """A film of a file with two channels and two moments, cut, the second channel seen from 4 s on; and its assets."""
    path = tmp_path_factory.mktemp("channels") / "cells.tif"
    ball = noisy_ball(40)
    stack = np.stack([np.stack([ball, ball[:, ::-1]], 1), np.stack([ball[::-1], ball // 2], 1)])
    tifffile.imwrite(path, stack, imagej=True, metadata={"axes": "TZCYX", "finterval": 1.0})
    scene = propose([str(path)], {}).with_values(
        {
            "movie.size": "64x48",
            "layers.channel_0.mode": "maximum",
            "layers.channel_1.mode": "average",
            "layers.channel_0.cut": {"left": {"0s": "0%", "10s": "60%"}},
            "layers.channel_0.volume.interpolate": "linear",
            "layers.channel_1.visible": {"0s": False, "4s": True},
        }
    )
    assets = open_assets(scene)
    return resolve(scene, assets.facts), assets


@pytest.mark.parametrize(("t_s", "seen"), [(1, 1), (4.2, 2), (9, 2)])
def test_channels_of_a_scene_over_time_cut_and_hidden_add_what_each_shows_alone(channels, t_s, seen):
    film, assets = channels
    frame = film.frame_at(t_s)
    layers = frame.panels[0].layers
    assert len(layers) == seen

    def drawn(*shown):
        panel = replace(frame.panels[0], layers=shown, overlays=())
        with Renderer(assets.data, assets.fingerprints) as renderer:
            renderer.expect([replace(frame, panels=(panel,))])
            return renderer.draw(replace(frame, panels=(panel,))).astype(int)

    alone = [drawn(one) for one in layers]
    assert all((picture.max(-1) > 40).mean() > 0.05 for picture in alone)
    assert np.abs(drawn(*layers) - np.minimum(sum(alone), 255)).max() <= 1
