import logging
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from brainreel.encode import read_metadata
from brainreel.errors import DiskError, InputError, Interrupted
from brainreel.movie import render_movie


def segments(output):
    return sorted(output.with_name(f".{output.name}.segments").glob("*.mp4"))


def names(output):
    return {path.name.partition(".")[0] for path in segments(output)}


def test_a_movie_shows_every_frame_once_and_in_order(fake, make, numbers, tmp_path):
    report, (renderer,) = make(fake.Film(70), tmp_path / "a.mp4")
    assert numbers(tmp_path / "a.mp4") == list(range(70))
    assert renderer.drawn == list(range(70))
    assert renderer.expected == list(range(70))
    assert renderer.closed
    assert (report.frames, report.drawn, report.repeated, report.reused) == (70, 70, 0, 0)
    assert report.frames_per_s > 0


def test_nothing_but_the_movie_is_left(fake, make, tmp_path):
    make(fake.Film(30), tmp_path / "a.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_range_of_frames_starts_at_time_zero(fake, make, numbers, tmp_path):
    make(fake.Film(70), tmp_path / "a.mp4", frames=range(31, 64))
    assert numbers(tmp_path / "a.mp4") == list(range(31, 64))
    with av.open(str(tmp_path / "a.mp4")) as movie:
        assert movie.streams.video[0].start_time == 0


def test_pictures_are_numbered_as_the_film_is(fake, make, tmp_path):
    make(fake.Film(70), tmp_path / "frames", frames=range(31, 34))
    paths = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in paths] == ["frame_00031.png", "frame_00032.png", "frame_00033.png"]
    assert [fake.number_of(np.asarray(Image.open(path).convert("L"))) for path in paths] == [31, 32, 33]


def test_a_still_film_is_drawn_once_and_encoded_once(fake, make, numbers, tmp_path):
    film = fake.Film(72, numbers=dict.fromkeys(range(72), 5))
    report, (renderer,) = make(film, tmp_path / "a.mp4", keep_segments=True)
    assert (renderer.drawn, report.drawn, report.repeated) == ([5], 1, 71)
    assert len(segments(tmp_path / "a.mp4")) == 1
    assert numbers(tmp_path / "a.mp4") == [5] * 72


def test_a_second_run_over_kept_segments_draws_nothing(fake, make, tmp_path):
    make(fake.Film(60), tmp_path / "a.mp4", keep_segments=True)
    before = (tmp_path / "a.mp4").read_bytes()
    report, made = make(fake.Film(60), tmp_path / "a.mp4", keep_segments=True)
    assert (made, report.drawn, report.reused) == ([], 0, 60)
    assert (tmp_path / "a.mp4").read_bytes() == before


def test_a_changed_frame_redraws_its_segment_alone(fake, make, numbers, tmp_path):
    make(fake.Film(96), tmp_path / "a.mp4", keep_segments=True)
    report, (renderer,) = make(fake.Film(96, numbers={30: 200}), tmp_path / "a.mp4", keep_segments=True)
    assert renderer.drawn == [*range(24, 30), 200, *range(31, 48)]
    assert report.reused == 72
    assert numbers(tmp_path / "a.mp4") == [*range(30), 200, *range(31, 96)]
    assert len(segments(tmp_path / "a.mp4")) == 4


@pytest.mark.parametrize("changed", ["fingerprints", "quality", "identity"])
def test_other_data_quality_or_code_redraws_all(fake, make, tmp_path, changed):
    change = {changed: {"fingerprints": {"data": "2"}, "quality": fake.Quality(2.0), "identity": "other"}[changed]}
    make(fake.Film(48), tmp_path / "a.mp4", keep_segments=True)
    before = names(tmp_path / "a.mp4")
    report, _ = make(fake.Film(48), tmp_path / "a.mp4", keep_segments=True, **change)
    assert report.reused == 0
    assert not before & names(tmp_path / "a.mp4")


def test_a_damaged_segment_is_found_and_made_again(fake, make, tmp_path, caplog):
    make(fake.Film(96), tmp_path / "a.mp4", keep_segments=True)
    before = (tmp_path / "a.mp4").read_bytes()
    damaged = segments(tmp_path / "a.mp4")[1]
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        report, _ = make(fake.Film(96), tmp_path / "a.mp4")
    assert "damaged" in caplog.text
    assert (report.drawn, report.reused) == (24, 72)
    assert (tmp_path / "a.mp4").read_bytes() == before


def test_the_movie_says_what_it_was_made_of(fake, make, tmp_path):
    make(fake.Film(8), tmp_path / "a.mp4", metadata={"scene": "brainreel: 1\n"})
    about = read_metadata(tmp_path / "a.mp4")
    assert about["scene"] == "brainreel: 1\n"
    assert about["fingerprints"] == {"data": "1"}
    assert about["quality"]["error_px"] == 1
    assert about["versions"]["drawing"] == "fake"
    assert "h264" in about["versions"]["encoder"]


