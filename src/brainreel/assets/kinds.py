"""Files in the wrong place of a scene: what each is, what is wanted there, and where it belongs."""

import difflib
import glob
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from natsort import natsorted

from brainreel.assets.maps import require_one_of_several
from brainreel.data import (
    Data,
    LabelTable,
    Mesh,
    MeshSeries,
    Parcellation,
    Series,
    Tracts,
    Transform,
    TransformSeries,
    Volume,
    VolumeSeries,
)
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, hemisphere_files, open_data, sniff
from brainreel.formats.array_series import array_names
from brainreel.formats.balls import Balls
from brainreel.formats.label_tables import open_label_table
from brainreel.formats.stc_volumes import VOLUME_ESTIMATES
from brainreel.formats.transforms import is_transform
from brainreel.scene import (
    FileTransform,
    LabelSource,
    PointSource,
    ScalarSource,
    Source,
    SurfaceSource,
    TableSource,
    VolumeSource,
)

_TYPES: dict[str, tuple[type, ...]] = {
    "volume": (Volume, VolumeSeries),
    "points": (Balls,),
    "surface": (Mesh, MeshSeries),
    "values": (Series,),
    "labels": (Parcellation,),
    "transform": (Transform, TransformSeries),
    "table": (LabelTable,),
    "streamlines": (Tracts,),
}
_ARE = {
    "volume": "a volume",
    "points": "a table of points",
    "surface": "a surface",
    "values": "values of vertices",
    "labels": "labels of vertices",
    "transform": "a transform",
    "table": "a table of labels",
    "streamlines": "a bundle of streamlines",
}
_BELONGS = {
    "volume": "draw it in a layer of its own, volume: {name}",
    "points": "draw it in a layer of its own, points: {name}",
    "surface": "draw it in a layer of its own, surface: {name}",
    "values": "give a layer the surface they were computed on, and write paint: {{scalars: {name}}} there",
    "labels": "give a layer the surface they were drawn on, and write paint: {{labels: {name}}} there",
    "transform": "write transform: {{file: {name}}} in the layer that it moves",
    "table": "write color: {{file: {name}}} in the layer whose labels it names",
    "streamlines": "this version draws none",
}
_ELSEWHERE = {
    (
        "values",
        "volume",
    ): "sample it on the surface first (mri_vol2surf, wb_command -volume-to-surface-mapping), or draw "
    "it in a layer of its own, volume: {name}",
    ("values", "labels"): "write paint: {{labels: {name}}} in place of scalars:",
    ("labels", "values"): "write paint: {{scalars: {name}}} in place of labels:",
    ("labels", "volume"): "draw it in a layer of its own, labels: {name}",
    ("transform", "volume"): "only displacement fields, of three numbers a voxel, move anything",
}
_SNIFFED = {"volume": "volume", "mesh": "surface", "series": "values", "array": "values", "labels": "labels"}
_TABLES = (".csv", ".tsv", ".txt")
_MOST_NAMED = 3


def require_kind(key: str, source: Source, item: Data, data: Mapping[str, Data]) -> None:
    """Raise FormatError where `item`, the asset `key` beside others in `data`, is not what `source` is for."""
    wanted = _wanted(source)
    if wanted == "labels" and isinstance(source, LabelSource):
        require_one_of_several(item, source)
    if wanted == "values" and _is_volume(item, surfaces_of_layer(key, data)):
        raise FormatError(_told(source, item.name, "volume"))
    accepted = _TYPES["surface"] if wanted == "points" else _TYPES[wanted]
    if not isinstance(item, accepted):
        kind = next(kind for kind, types in _TYPES.items() if isinstance(item, types))
        raise FormatError(_told(source, item.name, kind))
    if wanted == "volume" and key.split(".")[-1] in ("red", "green", "blue") and ".labels." in key:
        raise FormatError(
            f"{source.origin}: {item.name} holds colours; labels are one of them, channel: red, green or blue"
        )


def why_not_read(source: Source, options: ReadOptions, surfaces: Iterable[Mesh]) -> str | None:
    """Why a file of `source` could not be read: it belongs elsewhere, or is none but something of the `surfaces`.

    None where the file is what is wanted, or nobody knows what it is.
    """
    for name, path in _files(source):
        if not path.exists():
            return _no_such_file(path, source, list(surfaces))
        kind = _kind_of(path, options) if path.is_file() else None
        if _wanted(source) == "volume" and path.name.endswith((*VOLUME_ESTIMATES, "-stc.h5")) and not _opens(path):
            continue  # its reader says that no source space is named that makes it a volume
        is_elsewhere = kind is not None and kind not in _read_as(source)
        if is_elsewhere or (kind == "volume" and _wanted(source) == "transform" and _opens(path)):
            return _told(source, name, str(kind))
    return None


