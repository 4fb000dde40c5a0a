"""Boxes of stored arrays: what chunked arrays promise, and the last few decoded boxes kept for neighbouring reads."""

import math
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.formats.voxels import map_array

Box = tuple[slice, ...]
"""Half-open slices, one an axis, with both ends given, inside the array's shape."""

_KEPT_BYTES = 64 << 20
_LARGEST_BYTES = 128 << 20


class StoredArray(Protocol):
    """An array of any number of axes on disk that is read a box at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each axis."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """As stored, of either byte order."""
        ...

    def read(self, box: Box) -> NDArray:
        """The elements of `box`; who gets them may not change them."""
        ...


class MappedArray:
    """An array that lies in its file as it is; mapped anew each time, so that a file that shrank is noticed."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype, offset: int) -> None:
        self.shape, self.dtype = shape, dtype
        self._path, self._offset = path, offset

    def places(self) -> list[tuple[Path, int]]:
        """The file and the byte at which each plane of the last two axes begins, in C order of the axes before."""
        plane = math.prod(self.shape[-2:]) * self.dtype.itemsize
        return [(self._path, self._offset + k * plane) for k in range(math.prod(self.shape[:-2]))]

    def read(self, box: Box) -> NDArray:
        """The elements of `box`, a view of the file."""
        return map_array(self._path, self.dtype, self.shape, self._offset)[box]


class KeptBoxes:
    """An array in chunks, read in boxes of whole chunks, of which the last is kept, and those before it up to 64 MB.

    So slices read one after the other decode a layer of chunks once. Boxes over 128 MB are read as they are asked for.
    """

    def __init__(self, array: StoredArray, chunks: tuple[int, ...]) -> None:
        self.shape, self.dtype, self.chunks = array.shape, array.dtype, chunks
        self._array = array
        self._kept: OrderedDict[tuple[tuple[int, int], ...], NDArray] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, box: Box) -> NDArray:
        """The elements of `box`."""
        ends = tuple(
            (part.start // chunk * chunk, min(-(-part.stop // chunk) * chunk, size))
            for part, chunk, size in zip(box, self.chunks, self.shape, strict=True)
        )
        if math.prod(stop - start for start, stop in ends) * self.dtype.itemsize > _LARGEST_BYTES:
            return self._array.read(box)
        whole = self._whole(ends)
        return whole[tuple(slice(p.start - first, p.stop - first) for p, (first, _) in zip(box, ends, strict=True))]

    def _whole(self, ends: tuple[tuple[int, int], ...]) -> NDArray:
        with self._lock:
            if ends not in self._kept:
                self._kept[ends] = self._array.read(tuple(slice(*pair) for pair in ends))
            self._kept.move_to_end(ends)
            while sum(array.nbytes for array in self._kept.values()) > _KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
            return self._kept[ends]
