import base64
import itertools
import zlib
from pathlib import Path

import numpy as np
import pytest

from brainreel.data import Channels
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

LEGACY = {"u1": "unsigned_char", "i1": "char", "u2": "unsigned_short", "i2": "short", "u4": "unsigned_int"}
LEGACY |= {"i4": "int", "u8": "unsigned_long", "i8": "vtktypeint64", "f4": "float", "f8": "double"}
XML = {"u": "UInt", "i": "Int", "f": "Float"}


def write_legacy(path: Path, array: np.ndarray, coding="BINARY", before=b"", attribute=None, data="POINT_DATA") -> Path:
    """`array` is (z, y, x), or (z, y, x, component)."""
    z, y, x = array.shape[:3]
    count = array.shape[3] if array.ndim == 4 else 1
    kind = LEGACY[array.dtype.str[1:]]
    line = attribute or f"SCALARS v {kind} {count}\nLOOKUP_TABLE default"
    more = int(data == "CELL_DATA")
    head = (
        f"# vtk DataFile Version 3.0\ntitle\n{coding}\nDATASET STRUCTURED_POINTS\n".encode()
        + before
        + f"DIMENSIONS {x + more} {y + more} {z + more}\nASPECT_RATIO 2 3 4\nORIGIN 5 6 7\n"
        f"{data} {x * y * z}\n{line}\n".encode()
    )
    values = array.astype(array.dtype.newbyteorder(">")).tobytes()
    if coding == "ASCII":
        values = "\n".join(map(str, array.ravel())).encode() + b"\nMETADATA\nINFORMATION 0\n\n"
    path.write_bytes(head + values)
    return path


def coded(array: np.ndarray, compressor: str, order: str, is_base64: bool, header: str, piece=128) -> bytes:
    """An array as VTK writes it: its length or its table of pieces before it."""
    content = array.astype(array.dtype.newbyteorder(order)).tobytes()
    code = base64.b64encode if is_base64 else bytes
    if not compressor:
        return code(np.array([len(content)], order + header).tobytes() + content)
    packed = [zlib.compress(content[at : at + piece]) for at in range(0, len(content), piece)]
    table = np.array([len(packed), piece, len(content) % piece, *map(len, packed)], order + header)
    return code(table.tobytes()) + code(b"".join(packed))


def write_xml(
    path: Path, array: np.ndarray, how="appended", coding="raw", compressor="", order="<", header="u4"
) -> Path:
    z, y, x = array.shape[:3]
    count = array.shape[3] if array.ndim == 4 else 1
    kind = f"{XML[array.dtype.kind]}{array.dtype.itemsize * 8}"
    data = coded(array, compressor, order, how == "binary" or coding == "base64", header)
    inside = {"appended": b"", "binary": b"\n  " + data + b"\n ", "ascii": " ".join(map(str, array.ravel())).encode()}[
        how
    ]
    end = b'<AppendedData encoding="' + coding.encode() + b'">\n  _junk' + data + b"\n</AppendedData>"
    text = (
        f'<VTKFile type="ImageData" version="1.0" byte_order="{"Little" if order == "<" else "Big"}Endian" '
        f'header_type="UInt{int(header[1]) * 8}"{compressor and f" compressor={chr(34)}{compressor}{chr(34)}"}>'
        f'<ImageData WholeExtent="2 {x + 1} 1 {y} -1 {z - 2}" Origin="5 6 7" Spacing="2 3 4" '
        f'Direction="0 1 0 -1 0 0 0 0 1"><FieldData><DataArray type="Int8" format="ascii">7</DataArray></FieldData>'
        f'<Piece Extent="2 {x + 1} 1 {y} -1 {z - 2}"><PointData Scalars="v">'
        f'<DataArray type="Int8" Name="other" format="appended" offset="0"/>'
        f'<DataArray type="{kind}" Name="v" NumberOfComponents="{count}" format="{how}" offset="4">'
    ).encode()
    tail = b"</DataArray></PointData></Piece></ImageData>" + (end if how == "appended" else b"") + b"</VTKFile>"
    path.write_bytes(text + inside + tail)
    return path


@pytest.mark.parametrize("coding", ["BINARY", "ASCII"])
class TestLegacyVtk(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels, coding):
        return open_data(write_legacy(tmp_path / "a.vtk", voxels, coding))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels, coding):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(write_legacy(tmp_path / "b.vtk", voxels, coding))

    def test_voxels_and_place_are_those_that_were_written(self, volume, voxels):
        assert sniff(volume.path) == "volume"
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        expected = [[2, 0, 0, 5], [0, 3, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]]
        np.testing.assert_allclose(volume.world_from_voxel, expected)


