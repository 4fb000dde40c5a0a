"""Colour tables of FreeSurfer and ITK-SNAP."""

import pytest

from brainreel.errors import FormatError
from brainreel.formats.label_tables import open_label_table


@pytest.fixture
def table(tmp_path):
    def write(text):
        (tmp_path / "lut.txt").write_text(text)
        return open_label_table(tmp_path / "lut.txt")

    return write


def test_freesurfer_states_transparency(table):
    found = table("#No. Label Name: R G B A\n\n0 Unknown 0 0 0 0\n17  Left-Hippocampus  220 216 20 0\n53 R 1 2 3 255\n")
    assert [(one.label, one.name, one.opacity) for one in found.entries] == [
        (0, "Unknown", 1.0),
        (17, "Left-Hippocampus", 1.0),
        (53, "R", 0.0),
    ]
    assert found.entries[1].color == (220 / 255, 216 / 255, 20 / 255)


def test_itksnap_states_opacity_and_visibility(table):
    found = table('# ITK-SnAP\n 0 0 0 0 0 0 0 "Clear Label"\n 1 255 0 0 1 1 1 "Left thing"\n 2 0 255 0 0.5 0 1 "B"\n')
    assert [(one.label, one.name, one.opacity) for one in found.entries] == [
        (0, "Clear Label", 0.0),
        (1, "Left thing", 1.0),
        (2, "B", 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("# only words\n", "holds no label"),
        ("1 a 0 0 0 0\n1 b 0 0 0 0\n", "lut.txt:2: label 1 was in the table before"),
        ("1 a 300 0 0 0\n", "lut.txt:1: red, green, blue"),
        ("hello\n", "lut.txt:1: 'hello' is no line"),
        ("1 a 0 0 0 999\n", "lie in 0..255"),
        (f"{'9' * 5000} a 0 0 0 0\n", "lut.txt:1: .* is no line"),
        ('1 0 0 0 1.2.3 1 1 "a"\n', "lut.txt:1: .* is no line"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(table, text, message):
    with pytest.raises(FormatError, match=message):
        table(text)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
        b"\x1f\x8b\x08\x00\x1b[2J",
        "1 a 0 0 0 0\n".encode("utf-16"),
        b"1 a\x1b[31m 0 0 0 0\n",
    ],
)
def test_what_is_no_text_is_told_without_showing_it(tmp_path, content):
    (tmp_path / "lut.txt").write_bytes(content)
    with pytest.raises(FormatError, match=r"lut\.txt: is no text, so no table of labels; name the text file") as told:
        open_label_table(tmp_path / "lut.txt")
    assert str(told.value).isprintable()


def test_text_with_a_mark_of_its_encoding_or_in_an_old_one_is_read(tmp_path):
    for content in (b"\xef\xbb\xbf1 H\xc3\xa4 9 9 9 0\n", b"1 H\xe4 9 9 9 0\r\n"):
        (tmp_path / "lut.txt").write_bytes(content)
        assert open_label_table(tmp_path / "lut.txt").entries[0].label == 1
