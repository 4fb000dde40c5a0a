"""What the user states about data that do not state it themselves."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from brainreel.errors import UsageError

VOXEL_DTYPES = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64",
)  # fmt: skip
"""Names that `dtype` may have."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`shape` counts voxels and `spacing` is in millimetres, both (z, y, x).

    `times` is (first, step) in seconds, or "none" for items 0, 1, 2... `hemi` is "left" or "right".
    `component` chooses one number of voxels that hold several: 0, 1 ... of vectors and tensors, real, imaginary or
    phase of complex numbers, magnitude of either. `array` chooses one of several parcellations by its name.
    `per_vertex`: the values are those of vertices, whatever shape the file gives them. `space`: the file of the source
    space that a volume source estimate was computed with. `cloud`: points are wanted, with triangles or without.
    Raises UsageError where a value has no meaning.
    """

    dtype: str | None = None
    shape: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    byte_order: Literal["little", "big"] | None = None
    times: tuple[float, float] | Literal["none"] | None = None
    hemi: str | None = None
    component: str | None = None
    array: str | None = None
    per_vertex: bool = False
    space: Path | None = None
    cloud: bool = False

    def __post_init__(self) -> None:
        if self.dtype is not None and self.dtype not in VOXEL_DTYPES:
            raise UsageError(f"dtype {self.dtype!r} is not one of {', '.join(VOXEL_DTYPES)}")
        if self.shape is not None and (len(self.shape) != 3 or min(self.shape) < 1):
            raise UsageError(f"shape {self.shape} needs three counts of at least 1, such as z=93,y=64,x=64")
        if self.spacing is not None and (len(self.spacing) != 3 or not all(0 < s < math.inf for s in self.spacing)):
            raise UsageError(f"spacing {self.spacing} needs three lengths above 0, such as z=2mm,y=3mm,x=3mm")
        if self.byte_order not in (None, "little", "big"):
            raise UsageError(f"byte order {self.byte_order!r} is neither little nor big")
        if isinstance(self.times, tuple) and not (math.isfinite(self.times[0]) and 0 < self.times[1] < math.inf):
            raise UsageError(f"times {self.times} need a finite first moment and a step above 0, in seconds")
        if self.hemi not in (None, "left", "right"):
            raise UsageError(f"hemisphere {self.hemi!r} is neither left nor right")
        words = ("real", "imaginary", "phase", "magnitude")
        if self.component is not None and self.component not in words and not self.component.isdecimal():
            raise UsageError(f"component {self.component!r} is neither a number from 0 nor one of {', '.join(words)}")

    @property
    def stored_dtype(self) -> np.dtype:
        """The voxels' dtype in the file, byte order included; `dtype` must be given."""
        return np.dtype(self.dtype).newbyteorder(self.byte_order or "=")


NO_OPTIONS = ReadOptions()
"""Nothing stated."""
NO_SPACE = "says itself where its values lie; only a volume source estimate needs a source space, leave space out"
"""What is wrong with a source space that is named for other data."""
