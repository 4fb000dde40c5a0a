"""Data by their names: what one path or phantom holds, as a scene would open it."""

from collections.abc import Mapping
from typing import Any

from brainreel.assets.opening import PHANTOM, one_path, open_every_channel, open_source, options_of
from brainreel.assets.reading import read_volume
from brainreel.assets.roles import described, kind_of
from brainreel.data import Channels, Data, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions
from brainreel.formats.transforms import is_transform, open_transform
from brainreel.phantom import open_phantom
from brainreel.scene import LabelSource, ScalarSource, SurfaceSource, VolumeSource

_RAW = ("dtype", "shape", "spacing", "byte_order", "component", "space")


def options_of_data(reading: Mapping[str, Any]) -> ReadOptions:
    """How readers are told what the files do not state."""
    stated = {key: value for key, value in reading.items() if key != "times"}
    return options_of(VolumeSource(file="", **stated), "mm")


def open_parts(name: str, reading: Mapping[str, Any]) -> dict[str, Data]:
    """What one path or phantom holds, its other hemisphere and all its channels included, by part.

    Parts are `volume`, `red`, `green`, `blue`, `channel` and its name, or `left`, `right`, `whole`.
    """
    if is_transform(name):
        return {"volume": open_transform(name)}
    kind = kind_of(name, reading)
    if kind == "volume":
        volume = VolumeSource(file=name, **described(name, reading))
        return open_every_channel(volume, options_of(volume, "mm"))
    if kind == "labels":
        source = LabelSource(file=name)
    elif kind == "mesh":
        source = SurfaceSource(file=name)
    else:
        source = ScalarSource(file=name, **described(name, reading, *_RAW))
    return open_source(source, options_of(source, "mm"))


def open_image(name: str, reading: Mapping[str, Any]) -> Volume | VolumeSeries | Channels:
    """The one volume, or the image of several channels or moments, at a path or of a phantom."""
    if (kind := kind_of(name, reading)) != "volume":
        raise FormatError(f"{name}: is a {kind}; a volume is needed")
    source = VolumeSource(file=name, **described(name, reading))
    options = options_of(source, "mm")
    is_phantom = name.startswith(PHANTOM)
    found = open_phantom(name)["volume"] if is_phantom else read_volume(one_path(name, source), options)
    if not isinstance(found, Volume | VolumeSeries | Channels):
        raise FormatError(f"{name}: holds no volume")
    return found
