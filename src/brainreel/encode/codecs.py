"""The codecs of movies as rows of one table: what FFmpeg calls them, the colours they keep, how good they can be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import av
import av.error
from av.codec.codec import Codec as Library

from brainreel.errors import InputError, UsageError

WORDS = ("draft", "good", "best")


@dataclass(frozen=True, slots=True)
class Scale:
    """What a codec counts quality by, `best` to `worst`; `words` are its numbers for WORDS.

    Each of the library's `options` gets the number.
    """

    options: tuple[str, ...]
    words: tuple[int, int, int]
    worst: int
    best: int = 0


@dataclass(frozen=True, slots=True)
class Codec:
    """How one codec is used. `layout` is FFmpeg's pixel format, `alpha_layout` the one with transparency, if any.

    Sides are multiples of `multiple`, from `least_px` to `most_px`. `library` is FFmpeg's encoder, to which `options`
    go; `threads` belong to the bits it writes. A file whose colours cannot be `tagged` is shown as BT.601.
    """

    title: str
    library: str
    suffixes: tuple[str, ...]
    layout: str
    scale: Scale | None
    options: Mapping[str, str] = field(default_factory=dict)
    alpha_layout: str | None = None
    bits: int = 8
    multiple: int = 1
    least_px: int = 16
    most_px: int = 16384
    threads: int = 4
    tag: str | None = None
    tagged: bool = True
    whole: str | None = None


X264 = {"preset": "faster", "bf": "0", "rc-lookahead": "4"}
"""Measured on 30 frames of a volume's orbit at 1920x1080, one core, CRF 18: `faster` 44 frames/s, 657 kB, 50.6 dB;
`medium` 24 frames/s, 653 kB, 50.5 dB; `veryfast` 73 frames/s, 636 kB, 50.1 dB. No B-frames: 5 % more bytes, and every
picture is shown in the order it is stored, so that joined segments have exact times without edit lists. A lookahead of
4 pictures in place of 10: equal bytes and dB, 35 MB less, and little to flush when a segment ends."""

X265 = {"preset": "faster", "x265-params": "bframes=0:rc-lookahead=4:open-gop=0:frame-threads=1:pools=4:log-level=none"}
"""As x264; one picture at a time, because its bits depend on how many are under way."""

VP9 = {"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1", "tile-columns": "2", "auto-alt-ref": "0"}
"""No bound on the rate. Without hidden pictures each packet shows one, and each segment ends with its last."""

AV1 = {"preset": "8", "svtav1-params": "lp=4:pred-struct=1:keyint=-1"}
"""Low delay: what is shown is stored in its order, and little is held back."""

PRORES = {"vendor": "apl0"}
"""As Apple's own encoder names itself; some editors refuse others."""

_X264 = Scale(("crf",), (28, 18, 12), 51)
_X265 = Scale(("crf",), (30, 20, 14), 51)
_VP9 = Scale(("crf",), (40, 24, 12), 63)

CODECS: Mapping[str, Codec] = {
    "h264": Codec(
        "H.264", "libx264", (".mp4", ".mov"), "yuv420p", _X264, X264, multiple=2, tag="avc1", whole="h264-444"
    ),
    "h264-444": Codec("H.264 4:4:4", "libx264", (".mp4", ".mov"), "yuv444p", _X264, X264, tag="avc1"),
    "h265": Codec(
        "H.265", "libx265", (".mp4", ".mov"), "yuv420p", _X265, X265, multiple=2, tag="hvc1", whole="h265-444"
    ),
    "h265-444": Codec("H.265 4:4:4", "libx265", (".mp4", ".mov"), "yuv444p", _X265, X265, tag="hvc1"),
    "av1": Codec("AV1", "libsvtav1", (".mp4", ".webm"), "yuv420p", Scale(("crf",), (45, 26, 15), 63, 1), AV1),
    "vp9": Codec("VP9", "libvpx-vp9", (".webm",), "yuv420p", _VP9, VP9),
    "vp9-444": Codec("VP9 4:4:4", "libvpx-vp9", (".webm",), "yuv444p", _VP9, VP9),
    "prores": Codec(
        "ProRes 422 HQ",
        "prores_ks",
        (".mov",),
        "yuv422p10le",
        None,
        PRORES | {"profile": "hq"},
        bits=16,
        multiple=2,
        whole="prores4444",
    ),
    "prores4444": Codec(
        "ProRes 4444",
        "prores_ks",
        (".mov",),
        "yuv444p10le",
        None,
        PRORES | {"profile": "4444", "alpha_bits": "16"},
        "yuva444p10le",
        bits=16,
    ),
    "wmv2": Codec(
        "WMV2",
        "wmv2",
        (".wmv",),
        "yuv420p",
        Scale(("qmin", "qmax"), (8, 3, 2), 31, 2),
        multiple=2,
        most_px=4080,
        tagged=False,
        threads=1,
    ),
}


def present(name: str) -> Codec:
    """The codec called `name`; InputError, naming those that are there, where this PyAV has none of it."""
    codec = CODECS[name]
    if not _has(codec.library):
        there = ", ".join(other for other, row in CODECS.items() if _has(row.library)) or "none"
        raise InputError(
            f"{codec.title}: this PyAV {av.__version__} has no {codec.library}; install the wheel (pip install av), "
            f"write pictures (name_%05d.png), or choose --codec {there}"
        )
    return codec


def _has(library: str) -> bool:
    try:
        Library(library, "w")
    except av.error.FFmpegError:
        return False
    return True


def quality_number(codec: Codec, quality: str | None) -> int | None:
    """The number on the codec's own scale for a word of WORDS, or a number on it; `good` where None."""
    scale = codec.scale
    if scale is None:
        if quality is not None:
            raise UsageError(f"--quality {quality}: {codec.title} has one quality; leave it out")
        return None
    if quality is None or quality in WORDS:
        return scale.words[WORDS.index(quality or "good")]
    if not quality.isdecimal() or not scale.best <= int(quality) <= scale.worst:
        raise UsageError(
            f"--quality {quality}: {codec.title} takes draft, good, best, or {scale.best} (best) to {scale.worst}"
        )
    return int(quality)