def surfaces_of_layer(key: str, data: Mapping[str, Data]) -> list[Mesh]:
    """The surfaces among `data` of the layer that the asset `key` is of; of those over time the first moment."""
    found = [item for name, item in data.items() if name.startswith(f"{key.split('.')[0]}.surface.")]
    meshes = [item.mesh(0) if isinstance(item, MeshSeries) else item for item in found]
    return [mesh for mesh in meshes if isinstance(mesh, Mesh)]


def _wanted(source: Source) -> str:
    if isinstance(source, PointSource):
        return "points"
    kinds = {VolumeSource: "volume", ScalarSource: "values", LabelSource: "labels", SurfaceSource: "surface"}
    kinds |= {FileTransform: "transform", TableSource: "table"}
    return next(word for kind, word in kinds.items() if isinstance(source, kind))


def _read_as(source: Source) -> set[str]:
    """The kinds of files that can be what `source` is for."""
    wanted = _wanted(source)
    if isinstance(source, PointSource) and not source.is_table:
        return {"points", "surface", "volume", "values"}
    return {wanted} | {"values": {"surface"}, "transform": {"volume"}}.get(wanted, set())


def _told(source: Source, name: str, kind: str) -> str:
    wanted = _wanted(source)
    belongs = _ELSEWHERE.get((wanted, kind), _BELONGS[kind]).format(name=name)
    several = "values", "labels"
    has, s = "holds" if kind in several else "is", "" if wanted in several else "s"
    return f"{source.origin}: {name} {has} {_ARE[kind]}, where {_ARE[wanted]} belong{s}; {belongs}"


def _files(source: Source) -> Iterator[tuple[str, Path]]:
    """What a message calls each of the source's files, and the file; of those that a glob finds the first."""
    for name in source.paths:
        if not name.startswith("phantom:"):
            is_glob = glob.has_magic(name) and not Path(name).exists()
            found = glob.glob(name) if is_glob else []  # noqa: PTH207  (a Path has no glob from the root)
            yield Path(name).name, Path(natsorted(found)[0] if found else name)


def _kind_of(path: Path, options: ReadOptions) -> str | None:
    """What the file at `path` is; None where that is not known."""
    try:
        if is_transform(path):
            return "transform"
        kind = _SNIFFED[sniff(path, options)]
        return "points" if kind == "surface" and path.name.lower().endswith(_TABLES) else kind
    except FormatError:
        pass
    try:
        open_label_table(path)
    except FormatError:
        return None
    return "table"


def _opens(path: Path) -> bool:
    """Whether the file at `path` can be read as it is; no volume can that has three numbers a voxel."""
    try:
        open_data(path)
    except FormatError:
        return False
    return True


def _is_volume(item: Data, surfaces: list[Mesh]) -> bool:
    """Whether `item` are the voxels of a volume: as many as no surface has vertices, in a file of volumes."""
    path = getattr(item, "path", None)
    if not isinstance(item, Series) or not isinstance(path, Path) or item.vertices is not None:
        return False
    if not surfaces or item.width in [len(mesh.points) for mesh in surfaces]:
        return False
    return _kind_of(path, ReadOptions()) == "volume"


def _no_such_file(path: Path, source: Source, surfaces: list[Mesh]) -> str | None:
    """What of the `surfaces` was meant by the name of a file that is not there."""
    word = path.name
    for mesh in surfaces:
        names = array_names(mesh) if isinstance(source, ScalarSource) else ()
        near = [word] if word in names else difflib.get_close_matches(word, names, n=1, cutoff=0.75)
        if near:
            return (
                f"{source.origin}: there is no file {path}, but {mesh.name} has values of the name {near[0]}; write "
                f"{{array: {near[0]}}}"
            )
    folders = dict.fromkeys(folder for mesh in surfaces for folder in _folders(mesh))
    named = natsorted(file for folder in folders for file in _named(folder, word, source))
    if not named:
        return None
    pairs = dict.fromkeys(next(iter(hemisphere_files(file).values())) for file in named)
    shown = " or ".join(os.path.relpath(file, path.parent) for file in list(pairs)[:_MOST_NAMED])
    key = "labels" if isinstance(source, LabelSource) else "scalars"
    return f"{source.origin}: there is no file {path}; beside the surface lies what it may mean, write {key}: {shown}"


def _folders(mesh: Mesh) -> Iterator[Path]:
    """Where a subject's values and labels lie: beside its surface, and in FreeSurfer's folder of labels."""
    path = getattr(mesh, "path", None)
    if isinstance(path, Path):
        yield path.parent
        yield path.parent.parent / "label"


def _named(folder: Path, word: str, source: Source) -> list[Path]:
    """Files that have `word` between the dots and dashes of their names, and are what `source` is for."""
    if not folder.is_dir():
        return []
    files = [file for file in folder.iterdir() if word in re.split(r"[._-]", file.name) and file.is_file()]
    return [file for file in files if _kind_of(file, ReadOptions()) in _read_as(source) - {"surface"}]
