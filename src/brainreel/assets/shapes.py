"""Surfaces that change: numbered files, lists of files over time, and shapes of one surface between which it morphs."""

import glob
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from natsort import natsorted

from brainreel.data import Data, Mesh, MeshSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, hemisphere_files, hemisphere_of
from brainreel.formats.array_series import array_series
from brainreel.formats.file_lists import listed_surface
from brainreel.formats.mesh_series import numbered_files, shape_series
from brainreel.formats.steady_mesh import steady
from brainreel.scene import ScalarSource, Source, SurfaceSource

ByPart = dict[str, Data]
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)


def numbered(name: str, source: Source, options: ReadOptions) -> ByPart:
    """The surfaces over time in the files that the glob `name` finds, by hemisphere; none where it is not for several.

    A glob of one hemisphere's files means the pairs.
    """
    if not isinstance(source, SurfaceSource) or not glob.has_magic(name) or Path(name).exists():
        return {}
    found = _in_natural_order(glob.glob(name))  # noqa: PTH207  (a Path has no glob from the root)
    if len(found) < 2:
        return {}
    if hemisphere_of(Path(found[0]).name) is None:
        return {"whole": numbered_files(found, partial(listed_surface, cloud=options.cloud), options)}
    sides: dict[str, dict[str, None]] = {}
    for pair in map(hemisphere_files, found):
        for side, file in pair.items():
            sides.setdefault(side, {})[str(file)] = None
    if len({len(files) for files in sides.values()}) > 1:
        counts = " and ".join(f"{len(files)} of the {side} one" for side, files in sides.items())
        raise FormatError(f"{source.origin}: {name} finds {counts}; each moment needs both, or write hemi: left")
    return {
        side: numbered_files(list(files), partial(listed_surface, cloud=options.cloud, hemi=side), options)
        for side, files in sides.items()
        if options.hemi in (None, side)
    }


def _in_natural_order(names: list[str]) -> list[str]:
    """`step_2` before `step_10`; names that differ in their last number only are sorted by that, which is fast."""
    matches = [_NUMBERED.fullmatch(name) for name in names]
    if all(matches) and len({match.group(1, 3) for match in matches if match}) == 1:
        return [name for _, name in sorted((int(match[2]), match[0]) for match in matches if match)]
    return natsorted(names)


def morph(source: SurfaceSource, open_one: Callable[[str], ByPart]) -> ByPart:
    """The morphs between the shapes in `source.files`, by hemisphere. Raises FormatError where they do not fit."""
    if len({hemisphere_of(Path(name).name) for name in source.files}) > 1:
        raise FormatError(
            f"{source.origin}: the files are the shapes of a morph, one after the other; name one hemisphere of each, "
            "files: [lh.pial, lh.inflated], the other one comes along"
        )
    shapes = [open_one(name) for name in source.files]
    sides = set(shapes[0])
    for name, shape in zip(source.files, shapes, strict=True):
        if set(shape) != sides:
            raise FormatError(
                f"{source.origin}: {name} is {' and '.join(shape)}, {source.files[0]} is {' and '.join(shapes[0])}; a "
                "morph needs the same hemispheres of every shape"
            )
    return {side: shape_series([_mesh(shape[side], source) for shape in shapes]) for side in shapes[0]}


def standing(parts: ByPart, source: Source) -> ByPart:
    """`parts` with each surface over time that keeps its shape as one that stands, unless a clock moves it."""
    if not isinstance(source, SurfaceSource) or source.clock is not None:
        return parts
    return {
        part: steady(item) or item if isinstance(item, MeshSeries) and not isinstance(item, Mesh) else item
        for part, item in parts.items()
    }


def arrays_painted(key: str, source: ScalarSource, data: Mapping[str, Data]) -> ByPart:
    """The array that the paint `key` names, of each part of its layer's surface among `data`, by asset key.

    Raises FormatError where a part has no such array, or the layer is no surface.
    """
    prefix = f"{key.split('.')[0]}.surface."
    parts = {name.removeprefix(prefix): item for name, item in data.items() if name.startswith(prefix)}
    painted = {}
    for part, item in parts.items():
        if isinstance(item, Mesh | MeshSeries) and source.hemi in (None, part):
            try:
                painted[f"{key}.{part}"] = array_series(item, str(source.array), source.on)
            except FormatError as error:
                raise FormatError(f"{source.origin}: {error}") from error
    if not painted:
        there = ", ".join(parts) or "no surface"
        raise FormatError(f"{source.origin}: the layer has {there}; array: names values of its surface")
    return painted


def _mesh(item: Data, source: SurfaceSource) -> Mesh:
    if not isinstance(item, Mesh):
        raise FormatError(f"{source.origin}: {item.name} is no surface; a morph goes between surfaces")
    return item
