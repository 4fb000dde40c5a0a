import gzip
import logging
import struct

import nibabel.freesurfer
import numpy as np
import pytest

from brainreel.data import Parcellation, WithMaps
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.fuzz import MUTATIONS, mutations, survive

NAMES = ["unknown", "bankssts", "cuneus"]
COLORS = np.array([[25, 5, 25, 0], [25, 100, 40, 0], [220, 20, 100, 51]])


def write(path, labels, colors=COLORS, names=NAMES):
    table = np.column_stack([colors, np.zeros(len(colors), int)])
    nibabel.freesurfer.write_annot(str(path), np.array(labels), table, names, fill_ctab=True)
    return path


def old_table(colors=COLORS, names=NAMES):
    """The table of version 1: its rows are numbered by their order."""
    rows = [
        struct.pack(">i", len(name) + 1) + name.encode() + b"\0" + struct.pack(">4i", *map(int, color))
        for name, color in zip(names, colors, strict=True)
    ]
    return struct.pack(">2i", 1, len(names)) + struct.pack(">i", 4) + b"lut\0" + b"".join(rows)


@pytest.fixture
def annotation(tmp_path):
    return write(tmp_path / "lh.aparc.annot", [1, 0, 2, 2, -1, 1])


def test_labels_are_the_tables_rows_with_names_and_colours(annotation):
    assert sniff(annotation) == "labels"
    parcels = open_data(annotation)
    assert isinstance(parcels, Parcellation)
    assert isinstance(parcels, WithMaps)
    expected, colors, names = nibabel.freesurfer.read_annot(str(annotation))
    np.testing.assert_array_equal(parcels.labels, expected)
    assert parcels.labels.dtype == np.int32
    assert parcels.vertices is None
    assert parcels.hemi == "left"
    assert [entry.name for entry in parcels.table.entries] == [name.decode() for name in names]
    for entry, color in zip(parcels.table.entries, colors, strict=True):
        assert entry.color == tuple(color[:3] / 255)
        assert entry.opacity == 1 - color[3] / 255


def test_both_versions_of_the_table_say_the_same(annotation):
    new = open_data(annotation)
    content = annotation.read_bytes()
    annotation.write_bytes(content[: 4 + 8 * 6] + old_table())
    old = open_data(annotation)
    np.testing.assert_array_equal(old.labels, new.labels)
    assert old.table.entries == new.table.entries


def test_a_packed_annotation_is_the_same(annotation):
    expected = open_data(annotation).labels
    packed = annotation.with_name("lh.aparc.annot.gz")
    packed.write_bytes(gzip.compress(annotation.read_bytes()))
    np.testing.assert_array_equal(open_data(packed).labels, expected)


def test_labels_that_the_table_lacks_are_counted_and_of_no_parcel(annotation, caplog):
    content = bytearray(annotation.read_bytes())
    for vertex in (0, 5):
        struct.pack_into(">i", content, 4 + 8 * vertex + 4, 0x010203)
    annotation.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        parcels = open_data(annotation)
    np.testing.assert_array_equal(parcels.labels, [-1, 0, 2, 2, -1, -1])
    assert "2 of 6 vertices have a label that its table does not have" in caplog.text
    assert "0x010203 (2)" in caplog.text


def test_vertices_in_any_order_come_in_theirs(annotation):
    content = annotation.read_bytes()
    pairs = np.frombuffer(content, ">i4", 12, 4).reshape(6, 2)
    annotation.write_bytes(content[:4] + pairs[::-1].tobytes() + content[4 + 48 :])
    parcels = open_data(annotation)
    np.testing.assert_array_equal(parcels.labels, [1, 0, 2, 2, -1, 1])
    assert parcels.vertices is None


def test_the_fingerprint_is_of_labels_and_table(tmp_path, annotation):
    other = write(tmp_path / "lh.other.annot", [1, 0, 2, 2, -1, 2])
    assert open_data(annotation).fingerprint() == open_data(annotation).fingerprint() != open_data(other).fingerprint()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content: content[:40], "the header states 6 vertices, so over 52 bytes"),
        (lambda content: content[:-3], "is cut off|more than the file has"),
        (lambda content: b"\x7f\xff\xff\xff" + content[4:], "2,147,483,647 vertices"),
        (lambda content: content[:52] + struct.pack(">i", 0), "has no table of names and colours"),
        (lambda content: content[:56] + struct.pack(">i", -3) + content[60:], "is of version 3"),
        (lambda content: content[:4] + content[12:20] + content[12:], "vertex 1 is in it twice"),
    ],
)
def test_a_damaged_annotation_is_refused_with_its_reason(annotation, damage, words):
    annotation.write_bytes(damage(annotation.read_bytes()))
    with pytest.raises(FormatError, match=words):
        open_data(annotation)


LABEL = "#!ascii label  , from subject x\n3\n7  -1.0 2.0 3.0 0.5\n2  0 0 0 0.25\n5  0 0 0 1\n"


@pytest.fixture
def label(tmp_path):
    path = tmp_path / "lh.V1.label"
    path.write_text(LABEL)
    return path


def test_a_label_is_a_parcel_on_some_vertices(label):
    assert sniff(label) == "labels"
    parcels = open_data(label)
    np.testing.assert_array_equal(parcels.vertices, [2, 5, 7])
    np.testing.assert_array_equal(parcels.labels, [1, 1, 1])
    assert [entry.name for entry in parcels.table.entries] == ["V1"]
    assert parcels.hemi == "left"
    np.testing.assert_array_equal(np.sort(nibabel.freesurfer.read_label(str(label))), parcels.vertices)


def test_the_values_of_a_label_may_be_painted(label):
    series = open_data(label, ReadOptions(per_vertex=True))
    np.testing.assert_array_equal(series.vertices, [2, 5, 7])
    np.testing.assert_array_equal(series.row(0), np.array([0.25, 1, 0.5], np.float32))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LABEL.replace("\n3\n", "\n4\n"), "states 4 vertices and names 3"),
        (LABEL.replace("7  ", "2  "), "vertex 2 is in it twice"),
        (LABEL.replace("7  ", "-7  "), "names vertex -7"),
        (LABEL.replace("7  ", "7.5  "), "no whole numbers"),
        (LABEL.replace("0.25", ""), "this is no label"),
        ("#!ascii label\n", "this is no label"),
    ],
)
def test_a_damaged_label_is_refused_with_its_reason(label, text, words):
    label.write_text(text)
    with pytest.raises(FormatError, match=words):
        open_data(label)


@pytest.mark.parametrize("name", ["lh.aparc.annot", "lh.V1.label"])
def test_damaged_files_are_read_or_refused(request, tmp_path, name):
    path = request.getfixturevalue("annotation" if name.endswith("annot") else "label")
    content = path.read_bytes()
    outcomes = survive(path, mutations(content, len(content), MUTATIONS), lambda path: open_data(path).labels.max())
    assert outcomes["refused"] > MUTATIONS // 4
