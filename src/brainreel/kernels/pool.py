"""The project's own threads: kernels over ranges, cancellable, and entered by any number of Python threads at once."""

import math
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from brainreel.errors import Interrupted, UsageError

RangeKernel = Callable[..., Any]


class Pool:
    """`threads` threads, the caller's among them, that run kernels over ranges.

    Helpers are daemons and wait when there is nothing to do. Two callers at once share the helpers; each also works
    itself, so neither waits for the other. After a fork a pool has no helpers: make a new one in the child.
    """

    def __init__(self, threads: int) -> None:
        """Start `threads` - 1 helpers; UsageError for fewer than one thread."""
        if threads < 1:
            raise UsageError(f"threads = {threads}: at least one is needed")
        self.threads = threads
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._helpers = [threading.Thread(target=self._help, daemon=True) for _ in range(threads - 1)]
        for helper in self._helpers:
            helper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the helpers go; a pool that is closed still runs kernels, on the caller's thread alone."""
        helpers, self._helpers = self._helpers, []
        for _ in helpers:
            self._jobs.put(None)
        for helper in helpers:
            helper.join()

    def run(
        self,
        kernel: RangeKernel,
        count: int,
        *args: Any,
        chunk: int = 1,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Call `kernel(begin, end, *args)` until [0, count) is covered, `chunk` at a time, on whichever thread is free.

        Returns when all is done. The first exception of a chunk ends the work and is raised here. `cancelled` is asked
        on the caller's thread between chunks; Interrupted once it says so. Either way no chunk is running any more.
        """
        if chunk < 1:
            raise ValueError(f"chunk = {chunk}: at least one")
        job = _Job(kernel, count, args, chunk)
        for _ in self._helpers[: max(0, -(-count // chunk) - 1)]:
            self._jobs.put(job)
        try:
            while (part := job.take()) is not None:
                if cancelled is not None and cancelled():
                    raise Interrupted("cancelled")
                kernel(*part, *args)
        except BaseException:
            job.stop()
            raise
        finally:
            job.wait()
        if job.error is not None:
            raise job.error

    def _help(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.help()
            del job  # an idle helper must not keep the last job's arrays alive


class _Job:
    """One range that several threads take chunks from."""

    def __init__(self, kernel: RangeKernel, count: int, args: tuple[Any, ...], chunk: int) -> None:
        self.error: BaseException | None = None
        self._kernel = kernel
        self._count = count
        self._args = args
        self._chunk = chunk
        self._next = 0
        self._helping = 0
        self._changed = threading.Condition()

    def take(self) -> tuple[int, int] | None:
        """The next (begin, end), or None when nothing is left."""
        with self._changed:
            begin = self._next
            self._next = min(begin + self._chunk, self._count)
            return (begin, self._next) if begin < self._count else None

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._next = self._count

    def help(self) -> None:
        """Work on a helper's thread until nothing is left; what is raised is kept for the caller."""
        with self._changed:
            self._helping += 1
        try:
            while (part := self.take()) is not None:
                self._kernel(*part, *self._args)
        except BaseException as error:
            self.error = self.error or error
            self.stop()
        finally:
            with self._changed:
                self._helping -= 1
                self._changed.notify_all()

    def wait(self) -> None:
        """Return when no helper is at work; a helper that comes later finds nothing to take."""
        with self._changed:
            self._changed.wait_for(lambda: not self._helping)


def available_cores() -> int:
    """How many cores this process may use: the processor's, less what affinity and control groups take away."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(affinity, _control_group_cores())))


def _control_group_cores(mounted: Path = Path("/sys/fs/cgroup"), of: Path = Path("/proc/self/cgroup")) -> float:
    """Cores that control groups allow: the smallest quota from this process's group (v2, else v1) to the root's."""
    quotas = [math.inf]
    for group in _control_groups(mounted, of):
        text = _text(group / "cpu.max") or f"{_text(group / 'cpu.cfs_quota_us')} {_text(group / 'cpu.cfs_period_us')}"
        quota, _, period = text.strip().partition(" ")
        if quota.isdigit() and period.isdigit():
            quotas.append(int(quota) / int(period))
    return min(quotas)


def _control_groups(mounted: Path, of: Path) -> list[Path]:
    groups = [mounted, mounted / "cpu"]
    for line in _text(of).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers or "cpu" in controllers.split(","):
            root = mounted / "cpu" if controllers else mounted
            inner = root / path.lstrip("/")
            groups += [inner, *(parent for parent in inner.parents if root in parent.parents)]
    return groups


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
