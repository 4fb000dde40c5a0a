"""`info` says first what a movie or a picture is, then how it was made, and gives its scene back."""

import json

import av
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from brainreel.cli.app import run

SMALL = ["phantom:pli?size=32", "--size", "96x64"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A movie and stills, made once."""
    folder = tmp_path_factory.mktemp("made")
    assert run(["movie", *SMALL, "-o", str(folder / "a.mp4"), "--fps", "10", "--length", "1s"]) == 0
    for name in ("a.png", "a.tif", "a.jpg"):
        assert run(["still", *SMALL, "-o", str(folder / name)]) == 0
    return folder


def test_a_movie_is_measured_before_its_making_is_told(made, capsys):
    path = made / "a.mp4"
    assert run(["info", str(path)]) == 0
    title, measures, coding, *rest = capsys.readouterr().out.splitlines()
    assert title == str(path)
    assert "96x64, 10 frames/s, 10 frames, 1 s" in measures
    assert "h264" in coding
    assert "yuv420p, quality good (crf 18)" in coding
    assert "kB" in coding
    shown = "\n".join(rest)
    assert "brainreel 0." in shown
    assert "pli.volume  c3558215\n" in shown
    assert f"brainreel info {path} --scene" in shown
    assert "{" not in shown


def test_json_has_all_of_it_under_the_keys_that_it_always_had(made, capsys):
    assert run(["info", str(made / "a.mp4"), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert {"file", "fingerprints", "quality", "scene", "versions"} <= set(about)
    keys = ("made_by_brainreel", "width", "height", "frames", "fps", "length_s", "codec", "pixel_layout")
    assert [about[key] for key in keys] == [True, 96, 64, 10, 10, 1.0, "h264", "yuv420p"]
    assert about["bytes"] == (made / "a.mp4").stat().st_size
    assert about["encoding"] == {"codec": "h264", "crf": 18, "quality": "good"}
    assert len(about["fingerprints"]["pli.volume"]) == 64


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_a_still_says_its_size_and_its_moment(made, capsys, name):
    assert run(["info", str(made / name)]) == 0
    shown = capsys.readouterr().out
    assert "picture      96x64\n" in shown
    assert "moment       0.000 s" in shown
    assert "frames" not in shown


def test_the_scene_is_taken_out_as_it_can_be_run(made, tmp_path, capsys):
    assert run(["info", str(made / "a.mp4"), "--scene"]) == 0
    (tmp_path / "again.scene.yaml").write_text(capsys.readouterr().out)
    assert run(["scene", "check", str(tmp_path / "again.scene.yaml")]) == 0
    assert "10 frames of 96x64" in capsys.readouterr().out


def test_a_reel_says_how_many_chapters_are_inside(made, tmp_path, capsys):
    assert run(["info", str(made / "a.mp4"), "--scene"]) == 0
    (tmp_path / "a.scene.yaml").write_text(capsys.readouterr().out)
    (tmp_path / "a.reel.yaml").write_text(
        "brainreel: 1\nmovie: {size: 96x64, fps: 10}\nreel:\n  - {file: a.scene.yaml}\n  - {title: End, for: 1s}\n"
    )
    assert run(["movie", str(tmp_path / "a.reel.yaml"), "-o", str(tmp_path / "r.mp4")]) == 0
    assert run(["info", str(tmp_path / "r.mp4")]) == 0
    assert "chapters     2, whose scenes are inside" in capsys.readouterr().out


def test_a_movie_of_another_program_says_so_in_one_line(tmp_path, capsys):
    with av.open(str(tmp_path / "a.mkv"), "w") as movie:
        stream = movie.add_stream("mpeg4", 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for packet in [*stream.encode(av.VideoFrame(64, 48, "yuv420p")), *stream.encode()]:
            movie.mux(packet)
    path = str(tmp_path / "a.mkv")
    assert run(["info", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "64x48, 25 frames/s, 1 frame" in lines[1]
    assert "mpeg4" in lines[2]
    assert ["another program" in line for line in lines] == [False, False, False, True]
    assert run(["info", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["made_by_brainreel"] is False
    assert run(["info", path, "--scene"]) == 2
    assert "carries no scene" in capsys.readouterr().err


def test_a_picture_of_another_program_is_data(tmp_path, capsys):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "a.png")
    assert run(["info", str(tmp_path / "a.png")]) == 0
    assert "voxels" in capsys.readouterr().out


def test_what_was_tampered_with_prints_nothing_that_a_terminal_obeys(tmp_path, capsys):
    written = {"fingerprints": {"\x1b[2Ja": "\x07" * 9}, "versions": 3, "quality": {"error_px": "\x1b"}, "width": "x"}
    about = PngInfo()
    about.add_text("Comment", json.dumps({"brainreel": written}))
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=about)
    assert run(["info", str(tmp_path / "a.png")]) == 0
    shown = capsys.readouterr().out
    assert "4x4" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["a.mp4", "a.png", "--scene"], "name one"), (["a.mp4", "--scene", "--json"], "leave one out")],
)
def test_a_scene_is_taken_from_one_file(arguments, named, capsys):
    assert run(["info", *arguments]) == 2
    assert named in capsys.readouterr().err
