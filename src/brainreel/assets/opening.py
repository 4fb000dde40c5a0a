"""Open everything that a scene names, once, check that it fits together, and measure it."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from natsort import natsorted

from brainreel.assets.advice import convert_command
from brainreel.assets.arrows import with_arrows
from brainreel.assets.carrying import carried
from brainreel.assets.faces import apart
from brainreel.assets.fitting import require_fit
from brainreel.assets.images import image_facts
from brainreel.assets.kinds import require_kind, surfaces_of_layer, why_not_read
from brainreel.assets.maps import chosen
from brainreel.assets.measuring import (
    labels_facts,
    mesh_facts,
    parcellation_facts,
    series_facts,
    table_facts,
    volume_facts,
)
from brainreel.assets.measuring_moments import mesh_series_facts
from brainreel.assets.points import on_points, open_balls
from brainreel.assets.reading import read_data
from brainreel.assets.shapes import arrays_painted, morph, numbered, standing
from brainreel.assets.transforms import open_transforms, transform_facts
from brainreel.data import (
    Channels,
    Data,
    Facts,
    LabelTable,
    Mesh,
    MeshSeries,
    Parcellation,
    Parts,
    Series,
    TimeAxis,
    Transform,
    TransformSeries,
    Volume,
    VolumeSeries,
)
from brainreel.data.facts import AnyFacts, MeshFacts, VolumeFacts
from brainreel.errors import FormatError
from brainreel.formats import NO_OPTIONS, ReadOptions, check_pair, hemisphere_files
from brainreel.formats.registry import Opened
from brainreel.formats.unshared import shared
from brainreel.phantom import open_phantom
from brainreel.scene import (
    FileTransform,
    LabelSource,
    PaintedSource,
    PointSource,
    ScalarSource,
    Scene,
    Source,
    SurfaceSource,
    TableSource,
    TimedSource,
    VolumeSource,
)
from brainreel.space import Box

PHANTOM = "phantom:"


@dataclass(frozen=True)
class Assets:
    """Opened data and their Facts, both by asset key.

    `converting`: the commands that make stores of volumes. `replaced`: fingerprints of data that stand for the
    measured ones at a coarser level.
    """

    data: Mapping[str, Data]
    facts: Facts
    converting: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Digests by asset key of the content that is drawn."""
        return {key: facts.fingerprint for key, facts in self.facts.assets.items()} | dict(self.replaced)


def open_assets(scene: Scene) -> Assets:
    """Assets of every source of `scene`; a source that is named twice is opened and measured once.

    Raises FormatError where a file cannot be read, is of another kind than its layer draws, or does not fit the
    surface it is painted on.
    """
    data: dict[str, Data] = {}
    opened: dict[tuple[object, ...], dict[str, Data]] = {}
    converting = {}
    for key, source in scene.sources().items():
        if isinstance(source, ScalarSource) and source.is_of_the_surface:
            data |= arrays_painted(key, source, data)
            continue
        options, stated = options_of(source, scene.movie.unit), _stated(source)
        once = (source.paths, options, stated)
        if once not in opened:
            opened[once] = _open_at(source, options, scene, surfaces_of_layer(key, data))
        for part, item in with_arrows(key, opened[once], data, source).items():
            full = key if part == "volume" else f"{key}.{part}"
            require_kind(full, source, item, data)
            data[full] = item = on_points(full, item, data, source)
            converting[full] = convert_command(source, scene.movie.unit, key.endswith(".labels"))
    require_fit(data)
    data |= apart(data, scene.sources())
    measured: dict[tuple[int, bool], AnyFacts] = {}
    facts: dict[str, AnyFacts] = {}
    for key, item in data.items():
        if isinstance(item, Transform | TransformSeries):
            facts[key] = transform_facts(item, _box_of_layer(key, facts), _is_inverse(key, scene))
            continue
        how = id(item), key.endswith(".labels")
        if how not in measured:
            measured[how] = replace(measure(shared(item), *how[1:]), fingerprint=item.fingerprint())
        facts[key] = measured[how]
    return Assets(data, Facts({**facts, **image_facts(scene)}), converting)


def _box_of_layer(key: str, facts: Mapping[str, AnyFacts]) -> Box | None:
    """Around the data of the layer of `key` that are known by now, which are those that it moves."""
    own = [one for name, one in facts.items() if name.split(".")[0] == key.split(".")[0]]
    boxes = [one.bounds for one in own if isinstance(one, VolumeFacts | MeshFacts)]
    return Box.union(boxes) if boxes else None


def _is_inverse(key: str, scene: Scene) -> bool:
    """Whether the transform of `key` is gone through the other way."""
    stated = [one for name, one in scene.sources().items() if f"{key}.".startswith(f"{name}.")]
    return any(isinstance(one, FileTransform) and one.inverse for one in stated)


