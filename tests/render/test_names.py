"""Names at points: beside their balls, gone with them behind surfaces, never over each other, without a flicker."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.errors import SceneError
from brainreel.render import Renderer, names
from brainreel.timeline import resolve

SCENE = """
brainreel: 1
movie: {{length: 3s, fps: 20, size: 320x240, background: "#203040"}}
layers:
  grid: {{points: grid.tsv, size: 4mm, names: {names}}}
  {other}
camera: [{camera}]
overlays: [{overlays}]
"""
FRONT = "still: {position: [0, -200, 0], focal: [0, 0, 0], up: superior}"
AROUND = "orbit: {around: grid, start: anterior, turn: 180deg}"
WALL = "wall: {points: wall.tsv, size: 40mm, color: '#606060', alpha: ALPHA}"


@pytest.fixture
def pictures(tmp_path):
    """Draws frames of points in a table of `rows` (name x y z), beside a ball of 40 mm before (20, 0, 0)."""

    def make(rows, names="true", other="", camera=FRONT, overlays="", count=1):
        lines = ["\t".join(row.split()) for row in ("name x y z", *rows)]
        (tmp_path / "grid.tsv").write_text("\n".join(lines) + "\n")
        (tmp_path / "wall.tsv").write_text("x\ty\tz\n30\t-60\t0\n")
        text = SCENE.format(names=names, other=other, camera=camera, overlays=overlays)
        (tmp_path / "a.scene.yaml").write_text(text)
        made = scene.load(tmp_path / "a.scene.yaml")
        assets = open_assets(made)
        film = resolve(made, assets.facts)
        with Renderer(assets.data, assets.fingerprints, threads=1) as renderer:
            drawn = [renderer.draw(film.frame(k)) for k in range(count)]
        return drawn if count > 1 else drawn[0]

    return make


def lettered(with_names, without) -> np.ndarray:
    return (with_names != without).any(2)


def test_a_name_stands_right_of_its_ball(pictures):
    rows = ["E1 -20 0 0"]
    found = np.argwhere(lettered(pictures(rows), pictures(rows, "false")))
    ball = np.argwhere((pictures(rows, "false") != (0x20, 0x30, 0x40)).any(2))
    assert len(found) > 30
    assert found[:, 1].min() > ball[:, 1].max()
    assert abs(found[:, 0].mean() - ball[:, 0].mean()) < 4


@pytest.mark.parametrize(("alpha", "hidden"), [("1", True), ("0.4", False)])
def test_a_name_is_hidden_with_its_ball_behind_what_is_opaque(pictures, alpha, hidden):
    rows, wall = ["E1 -30 0 0", "E2 20 0 0"], WALL.replace("ALPHA", alpha)
    both, none = pictures(rows, other=wall), pictures(rows, "false", other=wall)
    one = pictures(rows, "{points: [E1]}", other=wall)
    assert lettered(one, none).any()
    assert np.array_equal(both, one) == hidden


def test_of_two_names_at_one_place_the_nearer_is_seen(pictures):
    rows = ["FAR 0 30 0", "NEAR 0 -5 0"]
    assert np.array_equal(pictures(rows, other=""), pictures(rows, "{points: [NEAR]}"))


def test_names_are_not_written_over_overlays(pictures):
    rows, label = ["E1 0 0 0", "E2 -30 0 20"], "{text: here it stands, place: center, size: 60px}"
    assert np.array_equal(pictures(rows, overlays=label), pictures(rows, "{points: [E2]}", overlays=label))


def test_letters_are_as_large_as_stated_and_have_an_outline(pictures):
    rows = ["E1 -20 0 0"]
    heights = []
    for size in ("60px", "120px"):
        shown = pictures(rows, f"{{size: {size}, color: white}}")
        found = np.argwhere(lettered(shown, pictures(rows, "false")))
        heights.append(np.ptp(found[:, 0]))
        inside = shown[found[:, 0], found[:, 1]]
        assert inside.max() == 255
        assert inside.min() < 0x18  # darker than the ground: the outline
    assert 1.7 < heights[1] / heights[0] < 2.3


def test_names_come_and_go_without_a_flicker(pictures, monkeypatch):
    seen: list[dict[int, float]] = []
    lay, draw = names.lay_stamp, names.Namer.draw

    def laying(image, stamp, corner, alpha):
        seen[-1][id(stamp)] = alpha
        lay(image, stamp, corner, alpha)

    def drawing(*args):
        seen.append({})
        draw(*args)

    monkeypatch.setattr(names, "lay_stamp", laying)
    monkeypatch.setattr(names.Namer, "draw", drawing)
    rows = [f"E{k} {6 * k - 15} {(k % 3) * 6 - 30} {(k % 2) * 3}" for k in range(6)]
    pictures(rows, other=WALL.replace("ALPHA", "1"), camera=AROUND, count=60)
    every = sorted({key for frame in seen for key in frame})
    alphas = np.array([[frame.get(key, 0.0) for key in every] for frame in seen])
    assert len(every) == 6
    assert alphas.max() == 1
    assert alphas.min() == 0
    dips = (alphas[:-2] - alphas[1:-1] > 0.3) & (alphas[2:] - alphas[1:-1] > 0.3)
    flashes = (alphas[1:-1] - alphas[:-2] > 0.3) & (alphas[1:-1] - alphas[2:] > 0.3)
    assert not dips.any()
    assert not flashes.any()


@pytest.mark.parametrize(
    ("rows", "chosen", "told"),
    [
        (["n/a 0 0 0", "b 1 1 1"], "{points: [c]}", "grid.names.points: grid.tsv has no point c"),
        (["脑 0 0 0"], "true", "the font has no 脑, which grid.tsv has in its names"),
        (["a 0 0 0"], "{points: []}", "expects names of points"),
    ],
)
def test_names_that_cannot_be_written(pictures, rows, chosen, told):
    with pytest.raises(SceneError, match=told):
        pictures(rows, chosen)
