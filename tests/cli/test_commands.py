"""The commands end to end, in this process and as processes."""

import json
import os
import random
import struct
import subprocess
import sys
import time

import av
import numpy as np
import pytest
from PIL import Image

from brainreel.cli.app import run
from brainreel.scene import load
from contracts.fif import block, fif, volume_space

HEAVY = (
    "numba",
    "llvmlite",
    "numpy",
    "scipy",
    "pydantic",
    "nibabel",
    "tifffile",
    "zarr",
    "h5py",
    "imagecodecs",
    "av",
    "PIL",
    "cmap",
    "ruamel",
)
CORTEX = ["phantom:activation?vertices=2500", "phantom:cortex?vertices=2500"]
PLOTTED = """
brainreel: 1
movie: {length: 5s, fps: 10, size: 96x64}
clocks:
  meg: {0s: -100ms, end+0s: 400ms}
layers:
  cortex:
    surface: {file: "phantom:cortex?vertices=500", hemi: left}
    paint:
      scalars: {file: "phantom:activation?vertices=500", hemi: left, clock: meg}
      color: {map: hot, range: [1, 2]}
views:
  left: {area: [0%, 0%, 50%, 100%]}
  course: {area: [50%, 0%, 50%, 100%], plot: {of: cortex, vertices: [7]}}
"""
SMALL = ["--size", "96x64", "--fps", "10", "--length", "2s"]


def frames_of(path):
    with av.open(str(path)) as movie:
        return [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]


def brainreel(*arguments, **options):
    return subprocess.Popen([sys.executable, "-m", "brainreel", *map(str, arguments)], **options)


@pytest.mark.parametrize("command", [[], ["movie"], ["still"], ["info"], ["scene", "new"]])
def test_help_imports_nothing_heavy(command):
    code = f"import sys; from brainreel.cli.app import run; run({[*command, '--help']}); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "movie" in shown
    typers = {"pydantic"} if command else set()  # by which newer versions of Typer check options
    assert not (set(HEAVY) - typers) & set(shown.splitlines()[-1].split())


@pytest.mark.parametrize("command", [["movie"], ["still"], ["info"], ["demo"], ["scene", "new"], ["scene", "frames"]])
def test_every_command_explains_itself(command, capsys):
    assert run([*command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["movie"], ["still"], ["info"], ["scene", "new"]])
