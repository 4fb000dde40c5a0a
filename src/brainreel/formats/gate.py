"""What every format asks of a path before it reads, and how foreign errors become FormatErrors."""

import difflib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainreel.errors import FormatError

_LFS_POINTER = b"version https://git-lfs"
_ANNEX_POINTER = b"/annex/objects/"
GZIP_MAGIC = b"\x1f\x8b"


def require_file(path: Path) -> bytes:
    """The first 1024 bytes of the file at `path`.

    Raises FormatError where it is missing, a folder, unreadable, empty, or what git-LFS or git-annex leave behind.
    """
    require_exists(path)
    with foreign_errors(path), path.open("rb") as file:
        head = file.read(1024)
    if not head:
        raise FormatError(f"{path}: the file is empty (0 bytes); copy it again from where it came from")
    if head.startswith(_LFS_POINTER):
        raise FormatError(f"{path}: a git-LFS pointer lies in place of the data; fetch them with `git lfs pull`")
    if head.startswith(_ANNEX_POINTER):
        raise FormatError(f"{path}: a git-annex pointer lies in place of the data; fetch them with `git annex get`")
    return head


def require_exists(path: Path) -> None:
    """Raise FormatError, naming what comes nearest, where nothing lies at `path`, or a link to nothing."""
    with foreign_errors(path):
        if path.exists():
            return
        if path.is_symlink():
            raise FormatError(_dangling(path))
        parent = path.parent
        if not parent.is_dir():
            raise FormatError(f"{path}: the folder {parent} does not exist; check the path")
        names = [entry.name for entry in parent.iterdir()]
    nearest = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; the nearest name there is {nearest[0]}" if nearest else f"; {parent} holds no name like it"
    raise FormatError(f"{path}: no such file{hint}")


def _dangling(path: Path) -> str:
    """What is wrong with a link that leads nowhere; git-annex and DataLad leave such links in place of data."""
    target = path.readlink().as_posix()
    if "annex/objects/" in target:
        return (
            f"{path}: a git-annex link lies in place of the data; fetch them with `datalad get {path.name}` or "
            f"`git annex get {path.name}`"
        )
    return f"{path}: a link to {target}, where nothing is; copy the file itself, or mend the link"


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
