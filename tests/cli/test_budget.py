"""Volumes larger than the budget: drawn coarser, said so, and never mixed with what another budget drew."""

import re
import shlex

import nibabel
import numpy as np
import pytest
from PIL import Image

from brainreel.cli.app import run
from brainreel.cli.job import prepare, read_scene
from contracts.volumes import noisy_ball

SMALL = ["--size", "96x64", "--fps", "4", "--length", "1s"]


def written(array, path, step_s=None):
    image = nibabel.Nifti1Image(array, np.diag([2.0, 2.0, 2.0, 1.0]))
    image.header.set_xyzt_units("mm", "sec" if step_s else "unknown")
    if step_s:
        image.header.set_zooms((2, 2, 2, step_s))
    nibabel.save(image, path)
    return str(path)


@pytest.fixture
def ball(tmp_path):
    return written(noisy_ball(130), tmp_path / "my ball.nii")


def test_what_is_lost_and_what_to_do_about_it_is_one_line(ball, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["still", ball, "-o", "small.png", "--size", "96x64", "--budget", "6MB"]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "budget" in line]
    assert "my ball.nii (2.2 MB, 130 x 130 x 130 voxels) does not fit into --budget 6MB" in line
    assert "drawn with voxels of 4 x 4 x 4 mm, means of 2 x 2 x 2" in line
    command = re.search(r"brainreel (convert .*) \(about", line)
    assert command
    assert run(shlex.split(command[1])) == 0  # it is a command that works
    assert (tmp_path / "my ball.ome.zarr").is_dir()
    assert run(["still", ball, "-o", "large.png", "--size", "96x64"]) == 0
    assert "budget" not in capsys.readouterr().err
    small, large = (np.asarray(Image.open(name).convert("L"), float) for name in ("small.png", "large.png"))
    assert (small != large).any()
    assert np.corrcoef(small.ravel(), large.ravel())[0, 1] > 0.95


def test_parts_that_another_budget_drew_are_not_used(ball, tmp_path, capsys):
    movie = ["movie", ball, "-o", str(tmp_path / "a.mp4"), *SMALL, "--keep-segments"]
    said = []
    for budget in ("6MB", "6MB", "1GB", "2GB"):
        assert run([*movie, "--budget", budget]) == 0
        said.append("from before" in capsys.readouterr().out)
    assert said == [False, True, False, True]


def test_what_is_known_of_a_volume_does_not_depend_on_the_budget(ball):
    scene = read_scene([ball], {}, {}, [])
    small, large = (prepare(scene, draft=False, budget_bytes=budget, threads=1) for budget in (6_000_000, 1 << 30))
    assert small.assets.facts == large.assets.facts
    assert list(small.film.frames()) == list(large.film.frames())
    assert small.assets.fingerprints != large.assets.fingerprints


def test_a_volume_over_time_is_drawn_coarser_moment_by_moment(tmp_path, capsys):
    array = np.stack([noisy_ball(130), noisy_ball(130)[::-1], noisy_ball(130)[:, ::-1]], -1)
    bold = written(array, tmp_path / "bold.nii.gz", 2.0)
    assert run(["movie", bold, "-o", str(tmp_path / "bold_%02d.png"), *SMALL, "--budget", "9MB"]) == 0
    assert "bold.nii.gz (2.2 MB, 130 x 130 x 130 voxels, each moment)" in capsys.readouterr().err
    assert len(list(tmp_path.glob("bold_*.png"))) == 4


def test_a_budget_for_nothing_at_all_names_the_least_for_everything(ball, tmp_path, capsys):
    assert run(["still", ball, "-o", str(tmp_path / "a.png"), "--budget", "100kB"]) != 0
    assert re.search(r"give --budget \d+MB", capsys.readouterr().err)
