import logging
from typing import ClassVar

import numpy as np
import pytest
import tifffile

from brainreel.data import Channels, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

UM = {"PhysicalSizeZ": 2.0, "PhysicalSizeY": 0.5, "PhysicalSizeX": 250.0, "PhysicalSizeXUnit": "nm"}


def write_imagej(path, voxels, unit):
    metadata = {"unit": unit, "spacing": 3.0, "axes": "ZYX"}
    tifffile.imwrite(path, voxels, imagej=True, resolution=(10, 5), metadata=metadata)


class TestPlainStack(VolumeContract):
    options: ClassVar[dict[str, object]] = {}

    @pytest.fixture
    def volume(self, tmp_path, voxels):
        tifffile.imwrite(tmp_path / "a.tif", voxels, **self.options)
        return open_data(tmp_path / "a.tif")

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[7, 3, 2] += 1
        tifffile.imwrite(tmp_path / "b.tif", voxels, **self.options)
        return open_data(tmp_path / "b.tif")

    def test_its_values_are_those_written(self, volume, voxels):
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


class TestStackBehindOnePage(TestPlainStack):
    options: ClassVar[dict[str, object]] = {"truncate": True, "byteorder": ">"}


class TestLzwStack(TestPlainStack):
    options: ClassVar[dict[str, object]] = {"compression": "lzw", "predictor": True, "metadata": None}


class TestTiledBigTiff(TestPlainStack):
    options: ClassVar[dict[str, object]] = {"bigtiff": True, "tile": (16, 16), "byteorder": ">"}


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zstd"])
def test_every_type_of_either_byte_order_comes_back(tmp_path, voxels, dtype, byteorder, compression):
    stack = (voxels / 500).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", stack, byteorder=byteorder, compression=compression)
    volume = open_data(tmp_path / "a.tif")
    assert volume.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.read(whole(volume)), stack)


def test_a_single_page_is_one_slice(tmp_path, voxels):
    tifffile.imwrite(tmp_path / "a.tif", voxels[0])
    volume = open_data(tmp_path / "a.tif")
    assert sniff(tmp_path / "a.tif") == "volume"
    assert volume.shape == (1, 5, 6)
    np.testing.assert_array_equal(volume.read(whole(volume))[0], voxels[0])


@pytest.mark.parametrize("unit", ["micron", "um", "\\u00B5m", "microns"])
def test_imagejs_calibration_in_micrometres_is_the_spacing(tmp_path, voxels, unit):
    tifffile.imwrite(
        tmp_path / "a.tif",
        voxels,
        imagej=True,
        resolution=(10, 5),
        metadata={"unit": unit, "spacing": 3.0, "axes": "ZYX"},
    )
    volume = open_data(tmp_path / "a.tif")
    assert volume.unit == "mm"
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], (1e-4, 2e-4, 3e-3), rtol=1e-6)


def test_a_stated_spacing_replaces_the_files(tmp_path, voxels):
    tifffile.imwrite(
        tmp_path / "a.tif",
        voxels,
        imagej=True,
        resolution=(10, 5),
        metadata={"unit": "um", "spacing": 3.0, "axes": "ZYX"},
    )
    volume = open_data(tmp_path / "a.tif", ReadOptions(spacing=(4, 2, 1)))
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], (1, 2, 4))


