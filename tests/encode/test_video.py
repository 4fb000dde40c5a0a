import struct
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from brainreel.encode import Part, Video, joining
from brainreel.encode.colour import Yuv
from brainreel.errors import BrainreelError, InputError, Interrupted

SIZE = (64, 48)
RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(60), Fraction(25, 2), Fraction(1)]
PATCHES = np.array(
    [
        *[(v, v, v) for v in (0, 16, 64, 128, 200, 255)],
        *[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)],
        *[(84, 84, 128), (255, 255, 230), (230, 230, 0), (230, 0, 0)],
    ],
    np.uint8,
).reshape(4, 4, 3)
"""Flat colours: greys, primaries and those of the phantom's transfer function."""


def pictures(count: int) -> list[np.ndarray]:
    """Grey pictures, each by 3 brighter than the one before."""
    return [np.full((*SIZE[::-1], 3), 20 + 3 * index, np.uint8) for index in range(count)]


def brightnesses(path: Path) -> list[int]:
    """Mean luma of each decoded picture."""
    with av.open(str(path)) as movie:
        return [round(frame.to_ndarray()[: SIZE[1]].mean()) for frame in movie.decode(video=0)]


def atoms(path: Path) -> list[bytes]:
    """The top-level boxes of an mp4 in their order (ISO 14496-12)."""
    content, at, found = path.read_bytes(), 0, []
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        found.append(kind)
        at += length
    return found


def rgb_of(yuv: np.ndarray) -> np.ndarray:
    """Full-range RGB of limited-range YUV, by the formulas of ITU-R BT.709."""
    y, u, v = (yuv[..., 0] - 16) / 219, (yuv[..., 1] - 128) / 224, (yuv[..., 2] - 128) / 224
    r, b = y + 1.5748 * v, y + 1.8556 * u
    return 255 * np.stack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b], -1)


def patch_movie(encode) -> Path:
    picture = PATCHES.repeat(32, 0).repeat(32, 1)
    return encode(Video((128, 128), Fraction(30)), [picture] * 12, "patches.mp4", (6, 6))


def test_flat_colours_come_back_within_3_of_255_by_bt709(encode):
    with av.open(str(patch_movie(encode))) as movie:
        frames = [frame.to_ndarray() for frame in movie.decode(video=0)]
    assert len(frames) == 12
    for planes in frames:
        y = planes[16:128:32, 16::32]
        u, v = planes[128:].reshape(2, 64, 64)[:, 8::16, 8::16]
        back = rgb_of(np.stack([y, u, v], -1).astype(float)).clip(0, 255)
        assert np.abs(back - PATCHES).max() <= 3


def test_flat_colours_come_back_within_3_of_255_through_pyav(encode):
    with av.open(str(patch_movie(encode))) as movie:
        for frame in movie.decode(video=0):
            full_range = {"src_color_range": "MPEG", "dst_color_range": "JPEG"}
            back = frame.reformat(format="rgb24", src_colorspace="ITU709", **full_range).to_ndarray()
            assert np.abs(back[16::32, 16::32].astype(int) - PATCHES).max() <= 3


def test_the_movie_is_tagged_bt709_in_limited_range(encode):
    with av.open(str(patch_movie(encode))) as movie:
        context = movie.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_every_frame_of_a_joined_movie_is_at_exactly_its_time(encode, fps):
    path = encode(Video(SIZE, fps), pictures(21), "a.mp4", (8, 8, 5))
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        times = [frame.pts * frame.time_base for frame in movie.decode(stream)]
        assert times == [index / fps for index in range(21)]
        assert stream.start_time == 0
        assert stream.duration * stream.time_base == 21 / fps
        assert (stream.frames, stream.average_rate) == (21, fps)


def test_joined_pictures_are_those_that_went_in_and_in_their_order(encode):
    path = encode(Video(SIZE, Fraction(30)), pictures(40), "a.mp4", (15, 15, 9, 1))
    expected = [round(16 + (20 + 3 * index) * 219 / 255) for index in range(40)]
    assert np.abs(np.subtract(brightnesses(path), expected)).max() <= 1


def test_each_segment_starts_with_a_picture_that_needs_no_other(encode):
    path = encode(Video(SIZE, Fraction(30)), pictures(24), "a.mp4", (8, 8, 8))
    with av.open(str(path)) as movie:
        keys = [index for index, packet in enumerate(movie.demux(video=0)) if packet.size and packet.is_keyframe]
    assert keys == [0, 8, 16]


def test_pictures_are_stored_in_the_order_they_are_shown(encode):
    path = encode(Video(SIZE, Fraction(30)), pictures(24), "a.mp4")
    with av.open(str(path)) as movie:
        assert all(packet.pts == packet.dts for packet in movie.demux(video=0) if packet.size)


def test_the_index_comes_before_the_pictures(encode):
    found = atoms(encode(Video(SIZE, Fraction(30)), pictures(24), "a.mp4", (12, 12)))
    assert found.index(b"moov") < found.index(b"mdat")


def test_a_movie_of_one_frame_lasts_one_frame(encode):
    with av.open(str(encode(Video(SIZE, Fraction(25)), pictures(1), "a.mp4"))) as movie:
        stream = movie.streams.video[0]
        assert stream.duration * stream.time_base == Fraction(1, 25)


