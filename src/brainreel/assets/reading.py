"""Files as data: stores that brainreel made are drawn brick by brick, all else as its format has it."""

from pathlib import Path

from brainreel.formats import ReadOptions, open_data
from brainreel.formats.registry import Opened
from brainreel.store.metadata import is_store
from brainreel.store.stored import open_store


def read_data(path: Path | str, options: ReadOptions) -> Opened:
    """What lies at `path`. Raises FormatError where it cannot be read; see `formats.open_data`."""
    path = Path(path)
    if is_store(path):
        return open_store(path, options.spacing)
    return open_data(path, options)
