"""A scene's YAML file: read with its comments and lines, its traps named, its variables and copies filled in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from brainreel.errors import SceneError
from brainreel.scene.faults import Fault, Path, nearest, written_path
from brainreel.scene.presets import with_presets
from brainreel.scene.values import Substituted
from brainreel.scene.yaml_traps import check_not_null, plain_scalar

MOST_VALUES = 100_000
DEEPEST = 60


@dataclass(frozen=True)
class Document:
    """What was read: `name` as messages show it, the lines of the text, the tree with comments and line numbers.

    `sets` are paths with values that stand in place of the file's, with the option that gave them.
    """

    name: str
    lines: tuple[str, ...]
    root: CommentedMap
    path: FilePath | None = None
    sets: tuple[tuple[str, Any], ...] = ()

    @property
    def folder(self) -> FilePath | None:
        """Where relative paths begin."""
        return self.path.parent if self.path else None

    def plain(self, variables: Mapping[str, str], with_sets: bool = True) -> dict[str, Any]:
        """Dicts, lists and scalars; `sets` applied, variables put in, `like:` copied, presets read. Raises Fault."""
        mapping = _Unwrap(self.lines)(self.root)
        for key, value in self.sets if with_sets else ():
            assign(mapping, key, value)
        given = dict(mapping.get("vars") or {}) if isinstance(mapping.get("vars", {}), dict) else {}
        mapping = _substitute(mapping, _settle(given, variables), ())
        if variables:
            mapping["vars"] = {**given, **variables}
        if isinstance(mapping.get("layers"), dict):
            mapping["layers"] = {name: self._whole_layer(mapping["layers"], name) for name in mapping["layers"]}
        return mapping

    def _whole_layer(self, layers: Mapping[str, Any], name: str) -> Any:
        """The layer `name` with what it is like and what its presets say filled in."""
        layer = _like(layers, name, ())
        try:
            return with_presets(layer, self.folder)
        except Fault as fault:
            raise fault.under("layers", name) from None

    def error(self, faults: Sequence[Fault]) -> SceneError:
        """One error for all `faults`, a line each, in the order of the file."""
        faults = [fault for fault in faults if not self._is_copied(fault.path)] or faults
        lines = sorted(
            {(self._line(fault.path) or 0, f"{self._begin(fault.path)}{fault.sentence()}") for fault in faults}
        )
        return SceneError("\n".join(sentence for _, sentence in lines))

    def _is_copied(self, path: Path) -> bool:
        """Whether what `path` leads to stands in another layer, which this one is like."""
        if path[:1] != ("layers",) or len(path) < 3:
            return False
        layer = self.root["layers"].get(path[1])
        return isinstance(layer, CommentedMap) and "like" in layer and path[2] not in layer

    def place(self, path: Path) -> str:
        """`file:line: key`."""
        return f"{self._begin(path)}{written_path(path)}"

    def _begin(self, path: Path) -> str:
        for key, _ in self.sets:
            steps = split_key(key)
            if path[: len(steps)] == steps or (path and steps[: len(path)] == path):
                return "--set: "
        line = self._line(path)
        return f"{self.name}:{line}: " if line else f"{self.name}: "

    def _line(self, path: Path) -> int | None:
        """The line, from 1, of what `path` leads to, or of the last thing on the way that is in the file."""
        node, line = self.root, 1 if path else None
        for depth, step in enumerate(path):
            key = _key_in(node, step)
            if key is None and isinstance(node, CommentedMap) and "like" in node and depth == 2:
                node = self.root["layers"].get(node["like"])
                key = _key_in(node, step)
            if key is None:
                if isinstance(step, int) and isinstance(node, CommentedMap):
                    continue
                break
            line = node.lc.data[key][0] + 1 if key in (node.lc.data or {}) else line
            node = node[key]
        return line


def _key_in(node: Any, step: str | int) -> Any:
    """The key of `node` that is written as `step`."""
    if isinstance(node, CommentedMap):
        return next((key for key in node if key == step or str(key) == step), None)
    if isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
        return step
    return None


class _Unwrap:
    """The tree as plain Python values; raises Fault at what has no meaning in any scene."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines, self.count = lines, 0

    def __call__(self, node: Any, path: Path = ()) -> Any:
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            raise Fault(
                f"aliases (&, *) expand to more than {MOST_VALUES} values; write like: or the values themselves"
            )
        if isinstance(node, Mapping):
            result = {}
            for key, value in node.items():
                here = (*path, key if isinstance(key, int) else str(key))
                check_not_null(key, value, here, self._line_of(node, key))
                result[plain_scalar(key, path)] = self(value, here)
            return result
        if isinstance(node, list):
            for index, item in enumerate(node):
                check_not_null(index, item, (*path, index), self._line_of(node, index))
            return [self(item, (*path, index)) for index, item in enumerate(node)]
        return plain_scalar(node, path)

    def _line_of(self, node: Any, key: Any) -> str:
        data = getattr(node, "lc", None) and node.lc.data
        return self.lines[data[key][0]] if data and key in data and data[key][0] < len(self.lines) else ""


