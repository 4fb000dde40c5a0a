"""Reading scenes from files and text, and writing them: `load`, `loads`, `dump`, `save`, `schema`."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from brainreel.errors import SceneError
from brainreel.scene.document import Document
from brainreel.scene.reel import Reel
from brainreel.scene.scene import Scene
from brainreel.scene.writing import write
from brainreel.scene.yaml_traps import explain

LARGEST_BYTES = 4_000_000


def load(path: str | Path, variables: Mapping[str, str] | None = None, sets: Iterable[str] = ()) -> Scene:
    """The scene in the file `path`. `variables` replace those of `vars:`, `sets` are `key.key=value`.

    Raises SceneError: `file:line: key = value: what is wrong; remedy`, a line each.
    """
    path = Path(path)
    return loads(_text(path), str(path), variables, sets, path)


def _text(path: Path) -> str:
    """What the file holds. Raises SceneError where it is no text."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise SceneError(f"{path}: {size} bytes are no scene; scenes are short YAML files")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SceneError(f"{path}: cannot be read: {error.strerror}; name a scene file (.yaml)") from None
    except UnicodeDecodeError:
        raise SceneError(f"{path}: is not text in UTF-8, so no scene; save it as UTF-8") from None


def load_any(path: str | Path, variables: Mapping[str, str] | None = None, sets: Iterable[str] = ()) -> Scene | Reel:
    """The scene or the reel in the file `path`; otherwise as `load`."""
    path = Path(path)
    document = read(_text(path), str(path), path, tuple(map(_read_set, sets)))
    kind = Reel if "reel" in document.root else Scene
    return kind.of_document(document, variables or {})


def loads(
    text: str,
    name: str = "scene",
    variables: Mapping[str, str] | None = None,
    sets: Iterable[str] = (),
    path: Path | None = None,
) -> Scene:
    """The scene that the YAML `text` writes; `name` stands for the file in messages."""
    return Scene.of_document(read(text, name, path, tuple(map(_read_set, sets))), variables or {})


def read(text: str, name: str, path: Path | None = None, sets: tuple[tuple[str, Any], ...] = ()) -> Document:
    """The document in `text`. Raises SceneError where it is no YAML mapping."""
    lines = tuple(text.splitlines())
    try:
        yaml = YAML()
        yaml.preserve_quotes = True
        root = yaml.load(text)
    except MarkedYAMLError as error:
        line, problem = explain(error, lines)
        raise SceneError(f"{name}:{line}: {problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise SceneError(f"{name}: this is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(root, CommentedMap):
        raise SceneError(f"{name}:1: a scene is a mapping that begins with `brainreel: 1`")
    if "brainreel" not in root:
        raise SceneError(f"{name}:1: brainreel: is missing; begin the scene with `brainreel: 1`")
    return Document(name, lines, root, path, sets)


def _read_set(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise SceneError(f"--set {text}: write a key and a value, such as layers.pli.alpha=0.5")
    try:
        return key.strip(), YAML(typ="safe").load(value)
    except (YAMLError, ValueError, RecursionError):
        raise SceneError(f"--set {text}: the value is not YAML; put it in quotes") from None


def dump(scene: Scene) -> str:
    """The scene as YAML. One that was loaded keeps its comments, order and wording wherever it is unchanged."""
    return write(scene)


def save(scene: Scene, path: str | Path) -> None:
    """Write `dump(scene)` to `path`, whole or not at all."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(dump(scene), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SceneError(f"{path}: cannot be written: {error.strerror}") from None


def schema() -> dict[str, Any]:
    """The JSON schema of a scene, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "brainreel scene"} | _described()


def _without_null(schema: Any) -> Any:
    """Null is never a value: what a key that is left out means is no value that it takes."""
    if isinstance(schema, dict):
        kept = {key: _without_null(value) for key, value in schema.items() if (key, value) != ("default", None)}
        if "anyOf" in kept:
            kept["anyOf"] = [option for option in kept["anyOf"] if option != {"type": "null"}]
        return kept
    return [_without_null(item) for item in schema] if isinstance(schema, list) else schema


class _Generator(GenerateJsonSchema):
    """Without a word about defaults that JSON has no form for: the keys within them have their own."""

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        if kind != "non-serializable-default":
            super().emit_warning(kind, detail)


def _described() -> dict[str, Any]:
    described = Scene.model_json_schema(by_alias=True, schema_generator=_Generator)
    described.pop("title", None)
    described = _without_null(described)
    described["required"] = ["brainreel", *described["required"]]
    return described