def _stated(source: Source) -> tuple[object, ...]:
    """What a source says that changes what is opened, and that options do not hold."""
    channel = source.channel if isinstance(source, VolumeSource) else None
    paint = (source.array, source.registered, getattr(source, "on", None)) if isinstance(source, PaintedSource) else ()
    smooth = source.smooth if isinstance(source, ScalarSource) and source.registered else None
    times = source.times if isinstance(source, TimedSource) else None
    moves = isinstance(source, SurfaceSource) and (source.clock is not None, source.morph is not None)
    points = isinstance(source, PointSource) and (source.unit, source.sizes_mm, source.range)
    ends = (source.moved, source.onto, source.clock is None) if isinstance(source, FileTransform) else ()
    return type(source), channel, paint, smooth, repr(times), moves, points, ends


def _open_at(source: Source, options: ReadOptions, scene: Scene, surfaces: list[Mesh]) -> dict[str, Data]:
    """The parts of `source`, which may be on the `surfaces`; an error says where the scene's file names it."""
    try:
        parts = open_source(source, options)
        if not isinstance(source, PaintedSource) or source.registered is None:
            return parts
        return carried(parts, source, lambda name: open_source(_sphere(name, source.origin), NO_OPTIONS))
    except FormatError as error:
        if told := why_not_read(source, options, surfaces):
            raise FormatError(told) from error
        if scene.path is None or str(error).startswith(source.origin):
            raise
        raise FormatError(f"{source.origin}: {error}") from error


def measure(item: Data, as_labels: bool = False) -> AnyFacts:
    """Facts of one opened thing; of a volume `as_labels` with all its labels."""
    if isinstance(item, Volume | VolumeSeries):
        return labels_facts(item) if as_labels else volume_facts(item)
    if isinstance(item, Mesh):
        return mesh_facts(item)
    if isinstance(item, MeshSeries):
        return mesh_series_facts(item)
    if isinstance(item, LabelTable):
        return table_facts(item)
    if isinstance(item, Parcellation):
        return parcellation_facts(item)
    if isinstance(item, Series):
        return series_facts(item)
    if isinstance(item, Transform | TransformSeries):
        return transform_facts(item)
    raise FormatError(f"{item.name}: this version draws volumes and surfaces, no bundles of streamlines")


def _sphere(name: str, origin: str) -> Source:
    return SurfaceSource(file=name).located(None, origin)


def open_source(source: Source, options: ReadOptions) -> dict[str, Data]:
    """The parts of `source`: `volume`; `red`, `green`, `blue`; `left` and `right`; `whole`; or `table`."""
    if isinstance(source, TableSource):
        from brainreel.formats.label_tables import open_label_table

        return {"volume": open_label_table(one_path(source.paths[0], source))}
    if isinstance(source, FileTransform):
        return {"volume": open_transforms(source)}
    if isinstance(source, PointSource) and source.is_table:
        return open_balls(source, one_path(source.paths[0], source))
    if isinstance(source, SurfaceSource) and source.morph is not None:
        return morph(source, lambda name: open_source(source.one_of(name), options))
    parts: dict[str, Data] = {}
    for name in source.paths:
        found = open_phantom(name) if name.startswith(PHANTOM) else _open_files(name, source, options)
        for part, item in standing(chosen(found, source), source).items():
            if part in parts:
                raise FormatError(f"{source.origin}: {parts[part].name} and {item.name} are both {part}; keep one")
            parts[part] = item
    if options.hemi and "whole" not in parts and "volume" not in parts:
        if options.hemi not in parts:
            raise FormatError(f"{source.origin}: there is no {options.hemi} hemisphere in {', '.join(source.paths)}")
        return {options.hemi: parts[options.hemi]}
    left, right = parts.get("left"), parts.get("right")
    if isinstance(left, Series | MeshSeries) and isinstance(right, Series | MeshSeries):
        check_pair(left, right)
    return parts


def _open_files(name: str, source: Source, options: ReadOptions) -> dict[str, Data]:
    if found := numbered(name, source, options):
        return found
    path = one_path(name, source)
    if isinstance(source, VolumeSource) or path.is_dir():
        return _volume_parts(read_data(path, options), source)
    one_file = len(source.paths) > 1 or options.hemi
    hemispheres = hemisphere_files(path)
    if one_file:
        hemispheres = {side: file for side, file in hemispheres.items() if file == path or side == options.hemi}
    items: dict[str, Data] = {}
    for side, file in hemispheres.items():
        opened = read_data(file, options)
        if isinstance(opened, Parts):
            return _of_surfaces(opened) if isinstance(source, SurfaceSource) else dict(opened.parts)
        if isinstance(opened, Channels):
            raise FormatError(f"{source.origin}: {file} is an image of several channels, which has no vertices")
        items[side] = opened
    return {_side(side, item): item for side, item in items.items()}


