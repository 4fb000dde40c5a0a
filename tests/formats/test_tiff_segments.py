import os

import numpy as np
import pytest
import tifffile

from brainreel.data import Channels
from brainreel.errors import FormatError
from brainreel.formats import open_data
from brainreel.formats.tiff_segments import Segments
from contracts.volume import VolumeContract, whole

LAYOUTS = {"strips": {"rowsperstrip": 16}, "tiles": {"tile": (16, 32)}, "wide tiles": {"tile": (32, 128)}}
CODECS = {
    "lzw": {"compression": "lzw"},
    "lzw, predictor": {"compression": "lzw", "predictor": True},
    "deflate, predictor": {"compression": "zlib", "predictor": True},
    "zstd": {"compression": "zstd"},
    "packbits": {"compression": "packbits"},
    "jpeg": {"compression": "jpeg"},
    "none": {},
}
TOGETHER = {"strips": 16, "tiles": 16, "wide tiles": 32}
PARTS = (
    (slice(0, 2), slice(0, 70), slice(0, 101)),
    (slice(1, 2), slice(13, 33), slice(0, 101)),
    (slice(0, 1), slice(69, 70), slice(95, 101)),
)


def image(dtype):
    """Smooth slices (2, 70, 101), which no layout divides, with some texture."""
    z, y, x = np.ogrid[:2, :70, :101]
    return (100 + 50 * np.sin(y / 9 + z) * np.cos(x / 11) + (x * y) % 5).astype(dtype)


def opened(where, as_slices, voxels, **options):
    """What is read back, and what tifffile reads, from a stack or from slices."""
    if not as_slices:
        tifffile.imwrite(where / "a.tif", voxels, **options)
        return open_data(where / "a.tif"), tifffile.imread(where / "a.tif")
    (where / "a").mkdir()
    paths = [where / "a" / f"{z}.tif" for z in range(len(voxels))]
    for path, plane in zip(paths, voxels, strict=True):
        tifffile.imwrite(path, plane, **options)
    return open_data(where / "a"), np.stack([tifffile.imread(path) for path in paths])


@pytest.fixture
def decoded(monkeypatch):
    """The rows at which decoded segments begin."""
    seen = []
    original = Segments._decoded

    def record(self, file, place):
        seen.append(place[1] * self.chunk[self.axes.index("y")])
        return original(self, file, place)

    monkeypatch.setattr(Segments, "_decoded", record)
    return seen


class TestManySegments(VolumeContract):
    @pytest.fixture
    def voxels(self):
        return np.random.default_rng(0).integers(0, 999, (7, 40, 50), np.uint16)

    @pytest.fixture
    def volume(self, tmp_path, voxels):
        tifffile.imwrite(tmp_path / "a.tif", voxels, compression="zlib", tile=(16, 16), byteorder=">")
        return open_data(tmp_path / "a.tif")

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels[3, 30, 20] += 1
        tifffile.imwrite(tmp_path / "b.tif", voxels, compression="zlib", tile=(16, 16), byteorder=">")
        return open_data(tmp_path / "b.tif")


