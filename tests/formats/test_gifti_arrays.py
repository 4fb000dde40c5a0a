"""How arrays lie in GIFTI files, and what they are called: encodings, orders, names, labels, times."""

import base64
import logging
import zlib

import nibabel
import numpy as np
import pytest
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

from brainreel.data import Parcellation, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from brainreel.space.geodesic import geodesic_sphere
from contracts.fuzz import MUTATIONS, mutations, survive

ENCODINGS = {
    "ASCII": lambda data: " ".join(map(str, data.ravel("A"))).encode(),
    "Base64Binary": lambda data: base64.b64encode(data.tobytes("A")),
    "GZipBase64Binary": lambda data: base64.b64encode(zlib.compress(data.tobytes("A"))),
}


def array(data, intent, encoding="Base64Binary", content=None, external=("", ""), meta=""):
    order = "ColumnMajorOrder" if data.ndim > 1 and data.flags.f_contiguous else "RowMajorOrder"
    dims = " ".join(f'Dim{k}="{size}"' for k, size in enumerate(data.shape))
    kind = {"f4": "FLOAT32", "i4": "INT32", "u1": "UINT8"}[data.dtype.str[1:]]
    endian = "BigEndian" if data.dtype.str[0] == ">" else "LittleEndian"
    content = ENCODINGS[encoding](data) if content is None else content
    return (
        f'<DataArray Intent="NIFTI_INTENT_{intent}" DataType="NIFTI_TYPE_{kind}" ArrayIndexingOrder="{order}" '
        f'Dimensionality="{data.ndim}" {dims} Encoding="{encoding}" Endian="{endian}" '
        f'ExternalFileName="{external[0]}" ExternalFileOffset="{external[1]}">{meta}<Data>'
    ).encode() + content + b"</Data></DataArray>"  # fmt: skip


def write(path, *arrays, head=b""):
    path.write_bytes(
        b'<?xml version="1.0" encoding="UTF-8"?>' + head + b'<GIFTI Version="1.0">' + b"".join(arrays) + b"</GIFTI>"
    )
    return path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("endian", "<>")
def test_a_surface_is_the_same_in_every_encoding_order_and_sequence(tmp_path, tetrahedron, encoding, order, endian):
    points, faces = (np.array(one, endian + one.dtype.str[1:], order=order) for one in tetrahedron)
    path = write(tmp_path / "a.gii", array(faces, "TRIANGLE", encoding), array(points, "POINTSET", encoding))
    assert sniff(path) == "mesh"
    mesh = open_data(path)
    np.testing.assert_array_equal(mesh.points, tetrahedron[0])
    np.testing.assert_array_equal(mesh.faces, tetrahedron[1])


def external(folder, values, name="values.dat", offset=8):
    (folder / "values.dat").write_bytes(b"-" * 8 + values.tobytes())
    return array(values, "SHAPE", "ExternalFileBinary", b"", (name, str(offset))).replace(b"<Data></Data>", b"<Data/>")


def test_data_in_a_file_beside_it_are_read(tmp_path, values):
    path = write(tmp_path / "a.shape.gii", external(tmp_path, values[0]))
    np.testing.assert_array_equal(open_data(path).row(0), values[0])
    np.testing.assert_array_equal(nibabel.load(path).darrays[0].data, values[0])


def test_data_in_a_file_elsewhere_missing_or_too_short_are_refused(tmp_path, values):
    for name in ("../values.dat", str(tmp_path / "values.dat")):
        with pytest.raises(FormatError, match="files beside it are read"):
            open_data(write(tmp_path / "a.gii", external(tmp_path, values[0], name)))
    with pytest.raises(FormatError, match=r"no such file; the nearest name there is values.dat"):
        open_data(write(tmp_path / "a.gii", external(tmp_path, values[0], "value.dat")))
    with pytest.raises(FormatError, match="7 values of 4 bytes from byte 12 on need 40 bytes, but the file holds 36"):
        open_data(write(tmp_path / "a.gii", external(tmp_path, values[0], offset=12)))


