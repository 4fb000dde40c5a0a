import zlib
from pathlib import Path

import numpy as np
import pytest

from brainreel.data import Channels, TimeAxis, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

TYPES = {"u1": "UCHAR", "i1": "CHAR", "u2": "USHORT", "i2": "SHORT", "u4": "UINT", "i4": "INT", "u8": "ULONG_LONG"}
TYPES |= {"i8": "LONG_LONG", "f4": "FLOAT", "f8": "DOUBLE"}
PLACE = {"TransformMatrix": "0 1 0 -1 0 0 0 0 1", "Offset": "1 2 3", "ElementSpacing": "2 3 4"}
WORLD = np.array([[0, 3, 0, -1], [-2, 0, 0, -2], [0, 0, 4, 3], [0, 0, 0, 1]], float)


def write(path: Path, array: np.ndarray, file="LOCAL", behind=b"", channels=1, **fields) -> Path:
    """`array` is (z, y, x), or (z, y, x, channel)."""
    sizes = array.shape[: array.ndim - (channels > 1)]
    stated = {
        "ObjectType": "Image",
        "NDims": len(sizes),
        "BinaryDataByteOrderMSB": str(array.dtype.str[0] == ">"),
        **PLACE,
        "DimSize": " ".join(map(str, sizes[::-1])),
        "ElementNumberOfChannels": channels,
        "ElementType": f"MET_{TYPES[array.dtype.str[1:]]}",
        **fields,
        "ElementDataFile": file,
    }
    text = "".join(f"{name} = {value}\n" for name, value in stated.items() if value is not None)
    path.write_bytes(text.encode() + behind)
    return path


def local(path: Path, array: np.ndarray, compressed=False, **fields) -> Path:
    content = zlib.compress(array.tobytes()) if compressed else array.tobytes()
    return write(path, array, behind=content, CompressedData=str(compressed), **fields)


@pytest.mark.parametrize("compressed", [False, True])
class TestMetaImage(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels, compressed):
        return open_data(local(tmp_path / "a.mha", voxels, compressed))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels, compressed):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(local(tmp_path / "b.mha", voxels, compressed))

    def test_voxels_and_place_are_those_that_were_written(self, volume, voxels):
        assert sniff(volume.path) == "volume"
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        np.testing.assert_allclose(volume.world_from_voxel, WORLD)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", TYPES)
def test_numbers_of_each_type_and_byte_order_come_back(tmp_path, order, kind):
    voxels = np.arange(9 * 5 * 6).reshape(9, 5, 6).astype(order + kind)
    volume = open_data(local(tmp_path / "a.mha", voxels, True))
    assert volume.dtype == np.dtype(kind)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("compressed", [False, True])
def test_what_itk_writes_is_what_itk_reads(tmp_path, voxels, compressed):
    itk = pytest.importorskip("SimpleITK")
    image = itk.GetImageFromArray(voxels.astype(np.int16))
    angle = 0.3
    rotation = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    image.SetDirection(np.ravel(rotation).tolist())
    image.SetSpacing([0.5, 0.75, 2])
    image.SetOrigin([10, -20, 30])
    for name in ("a.mha", "a.mhd", "a.nrrd", "a.nhdr"):
        itk.WriteImage(image, tmp_path / name, useCompression=compressed)
        volume = open_data(tmp_path / name)
        np.testing.assert_array_equal(volume.read(whole(volume)), itk.GetArrayFromImage(image))
        for voxel in ((0, 0, 0), (5, 4, 8), (2, 0, 7)):
            x, y, z = image.TransformIndexToPhysicalPoint(voxel)
            np.testing.assert_allclose((volume.world_from_voxel @ (*voxel, 1))[:3], (-x, -y, z), rtol=1e-6)


