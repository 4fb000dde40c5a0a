"""Movies and pictures are measured alike, whoever wrote them."""

from fractions import Fraction

import av
import numpy as np
import pytest

from brainreel.encode import Gif, PictureKind, Video, probe, write_still
from brainreel.errors import FormatError

PICTURE = np.zeros((48, 64, 3), np.uint8)
NTSC = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("name", "codec", "shown"),
    [
        ("a.mp4", "h264", ("h264", "yuv420p")),
        ("a.webm", "vp9", ("vp9", "yuv420p")),
        ("a.mov", "prores", ("prores", "yuv422p10le")),
        ("a.wmv", "wmv2", ("wmv2", "yuv420p")),
        ("a.webm", "av1", ("av1", "yuv420p")),
    ],
)
def test_a_movie_states_size_rate_pictures_and_length(encode, name, codec, shown):
    video = Video((64, 48), NTSC, codec, name[1:])
    found = probe(encode(video, [PICTURE] * 10, name))
    assert (found.width, found.height, found.frames) == (64, 48, 10)
    assert found.fps == pytest.approx(NTSC, rel=1e-3)  # the coarsest count milliseconds
    assert found.length_s == pytest.approx(10 / NTSC, abs=1.5e-3)
    assert (found.codec, found.pixel_layout) == shown
    assert found.file_bytes > 100


@pytest.mark.parametrize("fps", [10, 30, 50])
def test_a_gif_has_the_rate_at_which_it_was_made(encode, fps):
    pictures = [np.full_like(PICTURE, 5 * k) for k in range(fps)]
    found = probe(encode(Gif((64, 48), Fraction(fps)), pictures, "a.gif"))
    assert (found.frames, found.fps, found.length_s) == (fps, fps, 1)


def test_a_movie_of_another_program_is_measured(tmp_path):
    with av.open(str(tmp_path / "a.avi"), "w") as movie:
        stream = movie.add_stream("mpeg4", 25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(PICTURE)), *stream.encode()]:
            movie.mux(packet)
    found = probe(tmp_path / "a.avi")
    assert (found.width, found.height, found.frames, found.fps, found.codec) == (64, 48, 1, 25, "mpeg4")


@pytest.mark.parametrize(("kind", "layout"), [("png16", "rgb48be"), ("tiff16", "rgb48le")])
def test_a_picture_has_neither_rate_nor_length(tmp_path, kind, layout):
    path = tmp_path / f"100%d{'.png' if kind == 'png16' else '.tif'}"
    write_still(path, PICTURE.astype(np.uint16), {}, PictureKind(kind))
    found = probe(path)
    assert (found.width, found.height, found.frames, found.fps, found.length_s) == (64, 48, None, None, None)
    assert found.pixel_layout == layout


def test_a_name_that_looks_like_an_address_is_a_files_name(encode, tmp_path):
    made = encode(Video((64, 48), NTSC), [PICTURE] * 3, "a.mp4")
    strange = made.rename(tmp_path / "http:caf\udce9%d.mp4")
    assert probe(strange).frames == 3


def test_a_movie_cut_off_behind_its_index_is_told(encode, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (5, 48, 64, 3)).astype(np.uint8)
    whole = encode(Video((64, 48), NTSC), noise, "a.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[:-1])
    with pytest.raises(FormatError, match="cut off: it holds"):
        probe(tmp_path / "cut.mp4")


def test_what_is_no_movie_is_told_with_a_remedy(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no movie")
    (tmp_path / "b.mp4").mkdir()
    for name, words in (("a.mp4", "make or copy it again"), ("b.mp4", "is a folder"), ("c.mp4", "no such file")):
        with pytest.raises(FormatError, match=words):
            probe(tmp_path / name)