def test_what_is_packed_may_not_outgrow_what_is_stated(tmp_path):
    bomb = base64.b64encode(zlib.compress(bytes(64 << 20)))
    few = array(np.zeros(7, "<f4"), "SHAPE", "GZipBase64Binary", bomb)
    with pytest.raises(FormatError, match=r"cut off or damaged|buffer size"):
        open_data(write(tmp_path / "a.gii", few))
    many = few.replace(b'Dim0="7"', b'Dim0="99999999999"')
    with pytest.raises(FormatError, match="an array of 399,999,999,996 bytes is packed in"):
        open_data(write(tmp_path / "a.gii", many))


def test_declared_entities_are_refused_but_giftis_document_type_is_not(tmp_path, values):
    shape = array(values[0], "SHAPE")
    kind = b'<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">'
    assert open_data(write(tmp_path / "a.gii", shape, head=kind)).width == 7
    bomb = b'<!DOCTYPE GIFTI [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(FormatError, match="declares an entity"):
        open_data(write(tmp_path / "a.gii", shape, head=bomb))


def image(path, *arrays, **meta):
    GiftiImage(darrays=list(arrays), meta=GiftiMetaData(**meta)).to_filename(path)
    return path


def named(values, name="", intent="NIFTI_INTENT_SHAPE", **meta):
    return GiftiDataArray(values, intent, meta=GiftiMetaData(**({"Name": name} if name else {}), **meta))


def test_several_arrays_are_maps_by_their_names(tmp_path, values):
    path = image(tmp_path / "lh.shape.gii", named(values[0], "thickness"), named(values[1], "sulc"))
    series = open_data(path)
    assert series.maps == ("thickness", "sulc")
    assert series.times == TimeAxis(0.0, 1.0, 2, "items")
    for index in (0, 1):
        np.testing.assert_array_equal(series.row(index), values[index])


def test_several_arrays_without_names_need_times(tmp_path, values):
    path = image(tmp_path / "lh.func.gii", named(values[0]), named(values[1]))
    with pytest.raises(FormatError, match="2 rows without times"):
        open_data(path)
    assert open_data(path, ReadOptions(times="none")).maps == ()


@pytest.mark.parametrize(("stated", "step_s"), [("720.000000", 0.72), ("2.5", 2.5)])
def test_a_time_series_has_the_step_that_it_states(tmp_path, values, stated, step_s):
    intent = "NIFTI_INTENT_TIME_SERIES"
    path = image(tmp_path / "lh.func.gii", *(named(row, intent=intent, TimeStep=stated) for row in values))
    assert open_data(path).times == TimeAxis(0.0, step_s, 5)
    assert open_data(path, ReadOptions(times=(1.0, 0.1))).times == TimeAxis(1.0, 0.1, 5)


def test_a_time_series_in_one_array_is_vertices_by_moments(tmp_path, values):
    path = image(tmp_path / "lh.func.gii", named(np.ascontiguousarray(values.T), intent="NIFTI_INTENT_TIME_SERIES"))
    series = open_data(path, ReadOptions(times="none"))
    np.testing.assert_array_equal(series.row(3), values[3])


def test_arrays_in_a_surfaces_own_file_are_there_by_name(tmp_path, tetrahedron, caplog):
    points, faces = tetrahedron
    thickness = np.arange(4, dtype=np.float32)
    meta = "<MetaData><MD><Name>Name</Name><Value>thickness</Value></MD></MetaData>"
    path = write(
        tmp_path / "a.surf.gii",
        array(points, "POINTSET"),
        array(faces, "TRIANGLE"),
        array(thickness, "SHAPE", meta=meta),
        array(np.zeros(9, np.float32), "SHAPE"),
    )
    with caplog.at_level(logging.WARNING):
        mesh = open_data(path)
    np.testing.assert_array_equal(mesh.arrays["thickness"], thickness)
    assert list(mesh.arrays) == ["thickness"]
    assert "shape (9,) belongs to no vertex" in caplog.text