@pytest.mark.parametrize("unit", ["pixel", "", "furlong"])
def test_a_unit_that_is_no_length_is_no_spacing(tmp_path, voxels, unit):
    tifffile.imwrite(
        tmp_path / "a.tif",
        voxels,
        imagej=True,
        resolution=(10, 5),
        metadata={"unit": unit, "spacing": 3, "axes": "ZYX"},
    )
    assert open_data(tmp_path / "a.tif").unit == "none"


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_an_imagej_hyperstack_is_channels_over_time(tmp_path, compression):
    stack = np.arange(3 * 4 * 2 * 5 * 6, dtype=np.uint16).reshape(3, 4, 2, 5, 6)  # tzcyx
    tables = [np.outer(color, np.arange(256)).astype(np.uint8) for color in ((1, 0, 0), (0, 1, 1))]
    metadata = {"axes": "TZCYX", "finterval": 0.25, "LUTs": tables, "Ranges": (3.0, 90.0, 5.0, 700.0), "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata=metadata, compression=compression)
    image = open_data(tmp_path / "a.tif")
    assert isinstance(image, Channels)
    assert not image.is_rgb
    assert [channel.color for channel in image.channels] == [(1, 0, 0), (0, 1, 1)]
    assert [channel.window for channel in image.channels] == [(3, 90), (5, 700)]
    prints = set()
    for c, channel in enumerate(image.channels):
        series = channel.data
        assert isinstance(series, VolumeSeries)
        assert (series.times.count, series.times.step_s, series.times.unit) == (3, 0.25, "s")
        prints.add(series.fingerprint())
        for t in range(3):
            moment = series.moment(t)
            prints.add(moment.fingerprint())
            np.testing.assert_array_equal(moment.read(whole(moment)), stack[t, :, c])
    assert len(prints) == 8


def test_stated_times_replace_the_files(tmp_path):
    stack = np.arange(3 * 4 * 5 * 6, dtype=np.uint16).reshape(3, 4, 5, 6)
    tifffile.imwrite(tmp_path / "a.tif", stack, metadata={"axes": "TZYX"}, photometric="minisblack")
    series = open_data(tmp_path / "a.tif", ReadOptions(times=(-0.1, 0.5)))
    assert (series.times.first_s, series.times.step_s, series.times.unit) == (-0.1, 0.5, "s")
    assert open_data(tmp_path / "a.tif").times.unit == "items"


@pytest.mark.parametrize("axes", ["TCZYX", "CTZYX", "ZTCYX"])
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_ome_axes_sizes_channels_and_times_are_read(tmp_path, axes, compression):
    sizes = {"T": 2, "C": 3, "Z": 4, "Y": 5, "X": 6}
    stack = np.arange(720, dtype=np.uint16).reshape([sizes[axis] for axis in axes])
    metadata = {
        "axes": axes,
        **UM,
        "TimeIncrement": 500.0,
        "TimeIncrementUnit": "ms",
        "Channel": {"Name": ["DAPI", "GFP", "GFP"], "Color": [0x0000FFFF, 0x00FF00FF, -1]},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, metadata=metadata, compression=compression)
    image = open_data(tmp_path / "a.ome.tif")
    assert [channel.name for channel in image.channels] == ["DAPI", "GFP 1", "GFP 2"]
    assert [channel.color for channel in image.channels] == [(0, 0, 1), (0, 1, 0), None]
    order = [axes.index(axis) for axis in "TCZYX"]
    for c, channel in enumerate(image.channels):
        assert channel.data.times.step_s == 0.5
        for t in range(2):
            moment = channel.data.moment(t)
            np.testing.assert_allclose(np.diag(moment.world_from_voxel)[:3], (2.5e-4, 5e-4, 2e-3))
            np.testing.assert_array_equal(moment.read(whole(moment)), stack.transpose(order)[t, c])


def test_ome_entities_are_refused(tmp_path, voxels):
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><OME><Image><Pixels/></Image></OME>'
    tifffile.imwrite(tmp_path / "a.tif", voxels, description=text, metadata=None)
    with pytest.raises(FormatError, match="document type"):
        open_data(tmp_path / "a.tif")


def test_an_ome_image_in_several_files_is_refused(tmp_path, voxels):
    planes = "".join(
        f'<TiffData FirstZ="{k}"><UUID FileName="{k}.tif">urn:uuid:{k}</UUID></TiffData>' for k in range(2)
    )
    text = f'<OME><Image><Pixels SizeX="6" SizeY="5" SizeZ="2">{planes}</Pixels></Image></OME>'
    tifffile.imwrite(tmp_path / "a.ome.tif", voxels[0], description=text, metadata=None)
    with pytest.raises(FormatError, match=r"lies in 2 files.*bfconvert"):
        open_data(tmp_path / "a.ome.tif")


OME = (
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
    'DimensionOrder="{order}" Type="uint16" SizeX="6" SizeY="5" SizeZ="{depth}" SizeC="1" SizeT="1">'
    '<Channel ID="Channel:0:0" SamplesPerPixel="1"/>{planes}</Pixels></Image></OME>'
)


def test_planes_that_ome_leaves_out_are_black_and_said(tmp_path, voxels, caplog):
    planes = "".join(f'<TiffData IFD="{k}" FirstZ="{k + 1}" PlaneCount="1"/>' for k in range(3))
    text = OME.format(order="XYZCT", depth=5, planes=planes)
    options = {"description": text, "metadata": None, "compression": "zlib", "photometric": "minisblack"}
    tifffile.imwrite(tmp_path / "a.ome.tif", voxels[:3], **options)
    volume = open_data(tmp_path / "a.ome.tif")
    black = np.zeros_like(voxels[:1])
    np.testing.assert_array_equal(volume.read(whole(volume)), np.concatenate([black, voxels[:3], black]))
    assert "2 of 5 planes are missing" in caplog.text


def test_ome_that_does_not_fit_its_pages_is_refused(tmp_path, voxels):
    text = OME.format(order="nonsense", depth=9, planes="<TiffData/>")
    tifffile.imwrite(tmp_path / "a.ome.tif", voxels, description=text, metadata=None)
    with pytest.raises(FormatError, match=r"a\.ome\.tif: "):
        open_data(tmp_path / "a.ome.tif")


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_colours_are_red_green_and_blue_bytes(tmp_path, planar, compression, dtype):
    colours = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (4, 5, 6, 4)).astype(dtype)
    stack = np.moveaxis(colours, -1, 1) if planar == "separate" else colours
    tifffile.imwrite(
        tmp_path / "a.tif", stack, photometric="rgb", planarconfig=planar, compression=compression, extrasamples=[2]
    )
    image = open_data(tmp_path / "a.tif")
    assert image.is_rgb
    assert [channel.name for channel in image.channels] == ["red", "green", "blue"]
    for k, channel in enumerate(image.channels):
        assert channel.data.dtype == np.uint8
        expected = colours[..., k] >> (8 * (colours.itemsize - 1))
        np.testing.assert_array_equal(channel.data.read(whole(channel.data)), expected)


