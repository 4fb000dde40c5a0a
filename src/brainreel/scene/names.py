"""Names: one namespace for layers, clocks, marks and views."""

import re
from collections.abc import Iterable, Mapping

from brainreel.scene.faults import Fault, Path
from brainreel.scene.times import NAME_PATTERN

RESERVED = {"all", "auto", "ease", "end", "false", "movie", "none", "null", "start", "true"}


def check_name(name: object, path: Path) -> None:
    """Raise Fault where `name` has not the form of a name, or is a reserved word."""
    if not isinstance(name, str) or not re.fullmatch(NAME_PATTERN, name):
        raise Fault("a name is lower-case letters, digits and _, a letter first", path)
    if name in RESERVED:
        raise Fault(f"{name} is a word of the language; choose another name", path)


def check_names(sections: Mapping[str, Iterable[str]]) -> None:
    """Raise Fault where a name has the wrong form, or stands in two sections."""
    seen: dict[str, str] = {}
    for section, names in sections.items():
        for name in names:
            check_name(name, (section, name))
            if name in seen:
                raise Fault(f"{name} is already the name of one of the {seen[name]}; choose another", (section, name))
            seen[name] = section