def test_an_array_with_a_value_a_triangle_is_of_triangles(tmp_path):
    points, faces = geodesic_sphere(2)
    values = np.arange(len(faces), dtype=np.float32)
    assert len(points) != len(faces)
    of_faces = array(values, "SHAPE", meta="<MetaData><MD><Name>Name</Name><Value>stress</Value></MD></MetaData>")
    geometry = array(points.astype(np.float32), "POINTSET"), array(faces.astype(np.int32), "TRIANGLE")
    mesh = open_data(write(tmp_path / "a.surf.gii", *geometry, of_faces))
    assert not mesh.arrays
    np.testing.assert_array_equal(mesh.face_arrays["stress"], values)


def label_image(path, *arrays):
    table = GiftiLabelTable()
    for key, name, color in ((0, "???", (1, 1, 1, 0)), (3, "V1", (0.5, 0.25, 1, 1))):
        label = GiftiLabel(key, *color)
        label.label = name
        table.labels.append(label)
    GiftiImage(labeltable=table, darrays=list(arrays)).to_filename(path)
    return path


def test_labels_have_the_names_and_colours_of_their_table(tmp_path):
    stored = np.array([3, 3, 0, 3, 0], np.int32)
    path = label_image(tmp_path / "sub.L.label.gii", named(stored, "atlas", "NIFTI_INTENT_LABEL"))
    assert sniff(path) == "labels"
    parcels = open_data(path)
    assert isinstance(parcels, Parcellation)
    np.testing.assert_array_equal(parcels.labels, stored)
    assert parcels.hemi == "left"
    assert [(e.label, e.name, e.color, e.opacity) for e in parcels.table.entries] == [
        (0, "???", (1, 1, 1), 0),
        (3, "V1", (0.5, 0.25, 1), 1),
    ]


def test_one_of_several_arrays_of_labels_is_chosen_by_name(tmp_path):
    both = [np.array([3, 0, 3], np.int32), np.array([0, 3, 3], np.int32)]
    arrays = [named(one, name, "NIFTI_INTENT_LABEL") for one, name in zip(both, ("aparc", "networks"), strict=True)]
    path = label_image(tmp_path / "lh.label.gii", *arrays)
    parcels = open_data(path, ReadOptions(array="networks"))
    assert parcels.maps == ("aparc", "networks")
    np.testing.assert_array_equal(parcels.labels, both[1])
    assert parcels.fingerprint() != open_data(path).fingerprint()
    with pytest.raises(FormatError, match="has no array network; did you mean networks"):
        open_data(path, ReadOptions(array="network"))


def test_labels_that_the_table_lacks_are_counted_and_of_no_parcel(tmp_path, caplog):
    stored = np.array([3, 9, 9, 3, 0], np.int32)
    with caplog.at_level(logging.WARNING):
        parcels = open_data(label_image(tmp_path / "lh.label.gii", named(stored, "atlas", "NIFTI_INTENT_LABEL")))
    assert (
        "2 of 5 vertices have a label that its table does not have, and are drawn as of no parcel: 9 (2)" in caplog.text
    )
    assert 9 not in {entry.label for entry in parcels.table.entries}


def test_labels_without_a_table_have_colours_all_the_same(tmp_path):
    path = image(tmp_path / "lh.label.gii", named(np.array([4, 7, 4], np.int32), "a", "NIFTI_INTENT_LABEL"))
    entries = open_data(path).table.entries
    assert [entry.name for entry in entries] == ["4", "7"]
    assert entries[0].color != entries[1].color


@pytest.mark.parametrize("encoding", ["ASCII", "GZipBase64Binary"])
def test_damaged_files_are_read_or_refused(tmp_path, tetrahedron, encoding):
    points, faces = tetrahedron
    path = write(tmp_path / "a.gii", array(points, "POINTSET", encoding), array(faces, "TRIANGLE", encoding))
    content = path.read_bytes()
    assert survive(path, mutations(content, len(content), MUTATIONS), open_data)["refused"]


def test_damaged_labels_are_read_or_refused(tmp_path):
    path = label_image(tmp_path / "a.label.gii", named(np.array([3, 0, 3], np.int32), "a", "NIFTI_INTENT_LABEL"))
    content = path.read_bytes()
    assert survive(path, mutations(content, len(content), MUTATIONS), open_data)["refused"]