@pytest.mark.parametrize("as_slices", [True, False], ids=["slices", "stack"])
@pytest.mark.parametrize("form", [{"byteorder": "<"}, {"byteorder": ">"}, {"bigtiff": True}], ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("codec", CODECS)
def test_every_part_is_what_tifffile_reads(tmp_path, codec, layout, form, as_slices):
    options = {**LAYOUTS[layout], **CODECS[codec], **form, "photometric": "minisblack"}
    for dtype in ("uint8",) if codec == "jpeg" else ("uint8", "uint16", "float32"):
        (tmp_path / dtype).mkdir()
        volume, expected = opened(tmp_path / dtype, as_slices, image(dtype), **options)
        for part in PARTS:
            np.testing.assert_array_equal(volume.read(part), expected[part])
        if codec != "none":
            assert volume.rows().together == TOGETHER[layout]


@pytest.mark.parametrize("as_slices", [True, False], ids=["slices", "stack"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("codec", "planar"),
    [("zstd", "contig"), ("zstd", "separate"), ("deflate, predictor", "contig"), ("jpeg", "contig")],
)
def test_every_part_of_colours_is_what_tifffile_reads(tmp_path, codec, layout, planar, as_slices):
    colours = np.stack([image("uint8"), image("uint8") + 9, image("uint8") + 40], -1)
    stack = colours if planar == "contig" else np.moveaxis(colours, -1, 1)
    options = {**LAYOUTS[layout], **CODECS[codec], "photometric": "rgb", "planarconfig": planar}
    channels, expected = opened(tmp_path, as_slices, np.ascontiguousarray(stack), **options)
    assert isinstance(channels, Channels)
    for k, channel in enumerate(channels.channels):
        for part in PARTS:
            one = expected[..., k] if planar == "contig" else expected[:, k]
            np.testing.assert_array_equal(channel.data.read(part), one[part])
        assert channel.data.rows().together == TOGETHER[layout]


@pytest.mark.parametrize("as_slices", [True, False], ids=["slices", "stack"])
def test_a_band_decodes_only_the_strips_it_touches(tmp_path, as_slices, decoded):
    volume, _ = opened(tmp_path, as_slices, image("uint8"), compression="zlib", rowsperstrip=7)
    decoded.clear()
    volume.read((slice(0, 2), slice(14, 22), slice(0, 101)))
    assert decoded == [14, 21] * 2


def test_strips_that_were_left_out_are_zero(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", image("uint8"), compression="zlib", rowsperstrip=7)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        counts = list(file.pages[0].databytecounts)
        file.pages[0].tags["StripByteCounts"].overwrite([counts[0], 0, *counts[2:]])
    volume, expected = open_data(tmp_path / "a.tif"), image("uint8")
    expected[0, 7:14] = 0
    np.testing.assert_array_equal(volume.read(whole(volume)), expected)


def test_slices_of_other_strips_are_one_volume(tmp_path):
    for z, rows in enumerate((7, 16)):
        tifffile.imwrite(tmp_path / f"{z}.tif", image("uint8")[z], compression="zlib", rowsperstrip=rows)
    volume = open_data(tmp_path)
    assert volume.rows().together == 16
    np.testing.assert_array_equal(volume.read(whole(volume)), image("uint8"))


def test_a_slice_in_one_strip_among_others_makes_all_rows_come_together(tmp_path):
    for z, rows in enumerate((7, 70)):
        tifffile.imwrite(tmp_path / f"{z}.tif", image("uint8")[z], compression="zlib", rowsperstrip=rows)
    volume = open_data(tmp_path)
    assert volume.rows().together == 70
    np.testing.assert_array_equal(volume.read(whole(volume)), image("uint8"))


def test_a_strip_that_is_damaged_is_named_when_it_is_read(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, image("uint8"), compression="zlib", rowsperstrip=7)
    with tifffile.TiffFile(path) as file:
        offset, count = file.pages[1].dataoffsets[3], file.pages[1].databytecounts[3]
    content = bytearray(path.read_bytes())
    content[offset : offset + count] = b"x" * count
    path.write_bytes(content)
    volume = open_data(path)
    volume.read((slice(0, 2), slice(0, 21), slice(0, 101)))
    with pytest.raises(FormatError, match=r"a\.tif: piece 3 cannot be decoded"):
        volume.read((slice(0, 2), slice(0, 22), slice(0, 101)))


def test_a_table_with_too_few_strips_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", image("uint8")[0], compression="zlib", rowsperstrip=7)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["RowsPerStrip"].overwrite(3)
    with pytest.raises(FormatError, match="of its 24 pieces only 10 are listed"):
        open_data(tmp_path / "a.tif")


def test_a_file_that_changed_since_it_was_opened_is_named(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, image("uint8"), compression="zlib", rowsperstrip=7)
    volume = open_data(path)
    os.utime(path, ns=(0, 0))
    with pytest.raises(FormatError, match=r"a\.tif: the file has changed since it was opened"):
        volume.read(whole(volume))
