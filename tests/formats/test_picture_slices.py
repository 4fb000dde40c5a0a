import numpy as np
import pytest
from PIL import Image

from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole


def write(folder, stack, ending="png", **options):
    folder.mkdir()
    for z, plane in enumerate(stack):
        Image.fromarray(plane).save(folder / f"slice{z + 1}.{ending}", **options)
    return folder


class TestPngSlices(VolumeContract):
    @pytest.fixture
    def stack(self, voxels):
        return np.concatenate([voxels, voxels[:3]])

    @pytest.fixture
    def volume(self, tmp_path, stack):
        return open_data(write(tmp_path / "a", stack))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, stack):
        stack = stack.copy()
        stack[10, 3, 2] += 1
        return open_data(write(tmp_path / "b", stack))

    def test_sixteen_bits_are_kept_in_natural_order_of_the_names(self, volume, stack):
        assert volume.dtype == np.uint16
        assert sniff(volume.path) == "volume"
        np.testing.assert_array_equal(volume.read(whole(volume)), stack)


def test_jpeg_slices_are_what_pillow_decodes(tmp_path):
    smooth = np.add.outer(np.arange(6), np.add.outer(np.arange(32), np.arange(40))).astype(np.uint8)
    folder = write(tmp_path / "a", smooth, "jpg")
    volume = open_data(folder, ReadOptions(spacing=(3, 2, 1)))
    expected = [np.asarray(Image.open(folder / f"slice{z + 1}.jpg")) for z in range(6)]
    np.testing.assert_array_equal(volume.read(whole(volume)), expected)
    np.testing.assert_array_equal(volume.world_from_voxel, np.diag([1, 2, 3, 1]))


@pytest.mark.parametrize("samples", [3, 4])
def test_colours_are_three_channels(tmp_path, samples):
    colours = np.random.default_rng(0).integers(0, 255, (4, 5, 6, samples), np.uint8)
    image = open_data(write(tmp_path / "a", colours))
    assert image.is_rgb
    for k, channel in enumerate(image.channels):
        if samples == 3:
            np.testing.assert_array_equal(channel.data.read(whole(channel.data)), colours[..., k])
    assert len(image.channels) == 3


def test_black_and_white_are_0_and_255(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a", voxels > 1000))
    np.testing.assert_array_equal(volume.read(whole(volume)), np.where(voxels > 1000, 255, 0))


def test_a_palette_becomes_colours(tmp_path):
    picture = Image.new("P", (6, 5), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.save(tmp_path / "a.png")
    image = open_data(tmp_path / "a.png")
    assert [int(channel.data.read(whole(channel.data)).max()) for channel in image.channels] == [10, 20, 30]


def test_one_picture_is_one_slice(tmp_path, voxels):
    Image.fromarray(voxels[0]).save(tmp_path / "a.png")
    assert open_data(tmp_path / "a.png").shape == (1, 5, 6)


def test_pictures_of_two_sizes_and_strays_are_named(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    Image.fromarray(voxels[0, :, :4]).save(folder / "slice4.png")
    with pytest.raises(FormatError, match=r"slice4\.png is 5 x 4 uint16, but slice1\.png is 5 x 6 uint16"):
        open_data(folder)
    (folder / "notes.txt").write_text("slice 4 is torn")
    with pytest.raises(FormatError, match=r"notes\.txt: no picture"):
        open_data(folder)


def test_a_picture_that_is_cut_off_is_refused(tmp_path):
    random = np.random.default_rng(0).integers(0, 255, (3, 90, 90), np.uint8)
    folder = write(tmp_path / "a", random)
    path = folder / "slice2.png"
    path.write_bytes(path.read_bytes()[:4000])
    volume = open_data(folder)
    with pytest.raises(FormatError, match=r"slice2\.png: the picture cannot be decoded"):
        volume.read(whole(volume))


def test_a_picture_that_claims_more_than_it_can_hold_is_refused(tmp_path, voxels):
    Image.fromarray(voxels[0]).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[16:24] = (60000).to_bytes(4, "big") * 2
    import zlib

    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.png: "):
        open_data(tmp_path / "a.png")
