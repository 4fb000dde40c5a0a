import logging
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from brainreel.encode import Part, PictureKind, Sequenced, read_metadata, still_kind, write_still
from brainreel.errors import BrainreelError, InputError

SIZE = (31, 17)
RNG = np.random.default_rng(7)
PICTURES = [RNG.integers(0, 256, (*SIZE[::-1], 3), np.uint8) for _ in range(4)]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        picture.verify()
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("frames", [f"frames/frame_0000{i}.png" for i in range(4)]),
        ("pic_%02d.png", [f"pic_0{i}.png" for i in range(4)]),
        ("p%d.PNG", [f"p{i}.PNG" for i in range(4)]),
    ],
)
def test_pictures_come_back_bit_for_bit_under_their_numbers(encode, tmp_path, output, names):
    encode(Sequenced(SIZE), PICTURES, output, (1, 1, 1, 1), {"scene": "täst\n"})
    for name, picture in zip(names, PICTURES, strict=True):
        assert np.array_equal(pixels(tmp_path / name), picture)
        assert read_metadata(tmp_path / name) == {"scene": "täst\n"}


def test_one_segment_may_stand_for_several_frames(encode, tmp_path):
    encode(Sequenced(SIZE), PICTURES[:1], "frames")
    Sequenced(SIZE).join([Part(tmp_path / "segment0.png", range(5, 8))], tmp_path / "more", tmp_path, {})
    assert sorted(path.name for path in (tmp_path / "more").iterdir()) == [f"frame_0000{i}.png" for i in (5, 6, 7)]


def test_a_folder_that_was_there_keeps_its_other_files(encode, tmp_path, caplog):
    (tmp_path / "frames").mkdir()
    for name in ("notes.txt", "frame_00000.png", "frame_00077.png"):
        (tmp_path / "frames" / name).write_text("old")
    with caplog.at_level(logging.WARNING):
        encode(Sequenced(SIZE), PICTURES[:1], "frames")
    assert "also holds 1 other pictures, such as frame_00077.png" in caplog.text
    assert np.array_equal(pixels(tmp_path / "frames" / "frame_00000.png"), PICTURES[0])
    assert (tmp_path / "frames" / "notes.txt").read_text() == "old"


def test_a_failed_join_leaves_no_folder(encode, tmp_path):
    lost = tmp_path / "lost.png"
    with pytest.raises(InputError, match=f"frames: cannot be written .*{lost}"):
        Sequenced(SIZE).join([Part(lost, range(1))], tmp_path / "frames", tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_another_size_is_refused(tmp_path):
    with (tmp_path / "a").open("wb") as file, pytest.raises(BrainreelError, match="came for a movie of 31x17"):
        Sequenced(SIZE).open(file).write(np.zeros((31, 17, 3), np.uint8))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "frames").touch()
    with pytest.raises(InputError, match="is a file; a name without a suffix means a folder"):
        Sequenced(SIZE).check(tmp_path / "frames")


def test_a_still_comes_back_with_its_metadata(tmp_path):
    write_still(tmp_path / "still.png", PICTURES[0], {"time_s": 3.2})
    assert np.array_equal(pixels(tmp_path / "still.png"), PICTURES[0])
    assert read_metadata(tmp_path / "still.png") == {"time_s": 3.2}
    assert list(tmp_path.iterdir()) == [tmp_path / "still.png"]


DEEP = RNG.integers(0, 65536, (*SIZE[::-1], 3)).astype(np.uint16)
CLEAR = RNG.integers(0, 256, (*SIZE[::-1], 4), np.uint8)
DEEP_CLEAR = RNG.integers(0, 65536, (*SIZE[::-1], 4)).astype(np.uint16)


