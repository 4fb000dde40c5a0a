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
    ],
)
def test_what_is_no_table_is_told_with_its_line(table, text, message):
    with pytest.raises(FormatError, match=message):
        table(text)
