"""A film and a renderer whose pictures say which frame they are; also a program that renders them, to be killed;
it prints the number of each frame that it begins.

python fake.py OUTPUT FRAMES SECONDS_A_FRAME
"""

import sys
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from brainreel.errors import BrainreelError, Interrupted
from brainreel.movie import render_movie

BLOCK_PX = 16
BITS = 8


@dataclass(frozen=True)
class Frame:
    """Shows `number` in binary, in blocks."""

    number: int

    def digest(self) -> str:
        return f"number {self.number}"


@dataclass(frozen=True)
class Quality:
    error_px: float = 1.0


MADE_FROM = {"fingerprints": {"data": "1"}, "quality": Quality(), "identity": "fake"}


@dataclass
class Film:
    """`numbers` are what its frames show, by default their own indices."""

    frame_count: int
    fps: Fraction = Fraction(24)
    size: tuple[int, int] = (BITS * BLOCK_PX, 32)
    numbers: dict[int, int] = field(default_factory=dict)
    transparent: bool = False

    def frame(self, index: int) -> Frame:
        return Frame(self.numbers.get(index, index))


@dataclass
class Renderer:
    """Draws slowly, as asked; remembers what it drew."""

    seconds_a_frame: float = 0.0
    size: tuple[int, int] = (BITS * BLOCK_PX, 32)
    drawn: list[int] = field(default_factory=list)
    expected: list[int] = field(default_factory=list)
    closed: bool = False

    def draw(self, frame: Frame, cancelled=None) -> np.ndarray:
        self.drawn.append(frame.number)
        until = time.monotonic() + self.seconds_a_frame
        while time.monotonic() < until:
            if cancelled and cancelled():
                raise Interrupted("the renderer was told to stop")
            time.sleep(0.002)
        width, height = self.size
        picture = np.zeros((height, width, 3), np.uint8)
        picture[:] = np.arange(width)[:, None] % 60 + [0, 20, 40]
        for bit in range(BITS):
            picture[:BLOCK_PX, bit * BLOCK_PX : (bit + 1) * BLOCK_PX] = 255 * (frame.number >> bit & 1)
        return picture

    def expect(self, frames, cancelled=None) -> None:
        self.expected += [frame.number for frame in frames]

    def reads(self) -> dict:
        return {}

    def close(self) -> None:
        self.closed = True


def number_of(luma: np.ndarray) -> int:
    """What a decoded picture (h, w) shows."""
    centres = luma[BLOCK_PX // 2, BLOCK_PX // 2 :: BLOCK_PX][:BITS]
    return sum(1 << bit for bit, value in enumerate(centres) if value > 128)


def main(output: str, frames: str, seconds_a_frame: str) -> int:
    class Telling(Renderer):
        def draw(self, frame: Frame, cancelled=None) -> np.ndarray:
            print(frame.number, flush=True)
            return super().draw(frame, cancelled)

    try:
        render_movie(Film(int(frames)), lambda: Telling(float(seconds_a_frame)), Path(output), **MADE_FROM)
    except BrainreelError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
