"""The books of what is read of a store: how many bricks, how many of them again, and how long that took."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray


class Reads:
    """Bricks read of one store, by any number of threads.

    `by_level`: bricks by their level; `again`: those of them that had been read before; `byte_count`: packed.
    `seconds`: how long at least one brick was being read or unpacked.
    """

    def __init__(self, bricks_a_plane: int) -> None:
        self.by_level: Counter[int] = Counter()
        self.again = self.byte_count = 0
        self.seconds = 0.0
        self._count = bricks_a_plane
        self._known: dict[tuple[int, ...], NDArray[np.bool_]] = {}
        self._lock = threading.Lock()
        self._busy, self._since = 0, 0.0

    @property
    def bricks(self) -> int:
        """Of all levels."""
        return sum(self.by_level.values())

    def __str__(self) -> str:
        by_level = ", ".join(f"{count} of level {level}" for level, count in sorted(self.by_level.items()))
        said = f"{self.bricks} bricks read" + (f" ({by_level})" if by_level else "")
        return f"{said}, {self.again} of them again, {self.byte_count / 1e6:.0f} MB, in {self.seconds:.1f} s"

    def add(self, plane: tuple[int, ...], number: int, level: int, byte_count: int) -> None:
        """Brick `number`, which is of `level`, has been read."""
        with self._lock:
            if plane not in self._known:
                self._known[plane] = np.zeros(self._count, bool)
            self.by_level[level] += 1
            self.again += int(self._known[plane][number])
            self.byte_count += byte_count
            self._known[plane][number] = True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While inside, somebody reads."""
        with self._lock:
            if not self._busy:
                self._since = time.monotonic()
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
                if not self._busy:
                    self.seconds += time.monotonic() - self._since
