import errno
import os
from pathlib import Path

import pytest

from brainreel.errors import DiskError, InputError
from brainreel.work import check_writable, disk_errors, replacing

no_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_disk_error_with_its_remedy():
    with (
        pytest.raises(DiskError, match=r"/dev/full: the disk is full; .* MB are free; make room") as caught,
        disk_errors(Path("/dev/full")),
    ):
        Path("/dev/full").write_bytes(b"content")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (errno.EDQUOT, DiskError, "quota"),
        (errno.EFBIG, DiskError, "grown beyond"),
        (errno.EROFS, InputError, "choose another output"),
        (errno.EACCES, InputError, "choose another output"),
        (errno.EIO, OSError, "output error"),
    ],
)
def test_refusals_are_told_apart(tmp_path, code, error, words):
    with pytest.raises(error, match=words), disk_errors(tmp_path / "a"):
        raise OSError(code, os.strerror(code))


def test_a_file_is_replaced_when_it_is_whole(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with replacing(path) as written:
        written.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")

    def write() -> None:
        with replacing(path) as written:
            written.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_output_that_can_be_made_or_replaced_passes(tmp_path):
    check_writable(tmp_path / "new.mp4")
    (tmp_path / "old.mp4").touch()
    check_writable(tmp_path / "old.mp4")


def test_an_output_in_a_missing_folder_names_the_folder(tmp_path):
    with pytest.raises(InputError, match=f"there is no folder {tmp_path / 'no'}; make it"):
        check_writable(tmp_path / "no" / "a.mp4")


def test_an_output_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file, not a folder"):
        check_writable(tmp_path / "file" / "a.mp4")


def test_an_output_that_is_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder; give the name of a file in it"):
        check_writable(tmp_path)


def test_an_output_that_is_a_device_is_refused():
    with pytest.raises(InputError, match="needs a file"):
        check_writable(Path("/dev/null"))


@no_root
def test_an_output_in_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match="read-only"):
        check_writable(tmp_path / "a.mp4")


def test_read_only_places_are_refused_whoever_asks(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").touch()
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path / "a.mp4")
    with pytest.raises(InputError, match=f"{tmp_path / 'a.mp4'} is read-only"):
        check_writable(tmp_path / "a.mp4")
