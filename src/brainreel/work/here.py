"""The executor of this process: units in their order, one or a few at once."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from brainreel.work.ledger import Ledger
from brainreel.work.unit import SILENT, Cancelled, Progress, Unit, never, stop_if

T = TypeVar("T")

POLL_S = 0.1
"""How often `cancelled` is asked while nothing else happens."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The finished file of each unit, and which of them were there already."""

    files: Mapping[str, Path]
    reused: frozenset[str]


@dataclass(frozen=True, slots=True)
class Here:
    """Runs units on threads of this process, `at_once` of them; they begin in the order given."""

    at_once: int = 1

    def run(
        self, units: Iterable[Unit], ledger: Ledger, progress: Progress = SILENT, cancelled: Cancelled = never
    ) -> Outcome:
        """Make every unit that `ledger` lacks. The first failure, or Interrupted, ends all; what is done stays done."""
        distinct = {unit.name: unit for unit in units}
        files = _finished(distinct, ledger, cancelled)
        reused = frozenset(files)
        missing = [unit for name, unit in distinct.items() if name not in files]
        progress.start(sum(unit.steps for unit in missing))
        try:
            files |= self._make(missing, ledger, progress, cancelled)
        finally:
            progress.finish()
        return Outcome(files, reused)

    def _make(self, units: list[Unit], ledger: Ledger, progress: Progress, cancelled: Cancelled) -> dict[str, Path]:
        stop = threading.Event()
        one_call_at_a_time = threading.Lock()

        def advance(count: int) -> None:
            with one_call_at_a_time:
                progress.advance(count)

        def stopped() -> bool:
            return stop.is_set() or cancelled()

        def make(unit: Unit) -> tuple[str, Path]:
            return unit.name, ledger.make(unit.name, lambda path: unit.run(path, advance, stopped))

        with ThreadPoolExecutor(self.at_once) as pool:
            try:
                return dict(_results([pool.submit(make, unit) for unit in units], cancelled))
            finally:  # also after a failure or Ctrl-C: units that run end soon, the others are not begun
                stop.set()
                pool.shutdown(cancel_futures=True)


def _finished(names: Iterable[str], ledger: Ledger, cancelled: Cancelled) -> dict[str, Path]:
    files = {}
    for name in names:
        stop_if(cancelled)
        if path := ledger.find(name):
            files[name] = path
    return files


def _results(futures: list[Future[T]], cancelled: Cancelled) -> Iterator[T]:
    """The results as they come; raises the first failure, and Interrupted once `cancelled` says so."""
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, POLL_S, FIRST_COMPLETED)
        yield from (future.result() for future in finished)
        if waiting:
            stop_if(cancelled)
