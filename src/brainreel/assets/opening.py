"""Open everything that a scene names, once, check that it fits together, and measure it."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from natsort import natsorted

from brainreel.assets.measuring import mesh_facts, series_facts, volume_facts
from brainreel.data import Data, Facts, Mesh, Series, Volume
from brainreel.data.facts import AnyFacts
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, check_pair, hemisphere_files, open_data
from brainreel.phantom import open_phantom
from brainreel.scene import ScalarSource, Scene, Source, VolumeSource

PHANTOM = "phantom:"


@dataclass(frozen=True)
class Assets:
    """Opened data and their Facts, both by asset key."""

    data: Mapping[str, Data]
    facts: Facts

    @property
    def fingerprints(self) -> dict[str, str]:
        """Content digests by asset key."""
        return {key: facts.fingerprint for key, facts in self.facts.assets.items()}


def open_assets(scene: Scene) -> Assets:
    """Assets of every source of `scene`; a source that is named twice is opened and measured once.

    Raises FormatError where a file cannot be read, is of another kind than its layer draws, or does not fit the
    surface it is painted on.
    """
    data: dict[str, Data] = {}
    opened: dict[tuple[object, ...], dict[str, Data]] = {}
    for key, source in scene.sources().items():
        once = (source.paths, options_of(source, scene.movie.unit))
        if once not in opened:
            opened[once] = _open_at(source, once[1], scene)
        for part, item in opened[once].items():
            _require_kind(key, source, item)
            data[key if part == "volume" else f"{key}.{part}"] = item
    _require_fit(data)
    measured = {id(item): measure(item) for item in data.values()}
    return Assets(data, Facts({key: measured[id(item)] for key, item in data.items()}))


def _open_at(source: Source, options: ReadOptions, scene: Scene) -> dict[str, Data]:
    """The parts of `source`; an error says where the scene's file names it."""
    try:
        return open_source(source, options)
    except FormatError as error:
        if scene.path is None or str(error).startswith(source.origin):
            raise
        raise FormatError(f"{source.origin}: {error}") from error


def measure(item: Data) -> AnyFacts:
    """Facts of one opened thing."""
    if isinstance(item, Volume):
        return volume_facts(item)
    if isinstance(item, Mesh):
        return mesh_facts(item)
    if isinstance(item, Series):
        return series_facts(item)
    raise FormatError(f"{item.name}: this version draws volumes and surfaces, no bundles of streamlines")


def open_source(source: Source, options: ReadOptions) -> dict[str, Data]:
    """The parts of `source`: `volume`, or `left` and `right`, or `whole`."""
    parts: dict[str, Data] = {}
    for name in source.paths:
        found = open_phantom(name) if name.startswith(PHANTOM) else _open_files(name, source, options)
        for part, item in found.items():
            if part in parts:
                raise FormatError(f"{source.origin}: {parts[part].name} and {item.name} are both {part}; keep one")
            parts[part] = item
    if options.hemi and "whole" not in parts and "volume" not in parts:
        if options.hemi not in parts:
            raise FormatError(f"{source.origin}: there is no {options.hemi} hemisphere in {', '.join(source.paths)}")
        return {options.hemi: parts[options.hemi]}
    left, right = parts.get("left"), parts.get("right")
    if isinstance(left, Series) and isinstance(right, Series):
        check_pair(left, right)
    return parts


def _open_files(name: str, source: Source, options: ReadOptions) -> dict[str, Data]:
    path = _one_path(name, source)
    if isinstance(source, VolumeSource) or path.is_dir():
        return {"volume": open_data(path, options)}
    one_file = len(source.paths) > 1 or options.hemi
    hemispheres = hemisphere_files(path)
    if one_file:
        hemispheres = {side: file for side, file in hemispheres.items() if file == path or side == options.hemi}
    items = {side: open_data(file, options) for side, file in hemispheres.items()}
    return {_side(side, item): item for side, item in items.items()}


