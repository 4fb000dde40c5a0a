from fractions import Fraction
from pathlib import Path

import pytest

from brainreel.encode import H264, PngSequence, encoder_for
from brainreel.errors import InputError, UsageError

FPS = Fraction(30)


@pytest.mark.parametrize("name", ["a.mp4", "A.MP4", "folder/a.b.mp4"])
def test_mp4_is_h264(name):
    assert encoder_for(Path(name), (64, 48), FPS) == H264((64, 48), FPS)


@pytest.mark.parametrize("name", ["frames", "frames/", "a/pic_%05d.png", "p%d.png"])
def test_folders_and_numbered_names_are_pictures(name):
    assert encoder_for(Path(name), (63, 47), FPS) == PngSequence((63, 47))


@pytest.mark.parametrize("name", ["a.avi", "a.mp4.txt", "a_%05d.jpg"])
def test_an_unknown_suffix_lists_the_known_ones(name):
    with pytest.raises(UsageError, match=r"known: name\.mp4 .*name_%05d\.png .*folder"):
        encoder_for(Path(name), (64, 48), FPS)


@pytest.mark.parametrize("name", ["a.png", "a_%s.png", "a%d_%d.png"])
def test_one_picture_is_no_movie(name):
    with pytest.raises(UsageError, match="a movie has many pictures"):
        encoder_for(Path(name), (64, 48), FPS)


def test_odd_sizes_are_refused_for_movies_only():
    with pytest.raises(InputError, match="use 62x46"):
        encoder_for(Path("a.mp4"), (63, 47), FPS)
