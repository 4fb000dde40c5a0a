import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FRAMES = 192
"""Eight segments."""


def finish(process: subprocess.Popen) -> str:
    """Wait for the program; its messages."""
    return process.communicate(timeout=30)[1]


def draw(process: subprocess.Popen, frames: int) -> None:
    """Let the program begin so many frames more."""
    for _ in range(frames):
        process.stdout.readline()


def test_a_movie_killed_four_times_is_the_undisturbed_one(fake, make, numbers, start, tmp_path):
    output, moments = tmp_path / "a.mp4", random.Random(2)
    for _ in range(4):
        process = start(output, FRAMES, 0.004)
        draw(process, moments.randint(0, 44))
        time.sleep(moments.uniform(0.0, 0.008))
        process.kill()
        finish(process)
        assert process.returncode == -signal.SIGKILL
        assert not output.exists()
    report, _ = make(fake.Film(FRAMES), output)
    assert report.reused > 0
    make(fake.Film(FRAMES), tmp_path / "b.mp4")
    assert numbers(output) == list(range(FRAMES))
    assert output.read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("name", ["a.webm", "a.mov", "a.wmv", "a.gif", "pictures"])
def test_a_killed_movie_of_any_kind_is_the_undisturbed_one(fake, make, start, tmp_path, name):
    moments = random.Random(3)
    for folder in ("calm", "wild"):
        (tmp_path / folder).mkdir()
    for frames in (30, 50):
        process = start(tmp_path / "wild" / name, 96, 0.004)
        draw(process, frames)
        time.sleep(moments.uniform(0.0, 0.008))
        process.kill()
        finish(process)
        assert process.returncode == -signal.SIGKILL
    report, _ = make(fake.Film(96), tmp_path / "wild" / name)
    make(fake.Film(96), tmp_path / "calm" / name)
    assert report.reused > 0
    contents = [
        {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in (tmp_path / "calm", tmp_path / "wild")
    ]
    assert contents[0] == contents[1]


def test_ctrl_c_ends_within_two_seconds_and_the_same_command_resumes(fake, make, start, tmp_path):
    output = tmp_path / "a.mp4"
    process = start(output, FRAMES, 0.01)
    draw(process, 30)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    said = finish(process)
    assert time.monotonic() - began < 2
    assert process.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert not output.exists()
    report, _ = make(fake.Film(FRAMES), output)
    assert report.reused >= 24


def test_a_second_process_for_the_same_output_is_refused(start, tmp_path):
    first = start(tmp_path / "a.mp4", FRAMES, 0.02)
    second = start(tmp_path / "a.mp4", FRAMES, 0.0)
    said = finish(second)
    first.kill()
    finish(first)
    assert second.returncode == 2
    assert f"process {first.pid}" in said


LIMITED = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); \
sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')"


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
@pytest.mark.parametrize("where", ["in a segment", "when joining"])
def test_a_file_that_may_not_grow_ends_with_exit_code_3(fake, make, tmp_path, where):
    make(fake.Film(FRAMES), tmp_path / "b.mp4", keep_segments=True)
    largest = max(path.stat().st_size for path in (tmp_path / ".b.mp4.segments").iterdir())
    whole = (tmp_path / "b.mp4").stat().st_size
    assert largest < whole / 2
    output, limit_bytes = tmp_path / "a.mp4", largest - 100 if where == "in a segment" else whole - 100
    program = Path(__file__).with_name("fake.py")
    command = [sys.executable, "-c", LIMITED, str(limit_bytes), str(program), str(output), str(FRAMES), "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "the file has grown beyond" in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()
    assert not list(tmp_path.rglob("*.part"))
    report, _ = make(fake.Film(FRAMES), output)
    assert (report.reused == FRAMES) == (where == "when joining")


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 100 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    if not mount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_with_exit_code_3_and_goes_on_when_there_is_room(fake, make, numbers, start, tiny_disk):
    output, ballast = tiny_disk / "a.mp4", tiny_disk / "ballast"
    ballast.write_bytes(bytes(76_000))
    process = start(output, FRAMES, 0.0)
    said = finish(process)
    assert process.returncode == 3, said
    assert f"{output.parent}" in said
    assert "the disk is full" in said
    assert not output.exists()
    assert not list(tiny_disk.rglob("*.part"))
    ballast.unlink()
    report, _ = make(fake.Film(FRAMES), output)
    assert report.reused > 0
    assert numbers(output) == list(range(FRAMES))
