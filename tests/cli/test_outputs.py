"""Files of every kind, from the command line to their pixels."""

import av
import numpy as np
import pytest
import tifffile
from PIL import Image

from brainreel.cli.app import run
from brainreel.encode import read_metadata

PLI = "phantom:pli?size=32"
SHORT = ["--size", "96x64", "--fps", "10", "--length", "1s"]


def movie(path, *options):
    return run(["movie", PLI, "-o", str(path), *SHORT, *options])


def still(path, *options):
    return run(["still", PLI, "-o", str(path), *options])


@pytest.mark.parametrize(
    ("name", "options", "codec"),
    [
        ("a.mp4", ["--codec", "h265", "--quality", "draft"], "hevc"),
        ("a.mp4", ["--codec", "av1"], "av1"),
        ("a.webm", ["--quality", "40"], "vp9"),
        ("a.mov", [], "prores"),
        ("a.wmv", [], "wmv2"),
        ("a.gif", [], "gif"),
    ],
)
def test_a_movie_in_every_format(tmp_path, capsys, name, options, codec):
    assert movie(tmp_path / name, *options) == 0
    with av.open(str(tmp_path / name)) as made:
        stream = made.streams.video[0]
        assert codec in (stream.codec_context.name, stream.codec.canonical_name)
        pictures = [frame.to_ndarray(format="rgb24") for frame in made.decode(stream)]
    assert len(pictures) == 10
    assert np.array(pictures).max() > 100
    assert run(["info", str(tmp_path / name), "--scene"]) == 0
    assert "phantom:pli" in capsys.readouterr().out


def test_a_transparent_movie_has_alpha_where_nothing_is(tmp_path):
    assert movie(tmp_path / "a_%d.png", "--set", "movie.background=transparent", "--frames", "0:1") == 0
    picture = np.asarray(Image.open(tmp_path / "a_0.png"))
    assert picture.shape == (64, 96, 4)
    assert picture[0, 0, 3] == 0
    assert picture[32, 48, 3] > 200
    assert movie(tmp_path / "a.mov", "--set", "movie.background=transparent", "--frames", "0:1") == 0
    with av.open(str(tmp_path / "a.mov")) as made:
        assert "yuva444p" in made.streams.video[0].codec_context.pix_fmt
        alpha = next(made.decode(video=0)).reformat(format="rgba").to_ndarray()[..., 3]
    assert np.abs(alpha.astype(int) - picture[..., 3]).max() <= 2


def test_numbered_pictures_of_16_bits_have_more_than_256_levels(tmp_path):
    assert movie(tmp_path / "a_%d.tif", "--codec", "tiff16", "--frames", "0:1") == 0
    picture = tifffile.imread(tmp_path / "a_0.tif")
    assert picture.dtype == np.uint16
    assert len(np.unique(picture % 257)) > 200


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
def test_a_still_for_print_has_its_width_in_pixels_and_in_the_file(tmp_path, capsys, name):
    assert still(tmp_path / name, "--width", "20mm", "--dpi", "300", "--set", "movie.size=square") == 0
    with Image.open(tmp_path / name) as picture:
        assert picture.size == (236, 236)
        across_dpi, down_dpi = picture.info["dpi"]
        assert 236 / across_dpi * 25.4 == pytest.approx(20, abs=0.08)
        assert across_dpi == down_dpi
    assert "236x236 at 0.000 s, 20mm wide at 300 dpi" in capsys.readouterr().out
    assert "phantom:pli" in read_metadata(tmp_path / name)["scene"]


def test_a_deep_transparent_still(tmp_path):
    options = ["--codec", "tiff16", "--size", "95x63", "--set", "movie.background=transparent"]
    assert still(tmp_path / "a.tif", *options) == 0
    picture = tifffile.imread(tmp_path / "a.tif")
    assert (picture.dtype, picture.shape) == (np.uint16, (63, 95, 4))
    assert picture[0, 0, 3] == 0


def test_a_contact_sheet_shows_frames_of_the_whole_movie(tmp_path):
    assert still(tmp_path / "a.png", "--contact", "3x2", "--size", "300x200") == 0
    sheet = np.asarray(Image.open(tmp_path / "a.png")).astype(int)
    height = (sheet.shape[0] - 2) // 2
    tiles = [sheet[y : y + height, x : x + 98] for y in (0, height + 2) for x in (1, 101, 201)]
    assert all(tile.max() > 60 for tile in tiles)
    assert np.abs(tiles[0][:, :96] - tiles[3][:, :96]).max() > 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["movie", PLI, "-o", "a.mp4", "--size", "641x480"], "use 642x480, --codec h264-444, or pictures"),
        (["movie", PLI, "-o", "a.mp4", "--codec", "vp9"], "a.mp4 cannot hold it"),
        (["movie", PLI, "-o", "a.mp4", "--quality", "nice"], "draft, good, best"),
        (["movie", PLI, "-o", "a.mp4", "--set", "movie.background=transparent"], "keeps no transparency"),
        (["movie", PLI, "-o", "a.mp4", "--size", "huge"], "one of 720p, 1080p"),
        (["movie", PLI, "-o", "a.gif", "--fps", "60"], "at most 50 frames a second"),
        (["still", PLI, "-o", "a.bmp"], "stills are PNG, TIFF or JPEG"),
        (["still", PLI, "-o", "a.png", "--width", "180"], "write 180mm, 18cm or 7in"),
        (["still", PLI, "-o", "a.png", "--width", "9000mm"], "sides lie in 1..16384"),
        (["still", PLI, "-o", "a.png", "--width", "180mm", "--size", "1080p"], "leave one out"),
        (["still", PLI, "-o", "a.png", "--contact", "5"], "columns x rows, such as 5x4"),
        (["still", PLI, "-o", "a.png", "--contact", "5x4", "-t", "1s"], "leave --time out"),
        (["still", PLI, "-o", "a.png", "--contact", "50x40"], "is 2000 pictures of a movie of"),
        (["still", PLI, "-o", "a.jpg", "--set", "movie.background=transparent"], "JPEG keeps no transparency"),
        (["still", PLI, "-o", "a.jpg", "--codec", "png16"], "a.jpg is written as jpeg"),
    ],
)
def test_what_cannot_be_ends_with_exit_code_2_and_what_can(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
