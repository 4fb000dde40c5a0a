"""BigDataViewer's pair of XML and HDF5: setups are channels, timepoints are moments, registrations the place."""

import logging
import math
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels, TimeAxis, Volume, VolumeSeries
from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError
from brainreel.formats.boxes import Box, StoredArray
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import look_into
from brainreel.formats.images import ChannelLook, Image, length_mm, moments, placed
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.registry import split_inner
from brainreel.formats.voxels import warn_if_huge

log = logging.getLogger("brainreel")
_MOST_VIEWS = 100_000
_ODD = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What XML that is not BigDataViewer's leads to."""


@dataclass(frozen=True)
class _Setup:
    """One channel, angle or tile: its number in the file, and what its voxels measure (x, y, z) in `unit`."""

    number: int
    name: str
    sizes: tuple[float, float, float] | None
    unit: str


class _Views:
    """The views (t, c, z, y, x); int16 is how BigDataViewer writes unsigned numbers of 16 bits."""

    def __init__(self, views: list[list[StoredArray]], shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape = (len(views), len(views[0]), *shape)
        self._stored = dtype
        self.dtype = np.dtype("=u2") if dtype.kind == "i" and dtype.itemsize == 2 else dtype.newbyteorder("=")
        self._views = views

    def read(self, box: Box) -> NDArray:
        result = np.empty([part.stop - part.start for part in box], self.dtype)
        for t, c in np.ndindex(result.shape[:2]):
            view = self._views[box[0].start + t][box[1].start + c].read(box[2:])
            result[t, c] = view.astype(self._stored.newbyteorder("="), copy=False).view(self.dtype)
        return result


def open_bdv(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels:
    """The image that the XML file `path` describes; `x.xml:/s01` is its setup 1 alone.

    Raises FormatError where the XML declares entities, is not BigDataViewer's, its HDF5 file is missing or malformed,
    or its views lie on different grids.
    """
    file, inner = split_inner(path)
    require_file(file)
    with foreign_errors(file):
        root = parse_xml(file.read_bytes(), file)
    with foreign_errors(file, *_ODD, problem="this is no description of BigDataViewer's"):
        return _image(root, file, inner.strip("/"), options).opened()


def _image(root: ElementTree.Element, file: Path, wanted: str, options: ReadOptions) -> Image:
    if root.tag != "SpimData":
        raise FormatError(f"{file}: its XML is <{root.tag}>; of XML files only BigDataViewer's <SpimData> are volumes")
    data = _data_file(root, file)
    setups = [_setup(one) for one in root.findall("SequenceDescription/ViewSetups/ViewSetup")]
    chosen = [setup for setup in setups if not wanted or wanted in (f"s{setup.number:02d}", setup.name)]
    times = _timepoints(root, file)
    if not chosen or not times or len(chosen) * len(times) > _MOST_VIEWS:
        names = ", ".join(f"s{setup.number:02d}" for setup in setups) or "none"
        raise FormatError(f"{file}: no view {wanted} in {len(times)} timepoints; its setups are {names}")
    world = _common_world(root, file, chosen, times)
    world_from_voxel, unit = _in_mm(world, chosen[0])
    if options.spacing is not None:
        world_from_voxel, unit = placed(world_from_voxel, options)
    array = _views(root, file, data, chosen, times)
    looks = tuple(ChannelLook(setup.name) for setup in chosen)
    facts = {"setups": [setup.number for setup in chosen], "times": list(times)}
    clock: TimeAxis = moments(len(times), options)
    image = Image(
        file,
        file.name,
        array,
        "tczyx",
        world_from_voxel,
        unit,
        (data,),
        clock,
        looks,
        facts=facts,
        open_coarser=lambda: _coarser(root, file, data, chosen, times, 1, image),
    )
    if unit == "mm":
        warn_if_huge(file, world_from_voxel, (image.size("z"), image.size("y"), image.size("x")))
    else:
        log.info("%s: its voxels have no unit of length; give the spacing with --spacing z=...,y=...,x=...", file)
    return image


def _coarser(
    root: ElementTree.Element,
    file: Path,
    data: Path,
    setups: list[_Setup],
    times: tuple[int, ...],
    level: int,
    finest: Image,
) -> Image | None:
    """The level of that number, each voxel in the middle of those it stands for; None where none is."""
    names = [f"/s{setup.number:02d}/resolutions" for setup in setups]
    try:
        layouts = look_into(data, tuple(names)).layouts
        arrays = [array_of(data, name, layouts[name]) for name in names]
        tables = [np.asarray(array.read(tuple(slice(0, n) for n in array.shape)), float) for array in arrays]
    except FormatError as error:
        log.info("%s: its coarser levels are not described: %s", file, error)
        return None
    if any(table.shape != tables[0].shape or (table != tables[0]).any() for table in tables):
        return None
    if tables[0].shape[1:] != (3,) or len(tables[0]) <= level or not (tables[0] > 0).all():
        return None
    factors = tables[0][level] / tables[0][0]
    own_from_level = np.diag([*factors, 1.0])
    own_from_level[:3, 3] = (factors - 1) / 2
    return replace(
        finest,
        array=_views(root, file, data, setups, times, level),
        world_from_voxel=finest.world_from_voxel @ own_from_level,
        facts={**finest.facts, "level": level},
        open_coarser=lambda: _coarser(root, file, data, setups, times, level + 1, finest),
    )


def _data_file(root: ElementTree.Element, file: Path) -> Path:
    loader = root.find("SequenceDescription/ImageLoader")
    kind = "none" if loader is None else loader.get("format", "none")
    if loader is None or kind != "bdv.hdf5":
        raise FormatError(
            f"{file}: its voxels are kept as {kind}; this version reads bdv.hdf5: export them with BigDataViewer as "
            "XML/HDF5, or give an OME-Zarr itself"
        )
    base = (root.findtext("BasePath") or ".").strip()
    data = file.parent / base / _text(loader, "hdf5")
    require_file(data)
    return data


def _setup(one: ElementTree.Element) -> _Setup:
    number = int(_text(one, "id"))
    x, y, z = map(float, (one.findtext("voxelSize/size") or "0 0 0").split())
    sizes = (x, y, z) if min(x, y, z) > 0 and math.isfinite(x + y + z) else None
    return _Setup(number, (one.findtext("name") or "").strip(), sizes, (one.findtext("voxelSize/unit") or "").strip())


def _timepoints(root: ElementTree.Element, file: Path) -> tuple[int, ...]:
    """The numbers of the timepoints: a range, a pattern such as `0-4,7,10-20:2`, or a list."""
    times = root.find("SequenceDescription/Timepoints")
    if times is None:
        return (0,)
    if times.get("type") == "range":
        parts = [f"{_text(times, 'first')}-{_text(times, 'last')}"]
    elif times.get("type") == "pattern":
        parts = _text(times, "integerpattern").split(",")
    else:
        parts = [_text(one, "id") for one in times.iter("Timepoint")]
    found: list[int] = []
    for part in parts:
        ends, _, step = part.partition(":")
        first, _, last = ends.partition("-")
        numbers = range(int(first), int(last or first) + 1, int(step or 1))
        if len(numbers) + len(found) > _MOST_VIEWS:
            raise FormatError(f"{file}: it claims more than {_MOST_VIEWS:,} timepoints; it is damaged")
        found += numbers
    return tuple(found)


def _common_world(
    root: ElementTree.Element, file: Path, setups: list[_Setup], times: tuple[int, ...]
) -> NDArray[np.float64]:
    """The registration (4, 4) from voxels (x, y, z) to the file's space that all views share."""
    registered = {
        (int(one.get("timepoint", "0")), int(one.get("setup", "0"))): _registration(one, file)
        for one in root.findall("ViewRegistrations/ViewRegistration")
    }
    first = registered.get((times[0], setups[0].number))
    for time in times:
        for setup in setups:
            other = registered.get((time, setup.number))
            if (first is None) != (other is None) or (first is not None and not np.allclose(first, other)):  # pyright: ignore[reportArgumentType]  (both are there)
                raise FormatError(
                    f"{file}: setup s{setup.number:02d} at timepoint {time} lies on another grid than "
                    f"s{setups[0].number:02d} at {times[0]}; give one setup as {file.name}:/s{setup.number:02d}, or "
                    "fuse the views first (BigStitcher: Image Fusion)"
                )
    if first is not None:
        return first
    return np.diag([*(setups[0].sizes or (1.0, 1.0, 1.0)), 1.0])


def _registration(one: ElementTree.Element, file: Path) -> NDArray[np.float64]:
    """The product of a view's transforms; the last listed is applied first, as in BigDataViewer."""
    result = np.eye(4)
    for transform in one.findall("ViewTransform"):
        if transform.get("type") != "affine":
            raise FormatError(f"{file}: a transform of type {transform.get('type')}; BigDataViewer's are affine")
        numbers = np.array(_text(transform, "affine").split(), float).reshape(3, 4)
        result = result @ np.vstack([numbers, (0, 0, 0, 1)])
    return result


def _in_mm(world: NDArray[np.float64], setup: _Setup) -> tuple[NDArray[np.float64], str]:
    """The registration in mm. Its unit is the voxel size's, or the smallest voxel edge, as BigStitcher has it."""
    factor = length_mm(setup.unit)
    if factor is None or setup.sizes is None:
        return world, "none"
    determinant = abs(np.linalg.det(world[:3, :3]))
    if determinant > 0:
        measured = math.log((math.prod(setup.sizes) / determinant) ** (1 / 3))
        edge = math.log(min(setup.sizes))
        factor *= min(setup.sizes) if abs(measured - edge) < abs(measured) else 1.0
    result = world.copy()
    result[:3] *= factor
    return result, "mm"


def _views(
    root: ElementTree.Element, file: Path, data: Path, setups: list[_Setup], times: tuple[int, ...], level: int = 0
) -> _Views:
    missing = {
        (int(one.get("timepoint", "-1")), int(one.get("setup", "-1")))
        for one in root.findall("SequenceDescription/MissingViews/MissingView")
    }
    names = {(t, s.number): f"/t{t:05d}/s{s.number:02d}/{level}/cells" for t in times for s in setups}
    there = {view: name for view, name in names.items() if view not in missing}
    layouts = look_into(data, tuple(there.values())).layouts
    first = next(iter(layouts.values()), None)
    if first is None or len(first.shape) != 3:
        raise FormatError(f"{file}: none of its views is there with three axes; export it anew")
    arrays: dict[tuple[int, int], StoredArray] = {}
    for view, name in there.items():
        layout = layouts[name]
        if layout.shape != first.shape or layout.dtype != first.dtype:
            raise FormatError(
                f"{file}: view {name} is {layout.shape} of {layout.dtype}, others are {first.shape} of {first.dtype}; "
                f"give one setup as {file.name}:/s{view[1]:02d}"
            )
        arrays[view] = array_of(data, name, layout)
    if missing & names.keys():
        log.warning("%s: %d of %d views are missing; they are drawn as 0", file, len(names) - len(there), len(names))
    black = _Black(first.shape, first.dtype)
    return _Views([[arrays.get((t, s.number), black) for s in setups] for t in times], first.shape, first.dtype)


class _Black:
    """A view that was never taken."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape, self.dtype = shape, dtype

    def read(self, box: Box) -> NDArray:
        return np.zeros([part.stop - part.start for part in box], self.dtype)


def _text(element: ElementTree.Element, name: str) -> str:
    """What stands in the child `name`. Raises LookupError where there is none."""
    text = element.findtext(name)
    if text is None:
        raise LookupError(f"<{element.tag}> without <{name}>")
    return text.strip()
