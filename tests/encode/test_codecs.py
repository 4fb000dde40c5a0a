"""What every codec of the table promises, as the program ffmpeg decodes its files."""

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from brainreel.encode import Gif, Video, read_metadata
from brainreel.encode.codecs import CODECS

FPS = Fraction(30000, 1001)
SIZE = (128, 128)
PATCHES = np.array(
    [
        *[(v, v, v) for v in (0, 16, 64, 128, 200, 255)],
        *[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)],
        *[(84, 84, 128), (255, 255, 230), (230, 230, 0), (230, 0, 0)],
    ],
    np.uint8,
).reshape(4, 4, 3)
"""Flat colours: greys, primaries and those of the phantom's transfer function."""

FILES = [(codec, suffix) for codec, row in CODECS.items() for suffix in row.suffixes]
TICKS_S = {".mp4": 0, ".mov": 0, ".webm": Fraction(1, 1000), ".wmv": Fraction(1, 1000), ".gif": Fraction(1, 100)}

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="the program ffmpeg is not installed")


def patches(index: int = 0) -> np.ndarray:
    """The patches with a band below them that says which picture this is, so that no two are equal."""
    picture = PATCHES.repeat(32, 0).repeat(32, 1)
    picture[-8:, : 8 + 4 * index] = 90
    return picture


def encoder_of(codec: str, suffix: str, size=SIZE, **options):
    return Gif(size, FPS) if codec == "gif" else Video(size, FPS, codec, suffix, **options)


