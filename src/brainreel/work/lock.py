"""One process at a time: a lock that ends with its holder, however that ends."""

import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from brainreel.errors import InputError
from brainreel.work.disk import disk_errors


class Lock:
    """The right to write `what`, held in a `with` block; raises InputError naming the process that has it.

    The operating system holds the lock on the file `path` and lets go of it when the process dies, so a lock is never
    stale and never needs breaking. The file's text only says who holds it. `path`'s folder is made when it is missing.
    """

    def __init__(self, path: Path, what: Path) -> None:
        self._path = path
        self._what = what
        self._handle = -1

    def __enter__(self) -> "Lock":
        while self._handle < 0:
            handle = self._open()
            try:
                taken = _take(handle, self._path)
                if not taken:
                    raise InputError(f"{self._what}: {self._holder()}; wait for it, end it, or choose another output")
                if self._is_ours(handle):
                    os.ftruncate(handle, 0)
                    os.write(handle, _signature().encode())
                    self._handle = handle
            finally:
                if self._handle < 0:
                    os.close(handle)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # where an open file cannot be removed it stays, unlocked and harmless
            self._path.unlink()
        os.close(self._handle)
        self._handle = -1

    def _open(self) -> int:
        while True:
            with disk_errors(self._path):
                self._path.parent.mkdir(exist_ok=True)
                try:
                    return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
                except FileNotFoundError:  # a holder that finished has just removed the folder
                    continue

    def _is_ours(self, handle: int) -> bool:
        """Whether the locked file is still the one at `path`: the holder before us removes its file."""
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            holder = json.loads(self._path.read_text())
            return f"process {holder['pid']} on {holder['host']} has been writing it since {holder['since']}"
        except (OSError, ValueError, KeyError):
            return "another process is writing it"


def _signature() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})


def _take(handle: int, path: Path) -> bool:
    """Lock the whole file without waiting; False where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise InputError(f"{path}: this file system has no locks ({error.strerror}); choose another output") from error
    return True
