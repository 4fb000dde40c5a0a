"""Files are written whole or not at all, and what a disk refuses becomes an error with a remedy."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainreel.errors import DiskError, InputError

FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota on this disk is used up",
    errno.EFBIG: "the file has grown beyond what this disk, or this process, may write",
}
PART = ".part"
"""How temporary names end, so that those of killed processes can be told."""

REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a refusal to write `path` into DiskError (full) or InputError (not allowed); other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            free = f"; {_free_bytes(path) / 1e6:.0f} MB are free" if error.errno == errno.ENOSPC else ""
            remedy = "make room or choose another disk, then run the same command: it goes on where it stopped"
            raise DiskError(f"{path}: {FULL[error.errno]}{free}; {remedy}") from error
        if error.errno in REFUSED:
            reason = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
            raise InputError(f"{path}: cannot be written ({reason}); choose another output") from error
        raise


@contextmanager
def temporary(folder: Path, name: str) -> Iterator[Path]:
    """A name in `folder` to write under; whatever has not been committed when the block ends is removed."""
    path = folder / f".{name}.{os.getpid()}{PART}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def commit(written: Path, path: Path) -> None:
    """Make the temporary file `written` be `path`, at once and lastingly; both on one file system."""
    with disk_errors(path):
        flush(written)
        written.replace(path)
        flush(path.parent)


@contextmanager
def replacing(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """A temporary name to write, which becomes `path` when the block ends well and is removed when it does not.

    The temporary file lies in `folder`, which has to be on `path`'s file system; beside `path` where None.
    """
    with temporary(folder or path.parent, path.name) as written:
        with disk_errors(path):
            yield written
        commit(written, path)


def flush(path: Path) -> None:
    """Have the file, or the folder's list of names, on the disk before going on (where the system can do that)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_writable(path: Path) -> None:
    """Raise InputError where a file at `path` could not be made or replaced, before any work goes into it."""
    folder = path.parent
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file in it, such as {path / 'movie.mp4'}")
    if not folder.exists():
        raise InputError(f"{path}: there is no folder {folder}; make it (mkdir -p {folder}) or choose another output")
    if not folder.is_dir():
        raise InputError(f"{path}: {folder} is a file, not a folder; choose another output")
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise InputError(f"{path}: {place} is read-only; change its permissions or choose another output")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is a device or a pipe; a movie needs a file")


def _free_bytes(path: Path) -> int:
    place = path
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free
