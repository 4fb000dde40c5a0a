"""--slow, --from and --to: how movies of data alone run through their time courses."""

import pytest

from brainreel.assets import open_assets
from brainreel.cli.app import run
from brainreel.cli.job import read_scene
from brainreel.cli.options import parse_course
from brainreel.errors import UsageError
from brainreel.timeline import resolve

DATA = ["phantom:activation?vertices=500&times=251", "phantom:cortex?vertices=500"]


def test_a_pace_and_a_length_contradict_each_other(capsys) -> None:
    assert run(["movie", "phantom:activation", "-o", "a.mp4", "--slow", "50", "--length", "3s"]) == 2
    assert "--slow 50 and --length 3s both say how long the movie is; leave one of them out" in capsys.readouterr().err


def test_a_movie_of_data_is_as_slow_as_asked_for_and_its_label_right_at_both_ends() -> None:
    made = read_scene(DATA, {}, {}, [], course=parse_course("50", "-50ms", "300ms"))
    film = resolve(made, open_assets(made).facts)
    assert film.duration_s == pytest.approx(0.35 * 50)
    texts = [film.frame_at(t_s).overlays[0].text for t_s in (0, 0.1 * 50, film.duration_s)]
    assert texts == ["−50 ms", "+50 ms", "+300 ms"]


def test_a_stated_length_is_kept() -> None:
    made = read_scene(DATA, {}, {}, ["movie.length=3s"], course=parse_course("50", None, None))
    assert made.length_s == 3


def test_a_scene_says_itself_how_it_runs(tmp_path) -> None:
    path = tmp_path / "a.scene.yaml"
    path.write_text("brainreel: 1\nlayers: {a: {volume: a.nii}}\n")
    with pytest.raises(UsageError, match="--slow, --from and --to are for data without a scene"):
        read_scene([str(path)], {}, {}, [], course=parse_course("50", None, None))
