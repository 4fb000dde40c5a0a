import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainreel.encode import Part, PngSequence, read_metadata, write_still
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
    encode(PngSequence(SIZE), PICTURES, output, (1, 1, 1, 1), {"scene": "täst\n"})
    for name, picture in zip(names, PICTURES, strict=True):
        assert np.array_equal(pixels(tmp_path / name), picture)
        assert read_metadata(tmp_path / name) == {"scene": "täst\n"}


def test_one_segment_may_stand_for_several_frames(encode, tmp_path):
    encode(PngSequence(SIZE), PICTURES[:1], "frames")
    PngSequence(SIZE).join([Part(tmp_path / "segment0.png", range(5, 8))], tmp_path / "more", tmp_path, {})
    assert sorted(path.name for path in (tmp_path / "more").iterdir()) == [f"frame_0000{i}.png" for i in (5, 6, 7)]


def test_a_folder_that_was_there_keeps_its_other_files(encode, tmp_path, caplog):
    (tmp_path / "frames").mkdir()
    for name in ("notes.txt", "frame_00000.png", "frame_00077.png"):
        (tmp_path / "frames" / name).write_text("old")
    with caplog.at_level(logging.WARNING):
        encode(PngSequence(SIZE), PICTURES[:1], "frames")
    assert "also holds 1 other pictures, such as frame_00077.png" in caplog.text
    assert np.array_equal(pixels(tmp_path / "frames" / "frame_00000.png"), PICTURES[0])
    assert (tmp_path / "frames" / "notes.txt").read_text() == "old"


def test_a_failed_join_leaves_no_folder(encode, tmp_path):
    lost = tmp_path / "lost.png"
    with pytest.raises(InputError, match=f"frames: cannot be written .*{lost}"):
        PngSequence(SIZE).join([Part(lost, range(1))], tmp_path / "frames", tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_another_size_is_refused(tmp_path):
    with (tmp_path / "a").open("wb") as file, pytest.raises(BrainreelError, match="came for pictures of 31x17"):
        PngSequence(SIZE).open(file).write(np.zeros((31, 17, 3), np.uint8))


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "frames").touch()
    with pytest.raises(InputError, match="is a file; a name without a suffix means a folder"):
        PngSequence(SIZE).check(tmp_path / "frames")


def test_a_still_comes_back_with_its_metadata(tmp_path):
    write_still(tmp_path / "still.png", PICTURES[0], {"time_s": 3.2})
    assert np.array_equal(pixels(tmp_path / "still.png"), PICTURES[0])
    assert read_metadata(tmp_path / "still.png") == {"time_s": 3.2}
    assert list(tmp_path.iterdir()) == [tmp_path / "still.png"]


def test_a_still_is_a_png(tmp_path):
    with pytest.raises(InputError, match=r"a still is a PNG; name it still\.png"):
        write_still(tmp_path / "still.jpg", PICTURES[0], {})
