"""Files as data: stores that brainreel made are drawn brick by brick, all else as its format has it."""

from pathlib import Path

from brainreel.data import Channels, Mesh, MeshSeries, Series, Volume, VolumeSeries
from brainreel.formats import ReadOptions, open_data
from brainreel.store.metadata import is_store
from brainreel.store.stored import open_store


def read_data(path: Path | str, options: ReadOptions) -> Volume | VolumeSeries | Channels | Mesh | MeshSeries | Series:
    """What lies at `path`. Raises FormatError where it cannot be read; see `formats.open_data`."""
    path = Path(path)
    if is_store(path):
        return open_store(path, options.spacing)
    return open_data(path, options)
