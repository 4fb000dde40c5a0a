import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainreel.errors import InputError
from brainreel.work import Lock

HOLD = """
import sys, time
from pathlib import Path
from brainreel.work import Lock
with Lock(Path(sys.argv[1]), Path("out.mp4")):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_the_lock(tmp_path):
    process = holder(tmp_path / "lock")
    try:
        with pytest.raises(InputError, match=rf"out.mp4: process {process.pid} on .* has been writing it since"):
            Lock(tmp_path / "lock", Path("out.mp4")).__enter__()
    finally:
        process.kill()
        process.communicate()


def test_a_killed_holder_holds_nothing(tmp_path):
    process = holder(tmp_path / "lock")
    process.kill()
    process.communicate()
    assert (tmp_path / "lock").exists()
    with Lock(tmp_path / "lock", Path("out.mp4")):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_the_lock_can_be_taken_once_within_a_process(tmp_path):
    with Lock(tmp_path / "lock", Path("out.mp4")), pytest.raises(InputError, match=str(os.getpid())):
        Lock(tmp_path / "lock", Path("out.mp4")).__enter__()


def test_the_lock_leaves_nothing_behind_and_can_be_taken_again(tmp_path):
    for _ in range(2):
        with Lock(tmp_path / "folder" / "lock", Path("out.mp4")):
            pass
        assert list((tmp_path / "folder").iterdir()) == []


def test_a_lock_whose_folder_was_removed_by_its_holder_is_taken_anew(tmp_path):
    with Lock(tmp_path / "folder" / "lock", Path("out.mp4")):
        (tmp_path / "folder" / "lock").unlink()
        (tmp_path / "folder").rmdir()
        with Lock(tmp_path / "folder" / "lock", Path("out.mp4")):
            assert (tmp_path / "folder" / "lock").exists()
