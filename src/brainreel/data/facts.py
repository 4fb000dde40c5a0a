"""What `timeline` knows about data: frozen, small, JSON. Whoever has the Facts needs no data to animate a scene."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from brainreel.data.labels import LabelEntry
from brainreel.data.times import TimeAxis
from brainreel.space import Box, Reach

Matrix = tuple[tuple[float, float, float, float], ...]
"""(4, 4), row by row."""
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """A volume, or several moments of one. `quantiles[k]` is the value below which k / (len - 1) of the voxels lie.

    `hull` are the outermost world points of what is not background, `background` the value that separates the two.
    `times` are the moments of a volume that has several. `labels` are all its values where it was opened as a
    segmentation. `is_color`: one of the three channels of a colour image.
    """

    name: str
    shape: tuple[int, int, int]
    dtype: str
    world_from_voxel: tuple[tuple[float, ...], ...]
    unit: str
    bounds: Box
    spacing: Point
    quantiles: tuple[float, ...]
    background: float
    hull: tuple[Point, ...]
    fingerprint: str
    times: TimeAxis | None = None
    labels: tuple[int, ...] = ()
    is_color: bool = False
    kind: str = "volume"


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """Named values per vertex or triangle: the lowest and the highest, and how many numbers each has.

    `missing`: how many of the numbers are none. `unit` is "" where the file states none. `problem`: why there is no
    range, which is then 0 to 0. `lengths`: of vectors in space those of the shortest and of the longest.
    """

    name: str
    low: float
    high: float
    components: int = 1
    dtype: str = ""
    missing: int = 0
    unit: str = ""
    problem: str = ""
    lengths: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class MeshFacts:
    """A surface of one hemisphere or of none, or several moments of one.

    `times` are the moments of a surface that has several: bounds and hull are of all or of evenly spaced ones,
    `measured` of them. `same_faces`: these have the same triangles, so that something lies between them.
    `point_names` and `point_rows`: of the balls of a file of points, "" each where it states no name, and in which of
    its rows they are; none of any other surface.
    """

    name: str
    vertex_count: int
    face_count: int
    hemi: str | None
    bounds: Box
    hull: tuple[Point, ...]
    arrays: tuple[str, ...]
    fingerprint: str
    unit: str = "mm"
    times: TimeAxis | None = None
    measured: int = 1
    same_faces: bool = True
    point_names: tuple[str, ...] = ()
    point_rows: tuple[int, ...] = ()
    kind: str = "mesh"


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """Values over time. `quantiles` are of the values, `magnitude_quantiles` of their absolute values.

    `missing`: how many of the values that were looked at are no number. `maps`: the names of the moments, where the
    file states them, with their ranges. `are_lengths`: the values are those of vectors.
    """

    name: str
    times: TimeAxis
    width: int
    hemi: str | None
    quantiles: tuple[float, ...]
    magnitude_quantiles: tuple[float, ...]
    fingerprint: str
    missing: int = 0
    maps: tuple[ArrayFacts, ...] = ()
    are_lengths: bool = False
    kind: str = "series"


@dataclass(frozen=True, slots=True)
class ParcellationFacts:
    """Labels on vertices: `labels` are those that vertices have, `entries` what the file's table says of labels.

    `unlabelled`: how many vertices have no label of the table. `maps`: the parcellations of the file, by name.
    """

    name: str
    vertex_count: int
    hemi: str | None
    labels: tuple[int, ...]
    entries: tuple[LabelEntry, ...]
    unlabelled: int
    fingerprint: str
    maps: tuple[str, ...] = ()
    kind: str = "parcels"


@dataclass(frozen=True, slots=True)
class LabelTableFacts:
    """A table of labels: what `LabelTable` holds."""

    name: str
    entries: tuple[LabelEntry, ...]
    fingerprint: str
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class TransformFacts:
    """What moves a layer, at each of its moments: affines (4, 4), and of a warp the least and the largest displacement
    (x, y, z), applied first to last."""

    name: str
    moments: tuple[tuple[Matrix | Reach, ...], ...]
    fingerprint: str
    times: TimeAxis | None = None
    kind: str = "transform"


@dataclass(frozen=True)
class ImageFacts:
    """A picture file to lay over the movie: `name` is its path, `fingerprint` the digest of its content."""

    name: str
    fingerprint: str
    kind: str = "image"


AnyFacts = VolumeFacts | MeshFacts | SeriesFacts | ParcellationFacts | LabelTableFacts | TransformFacts | ImageFacts


@dataclass(frozen=True)
class Facts:
    """Facts by asset key: `pli.volume`, `cortex.surface.left`, `cortex.paint.0.left` (`.whole` without a hemisphere).

    The part before the first dot is the layer's name; `overlays.2.image` is that of an overlay.
    """

    assets: Mapping[str, AnyFacts] = field(default_factory=dict)

    def to_json(self) -> str:
        """One JSON object; `from_json` gives an equal value back."""
        return json.dumps({key: asdict(facts) for key, facts in self.assets.items()})

    @classmethod
    def from_json(cls, text: str) -> "Facts":
        """The Facts that `to_json` wrote."""
        kinds = {"volume": VolumeFacts, "mesh": MeshFacts, "series": SeriesFacts, "table": LabelTableFacts}
        kinds |= {"image": ImageFacts, "parcels": ParcellationFacts, "transform": TransformFacts}
        return cls({key: kinds[value["kind"]](**_revive(value)) for key, value in json.loads(text).items()})


def quantile(quantiles: tuple[float, ...], fraction: float) -> float:
    """The value below which `fraction` (0..1) lies, linear between the stored ones."""
    return float(np.interp(fraction, np.linspace(0, 1, len(quantiles)), quantiles))


def _revive(value: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists and objects back as the tuples and dataclasses that were written."""

    def frozen(item: Any) -> Any:
        return tuple(map(frozen, item)) if isinstance(item, list) else item

    def is_plain(item: Any) -> bool:
        return not isinstance(item, dict) and not (isinstance(item, list) and item and isinstance(item[0], dict))

    fields = {key: frozen(item) for key, item in value.items() if is_plain(item)}
    if "bounds" in value:
        fields["bounds"] = Box(**{key: frozen(item) for key, item in value["bounds"].items()})
    if value.get("times") is not None:
        fields["times"] = TimeAxis(**{key: frozen(item) for key, item in value["times"].items()})
    if "entries" in value:
        fields["entries"] = tuple(LabelEntry(**{k: frozen(v) for k, v in entry.items()}) for entry in value["entries"])
    if value["kind"] == "series":
        fields["maps"] = tuple(ArrayFacts(**one) for one in value["maps"])
    return fields
