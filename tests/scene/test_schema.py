"""The JSON schema takes what scenes may say, and refuses what they may not."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from brainreel import scene

SCHEMA = scene.schema()
EXAMPLES = sorted(Path(__file__).parents[2].joinpath("examples").glob("*.scene.yaml"))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def takes(schema: dict[str, Any], value: Any) -> bool:
    """Whether `value` is valid: the part of JSON schema that ours uses."""
    if "$ref" in schema:
        return takes(SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]], value)
    if "anyOf" in schema and not any(takes(option, value) for option in schema["anyOf"]):
        return False
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return False
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(isinstance(value, TYPES[name]) for name in names):
        return False
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        inside = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        first = schema.get("prefixItems", [])
        rest = value[len(first) :]
        return (
            inside
            and all(takes(one, item) for one, item in zip(first, value, strict=False))
            and all(takes(schema.get("items", {}), item) for item in rest)
        )
    if isinstance(value, dict):
        return all(key in value for key in schema.get("required", [])) and all(
            takes_key(schema, key, item) for key, item in value.items()
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def takes_key(schema: dict[str, Any], key: str, value: Any) -> bool:
    if key in schema.get("properties", {}):
        return takes(schema["properties"][key], value)
    for pattern, inner in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return takes(inner, value)
    more = schema.get("additionalProperties", True)
    return takes(more, value) if isinstance(more, dict) else more


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def test_a_scene_that_says_a_little_of_everything(full: str) -> None:
    assert takes(SCHEMA, read(full))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples(path: Path) -> None:
    assert takes(SCHEMA, read(path.read_text()))


@pytest.mark.parametrize(
    "line",
    [
        "alpha: {0s: 1, onset+1s: 0.5, ease: {0s: in}}",
        "cut: {left: {0s: 0%, 8s: 50%}}",
        "unit_distance: 2mm",
        "shading: {ambient: 0.5}",
        "opacity: {points: [[p50, 0], [9, 1, 0.5, 0.2]]}",
        "visible: {0s: true, 1s: false}",
    ],
)
def test_lines_of_a_layer_that_are_right(with_layer, line: str) -> None:
    scene.loads(with_layer(line, top="marks: {onset: 2s}\n"))
    assert takes(SCHEMA, read(with_layer(line)))


@pytest.mark.parametrize(
    "segment",
    [
        "orbit: {around: [pli, all], follow: {0s: [0, 0, 0], 1s: pli}, parallel: true, parallel_scale: {0s: 2cm}}",
        "still: {position: [0, -9, 0], focal: {0s: pli, 2s: [0, 0, 1]}}",
        "path: {positions: [[0, 0, 1], [0, 1, 0]], closed: true, focal: pli, up: left}",
        "path: {keys: [{at: 0s, positions: [[0, 0, 1]], view_angle: 9deg}, {at: 100%}]}",
        "flight: {keys: [{at: 0s, position: [0, 0, 1]}, {at: 8s, frame: all}], interpolate: smooth, ease: in}",
    ],
)
def test_cameras_that_are_right(with_layer, segment: str) -> None:
    text = with_layer(top=f"camera: [{{{segment}}}]\n")
    scene.loads(text)
    assert takes(SCHEMA, read(text))


@pytest.mark.parametrize(
    "line",
    [
        "alpha: 1.4",
        "alpha: {0s: 1, foo: 2}",
        "alpha: {0s: 1, ease: inout}",
        "opactiy: auto",
        "cut: {lefft: 50%}",
        "shading: phong",
        "visible: no",
        "opacity: {points: [[1]]}",
        "alpha: null",
    ],
)
def test_lines_of_a_layer_that_are_wrong(with_layer, line: str) -> None:
    assert not takes(SCHEMA, read(with_layer(line)))


@pytest.mark.parametrize(
    "line",
    [
        "camera: [{orbti: {}}]",
        "camera: [{orbit: {turn: 3}}]",
        "camera: [{around: all}]",
        "camera: [{flight: {}}]",
        "camera: [{flight: {keys: [{position: [0, 0, 1]}]}}]",
        "camera: [{path: {positions: [[0, 1]]}}]",
        "camera: [{path: {positions: []}}]",
        "camera: [{orbit: {around: []}}]",
        "camera: [{orbit: {parallel: 1}}]",
        "overlays: [{text: a, place: nowhere}]",
        "overlays: [{txt: a}]",
        "movie: {length: 10}",
        "brainreel: 2",
    ],
)
def test_lines_at_the_top_that_are_wrong(with_layer, line: str) -> None:
    text = with_layer(top=line + "\n")
    assert not takes(SCHEMA, read(text if not line.startswith("brainreel") else text.replace("brainreel: 1\n", "")))
