"""Transforms of a scene: opened, one or one a moment, and what is known of them."""

import glob
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from natsort import natsorted

from brainreel.assets.reading import read_data
from brainreel.data import TimeAxis, Transform, TransformFacts, TransformSeries, Volume, VolumeSeries
from brainreel.data.facts import Matrix
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions
from brainreel.scene.transforms import FileTransform
from brainreel.space import Box, PointMap, Reach, ThinPlateField, Warp, affine_of, apply_affine

if TYPE_CHECKING:
    from brainreel.formats.transforms import ReadTransform


LOOKS, NEAR = 16, 0.01
"""How often what a thin plate brings into a box is looked for farther away, and the part of the box that is too little
to look on for."""


def open_transforms(source: FileTransform) -> Transform | TransformSeries:
    """The transform that `source` names, or one over time where it names several files.

    Raises FormatError where a file cannot be read, and where of several one bends space.
    """
    from brainreel.formats.transforms import ReadTransformSeries

    paths = [path for name in source.paths for path in _paths_of(name, source)]
    found = tuple(_opened(path, source) for path in paths)
    if len(found) == 1 and source.clock is None and source.times is None:
        return found[0]
    for one in found:
        if affine_of(one.point_maps) is None:
            raise FormatError(
                f"{source.origin}: {one.name} is a warp; over time a layer is moved by affines: give the warp "
                "alone, and let its amount: change"
            )
    times = source.times
    axis = TimeAxis(0.0, 1.0, len(found), "items")
    if times is not None and not isinstance(times, str):
        axis = TimeAxis(times.first_s, times.step_s, len(found))
    return ReadTransformSeries(source.paths[0], axis, found)


def _paths_of(name: str, source: FileTransform) -> list[Path]:
    if not glob.has_magic(name) or Path(name).exists():
        return [Path(name)]
    found = natsorted(glob.glob(name))  # noqa: PTH207  (a Path has no glob for patterns that begin at the root)
    if not found:
        raise FormatError(f"{source.origin}: {name} finds no file; check the pattern")
    return [Path(path) for path in found]


def _opened(path: Path, source: FileTransform) -> "ReadTransform":
    from brainreel.formats.transforms import open_flirt, open_transform

    if source.moved is None or source.onto is None:
        return open_transform(path)
    return open_flirt(path, _volume(source.moved, source), _volume(source.onto, source))


def _volume(name: str, source: FileTransform) -> Volume:
    """A volume of FSL's, for where its voxels lie."""
    opened = read_data(name, ReadOptions())
    if isinstance(opened, VolumeSeries):
        opened = opened.moment(0)
    if not isinstance(opened, Volume):
        raise FormatError(f"{source.origin}: {name} is no volume; from: and to: are the images that flirt was given")
    return opened


def transform_facts(
    item: Transform | TransformSeries, layer: Box | None = None, inverse: bool = False
) -> TransformFacts:
    """What is known of what moves data in the box `layer`, or moves them the other way where `inverse`."""
    if isinstance(item, TransformSeries):
        moments = tuple(_known(item.transform(index).point_maps, layer, inverse) for index in range(item.times.count))
        return TransformFacts(item.name, moments, item.fingerprint(), item.times)
    return TransformFacts(item.name, (_known(item.point_maps, layer, inverse),), item.fingerprint())


def _known(maps: tuple[PointMap, ...], box: Box | None, inverse: bool) -> tuple[Matrix | Reach, ...]:
    """Each of `maps`; what was in the `box` is then where they put it."""
    known: list[Matrix | Reach] = []
    for one in maps:
        if not isinstance(one, Warp):
            known.append(plain_matrix(one))
            box = box and Box.around(apply_affine(one, box.corners()))
            continue
        reach = _reach(one, box, inverse != one.inverse)
        known.append(reach)
        box = box and _grown(box, reach)
    return tuple(known)


def _reach(warp: Warp, box: Box | None, inverse: bool) -> Reach:
    """Of `warp` in `box`; of the way back it is that of the way there, with the other sign.

    Thin plates bend all of space, so what is beyond their landmarks counts too; gone through the other way, all that
    they bring into the box, which is looked for farther and farther away.
    """
    field, reach = warp.field, warp.field.reach()
    if box and isinstance(field, ThinPlateField):
        reach = _together(reach, field.reach_in(np.array(box.lower), np.array(box.upper)))
        within = box
        for _ in range(LOOKS if inverse else 0):
            wider = _grown(box, _back(reach))
            if wider.diagonal - within.diagonal < NEAR * box.diagonal:
                break
            within, reach = wider, _together(reach, field.reach_in(np.array(wider.lower), np.array(wider.upper)))
    return _back(reach) if warp.inverse else reach


def _together(one: Reach, other: Reach) -> Reach:
    low, high = np.minimum(one[0], other[0]), np.maximum(one[1], other[1])
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))


def _back(reach: Reach) -> Reach:
    low, high = reach
    return (-high[0], -high[1], -high[2]), (-low[0], -low[1], -low[2])


def _grown(box: Box, reach: Reach) -> Box:
    return Box.around([*(box.corners() + reach[0]), *(box.corners() + reach[1])])


def plain_matrix(matrix: np.ndarray) -> Matrix:
    """(4, 4) as numbers, without a negative zero."""
    rows = (np.asarray(matrix, float) + 0.0).tolist()
    return tuple((a, b, c, d) for a, b, c, d in rows)
