"""Which units are done: a folder of finished files, each carrying its unit's name and its own checksum in its name."""

import hashlib
import logging
from collections.abc import Callable, Collection
from pathlib import Path

from brainreel.work.disk import PART, commit, disk_errors, temporary

log = logging.getLogger(__name__)


class Ledger:
    """Finished units in `folder`, as files `<unit>.<checksum><suffix>`.

    A unit is done when a file of that name exists and its bytes have that checksum. One rename makes it so, hence a
    process killed at any moment leaves whole files, and temporary ones that `clean` removes.
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder = folder
        self._suffix = suffix
        with disk_errors(folder):
            folder.mkdir(exist_ok=True)

    def find(self, name: str) -> Path | None:
        """The finished file of the unit `name`, read and checked; a damaged one is removed."""
        for path in self.folder.glob(f"{name}.*{self._suffix}"):
            if path.name == self._file_name(name, path):
                return path
            log.warning("%s is damaged and is made again", path)
            path.unlink()
        return None

    def make(self, name: str, write: Callable[[Path], None]) -> Path:
        """Have `write` write a temporary file and return it finished: done at once, or not at all when it raises."""
        with temporary(self.folder, name + self._suffix) as written:
            write(written)
            path = self.folder / self._file_name(name, written)
            commit(written, path)
        return path

    def clean(self) -> None:
        """Remove what killed processes have left half-written; the caller holds the lock."""
        for path in self.folder.glob(f".*{PART}"):
            path.unlink()

    def keep_only(self, names: Collection[str]) -> None:
        """Forget every finished unit but those of `names`."""
        for path in self.folder.glob(f"[!.]*.*{self._suffix}"):
            if path.name.partition(".")[0] not in names:
                path.unlink()

    def _file_name(self, name: str, path: Path) -> str:
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
        return f"{name}.{checksum.hexdigest()}{self._suffix}"
