"""Reading and writing past the system's cache, where it can: at the disk's speed, and without pushing others out."""

import errno
import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PAGE = 4096
_HUGE = 2 << 20
_DIRECT = getattr(os, "O_DIRECT", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def aligned(count: int) -> NDArray[np.uint8]:
    """At least `count` bytes of memory that begin at a page; given back to the system when nobody has them any more."""
    whole = max(1, -(-count // _HUGE)) * _HUGE
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if os.name == "posix" else {}
    memory = mmap.mmap(-1, whole, **private)  # shared memory gets no huge pages
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)  # pyright: ignore[reportAttributeAccessIssue]
    return np.frombuffer(memory, np.uint8)


class DirectFile:
    """A file that is read in pieces, past the system's cache where its file system allows that.

    Raises OSError as `open` does. Close it, or use it in a `with`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle, self._is_direct = _open(path, os.O_RDONLY)

    def read_into(self, buffer: NDArray[np.uint8], offset: int, count: int) -> NDArray[np.uint8]:
        """`count` bytes from `offset` on, as the part of `buffer` they were read into; fewer at the end of the file.

        `buffer` begins at a page and holds two pages more than `count`.
        """
        start = offset // PAGE * PAGE
        wanted = -(-(offset + count - start) // PAGE) * PAGE
        held = 0
        while held < wanted:
            try:
                got = self._read(buffer[held:wanted].data, start + held)
            except OSError as error:
                if error.errno != errno.EINVAL or not self._is_direct:
                    raise
                self._reopen()
                continue
            held += got
            if not got or held % PAGE:
                break
        return buffer[offset - start : min(held, offset - start + count)]

    def state(self) -> tuple[int, int]:
        """Its size in bytes, and when it was changed, in nanoseconds."""
        stat = os.fstat(self._handle)
        return stat.st_size, stat.st_mtime_ns

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def __enter__(self) -> "DirectFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, view: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._handle, [view], offset)
        os.lseek(self._handle, offset, os.SEEK_SET)  # Windows: one reader a file
        data = os.read(self._handle, len(view))
        view[: len(data)] = data
        return len(data)

    def _reopen(self) -> None:
        """As any other file: its file system takes O_DIRECT and then refuses to read so."""
        os.close(self._handle)
        self._handle, self._is_direct = os.open(self.path, os.O_RDONLY | _BINARY), False


def write_direct(path: Path, buffer: NDArray[np.uint8], count: int) -> None:
    """Write the first `count` bytes of `buffer`, made by `aligned`, as the file `path`, and have them on the disk."""
    handle, is_direct = _open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        whole = -(-count // PAGE) * PAGE if is_direct else count
        written = 0
        while written < whole:
            try:
                written += os.write(handle, buffer[written:whole].data)
            except OSError as error:
                if error.errno != errno.EINVAL or not is_direct:
                    raise
                os.close(handle)
                handle, is_direct = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o644), False
                whole, written = count, 0
        os.ftruncate(handle, count)
        os.fsync(handle)
    finally:
        os.close(handle)


def _open(path: Path, flags: int) -> tuple[int, bool]:
    if _DIRECT:
        try:
            return os.open(path, flags | _DIRECT, 0o644), True
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
    return os.open(path, flags | _BINARY, 0o644), False
