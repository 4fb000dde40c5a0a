"""What the bands of a conversion leave behind for its end: one file each, with descriptions of all bricks it made."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.store.cascade import Made
from brainreel.store.layout import Layout


@dataclass(frozen=True)
class Step:
    """A band of a slab of a plane, in one of the passes: the unit of a conversion."""

    number: int
    pass_: int
    plane: tuple[int, ...]
    layers: range
    band: int


def write_record(path: Path, made: Made) -> None:
    """Keep what came of a step."""
    arrays: dict[str, NDArray] = {"files": np.array([str(file) for file in made.files])}
    for (level, band), described in made.descriptions.items():
        arrays |= {f"{level}/{band}/{name}": array for name, array in described.arrays().items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_files(path: Path) -> list[str]:
    """The shards that a step wrote."""
    with np.load(path) as record:
        return record["files"].tolist()


class Records:
    """The descriptions of all steps by where their bricks are."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._places: dict[tuple[tuple[int, ...], int, int], list[tuple[int, Path]]] = {}

    def add(self, step: Step, path: Path) -> None:
        """Know the record of `step`, which lies at `path`."""
        with np.load(path) as record:
            for key in {tuple(name.split("/")[:2]) for name in record.files if "/" in name}:
                level, band = map(int, key)
                places = self._places.setdefault((step.plane, level, band), [])
                places.append((step.layers.start, path))
                places.sort()

    def array(self, name: str, plane: tuple[int, ...], level: int, band: int, layers: range | None = None) -> NDArray:
        """One of the arrays of Descriptions for a row of bricks: (z, x, ...), of all layers where none are given."""
        parts = []
        for _, path in self._places[plane, level, band]:
            with np.load(path) as record:
                parts.append(record[f"{level}/{band}/{name}"])
        whole = np.concatenate(parts)
        return whole if layers is None else whole[layers.start : layers.stop]

    def bands(self, name: str, plane: tuple[int, ...], level: int, bands: range | None = None) -> NDArray:
        """The same for several rows of bricks, all of the level where none are given: (z, y, x, ...)."""
        rows = range(self._layout.levels[level].grid[1]) if bands is None else bands
        return np.stack([self.array(name, plane, level, band) for band in rows], 1)