def test_help_has_three_examples_whose_options_it_lists(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    said, _, listed = shown.partition("Arguments")
    examples = [line.split() for line in said.splitlines() if line.startswith(f" brainreel {' '.join(command)} ")]
    assert len(examples) == 3
    options = {word for example in examples for word in example if word.startswith("-")}
    assert options
    assert options <= set(listed.split())


def test_a_volume_alone_becomes_a_turntable(tmp_path, capsys):
    assert run(["movie", "phantom:pli?size=48", "-o", str(tmp_path / "pli.mp4"), *SMALL]) == 0
    frames = frames_of(tmp_path / "pli.mp4")
    assert len(frames) == 20
    assert all(frame.max() > 60 for frame in frames)
    assert not np.array_equal(frames[0], frames[7])
    assert "20 frames of 96x64" in capsys.readouterr().out


def test_a_source_estimate_with_its_surfaces_becomes_its_time_course(tmp_path):
    assert run(["movie", *CORTEX, "-o", str(tmp_path / "meg.mp4"), *SMALL]) == 0
    frames = np.array(frames_of(tmp_path / "meg.mp4"), int)
    colorfulness = (frames.max(-1) - frames.min(-1))[:, :, :70].max((1, 2))
    assert colorfulness[1] < 60 < colorfulness.max()


def test_numbered_pictures_are_the_frames_asked_for(tmp_path):
    assert run(["movie", *CORTEX, "-o", str(tmp_path / "p_%03d.png"), *SMALL, "--frames", "3:6"]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["p_003.png", "p_004.png", "p_005.png"]


def test_a_still_is_the_movies_picture_at_that_time(tmp_path):
    arguments = ["phantom:pli?size=48", "--size", "96x64"]
    assert run(["still", *arguments, "-t", "500ms", "-o", str(tmp_path / "still.png"), "--set", "movie.length=2s"]) == 0
    assert run(["movie", *arguments, "-o", str(tmp_path / "all_%03d.png"), "--fps", "10", "--length", "2s"]) == 0
    assert np.array_equal(Image.open(tmp_path / "still.png"), Image.open(tmp_path / "all_005.png"))


def test_a_still_shows_the_data_at_a_time_of_theirs(tmp_path, capsys):
    size = ["--size", "96x64", "--set", "movie.length=5s"]
    assert run(["still", *CORTEX, *size, "--at", "100ms", "-o", str(tmp_path / "at.png")]) == 0
    assert "100ms (2.000 s of the movie)" in capsys.readouterr().out
    assert run(["still", *CORTEX, *size, "-t", "2s", "-o", str(tmp_path / "then.png")]) == 0
    assert np.array_equal(Image.open(tmp_path / "at.png"), Image.open(tmp_path / "then.png"))


def test_a_sheet_shows_the_part_of_the_data_that_is_asked_for(tmp_path):
    size = ["--size", "96x64", "--set", "movie.length=1s"]
    part = ["--contact", "2x1", "--from", "100ms", "--to", "300ms"]
    assert run(["still", *CORTEX, *size, *part, "-o", str(tmp_path / "part.png")]) == 0
    assert run(["still", *CORTEX, *size, "--contact", "2x1", "-o", str(tmp_path / "all.png")]) == 0
    assert not np.array_equal(Image.open(tmp_path / "part.png"), Image.open(tmp_path / "all.png"))


def test_frames_lists_plots_beside_views(tmp_path, capsys):
    scene = tmp_path / "a.scene.yaml"
    scene.write_text(PLOTTED)
    assert run(["scene", "frames", str(scene), "--json"]) == 0
    views = json.loads(capsys.readouterr().out.splitlines()[10])["views"]
    assert list(views) == ["left", "course"]
    assert views["course"]["plot"] == [
        {"name": "vertex 7", "courses": [{"data": "cortex.paint.0.left", "vertices": [7]}]}
    ]
    assert views["course"]["cursor"] == 0
    assert run(["scene", "frames", str(scene)]) == 0
    assert "course 0 ms" in capsys.readouterr().out.splitlines()[10]


def test_a_movie_carries_its_scene_from_which_it_can_be_made_again(tmp_path, capsys):
    assert run(["movie", "phantom:pli?size=48", "-o", str(tmp_path / "one.mp4"), *SMALL]) == 0
    capsys.readouterr()
    assert run(["info", str(tmp_path / "one.mp4"), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["fingerprints"]["pli.volume"]
    (tmp_path / "again.scene.yaml").write_text(about["scene"])
    assert run(["movie", str(tmp_path / "again.scene.yaml"), "-o", str(tmp_path / "two.mp4")]) == 0
    assert np.array_equal(frames_of(tmp_path / "one.mp4"), frames_of(tmp_path / "two.mp4"))


def test_scene_new_check_and_frames_go_together(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["scene", "new", *CORTEX, "-o", "a.scene.yaml", "--set", "movie.length=1s"]) == 0
    assert run(["scene", "check", "a.scene.yaml"]) == 0
    assert "30 frames" in capsys.readouterr().out
    assert run(["scene", "frames", "a.scene.yaml", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["frame"] for record in records] == list(range(30))
    assert list(records[0]["views"]) == ["left_lateral", "left_medial", "right_lateral", "right_medial"]
    seen = records[0]["views"]["left_lateral"]
    assert set(seen["camera"]) == {"position", "focal_point", "view_up", "view_angle", "parallel_scale", "parallel"}
    assert list(records[0]["clocks"].values()) == [-0.1]
    assert run(["scene", "frames", "a.scene.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 30
    assert all(f" {view} " in lines[0] for view in records[0]["views"])
    assert run(["scene", "new", *CORTEX, "-o", "a.scene.yaml"]) == 2
    assert "there already" in capsys.readouterr().err


def test_a_scene_written_elsewhere_still_finds_its_data(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "scenes").mkdir()
    np.arange(1000, dtype=np.uint8).tofile(tmp_path / "data" / "block.raw")
    monkeypatch.chdir(tmp_path / "data")
    raw = ["--dtype", "uint8", "--shape", "z=10,y=10,x=10"]
    assert run(["scene", "new", "block.raw", "-o", "../scenes/b.scene.yaml", *raw]) == 0
    monkeypatch.chdir(tmp_path)
    assert run(["scene", "check", "scenes/b.scene.yaml"]) == 0


def test_a_scene_written_elsewhere_still_finds_its_source_space(tmp_path, monkeypatch):
    (tmp_path / "scenes").mkdir()
    (tmp_path / "vol-src.fif").write_bytes(fif(block(350, volume_space((4, 5, 6), np.ones(120)))))
    head = struct.pack(">ffI", 0, 10, 120) + np.arange(120, dtype=">u4").tobytes()
    (tmp_path / "meg-vl.stc").write_bytes(head + struct.pack(">I", 3) + np.arange(360, dtype=">f4").tobytes())
    monkeypatch.chdir(tmp_path)
    assert run(["scene", "new", "meg-vl.stc", "--space", "vol-src.fif", "-o", "scenes/a.scene.yaml"]) == 0
    assert run(["scene", "check", "scenes/a.scene.yaml"]) == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system keeps names of UTF-8 alone")
def test_a_name_that_is_no_utf8_is_read_and_written(tmp_path):
    path = tmp_path / "caf\udce9.raw"
    np.arange(1000, dtype=np.uint8).tofile(path)
    raw = ["--dtype", "uint8", "--shape", "z=10,y=10,x=10"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8:strict"}
    shown = brainreel("info", path, *raw, stdout=subprocess.PIPE, env=environment).communicate()[0]
    assert os.fsencode(path) in shown
    assert brainreel("scene", "new", path, "-o", tmp_path / "a.scene.yaml", *raw).wait() == 0
    assert brainreel("scene", "check", tmp_path / "a.scene.yaml").wait() == 0


@pytest.mark.filterwarnings("error")
def test_the_schema_is_json(capsys):
    assert run(["scene", "schema"]) == 0
    assert "layers" in json.loads(capsys.readouterr().out)["properties"]


def test_info_speaks_of_every_kind_of_data(capsys):
    assert run(["info", "phantom:pli?size=48", *CORTEX]) == 0
    shown = capsys.readouterr().out
    assert "z=48, y=48, x=48 voxels of uint8" in shown
    assert "251 moments, -100 ms to 400 ms by 2 ms" in shown
    assert "(left)" in shown


def test_the_doctor_finds_this_machine_ready(capsys):
    assert run(["doctor"]) == 0
    assert "FAIL" not in capsys.readouterr().out


def test_ctrl_c_ends_within_two_seconds_and_leaves_nothing_under_the_final_name(tmp_path):
    output = tmp_path / "out.mp4"
    arguments = ["movie", "phantom:pli?size=96", "-o", output, "--size", "640x480", "--length", "60s"]
    process = brainreel(*arguments, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / ".out.mp4.segments"
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.mp4")) and time.monotonic() < deadline:
        time.sleep(0.05)
    asked = time.monotonic()
    process.send_signal(2)
    _, message = process.communicate(timeout=30)
    assert time.monotonic() - asked < 2
    assert process.returncode == 130
    assert "same command" in message
    assert "Traceback" not in message
    assert not output.exists()


def test_a_movie_killed_at_ten_random_moments_becomes_the_undisturbed_one(tmp_path):
    arguments = ["phantom:pli?size=64", "--size", "480x320", "--fps", "10", "--length", "6s", "--threads", "1"]
    began = time.monotonic()
    assert brainreel("movie", *arguments, "-o", tmp_path / "calm.mp4").wait() == 0
    whole_s = time.monotonic() - began
    moments = random.Random(7)
    killed = 0
    for _ in range(10):
        process = brainreel("movie", *arguments, "-o", tmp_path / "wild.mp4", stderr=subprocess.DEVNULL)
        try:
            process.wait(moments.uniform(0.1, whole_s))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        for leftover in tmp_path.glob("wild.mp4"):
            frames_of(leftover)
    assert killed >= 3
    assert brainreel("movie", *arguments, "-o", tmp_path / "wild.mp4").wait() == 0
    assert np.array_equal(frames_of(tmp_path / "wild.mp4"), frames_of(tmp_path / "calm.mp4"))


def test_scene_new_writes_the_course_of_a_slowed_movie(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenes").mkdir()
    options = ["--slow", "20", "--from", "0ms", "--to", "200ms"]
    assert run(["scene", "new", *CORTEX, "-o", "scenes/a.scene.yaml", *options]) == 0
    scene = load(tmp_path / "scenes" / "a.scene.yaml")
    assert scene.length_s == 4
    (clock,) = scene.clocks.values()
    assert (str(clock.start), str(clock.end)) == ("0ms", "200ms")