FORMS = [
    {"coding": "raw"},
    {"coding": "base64"},
    {"coding": "raw", "compressor": "vtkZLibDataCompressor"},
    {"coding": "base64", "compressor": "vtkZLibDataCompressor", "order": ">", "header": "u8"},
    {"how": "binary", "order": ">"},
    {"how": "binary", "compressor": "vtkZLibDataCompressor"},
    {"how": "ascii"},
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: " ".join(form.values()))
class TestVti(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels, form):
        return open_data(write_xml(tmp_path / "a.vti", voxels, **form))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels, form):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(write_xml(tmp_path / "b.vti", voxels, **form))

    def test_voxels_and_place_are_those_that_were_written(self, volume, voxels):
        assert sniff(volume.path) == "volume"
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        linear = np.array([[0, 3, 0], [-2, 0, 0], [0, 0, 4]])
        np.testing.assert_allclose(volume.world_from_voxel[:3, :3], linear)
        np.testing.assert_allclose(volume.world_from_voxel[:3, 3], (5, 6, 7) + linear @ (2, 1, -1))


@pytest.mark.parametrize("kind", LEGACY)
def test_numbers_of_each_type_come_back(tmp_path, kind):
    voxels = (np.arange(9 * 5 * 6).reshape(9, 5, 6) // 3).astype(kind)
    made = [write_legacy(tmp_path / f"{coding}.vtk", voxels, coding) for coding in ("BINARY", "ASCII")]
    made += [write_xml(tmp_path / f"{k}.vti", voxels, **form) for k, form in enumerate(FORMS)]
    for path in made:
        volume = open_data(path)
        assert volume.dtype == voxels.dtype
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_what_vtk_writes_is_what_was_written(tmp_path):
    vtk = pytest.importorskip("vtk")
    numpy_support = pytest.importorskip("vtk.util.numpy_support")
    voxels = np.random.default_rng(0).integers(0, 30000, (5, 6, 7)).astype(np.int16)
    image = vtk.vtkImageData()
    image.SetExtent(2, 8, 1, 6, -1, 3)
    image.SetSpacing(1, 2, 3)
    image.SetDirectionMatrix(0, 1, 0, -1, 0, 0, 0, 0, 1)
    values = numpy_support.numpy_to_vtk(voxels.ravel(), deep=1)
    values.SetName("v")
    image.GetPointData().SetScalars(values)
    place = [0.0, 0.0, 0.0]
    image.TransformIndexToPhysicalPoint(4, 3, 1, place)
    for mode, encode, compressor, order, header in itertools.product(
        ("Ascii", "Binary", "Appended"), (0, 1), ("None", "ZLib", "LZMA"), (0, 1), (32, 64)
    ):
        writer = vtk.vtkXMLImageDataWriter()
        writer.SetInputData(image)
        writer.SetFileName(str(tmp_path / "a.vti"))
        writer.SetEncodeAppendedData(encode)
        writer.SetByteOrder(order)
        writer.SetHeaderType(header)
        writer.SetBlockSize(64)
        getattr(writer, f"SetDataModeTo{mode}")()
        getattr(writer, f"SetCompressorTypeTo{compressor}")()
        writer.Write()
        volume = open_data(tmp_path / "a.vti")
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        np.testing.assert_allclose((volume.world_from_voxel @ (2, 2, 2, 1))[:3], place)


def test_a_compressor_that_is_not_there_is_named(tmp_path, voxels):
    path = write_xml(tmp_path / "a.vti", voxels, compressor="vtkZfpDataCompressor")
    with pytest.raises(FormatError, match="compressed by vtkZfpDataCompressor, which is not read; save it with ZLib"):
        open_data(path)


@pytest.mark.parametrize("coding", ["BINARY", "ASCII"])
def test_arrays_of_the_dataset_itself_are_passed_over(tmp_path, voxels, coding):
    value = b"\x3f" * 8 if coding == "BINARY" else b"1.5"
    before = b"FIELD FieldData 1\nTimeValue 1 1 double\n" + value + b"\nMETADATA\nINFORMATION 0\n\n"
    volume = open_data(write_legacy(tmp_path / "a.vtk", voxels, coding, before))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_values_of_cells_lie_between_the_points(tmp_path, voxels):
    volume = open_data(write_legacy(tmp_path / "a.vtk", voxels, data="CELL_DATA"))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
    np.testing.assert_allclose(volume.world_from_voxel[:3, 3], (6, 7.5, 9))


def test_a_field_of_points_gives_its_first_array(tmp_path, voxels):
    line = f"FIELD FieldData 1\nv 1 {voxels.size} unsigned_short"
    volume = open_data(write_legacy(tmp_path / "a.vtk", voxels, attribute=line))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_vectors_want_a_component_and_bytes_are_colours(tmp_path):
    array = np.random.default_rng(0).integers(0, 255, (9, 5, 6, 3)).astype(np.uint8)
    for path in (
        write_legacy(tmp_path / "a.vtk", array, attribute="COLOR_SCALARS v 3"),
        write_xml(tmp_path / "a.vti", array, compressor="vtkZLibDataCompressor"),
    ):
        image = open_data(path)
        assert isinstance(image, Channels)
        assert image.is_rgb
        np.testing.assert_array_equal(image.channels[1].data.read(whole(image.channels[1].data)), array[..., 1])
    path = write_legacy(tmp_path / "b.vtk", array.astype(np.float32), attribute="VECTORS v float")
    with pytest.raises(FormatError, match="component: 0 to 2"):
        open_data(path)
    third = open_data(path, ReadOptions(component="2"))
    np.testing.assert_array_equal(third.read(whole(third)), array[..., 2])


def test_colours_written_as_text_are_fractions(tmp_path):
    array = np.random.default_rng(0).integers(0, 255, (9, 5, 6, 3)).astype(np.uint8)
    path = write_legacy(tmp_path / "a.vtk", array, "ASCII", attribute="COLOR_SCALARS v 3")
    head = path.read_bytes().split(b"COLOR_SCALARS v 3\n")[0] + b"COLOR_SCALARS v 3\n"
    path.write_bytes(head + " ".join(f"{value / 255:.6g}" for value in array.ravel()).encode())
    image = open_data(path)
    np.testing.assert_array_equal(image.channels[2].data.read(whole(image.channels[2].data)), array[..., 2])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"STRUCTURED_POINTS", b"STRUCTURED_GRID", "its dataset is STRUCTURED_GRID"),
        (b"BINARY", b"MORSE", "neither ASCII nor BINARY"),
        (b"unsigned_short", b"bit", "values of type bit"),
        (b"DIMENSIONS 6 5 9", b"DIMENSIONS 6 5 9000", "6 x 5 x 9000 x 2 bytes"),
        (b"DIMENSIONS 6 5 9\n", b"", "no DIMENSIONS"),
        (b"SCALARS", b"WONDERS", "its first array is WONDERS"),
        (b"ASPECT_RATIO 2 3", b"ASPECT_RATIO 2 0", "flattens space"),
    ],
)
def test_legacy_headers_with_a_fault_are_refused_by_name(tmp_path, voxels, old, new, words):
    content = write_legacy(tmp_path / "a.vtk", voxels).read_bytes()
    (tmp_path / "a.vtk").write_bytes(content.replace(old, new))
    with pytest.raises(FormatError, match=words):
        open_data(tmp_path / "a.vtk")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"</Piece>", b"</Peace>", "cannot be read"),
        (b"<ImageData", b"<!-- ", "cannot be read"),
        (b"UInt16", b"Bit", "values of type 'Bit'"),
        (b'2 7 1 5 -1 7"><PointData', b'2 7 1 5 -1 900"><PointData', "are wanted"),
        (b'offset="4"', b'offset="99999"', "at byte 99999"),
        (b"<VTKFile", b'<!DOCTYPE x [<!ENTITY e "boo">]><VTKFile', "document type"),
    ],
)
def test_xml_with_a_fault_is_refused_by_name(tmp_path, voxels, old, new, words):
    content = write_xml(tmp_path / "a.vti", voxels).read_bytes()
    assert old in content
    (tmp_path / "a.vti").write_bytes(content.replace(old, new))
    with pytest.raises(FormatError, match=words):
        open_data(tmp_path / "a.vti")


def test_of_several_arrays_the_active_one_is_drawn(tmp_path, voxels):
    content = write_xml(tmp_path / "a.vti", voxels).read_bytes()
    assert open_data(tmp_path / "a.vti").dtype == np.uint16
    (tmp_path / "a.vti").write_bytes(content.replace(b'Scalars="v"', b'Scalars="other"'))
    assert open_data(tmp_path / "a.vti").dtype == np.int8