def test_the_old_movie_stays_until_the_new_one_is_whole(fake, make, numbers, tmp_path):
    make(fake.Film(24), tmp_path / "a.mp4")
    seen = []

    class Watch:
        def start(self, total): ...

        def advance(self, count, /):
            seen.append(numbers(tmp_path / "a.mp4"))

        def finish(self): ...

    make(fake.Film(24, numbers={0: 99}), tmp_path / "a.mp4", progress=Watch())
    assert seen == [list(range(24))] * 24
    assert numbers(tmp_path / "a.mp4")[0] == 99


def test_cancelling_keeps_finished_segments_and_the_old_movie(fake, make, numbers, tmp_path):
    make(fake.Film(24), tmp_path / "a.mp4")
    film, drawn = fake.Film(72, numbers={0: 99}), []

    class Watch:
        def start(self, total): ...

        def advance(self, count, /):
            drawn.append(count)

        def finish(self): ...

    with pytest.raises(Interrupted, match=r"a\.mp4: interrupted; 1 finished segments are kept in .*the same command"):
        make(film, tmp_path / "a.mp4", cancelled=lambda: len(drawn) >= 30, progress=Watch())
    assert numbers(tmp_path / "a.mp4") == list(range(24))
    report, _ = make(film, tmp_path / "a.mp4")
    assert report.reused == 24
    assert numbers(tmp_path / "a.mp4")[0] == 99


def test_cancelling_at_once_leaves_nothing(fake, make, tmp_path):
    with pytest.raises(Interrupted):
        make(fake.Film(72), tmp_path / "a.mp4", cancelled=lambda: True, seconds_a_frame=0.01)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["a.mp4", "frames"])
def test_cancelling_while_joining_leaves_nothing_under_the_final_name(fake, make, tmp_path, output):
    ended = threading.Event()

    class Watch:
        def start(self, total): ...

        def advance(self, count, /): ...

        def finish(self):
            ended.set()

    with pytest.raises(Interrupted):
        make(fake.Film(30), tmp_path / output, progress=Watch(), cancelled=ended.is_set)
    assert not (tmp_path / output).exists()
    assert not list(tmp_path.rglob("*.part"))
    report, _ = make(fake.Film(30), tmp_path / output)
    assert report.reused == 30


def test_a_renderer_that_fails_ends_the_run_with_its_error(fake, make, tmp_path):
    class Broken(fake.Film):
        def frame(self, index):
            return super().frame(index) if index < 30 else Bad(index)

    class Bad(fake.Frame):
        @property
        def number(self):
            raise DiskError("the data's disk is gone")

        def digest(self):
            return "bad"

        def __init__(self, index): ...

    with pytest.raises(DiskError, match="the data's disk is gone"):
        make(Broken(48), tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("no/a.mp4", "there is no folder"),
        ("a.avi", "known: "),
        ("folder.mp4", "is a folder"),
        ("file/a.mp4", "is a file, not a folder"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_drawn(fake, make, tmp_path, output, error):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=error):
        make(fake.Film(8), tmp_path / output)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("frames", [range(0), range(5, 3), range(9), range(-1, 4), range(0, 8, 2)], ids=str)
def test_frames_that_the_film_does_not_have_are_refused(fake, make, tmp_path, frames):
    with pytest.raises(InputError, match="the film has frames 0:8"):
        make(fake.Film(8), tmp_path / "a.mp4", frames=frames)


def test_a_film_without_frames_is_refused(fake, make, tmp_path):
    with pytest.raises(InputError, match="no frame"):
        make(fake.Film(0), tmp_path / "a.mp4")


def test_a_link_is_followed_to_the_file_it_names(fake, make, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a.mp4").symlink_to(tmp_path / "elsewhere" / "b.mp4")
    make(fake.Film(8), tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["b.mp4"]


@pytest.mark.parametrize("fps", [Fraction(1), Fraction(30000, 1001), Fraction(1000)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 25])
def test_short_films_at_odd_rates_lose_no_frame(fake, make, numbers, tmp_path, fps, count):
    make(fake.Film(count, fps=fps), tmp_path / "a.mp4")
    assert numbers(tmp_path / "a.mp4") == list(range(count))
    with av.open(str(tmp_path / "a.mp4")) as movie:
        assert [frame.pts * frame.time_base for frame in movie.decode(video=0)] == [i / fps for i in range(count)]


def test_a_renderer_that_prepares_for_long_can_be_told_to_stop(fake, tmp_path):
    stop = threading.Event()

    class Prepares(fake.Renderer):
        def expect(self, frames, cancelled=None):
            stop.set()
            if cancelled and cancelled():
                raise Interrupted("the renderer was told to stop")

    renderer = Prepares()
    with pytest.raises(Interrupted):
        render_movie(fake.Film(30), lambda: renderer, tmp_path / "a.mp4", cancelled=stop.is_set, **fake.MADE_FROM)
    assert renderer.drawn == []
