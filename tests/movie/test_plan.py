from dataclasses import dataclass

import brainreel
from brainreel.encode import Sequenced, Video
from brainreel.movie import drawing_identity, plan


@dataclass(frozen=True)
class Quality:
    error_px: float = 1.0


def planned(fake, film, frames=None, **change):
    encoder = Video(film.size, film.fps)
    options = {"fingerprints": {"a": "1", "b": "2"}, "quality": Quality(), "encoder": encoder, "identity": "fake"}
    return plan(film, frames=frames, **options | change)


def test_segments_cover_every_frame_once(fake):
    segments = planned(fake, fake.Film(50))
    assert [segment.frames for segment in segments] == [range(24), range(24, 48), range(48, 50)]
    assert [len(segment.digests) for segment in segments] == [24, 24, 2]


def test_pictures_are_segments_of_their_own(fake):
    segments = planned(fake, fake.Film(3), encoder=Sequenced((64, 48)))
    assert [segment.frames for segment in segments] == [range(1), range(1, 2), range(2, 3)]


def test_a_name_does_not_depend_on_the_place_in_the_movie(fake):
    late = planned(fake, fake.Film(50, numbers={index + 10: index for index in range(24)}), range(10, 34))
    assert late[0].name == planned(fake, fake.Film(24))[0].name


def test_a_name_does_not_depend_on_the_order_of_fingerprints(fake):
    names = [planned(fake, fake.Film(8), fingerprints=f)[0].name for f in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})]
    assert names[0] == names[1]


def test_a_name_depends_on_everything_that_changes_the_bytes(fake):
    film = fake.Film(8)
    changes = [
        {},
        {"fingerprints": {"a": "1", "b": "3"}},
        {"quality": Quality(2.0)},
        {"encoder": Video(film.size, film.fps, quality="20")},
        {"identity": "other"},
        {"frames": range(7)},
    ]
    names = {planned(fake, film, **change)[0].name for change in changes}
    names.add(planned(fake, fake.Film(8, numbers={3: 4}))[0].name)
    assert len(names) == len(changes) + 1


def test_an_edited_source_file_is_another_identity(tmp_path, monkeypatch):
    taken_anew = drawing_identity.__wrapped__
    before = drawing_identity()
    assert taken_anew() == before
    (tmp_path / "render.py").write_text("one = 1\n")
    monkeypatch.setattr(brainreel, "__file__", str(tmp_path / "__init__.py"))
    copied = taken_anew()
    (tmp_path / "render.py").write_text("one = 2\n")
    assert len({before, copied, taken_anew()}) == 3
    assert drawing_identity() == before
