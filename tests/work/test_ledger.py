import logging
from pathlib import Path

import pytest

from brainreel.errors import DiskError
from brainreel.work import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "units", ".bin")


def make(ledger: Ledger, name: str, content: bytes) -> Path:
    return ledger.make(name, lambda path: path.write_bytes(content) and None)


def test_a_unit_is_done_once_its_file_is_there(ledger):
    assert ledger.find("a") is None
    made = make(ledger, "a", b"content")
    assert ledger.find("a") == made
    assert made.read_bytes() == b"content"


def test_another_process_finds_what_the_first_made(ledger):
    made = make(ledger, "a", b"content")
    assert Ledger(ledger.folder, ".bin").find("a") == made


@pytest.mark.parametrize("damaged", [b"cOntent", b"", b"content and more"])
def test_a_damaged_file_is_no_finished_unit(ledger, damaged, caplog):
    make(ledger, "a", b"content").write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        assert ledger.find("a") is None
    assert "damaged" in caplog.text
    assert ledger.find("a") is None


def test_a_name_that_begins_like_another_is_another(ledger):
    make(ledger, "ab", b"content")
    assert ledger.find("a") is None


def test_a_unit_that_fails_leaves_nothing(ledger):
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise DiskError("full")

    with pytest.raises(DiskError):
        ledger.make("a", fail)
    assert list(ledger.folder.iterdir()) == []


def test_leftovers_of_killed_processes_are_cleaned_and_units_stay(ledger):
    made = make(ledger, "a", b"content")
    (ledger.folder / ".b.bin.123.part").write_bytes(b"half")
    ledger.clean()
    assert list(ledger.folder.iterdir()) == [made]


def test_only_the_units_asked_for_are_kept(ledger):
    make(ledger, "a", b"1")
    kept = make(ledger, "b", b"2")
    (ledger.folder / "lock").touch()
    ledger.keep_only(["b"])
    assert sorted(ledger.folder.iterdir()) == sorted([kept, ledger.folder / "lock"])
