"""A segmentation with its labels numbered from 0 on, however large and sparse they are."""

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume
from brainreel.errors import FormatError

MOST = 1 << 16


class NumberedLabels:
    """A Volume of `source`'s labels by their place in `labels`, which grows as they are read."""

    def __init__(self, source: Volume) -> None:
        self._source = source
        self._sorted = np.empty(0, np.int64)
        self._numbers = np.empty(0, np.int64)
        self.name, self.shape, self.unit = source.name, source.shape, source.unit
        self.world_from_voxel = source.world_from_voxel
        self.dtype = numbers_type(source.dtype)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The labels by their numbers: those of what has been read, in the order in which they were found."""
        labels = np.empty(len(self._sorted), np.int64)
        labels[self._numbers] = self._sorted
        return labels

    def read(self, region: Region) -> NDArray:
        """The numbers of the labels of `region`. Raises what `number` raises."""
        return self.number(self._source.read(region))

    def number(self, voxels: NDArray) -> NDArray:
        """The numbers of labels that were read. Raises FormatError for more than 65,536 different ones."""
        flat = voxels.reshape(-1)
        heads = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])  # labels come in runs
        runs = _whole(flat[heads])
        self._add(np.unique(runs))
        numbers = self._numbers[np.searchsorted(self._sorted, runs)].astype(self.dtype)
        return np.repeat(numbers, np.diff(np.append(heads, len(flat)))).reshape(voxels.shape)

    def fingerprint(self) -> str:
        """The source's."""
        return self._source.fingerprint()

    def _add(self, found: NDArray[np.int64]) -> None:
        new = np.setdiff1d(found, self._sorted, assume_unique=True)
        if not len(new):
            return
        if len(self._sorted) + len(new) > MOST:
            raise FormatError(f"{self.name}: more than {MOST:,} different labels; draw it as a volume of values")
        labels = np.concatenate([self._sorted, new])
        numbers = np.concatenate([self._numbers, len(self._sorted) + np.arange(len(new))])
        order = np.argsort(labels)
        self._sorted, self._numbers = labels[order], numbers[order]


def numbers_type(dtype: np.dtype) -> np.dtype:
    """The element that the numbers of labels of `dtype` fit into."""
    return np.dtype(np.uint8) if dtype.itemsize == 1 else np.dtype(np.uint16)


def _whole(values: NDArray) -> NDArray[np.int64]:
    """Labels as integers; what is no number is label 0."""
    if values.dtype.kind == "f":
        return np.rint(np.nan_to_num(values, posinf=0, neginf=0)).astype(np.int64)
    return values.astype(np.int64)
