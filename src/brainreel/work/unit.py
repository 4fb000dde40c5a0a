"""What a piece of resumable work is, and how it reports."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from brainreel.errors import Interrupted

Cancelled = Callable[[], bool]
"""Asked often, from any thread; once it answers True the work ends soon, by raising Interrupted."""

Advance = Callable[[int], None]
"""Told how many steps were done since the last call; may be called from any thread."""


def never() -> bool:
    """A `Cancelled` that never says so."""
    return False


def stop_if(cancelled: Cancelled) -> None:
    """Raise Interrupted once `cancelled` says so."""
    if cancelled():
        raise Interrupted("interrupted")


class Unit(Protocol):
    """One piece of work that makes one file, a segment of a movie or a band of a conversion.

    `name` is a hash of everything that the file depends on, so equal names mean equal files and a finished file is
    never made again. `steps` is how much of the progress it stands for.
    """

    @property
    def name(self) -> str:
        """Hex digits, fit for a file name."""
        ...

    @property
    def steps(self) -> int:
        """How many times `advance(1)` stands for the whole unit."""
        ...

    def run(self, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        """Write the whole file at `path`, a temporary name. Raises Interrupted soon after `cancelled` says so."""
        ...


class Progress(Protocol):
    """Where long work tells how far it is; one call at a time, from any thread."""

    def start(self, total: int) -> None:
        """Begin; `total` steps are to come."""
        ...

    def advance(self, count: int, /) -> None:
        """`count` more steps are done."""
        ...

    def finish(self) -> None:
        """End, whether all is done or not."""
        ...


class _Silent:
    def start(self, total: int) -> None: ...

    def advance(self, count: int, /) -> None: ...

    def finish(self) -> None: ...


SILENT: Progress = _Silent()
"""Progress that nobody looks at."""
