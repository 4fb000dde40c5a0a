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
    parser = expat.ParserCreate(None if isinstance(content, bytes) else "utf-8", "}")
    depth = 0

    def refuse(*_: object) -> NoReturn:
        raise FormatError(
            f"{path}: its XML declares a document type or an entity, which no such file needs and which can be an "
            "attack; remove the <!DOCTYPE ...> if you trust the file"
        )

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise FormatError(f"{path}: its XML nests more than {_DEEPEST} elements; it is damaged")
        builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FormatError(f"{path}: its XML cannot be read: {error}; copy the file again") from error
    return builder.close()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
