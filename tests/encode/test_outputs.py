from fractions import Fraction
from pathlib import Path

import pytest

from brainreel.encode import Gif, PictureKind, Sequenced, Video, codecs, encoder_for
from brainreel.errors import InputError, UsageError

FPS = Fraction(30)


@pytest.mark.parametrize("name", ["a.mp4", "A.MP4", "folder/a.b.mp4"])
def test_mp4_is_h264(name):
    assert encoder_for(Path(name), (64, 48), FPS) == Video((64, 48), FPS)


@pytest.mark.parametrize("name", ["frames", "frames/", "a/pic_%05d.png", "p%d.png"])
def test_folders_and_numbered_names_are_pictures(name):
    assert encoder_for(Path(name), (63, 47), FPS) == Sequenced((63, 47))


@pytest.mark.parametrize("name", ["a.avi", "a.mp4.txt", "a_%05d.bmp"])
def test_an_unknown_suffix_lists_the_known_ones(name):
    with pytest.raises(UsageError, match=r"known: name\.mp4 .*name_%05d\.png .*folder"):
        encoder_for(Path(name), (64, 48), FPS)


@pytest.mark.parametrize("name", ["a.png", "a_%s.png", "a%d_%d.png", "a.tif"])
def test_one_picture_is_no_movie(name):
    with pytest.raises(UsageError, match="a movie has many pictures"):
        encoder_for(Path(name), (64, 48), FPS)


def test_odd_sizes_are_refused_for_movies_only():
    with pytest.raises(InputError, match="use 64x48"):
        encoder_for(Path("a.mp4"), (63, 47), FPS)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "vp9"), ("a.mov", "prores"), ("a.WMV", "wmv2"), ("a.mp4", "h264")]
)
def test_the_suffix_chooses_the_codec(name, codec):
    encoder = encoder_for(Path(name), (64, 48), FPS)
    assert isinstance(encoder, Video)
    assert encoder.codec == codec


def test_a_transparent_mov_is_prores_4444():
    encoder = encoder_for(Path("a.mov"), (64, 48), FPS, alpha=True)
    assert encoder == Video((64, 48), FPS, "prores4444", ".mov", None, True)


def test_gif_and_tiff_and_deep_pictures_have_encoders():
    assert encoder_for(Path("a.gif"), (63, 47), FPS) == Gif((63, 47), FPS)
    assert encoder_for(Path("a_%d.tif"), (63, 47), FPS) == Sequenced((63, 47), PictureKind("tiff"))
    assert encoder_for(Path("folder"), (63, 47), FPS, codec="tiff16").bits == 16


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.mp4", {"codec": "vp9"}, r"a\.mp4 cannot hold it; choose h264 or h264-444 or h265"),
        ("a.mp4", {"codec": "divx"}, "known: h264, h264-444, h265"),
        ("a.gif", {"codec": "png"}, "choose gif"),
        ("a.mp4", {"alpha": True}, r"H\.264 keeps no transparency; write \.mov"),
        ("a.webm", {"alpha": True}, r"VP9 keeps no transparency; write \.mov"),
        ("a.mov", {"alpha": True, "codec": "prores"}, "ProRes 422 HQ keeps no transparency"),
        ("a.gif", {"alpha": True}, "GIF keeps no soft edges"),
        ("a.mp4", {"quality": "superb"}, "H.264 takes draft, good, best, or 0"),
        ("a.mp4", {"quality": "52"}, r"or 0 \(best\) to 51"),
        ("a.wmv", {"quality": "1"}, r"or 2 \(best\) to 31"),
        ("a.mov", {"quality": "good"}, "ProRes 422 HQ has one quality"),
        ("a.gif", {"quality": "good"}, "a GIF has one quality"),
        ("a_%d.png", {"quality": "good"}, "PNG keeps every bit"),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_does(name, options, message):
    with pytest.raises(InputError, match=message):
        encoder_for(Path(name), (64, 48), FPS, **options)


def test_gifs_faster_than_browsers_show_them_are_refused():
    with pytest.raises(InputError, match="at most 50 frames a second"):
        encoder_for(Path("a.gif"), (64, 48), Fraction(60))


def test_a_codec_that_is_missing_is_an_error_that_names_those_present(monkeypatch):
    monkeypatch.setattr(codecs, "_has", lambda library: library != "libsvtav1")
    with pytest.raises(InputError, match=r"has no libsvtav1; .* or choose --codec h264, h264-444, h265, h265-444, vp9"):
        encoder_for(Path("a.mp4"), (64, 48), FPS, codec="av1")
