"""Damaged headers: whatever is done to a small valid file, it opens and gives a region, or is refused as a FormatError.

`BRAINREEL_FUZZ=2000` sets how many mutations each format gets; a few hundred otherwise.
"""

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import open_data

MUTATIONS = int(os.environ.get("BRAINREEL_FUZZ", "200"))
MOST_SECONDS = 2.0
MOST_EXTRA_BYTES = 512 << 20
_NUMBER = re.compile(rb"\d+")
_BLOWN_UP = (b"0", b"-1", b"1", b"3", b"65535", b"2147483647", b"4294967296", b"99999999999999999999", b"1e308", b"nan")


def mutations(content: bytes, header_bytes: int, count: int, seed: int = 0) -> Iterator[bytes]:
    """`count` damaged copies of `content`, each damaged in up to three ways within its first `header_bytes` bytes."""
    for number in range(count):
        rng = random.Random(f"{seed}.{number}")
        damaged = content
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            damaged = rng.choice(_WAYS)(damaged, min(header_bytes, len(damaged)), rng)
        yield damaged


def survive(path: Path, damaged: Iterator[bytes], read: Callable[[Path], None] | None = None) -> dict[str, int]:
    """Put each content at `path` and read one region of it; how many were `read` and how many `refused`.

    Raises what a reader raised if that is no FormatError, and AssertionError where it took over 2 seconds; an
    allocation of over 512 MB is a MemoryError where the system enforces limits (Linux).
    """
    outcomes = {"read": 0, "refused": 0}
    with limited_memory():
        for number, content in enumerate(damaged):
            path.write_bytes(content)
            start = time.perf_counter()
            try:
                (read or read_a_region)(path)
                outcomes["read"] += 1
            except FormatError:
                outcomes["refused"] += 1
            except Exception as error:
                error.add_note(f"mutation {number}, which lies at {path}")
                raise
            seconds = time.perf_counter() - start
            assert seconds < MOST_SECONDS, f"mutation {number} took {seconds:.1f} s; it lies at {path}"
    return outcomes


def read_a_region(path: Path) -> None:
    """Open `path` and read the corner of whatever volumes it holds."""
    for volume in volumes_in(open_data(path)):
        volume.read(tuple(slice(0, min(n, 2)) for n in volume.shape))


def volumes_in(opened: object) -> list[Volume]:
    """One volume for every channel of an image, of series the last moment."""
    parts = [channel.data for channel in opened.channels] if isinstance(opened, Channels) else [opened]
    ends = [part.moment(part.times.count - 1) if isinstance(part, VolumeSeries) else part for part in parts]
    return [part for part in ends if isinstance(part, Volume)]


@contextmanager
def limited_memory() -> Iterator[None]:
    """No more than 512 MB may be allocated inside, on top of what the process has."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_EXTRA_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _flip(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    result = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if header_bytes:
            result[rng.randrange(header_bytes)] ^= rng.choice((1, 2, 16, 64, 128, 255))
    return bytes(result)


def _set_word(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    """Four bytes that as a number are small, huge or negative in either order."""
    at = rng.randrange(max(1, header_bytes - 3))
    word = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1"))
    return content[:at] + word + content[at + 4 :]


def _truncate(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    return content[: rng.randrange(max(1, len(content))) if rng.random() < 0.3 else rng.randrange(max(1, header_bytes))]


def _blow_up(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    found = list(_NUMBER.finditer(content, 0, header_bytes))
    if not found:
        return _set_word(content, header_bytes, rng)
    match = rng.choice(found)
    return content[: match.start()] + rng.choice(_BLOWN_UP) + content[match.end() :]


def _lines(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    """One line twice, or not at all, or in the place of another."""
    lines = content[:header_bytes].split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    way = rng.randrange(3)
    if way == 0:
        lines.insert(at, lines[at])
    elif way == 1:
        del lines[at]
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines) + content[header_bytes:]


def _cut_out(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    at = rng.randrange(max(1, header_bytes))
    return content[:at] + content[at + rng.choice((1, 2, 4, 16)) :]


def _insert(content: bytes, header_bytes: int, rng: random.Random) -> bytes:
    at = rng.randrange(max(1, header_bytes))
    return content[:at] + rng.choice((b"\0", b"\n\n", b"<", b"%d", b"%99d", b" ", b"\xff\xfe", b"../")) + content[at:]


_WAYS = (_flip, _flip, _set_word, _truncate, _blow_up, _blow_up, _lines, _cut_out, _insert)
