"""A colour for each number of a segmentation, an atlas or a parcellation."""

from collections.abc import Mapping
from typing import Annotated, Any

from brainreel.scene.faults import Fault
from brainreel.scene.leaves import COLOR, COLOR_LEAF, FILE, Leaf, MappingLeaf
from brainreel.scene.model import Model
from brainreel.scene.values import Color


def _read_label(value: Any) -> int:
    try:
        label = int(str(value))
    except ValueError:
        raise Fault("labels are whole numbers", value=value) from None
    return label


def _read_table(value: Any) -> dict[int, Color]:
    if not isinstance(value, Mapping) or not value:
        raise Fault("expects a table of labels and their colours, such as {17: red, 53: blue}", value=value)
    table = {}
    for key, color in value.items():
        try:
            table[_read_label(key)] = COLOR_LEAF.read(color)
        except Fault as fault:
            raise fault.under(str(key)) from None
    return table


def _read_labels(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise Fault("expects a list of labels, such as [17, 53]", value=value)
    return tuple(_read_label(item) for item in value)


TABLE = MappingLeaf(
    _read_table, {"type": "object", "patternProperties": {r"^-?\d+$": COLOR}}, "{17: red, 53: blue}", fixed=True
)
LABELS = Leaf(_read_labels, {"type": "array", "items": {"type": "integer"}}, "[17, 53]", smooth=False)


def _read_other(value: Any) -> Color | str:
    return value if value in ("auto", "hide") else COLOR_LEAF.read(value)


OTHER = Leaf(_read_other, {"anyOf": [{"enum": ["auto", "hide"]}, COLOR]}, "hide", fixed=True)


class LabelColors(Model):
    """A colour for each label: stated, from a table in a `file` (FreeSurfer's or ITK-SNAP's), or else `other`.

    `other: auto` takes distinct colours in the order of the labels; 0 is background and hidden unless stated.
    """

    labels: Annotated[dict[int, Color] | None, TABLE] = None
    file: Annotated[str | None, FILE] = None
    other: Annotated[Color | str, OTHER] = "auto"
