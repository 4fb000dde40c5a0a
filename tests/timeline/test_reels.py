"""Scenes and cards one after the other."""

import pytest

from brainreel import scene
from brainreel.data import Facts
from brainreel.errors import SceneError
from brainreel.scene import load_any
from brainreel.timeline import join, resolve

REEL = """brainreel: 1
movie: {size: 320x240, fps: 10}
reel:
  - {title: Results, text: of one brain, for: 2s}
  - {file: a.scene.yaml, dissolve: 1s}
  - scene:
      movie: {length: 2s}
      layers: {pli: {volume: b.nii}}
"""


@pytest.fixture
def reel(tmp_path):
    def write(text=REEL):
        (tmp_path / "a.scene.yaml").write_text(
            "brainreel: 1\nmovie: {length: 3s, fps: 25}\nlayers: {pli: {volume: a.nii}}\n"
        )
        path = tmp_path / "reel.yaml"
        path.write_text(text)
        return load_any(path)

    return write


def film(facts, reel):
    known = Facts({"pli.volume": facts.volume()})
    return join(reel, [one and resolve(one, known) for one in reel.scenes()])


def test_chapters_have_the_size_and_rate_of_the_reel_and_follow_each_other(facts, reel):
    made = film(facts, reel())
    assert made.size == (320, 240)
    assert [shot.first for shot in made.shots] == [0, 10, 40]
    assert made.frame_count == 60
    assert reel().length_s == 6
    assert [frame.index for frame in made.frames()] == list(range(60))


def test_a_dissolve_shows_both_and_grows_and_a_cut_does_not(facts, reel):
    made = film(facts, reel())
    parts = [frame.dissolve[1] if frame.dissolve else None for frame in made.frames()]
    assert parts[:10] == [None] * 10
    assert parts[10:20] == pytest.approx([(k + 1) / 11 for k in range(10)])
    assert parts[20:] == [None] * 40
    assert made.frame(12).panels[0].overlays
    assert made.frame(12).dissolve[0].panels[0].layers


def test_data_of_chapters_are_told_apart(facts, reel):
    made = film(facts, reel())
    assert made.assets() == ("chapter1/pli.volume", "chapter2/pli.volume")
    assert made.frame(25).panels[0].layers[0].data.asset == "chapter1/pli.volume"
    assert made.frame(12).dissolve[0].panels[0].layers[0].data.asset == "chapter1/pli.volume"
    assert made.frame(45).panels[0].layers[0].data.asset == "chapter2/pli.volume"


def test_what_dissolves_is_part_of_a_frames_digest(facts, reel):
    made = film(facts, reel())
    assert len({frame.digest() for frame in made.frames()}) >= 50


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("dissolve: 1s", "dissolve: 3s", r"reel.yaml:5: reel\[1\].dissolve: is longer"),
        ("title: Results", "title: Results, dissolve: 1s", r"reel.yaml:4: reel\[0\].dissolve"),
        ("file: a.scene.yaml", "file: a.scene.yaml, title: B", r"reel.yaml:5: reel\[1\]: is file and title"),
        ("file: a.scene.yaml", "file: b.scene.yaml", r"b.scene.yaml: cannot be read"),
        ("dissolve: 1s", "for: 1s", r"reel\[1\].for"),
        ("fps: 10", "fps: 10, length: 9s", "movie.length"),
        ("volume: b.nii", "volum: b.nii", r"reel.yaml:8: layers.pli"),
    ],
)
def test_what_is_wrong_with_a_reel_is_told_with_its_place(facts, reel, before, after, message):
    with pytest.raises(SceneError, match=message):
        film(facts, reel(REEL.replace(before, after)))


def test_a_scene_file_is_still_a_scene(tmp_path):
    (tmp_path / "a.yaml").write_text("brainreel: 1\nlayers: {pli: {volume: a.nii}}\n")
    assert isinstance(load_any(tmp_path / "a.yaml"), scene.Scene)


def test_a_chapter_may_have_views_and_overlays_over_them(facts, reel):
    views = "{a: {area: [0, 0, 50%, 1]}, b: {area: [50%, 0, 50%, 1], camera: [orbit: {}]}}"
    made = film(facts, reel(REEL + f"      views: {views}\n      overlays: [{{text: both}}]\n    dissolve: 500ms\n"))
    last = made.frame(made.frame_count - 1)
    assert [panel.layers[0].data.asset for panel in last.panels] == ["chapter2/pli.volume"] * 2
    assert [overlay.text for overlay in last.overlays] == ["both"]
    assert made.frame(37).dissolve[0].overlays == last.overlays
