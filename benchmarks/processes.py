"""Processes that are timed from outside: wall and CPU seconds, and the most memory they had."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.05


@dataclass(frozen=True)
class Run:
    """What a process took; `peak_bytes` is the most of RssAnon + RssShmem, looked at 20 times a second.

    `disk_s`: until all that it wrote was on the disk.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    disk_s: float


def run(command: Sequence[str | Path], cores: int | None = None) -> Run:
    """Run `command` on the first `cores` of the cores there are. Exits with what it said where it fails."""
    os.sync()
    words = [str(part) for part in command]
    start = time.perf_counter()
    with on_cores(cores):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak, ended, said = [0], threading.Event(), []
    threads = [
        threading.Thread(target=_watch, args=(process.pid, peak, ended)),
        threading.Thread(target=lambda: said.append(process.stderr.read() if process.stderr else "")),
    ]
    for thread in threads:
        thread.start()
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    os.sync()
    disk_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    for thread in threads:
        thread.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}\nended with {process.returncode}: {''.join(said)[-2000:]}")
    return Run(wall_s, used.ru_utime + used.ru_stime, peak[0], disk_s)


@contextmanager
def on_cores(count: int | None) -> Iterator[None]:
    """Run what is started inside on the first `count` cores; None: on all."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def forget(folder: Path) -> None:
    """Have the system forget what it holds of the files, so that all read them from the disk."""
    os.sync()  # what is not on the disk yet is not forgotten
    for path in folder.iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _watch(process: int, peak: list[int], ended: threading.Event) -> None:
    while not ended.wait(_POLL_S):
        peak[0] = max(peak[0], _held(process))


def _held(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return sum(int(lines[name].split()[0]) << 10 for name in ("RssAnon", "RssShmem") if name in lines)