def _side(by_name: str, item: Data) -> str:
    """The hemisphere that the file states itself, else the one its name states."""
    if isinstance(item, Volume):
        return "volume"
    return (getattr(item, "hemi", None) or by_name) if by_name == "whole" else by_name


def _one_path(name: str, source: Source) -> Path:
    """The path, or the one that a glob finds."""
    if not glob.has_magic(name) or Path(name).exists():
        return Path(name)
    found = natsorted(glob.glob(name))  # noqa: PTH207  (a Path has no glob for patterns that begin at the root)
    if len(found) != 1:
        shown = ", ".join(found[:3]) + (" ..." if len(found) > 3 else "")
        raise FormatError(
            f"{source.origin}: {name} finds {len(found)} files{': ' + shown if found else ''}; name one, or the folder "
            "of a volume's slices"
        )
    return Path(found[0])


def options_of(source: Source, unit: str) -> ReadOptions:
    """What `source` states that its files do not; bare lengths are in `unit`."""
    if isinstance(source, VolumeSource):
        shape = source.shape
        return ReadOptions(
            dtype=source.dtype,
            shape=(shape.z, shape.y, shape.x) if shape else None,
            spacing=source.spacing_zyx(unit),
            byte_order=source.byte_order,  # pyright: ignore[reportArgumentType]  (the scene lets two words pass)
        )
    if isinstance(source, ScalarSource):
        times = source.times
        stated = "none" if times == "none" else None
        return ReadOptions(
            times=stated if times is None or isinstance(times, str) else (times.first_s, times.step_s), hemi=source.hemi
        )
    return ReadOptions(hemi=getattr(source, "hemi", None))


def _require_kind(key: str, source: Source, item: Data) -> None:
    wanted, what = {
        "volume": (Volume, "a volume"),
        "surface": (Mesh, "a surface"),
        "paint": (Series, "values over time"),
    }[key.split(".")[1]]
    if not isinstance(item, wanted):
        is_what = next(
            word
            for kind, word in (
                (Volume, "a volume"), (Mesh, "a surface"), (Series, "values per vertex"), (object, "a bundle"),
            )
            if isinstance(item, kind)
        )  # fmt: skip
        raise FormatError(f"{source.origin}: {item.name} is {is_what}, but {what} is wanted here")


def _require_fit(data: Mapping[str, Data]) -> None:
    """Every painted part has a surface, and every value a vertex on it."""
    for key, series in data.items():
        layer, role, *_ = key.split(".")
        if role != "paint" or not isinstance(series, Series):
            continue
        side = key.rsplit(".", 1)[1]
        mesh = data.get(f"{layer}.surface.{side}")
        if not isinstance(mesh, Mesh):
            raise FormatError(f"{series.name}: {_no_surface(layer, side, data)}")
        count = len(mesh.points)
        if series.vertices is None and series.width != count:
            raise FormatError(
                f"{series.name}: has {series.width:,} values a moment, but {mesh.name} has {count:,} vertices; paint "
                "it on the surface it was computed on"
            )
        if series.vertices is not None and len(series.vertices) and int(series.vertices.max()) >= count:
            raise FormatError(
                f"{series.name}: has a value for vertex {int(series.vertices.max()):,}, but {mesh.name} has {count:,} "
                f"vertices (0 to {count - 1:,}); paint it on the surface it was computed on"
            )


def _no_surface(layer: str, side: str, data: Mapping[str, Data]) -> str:
    """What is wrong with values of `side` on a layer that has no such part, and the remedy."""
    there = [key.rsplit(".", 1)[1] for key in data if key.startswith(f"{layer}.surface.")]
    if side == "whole":
        return (
            f"does not say its hemisphere, and layer {layer} has the {' and the '.join(there)} one; name the file with "
            "-lh or -rh, such as activity-lh.npy, or write hemi: left beside file: in a scene"
        )
    return (
        f"belongs to the {side} hemisphere, but layer {layer} has the {' and the '.join(there)} surface only; give the "
        f"{side} surface too, or write hemi: {there[0]} beside file: in a scene"
    )
