"""What OME-Zarr's metadata say of an image: axes, place in the world, times, channels. Versions 0.1 to 0.6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.images import ChannelLook, length_mm, time_s

_TYPES = {"time": "t", "channel": "c"}
_OLD_AXES = "tczyx"  # before 0.3 there were always these
_TOWARDS = {
    "right": (0, 1),
    "left": (0, -1),
    "anterior": (1, 1),
    "posterior": (1, -1),
    "superior": (2, 1),
    "inferior": (2, -1),
}


@dataclass(frozen=True)
class Multiscale:
    """A level of an image: the `path` of its array, its `axes` (of "tczyx") and how they are spaced.

    `scale` and `offset` are per axis, in `units`. `towards` has each axis's anatomical direction, None where unstated.
    """

    path: str
    axes: str
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    units: tuple[str | None, ...]
    towards: tuple[str | None, ...]

    def world_from_voxel(self) -> tuple[NDArray[np.float64], str]:
        """In mm where every axis of space has a unit of length, else in the file's numbers with the unit "none".

        A single slice is as thick as its pixels are wide. Anatomical directions turn the axes into RAS.
        """
        factors = [length_mm(unit) for axis, unit in zip(self.axes, self.units, strict=True) if axis in "zyx"]
        mm = [factor for factor in factors if factor is not None]
        unit = "mm" if len(mm) == len(factors) else "none"
        scale, offset, factor_of = {}, {}, dict(zip([a for a in self.axes if a in "zyx"], mm, strict=False))
        for axis, size, begin in zip(self.axes, self.scale, self.offset, strict=True):
            factor = factor_of.get(axis, 1.0) if unit == "mm" else 1.0
            scale[axis], offset[axis] = size * factor, begin * factor
        world = np.diag([scale["x"], scale["y"], scale.get("z", scale["x"]), 1.0])
        world[:3, 3] = offset["x"], offset["y"], offset.get("z", 0.0)
        return self._ras() @ world, unit

    def _ras(self) -> NDArray[np.float64]:
        """(4, 4) from the image's own directions x, y, z to RAS; the identity where they are not stated."""
        stated = dict(zip(self.axes, self.towards, strict=True))
        turns = [_TOWARDS.get(stated.get(axis) or "") for axis in "xyz"]
        known = [turn for turn in turns if turn is not None]
        if sorted(row for row, _ in known) != [0, 1, 2]:
            return np.eye(4)
        result = np.zeros((4, 4))
        result[3, 3] = 1
        for column, (row, sign) in enumerate(known):
            result[row, column] = sign
        return result

    def from_level(self, other: "Multiscale") -> NDArray[np.float64]:
        """(4, 4) from the voxels (x, y, z) of `other`, a coarser level, to those of this one.

        Levels that state the same offset lie on the same box: writers of such offsets leave out half a voxel.
        """
        result = np.eye(4)
        for row, axis in enumerate("xyz"):
            if axis in self.axes:
                k = self.axes.index(axis)
                factor, moved = other.scale[k] / self.scale[k], (other.offset[k] - self.offset[k]) / self.scale[k]
                result[row, row] = factor
                result[row, 3] = (factor - 1) / 2 if (other.offset == self.offset).all() else moved
        return result

    def seconds(self) -> tuple[float, float | None]:
        """The first moment and the step between moments; None where no unit is stated."""
        if "t" not in self.axes:
            return 0.0, None
        k = self.axes.index("t")
        factor = time_s(self.units[k])
        return (float(self.offset[k]) * factor, float(self.scale[k]) * factor) if factor else (0.0, None)


