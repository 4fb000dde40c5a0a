from contextlib import suppress
from typing import ClassVar

import numpy as np
import pytest
import tifffile

from brainreel.data import Channels
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole


def write(folder, voxels, **options):
    folder.mkdir()
    for z, plane in enumerate(voxels):
        tifffile.imwrite(folder / f"slice{z + 1}.tif", plane, **options)
    return folder


class TestTiffSlices(VolumeContract):
    options: ClassVar[dict[str, object]] = {}

    @pytest.fixture
    def stack(self, voxels):
        return np.concatenate([voxels, voxels[:3]])  # 12 slices: slice10 sorts before slice2 unless naturally

    @pytest.fixture
    def volume(self, tmp_path, stack):
        return open_data(write(tmp_path / "a", stack, **self.options))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, stack):
        stack = stack.copy()
        stack[10, 3, 2] += 1
        return open_data(write(tmp_path / "b", stack, **self.options))

    def test_slices_are_in_natural_order_of_their_names(self, volume, stack):
        np.testing.assert_array_equal(volume.read(whole(volume)), stack)

    def test_without_a_spacing_it_has_no_unit(self, volume):
        assert volume.unit == "none"
        np.testing.assert_array_equal(volume.world_from_voxel, np.eye(4))


class TestBigEndianTiffSlices(TestTiffSlices):
    options: ClassVar[dict[str, object]] = {"byteorder": ">"}


class TestCompressedTiffSlices(TestTiffSlices):
    options: ClassVar[dict[str, object]] = {"compression": "zlib", "predictor": True, "rowsperstrip": 2}


class TestTiledBigEndianTiffSlices(TestTiffSlices):
    options: ClassVar[dict[str, object]] = {"byteorder": ">", "tile": (16, 16)}


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_values_of_each_dtype_and_byte_order_come_back(tmp_path, voxels, dtype, byteorder):
    stack = (voxels // 256).astype(dtype)
    volume = open_data(write(tmp_path / "a", stack, byteorder=byteorder))
    assert volume.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.read(whole(volume)), stack)


def test_pixels_at_an_odd_byte_are_mapped_too(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    for path in folder.iterdir():
        content = path.read_bytes()
        with tifffile.TiffFile(path, mode="r+b") as file:
            start, size = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
            odd = len(content) + 1 - len(content) % 2
            file.pages[0].tags["StripOffsets"].overwrite(odd)
        path.write_bytes(path.read_bytes().ljust(odd, b"x") + content[start : start + size])
    volume = open_data(folder)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_a_compressed_slice_read_row_by_row_is_decoded_once(tmp_path, voxels, monkeypatch):
    volume = open_data(write(tmp_path / "a", voxels, compression="zlib"))
    decoded = []
    original = tifffile.TiffPage.asarray

    def record(page):
        decoded.append(page.parent.filename)
        return original(page)

    monkeypatch.setattr(tifffile.TiffPage, "asarray", record)
    for y in range(5):
        np.testing.assert_array_equal(volume.read((slice(3, 4), slice(y, y + 1), slice(0, 6)))[0], voxels[3, y : y + 1])
    assert decoded == ["slice4.tif"]


def test_a_stated_spacing_is_the_volumes(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a", voxels), ReadOptions(spacing=(0.05, 0.02, 0.01)))
    assert volume.unit == "mm"
    np.testing.assert_array_equal(volume.world_from_voxel, np.diag([0.01, 0.02, 0.05, 1]))
    assert volume.fingerprint() != open_data(volume.path).fingerprint()


def test_imagejs_unit_resolution_and_distance_are_the_spacing(tmp_path, voxels):
    metadata = {"unit": "um", "spacing": 3.0}
    folder = write(tmp_path / "a", voxels, imagej=True, resolution=(10, 5), metadata=metadata)
    volume = open_data(folder)
    assert volume.unit == "mm"
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], (0.0001, 0.0002, 0.003), rtol=1e-6)


