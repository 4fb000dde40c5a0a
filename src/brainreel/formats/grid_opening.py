"""From a grid to what it holds: one volume, several moments, channels, colours, or a chosen component."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channel, Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.blocks import Blocks
from brainreel.formats.grids import CombinedVolume, Grid, GridSeries, GridVolume, Role
from brainreel.formats.header_text import LARGEST
from brainreel.formats.options import ReadOptions
from brainreel.formats.voxels import respaced, warn_if_huge
from brainreel.space import is_invertible

_TOO_MANY = {"time": "time axes", "channel": "axes of channels", "color": "axes of colours", "component": "components"}

log = logging.getLogger("brainreel")


def require_voxels(path: Path, sizes: tuple[int, ...]) -> None:
    """Refuse sizes below 1 before anything is computed from them."""
    named = " x ".join(map(str, sizes))
    if not sizes or min(sizes) < 1:
        raise FormatError(f"{path}: the header states {named} voxels; each must be at least 1; the file is damaged")


def role_of_values(dtype: np.dtype, count: int, options: ReadOptions) -> Role:
    """What several numbers a voxel are where the file does not say: colours, channels, or one vector."""
    if options.component is not None or dtype.kind == "f":
        return "component"
    return "color" if dtype == np.uint8 and count in (3, 4) else "channel"


def open_grid(grid: Grid, blocks: Blocks, options: ReadOptions) -> Volume | VolumeSeries | Channels:
    """What the grid holds, by its axes: several channels, several moments, or one volume.

    Raises FormatError where the voxels have several numbers and `options.component` chooses none of them.
    """
    if not (np.abs(grid.world_from_voxel) < LARGEST).all() or not is_invertible(grid.world_from_voxel):
        raise FormatError(
            f"{grid.path}: the affine {grid.world_from_voxel[:3].tolist()} flattens space; its directions or spacing "
            "are wrong: state them anew"
        )
    if options.spacing:
        grid = replace(grid, world_from_voxel=respaced(grid.world_from_voxel, options.spacing), unit="mm")
    if grid.unit == "mm":
        warn_if_huge(grid.path, grid.world_from_voxel, grid.shape)
    return _Opening(grid, blocks, options).open()


@dataclass(frozen=True)
class _Opening:
    """One call of `open_grid`."""

    grid: Grid
    blocks: Blocks
    options: ReadOptions

    def open(self) -> Volume | VolumeSeries | Channels:
        component = self._axis("component")
        if component is None and self.options.component is not None:
            raise FormatError(f"{self.grid.path}: holds one number a voxel; leave component out")
        if component is not None and self.options.component is None:
            raise FormatError(self._several_numbers(self.grid.axes[component].size))
        self._refuse_other_words(component)
        if self.grid.segments:
            return self._segments()
        if (color := self._axis("color")) is not None:
            return self._colors(color)
        if (channel := self._axis("channel")) is not None:
            return self._channels(channel)
        return self._moments({}, self.grid.path.name)

    def _axis(self, role: Role) -> int | None:
        """The one axis of `role` with more than one entry."""
        found = [number for number, axis in enumerate(self.grid.axes) if axis.role == role and axis.size > 1]
        if len(found) > 1:
            sizes = " x ".join(str(axis.size) for axis in self.grid.axes)
            raise FormatError(f"{self.grid.path}: an array of {sizes} has several {_TOO_MANY[role]}; split the file")
        return found[0] if found else None

    def _several_numbers(self, count: int) -> str:
        if self.grid.is_complex:
            return (
                f"{self.grid.path}: the voxels are complex numbers; choose what to draw with component: magnitude, "
                "phase, real or imaginary"
            )
        return (
            f"{self.grid.path}: a voxel is a vector or tensor of {count} numbers; choose one with component: 0 to "
            f"{count - 1}, or component: magnitude"
        )

    def _refuse_other_words(self, component: int | None) -> None:
        word = self.options.component
        if component is None or word is None or word == "magnitude":
            return
        count = self.grid.axes[component].size
        number_fits = not self.grid.is_complex and word.isdecimal() and int(word) < count
        if not number_fits and not (self.grid.is_complex and word in ("real", "imaginary", "phase")):
            raise FormatError(f"{self._several_numbers(count)}; component: {word} is not among them")

    def _colors(self, axis: int) -> Channels:
        if self.grid.axes[axis].size not in (3, 4):
            raise FormatError(f"{self.grid.path}: colours of {self.grid.axes[axis].size} numbers; RGB has 3, RGBA 4")
        if self.grid.dtype.kind != "u" or self.grid.dtype.itemsize > 2:
            raise FormatError(
                f"{self.grid.path}: colours as {self.grid.dtype.name}; convert them to uint8, or choose one number "
                "with component: 0"
            )
        if self.grid.axes[axis].size == 4:
            log.warning("%s: opacity of RGBA is not drawn; the volume's own is by brightness", self.grid.path)
        to_bytes = replace(self, grid=replace(self.grid, scaling=(255 / 65535, 0.0)))
        opening = self if self.grid.dtype.itemsize == 1 else to_bytes
        return Channels(
            self.grid.path.name,
            tuple(opening._channel(axis, number, name) for number, name in enumerate(("red", "green", "blue"))),
            is_rgb=True,
        )

    def _channels(self, axis: int) -> Channels:
        count = self.grid.axes[axis].size
        names = self.grid.channel_names if len(self.grid.channel_names) == count else tuple(map(str, range(count)))
        return Channels(self.grid.path.name, tuple(self._channel(axis, k, name) for k, name in enumerate(names)))

    def _channel(self, axis: int, number: int, name: str) -> Channel:
        return Channel(name, self._moments({axis: number}, f"{self.grid.path.name} {name}"))

    def _segments(self) -> Channels:
        """Every segment as a volume of 0 and 1: those of different layers may share voxels."""
        axis = self._axis("channel")
        made = []
        for segment in self.grid.segments:
            name = f"{self.grid.path.name} {segment.name}"
            part = self._part({} if axis is None else {axis: segment.layer}, name)
            label = segment.label
            mask = CombinedVolume(
                (part,), name, np.dtype(np.uint8), f"== {label}", lambda read, label=label: read[0] == label
            )
            made.append(Channel(segment.name, mask, segment.color, (0.0, 1.0)))
        return Channels(self.grid.path.name, tuple(made))

    def _moments(self, fixed: Mapping[int, int], name: str) -> Volume | VolumeSeries:
        axis = self._axis("time")
        if axis is None:
            return self._volume(fixed, name)
        count = self.grid.axes[axis].size
        times = self.grid.times or TimeAxis(0.0, 1.0, count, "items")
        if isinstance(self.options.times, tuple):
            times = TimeAxis(*self.options.times, count)
        elif self.options.times == "none":
            times = TimeAxis(0.0, 1.0, count, "items")
        return GridSeries(self.grid, name, times, lambda k: self._volume({**fixed, axis: k}, f"{name} [{k}]"))

    def _volume(self, fixed: Mapping[int, int], name: str) -> Volume:
        axis, word = self._axis("component"), self.options.component
        if axis is None or word is None:
            return self._part(fixed, name)
        if word.isdecimal():
            return self._part({**fixed, axis: int(word)}, name)
        if word in ("real", "imaginary"):
            return self._part({**fixed, axis: int(word == "imaginary")}, name)
        parts = tuple(self._part({**fixed, axis: k}, name) for k in range(self.grid.axes[axis].size))
        combine = _magnitude if word == "magnitude" else _phase
        return CombinedVolume(parts, f"{name} {word}", np.dtype(np.float32), word, combine)

    def _part(self, fixed: Mapping[int, int], name: str) -> GridVolume:
        scaling = self.grid.scaling
        axis = self._axis("component")
        if scaling and self.grid.is_complex and axis is not None and fixed.get(axis) == 1:
            scaling = (scaling[0], 0.0)  # an intercept is a real number
        return GridVolume(self.grid, self.blocks.fork(), name, fixed, scaling)


def _magnitude(parts: list[NDArray]) -> NDArray:
    return np.sqrt(sum(np.square(part, dtype=np.float64) for part in parts))


def _phase(parts: list[NDArray]) -> NDArray:
    return np.arctan2(parts[1], parts[0])
