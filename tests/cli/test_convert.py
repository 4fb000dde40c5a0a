"""`brainreel convert` and `brainreel verify` as a shell sees them."""

import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from brainreel.cli.app import run
from contracts.conversions import plan_of, store_of

PLI = "phantom:pli?z=40&y=300&x=90"


@pytest.fixture
def refused(tmp_path, capsys):
    """Runs a command that must end with `code` and one message, and leave nothing that looks like a store."""

    def check(*arguments, code=2):
        before = sorted(tmp_path.glob("*.zarr"))
        assert run(list(map(str, arguments))) == code
        message = capsys.readouterr().err
        assert "Traceback" not in message
        assert len([line for line in message.splitlines() if line.startswith("brainreel:")]) == 1, message
        assert sorted(tmp_path.glob("*.zarr")) == before
        return message

    return check


def test_a_phantom_becomes_a_store_that_is_known_and_whole(tmp_path, capsys):
    store = tmp_path / "pli.ome.zarr"
    assert run(["convert", PLI, "-o", str(store), "--threads", "2"]) == 0
    said = capsys.readouterr().out
    assert "z=40, y=300, x=90 voxels of uint8" in said
    assert "level 1" in said
    assert f"{store}: done" in said
    assert run(["verify", str(store)]) == 0
    assert "pli.ome.zarr: whole." in capsys.readouterr().out
    assert run(["info", str(store)]) == 0
    about = capsys.readouterr().out
    assert "z=40, y=300, x=90 voxels of uint8" in about
    assert run(["info", PLI]) == 0
    same = ("spacing", "extent", "centre")
    lines = [
        [line for line in text.splitlines() if line.strip().startswith(same)]
        for text in (about, capsys.readouterr().out)
    ]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 3


