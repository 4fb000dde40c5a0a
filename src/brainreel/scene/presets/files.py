"""Files of presets: their size bounded, JSON with trailing commas, numbers in text."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError
from brainreel.scene.faults import Fault

LARGEST_BYTES = 8_000_000
MOST_POINTS = 10_000

_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|,(?=\s*+[\]}])', re.DOTALL)


def read_file(path: Path) -> bytes:
    """The bytes of `path`. Raises Fault where it cannot be read or is too large to be presets."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise Fault(f"{size:,} bytes are no presets; those of ParaView and Slicer are below {LARGEST_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise Fault(f"cannot be read: {error.strerror}") from None


def json_of(content: bytes) -> Any:
    """What the JSON `content` writes, commas after last items allowed, as ParaView has them. Raises Fault."""
    try:
        text = content.decode("utf-8-sig")
        strict = _STRING_OR_COMMA.sub(lambda found: found[0] if found[0] != "," else "", text)
        return json.loads(strict, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Fault(f"is no JSON: {str(error).splitlines()[0]}; export the preset from ParaView again") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def xml_of(content: bytes, path: Path) -> ElementTree.Element:
    """The root of the XML `content`; entities and document types are refused. Raises Fault."""
    try:
        return parse_xml(content, path)
    except FormatError as error:
        raise Fault(str(error).removeprefix(f"{path}: ")) from None


def numbers(values: Iterable[Any], what: str) -> list[float]:
    """Finite numbers of `values`, texts or numbers. Raises Fault that names `what` they are."""
    found: list[float] = []
    for value in values:
        try:
            number = float(value) if isinstance(value, str | int | float) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise Fault(f"{what} in the file is {str(value)[:40]}, which is no number; save the preset again")
        found.append(number)
    return found


def rows(values: list[float], width: int, what: str) -> list[list[float]]:
    """`values` in lists of `width`. Raises Fault where there are none, too many or some are left."""
    if not values or len(values) % width or len(values) > width * MOST_POINTS:
        raise Fault(f"{what} has {len(values)} numbers in the file, not {width} a point; save the preset again")
    return [values[start : start + width] for start in range(0, len(values), width)]


def ascending_points(points: list[list[float]]) -> list[list[float]]:
    """Points in the order of x. Of several at one place, which make a jump, the first and last stay, a hair apart."""
    ordered = sorted(points, key=lambda point: point[0])
    span = (ordered[-1][0] - ordered[0][0]) or 1.0
    places: dict[float, list[list[float]]] = {}
    for point in ordered:
        places.setdefault(point[0], []).append(point)
    kept: list[list[float]] = []
    for x, same in places.items():
        kept.append(same[0])
        if len(same) > 1:
            kept.append([x + 1e-6 * span, *same[-1][1:]])
    return [point for index, point in enumerate(kept) if index == 0 or point[0] > kept[index - 1][0]]
