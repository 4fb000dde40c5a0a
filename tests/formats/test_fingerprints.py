import os

import pytest

from brainreel.errors import FormatError
from brainreel.formats import fingerprints
from brainreel.formats.fingerprints import cache_dir, content_digest, fingerprint, fingerprint_of_series

LONG_AGO_NS = 10**18


@pytest.fixture
def old_file(tmp_path):
    """A file that was last written long ago."""
    path = tmp_path / "data"
    path.write_bytes(b"values")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return path


def remembered():
    folder = cache_dir() / "fingerprints"
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_an_unchanged_file_is_hashed_once(old_file, monkeypatch):
    digest = content_digest([old_file])
    monkeypatch.setattr(fingerprints, "_hash", lambda files: pytest.fail("hashed again"))
    assert content_digest([old_file]) == digest
    assert len(remembered()) == 1


@pytest.mark.parametrize("content", [b"other!", b"longer values"])
def test_a_changed_file_is_hashed_again(old_file, content):
    before = content_digest([old_file])
    old_file.write_bytes(content)
    os.utime(old_file, ns=(LONG_AGO_NS + 1, LONG_AGO_NS + 1))
    assert content_digest([old_file]) != before


def test_a_file_written_just_now_is_not_remembered(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"values")
    content_digest([path])
    assert remembered() == []


def test_the_digest_is_of_contents_and_not_of_names(old_file, tmp_path):
    (tmp_path / "renamed").write_bytes(b"values")
    assert content_digest([tmp_path / "renamed"]) == content_digest([old_file])


def test_order_and_borders_of_files_count(tmp_path):
    for name, content in (("a", b"12"), ("b", b"3"), ("c", b"1"), ("d", b"23")):
        (tmp_path / name).write_bytes(content)
    a, b, c, d = (tmp_path / name for name in "abcd")
    assert len({content_digest(files) for files in ([a, b], [b, a], [c, d], [a], [d, c])}) == 5


def test_facts_count(old_file):
    assert fingerprint([old_file], unit="mm") != fingerprint([old_file], unit="none")
    assert fingerprint([old_file], unit="mm") == fingerprint([old_file], unit="mm")


def test_an_unwritable_cache_is_no_error(old_file, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(old_file / "below a file"))
    assert content_digest([old_file]) == content_digest([old_file])


def test_a_half_written_memo_is_not_believed(old_file):
    digest = content_digest([old_file])
    (cache_dir() / "fingerprints" / remembered()[0]).write_text("")
    assert content_digest([old_file]) == digest


def test_a_file_that_is_gone_is_a_format_error(tmp_path):
    with pytest.raises(FormatError, match="gone"):
        content_digest([tmp_path / "gone"])


def test_a_very_large_series_is_known_by_its_size_its_time_and_even_blocks(tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    os.utime(path, ns=(1, 1))
    first = fingerprint_of_series(path, times=1)
    assert fingerprint_of_series(path, times=1) == first
    assert fingerprint_of_series(path, times=2) != first
    os.utime(path, ns=(1, 2))
    assert fingerprint_of_series(path, times=1) != first
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"x")
    os.utime(path, ns=(1, 1))
    assert fingerprint_of_series(path, times=1) != first


def test_a_small_series_is_known_by_its_content_alone(tmp_path):
    paths = [tmp_path / "a.npy", tmp_path / "b.npy"]
    for path in paths:
        path.write_bytes(b"same")
    os.utime(paths[0], ns=(1, 1))
    assert len({fingerprint_of_series(path) for path in paths}) == 1