@pytest.mark.parametrize("named", ["LIST", "LIST 2D", "part.%02d 10 18 1", "part.%02d 10 18"])
def test_a_pattern_or_a_list_names_one_file_a_slice(tmp_path, voxels, named):
    for number, plane in enumerate(voxels, 10):
        (tmp_path / f"part.{number}").write_bytes(b"head" + plane.tobytes())
    names = "".join(f"part.{k}\n" for k in range(10, 19)) if named.startswith("LIST") else ""
    volume = open_data(write(tmp_path / "a.mhd", voxels, named, names.encode(), HeaderSize=-1))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_text_is_read(tmp_path, voxels):
    digits = " ".join(map(str, voxels.ravel())).encode()
    volume = open_data(write(tmp_path / "a.mha", voxels, behind=digits, BinaryData="False"))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_bytes_of_three_channels_are_colours_and_floats_a_vector(tmp_path):
    array = np.random.default_rng(0).integers(0, 255, (9, 5, 6, 3)).astype(np.uint8)
    image = open_data(local(tmp_path / "a.mha", array, True, channels=3))
    assert isinstance(image, Channels)
    assert image.is_rgb
    np.testing.assert_array_equal(image.channels[2].data.read(whole(image.channels[2].data)), array[..., 2])
    path = local(tmp_path / "b.mha", array.astype(np.float32), channels=3)
    with pytest.raises(FormatError, match="component: 0 to 2"):
        open_data(path)
    second = open_data(path, ReadOptions(component="1"))
    np.testing.assert_array_equal(second.read(whole(second)), array[..., 1])
    two = open_data(local(tmp_path / "c.mha", array[..., :2].astype("<u2").copy(), channels=2))
    assert [channel.name for channel in two.channels] == ["0", "1"]
    assert not two.is_rgb


def test_a_fourth_axis_is_moments(tmp_path):
    array = np.random.default_rng(0).integers(0, 255, (3, 9, 5, 6)).astype(np.uint8)
    place = {"TransformMatrix": "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "Offset": "1 2 3 0", "ElementSpacing": "2 3 4 1"}
    series = open_data(local(tmp_path / "a.mha", array, True, **place))
    assert isinstance(series, VolumeSeries)
    assert series.times == TimeAxis(0.0, 1.0, 3, "items")
    volume = series.moment(1)
    np.testing.assert_array_equal(volume.read(whole(volume)), array[1])
    expected = [[-2, 0, 0, -1], [0, -3, 0, -2], [0, 0, 4, 3], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.world_from_voxel, expected)


def test_an_orientation_that_contradicts_the_matrix_is_warned_of(tmp_path, voxels, caplog):
    identity = {"TransformMatrix": "1 0 0 0 1 0 0 0 1"}
    open_data(local(tmp_path / "a.mha", voxels, AnatomicalOrientation="RAI", **identity))
    assert not caplog.records
    volume = open_data(local(tmp_path / "a.mha", voxels, AnatomicalOrientation="RPI", **identity))
    assert "RPI contradicts" in caplog.text
    np.testing.assert_allclose(np.diag(volume.world_from_voxel), (-2, -3, 4, 1))


def test_without_a_spacing_the_unit_is_none(tmp_path, voxels):
    assert open_data(local(tmp_path / "a.mha", voxels, ElementSpacing=None)).unit == "none"
    sized = open_data(local(tmp_path / "a.mha", voxels, ElementSpacing=None, ElementSize="2 3 4"))
    assert sized.unit == "mm"
    np.testing.assert_allclose(sized.world_from_voxel, WORLD)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ElementType": "MET_STRING"}, "ElementType MET_STRING is not read"),
        ({"DimSize": "6 5"}, "DimSize has 2 numbers, 3 are wanted"),
        ({"DimSize": "6 5 9000"}, "6 x 5 x 9000 x 2 bytes"),
        ({"DimSize": None}, "no DimSize"),
        ({"NDims": 7, "DimSize": "1 1 1 1 1 1 1"}, "NDims is 7"),
        ({"ElementSpacing": "1 0 1"}, "flattens space"),
        ({"HeaderSize": 12}, "HeaderSize 12 has no meaning"),
        ({"CompressedData": "True"}, "the zlib data are damaged"),
        ({"ElementSpacing": "one two three"}, "holds no numbers"),
    ],
)
def test_headers_with_a_fault_are_refused_by_name(tmp_path, voxels, fields, words):
    path = write(tmp_path / "a.mha", voxels, behind=voxels.tobytes(), **fields)
    with pytest.raises(FormatError, match=words):
        open_data(path)


def test_the_missing_file_of_voxels_is_named(tmp_path, voxels):
    with pytest.raises(FormatError, match=r"a\.zraw: no such file"):
        open_data(write(tmp_path / "a.mhd", voxels, "a.zraw"))
