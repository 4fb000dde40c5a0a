"""Logos are opened and known by what is in them."""

import hashlib

import pytest
from PIL import Image

from brainreel.assets import open_assets
from brainreel.errors import FormatError
from brainreel.scene import load

SCENE = 'brainreel: 1\nlayers:\n  pli: {volume: "phantom:pli?size=16"}\noverlays:\n  - {image: logo.png}\n'


@pytest.fixture
def opened(tmp_path):
    (tmp_path / "a.scene.yaml").write_text(SCENE)
    return lambda: open_assets(load(tmp_path / "a.scene.yaml")).facts.assets["overlays.0.image"]


def test_a_logo_has_the_digest_of_its_file(tmp_path, opened):
    path = tmp_path / "logo.png"
    Image.new("RGBA", (4, 2)).save(path)
    assert opened().name == str(path)
    assert opened().fingerprint == hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"brain", "is no picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "is (a broken|no) picture"),
    ],
)
def test_what_is_no_picture_is_named_with_its_line(tmp_path, opened, content, message):
    if content is not None:
        (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(FormatError, match=rf"a\.scene\.yaml:5: overlays\[0\]\.image: .*logo\.png {message}"):
        opened()
