"""What the commands print: progress with frames a second and time left, warnings of the library, numbers for people."""

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class FrameProgress:
    """Progress on a terminal as a bar, elsewhere as a line every tenth. Goes to standard error."""

    def __init__(self, what: str, unit: str = "frames") -> None:
        self._what, self._unit = what, unit
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._total = self._done = 0

    def start(self, total: int) -> None:
        """Begin; `total` units are to come."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._total = total
        console = Console(stderr=True)
        if not console.is_terminal:
            return
        self._bars = Progress(
            TextColumn(self._what),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bars.add_task("", total=total, rate="")
        self._bars.start()

    def advance(self, count: int) -> None:
        """`count` more units are done."""
        before, self._done = self._done, self._done + count
        if self._bars and self._task is not None:
            speed = self._bars.tasks[0].speed
            self._bars.update(self._task, advance=count, rate=f"{speed:.1f} {self._unit}/s" if speed else "")
        elif self._total and before * 10 // self._total != self._done * 10 // self._total:
            print(f"{self._what}: {self._done} of {self._total} {self._unit}", file=sys.stderr)

    def finish(self) -> None:
        """End the bar, whether all is done or not."""
        if self._bars:
            self._bars.stop()


@contextlib.contextmanager
def library_warnings() -> Iterator[None]:
    """Show what the library logs as warnings, each once, on standard error."""
    seen: set[str] = set()

    class Once(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            message = record.getMessage()
            if message not in seen:
                seen.add(message)
                print(f"brainreel: note: {message}", file=sys.stderr)

    logger, handler = logging.getLogger("brainreel"), Once(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a termination sets once; the second time the process ends at once."""
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(
                130
            )  # safe at any moment: what is finished is committed by renames, and locks end with the process
        stop.set()
        print("\nbrainreel: stopping ...", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def people_seconds(seconds: float) -> str:
    """A time as people say it: 40 s, 3 min, 2.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def people_bytes(count: float) -> str:
    """Bytes as people write them: 28.3 MB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
