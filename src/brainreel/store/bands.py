"""Bands of a volume for conversion: some rows of some slices, read as fast as the files allow."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Rows, Volume, VolumeInRows
from brainreel.errors import FormatError
from brainreel.work import Cancelled, DirectFile, aligned, stop_if

_PAGES = 2 * 4096
_READERS = 4
"""Slices read at once: a disk needs several requests to be busy."""


class Bands(Protocol):
    """A volume of `shape` (z, y, x) that is read in bands; `dtype` may be of the other byte order."""

    shape: tuple[int, int, int]
    dtype: np.dtype

    def read(self, z: range, y: range, cancelled: Cancelled) -> NDArray:
        """The voxels (z, y, x) of those slices and rows, valid until the next but one is read; not to be written to.

        Raises FormatError where a file has changed, vanished or is cut off.
        """
        ...


def rows_of(volume: Volume) -> Rows:
    """How the rows of `volume` lie in its files; those of a volume that does not say are packed by whole slices."""
    return volume.rows() if isinstance(volume, VolumeInRows) else Rows(volume.shape[1])


class Watched:
    """Files that must stay as they are."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._states = {path: _state_of(path) for path in dict.fromkeys(files)}

    def state(self) -> list[list[str | int]]:
        """Path, size and time of change of each."""
        return [[str(path.resolve()), *state] for path, state in self._states.items()]

    def require_same(self, path: Path) -> None:
        """Raise FormatError where the file is not what it was."""
        if _state_of(path) != self._states[path]:
            raise FormatError(
                f"{path}: has changed since the conversion began; when it is final, delete the unfinished store and "
                "convert again"
            )

    def require_all_same(self) -> None:
        """The same for all of them."""
        for path in self._states:
            self.require_same(path)


def _state_of(path: Path) -> tuple[int, int]:
    """Size in bytes, and when it was changed, in nanoseconds."""
    try:
        stat = path.stat()
    except OSError as error:
        raise FormatError(f"{path}: {error.strerror}; the conversion needs all of its source") from error
    return stat.st_size, stat.st_mtime_ns


class VolumeBands:
    """Bands of any volume, as its reader gives them."""

    def __init__(self, volume: Volume, watched: Watched) -> None:
        self.shape, self.dtype = volume.shape, volume.dtype
        self._volume, self._watched, self._files = volume, watched, rows_of(volume).files

    def read(self, z: range, y: range, cancelled: Cancelled) -> NDArray:
        """The voxels of those slices and rows."""
        stop_if(cancelled)
        for path in dict.fromkeys(self._files):
            self._watched.require_same(path)
        return self._volume.read((slice(z.start, z.stop), slice(y.start, y.stop), slice(0, self.shape[2])))


class BareBands:
    """Bands of a volume whose rows lie bare in its files: one piece of each slice is read, several slices at once."""

    def __init__(self, rows: Rows, shape: tuple[int, int, int], watched: Watched) -> None:
        if rows.offsets is None or rows.dtype is None:
            raise TypeError("these rows do not lie bare")
        self.shape, self.dtype = shape, rows.dtype
        self._files, self._offsets, self._watched = rows.files, rows.offsets, watched
        self._buffers: list[NDArray[np.uint8]] = []

    def read(self, z: range, y: range, cancelled: Cancelled) -> NDArray:
        """The voxels of those slices and rows, a view into one of two buffers."""
        row_bytes = self.shape[2] * self.dtype.itemsize
        count = len(y) * row_bytes
        pitch = -(-count // 4096) * 4096 + _PAGES
        buffer = self._buffer(len(z) * pitch)
        starts = {self._offsets[k] + y.start * row_bytes for k in z}
        shifts = {start % 4096 for start in starts}

        def read(k: int) -> None:
            stop_if(cancelled)
            begin = (k - z.start) * pitch
            self._read_slice(k, self._offsets[k] + y.start * row_bytes, buffer[begin : begin + pitch], count)

        with ThreadPoolExecutor(_READERS) as readers:
            list(readers.map(read, z))
        if len(shifts) > 1:  # slices of one file, or with headers of several lengths: bring them to one place
            for k in z:
                begin = (k - z.start) * pitch
                shift = (self._offsets[k] + y.start * row_bytes) % 4096
                buffer[begin : begin + count] = buffer[begin + shift : begin + shift + count]
        first = shifts.pop() if len(shifts) == 1 else 0
        strides = (pitch, row_bytes, self.dtype.itemsize)
        return np.ndarray((len(z), len(y), self.shape[2]), self.dtype, buffer, first, strides)

    def _buffer(self, count: int) -> NDArray[np.uint8]:
        """The buffer that was read into longest ago."""
        if len(self._buffers) == 2:
            oldest = self._buffers.pop(0)
            self._buffers.append(oldest if len(oldest) >= count else aligned(count))
        else:
            self._buffers.append(aligned(count))
        return self._buffers[-1]

    def _read_slice(self, k: int, offset: int, buffer: NDArray[np.uint8], count: int) -> None:
        path = self._files[k]
        self._watched.require_same(path)
        try:
            with DirectFile(path) as file:
                got = file.read_into(buffer, offset, count)
        except OSError as error:
            raise FormatError(
                f"{path}: cannot be read ({error.strerror}); the conversion needs all of its source"
            ) from error
        if len(got) < count:
            raise FormatError(f"{path}: ends before slice {k} does; it is cut off, copy it again")


def bands_of(volume: Volume, watched: Watched) -> BareBands | VolumeBands:
    """The bands of `volume`, past its reader where its rows lie bare."""
    rows = rows_of(volume)
    is_bare = rows.offsets is not None and rows.dtype is not None and rows.dtype.newbyteorder("=") == volume.dtype
    return BareBands(rows, volume.shape, watched) if is_bare else VolumeBands(volume, watched)
