"""What is wrong with a value, where, and the name that was probably meant."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a scene: `("layers", "pli", "opacity", "points", 2, 1)`."""

_NOTHING = object()


class Fault(ValueError):  # noqa: N818  (what is wrong, before it is an error that anybody sees)
    """A value that has no meaning; `path` leads to it from the field that was being read."""

    def __init__(self, message: str, path: Path = (), value: Any = _NOTHING) -> None:
        super().__init__(message)
        self.message, self.path, self.value = message, path, value

    def under(self, *path: str | int) -> "Fault":
        """The same fault, seen from further up."""
        return Fault(self.message, (*path, *self.path), self.value)

    def sentence(self) -> str:
        """`layers.pli.alpha = 1.4: opacity lies in 0..1`."""
        place = written_path(self.path)
        if self.value is not _NOTHING and (text := shown(self.value)):
            place = f"{place} = {text}"
        return f"{place}: {self.message}" if place else self.message


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults in what pydantic raised, in its order."""
    return [_fault(details) for details in error.errors(include_url=False)]


def _fault(details: Any) -> Fault:
    path = tuple(step for step in details["loc"] if step != "[key]")
    kind, context = details["type"], details.get("ctx", {})
    if isinstance(fault := context.get("error"), Fault):
        value = details["input"] if fault.value is _NOTHING and not fault.path else fault.value
        return Fault(fault.message, (*path, *fault.path), value)
    if kind == "missing":
        return Fault("is missing; state it", path)
    if kind in {"dict_type", "model_type"}:
        return Fault("expects a mapping of keys to values", path, details["input"])
    if kind in {"tuple_type", "list_type"}:
        return Fault("expects a list", path, details["input"])
    return Fault(without_pydantics_words(details["msg"]), path, details["input"])


def without_pydantics_words(message: str) -> str:
    """A message of pydantic, which Typer's are too, without the name of the Python error that it begins with."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def written_path(path: Path) -> str:
    """`layers.pli.opacity.points[2][1]`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


def shown(value: Any) -> str:
    """A value as a message shows it: as a scene would write it, nothing where that is long or a structure."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = str(value) if value else '""'
    elif isinstance(value, list | tuple) and all(isinstance(item, int | float | str) for item in value):
        text = "[" + ", ".join(str(item) for item in value) + "]"
    elif isinstance(value, dict | list | tuple):
        return ""
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(name: object, known: Iterable[str]) -> str:
    """A remedy: the known name closest to `name`, or else all of them (the first 16)."""
    options = sorted(set(known))
    lowered = {option.lower(): option for option in options}
    close = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean {lowered[close[0]]}?"
    if not options:
        return "there is none"
    return "known: " + ", ".join(options[:16]) + (" ..." if len(options) > 16 else "")
