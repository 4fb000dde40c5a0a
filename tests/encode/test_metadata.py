import base64
import json
import zlib
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from brainreel.encode import Video, find_metadata, read_metadata
from brainreel.errors import FormatError

SCENE = "# Hirn — µm\nlayers:\n  pli: {volume: {file: 'a;b=c\\d'}}\n" + "x: 'ünï'\n" * 5000
METADATA = {"scene": SCENE, "fingerprints": {"a/\udce9.nii": "00ff"}, "quality": {"error_px": 1.0}, "nul": "\0"}


def test_a_movie_gives_back_a_long_scene_with_any_character(encode):
    picture = np.zeros((48, 64, 3), np.uint8)
    path = encode(Video((64, 48), Fraction(30)), [picture] * 3, "a.mp4", metadata=METADATA)
    assert read_metadata(path) == METADATA


def test_a_picture_of_another_program_has_no_metadata(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(FormatError, match=r"a\.png: holds no metadata of brainreel"):
        read_metadata(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.mp4", "a.png"])
def test_a_file_that_is_no_picture_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"no movie and no picture")
    with pytest.raises(FormatError, match=f"{name}: cannot be read as"):
        read_metadata(tmp_path / name)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FormatError, match="no such file"):
        read_metadata(tmp_path / "a.mp4")


def test_a_picture_of_another_program_may_be_data_but_its_movie_is_told(encode, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "slice.tif")
    assert find_metadata(tmp_path / "slice.tif") is None
    Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")
    with pytest.raises(FormatError, match="holds no metadata of brainreel"):
        find_metadata(tmp_path / "a.gif")


def test_a_comment_that_swells_without_bounds_is_refused(tmp_path):
    bomb = json.dumps({"brainreel-zlib": base64.b85encode(zlib.compress(bytes(300 << 20), 9)).decode()})
    png = Image.new("RGB", (4, 4))
    png.save(tmp_path / "a.png", pnginfo=_comment(bomb))
    with pytest.raises(FormatError):
        read_metadata(tmp_path / "a.png")


def _comment(text: str) -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", text)
    return info
