"""What OME's XML, inside a TIFF file, says of the first image: voxel sizes, time between moments, channels."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError
from brainreel.formats.images import ChannelLook, length_mm, time_s

Sizes = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class OmeImage:
    """Voxel sizes (z, y, x) in mm and seconds between moments, None where not stated, and a look a channel."""

    sizes_mm: Sizes
    step_s: float | None
    looks: tuple[ChannelLook, ...]


def ome_image(text: str, path: Path) -> OmeImage:
    """What `text` of the file `path` says of its first image.

    Raises FormatError where it is no XML, declares entities, or says that planes lie in other files.
    """
    root = parse_xml(text, path)
    binary_only = root.find("BinaryOnly")
    if binary_only is not None:
        raise FormatError(f"{path}: its description lies in {binary_only.get('MetadataFile')}; save it as one OME-TIFF")
    pixels = root.find("Image/Pixels")
    if pixels is None:
        raise FormatError(f"{path}: its OME description names no image; save the stack anew")
    files = {(uuid.text or "").strip() for uuid in pixels.iter("UUID")}
    if len(files) > 1:
        raise FormatError(
            f"{path}: its image lies in {len(files)} files; this version reads OME-TIFF of one file: join them, for "
            "example with `bfconvert -noflat` or in ImageJ"
        )
    z, y, x = (_quantity(pixels, f"PhysicalSize{axis}", "µm", length_mm) for axis in "ZYX")
    return OmeImage(
        (z, y, x), _quantity(pixels, "TimeIncrement", "s", time_s), tuple(map(_look, pixels.iter("Channel")))
    )


def _quantity(
    pixels: ElementTree.Element, key: str, default_unit: str, factor_of: Callable[[object], float | None]
) -> float | None:
    """The attribute `key` times the factor of its unit."""
    number, factor = _number(pixels.get(key)), factor_of(pixels.get(f"{key}Unit", default_unit))
    return number * factor if number is not None and factor is not None and number > 0 else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _look(channel: ElementTree.Element) -> ChannelLook:
    """Name and colour; OME's colour is a signed number of four bytes: red, green, blue, alpha. White says nothing."""
    stated = channel.get("Color", "")
    try:
        red, green, blue, _ = (int(stated) & 0xFFFFFFFF).to_bytes(4, "big")
    except ValueError:
        return ChannelLook(channel.get("Name", ""))
    color = (red / 255, green / 255, blue / 255)
    return ChannelLook(channel.get("Name", ""), None if color in ((1, 1, 1), (0, 0, 0)) else color)