def read_multiscale(multiscale: Mapping[str, Any], dimensions: int, where: Path, level: int = 0) -> Multiscale:
    """The level that `multiscale` describes as number `level`, 0 the finest, of `dimensions` axes.

    Raises FormatError for axes that are not time, channel, z, y, x, and for transformations other than scale and
    translation; LookupError, TypeError or ValueError for what is not OME-Zarr.
    """
    dataset = multiscale["datasets"][level]
    axes = _axes_of(multiscale, dataset, dimensions)
    letters = "".join(_letter(axis, where) for axis in axes)
    if len(letters) != dimensions or len(set(letters)) < len(letters) or not {"x", "y"} <= set(letters):
        raise FormatError(f"{where}: its {dimensions} axes are called {letters!r}; they should be of t, c, z, y, x")
    scale, offset = np.ones(dimensions), np.zeros(dimensions)
    steps = list(dataset.get("coordinateTransformations") or ())
    if "coordinateSystems" not in multiscale:  # from 0.6 on those lead to other spaces than the image's own
        steps += list(multiscale.get("coordinateTransformations") or ())
    for step in steps:
        scale, offset = _applied(step, scale, offset, where)
    units = tuple(axis.get("unit") for axis in axes)
    return Multiscale(str(dataset["path"]), letters, scale, offset, units, tuple(map(_direction, axes)))


def channel_looks(omero: Any) -> tuple[ChannelLook, ...]:
    """Names, colours and windows of the channels as OMERO's part of the metadata has them."""
    channels = omero.get("channels") if isinstance(omero, Mapping) else None
    return tuple(map(_look, channels)) if isinstance(channels, Sequence) and not isinstance(channels, str) else ()


def _look(channel: Any) -> ChannelLook:
    if not isinstance(channel, Mapping):
        return ChannelLook()
    window = channel.get("window")
    stated = [window.get(key) for key in ("start", "end")] if isinstance(window, Mapping) else []
    ends = [float(end) for end in stated if isinstance(end, int | float)]
    low, high = ends if len(ends) == 2 else (0.0, 0.0)
    try:
        red, green, blue = bytes.fromhex(str(channel.get("color", "")).lstrip("#"))[:3]
        color = (red / 255, green / 255, blue / 255)
    except ValueError:
        color = None
    name = str(channel.get("label") or "")
    return ChannelLook(name, color, (low, high) if low < high else None)


def _axes_of(multiscale: Mapping[str, Any], dataset: Mapping[str, Any], dimensions: int) -> list[Mapping[str, Any]]:
    """The axes as mappings, whichever version wrote them."""
    systems = multiscale.get("coordinateSystems")
    if systems:
        steps = dataset.get("coordinateTransformations") or [{}]
        output = steps[0].get("output")
        name = output.get("name") if isinstance(output, Mapping) else output
        axes = next((system["axes"] for system in systems if system["name"] == name), systems[0]["axes"])
    else:
        axes = multiscale.get("axes") or list(_OLD_AXES[5 - dimensions :] if dimensions < 5 else _OLD_AXES)
    return [axis if isinstance(axis, Mapping) else {"name": str(axis)} for axis in axes]


def _letter(axis: Mapping[str, Any], where: Path) -> str:
    name, kind = str(axis["name"]).lower(), axis.get("type")
    letter = _TYPES.get(str(kind), name)
    if letter not in tuple("tczyx"):
        raise FormatError(f"{where}: the axis {name!r} is none of t, c, z, y, x; save one of its elements as an image")
    return letter


def _direction(axis: Mapping[str, Any]) -> str | None:
    """`superior` for an axis with the orientation inferior-to-superior."""
    orientation = axis.get("orientation")
    value = orientation.get("value") if isinstance(orientation, Mapping) else orientation
    return value.rpartition("-to-")[2] if isinstance(value, str) else None


def _applied(
    step: Mapping[str, Any], scale: NDArray[np.float64], offset: NDArray[np.float64], where: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`scale` and `offset` followed by the transformation `step`."""
    kind = step["type"]
    if kind == "sequence":
        for one in step["transformations"]:
            scale, offset = _applied(one, scale, offset, where)
        return scale, offset
    if kind == "identity":
        return scale, offset
    if kind not in ("scale", "translation") or kind not in step:
        raise FormatError(
            f"{where}: its transformation {kind!r} is not read here; only numbers of scale and translation are: save "
            "the image resampled, or with its voxel size alone"
        )
    numbers = np.asarray(step[kind], float)
    if numbers.shape != scale.shape or not np.isfinite(numbers).all():
        raise FormatError(f"{where}: {kind} {step[kind]} does not fit an image of {len(scale)} axes")
    return (scale * numbers, offset * numbers) if kind == "scale" else (scale, offset + numbers)
