import base64
import json
import zlib
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from brainreel.encode import Gif, Video, encoding, find_metadata, read_metadata, write_still
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


@pytest.mark.parametrize("name", ["slice.tif", "a.png", "a.gif", "a.jpg"])
def test_what_another_program_wrote_has_none(tmp_path, name):
    Image.new("RGB", (4, 4)).save(tmp_path / name)
    assert find_metadata(tmp_path / name) is None


def test_a_comment_that_is_no_mapping_is_none(tmp_path):
    for k, comment in enumerate(["{}", '{"brainreel": 3}', '{"brainreel-zlib": 1}', "[" * 9999]):
        Image.new("RGB", (4, 4)).save(tmp_path / f"{k}.png", pnginfo=_comment(comment))
        assert find_metadata(tmp_path / f"{k}.png") is None


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_a_poster_of_more_pixels_than_pillow_decodes_gives_back_its_scene(tmp_path, monkeypatch, name):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    write_still(tmp_path / name, np.zeros((48, 64, 3), np.uint8), METADATA)
    assert read_metadata(tmp_path / name) == METADATA


@pytest.mark.parametrize(
    ("encoder", "stated"),
    [
        (Video((64, 48), Fraction(30)), {"codec": "h264", "crf": 18, "quality": "good"}),
        (Video((64, 48), Fraction(30), "vp9", ".webm", "31"), {"codec": "vp9", "crf": 31}),
        (Video((64, 48), Fraction(30), "prores", ".mov"), {"codec": "prores"}),
        (Video((64, 48), Fraction(30), "wmv2", ".wmv", "best"), {"codec": "wmv2", "qmin": 2, "quality": "best"}),
        (Gif((64, 48), Fraction(30)), {}),
    ],
)
def test_the_settings_of_the_encoder_are_read_from_its_identity(encoder, stated):
    assert encoding({"versions": {"encoder": encoder.identity()}}) == stated
    assert encoding({"versions": 3}) == encoding({}) == {}


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
