"""A volume whose slices are files of their own, whatever the files are."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.formats.boxes import Box


class Plane(Protocol):
    """What one file holds: an array, or what is read when a part of it is asked for."""

    def __getitem__(self, box: Box, /) -> NDArray:
        """The elements of `box`."""
        ...


class SliceFiles:
    """An array whose first axis counts files; `plane(k)` gives what file k holds, of shape `plane_shape`."""

    def __init__(
        self,
        count: int,
        plane_shape: tuple[int, ...],
        dtype: np.dtype,
        plane: Callable[[int], Plane],
        offsets: Sequence[tuple[Path, int]] = (),
    ) -> None:
        self.shape, self.dtype = (count, *plane_shape), dtype
        self._plane = plane
        self._offsets = list(offsets)

    def places(self) -> list[tuple[Path, int]]:
        """The file and the byte at which each plane begins, where all lie bare as `dtype`; else nothing."""
        return self._offsets

    def read(self, box: Box) -> NDArray:
        """The elements of `box`, file by file."""
        files, *rest = box
        result = np.empty([part.stop - part.start for part in box], self.dtype)
        for target, k in zip(result, range(files.start, files.stop), strict=True):
            target[...] = self._plane(k)[tuple(rest)]
        return result
