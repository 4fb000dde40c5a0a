"""XML from strangers: no document type, so no entity can be declared, expanded or fetched; depth and size bounded."""

from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from brainreel.errors import FormatError

_LARGEST_BYTES = 64 << 20
_DEEPEST = 100


def parse_xml(content: bytes | str, path: Path) -> ElementTree.Element:
    """The root element of `content`, which lies in `path`; tags lose their namespace.

    Raises FormatError where it is no XML, declares a document type, nests over 100 deep or is over 64 MB.
    """
    data = content.encode() if isinstance(content, str) else content
    if len(data) > _LARGEST_BYTES:
        raise FormatError(f"{path}: {len(data):,} bytes of XML; more than {_LARGEST_BYTES:,} are no description")
    builder = ElementTree.TreeBuilder()
    parser = _guarded(path, None if isinstance(content, bytes) else "utf-8")
    guard = _Depth(path)

    def start(tag: str, attributes: dict[str, str]) -> None:
        guard.enter()
        builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        guard.leave()
        builder.end(_local(tag))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    _run(parser, data, path)
    return builder.close()


def attributes_in(content: bytes, path: Path, tag: str) -> list[dict[str, str]]:
    """The attributes of every element `tag`, in order, of a long list. Raises FormatError as `parse_xml`, of any size.

    Nothing else is kept, so that a list of a million elements takes about a second.
    """
    parser = _guarded(path)
    guard = _Depth(path)
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        guard.enter()
        if name == tag:
            found.append(attributes)

    parser.StartElementHandler, parser.EndElementHandler = start, guard.leave
    _run(parser, content, path)
    return found


class _Depth:
    """How many elements are open."""

    def __init__(self, path: Path) -> None:
        self._path, self._open = path, 0

    def enter(self) -> None:
        self._open += 1
        if self._open > _DEEPEST:
            raise FormatError(f"{self._path}: its XML nests more than {_DEEPEST} elements; it is damaged")

    def leave(self, _: str = "") -> None:
        self._open -= 1


def _guarded(path: Path, encoding: str | None = None) -> expat.XMLParserType:
    """A parser that refuses document types and entities."""

    def refuse(*_: object) -> NoReturn:
        raise FormatError(
            f"{path}: its XML declares a document type or an entity, which no such file needs and which can be an "
            "attack; remove the <!DOCTYPE ...> if you trust the file"
        )

    parser = expat.ParserCreate(encoding, "}")
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def _run(parser: expat.XMLParserType, data: bytes, path: Path) -> None:
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FormatError(f"{path}: its XML cannot be read: {error}; copy the file again") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
