from pathlib import Path

import pytest

from brainreel.data.safe_xml import parse_xml
from brainreel.errors import FormatError

HERE = Path("a.xml")
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [{}]><x>{}</x>'


def test_elements_attributes_and_text_come_back_without_namespaces():
    root = parse_xml('<a xmlns="http://x" xmlns:q="http://y"><b q:c="1">µ</b></a>', HERE)
    assert (root.tag, root[0].tag, root[0].get("c"), root[0].text) == ("a", "b", "1", "µ")


@pytest.mark.parametrize(
    "text",
    [
        ENTITY.format('<!ENTITY a "aaa">', "&a;"),
        ENTITY.format('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        ENTITY.format('<!ENTITY % a "aaa">', ""),
        '<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>',
    ],
)
def test_every_document_type_is_refused(text):
    with pytest.raises(FormatError, match=r"a\.xml: its XML declares a document type"):
        parse_xml(text, HERE)


@pytest.mark.parametrize("text", ["", "<a>", "<a></b>", "words", b"\xff\xfe<", "<a/><b/>"])
def test_what_is_no_xml_is_refused(text):
    with pytest.raises(FormatError, match=r"a\.xml: its XML cannot be read"):
        parse_xml(text, HERE)


def test_an_element_nested_too_deep_is_refused():
    with pytest.raises(FormatError, match="nests more than 100"):
        parse_xml("<a>" * 200000, HERE)
