"""What YAML makes of innocent text, and what to write instead."""

import re
from typing import Any

from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from brainreel.scene.faults import Fault, Path

_COMMENTED_COLOR = re.compile(r"[:,\[]\s*(#[0-9a-fA-F]{3,8})\b")


def plain_scalar(value: Any, path: Path) -> Any:
    """A scalar that YAML read, as plain Python. Raises Fault for dates and tags, which no scene means."""
    if isinstance(value, ScalarBoolean):
        return bool(value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        raise Fault(f'is a date in YAML; write text in quotes: "{value}"', path)
    raise Fault("has a YAML tag (!) that means nothing here; leave the tag out", path)


def check_not_null(key: Any, value: Any, path: Path, line: str) -> None:
    """Raise Fault where `value` is null, with what was probably meant on that `line`."""
    if value is not None:
        return
    if isinstance(key, str) and (match := re.fullmatch(r"([^:]+):(\S.*)", key)):
        raise Fault(f"YAML needs a space after the colon: write {match[1]}: {match[2]}", path)
    if color := _COMMENTED_COLOR.search(line):
        raise Fault(f'is null, because # begins a comment; write the colour in quotes: "{color[1]}"', path)
    raise Fault("is null, which is never a value; write one, or leave the key out", path, None)


def explain(error: MarkedYAMLError, lines: tuple[str, ...]) -> tuple[int, str]:
    """The line, from 1, and what is wrong with YAML that cannot be read, with the remedy where it is known."""
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    problem = str(error.problem or error.context or "cannot be read")
    if isinstance(error, DuplicateKeyError):
        key = re.search(r'found duplicate key "([^"]*)"', problem)
        return line + 1, f"the key {key[1] if key else ''} stands twice; keep one"
    if color := _color_cut_short(line, lines):
        return color
    if "alias" in str(error.context):
        problem += ", in an alias"
    return line + 1, _remedy(problem, lines[line] if line < len(lines) else "", mark.column if mark else 0)


def _color_cut_short(last: int, lines: tuple[str, ...]) -> tuple[int, str] | None:
    """The nearest line above that a colour without quotes cut short inside `{` or `[`."""
    for number in reversed(range(min(last + 1, len(lines)))):
        color = _COMMENTED_COLOR.search(lines[number])
        if color and re.search(r"[{\[]", lines[number][: color.start()]):
            return number + 1, f'# begins a comment, so the rest of this line is lost; write "{color[1]}" in quotes'
    return None


def _remedy(problem: str, line: str, column: int) -> str:
    if "alias" in problem:
        glob = re.split(r"[\s,}\]]", line[max(line.rfind("*", 0, column + 1), 0) :].strip())[0]
        return f'* begins an alias in YAML; write a glob in quotes: "{glob}"'
    if re.search(r"format:\s*\{", line):
        return 'a format begins with { in YAML; write it in quotes: format: "{t:+.0f} ms"'
    if "'\\t'" in problem:
        return "a tab; YAML is indented with spaces, replace it"
    if "cannot start any token" in problem:
        return f"{problem}; write text that begins with it in quotes"
    if "mapping values are not allowed" in problem:
        return "a colon followed by a space inside text, or wrong indentation; write such text in quotes"
    if "quoted scalar" in problem or "end of stream" in problem:
        return f"{problem}; a quote or a bracket is not closed"
    return f"this is not YAML: {problem}; look for a missing comma, bracket, quote or for wrong indentation"
