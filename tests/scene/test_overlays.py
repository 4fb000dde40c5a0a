"""What overlays may say, and that words which the font cannot write are refused with their line."""

import pytest

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.scene.letters import LETTERS, missing_letters


def overlay(text: str):
    return scene.loads(f"brainreel: 1\nlayers: {{pli: {{volume: a.nii}}}}\noverlays: [{text}]\n", "b.yaml").overlays[0]


@pytest.mark.parametrize(
    "text",
    [
        "{scale_bar: auto}",
        "{scale_bar: 5mm, place: top}",
        "{scale_bar: {0s: 1mm, 2s: 500um}}",
        "{orientation: letters}",
        "{orientation: cube, place: top-left, size: 5%}",
        "{image: logo.png, alpha: {0s: 0, 1s: 1}}",
        "{image: {file: logo.png}, size: 12%}",
        "{scalar_bar: pli, ticks: 4, length: 60%, width: 3%, direction: horizontal, unit: nAm, title: dSPM}",
        "{scalar_bar: pli, ticks: [0, 2.5, 10]}",
        "{text: a, show: [1s, 3s], fade: 300ms, box: black, box_alpha: 0.4}",
        '{time: movie, format: "{min}:{s:05.2f}"}',
    ],
)
def test_a_scene_reads_what_it_writes(text: str) -> None:
    loaded = scene.loads(f"brainreel: 1\nlayers: {{pli: {{volume: a.nii}}}}\noverlays: [{text}]\n")
    built = scene.Scene(layers=loaded.layers, overlays=loaded.overlays)
    assert scene.loads(scene.dump(built)) == loaded


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{text: 脑}", "overlays[0].text = 脑: the font has no 脑; write it in other letters"),
        ('{text: "a\\tb"}', "the font has no U+0009"),
        ("{text: {0s: a, 1s: ∇}}", "overlays[0].text.1s = ∇: the font has no ∇"),
        ("{scalar_bar: pli, title: ∈}", "overlays[0].title = ∈: the font has no ∈"),
        ('{time: movie, format: "{t} ∈"}', "overlays[0].format = {t} ∈: the font has no ∈"),
        ("{text: a, fade: 1s}", "overlays[0].fade: is of show:, which is not there; write show: [1s, 3s]"),
        ("{orientation: letters, place: top}", "overlays[0].place: letters stand at the four edges"),
        ("{orientation: cub}", "overlays[0].orientation = cub: is no orientation here; did you mean cube?"),
        ("{image: {files: [a.png, b.png]}}", "overlays[0].image.files: an image is one picture; write file: logo.png"),
        ("{scale_bar: 5px}", "overlays[0].scale_bar = 5px: has the unit px, which is no length"),
        ("{scalar_bar: pli, ticks: 1}", "overlays[0].ticks = 1: expects auto, how many at most (2..20)"),
        ("{scalar_bar: pli, ticks: [1, 1]}", "overlays[0].ticks = [1, 1]: has a value twice"),
        ("{scalar_bar: pli, direction: up}", "overlays[0].direction = up: is no direction here"),
    ],
)
def test_a_wrong_overlay_is_named_with_its_remedy(text: str, message: str) -> None:
    with pytest.raises(SceneError) as caught:
        overlay(text)
    assert str(caught.value).startswith("b.yaml:3: overlays[0]")
    assert message in str(caught.value)


def test_science_can_be_written() -> None:
    assert missing_letters("σ² ≤ 3 µm², −5 °C → α é ∆ Дж ₂ ⁺ × ± ≈ ∑ √ ∞ ½ “Ω”\n") == ""
    assert len(LETTERS) > 2000
