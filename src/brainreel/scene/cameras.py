"""Camera segments: `orbit`, `still`, `path` and `flight`, one after the other."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ValidationError

from brainreel.scene.faults import Fault, faults_of, nearest
from brainreel.scene.flights import Flight, Path
from brainreel.scene.model import Reads
from brainreel.scene.orbits import Orbit, Still
from brainreel.scene.segments import Segment

SEGMENTS: dict[str, type[Segment]] = {"orbit": Orbit, "still": Still, "path": Path, "flight": Flight}


def read_segment(value: Any) -> Segment:
    """The segment in `{orbit: {...}}`, or another of SEGMENTS. Raises Fault for anything else."""
    if isinstance(value, Segment):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        raise Fault("a camera segment is {orbit: {...}} or {still: {...}}; `for` goes inside", value=value)
    ((key, body),) = value.items()
    if key not in SEGMENTS:
        raise Fault(f"is no camera; {nearest(key, SEGMENTS)}", (str(key),))
    return _read_body(str(key), body)


def _read_body(key: str, body: Any) -> Segment:
    try:
        return body if isinstance(body, SEGMENTS[key]) else SEGMENTS[key].model_validate(body)
    except ValidationError as error:
        raise faults_of(error)[0].under(key) from None


def _written_segments(schema: dict[str, Any]) -> dict[str, Any]:
    """`{orbit: {...}}` and so on, from the schema of their insides."""
    wrapped = [
        {"type": "object", "properties": {key: body}, "required": [key], "additionalProperties": False}
        for key, body in zip(SEGMENTS, schema["anyOf"], strict=True)
    ]
    return {"anyOf": wrapped}


AnySegment = Annotated[Orbit | Still | Path | Flight, Reads(read_segment, written=_written_segments)]
