"""A dataset of an HDF5 file as a volume: `file.h5:/path`, or the only one with three axes."""

import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.gate import require_file
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import Datasets, Layout, look_into
from brainreel.formats.images import Image, moments, placed, scaled_mm
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.registry import split_inner
from brainreel.formats.voxels import warn_if_huge

log = logging.getLogger("brainreel")
_LISTED = 12


def open_hdf5(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The dataset at `path` (`file.h5:/path`), or the only one of the file that has three axes or more.

    Axes are z, y, x, or what ilastik's `axistags` or HDF5's dimension labels say; the spacing is the options', else
    the attribute `element_size_um` (z, y, x) of ilastik and Fiji, else none. Raises FormatError where the file is
    malformed, listing its datasets where none or several could be meant.
    """
    file, inner = split_inner(path)
    require_file(file)
    datasets = look_into(file, (inner,) if inner else ())
    if len(datasets.layouts) != 1:
        raise FormatError(f"{file}: {_choice(datasets, file)}")
    name, layout = next(iter(datasets.layouts.items()))
    axes = _axes(file, name, layout)
    world_from_voxel, unit = placed(_world(layout.attributes.get("element_size_um")), options)
    if unit == "none":
        log.info("%s: %s states no spacing; give it with --spacing z=...,y=...,x=...", file, name)
    title = f"{file.name}:{name}" if inner else file.name
    array = array_of(file, name, layout)
    count = layout.shape[axes.index("t")] if "t" in axes else 1
    times, facts = moments(count, options), {"dataset": name}
    image = Image(file, title, array, axes, world_from_voxel, unit, (file,), times, facts=facts)
    if unit == "mm":
        warn_if_huge(file, world_from_voxel, (image.size("z"), image.size("y"), image.size("x")))
    return image.opened()


def _choice(datasets: Datasets, file: Path) -> str:
    """What to say where not one dataset alone can be meant."""
    volumes = [name for name, (shape, _) in datasets.listed.items() if len(shape) >= 3]
    shown = volumes or list(datasets.listed)
    lines = [f"{name} ({' x '.join(map(str, datasets.listed[name][0]))} {datasets.listed[name][1]})" for name in shown]
    more = f" and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
    if not volumes:
        return f"no dataset in it has three axes or more; it holds {', '.join(lines[:_LISTED]) or 'none at all'}{more}"
    return (
        f"{len(volumes)} datasets could be the volume: {', '.join(lines[:_LISTED])}{more}; give {file.name}:{shown[0]}"
    )


def _axes(file: Path, name: str, layout: Layout) -> str:
    """A letter of "tczyx" for each axis."""
    said = _labels(layout.attributes, len(layout.shape))
    if said and set(said) <= set("tczyx") and len(set(said)) == len(said) and {"y", "x"} <= set(said):
        return said
    sizes = " x ".join(map(str, layout.shape))
    many = [axis for axis, size in enumerate(layout.shape) if size != 1] if len(layout.shape) > 3 else None
    if not 2 <= len(layout.shape) <= 5 or (many is not None and len(many) > 3):
        raise FormatError(
            f"{file}: {name} has {sizes} values{f' along the axes {said!r}' if said else ''}, and which axes are time "
            "and channel is not stated; label them with h5py, such as f[name].dims[0].label = 't' (of t, c, z, y, x), "
            "or save one moment and channel as a dataset of its own"
        )
    if many is None:
        return "zyx"[-len(layout.shape) :]
    letters = dict(zip(many[::-1], "xyz", strict=False))
    others = [letter for letter in "ctzyx" if letter not in letters.values()]
    return "".join(letters.get(axis) or others.pop(0) for axis in range(len(layout.shape)))


def _labels(attributes: dict[str, Any], count: int) -> str:
    """The axes' letters as vigra's tags or HDF5's labels have them, "" where they are not stated."""
    tags, labels = attributes.get("axistags"), attributes.get("DIMENSION_LABELS")
    if isinstance(tags, str):
        try:
            labels = [axis["key"] for axis in json.loads(tags)["axes"]]
        except (ValueError, LookupError, TypeError):
            labels = None
    if not isinstance(labels, list) or len(labels) != count or not all(isinstance(v, str) and v for v in labels):
        return ""
    return "".join(label.strip().lower()[:1] for label in labels)


def _world(sizes_um: Any) -> NDArray[np.float64] | None:
    """`world_from_voxel` for `element_size_um` (z, y, x)."""
    if not isinstance(sizes_um, Sequence) or isinstance(sizes_um, str) or len(sizes_um) != 3:
        return None
    if not all(isinstance(size, int | float) and math.isfinite(size) for size in sizes_um):
        return None
    z, y, x = sizes_um
    return scaled_mm((z / 1000, y / 1000, x / 1000))
