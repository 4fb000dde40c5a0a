"""A movie that was stopped becomes the undisturbed one, whatever its codec."""

from fractions import Fraction

import pytest

from brainreel.encode import encoder_for
from brainreel.encode.codecs import CODECS
from brainreel.errors import Interrupted

FILES = [(codec, f"a{suffix}") for codec, row in CODECS.items() for suffix in row.suffixes]
PICTURES = [("gif", "a.gif"), ("png16", "deep"), ("tiff", "p_%03d.tif")]


def content(folder):
    """Every file by its name."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("codec", "name"), FILES + PICTURES)
def test_a_stopped_movie_becomes_the_undisturbed_one(fake, make, tmp_path, codec, name):
    film, shown = fake.Film(20, Fraction(8)), []

    class Watch:
        def start(self, total): ...

        def advance(self, count, /):
            shown.append(count)

        def finish(self): ...

    for folder in ("calm", "wild"):
        (tmp_path / folder).mkdir()
    encoder = encoder_for(tmp_path / name, film.size, film.fps, codec=codec)
    make(film, tmp_path / "calm" / name, encoder=encoder)
    with pytest.raises(Interrupted):
        make(film, tmp_path / "wild" / name, encoder=encoder, progress=Watch(), cancelled=lambda: len(shown) >= 12)
    report, _ = make(film, tmp_path / "wild" / name, encoder=encoder)
    assert report.reused >= 8
    assert content(tmp_path / "wild") == content(tmp_path / "calm")