def test_a_dry_run_says_what_would_be_and_does_nothing(tmp_path, capsys):
    assert run(["convert", PLI, "-o", str(tmp_path / "pli.ome.zarr"), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"store +about [\d.]+ kB \(zstd\)", said)
    assert re.search(r"time +about \d+ s", said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--codec", "gzip"], "--codec gzip: chunks are packed with zstd, lz4 or none"),
        (["--reduce", "median"], "--reduce median: levels are made by mean"),
        (["--reduce", "angle:0"], "--reduce angle:0"),
        (["--threads", "0"], "--threads"),
        (["--budget", "much"], "--budget"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path, refused, arguments, words):
    assert words in refused("convert", PLI, "-o", tmp_path / "a.ome.zarr", *arguments)
    assert not list(tmp_path.iterdir())


def test_a_budget_that_is_too_small_is_refused_with_the_least(tmp_path, refused):
    message = refused("convert", PLI, "-o", tmp_path / "a.ome.zarr", "--budget", "10MB", code=3)
    assert re.search(r"give --budget \d+MB", message)


def test_outputs_that_cannot_be_are_refused_before_any_work(tmp_path, refused):
    (tmp_path / "there.zarr").mkdir()
    (tmp_path / "file").write_text("")
    assert "exists" in refused("convert", PLI, "-o", tmp_path / "there.zarr")
    assert "ends with .zarr" in refused("convert", PLI, "-o", tmp_path / "brain.nii.gz")
    assert "mkdir -p" in refused("convert", PLI, "-o", tmp_path / "no" / "a.zarr")
    assert "not a folder" in refused("convert", PLI, "-o", tmp_path / "file" / "a.zarr")
    store = store_of(np.ones((9, 9, 9), np.uint8), tmp_path)
    assert "is a store already" in refused("convert", PLI, "-o", store)


@pytest.mark.parametrize("source", ["phantom:activation", "phantom:cortex", "phantom:bundle", "phantom:nothing"])
def test_what_is_no_volume_is_refused(tmp_path, refused, source):
    refused("convert", source, "-o", tmp_path / "a.ome.zarr")


def test_a_source_that_is_not_there_is_named(tmp_path, refused):
    assert "lost" in refused("convert", tmp_path / "lost", "-o", tmp_path / "a.ome.zarr")


@pytest.mark.parametrize("shape", ["z=3,y=50,x=60", "z=4,y=50,x=61"])
def test_raw_slices_of_another_shape_are_refused(tmp_path, refused, shape):
    raw_slices(tmp_path)
    refused("convert", tmp_path / "raw", "-o", tmp_path / "a.ome.zarr", "--dtype", "uint8", "--shape", shape)


def test_a_truncated_slice_is_named(tmp_path, refused):
    raw_slices(tmp_path)
    (tmp_path / "raw" / "s2.raw").write_bytes(bytes(50 * 60 - 1))
    arguments = ["--dtype", "uint8", "--shape", "z=4,y=50,x=60"]
    assert "s2.raw" in refused("convert", tmp_path / "raw", "-o", tmp_path / "a.ome.zarr", *arguments)


def raw_slices(folder):
    (folder / "raw").mkdir()
    for k in range(4):
        (folder / "raw" / f"s{k}.raw").write_bytes(bytes(50 * 60))


def test_an_unfinished_conversion_is_no_data(tmp_path, refused):
    part = tmp_path / "a.ome.zarr.part"
    (part / ".work").mkdir(parents=True)
    for command in (["info"], ["verify"], ["movie", "-o", tmp_path / "m.mp4"]):
        message = refused(command[0], part, *command[1:])
        assert "unfinished conversion; give the same brainreel convert command again" in message


def test_ctrl_c_ends_soon_and_the_same_command_goes_on(tmp_path):
    store = tmp_path / "a.ome.zarr"
    command = [sys.executable, "-m", "brainreel", "convert", "phantom:pli?z=64&y=3200&x=300", "-o", str(store)]
    first = subprocess.Popen([*command, "--codec", "none"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    work = tmp_path / "a.ome.zarr.part" / ".work" / "bands"
    while len(list(work.glob("*.npz"))) < 3:
        assert first.poll() is None
        time.sleep(0.01)
    begin = time.monotonic()
    first.send_signal(signal.SIGINT)
    _, message = first.communicate(timeout=60)
    assert time.monotonic() - begin < 5
    assert first.returncode == 130
    assert "Traceback" not in message
    assert not store.exists()
    again = subprocess.run([*command, "--codec", "none"], capture_output=True, text=True, timeout=60, check=True)
    reused = int(re.search(r"done, (\d+) of 50 bands from before", again.stdout)[1])
    assert 3 <= reused < 50


def test_damage_is_listed_by_level_brick_and_file(tmp_path, capsys):
    store = store_of(np.random.default_rng(0).integers(0, 255, (64, 64, 64 * 50)).astype(np.uint8), tmp_path)
    for file in (store / "0" / "c").rglob("*"):
        if file.is_file():
            content = np.frombuffer(file.read_bytes(), np.uint8).copy()
            content[: 30 * 200_000 : 200_000] ^= 1
            content[-2000 - 10 * 262_000 : -2000 : 200_000] ^= 1
            file.write_bytes(content.tobytes())
    assert run(["verify", str(store)]) == 2
    said = capsys.readouterr()
    assert "level 0, brick z=0, y=0, x=0: 0/c/0/0/0 is damaged at bytes 0 to" in said.out
    listed = len(said.out.splitlines())
    assert re.search(rf"brainreel: {store}: \d+ of \d+ chunks are damaged, in 2 files; convert", said.err)
    assert listed == 41 or f": {listed} of" in said.err


def test_only_stores_of_ours_are_verified(tmp_path, refused):
    assert "nothing of that name" in refused("verify", tmp_path / "no.ome.zarr")
    (tmp_path / "other.zarr").mkdir()
    assert "no store that brainreel convert made" in refused("verify", tmp_path / "other.zarr")


@pytest.mark.parametrize(("z", "y", "x"), [(64, 500, 400), (20, 800, 800)])
def test_the_bytes_foretold_are_within_three_tenths(tmp_path, z, y, x):
    from brainreel.phantom import open_phantom
    from brainreel.store.conversion import convert

    phantom = open_phantom(f"phantom:pli?z={z}&y={y}&x={x}")["volume"]
    volume = phantom.read((slice(0, z), slice(0, y), slice(0, x)))
    for codec in ("zstd", "none"):
        plan, store = plan_of(volume, codec=codec, world=phantom.world_from_voxel), tmp_path / f"{codec}.ome.zarr"
        convert(plan, store, 2)
        size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
        assert plan.stored_bytes == pytest.approx(size, rel=0.3)
        assert plan.core_s > 0 < plan.disk_s
