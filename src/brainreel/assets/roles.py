"""What each of several files is in a picture: anatomy, labels over it, surfaces, values on them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from brainreel.assets.measuring import even_sample
from brainreel.assets.opening import PHANTOM
from brainreel.assets.reading import read_volume
from brainreel.data import Channels, Mesh, Parcellation, Series, TimeAxis, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, hemisphere_files, sniff
from brainreel.formats.stc_volumes import VOLUME_ESTIMATES
from brainreel.formats.transforms import is_transform
from brainreel.phantom import open_phantom

ANATOMICAL = (
    *(".nii", ".nii.gz", ".mgz", ".mgh", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".img"),
    *(".fif", ".fif.gz", *VOLUME_ESTIMATES, "-stc.h5"),
)
"""Endings of formats that state where left and right are."""
MOST_LABELS = 64
"""Integer volumes with fewer different values are taken for labels."""
MOST_SEGMENTS = 8
"""And channels with fewer for segments."""


@dataclass(frozen=True)
class VolumeRole:
    """A volume: `channels` are its names and colours where it has several, `axis` its moments.

    `is_labels`: its values, or those of all its channels, are labels; `is_color`: its voxels hold colours.
    """

    path: str
    is_labels: bool = False
    is_flat: bool = False
    is_color: bool = False
    unit: str = "mm"
    channels: tuple[tuple[str, tuple[float, float, float] | None], ...] = ()
    axis: TimeAxis | None = None

    @property
    def states_anatomy(self) -> bool:
        """Whether its file says where left and right are."""
        return self.path.startswith(PHANTOM) or self.path.lower().endswith(ANATOMICAL)


@dataclass
class Roles:
    """Paths by what they are; a pair of hemispheres is one entry."""

    volumes: list[VolumeRole] = field(default_factory=list)
    surfaces: list[list[str]] = field(default_factory=list)
    series: list[str] = field(default_factory=list)
    parcels: list[str] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    """The spheres by which series are carried over to the surfaces, none where they are of these."""


def roles_of(data: Iterable[str], reading: Mapping[str, Any], options: ReadOptions) -> Roles:
    """What each of `data` (paths or phantoms) is. Raises FormatError where a file cannot be read."""
    roles = Roles()
    claimed: set[Path] = set()
    for text in data:
        kind = kind_of(text, reading)
        if kind == "volume":
            roles.volumes.append(_volume_role(text, options if takes_space(text) else replace(options, space=None)))
        elif text.startswith(PHANTOM) or Path(text) not in claimed:
            pair = [] if text.startswith(PHANTOM) else list(hemisphere_files(text).values())
            stated = [path for path in pair if str(path) in {str(Path(other)) for other in data}]
            claimed.update(stated)
            if kind == "mesh":
                roles.surfaces.append([str(path) for path in stated] if len(stated) > 1 else [text])
            else:
                (roles.parcels if kind == "labels" else roles.series).append(text)
    return roles


def kind_of(text: str, reading: Mapping[str, Any]) -> str:
    """volume, mesh, series, array or labels, from the name and the first bytes."""
    if is_transform(text):
        raise FormatError(f"{text}: is a transform, which moves data; write it in a scene, under transform: of a layer")
    if not text.startswith(PHANTOM):
        shape = reading.get("shape")
        options = ReadOptions(dtype=reading.get("dtype"), shape=shape and (shape["z"], shape["y"], shape["x"]))
        is_placed = "space" in reading and takes_space(text)
        return sniff(text, replace(options, space=Path(reading["space"])) if is_placed else options)
    part = next(iter(open_phantom(text).values()))
    kinds = {"volume": Volume, "mesh": Mesh, "series": Series, "labels": Parcellation}
    found = [kind for kind, protocol in kinds.items() if isinstance(part, protocol)]
    if not found:
        raise FormatError(f"{text}: this version draws volumes and surfaces, no bundles of streamlines yet")
    return found[0]


def takes_space(text: str) -> bool:
    """Whether what lies at `text` may be a volume source estimate, which a source space is named for."""
    return text.endswith((*VOLUME_ESTIMATES, "-stc.h5"))


def described(text: str, reading: Mapping[str, Any], *leave_out: str) -> dict[str, Any]:
    """What `reading` says of the source at `text`, without `leave_out`."""
    other = () if takes_space(text) else ("space",)
    return {key: value for key, value in reading.items() if key not in (*leave_out, *other)}


def _volume_role(path: str, options: ReadOptions) -> VolumeRole:
    item = next(iter(open_phantom(path).values())) if path.startswith(PHANTOM) else read_volume(path, options)
    channels: tuple[tuple[str, tuple[float, float, float] | None], ...] = ()
    masks = is_color = False
    if isinstance(item, Channels):
        several, is_color = len(item.channels) > 1, item.is_rgb
        if several and not item.is_rgb:
            channels = tuple((channel.name, channel.color) for channel in item.channels)
            masks = all(isinstance(one.data, Volume) and _holds_masks(one.data) for one in item.channels)
        item = item.channels[0].data
    axis = item.times if isinstance(item, VolumeSeries) else None
    first = item.moment(0) if isinstance(item, VolumeSeries) else item
    if not isinstance(first, Volume):
        raise FormatError(f"{path}: is no volume")
    return VolumeRole(
        path,
        is_labels=masks or (not channels and not is_color and _holds_labels(first, path)),
        is_flat=min(first.shape) == 1,
        is_color=is_color,
        unit=first.unit,
        channels=channels,
        axis=axis if axis is not None and axis.count > 1 else None,
    )


def _holds_masks(volume: Volume) -> bool:
    """Whether a channel says only where something is, and which: the segments of a segmentation."""
    return volume.dtype.kind in "ub" and len(np.unique(even_sample(volume))) <= MOST_SEGMENTS


def _holds_labels(volume: Volume, path: str) -> bool:
    """Whether the values are those of a segmentation: few, whole, and not the two of a picture in black and white."""
    if volume.dtype.kind == "f" and not re.search(r"(seg|label|atlas|parc)", Path(path).name.lower()):
        return False
    values = even_sample(volume)
    distinct = np.unique(values[np.isfinite(values)])
    return 2 < len(distinct) <= MOST_LABELS and np.array_equal(distinct, np.rint(distinct))
