"""Cycling overlays: several values that paint a surface one after the other."""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import ValidationError, model_validator

from brainreel.scene.faults import Fault, faults_of
from brainreel.scene.model import Model, Reads
from brainreel.scene.segments import DURATION
from brainreel.scene.sources import ScalarSource
from brainreel.scene.times import Time

_ARRAY = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]*")
"""What names an array of the geometry; a file has a dot or a slash."""
_SIDE = re.compile(
    r"^(lh|rh)\.|(?<=[_.-])(lh|rh|left|right|hemi-[LR])(?=[_.-]|$)|\.(gii|gz|shape|func|mgz|mgh|npy|csv)(?=\.|$)"
)


class CyclingSource(Model):
    """Values that are seen for `each` of the movie, one after the other and from the first again.

    `cycle` names arrays of the geometry and files. `blend` is how long one goes over into the next: half of it before,
    half of it after the turn.
    """

    cycle: Annotated[tuple[ScalarSource, ...], Reads(lambda value: _read_cycle(value), {"type": "array"})]
    each: Annotated[Time, DURATION]
    blend: Annotated[Time | None, DURATION] = None

    @model_validator(mode="after")
    def _blends_in_time(self) -> "CyclingSource":
        each_s, blend_s = self.each.fixed_s, self.blend.fixed_s if self.blend else None
        if each_s is not None and blend_s is not None and blend_s > each_s:
            raise Fault(f"takes longer than each is seen, {self.each}; shorten it", ("blend",), self.blend)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """What each is called: its array, or its file without hemisphere and endings."""
        return tuple(_name(source) for source in self.cycle)


def _name(source: ScalarSource) -> str:
    array = getattr(source, "array", None)
    if array:
        return str(array)
    text = PurePath(source.paths[0]).name
    return _SIDE.sub("", text).strip("._- ") or text


def _read_cycle(value: Any) -> tuple[ScalarSource, ...]:
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise Fault("expects a list of arrays or files, two at least, such as [thickness, curv, sulc]", value=value)
    return tuple(_read_item(item, index) for index, item in enumerate(value))


def _read_item(value: Any, index: int) -> ScalarSource:
    if isinstance(value, str):
        value = {"array" if _ARRAY.fullmatch(value) else "file": value}
    if isinstance(value, Mapping) and isinstance(value.get("file"), str) and _ARRAY.fullmatch(value["file"]):
        value = {**value, "file": f"./{value['file']}"}  # so that it stays a file where it is written alone
    try:
        return value if isinstance(value, ScalarSource) else ScalarSource.model_validate(value)
    except ValidationError as error:
        raise faults_of(error)[0].under(index) from None


def read_values(value: Any) -> ScalarSource | CyclingSource:
    """Values from one source, which may be bare text, or several that take turns."""
    if isinstance(value, ScalarSource | CyclingSource):
        return value
    if isinstance(value, Mapping) and "cycle" in value:
        return CyclingSource.model_validate(value)
    return ScalarSource.model_validate({"file": value} if isinstance(value, str) else value)


Values = Annotated[ScalarSource | CyclingSource, Reads(read_values, {"type": "string"})]


def cycling_paints(layers: Mapping[str, Any]) -> dict[str, CyclingSource]:
    """The cycling paints of layers by what a label names them: `cortex.0`, and `cortex` for the topmost."""
    found = {}
    for name, layer in layers.items():
        for index, paint in enumerate(getattr(layer, "paint", ())):
            if isinstance(source := getattr(paint, "scalars", None), CyclingSource):
                found |= {f"{name}.{index}": source, name: source}
    return found
