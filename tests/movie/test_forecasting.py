"""What a movie will take is foretold without making it."""

import re
import subprocess
import sys

import numpy as np
import pytest

from brainreel.cli.app import run
from brainreel.movie.sampling import _spread
from contracts.conversions import store_of

SCENE = """
brainreel: 1
movie: {{length: 2s, fps: 10, size: 128x96}}
layers:
  noise:
    volume: {store}
    color: {{points: [[0, 0, 0, 0], [255, 1, 1, 1]]}}
    opacity: {{points: [[0, 0], [120, 0], [255, 1]]}}
    unit_distance: 20mm
camera:
  - flight:
      keys:
        - {{at: 0s, position: [95, -500, 160], focal: [95, 95, 95], up: [0, 0, 1]}}
        - {{at: 2s, position: [95, -40, 110], focal: [95, 95, 95], up: [0, 0, 1]}}
      for: 2s
"""
BUDGET = "40MB"


@pytest.fixture(scope="module")
def dive(tmp_path_factory):
    """A scene that dives into a store whose bricks do not fit into BUDGET."""
    folder = tmp_path_factory.mktemp("dive")
    random = np.random.default_rng(0)
    z, y, x = np.indices((190, 190, 190)) - 94.5
    array = np.where(z**2 + y**2 + x**2 < 90**2, random.integers(60, 255, x.shape), 0).astype(np.uint8)
    scene = folder / "dive.scene.yaml"
    scene.write_text(SCENE.format(store=store_of(array, folder)))
    return scene


def bricks_in(said):
    return int(re.search(r"made.ome.zarr:? +(\d+) bricks", said)[1])


def test_bricks_foretold_for_a_dive_are_about_those_read(dive, tmp_path, capsys):
    command = ["movie", str(dive), "-o", str(tmp_path / "dive.mp4"), "--budget", BUDGET]
    assert run([*command, "--dry-run"]) == 0
    foretold = capsys.readouterr().out
    assert "20 frames of 128x96 in 2 segments, 0 of them made; 20 frames to draw" in foretold
    assert "of level 0" in foretold
    assert not list(tmp_path.iterdir())
    assert run(command) == 0
    read = bricks_in(capsys.readouterr().out)
    assert read > 0
    assert 0.8 * read <= bricks_in(foretold) <= 4 * read


def test_segments_that_are_made_are_not_foretold(dive, tmp_path, capsys):
    command = ["movie", str(dive), "-o", str(tmp_path / "dive.mp4"), "--budget", BUDGET]
    assert run([*command, "--keep-segments", "--frames", "0:10"]) == 0
    capsys.readouterr()
    before = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*"))
    assert run([*command, "--dry-run"]) == 0
    assert "2 segments, 1 of them made; 10 frames to draw" in capsys.readouterr().out
    assert run([*command, "--frames", "0:10", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "1 segments, 1 of them made; 0 frames to draw" in said
    assert "time" not in said
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child's memory without its parent's")
def test_the_memory_foretold_is_that_of_the_movie(dive, tmp_path):
    code = (
        "import sys; from brainreel.cli.app import run; from brainreel.movie.memory import peak_bytes; "
        f"run({['movie', str(dive), '-o', str(tmp_path / 'dive.mp4'), '--budget', BUDGET]} + sys.argv[1:]); "
        "print('peak', peak_bytes())"
    )
    said = [
        subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True).stdout
        for words in (["--dry-run"], [])
    ]
    number, unit = re.search(r"memory +about ([\d.]+) (MB|GB)", said[0]).groups()
    foretold = float(number) * {"MB": 1e6, "GB": 1e9}[unit]
    taken = int(re.search(r"peak (\d+)", said[1])[1])
    assert 0.8 * taken <= foretold <= 1.25 * taken


def test_of_volumes_in_memory_bytes_and_time_are_told(tmp_path, capsys):
    assert run(["movie", "phantom:pli?size=48", "-o", str(tmp_path / "a.mp4"), "--size", "96x64", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"pli.volume +111 kB of voxels", said)
    assert re.search(r"time +about \d+ (s|min)", said)
    assert "bricks" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_samples_are_spread_over_all_frames_each_once(count):
    indices = [3 * k for k in range(count)]
    spread = list(_spread(indices))
    assert sorted(spread) == indices
    assert spread[0] == indices[count // 2]


def test_of_slices_every_brick_is_foretold(dive, tmp_path, capsys):
    command = ["movie", str(dive.with_name("made.ome.zarr")), "--mode", "sweep", "-o", str(tmp_path / "sweep.mp4")]
    command += ["--size", "96x64", "--length", "2s", "--budget", "200MB"]
    assert run([*command, "--dry-run"]) == 0
    foretold = capsys.readouterr().out
    assert run(command) == 0
    read = bricks_in(capsys.readouterr().out)
    assert bricks_in(foretold) == read > 0
    assert f"rather {read} in all" in foretold