_VARIABLE = re.compile(r"\$\(([^)]*)\)")


def _settle(given: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, those of the command line before the file's, with other variables inside them put in."""
    unknown = next((name for name in variables if name not in given), None)
    if unknown is not None:
        raise Fault(f"there is no such variable in the scene; {nearest(unknown, given)}", ("vars", unknown))
    texts = {name: str(value) for name, value in {**given, **variables}.items()}
    for _ in range(len(texts)):
        texts = {name: str(_substituted(text, texts, ("vars", name))) for name, text in texts.items()}
    for name, text in texts.items():
        if _VARIABLE.search(text):
            raise Fault("is made of itself", ("vars", name))
    return texts


def _substitute(node: Any, texts: Mapping[str, str], path: Path) -> Any:
    """A copy of `node` with `$(name)` replaced in every text."""
    if isinstance(node, dict):
        return {key: _substitute(value, texts, (*path, key)) for key, value in node.items()}
    if isinstance(node, list):
        return [_substitute(value, texts, (*path, index)) for index, value in enumerate(node)]
    return _substituted(node, texts, path) if isinstance(node, str) else node


def _substituted(text: str, texts: Mapping[str, str], path: Path) -> str:
    def put(match: re.Match[str]) -> str:
        if match[1] not in texts:
            raise Fault(f"there is no variable {match[1]}; {nearest(match[1], texts)}", path, text)
        return texts[match[1]]

    result = _VARIABLE.sub(put, text)
    return Substituted(result) if _VARIABLE.fullmatch(text) else result


def _like(layers: Mapping[str, Any], name: str, seen: tuple[str, ...]) -> Any:
    """The layer `name`, with what it is like filled in."""
    layer = layers[name]
    if not isinstance(layer, dict) or "like" not in layer:
        return layer
    model = layer["like"]
    if not isinstance(model, str) or model not in layers:
        raise Fault(f"there is no such layer; {nearest(model, layers)}", ("layers", name, "like"), model)
    if model in (*seen, name):
        raise Fault("layers are like each other in a circle: " + " -> ".join((*seen, name, model)), ("layers", name))
    base = _like(layers, model, (*seen, name))
    own = {key: value for key, value in layer.items() if key != "like"}
    return {**base, **own} if isinstance(base, dict) else own


def split_key(key: str) -> Path:
    """`camera[0].orbit.turn` or `camera.0.orbit.turn` in steps."""
    steps = re.sub(r"\[(\d+)\]", r".\1", key).split(".")
    return tuple(int(step) if step.isdigit() else step for step in steps)


def assign(mapping: dict[str, Any], key: str, value: Any) -> None:
    """Put `value` where `key` leads; only what names nothing (layers, clocks, segments) may be missing on the way."""
    steps = split_key(key)
    node: Any = mapping
    for depth, step in enumerate(steps[:-1]):
        node = _step_into(node, step, steps[: depth + 1])
    _put(node, steps, value)


def _step_into(node: Any, step: str | int, path: Path) -> Any:
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    if isinstance(node, dict) and path[-2:-1] == ("paint",) and step == 0:
        return node
    if not isinstance(node, dict) or isinstance(step, int):
        raise Fault("leads nowhere in the scene", path)
    if step not in node and len(path) == 2:
        raise Fault(f"there is no such name; {nearest(step, node)}", path)
    if isinstance(node.get(step), str) and step in {"volume", "surface", "points", "scalars"}:
        node[step] = {"file": node[step]}
    return node.setdefault(step, {})


def _put(node: Any, steps: Path, value: Any) -> None:
    last = steps[-1]
    in_list = isinstance(node, list) and isinstance(last, int) and last < len(node)
    in_mapping = isinstance(node, dict) and isinstance(last, str)
    if not (in_list or in_mapping):
        raise Fault("leads nowhere in the scene", steps)
    container: Any = node
    container[last] = value
