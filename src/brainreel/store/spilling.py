"""Sources whose slices are packed whole are unpacked once, into a file whose rows lie bare."""

from pathlib import Path

import numpy as np

from brainreel.data import Rows, Volume
from brainreel.store.bands import BareBands, VolumeBands
from brainreel.work import Cancelled, replacing, stop_if

_SLICES_BYTES = 64 << 20


def spilled(volume: Volume, path: Path, source: VolumeBands, cancelled: Cancelled) -> BareBands:
    """The bands of `volume` from a copy at `path`, which is made where it is not there yet, in ascending z."""
    depth, height, width = volume.shape
    slice_bytes = height * width * volume.dtype.itemsize
    if not path.exists():
        step = max(1, _SLICES_BYTES // slice_bytes)
        with replacing(path) as written, written.open("wb") as file:
            for z in range(0, depth, step):
                stop_if(cancelled)
                slices = source.read(range(z, min(z + step, depth)), range(height), cancelled)
                file.write(np.ascontiguousarray(slices).data)
    rows = Rows(1, (path,) * depth, tuple(z * slice_bytes for z in range(depth)), volume.dtype)
    return BareBands(rows, volume.shape, volume.dtype)
