"""A scene as YAML that is pleasant to read: short things on one line, comments of a loaded file kept."""

import copy
import io
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from brainreel.scene.document import Document
from brainreel.scene.faults import Fault
from brainreel.scene.kinds import KINDS
from brainreel.scene.plain import plain
from brainreel.scene.scene import Scene

WIDTH = 116
BLOCKS = ("clocks", "layers", "views", "camera", "overlays")
"""Sections whose entries stand on lines of their own."""


def write(scene: Scene) -> str:
    """The scene's YAML."""
    root = _styled_scene(plain(scene)) if scene.document is None else _merged_document(scene)
    return _text(root)


def _text(root: Any) -> str:
    yaml = YAML()
    yaml.representer.add_representer(ScalarFloat, _represent_float)
    yaml.width = 4096
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(root, stream)
    return stream.getvalue()


def _represent_float(representer: Any, number: ScalarFloat) -> Any:
    """A number as it was written, or all its digits where ruamel would drop the last ones (with powers of ten)."""
    node = representer.represent_scalar_float(number)
    if float(node.value) != float(number):
        node.value = repr(float(number))
    return node


def _styled_scene(mapping: dict[str, Any]) -> CommentedMap:
    root = CommentedMap()
    for key, value in mapping.items():
        root[key] = _block(value, 1) if key in BLOCKS else _styled(value, len(key) + 2)
    return root


def _block(value: Any, depth: int) -> Any:
    """`value` with its entries on lines of their own, each as short as it can be; layers are opened once more."""
    if isinstance(value, dict):
        block = CommentedMap()
        for key, item in value.items():
            opened = depth == 1 and isinstance(item, dict) and not KINDS.keys().isdisjoint(item)
            block[key] = _block(item, depth + 1) if opened else _styled(item, 2 * depth + len(str(key)) + 2)
        return block
    return CommentedSeq([_entry(item, 2 * depth + 2) for item in value])


def _entry(item: Any, indent: int) -> Any:
    """An entry of a list; a camera's `orbit: {...}` needs no braces around it."""
    if isinstance(item, dict) and len(item) == 1:
        ((key, value),) = item.items()
        return CommentedMap({key: _styled(value, indent + len(key) + 2)})
    return _styled(item, indent)


def _styled(value: Any, indent: int) -> Any:
    """`value` in flow style where that fits the line, else in block style, its parts the same way."""
    if not isinstance(value, dict | list):
        return _quoted(value)
    node = _flow(value)
    if indent + len(_flow_text(node)) <= WIDTH:
        return node
    if isinstance(value, dict):
        block = CommentedMap()
        for key, item in value.items():
            block[key] = _styled(item, indent + 2)
        return block
    return CommentedSeq([_styled(item, indent + 2) for item in value])


def _flow(value: Any) -> Any:
    if isinstance(value, dict):
        node: Any = CommentedMap((key, _flow(item)) for key, item in value.items())
    elif isinstance(value, list):
        node = CommentedSeq([_flow(item) for item in value])
    else:
        return _quoted(value)
    node.fa.set_flow_style()
    return node


def _quoted(value: Any) -> Any:
    """Text that must be quoted, in the quotes that people write."""
    if isinstance(value, str) and _text(CommentedSeq([value]))[4:].startswith("'"):
        return DoubleQuotedScalarString(value)
    return value


def _flow_text(node: Any) -> str:
    return _text(CommentedSeq([node]))[4:].rstrip("\n")


def _merged_document(scene: Scene) -> CommentedMap:
    """The document that the scene was read from, changed only where the scene differs from it."""
    document = scene.document
    assert document is not None
    root = copy.deepcopy(document.root)
    wanted = plain(scene)
    before = _read_as(document, scene)
    own_vars = {name: str(text) for name, text in (root.get("vars") or {}).items()}
    if before:
        _write_out_copies(root["layers"], before["layers"], wanted["layers"])
    _merge(root, {**before, **({"vars": own_vars} if own_vars else {})}, wanted)
    return root


def _read_as(document: Document, scene: Scene) -> dict[str, Any]:
    """What the document alone says with the scene's variables; nothing where only `--set` made a scene of it."""
    try:
        return plain(Scene.model_validate(document.plain(scene.vars, with_sets=False)))
    except (ValidationError, Fault):
        return {}


def _merge(node: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Change `node`, which reads as `before`, so that it reads as `after`."""
    for key in [key for key in before if key not in after and key in node]:
        del node[key]
    for key, value in after.items():
        old = before.get(key)
        if key in before and old == value:
            continue
        node[key] = _changed(node.get(key), old, value)


def _changed(node: Any, old: Any, value: Any) -> Any:
    """`node`, which reads as `old`, or what stands in its place, so that it reads as `value`."""
    if isinstance(node, CommentedSeq) and len(node) == 1 and isinstance(value, dict):
        node[0] = _changed(node[0], old, value)
        return node
    if isinstance(node, CommentedMap) and isinstance(old, dict) and isinstance(value, dict):
        _merge(node, old, value)
        return node
    lists = isinstance(node, CommentedSeq) and isinstance(old, list) and isinstance(value, list)
    if lists and len(node) == len(old) == len(value):
        for index, (before, after) in enumerate(zip(old, value, strict=True)):
            if before != after:
                node[index] = _changed(node[index], before, after)
        return node
    return _styled(value, 8)


def _write_out_copies(layers: CommentedMap, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Write out whole each layer written as `like:` another that would not read as `after` any more."""
    for name in [name for name in layers if "like" in layers[name] and name in after]:
        model = layers[name]["like"]
        if before.get(model) != after.get(model) or set(before[name]) - set(after[name]):
            layers[name] = _styled(after[name], 8)
