"""Raw slices to convert, made of the phantom."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.processes import forget
from brainreel.data import Volume
from brainreel.kernels.pool import available_cores
from brainreel.phantom import open_phantom
from brainreel.store.levels import Triple, plan_levels

FULL: Triple = (234, 28721, 31076)
SPACING_UM = {"z": 70.0, "y": 1.33, "x": 1.33}
_ROOM = 2.0
"""Bytes that the disk must hold to one of the source: itself, and its store or, later, as many that time the disk."""


@dataclass(frozen=True)
class Slices:
    """A folder of raw slices of `shape`."""

    folder: Path
    shape: Triple

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape))

    @property
    def spelled(self) -> str:
        z, y, x = self.shape
        return f"{x} x {y} x {z}, {self.bytes / 1e9:.1f} GB"

    def factors(self) -> list[Triple]:
        """Of the levels that a conversion makes."""
        spacing = (SPACING_UM["x"], SPACING_UM["y"], SPACING_UM["z"])
        return [level.factors for level in plan_levels(self.shape, spacing)]


def made(scratch: Path, shape: Triple, tissue: float = 1.0) -> Slices:
    """Raw slices from the middle of the phantom; outside of an inner piece, `tissue` of each slice, they are zero."""
    needed, free = int(_ROOM * np.prod(shape)), shutil.disk_usage(scratch).free
    if needed > free:
        raise SystemExit(f"{scratch}: {needed / 1e9:.0f} GB are needed, {free / 1e9:.0f} GB are free; give --folder")
    phantom = open_phantom(f"phantom:pli?z={FULL[0]}&y={FULL[1]}&x={FULL[2]}")["volume"]
    assert isinstance(phantom, Volume)
    source = Slices(scratch / "slices", shape)
    source.folder.mkdir()
    first = (FULL[0] - shape[0]) // 2
    rows, columns = (_middle(n, round(n * tissue**0.5)) for n in shape[1:])
    inner_rows, inner_columns = (
        _middle(whole, part.stop - part.start) for whole, part in zip(FULL[1:], (rows, columns), strict=True)
    )

    def make(number: int) -> None:
        voxels = np.zeros(shape[1:], np.uint8)
        region = slice(first + number, first + number + 1), inner_rows, inner_columns
        voxels[rows, columns] = phantom.read(region)[0]
        voxels.tofile(source.folder / f"slice{number:04d}.raw")

    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(make, range(shape[0])))
    forget(source.folder)
    return source


def _middle(whole: int, part: int) -> slice:
    start = (whole - part) // 2
    return slice(start, start + part)