def _of_surfaces(opened: Parts) -> dict[str, Data]:
    """Without the volume that a mixed source space has beside its surfaces."""
    return {part: item for part, item in opened.parts.items() if part != "volume"}


def open_every_channel(source: VolumeSource, options: ReadOptions) -> dict[str, Data]:
    """As `open_source`, but of an image of several channels all of them, by their names."""
    name = source.paths[0]
    if name.startswith(PHANTOM):
        return open_source(source, options)
    opened = read_data(one_path(name, source), options)
    if isinstance(opened, Channels) and not opened.is_rgb and source.channel is None:
        return {f"channel {channel.name}": channel.data for channel in opened.channels}
    return _volume_parts(opened, source)


def _volume_parts(opened: Opened, source: Source) -> dict[str, Data]:
    """The volume that `source` means, or the three of an image that holds its own colours."""
    if isinstance(opened, Parts) and "volume" not in opened.parts:
        raise FormatError(f"{source.origin}: {opened.name} holds values of {' and '.join(opened.parts)}, no volume")
    item: Data | Channels = opened.parts["volume"] if isinstance(opened, Parts) else opened
    times = source.times if isinstance(source, VolumeSource) else None
    if isinstance(item, Channels):
        channel = source.channel if isinstance(source, VolumeSource) else None
        if channel is None and item.is_rgb:
            return {name: one.data for name, one in zip(("red", "green", "blue"), item.channels, strict=False)}
        item = _channel(item, channel, source)
    elif isinstance(source, VolumeSource) and source.channel not in (None, "0"):
        raise FormatError(f"{source.origin}: {item.name} has one channel; leave channel: out")
    if times is not None:
        if not isinstance(item, VolumeSeries):
            raise FormatError(f"{source.origin}: {item.name} has one moment; leave times out")
        item = _Retimed(item, _axis(item, times))
    return {"volume": item}


def _channel(image: Channels, wanted: str | None, source: Source) -> Volume | VolumeSeries:
    names = [channel.name for channel in image.channels]
    if wanted is None and len(names) == 1:
        return image.channels[0].data
    if wanted in names:
        return image.channels[names.index(str(wanted))].data
    if wanted is not None and wanted.isdecimal() and int(wanted) < len(names):
        return image.channels[int(wanted)].data
    problem = f"has no channel {wanted}" if wanted else f"has {len(names)} channels; choose one by channel:"
    raise FormatError(f"{source.origin}: {image.name} {problem}; it has {', '.join(names)} (or 0 to {len(names) - 1})")


@dataclass(frozen=True)
class _Retimed:
    """A volume over time whose moments the scene states."""

    inner: VolumeSeries
    times: TimeAxis

    @property
    def name(self) -> str:
        return self.inner.name

    def moment(self, index: int) -> Volume:
        return self.inner.moment(index)

    def fingerprint(self) -> str:
        return f"{self.inner.fingerprint()} {self.times}"


def _axis(item: VolumeSeries, times: object) -> TimeAxis:
    if times == "none":
        return TimeAxis(0.0, 1.0, item.times.count, "items")
    return TimeAxis(times.first_s, times.step_s, item.times.count)  # type: ignore[attr-defined]


def _side(by_name: str, item: Data) -> str:
    """The hemisphere that the file states itself, else the one its name states."""
    if isinstance(item, Volume):
        return "volume"
    return (getattr(item, "hemi", None) or by_name) if by_name == "whole" else by_name


def one_path(name: str, source: Source) -> Path:
    """The path, or the one that a glob finds."""
    if not glob.has_magic(name) or Path(name).exists():
        return Path(name)
    found = natsorted(glob.glob(name))  # noqa: PTH207  (a Path has no glob for patterns that begin at the root)
    if len(found) != 1:
        shown = ", ".join(found[:3]) + (" ..." if len(found) > 3 else "")
        raise FormatError(
            f"{source.origin}: {name} finds {len(found)} files{': ' + shown if found else ''}; name one"
            + (", or the folder of a volume's slices" if isinstance(source, VolumeSource) else "")
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
            component=source.component,
            space=None if source.space is None else Path(source.space),
            byte_order=source.byte_order,  # pyright: ignore[reportArgumentType]  (the scene lets two words pass)
        )
    if isinstance(source, ScalarSource | SurfaceSource):
        times = source.times
        one_map = isinstance(source, ScalarSource) and source.array is not None and times is None
        stated = "none" if times == "none" or one_map else None
        return ReadOptions(
            times=stated if times is None or isinstance(times, str) else (times.first_s, times.step_s),
            hemi=source.hemi,
            per_vertex=isinstance(source, ScalarSource),
            cloud=isinstance(source, PointSource) and source.arrows is not None,
        )
    if isinstance(source, LabelSource):
        return ReadOptions(hemi=source.hemi, array=source.array)
    return ReadOptions(hemi=getattr(source, "hemi", None))
