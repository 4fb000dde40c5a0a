"""What every format asks of a path before it reads, and how foreign errors become FormatErrors."""

import difflib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainreel.errors import FormatError

_LFS_POINTER = b"version https://git-lfs"
GZIP_MAGIC = b"\x1f\x8b"


def require_file(path: Path) -> bytes:
    """The first 1024 bytes of the file at `path`.

    Raises FormatError where it is missing, a folder, unreadable, empty, or the pointer that git-LFS leaves behind.
    """
    require_exists(path)
    with foreign_errors(path), path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise FormatError(f"{path}: the file is empty (0 bytes); copy it again from where it came from")
    if head.startswith(_LFS_POINTER):
        raise FormatError(f"{path}: a git-LFS pointer lies in place of the data; fetch them with `git lfs pull`")
    return head


def require_exists(path: Path) -> None:
    """Raise FormatError, naming what comes nearest, where nothing lies at `path`."""
    with foreign_errors(path):
        if path.exists():
            return
        parent = path.parent
        if not parent.is_dir():
            raise FormatError(f"{path}: the folder {parent} does not exist; check the path")
        names = [entry.name for entry in parent.iterdir()]
    nearest = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; the nearest name there is {nearest[0]}" if nearest else f"; {parent} holds no name like it"
    raise FormatError(f"{path}: no such file{hint}")


@contextmanager
def foreign_errors(path: Path, *kinds: type[Exception], problem: str = "cannot be read") -> Iterator[None]:
    """Turn an OSError and the errors of `kinds` raised inside into one FormatError about `path`."""
    try:
        yield
    except PermissionError as error:
        raise FormatError(f"{path}: no permission to read it; ask its owner, or chmod +r") from error
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.EMFILE, errno.ENFILE):
            reason += ", too many files are open; raise the limit with ulimit -n"
        raise FormatError(f"{path}: {problem}: {reason}") from error
    except kinds as error:
        raise FormatError(f"{path}: {problem}: {str(error).strip() or type(error).__name__}") from error