def decoded(path: Path, channels: int, bits: int) -> np.ndarray:
    """Pixels as the program ffmpeg reads them."""
    layout = {(3, 8): "rgb24", (4, 8): "rgba", (3, 16): "rgb48le", (4, 16): "rgba64le"}[channels, bits]
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", layout, "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8 if bits == 8 else np.uint16).reshape(*SIZE[::-1], channels)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="the program ffmpeg is not installed")
@pytest.mark.parametrize(
    ("codec", "picture"), [("png", CLEAR), ("png16", DEEP), ("png16", DEEP_CLEAR), ("tiff", CLEAR), ("tiff16", DEEP)]
)
@pytest.mark.parametrize("sequence", [True, False])
def test_every_bit_and_alpha_come_back_through_ffmpeg(encode, tmp_path, codec, picture, sequence):
    kind = PictureKind(codec, alpha=picture.shape[2] == 4)
    path = tmp_path / ("p_%d" if sequence else "p_0")
    path = path.with_suffix(".png" if "png" in codec else ".tif")
    if sequence:
        encode(Sequenced(SIZE, kind), [picture], path.name, metadata={"scene": "s" * 100_000})
        path = path.with_name(path.name.replace("%d", "0"))
    else:
        write_still(path, picture, {"scene": "s" * 100_000}, kind)
    assert np.array_equal(decoded(path, picture.shape[2], kind.bits), picture)
    assert read_metadata(path) == {"scene": "s" * 100_000}


def test_a_tiff_of_16_bits_with_alpha_comes_back_with_straight_alpha(tmp_path):
    write_still(tmp_path / "a.tif", DEEP_CLEAR, {}, PictureKind("tiff16", alpha=True))
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert np.array_equal(file.asarray(), DEEP_CLEAR)
        assert file.pages[0].tags["ExtraSamples"].value == (2,)


def test_pictures_of_8_bits_become_16_without_change_of_colour(encode, tmp_path):
    encode(Sequenced(SIZE, PictureKind("tiff16")), PICTURES[:1], "p_%d.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "p_0.tif"), PICTURES[0] * np.uint16(257))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
@pytest.mark.parametrize("dpi", [72, 300, 1200])
def test_a_still_states_its_density(tmp_path, name, dpi):
    write_still(tmp_path / name, PICTURES[0], {"a": 1}, dpi=dpi)
    with Image.open(tmp_path / name) as picture:
        assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
    assert read_metadata(tmp_path / name) == {"a": 1}


def test_a_png_of_16_bits_states_its_density(tmp_path):
    write_still(tmp_path / "a.png", DEEP, {}, PictureKind("png16"), 300)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)


def test_a_jpeg_has_colours_within_3_of_255_and_a_scene_longer_than_its_comments(tmp_path):
    flat = np.full((32, 32, 3), (230, 20, 60), np.uint8)
    write_still(tmp_path / "a.jpg", flat, {"scene": "line\n" * 20_000})
    assert np.abs(pixels(tmp_path / "a.jpg").astype(int) - flat).max() <= 3
    assert read_metadata(tmp_path / "a.jpg") == {"scene": "line\n" * 20_000}


def test_a_scene_too_long_for_any_comment_is_left_out_with_a_warning(tmp_path, caplog):
    noise = RNG.bytes(60_000).hex()
    write_still(tmp_path / "a.jpg", PICTURES[0], {"scene": noise})
    assert "goes without it" in caplog.text
    assert read_metadata(tmp_path / "a.jpg") == {}


def test_better_jpegs_are_larger(tmp_path):
    sizes = []
    for quality in ("draft", "good", "best", "100"):
        write_still(tmp_path / "a.jpg", PICTURES[0], {}, PictureKind("jpeg", quality))
        sizes.append((tmp_path / "a.jpg").stat().st_size)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.bmp", {}, r"stills are PNG, TIFF or JPEG; name it a\.png"),
        ("a.jpg", {"codec": "png16"}, r"a\.jpg is written as jpeg"),
        ("a.jpg", {"alpha": True}, "JPEG keeps no transparency; write PNG"),
        ("a.jpg", {"quality": "0"}, "JPEG takes draft, good, best, or 1 to 100"),
        ("a.png", {"quality": "best"}, "PNG keeps every bit"),
    ],
)
def test_a_still_that_cannot_be_says_what_can(name, options, message):
    with pytest.raises(InputError, match=message):
        still_kind(Path(name), **options)


def test_a_picture_too_deep_for_its_file_is_refused(tmp_path):
    with (tmp_path / "a").open("wb") as file, pytest.raises(BrainreelError, match="uint16 came for a movie of 8 bits"):
        Sequenced(SIZE).open(file).write(DEEP)