@pytest.mark.parametrize("unit", ["INCH", "CENTIMETER"])
def test_a_resolution_that_knows_no_z_is_no_spacing(tmp_path, voxels, unit):
    folder = write(tmp_path / "a", voxels, resolution=(72, 72), resolutionunit=unit)
    assert open_data(folder).unit == "none"


def test_hidden_files_and_thumbnails_are_passed_over(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    for name in (".DS_Store", "Thumbs.db", "._slice1.tif"):
        (folder / name).write_bytes(b"litter")
    assert sniff(folder) == "volume"
    assert open_data(folder).shape == voxels.shape


def test_a_stray_file_is_named(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    (folder / "notes.txt").write_text("slice 4 is torn")
    with pytest.raises(FormatError, match=r"notes\.txt: no TIFF"):
        open_data(folder)


def test_slices_of_two_sizes_or_types_are_named_with_both(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    tifffile.imwrite(folder / "slice4.tif", voxels[0, :, :4])
    with pytest.raises(FormatError, match=r"slice4\.tif is 5 x 4 uint16, but slice1\.tif is 5 x 6 uint16"):
        open_data(folder)
    tifffile.imwrite(folder / "slice4.tif", voxels[0].astype(np.uint8))
    with pytest.raises(FormatError, match=r"slice4\.tif is 5 x 6 uint8, but slice1\.tif is 5 x 6 uint16"):
        open_data(folder)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colours_are_three_channels(tmp_path, voxels, planar):
    colours = np.stack([voxels, voxels + 7, voxels + 90], -1).astype(np.uint8)
    stack = np.moveaxis(colours, -1, 1) if planar == "separate" else colours
    image = open_data(write(tmp_path / "a", stack, photometric="rgb", planarconfig=planar))
    assert isinstance(image, Channels)
    assert image.is_rgb
    for k, channel in enumerate(image.channels):
        np.testing.assert_array_equal(channel.data.read(whole(channel.data)), colours[..., k])


def test_bits_are_refused(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels > 1000)
    with pytest.raises(FormatError, match="pixels of 1 bits"):
        open_data(folder)


def test_a_slice_of_several_pages_is_refused(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    tifffile.imwrite(folder / "slice2.tif", voxels[:2])
    with pytest.raises(FormatError, match=r"slice2\.tif: 2 pages"):
        open_data(folder)


@pytest.mark.parametrize(
    "options",
    [{"compression": name} for name in ("lzw", "zlib", "zstd", "packbits", "lzma")]
    + [{"compression": "lzw", "predictor": True}, {"compression": "zlib", "tile": (16, 16)}],
    ids=str,
)
def test_compressed_slices_come_back(tmp_path, voxels, options):
    volume = open_data(write(tmp_path / "a", voxels, **options))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_jpeg_slices_are_what_tifffile_decodes(tmp_path):
    smooth = np.add.outer(np.arange(6), np.add.outer(np.arange(32), np.arange(40))).astype(np.uint8)
    folder = write(tmp_path / "a", smooth, compression="jpeg")
    volume = open_data(folder)
    expected = [tifffile.imread(folder / f"slice{z + 1}.tif") for z in range(6)]
    np.testing.assert_array_equal(volume.read(whole(volume)), expected)


def test_a_codec_that_is_not_known_is_named_when_opened(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels, compression="zlib")
    with tifffile.TiffFile(folder / "slice1.tif", mode="r+b") as file:
        file.pages[0].tags["Compression"].overwrite(34661)
    with pytest.raises(FormatError, match=r"slice1\.tif: its compression JBIG is not decoded here"):
        open_data(folder)


def test_a_cut_off_slice_is_refused_when_opened(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    path = folder / "slice3.tif"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"slice3\.tif: 5 x 6 x 2 bytes = 60 from byte"):
        open_data(folder)


def test_flipped_bits_never_end_in_a_foreign_error(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels[:1], compression="zlib")
    path = folder / "slice1.tif"
    content = path.read_bytes()
    for position in range(0, len(content), 2):
        damaged = bytearray(content)
        damaged[position] ^= 0x43
        path.write_bytes(damaged)
        with suppress(FormatError):
            volume = open_data(folder)
            volume.read(whole(volume))
