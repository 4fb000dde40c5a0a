import _thread
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from brainreel.errors import DiskError, Interrupted
from brainreel.work import Here, Ledger


@dataclass
class Count:
    """A unit that writes its name in steps."""

    name: str
    steps: int = 3
    seconds_a_step: float = 0.0
    fail_with: Exception | None = None
    runs: list[str] = field(default_factory=list)

    def run(self, path: Path, advance, cancelled) -> None:
        self.runs.append(self.name)
        for _ in range(self.steps):
            if cancelled():
                raise Interrupted("stopped")
            time.sleep(self.seconds_a_step)
            advance(1)
        if self.fail_with:
            raise self.fail_with
        path.write_text(self.name)


class Seen:
    total = done = 0
    finished = False

    def start(self, total: int) -> None:
        self.total = total

    def advance(self, count: int, /) -> None:
        self.done += count

    def finish(self) -> None:
        self.finished = True


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "units", ".txt")


def test_every_unit_is_made_and_progress_counts_all_steps(ledger):
    seen = Seen()
    outcome = Here().run([Count("a"), Count("b", steps=5)], ledger, seen)
    assert {name: path.read_text() for name, path in outcome.files.items()} == {"a": "a", "b": "b"}
    assert (seen.total, seen.done, seen.finished, outcome.reused) == (8, 8, True, frozenset())


def test_finished_units_are_not_run_again(ledger):
    Here().run([Count("a")], ledger)
    again, new, seen = Count("a"), Count("b"), Seen()
    outcome = Here().run([again, new], ledger, seen)
    assert (again.runs, new.runs, seen.total, outcome.reused) == ([], ["b"], 3, {"a"})


def test_equal_units_run_once(ledger):
    runs: list[str] = []
    Here().run([Count("a", runs=runs), Count("a", runs=runs)], ledger)
    assert runs == ["a"]


def test_units_begin_in_their_order(ledger):
    runs: list[str] = []
    Here(at_once=1).run([Count(name, runs=runs) for name in "dbca"], ledger)
    assert runs == list("dbca")


def test_two_run_at_once(ledger):
    both = threading.Barrier(2, timeout=5)

    class Meets(Count):
        def run(self, path, advance, cancelled):
            both.wait()
            super().run(path, advance, cancelled)

    Here(at_once=2).run([Meets("a"), Meets("b")], ledger)


def test_a_failure_ends_all_and_keeps_what_is_done(ledger):
    runs: list[str] = []
    units = [Count("a", runs=runs), Count("b", fail_with=DiskError("full"), runs=runs), Count("c", runs=runs)]
    seen = Seen()
    with pytest.raises(DiskError, match="full"):
        Here(at_once=1).run([*units, *(Count(f"d{i}", 3, 0.05, runs=runs) for i in range(20))], ledger, seen)
    assert ledger.find("a")
    assert not ledger.find("b")
    assert len(runs) < 23
    assert seen.finished


def test_cancelling_ends_within_a_moment(ledger):
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        Here().run([Count("a"), Count("b", 1000, 0.01)], ledger, cancelled=cancel.is_set)
    assert time.monotonic() - began < 1.5
    assert ledger.find("a")
    assert not ledger.find("b")


def test_ctrl_c_ends_what_runs_within_a_moment_and_begins_nothing_else(ledger):
    runs: list[str] = []
    units = [Count(name, 1000, 0.01, runs=runs) for name in "abc"]
    threading.Timer(0.2, _thread.interrupt_main).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Here().run(units, ledger)
    assert time.monotonic() - began < 1.5
    assert runs == ["a"]
    assert not list(ledger.folder.iterdir())