def test_a_segments_bytes_depend_on_its_pictures_alone(encode, tmp_path):
    contents = []
    for _ in range(2):
        encode(Video(SIZE, Fraction(30)), pictures(10), "a.mp4")
        contents.append((tmp_path / "segment0.mp4").read_bytes())
    assert contents[0] == contents[1]


def test_a_segment_that_lost_a_frame_is_found_when_joining(encode, tmp_path):
    encoder = Video(SIZE, Fraction(30))
    encode(encoder, pictures(10), "a.mp4")
    with pytest.raises(BrainreelError, match=r"segment0\.mp4: holds 10 frames instead of 11"):
        encoder.join([Part(tmp_path / "segment0.mp4", range(11))], tmp_path / "b.mp4", tmp_path, {})
    assert not (tmp_path / "b.mp4").exists()


def test_a_picture_of_another_size_is_refused(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        sink = Video(SIZE, Fraction(30)).open(file)
        with pytest.raises(BrainreelError, match=r"\(48, 62, 3\) came for a movie of 64x48"):
            sink.write(np.zeros((48, 62, 3), np.uint8))
        sink.abandon()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_reported_while_encoding():
    with Path("/dev/full").open("wb", buffering=0) as file:
        sink = Video(SIZE, Fraction(30)).open(file)
        sink.write(pictures(2)[0])
        with pytest.raises(OSError, match="No space left"):
            sink.write(pictures(2)[1])


@pytest.mark.parametrize(("size", "even"), [((641, 480), "642x480"), ((640, 481), "640x482"), ((33, 35), "34x36")])
def test_odd_sides_are_refused_with_the_next_even_ones_and_a_codec_that_takes_them(size, even):
    with pytest.raises(
        InputError, match=f"{size[0]}x{size[1]}: H.264 needs even sides; use {even}, --codec h264-444, or pictures"
    ):
        Video(size, Fraction(30))


@pytest.mark.parametrize("size", [(8, 640), (640, 0), (20000, 640)])
def test_sides_that_the_encoder_cannot_take_are_refused(size):
    with pytest.raises(InputError, match="takes sides of 16 to 16384"):
        Video(size, Fraction(30))


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-25), Fraction(10**10, 3)])
def test_rates_that_mean_nothing_are_refused(fps):
    with pytest.raises(InputError, match="fps"):
        Video(SIZE, fps)


def test_a_segment_is_about_a_second():
    assert [Video(SIZE, fps).segment_frames for fps in RATES] == [24, 25, 30, 30, 60, 12, 8]


def test_the_identity_tells_settings_apart():
    settings = [Video(SIZE, Fraction(30)), Video(SIZE, Fraction(25)), Video((64, 64), Fraction(30))]
    others = [Video(SIZE, Fraction(30), quality="20"), Video(SIZE, Fraction(30), "h265")]
    assert len({encoder.identity() for encoder in settings + others}) == 5


@pytest.mark.parametrize("picture", [1, 5, 10, 11, 15, 20])
def test_joining_asks_at_every_picture_that_it_copies_or_reads_back_whether_to_stop(encode, tmp_path, picture):
    encoder, asked = Video(SIZE, Fraction(30)), []
    encode(encoder, pictures(10), "a.mp4", (5, 5))
    parts = [Part(tmp_path / "segment0.mp4", range(5)), Part(tmp_path / "segment1.mp4", range(5, 10))]

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == picture

    with pytest.raises(Interrupted):
        encoder.join(parts, tmp_path / "b.mp4", tmp_path, {}, cancelled)
    assert len(asked) == picture
    assert not (tmp_path / "b.mp4").exists()


def test_a_joined_movie_that_lost_a_frame_is_found(encode, tmp_path, monkeypatch):
    encoder = Video(SIZE, Fraction(30))
    encode(encoder, pictures(10), "a.mp4")
    read = joining._packets
    monkeypatch.setattr(
        joining, "_packets", lambda stream: islice(read(stream), 9 if "part" in stream.container.name else 10)
    )
    with pytest.raises(BrainreelError, match="the joined movie holds 9 frames instead of 10"):
        encoder.join([Part(tmp_path / "segment0.mp4", range(10))], tmp_path / "b.mp4", tmp_path, {})


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list a process's threads")
def test_colours_are_converted_on_the_thread_that_asks():
    before = set(Path("/proc/self/task").iterdir())
    yuv = Yuv(Fraction(30))
    yuv.frame(np.zeros((1080, 1920, 3), np.uint8), 0)
    assert set(Path("/proc/self/task").iterdir()) <= before


def test_a_picture_is_divided_among_threads_not_several_encoded_at_once(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        sink = Video(SIZE, Fraction(30)).open(file)
        assert (sink._stream.thread_count, sink._stream.thread_type.name) == (4, "SLICE")
        sink.abandon()


@pytest.mark.parametrize(
    ("width", "tree"), [(96, False), (128, True), (256, True), (288, False), (1080, False), (1920, True)]
)
def test_x264_spreads_its_tree_only_where_rows_are_whole_eights_of_macroblocks(tmp_path, width, tree):
    """Elsewhere it reads what memory holds behind a row's end, and bits differ from run to run. It says what it did."""
    path = tmp_path / "a.mp4"
    with path.open("wb") as file:
        sink = Video((width, 64), Fraction(25)).open(file)
        sink.write(np.zeros((64, width, 3), np.uint8))
        sink.close()
    assert (b" mbtree=1" in path.read_bytes()) is tree
    assert (b" mbtree=0" in path.read_bytes()) is not tree