def test_axes_that_cannot_be_drawn_are_named(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((2, 3, 4, 5, 6), np.uint8), metadata={"axes": "VAZYX"}, photometric="minisblack"
    )
    with pytest.raises(FormatError, match=r"2 \(V\) x 3 \(A\) x 4 \(Z\)"):
        open_data(tmp_path / "a.tif")


def test_bits_and_complex_numbers_are_refused(tmp_path, voxels):
    tifffile.imwrite(tmp_path / "a.tif", voxels > 1000)
    with pytest.raises(FormatError, match="pixels of 1 bits"):
        open_data(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", voxels.astype(np.complex64))
    with pytest.raises(FormatError, match="pixels of 64 bits"):
        open_data(tmp_path / "b.tif")


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"truncate": True}, {"imagej": True}], ids=str)
@pytest.mark.parametrize("part", [0.3, 0.66, 0.9])
def test_a_stack_that_is_cut_off_is_refused(tmp_path, voxels, options, part):
    random = np.random.default_rng(0).integers(0, 65535, (9, 50, 60)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", random, **options)
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(FormatError, match=r"a\.tif: "):
        open_data(tmp_path / "a.tif")


def test_a_stack_whose_metadata_promise_more_pages_is_refused(tmp_path, voxels):
    text = "ImageJ=1.53f\nimages=12\nslices=12\n"
    tifffile.imwrite(tmp_path / "a.tif", voxels, description=text, metadata=None, compression="zlib")
    with pytest.raises(FormatError, match="9 pages, but its description states 12"):
        open_data(tmp_path / "a.tif")


def test_a_stack_without_spacing_says_how_to_state_it(tmp_path, voxels, caplog):
    tifffile.imwrite(tmp_path / "a.tif", voxels)
    with caplog.at_level(logging.INFO, "brainreel"):
        open_data(tmp_path / "a.tif")
    assert "--spacing" in caplog.text
