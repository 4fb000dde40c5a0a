"""Sizes by name, and movies without a background."""

import pytest

from brainreel.errors import SceneError
from brainreel.scene import Movie, Scene, VolumeLayer, dump, loads

PLI = {"pli": VolumeLayer(volume="phantom:pli?size=16")}


@pytest.mark.parametrize(
    ("word", "size"),
    [("720p", (1280, 720)), ("1080p", (1920, 1080)), ("4K", (3840, 2160)), ("square", (1080, 1080))],
)
def test_a_word_stands_for_a_size(word, size):
    assert Movie(size=word).size == size


def test_portrait_is_higher_than_wide():
    width, height = Movie(size="portrait").size
    assert (width, height) == (1080, 1920)


def test_an_unknown_word_names_the_known_ones():
    with pytest.raises(SceneError, match="such as 1920x1080, or one of 720p, 1080p, 1440p, 4k, square, portrait"):
        loads("brainreel: 1\nmovie: {size: huge}\nlayers: {pli: {volume: 'phantom:pli?size=16'}}\n")


def test_a_transparent_movie_comes_back_from_its_own_text():
    scene = Scene(movie=Movie(background="transparent", size="square"), layers=PLI)
    assert scene.movie.background == "transparent"
    assert loads(dump(scene)).movie == scene.movie


def test_a_background_cannot_become_transparent_on_the_way():
    with pytest.raises(SceneError, match=r"movie\.background"):
        loads(
            "brainreel: 1\nmovie: {background: {0s: black, 1s: transparent}}\n"
            "layers: {pli: {volume: 'phantom:pli?size=16'}}\n"
        )
