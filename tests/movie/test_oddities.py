"""Sizes and rates that are no round numbers, and lengths around the borders of segments."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from brainreel.movie import render_movie


class Marked:
    """A renderer whose pictures have a white frame of 8 pixels and the index as grey in the middle."""

    def __init__(self, size):
        self.size = size

    def draw(self, frame, cancelled=None):
        width, height = self.size
        picture = np.full((height, width, 3), 255, np.uint8)
        picture[8:-8, 8:-8] = 20 + 5 * frame.number
        return picture

    def expect(self, frames, cancelled=None): ...

    def reads(self):
        return {}

    def close(self): ...


class MarkedMirrored(Marked):
    """The same, but its array is a view that runs backwards."""

    def draw(self, frame, cancelled=None):
        return super().draw(frame)[::-1, ::-1]


def render(fake, tmp_path, size, fps, count, name="a.mp4", renderer=Marked):
    film = fake.Film(count, fps, size)
    render_movie(film, lambda: renderer(size), tmp_path / name, **fake.MADE_FROM)
    return tmp_path / name


def decoded(path):
    """Time and luma (16 to 235) of each picture."""
    with av.open(str(path)) as movie:
        frames = list(movie.decode(video=0))
    return [(frame.pts * frame.time_base, frame.to_ndarray()[: frame.height]) for frame in frames]


@pytest.mark.parametrize("size", [(18, 34), (34, 18), (1082, 602), (602, 1082), (130, 2000)], ids=str)
def test_pictures_keep_their_size_and_their_edges(fake, tmp_path, size):
    frames = decoded(render(fake, tmp_path, size, Fraction(30), 3))
    width, height = size
    for _, luma in frames:
        assert luma.shape == (height, width)
        for edge in (luma[:6], luma[-6:], luma[:, :6], luma[:, -6:]):
            assert edge.min() > 225
        assert abs(int(luma[height // 2, width // 2]) - (16 + 25 * 219 / 255)) < 12


@pytest.mark.parametrize("size", [(17, 35), (1, 1), (640, 3)], ids=str)
def test_numbered_pictures_may_have_any_size(fake, tmp_path, size):
    film = fake.Film(2, Fraction(30), size)
    draw = fake.Renderer(size=size)
    render_movie(film, lambda: draw, tmp_path / "p_%03d.png", **fake.MADE_FROM)
    for index in range(2):
        with Image.open(tmp_path / f"p_{index:03d}.png") as picture:
            assert np.array_equal(np.asarray(picture), draw.draw(fake.Frame(index)))


@pytest.mark.parametrize(
    "fps", [Fraction(24000, 1001), Fraction(7, 3), Fraction(2997, 100), Fraction(120000, 1001)], ids=str
)
def test_every_frame_is_at_its_time_for_any_rate(fake, tmp_path, fps):
    frames = decoded(render(fake, tmp_path, (64, 48), fps, 37))
    assert [time for time, _ in frames] == [index / fps for index in range(37)]


@pytest.mark.parametrize("count", [9, 10, 11, 19, 20, 21])
def test_no_frame_is_lost_or_doubled_at_a_border_of_segments(fake, tmp_path, count):
    frames = decoded(render(fake, tmp_path, (64, 48), Fraction(10), count))
    greys = [(int(luma[24, 32]) - 16) * 255 / 219 for _, luma in frames]
    assert [round((grey - 20) / 5) for grey in greys] == list(range(count))


@pytest.mark.parametrize("name", ["a.mp4", "p_%d.png"])
def test_a_picture_may_be_a_view_into_another_array(fake, tmp_path, name):
    path = render(fake, tmp_path, (64, 48), Fraction(30), 1, name, MarkedMirrored)
    if name == "a.mp4":
        assert decoded(path)[0][1][0, 0] > 225
    else:
        with Image.open(tmp_path / "p_0.png") as picture:
            assert picture.getpixel((0, 0)) == (255, 255, 255)
