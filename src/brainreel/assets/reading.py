"""Files as data: stores that brainreel made are drawn brick by brick, all else as its format has it."""

from pathlib import Path

from brainreel.data import Parts, Volume, VolumeSeries
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


def read_volume(path: Path | str, options: ReadOptions) -> Opened:
    """As `read_data`, but of a file that holds several structures its volume, if there is one."""
    opened = read_data(path, options)
    volume = opened.parts.get("volume") if isinstance(opened, Parts) else None
    return volume if isinstance(volume, Volume | VolumeSeries) else opened
