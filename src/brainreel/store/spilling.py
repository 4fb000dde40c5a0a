"""The volumes of an image as bands; those whose slices are packed whole are unpacked first, one volume at a time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Rows, Volume
from brainreel.store.bands import Bands, BareBands, VolumeBands, Watched, bands_of, rows_of
from brainreel.work import Advance, Cancelled, replacing, stop_if

_SLICES_BYTES = 64 << 20
MEGABYTE = 10**6


class Sources:
    """Where a conversion reads: bands of one of `volumes` after the other, with one copy unpacked under `folder`."""

    def __init__(self, volumes: Sequence[Volume], folder: Path, *, spills: bool) -> None:
        self._volumes, self._folder, self._spills = volumes, folder, spills
        self._watched = Watched([file for volume in volumes for file in rows_of(volume).files])
        self._open: tuple[int, Bands] | None = None

    def state(self) -> list[list[str | int]]:
        """What all files are like: path, size and time of change of each."""
        return self._watched.state()

    def require_same(self) -> None:
        """Raise FormatError where a file is not what it was."""
        self._watched.require_all_same()

    def spilled_megabytes(self) -> int:
        """What is unpacked of each volume before its first band."""
        return _bytes_of(self._volumes[0]) // MEGABYTE if self._spills else 0

    def read(self, index: int, z: range, y: range, advance: Advance, cancelled: Cancelled) -> NDArray:
        """As `Bands.read`, of volume `index`; `advance` is told the megabytes that are unpacked."""
        if self._open is None or self._open[0] != index:
            self._open = index, self._bands(index, advance, cancelled)
        return self._open[1].read(z, y, cancelled)

    def _bands(self, index: int, advance: Advance, cancelled: Cancelled) -> Bands:
        volume = self._volumes[index]
        source = bands_of(volume, self._watched)
        if not (self._spills and isinstance(source, VolumeBands)):
            return source
        copy = self._folder / f"rows{index}"
        for other in self._folder.glob("*rows*"):  # of a volume that is done, or of a killed run
            if other != copy:
                other.unlink()
        if copy.exists():
            advance(self.spilled_megabytes())
        else:
            _unpack(source, copy, advance, cancelled)
        slice_bytes = _bytes_of(volume) // volume.shape[0]
        offsets = tuple(z * slice_bytes for z in range(volume.shape[0]))
        return BareBands(Rows(1, (copy,) * volume.shape[0], offsets, volume.dtype), volume.shape, Watched([copy]))


def _unpack(source: VolumeBands, copy: Path, advance: Advance, cancelled: Cancelled) -> None:
    """Write all slices bare, in ascending z."""
    depth, height, width = source.shape
    slice_bytes = height * width * source.dtype.itemsize
    step = max(1, _SLICES_BYTES // slice_bytes)
    with replacing(copy) as written, written.open("wb") as file:
        for z in range(0, depth, step):
            stop_if(cancelled)
            file.write(np.ascontiguousarray(source.read(range(z, min(z + step, depth)), range(height), cancelled)).data)
            advance(min(z + step, depth) * slice_bytes // MEGABYTE - z * slice_bytes // MEGABYTE)


def _bytes_of(volume: Volume) -> int:
    return int(np.prod(volume.shape)) * volume.dtype.itemsize