def decoded(path: Path, size=SIZE, layout: str = "rgb24") -> np.ndarray:
    """Every picture once, by the file's own tags."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", layout, "-"], capture_output=True, check=True).stdout
    depth = {"rgb24": (3, np.uint8), "rgba": (4, np.uint8), "rgb48le": (3, np.uint16), "rgba64le": (4, np.uint16)}
    channels, kind = depth[layout]
    return np.frombuffer(raw, kind).reshape(-1, size[1], size[0], channels)


def probed(path: Path) -> dict:
    """What ffprobe says of the stream and its packets."""
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_packets", "-of", "json", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize(("codec", "suffix"), [*FILES, ("gif", ".gif")])
def test_flat_colours_times_and_count_come_back_through_ffmpeg(encode, codec, suffix):
    encoder = encoder_of(codec, suffix)
    lengths = [1] * 12 if suffix == ".gif" else (6, 5, 1)
    path = encode(encoder, [patches(index) for index in range(12)], f"a{suffix}", lengths, {"scene": "s" * 70_000})
    back = decoded(path)
    assert len(back) == 12
    error = np.abs(back[:, 8:120:32, 16::32].astype(int) - PATCHES).max()
    assert error <= (3 if "444" in codec or codec == "gif" else 6)
    found = probed(path)
    tick_s = TICKS_S[suffix]
    base = Fraction(found["streams"][0]["time_base"])
    for index, packet in enumerate(found["packets"]):
        assert abs(packet["pts"] * base - index / FPS) <= Fraction(tick_s) / 2
    assert found["packets"][0]["flags"][0] == "K"
    assert read_metadata(path) == {"scene": "s" * 70_000}


@pytest.mark.parametrize(("codec", "suffix"), [*FILES, ("gif", ".gif")])
def test_segments_and_movies_have_the_same_bytes_every_time(encode, tmp_path, codec, suffix):
    contents = []
    for _ in range(2):
        encoder = encoder_of(codec, suffix, (144, 80))
        rng = np.random.default_rng(1)
        coarse = [rng.integers(0, 256, (10, 18, 3), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(4)]
        path = encode(encoder, coarse, f"a{suffix}", (1, 1, 1, 1) if suffix == ".gif" else (2, 2))
        segments = sorted(tmp_path.glob("segment*"))
        contents.append([file.read_bytes() for file in (path, *segments)])
    assert contents[0] == contents[1]


@pytest.mark.parametrize(("codec", "suffix"), [file for file in FILES if CODECS[file[0]].multiple == 1])
def test_odd_sizes_come_back_whole(encode, codec, suffix):
    picture = np.full((47, 63, 3), 128, np.uint8)
    picture[-8:], picture[:, -8:] = 255, 255
    back = decoded(encode(encoder_of(codec, suffix, (63, 47)), [picture] * 2, f"a{suffix}"), (63, 47))
    assert back.shape == (2, 47, 63, 3)
    assert back[:, -6:].min() > 240
    assert back[:, :, -6:].min() > 240
    assert abs(int(back[0, 20, 30, 0]) - 128) <= 3


@pytest.mark.parametrize("codec", [name for name, row in CODECS.items() if row.scale])
def test_better_quality_is_larger_and_nearer(encode, codec):
    suffix = CODECS[codec].suffixes[0]
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (32, 32, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    found = []
    for quality in ("draft", "good", "best"):
        path = encode(encoder_of(codec, suffix, quality=quality), [picture] * 3, f"a{suffix}")
        found.append((path.stat().st_size, -np.abs(decoded(path).astype(int) - picture).mean()))
    assert found == sorted(found)
    assert len(set(found)) == 3


def test_prores_4444_keeps_alpha_within_1_of_255_and_colours_within_3(encode):
    clear = np.empty((128, 128, 4), np.uint16)
    clear[..., :3] = patches().astype(np.uint16) * 257
    clear[..., 3] = np.linspace(0, 65535, 128).astype(np.uint16)
    path = encode(encoder_of("prores4444", ".mov", alpha=True), [clear] * 3, "a.mov", (2, 1))
    back = decoded(path, layout="rgba64le").astype(int)
    assert np.abs(back[..., 3] - clear[..., 3]).max() <= 257
    assert np.abs(back[:, 8:120:32, 16::32, :3] - PATCHES.astype(int) * 257).max() <= 3 * 257


def test_prores_tells_more_than_256_greys_apart(encode):
    ramp = np.linspace(20_000, 30_000, 128).astype(np.uint16)[None, :, None].repeat(128, 0).repeat(3, 2)
    path = encode(encoder_of("prores4444", ".mov"), [ramp], "a.mov")
    back = decoded(path, layout="rgb48le")[0].astype(int)
    assert len(np.unique(back[64, :, 0])) > 100
    assert np.abs(back - ramp).max() <= 257


@pytest.mark.parametrize(
    ("codec", "suffix", "tag"),
    [("h264", ".mp4", "avc1"), ("h265", ".mp4", "hvc1"), ("prores", ".mov", "apch"), ("prores4444", ".mov", "ap4h")],
)
def test_joined_movies_carry_the_tag_that_apples_players_ask_for(encode, codec, suffix, tag):
    path = encode(encoder_of(codec, suffix), [patches()] * 4, f"a{suffix}", (2, 2))
    stream = probed(path)["streams"][0]
    assert stream["codec_tag_string"] == tag


@pytest.mark.parametrize(("codec", "suffix"), [file for file in FILES if CODECS[file[0]].tagged])
def test_every_movie_that_can_says_bt709_in_limited_range(encode, codec, suffix):
    stream = probed(encode(encoder_of(codec, suffix), [patches()] * 2, f"a{suffix}"))["streams"][0]
    assert (stream["color_space"], stream["color_range"]) == ("bt709", "tv")
    assert (stream["color_primaries"], stream["color_transfer"]) == ("bt709", "bt709")


@pytest.mark.parametrize(("codec", "suffix"), FILES)
def test_each_segment_starts_with_a_picture_that_needs_no_other(encode, codec, suffix):
    path = encode(encoder_of(codec, suffix), [patches(index) for index in range(9)], f"a{suffix}", (4, 4, 1))
    with av.open(str(path)) as movie:
        keys = [index for index, packet in enumerate(movie.demux(video=0)) if packet.size and packet.is_keyframe]
    assert {0, 4, 8} <= set(keys)


def test_a_gif_has_one_palette_says_so_and_repeats(encode, caplog):
    colours = [np.full((40, 60, 3), (20 * index, 255 - 20 * index, index), np.uint8) for index in range(12)]
    path = encode(Gif((60, 40), FPS), colours, "a.gif", [1] * 12)
    assert "read once more to choose them for all" in caplog.text
    content = path.read_bytes()
    assert content[10] & 128
    assert b"NETSCAPE2.0" in content
    assert local_palettes(content) == 0
    back = decoded(path, (60, 40))
    assert np.abs(back[:, 20, 30].astype(int) - [picture[0, 0] for picture in colours]).max() <= 3


def local_palettes(gif: bytes) -> int:
    """How many pictures of a GIF bring a palette of their own (GIF89a, 20)."""
    at, found = 13 + 3 * (2 << (gif[10] & 7)), 0
    while gif[at] != 0x3B:
        if gif[at] == 0x2C:
            own = gif[at + 9] & 128
            found += bool(own)
            at += 11 + (3 * (2 << (gif[at + 9] & 7)) if own else 0)
        else:
            at += 2
        while gif[at]:
            at += 1 + gif[at]
        at += 1
    return found
